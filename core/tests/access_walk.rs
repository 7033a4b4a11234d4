//! Claim: a module, a granter and an attacker who may deliver any earlier message to anybody, at
//! any time and as often as he likes, never come to a state in which one side accepts or sends
//! on a session that the other doesn't hold with the same keys, names, role and level
//! (`PROTOCOL.md` §12.7).
//!
//! Every order of deliveries is walked, within bounds: so many requests, challenges, frames and
//! half minutes. The states are the real ones, reached again by repeating the way to them; two
//! ways to the same state are walked on once. What is refused must change nothing.
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use sealwire::*;

use std::collections::{BTreeMap, BTreeSet};

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// The module asks, for a role or for none.
    Ask(bool),
    /// The attacker delivers the message with this number to the granter, or to the module.
    ToGranter(usize),
    ToModule(usize),
    /// The module sends a frame under its newest session; the granter one under its own.
    ModuleSends,
    GranterSends,
    /// Half a minute goes by.
    Wait,
}

/// So many of each, on any way.
#[derive(Clone, Copy)]
struct Bounds {
    requests: usize,
    challenges: usize,
    frames: usize,
    waits: u64,
}

enum Asking {
    Idle,
    Challenge(AwaitChallenge),
    Grant(AwaitGrant),
}

/// A world, and what an all-seeing judge knows of it.
struct World {
    bounds: Bounds,
    pair: Pair,
    asking: Asking,
    /// Everything that was ever sent, with a name that says where it came from.
    sent: Vec<(String, Vec<u8>)>,
    asks: usize,
    challenges: usize,
    waits: u64,
    /// What each side obtained, by the session's binder, in order.
    module: Vec<(String, Session)>,
    granter: Vec<(String, Session, u64)>,
    confirmed: BTreeSet<[u8; 16]>,
    frames: [usize; 2],
    /// Frames accepted, by number in `sent`.
    accepted: BTreeSet<usize>,
    answered: String,
    last_proof: String,
}

impl World {
    fn new(kind: Kind, bounds: Bounds) -> Self {
        let budget = Budget { per_second: 1_000, burst: 1_000 };
        let settings = GranterSettings {
            overall: budget,
            per_source: budget,
            overlap: 10 * SECOND,
            ..GranterSettings::DEFAULT
        };
        let mut pair = Pair::with(kind, settings);
        pair.asker.keys = receiver(MODULE, Restart::FreshKeys, 8, 0);
        Self {
            bounds,
            pair,
            asking: Asking::Idle,
            sent: Vec::new(),
            asks: 0,
            challenges: 0,
            waits: 0,
            module: Vec::new(),
            granter: Vec::new(),
            confirmed: BTreeSet::new(),
            frames: [0; 2],
            accepted: BTreeSet::new(),
            answered: String::new(),
            last_proof: String::new(),
        }
    }

    fn send(&mut self, name: String, message: Vec<u8>) {
        if !self.sent.iter().any(|(_, known)| *known == message) {
            self.sent.push((name, message));
        }
    }

    /// All that could happen, as far as the bounds go.
    fn acts(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.asks < self.bounds.requests {
            acts.extend([Act::Ask(false), Act::Ask(true)]);
        }
        for n in 0..self.sent.len() {
            acts.extend([Act::ToGranter(n), Act::ToModule(n)]);
        }
        if !self.module.is_empty() && self.frames[0] < self.bounds.frames {
            acts.push(Act::ModuleSends);
        }
        if self.frames[1] < self.bounds.frames {
            acts.push(Act::GranterSends);
        }
        if self.waits < self.bounds.waits {
            acts.push(Act::Wait);
        }
        acts
    }

    /// Does it; says whether anything came of it.
    fn act(&mut self, act: Act) -> bool {
        let did = match act {
            Act::Ask(with_role) => {
                let name = if with_role { "operator" } else { "" };
                let plan = AccessPlan {
                    role: RoleName::new(name).unwrap(),
                    ..AccessPlan::new(MODULE, GRANTER, KeyId(0x60 + self.asks as u32))
                };
                let state = self.pair.asker.begin(&plan).unwrap();
                self.send(format!("r{}{name}", self.asks), state.request().to_vec());
                self.asking = Asking::Challenge(state);
                self.answered.clear();
                self.asks += 1;
                true
            }
            Act::ToGranter(n) => self.at_granter(n),
            Act::ToModule(n) => self.at_module(n),
            Act::ModuleSends => {
                let (name, session) = self.module.last().unwrap();
                let count =
                    self.sent.iter().filter(|(n, _)| n.starts_with(&format!("f({name})"))).count();
                let frame = self.pair.asker.seal(session, count as u64, self.pair.tick);
                let name = format!("f({name}).{count}");
                self.frames[0] += 1;
                self.send(name, frame);
                true
            }
            Act::GranterSends => match self.pair.side.granter.session_of(&MODULE) {
                None => false,
                Some(id) => {
                    let (name, session, _) = self
                        .granter
                        .iter()
                        .rfind(|(_, session, _)| session.key_id() == id)
                        .unwrap();
                    // Nothing goes before the module used the session.
                    assert!(self.confirmed.contains(session.binder()));
                    let name = name.clone();
                    match self.pair.side.send(id, self.pair.tick) {
                        Err(_) => false,
                        Ok(frame) => {
                            self.frames[1] += 1;
                            self.send(format!("h({name}).{}", self.frames[1]), frame);
                            true
                        }
                    }
                }
            },
            Act::Wait => {
                self.waits += 1;
                self.pair.tick += UNCONFIRMED + SECOND;
                let Side { granter, keys, .. } = &mut self.pair.side;
                granter.run(self.pair.tick, keys);
                // What nobody used is gone, and so is what was in its overlap.
                let (all, unconfirmed) = granter.session_count();
                assert!(all <= 1 && unconfirmed == 0);
                true
            }
        };
        self.judge();
        did
    }

    fn at_granter(&mut self, n: usize) -> bool {
        let (name, message) = self.sent[n].clone();
        let tick = self.pair.tick;
        match AccessMessage::of(&message) {
            Some(AccessMessage::Request) if self.challenges < self.bounds.challenges => {
                let challenge = self.pair.side.challenge(&message, SOURCE, tick).unwrap();
                self.challenges += 1;
                self.send(format!("c({name}).{}", self.challenges), challenge);
                true
            }
            Some(AccessMessage::Request) => false,
            Some(_) => match self.pair.side.grant(&message, SOURCE, tick) {
                Err(_) => false,
                Ok((answer, outcome)) => {
                    let is_new = match outcome {
                        Outcome::Granted(session) => {
                            assert!(name.starts_with('p'));
                            self.granter.push((format!("g({name})"), session, self.waits));
                            self.last_proof.clone_from(&name);
                            true
                        }
                        Outcome::Again => false,
                        Outcome::Refused(error) => panic!("{error}"),
                    };
                    self.send(format!("g({name})"), answer);
                    is_new
                }
            },
            None => match self.pair.side.frame(&message, tick) {
                Err(_) => false,
                Ok(confirmation) => {
                    assert!(name.starts_with('f') && self.accepted.insert(n), "{name} twice");
                    if let Confirmation::Confirmed { module, .. } = confirmation {
                        assert_eq!(module, MODULE);
                        let of = self
                            .module
                            .iter()
                            .find(|(of, _)| name.starts_with(&format!("f({of})")));
                        self.confirmed.insert(*of.unwrap().1.binder());
                    }
                    true
                }
            },
        }
    }

    fn at_module(&mut self, n: usize) -> bool {
        let (name, message) = self.sent[n].clone();
        let tick = self.pair.tick;
        let credential = match self.pair.asker.kind {
            Kind::Secret => Credential::Secret(&self.pair.asker.secret),
            Kind::Key => Credential::Key(self.pair.asker.granters_key),
        };
        if AccessMessage::of(&message).is_none() {
            let now = Some(stamp(NOW + tick));
            let requirement = at_least(Level::Hmac);
            let verdict = verdict(self.pair.asker.keys.validate(&message, &requirement, now));
            if verdict.is_ok() {
                assert!(name.starts_with('h') && self.accepted.insert(n), "{name} twice");
            }
            return verdict.is_ok();
        }
        let engines = &mut self.pair.asker.engines;
        match std::mem::replace(&mut self.asking, Asking::Idle) {
            Asking::Idle => false,
            Asking::Challenge(state) => match state.challenge(&message, tick, &credential, engines)
            {
                Err(refused) => {
                    self.asking = Asking::Challenge(refused.state);
                    false
                }
                Ok(state) => {
                    self.proved(&name, state);
                    true
                }
            },
            Asking::Grant(state) => match AccessMessage::of(&message) {
                Some(AccessMessage::Challenge) => {
                    match state.challenge(&message, tick, &credential, engines) {
                        Err(refused) => {
                            self.asking = Asking::Grant(refused.state);
                            false
                        }
                        Ok(state) => {
                            let is_new = self.answered != name;
                            self.proved(&name, state);
                            is_new
                        }
                    }
                }
                _ => match state.grant(&message, tick, &credential, engines) {
                    Err(refused) => {
                        self.asking = Asking::Grant(refused.state);
                        false
                    }
                    Ok(session) => {
                        assert!(name.starts_with('g'));
                        // The granter holds it now, not only once.
                        assert!(self.pair.side.keys.knows(session.peer_key_id()));
                        self.pair.asker.keys.install(&session).unwrap();
                        self.module.push((name, session));
                        true
                    }
                },
            },
        }
    }

    fn proved(&mut self, challenge: &str, state: AwaitGrant) {
        self.send(format!("p({challenge})"), state.proof().to_vec());
        self.answered = challenge.to_owned();
        self.asking = Asking::Grant(state);
    }

    /// What must hold in every state.
    fn judge(&self) {
        for (name, session) in &self.module {
            let same = self.granter.iter().filter(|(_, granted, _)| agree(session, granted));
            let same: Vec<_> = same.collect();
            assert_eq!(same.len(), 1, "{name} is held by one side only");
            // The role that the module asked for is the role that it has there.
            let role = if name.contains("operator") { OPERATOR } else { RoleId::NONE };
            assert_eq!(same[0].1.peer_role(), role);
            assert_eq!(same[0].0, *name);
        }
        let binders: BTreeSet<_> =
            self.module.iter().map(|(_, session)| session.binder()).collect();
        assert_eq!(binders.len(), self.module.len(), "no grant counts twice");
        for binder in &self.confirmed {
            assert!(binders.contains(binder), "confirmed, and the module doesn't know of it");
        }
        let (all, unconfirmed) = self.pair.side.granter.session_count();
        assert!(all <= 2 && unconfirmed <= 1);
        let known = self.granter.iter().filter(|(_, s, _)| self.pair.side.keys.knows(s.key_id()));
        assert_eq!(known.count(), all, "the validator has the granter's sessions and no others");
    }

    /// All that makes a difference to what can follow, under names that don't depend on the way.
    fn state(&self) -> String {
        let asking = match &self.asking {
            Asking::Idle => "-".to_owned(),
            Asking::Challenge(_) => format!("c{}", self.asks),
            Asking::Grant(_) => format!("g{}", self.answered),
        };
        let mut sent: Vec<_> = self.sent.iter().map(|(name, _)| name.as_str()).collect();
        sent.sort_unstable();
        let accepted: BTreeSet<_> =
            self.accepted.iter().map(|n| self.sent[*n].0.as_str()).collect();
        let sessions: BTreeMap<_, _> = self
            .granter
            .iter()
            .map(|(name, session, at)| {
                let id = session.key_id();
                let is_current = self.pair.side.granter.session_of(&MODULE) == Some(id);
                (name.as_str(), (self.pair.side.keys.knows(id), is_current, *at))
            })
            .collect();
        let module: Vec<_> = self.module.iter().map(|(name, _)| name.as_str()).collect();
        format!(
            "{asking} {sent:?} {accepted:?} {sessions:?} {module:?} {} {} {}",
            self.waits, self.challenges, self.last_proof
        )
    }
}

/// Walks everything; gives how many states there were, and how many refusals.
fn walk(kind: Kind, bounds: Bounds) -> (usize, usize) {
    let again = |way: &[Act]| {
        let mut world = World::new(kind, bounds);
        way.iter().for_each(|act| assert!(world.act(*act), "the same way leads elsewhere"));
        world
    };
    let mut known = BTreeSet::from([World::new(kind, bounds).state()]);
    let mut ways = std::collections::VecDeque::from([Vec::new()]);
    let mut refused = 0;
    while let Some(way) = ways.pop_front() {
        let mut world = again(&way);
        let here = world.state();
        for act in world.acts() {
            if !world.act(act) {
                assert_eq!(world.state(), here, "{act:?} was refused and changed something");
                refused += 1;
                continue;
            }
            if known.insert(world.state()) {
                let mut next: Vec<Act> = way.clone();
                next.push(act);
                ways.push_back(next);
            }
            world = again(&way);
        }
    }
    (known.len(), refused)
}

#[test]
fn no_order_of_deliveries_leads_to_a_session_that_one_side_holds_alone() {
    let bounds =
        |requests, challenges, frames, waits| Bounds { requests, challenges, frames, waits };
    let mut all = vec![bounds(2, 2, 2, 1), bounds(2, 3, 1, 0), bounds(1, 3, 2, 2)];
    // Minutes more.
    if std::env::var_os("SEALWIRE_LONG").is_some() {
        all.extend([bounds(2, 3, 2, 1), bounds(3, 3, 1, 1)]);
    }
    for kind in KINDS {
        let (mut states, mut refused) = (0, 0);
        for bounds in &all {
            let (more_states, more_refused) = walk(kind, *bounds);
            states += more_states;
            refused += more_refused;
        }
        println!("{kind:?}: {states} states, {refused} refusals");
        assert!(states > 5_000 && refused > 80_000, "{states} {refused}");
    }
}
