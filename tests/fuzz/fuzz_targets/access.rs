//! The access exchange on a line that the fuzzer owns: a module, an insider and somebody who
//! claims to be the module, a granter and a false one. Everything sent may be delivered to anybody,
//! changed, cut, spliced, again and late.
//!
//! Decides: the granter grants nothing but for a proof that the very module made; a module gets no
//! session but that which the granter holds with the same keys, names, role and level; a frame
//! counts once, where it was meant to. After time-outs nothing is occupied, and both modules get
//! in. The engines are the tests' own fast ones: `core/tests/access_support`.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use sealwire::*;

use access_support::*;
use common::*;

#[path = "../../../core/tests/access_support/mod.rs"]
mod access_support;
#[path = "../../../core/tests/common/mod.rs"]
mod common;

const MODULES: [ModuleId; 2] = [MODULE, VALVE];
/// Of the insider, and of whoever claims to be the module.
const INSIDERS: u64 = 11;
const FALSE_GRANTERS: u64 = 12;
const SOURCES: [&[u8]; 3] = [SOURCE, b"10.0.0.8:4711", b""];
const LATER: [u64; 8] = [
    1,
    SECOND / 2,
    3 * SECOND,
    11 * SECOND,
    UNCONFIRMED,
    UNCONFIRMED + SECOND,
    90 * SECOND,
    3601 * SECOND,
];
const MOST_ACTS: usize = 60;

#[derive(Default)]
enum Asking {
    #[default]
    Idle,
    Challenge(AwaitChallenge),
    Grant(AwaitGrant),
}

/// Who asks, and what it may rightly get.
struct Party {
    asker: Asker,
    held: HeldSessions,
    asking: Asking,
    plan: AccessPlan,
    proofs: BTreeSet<Vec<u8>>,
    session: Option<Session>,
    sealed: u64,
}

impl Party {
    fn new(own: ModuleId, kind: Kind, number: u64) -> Self {
        let mut asker = Asker::new(own, kind, number, GRANTERS_KEY);
        asker.keys = receiver(own, Restart::FreshKeys, 4, 0);
        let plan = AccessPlan::new(own, GRANTER, KeyId(1));
        let (held, asking) = (HeldSessions::new(10 * SECOND), Asking::Idle);
        Self { asker, held, asking, plan, proofs: BTreeSet::new(), session: None, sealed: 0 }
    }
}

struct World {
    parties: Vec<Party>,
    /// The granter, and one that has its name and no key of its.
    sides: [Side; 2],
    tick: u64,
    sent: Vec<Vec<u8>>,
    granted: Vec<Session>,
    /// Answers of the granter by whether they grant, with the module that they are for.
    answers: BTreeSet<(bool, ModuleId, Vec<u8>)>,
    /// Frames rightly sealed, by sender and receiver; and those that counted.
    frames: BTreeSet<(ModuleId, ModuleId, Vec<u8>)>,
    counted: BTreeSet<(ModuleId, Vec<u8>)>,
    /// The granter's IDs of sessions that modules obtained, and of those that came into use.
    obtained: Vec<KeyId>,
    confirmed: Vec<KeyId>,
    asks: u32,
}

impl World {
    fn new(kind: Kind, settings: GranterSettings) -> Self {
        let own = if kind == Kind::Key { MODULES_KEY } else { SHARED };
        let mut granter = Side::new(GRANTER, GRANTERS_KEY, settings, 3);
        granter.register(MODULE, kind, own);
        granter.register(VALVE, kind, INSIDERS);
        let mut other = Side::new(GRANTER, FALSE_GRANTERS, settings, 3);
        other.register(MODULE, kind, if kind == Kind::Key { own } else { FALSE_GRANTERS });
        // The third has the module's name and the insider's credential.
        let parties = [(MODULE, own), (VALVE, INSIDERS), (MODULE, INSIDERS)];
        Self {
            parties: parties.map(|(own, number)| Party::new(own, kind, number)).into(),
            sides: [granter, other],
            tick: 1_000 * SECOND,
            sent: Vec::new(),
            granted: Vec::new(),
            answers: BTreeSet::new(),
            frames: BTreeSet::new(),
            counted: BTreeSet::new(),
            obtained: Vec::new(),
            confirmed: Vec::new(),
            asks: 0,
        }
    }

    fn act(&mut self, [what, which, detail, place]: [u8; 4]) {
        let who = usize::from(what >> 4) % 5;
        match what % 8 {
            0 => self.ask(who % 3, which, detail),
            1..=3 => {
                let Some(message) = self.pick(which, detail, place) else { return };
                if who < 3 {
                    self.at_party(who, &message);
                } else {
                    self.at_granter(who - 3, &message, SOURCES[usize::from(place) % 3]);
                }
            }
            // The line as it should be: the newest message, to whom it is for.
            4 => {
                let Some(message) = self.sent.last().cloned() else { return };
                match AccessMessage::of(&message) {
                    Some(AccessMessage::Request | AccessMessage::Proof) | None => {
                        self.at_granter(usize::from(which & 1), &message, SOURCE);
                    }
                    Some(_) => self.at_party(who % 3, &message),
                }
            }
            5 => self.party_sends(who % 3),
            6 => self.granter_sends(&MODULES[who % 2]),
            _ => {
                self.tick += LATER[usize::from(which) % LATER.len()];
                let Side { granter, keys, .. } = &mut self.sides[0];
                granter.run(self.tick, keys);
                for Party { held, asker, .. } in &mut self.parties {
                    held.run(self.tick, &mut asker.keys);
                }
            }
        }
        self.judge();
    }

    /// A message that was sent, as it was or not.
    fn pick(&self, which: u8, detail: u8, place: u8) -> Option<Vec<u8>> {
        let count = self.sent.len();
        let mut message = self.sent.get(usize::from(which) % count.max(1))?.clone();
        let at = usize::from(place) % message.len();
        match detail % 8 {
            0..=3 => {}
            4 => message[at] ^= 1 << (detail >> 5),
            5 => message.truncate(at),
            6 => message.extend([detail; 2]),
            // The end of another one behind the front of this one, in the same place.
            _ => {
                let other = &self.sent[usize::from(detail >> 3) % count];
                message.truncate(at);
                message.extend(other.get(at..).unwrap_or_default());
            }
        }
        (!message.is_empty()).then_some(message)
    }

    fn ask(&mut self, who: usize, role: u8, detail: u8) {
        let role = ["", "operator", "visitor", "nobody"][usize::from(role) % 4];
        let level = |bit: u8| if bit == 0 { Level::Hmac } else { Level::DigitalSignature };
        let party = &mut self.parties[who];
        self.asks += 1;
        let plan = AccessPlan {
            role: RoleName::new(role).unwrap(),
            wanted: level(detail & 1),
            lowest: level(detail & 2),
            tag: if detail & 4 == 0 { TagLength::Full } else { TagLength::Short },
            time: if detail & 8 == 0 { TimeRule::Stamped } else { TimeRule::CounterOnly },
            ..AccessPlan::new(party.asker.own, GRANTER, KeyId(0x60 + self.asks))
        };
        if let Ok(state) = party.asker.begin(&plan) {
            self.sent.push(state.request().to_vec());
            (party.plan, party.asking) = (plan, Asking::Challenge(state));
        }
    }

    fn at_granter(&mut self, which: usize, message: &[u8], source: &[u8]) {
        let side = &mut self.sides[which];
        match AccessMessage::of(message) {
            Some(AccessMessage::Request) => {
                self.sent.extend(side.challenge(message, source, self.tick));
            }
            Some(_) => {
                let Ok((answer, outcome)) = side.grant(message, source, self.tick) else { return };
                self.sent.push(answer.clone());
                if which == 1 {
                    return;
                }
                let made_by = |party: &Party| party.proofs.contains(message);
                let maker = self.parties.iter().position(made_by).expect("nobody made this proof");
                assert!(maker < 2, "granted to somebody who only says who he is");
                match outcome {
                    Outcome::Granted(session) => {
                        assert_eq!(session.peer(), MODULES[maker]);
                        self.answers.insert((true, session.peer(), answer));
                        self.granted.push(session);
                    }
                    Outcome::Refused(_) => {
                        self.answers.insert((false, MODULES[maker], answer));
                    }
                    Outcome::Again => {
                        let known = [true, false].map(|is| (is, MODULES[maker], answer.clone()));
                        assert!(known.iter().any(|one| self.answers.contains(one)));
                    }
                }
            }
            None => {
                let Ok(confirmed) = side.frame(message, self.tick) else { return };
                let from = self.frames.iter().find(|(_, to, f)| *to == GRANTER && f == message);
                let from = from.expect("a frame that nobody sealed").0;
                assert!(self.counted.insert((GRANTER, message.to_vec())), "a frame twice");
                if let Confirmation::Confirmed { module, .. } = confirmed {
                    assert_eq!(module, from);
                    let id = side.granter.session_of(&module).unwrap();
                    assert!(self.obtained.contains(&id), "the module doesn't know of it");
                    self.confirmed.push(id);
                }
            }
        }
    }

    fn at_party(&mut self, who: usize, message: &[u8]) {
        let party = &mut self.parties[who];
        if AccessMessage::of(message).is_none() {
            let now = Some(stamp(NOW + self.tick));
            let Ok(accepted) = party.asker.keys.validate(message, &at_least(Level::Hmac), now)
            else {
                return;
            };
            party.held.confirm(&accepted, self.tick);
            let own = party.asker.own;
            assert!(self.frames.contains(&(GRANTER, own, message.to_vec())), "nobody sealed this");
            assert!(self.counted.insert((own, message.to_vec())), "a frame twice");
            return;
        }
        let (secret, granters_key) = (&party.asker.secret, party.asker.granters_key);
        let credential = match party.asker.kind {
            Kind::Secret => Credential::Secret(secret),
            Kind::Key => Credential::Key(granters_key),
        };
        let engines = &mut party.asker.engines;
        let is_challenge = AccessMessage::of(message) == Some(AccessMessage::Challenge);
        party.asking = match std::mem::take(&mut party.asking) {
            Asking::Idle => return,
            Asking::Challenge(state) => {
                match state.challenge(message, self.tick, &credential, engines) {
                    Err(refused) => Asking::Challenge(refused.state),
                    Ok(state) => Asking::Grant(state),
                }
            }
            Asking::Grant(state) if is_challenge => {
                match state.challenge(message, self.tick, &credential, engines) {
                    Err(refused) => Asking::Grant(refused.state),
                    Ok(state) => Asking::Grant(state),
                }
            }
            Asking::Grant(state) => match state.grant(message, self.tick, &credential, engines) {
                Ok(session) => {
                    self.got(who, message, session);
                    return;
                }
                Err(refused) => {
                    // With keys whoever made the challenge can refuse (§12.6): it ends nothing.
                    if matches!(refused.error, Error::AccessForbidden | Error::AccessUnavailable)
                        && party.asker.kind == Kind::Secret
                    {
                        let told = (false, party.asker.own, message.to_vec());
                        assert!(self.answers.contains(&told), "a refusal was forged");
                    }
                    Asking::Grant(refused.state)
                }
            },
        };
        if let Asking::Grant(state) = &party.asking
            && party.proofs.insert(state.proof().to_vec())
        {
            self.sent.push(state.proof().to_vec());
        }
    }

    /// What a party takes for its session must be the granter's with it.
    fn got(&mut self, who: usize, grant: &[u8], session: Session) {
        assert!(who < 2, "a session for somebody who only says who he is");
        let party = &mut self.parties[who];
        assert!(self.answers.contains(&(true, party.asker.own, grant.to_vec())));
        let same: Vec<_> = self.granted.iter().filter(|one| agree(&session, one)).collect();
        assert_eq!(same.len(), 1, "one side holds it alone");
        let role = match party.plan.role.as_str() {
            "operator" => OPERATOR,
            "visitor" => VISITOR,
            _ => RoleId::NONE,
        };
        assert_eq!(same[0].peer_role(), role);
        assert!((party.plan.lowest..=party.plan.wanted).contains(&session.level()));
        assert_eq!(session.time_rule(), party.plan.time);
        self.obtained.push(session.peer_key_id());
        party.held.install(&session, &mut party.asker.keys).unwrap();
        (party.session, party.sealed) = (Some(session), 0);
    }

    fn party_sends(&mut self, who: usize) {
        let party = &mut self.parties[who];
        let Some(session) = &party.session else { return };
        if party.sealed == 8 {
            return;
        }
        let frame = party.asker.seal(session, party.sealed, self.tick);
        party.sealed += 1;
        self.frames.insert((party.asker.own, GRANTER, frame.clone()));
        self.sent.push(frame);
    }

    fn granter_sends(&mut self, to: &ModuleId) {
        let Some(id) = self.sides[0].granter.session_of(to) else { return };
        let Ok(frame) = self.sides[0].send(id, self.tick) else { return };
        assert!(self.confirmed.contains(&id), "sent before the module used it");
        self.frames.insert((GRANTER, *to, frame.clone()));
        self.sent.push(frame);
    }

    fn judge(&self) {
        let Side { granter, keys, .. } = &self.sides[0];
        let (all, unconfirmed) = granter.session_count();
        assert!(all <= 4 && unconfirmed <= 2);
        let known = self.granted.iter().filter(|session| keys.knows(session.key_id())).count();
        assert_eq!(known, all, "the validator has the granter's sessions and no others");
    }

    /// Two hours later nothing is occupied, and both get in.
    fn settle(mut self) {
        self.tick += 7_200 * SECOND;
        let Side { granter, keys, .. } = &mut self.sides[0];
        granter.run(self.tick, keys);
        assert_eq!(granter.session_count(), (0, 0));
        self.judge();
        for who in 0..2 {
            let Party { held, asker, .. } = &mut self.parties[who];
            held.run(self.tick, &mut asker.keys);
            assert_eq!(held.newest(), None);
            self.ask(who, 1, 0);
            for _ in 0..2 {
                let message = self.sent.last().unwrap().clone();
                self.at_granter(0, &message, SOURCE);
                let message = self.sent.last().unwrap().clone();
                self.at_party(who, &message);
            }
            assert!(matches!(self.parties[who].asking, Asking::Idle), "kept out");
            self.party_sends(who);
            let frame = self.sent.last().unwrap().clone();
            self.at_granter(0, &frame, SOURCE);
            assert!(self.sides[0].granter.session_of(&MODULES[who]).is_some());
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let kind = KINDS[usize::from(choice & 1)];
    let settings = if choice & 2 == 0 {
        GranterSettings::DEFAULT
    } else {
        let budget = Budget { per_second: 1_000, burst: 1_000 };
        GranterSettings { overall: budget, per_source: budget, ..GranterSettings::DEFAULT }
    };
    let mut world = World::new(kind, settings);
    world.sides[0].has_clock = choice & 4 == 0;
    for act in data.as_chunks::<4>().0.iter().take(MOST_ACTS) {
        world.act(*act);
    }
    world.sides[0].has_clock = true;
    world.settle();
});
