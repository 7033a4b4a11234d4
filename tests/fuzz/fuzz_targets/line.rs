//! A line that the fuzzer owns, for the targets of access: a module, an insider and somebody who
//! claims to be the module, a granter and a false one. Everything sent may be delivered to anybody,
//! changed, cut, spliced, again and late.
//!
//! Decides: the granter grants nothing but for a proof that the very module made; a module gets no
//! session but that which the granter holds with the same keys, names, role and level; a frame
//! counts once, where it was meant to. After time-outs nothing is occupied, and who may gets in. How
//! the two sides know each other is the target's. The engines are the tests' own fast ones:
//! `core/tests/access_support`.

use std::collections::BTreeSet;

use sealwire::*;

use crate::access_support::*;
use crate::common::*;

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

/// How the two sides know each other.
pub(crate) trait Way: Sized {
    type Verifier: VerifyP256;
    const GRANTER: ModuleId;
    /// The module's and the insider's.
    const MODULES: [ModuleId; 2];

    /// The module, the insider, and who has the module's name without its credential.
    fn askers(&self) -> [Asker; 3];

    /// The granter, and one that has its name and no key of its.
    fn sides(&self, settings: GranterSettings) -> [Side; 2];

    /// Runs a step with what somebody asks with.
    fn with<T>(
        &self,
        who: usize,
        asker: &mut Asker,
        step: impl FnOnce(&Credential<'_>, &mut Engines<ToyAgreement, ToySigner, Self::Verifier>) -> T,
    ) -> T;

    /// One of the granters answers a proof.
    fn grant(
        &mut self,
        which: usize,
        side: &mut Side,
        proof: &[u8],
        source: &[u8],
        tick: u64,
    ) -> Result<(Vec<u8>, Outcome), Error>;

    /// What somebody sends behind a proof.
    fn tail(&self, _who: usize) -> &[u8] {
        &[]
    }

    /// Whether only the granter can refuse.
    fn proves_refusals(&self) -> bool;

    /// Another end for a message.
    fn extended(&self, message: &mut Vec<u8>, detail: u8) {
        message.extend([detail; 2]);
    }

    /// Something happens beside the line.
    fn happens(&mut self, _what: [u8; 2], _world: (&mut [Side; 2], &mut [Party]), _tick: u64) {}

    /// A module has this session by this grant.
    fn obtained(&self, _grant: &[u8], _session: &Session) {}

    /// Whether the granter takes this module's credential.
    fn is_good(&self, _who: usize) -> bool {
        true
    }
}

#[derive(Default)]
enum Asking {
    #[default]
    Idle,
    Challenge(AwaitChallenge),
    Grant(AwaitGrant),
}

enum Next {
    Asking(Asking),
    Session(Session),
    Refused(Refused<AwaitGrant>),
}

/// Who asks, and what it may rightly get.
pub(crate) struct Party {
    pub(crate) asker: Asker,
    held: HeldSessions,
    asking: Asking,
    plan: AccessPlan,
    proofs: BTreeSet<Vec<u8>>,
    /// The newest one, with the signer that it was asked for with.
    session: Option<(Session, ToySigner)>,
    sealed: u64,
}

impl Party {
    fn new(mut asker: Asker, granter: ModuleId) -> Self {
        asker.keys = receiver(asker.own, Restart::FreshKeys, 4, 0);
        let plan = AccessPlan::new(asker.own, granter, KeyId(1));
        let (held, asking) = (HeldSessions::new(10 * SECOND), Asking::Idle);
        Self { asker, held, asking, plan, proofs: BTreeSet::new(), session: None, sealed: 0 }
    }
}

pub(crate) struct World<W> {
    way: W,
    parties: Vec<Party>,
    pub(crate) sides: [Side; 2],
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

impl<W: Way> World<W> {
    pub(crate) fn new(way: W, settings: GranterSettings) -> Self {
        Self {
            parties: way.askers().map(|asker| Party::new(asker, W::GRANTER)).into(),
            sides: way.sides(settings),
            way,
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

    /// Acts, and what must hold after each and at the end.
    pub(crate) fn run(mut self, acts: &[u8]) {
        for act in acts.as_chunks::<4>().0.iter().take(MOST_ACTS) {
            self.act(*act);
        }
        self.sides[0].has_clock = true;
        self.settle();
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
            6 => self.granter_sends(&W::MODULES[who % 2]),
            _ => {
                self.tick += LATER[usize::from(which) % LATER.len()];
                let Side { granter, keys, .. } = &mut self.sides[0];
                granter.run(self.tick, keys);
                for Party { held, asker, .. } in &mut self.parties {
                    held.run(self.tick, &mut asker.keys);
                }
                self.way.happens([detail, place], (&mut self.sides, &mut self.parties), self.tick);
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
            6 => self.way.extended(&mut message, detail),
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
            ..AccessPlan::new(party.asker.own, W::GRANTER, KeyId(0x60 + self.asks))
        };
        let mut entropy = seeded(party.asker.entropy.0.next());
        let begun = self.way.with(who, &mut party.asker, |credential, _| {
            AwaitChallenge::begin(&plan, credential, &ToyAgreement, &mut entropy)
        });
        if let Ok(state) = begun {
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
                let Ok((answer, outcome)) = self.way.grant(which, side, message, source, self.tick)
                else {
                    return;
                };
                self.sent.push(answer.clone());
                if which == 1 {
                    return;
                }
                let made_by = |party: &Party| party.proofs.contains(message);
                let maker = self.parties.iter().position(made_by).expect("nobody made this proof");
                assert!(maker < 2, "granted to somebody who only says who he is");
                match outcome {
                    Outcome::Granted(session) => {
                        assert_eq!(session.peer(), W::MODULES[maker]);
                        self.answers.insert((true, session.peer(), answer));
                        self.granted.push(session);
                    }
                    Outcome::Refused(_) => {
                        self.answers.insert((false, W::MODULES[maker], answer));
                    }
                    Outcome::Again => {
                        let known = [true, false].map(|is| (is, W::MODULES[maker], answer.clone()));
                        assert!(known.iter().any(|one| self.answers.contains(one)));
                    }
                }
            }
            None => {
                let Ok(confirmed) = side.frame(message, self.tick) else { return };
                let from = self.frames.iter().find(|(_, to, f)| *to == W::GRANTER && f == message);
                let from = from.expect("a frame that nobody sealed").0;
                assert!(self.counted.insert((W::GRANTER, message.to_vec())), "a frame twice");
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
            assert!(
                self.frames.contains(&(W::GRANTER, own, message.to_vec())),
                "nobody sealed this"
            );
            assert!(self.counted.insert((own, message.to_vec())), "a frame twice");
            return;
        }
        let is_challenge = AccessMessage::of(message) == Some(AccessMessage::Challenge);
        let asking = std::mem::take(&mut party.asking);
        let tick = self.tick;
        let next = self.way.with(who, &mut party.asker, |credential, engines| match asking {
            Asking::Idle => Next::Asking(Asking::Idle),
            Asking::Challenge(state) => {
                Next::Asking(match state.challenge(message, tick, credential, engines) {
                    Err(refused) => Asking::Challenge(refused.state),
                    Ok(state) => Asking::Grant(state),
                })
            }
            Asking::Grant(state) if is_challenge => Next::Asking(Asking::Grant(
                match state.challenge(message, tick, credential, engines) {
                    Err(refused) => refused.state,
                    Ok(state) => state,
                },
            )),
            Asking::Grant(state) => match state.grant(message, tick, credential, engines) {
                Ok(session) => Next::Session(session),
                Err(refused) => Next::Refused(refused),
            },
        });
        party.asking = match next {
            Next::Asking(asking) => asking,
            Next::Session(session) => {
                self.got(who, message, session);
                return;
            }
            Next::Refused(refused) => {
                // With keys whoever made the challenge can refuse (§12.6): it ends nothing.
                if matches!(refused.error, Error::AccessForbidden | Error::AccessUnavailable)
                    && self.way.proves_refusals()
                {
                    let told = (false, party.asker.own, message.to_vec());
                    assert!(self.answers.contains(&told), "a refusal was forged");
                }
                Asking::Grant(refused.state)
            }
        };
        if let Asking::Grant(state) = &party.asking {
            let proof = [state.proof(), self.way.tail(who)].concat();
            if party.proofs.insert(proof.clone()) {
                self.sent.push(proof);
            }
        }
    }

    /// What a party takes for its session must be the granter's with it.
    fn got(&mut self, who: usize, grant: &[u8], session: Session) {
        assert!(who < 2, "a session for somebody who only says who he is");
        let party = &mut self.parties[who];
        let told = (true, party.asker.own, grant.to_vec());
        assert!(self.answers.contains(&told), "no grant of the granter's");
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
        self.way.obtained(grant, &session);
        party.held.install(&session, &mut party.asker.keys).unwrap();
        let signer = party.asker.engines.signer.clone().unwrap();
        (party.session, party.sealed) = (Some((session, signer)), 0);
    }

    fn party_sends(&mut self, who: usize) {
        let party = &mut self.parties[who];
        let Some((session, signer)) = &party.session else { return };
        if party.sealed == 8 {
            return;
        }
        let newest = party.asker.engines.signer.replace(signer.clone());
        let frame = party.asker.seal(session, party.sealed, self.tick);
        party.asker.engines.signer = newest;
        party.sealed += 1;
        self.frames.insert((party.asker.own, W::GRANTER, frame.clone()));
        self.sent.push(frame);
    }

    fn granter_sends(&mut self, to: &ModuleId) {
        let Some(id) = self.sides[0].granter.session_of(to) else { return };
        let Ok(frame) = self.sides[0].send(id, self.tick) else { return };
        assert!(self.confirmed.contains(&id), "sent before the module used it");
        self.frames.insert((W::GRANTER, *to, frame.clone()));
        self.sent.push(frame);
    }

    fn judge(&self) {
        let Side { granter, keys, .. } = &self.sides[0];
        let (all, unconfirmed) = granter.session_count();
        assert!(all <= 4 && unconfirmed <= 2);
        let known = self.granted.iter().filter(|session| keys.knows(session.key_id())).count();
        assert_eq!(known, all, "the validator has the granter's sessions and no others");
    }

    /// Two hours later nothing is occupied, and each of both gets in.
    fn settle(mut self) {
        for who in 0..2 {
            self.tick += 7_200 * SECOND;
            let Side { granter, keys, .. } = &mut self.sides[0];
            granter.run(self.tick, keys);
            assert_eq!(granter.session_count(), (0, 0));
            self.judge();
            let Party { held, asker, .. } = &mut self.parties[who];
            held.run(self.tick, &mut asker.keys);
            assert_eq!(held.newest(), None);
            if !self.way.is_good(who) {
                continue;
            }
            self.ask(who, 0, 0);
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
            assert!(self.sides[0].granter.session_of(&W::MODULES[who]).is_some());
        }
    }
}

/// A granter's, as they come or with work enough for everybody.
pub(crate) fn settings(has_work_enough: bool) -> GranterSettings {
    if !has_work_enough {
        return GranterSettings::DEFAULT;
    }
    let budget = Budget { per_second: 1_000, burst: 1_000 };
    GranterSettings { overall: budget, per_source: budget, ..GranterSettings::DEFAULT }
}
