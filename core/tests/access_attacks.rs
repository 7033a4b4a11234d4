//! Claim: whoever flips, repeats, reorders, reflects, drops or exchanges messages of the access
//! exchange gets no session, ends nobody's, and occupies nothing (`PROTOCOL.md` §12.7). One test
//! for each attack that has a name.
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use sealwire::*;

/// No limit on work, for tests that make much of it.
fn generous() -> GranterSettings {
    let budget = Budget { per_second: u32::MAX, burst: u32::MAX };
    GranterSettings { overall: budget, per_source: budget, ..GranterSettings::DEFAULT }
}

/// Every bit flipped, every shorter length, and a byte more.
fn changed(message: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..message.len() * 8)
        .map(|bit| {
            let mut changed = message.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        })
        .collect();
    all.extend((0..message.len()).map(|len| message[..len].to_vec()));
    all.extend([0, 1, 0x80, 0xff].map(|last| [message, &[last]].concat()));
    all
}

/// Hands `challenge` to the asker and its proof to the granter: nothing may come of it.
fn leads_nowhere(pair: &mut Pair, state: AwaitChallenge, challenge: &[u8]) -> AwaitChallenge {
    match pair.asker.prove(state, challenge, pair.tick) {
        Err(refused) => refused.state,
        Ok(state) => {
            assert!(pair.side.grant(state.proof(), SOURCE, pair.tick).is_err());
            assert_eq!(pair.side.granter.session_count(), (0, 0));
            // The state that awaits a challenge is gone; an equal one is made by the caller.
            pair.asker.begin(&pair.plan()).unwrap()
        }
    }
}

#[test]
fn a_changed_request_gives_nobody_a_session() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let mut state = pair.asker.begin(&pair.plan()).unwrap();
        let request = state.request().to_vec();
        for changed in changed(&request) {
            if let Ok(challenge) = pair.side.challenge(&changed, SOURCE, pair.tick) {
                state = leads_nowhere(&mut pair, state, &challenge);
            }
        }
        assert_eq!(pair.side.granter.session_count(), (0, 0));
        pair.confirmed(&pair.plan());
    }
}

#[test]
fn a_changed_challenge_gives_nobody_a_session_and_ends_no_exchange() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
        let mut state = Ok(state);
        for changed in changed(&challenge) {
            // Before a proof was made and after: the state comes back, or a proof of no use.
            state = match state {
                Ok(waiting) => match pair.asker.prove(waiting, &changed, pair.tick) {
                    Err(refused) => Ok(refused.state),
                    Ok(proven) => Err(proven),
                },
                Err(proven) => {
                    let credential = match kind {
                        Kind::Secret => Credential::Secret(&pair.asker.secret),
                        Kind::Key => Credential::Key(pair.asker.granters_key),
                    };
                    match proven.challenge(
                        &changed,
                        pair.tick,
                        &credential,
                        &mut pair.asker.engines,
                    ) {
                        Err(refused) => Err(refused.state),
                        Ok(proven) => Err(proven),
                    }
                }
            };
            if let Err(proven) = &state {
                assert!(pair.side.grant(proven.proof(), SOURCE, pair.tick).is_err());
            }
        }
        assert_eq!(pair.side.granter.session_count(), (0, 0));
        let Err(proven) = state else { panic!("no change led to a proof") };
        let credential = match kind {
            Kind::Secret => Credential::Secret(&pair.asker.secret),
            Kind::Key => Credential::Key(pair.asker.granters_key),
        };
        let proven =
            proven.challenge(&challenge, pair.tick, &credential, &mut pair.asker.engines).unwrap();
        let (grant, outcome) = pair.side.grant(proven.proof(), SOURCE, pair.tick).unwrap();
        let Outcome::Granted(granted) = outcome else { panic!("{outcome:?}") };
        assert!(agree(&pair.asker.finish(proven, &grant, pair.tick).unwrap(), &granted));
    }
}

#[test]
fn a_changed_proof_gives_nobody_a_session_and_changes_nothing() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        for changed in changed(state.proof()) {
            assert!(pair.side.grant(&changed, SOURCE, pair.tick).is_err());
            assert_eq!(pair.side.granter.session_count(), (0, 0));
        }
        let (grant, _) = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
        pair.asker.finish(state, &grant, pair.tick).unwrap();
    }
}

#[test]
fn a_changed_grant_or_refusal_is_not_believed_and_ends_no_exchange() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let admin = AccessPlan { role: RoleName::new("admin").unwrap(), ..pair.plan() };
        let mut plans = vec![pair.plan(), admin];
        if kind == Kind::Key {
            plans.push(AccessPlan { wanted: Level::DigitalSignature, ..pair.plan() });
        }
        for plan in plans {
            pair.tick += 1;
            let state = pair.asker.begin(&plan).unwrap();
            let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
            let mut state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
            let (answer, outcome) = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
            for changed in changed(&answer) {
                let refused = pair.asker.finish(state, &changed, pair.tick).unwrap_err();
                let is_told =
                    matches!(refused.error, Error::AccessForbidden | Error::AccessUnavailable);
                assert!(!is_told, "a refusal was forged");
                state = refused.state;
            }
            match outcome {
                Outcome::Granted(granted) => {
                    let session = pair.asker.finish(state, &answer, pair.tick).unwrap();
                    assert!(agree(&session, &granted));
                }
                outcome => {
                    assert!(matches!(outcome, Outcome::Refused(Error::RoleNotGranted)));
                    let told = pair.asker.finish(state, &answer, pair.tick).unwrap_err();
                    assert_eq!(told.error, Error::AccessForbidden);
                }
            }
        }
    }
}

/// All messages of two runs of each of two modules with each of two granters.
fn other_runs(kind: Kind) -> Vec<Vec<u8>> {
    let mut pool = Vec::new();
    for (module, number, granter, key) in [
        (MODULE, if kind == Kind::Key { MODULES_KEY } else { SHARED }, GRANTER, GRANTERS_KEY),
        (VALVE, 11, GRANTER, GRANTERS_KEY),
        (MODULE, if kind == Kind::Key { MODULES_KEY } else { SHARED }, LOGGER, 12),
        // The same two, the other way round.
        (GRANTER, if kind == Kind::Key { GRANTERS_KEY } else { SHARED }, MODULE, MODULES_KEY),
    ] {
        let mut side = Side::new(granter, key, generous(), 4);
        side.entropy = seeded(key + 900);
        side.register(module, kind, number);
        let mut asker = Asker::new(module, kind, number, key);
        asker.entropy = seeded(number + key + 500);
        for (n, role) in ["", "operator", "admin"].into_iter().enumerate() {
            let tick = 1_000 * SECOND + n as u64;
            let role = RoleName::new(role).unwrap();
            let plan = AccessPlan { role, ..AccessPlan::new(module, granter, KeyId(0x51)) };
            let state = asker.begin(&plan).unwrap();
            pool.push(state.request().to_vec());
            let challenge = side.challenge(state.request(), SOURCE, tick).unwrap();
            let state = asker.prove(state, &challenge, tick).unwrap();
            pool.extend([challenge, state.proof().to_vec()]);
            pool.push(side.grant(state.proof(), SOURCE, tick).unwrap().0);
        }
    }
    pool
}

#[test]
fn no_message_of_another_run_has_a_place_in_this_one() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let mut pool = other_runs(kind);
        let before = pair.run(&pair.plan());
        pool.extend(
            [&before.request, &before.challenge, &before.proof, &before.grant].map(Clone::clone),
        );
        pair.side.granter.end_sessions(&MODULE, &mut pair.side.keys).unwrap();
        pair.tick += SECOND;

        let mut state = pair.asker.begin(&pair.plan()).unwrap();
        let request = state.request().to_vec();
        for message in pool.iter().chain([&request]) {
            let refused = pair.asker.prove(state, message, pair.tick).unwrap_err();
            let wrong = matches!(refused.error, Error::AccessElsewhere | Error::AccessKind);
            assert!(wrong, "{:?}", refused.error);
            state = refused.state;
        }
        let challenge = pair.side.challenge(&request, SOURCE, pair.tick).unwrap();
        let mut state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let proof = state.proof().to_vec();
        for message in pool.iter().chain([&request, &challenge]) {
            assert!(pair.side.grant(message, SOURCE, pair.tick).is_err());
            assert_eq!(pair.side.granter.session_count(), (0, 0));
        }
        let (grant, _) = pair.side.grant(&proof, SOURCE, pair.tick).unwrap();
        for message in pool.iter().chain([&request, &challenge, &proof]) {
            let refused = pair.asker.finish(state, message, pair.tick).unwrap_err();
            assert!(!matches!(refused.error, Error::AccessForbidden | Error::AccessUnavailable));
            state = refused.state;
        }
        pair.asker.finish(state, &grant, pair.tick).unwrap();
    }
}

/// A module that also grants, to the very granter that it asks, by the same credentials.
fn mirrored(kind: Kind) -> (Pair, Side) {
    let pair = Pair::with(kind, generous());
    let mut mirror = Side::new(MODULE, MODULES_KEY, generous(), 4);
    mirror.register(GRANTER, kind, if kind == Kind::Secret { SHARED } else { GRANTERS_KEY });
    (pair, mirror)
}

/// `message` with its requester and granter exchanged; `at` is where the first of them stands.
fn swapped(message: &[u8], at: usize) -> Vec<u8> {
    let mut swapped = message.to_vec();
    swapped[at..at + 32].rotate_left(16);
    swapped
}

#[test]
fn reflection_a_module_never_proves_itself_to_itself() {
    for kind in KINDS {
        let (mut pair, mut mirror) = mirrored(kind);
        let same = AccessPlan::new(MODULE, MODULE, KeyId(1));
        assert_eq!(pair.asker.begin(&same).unwrap_err(), Error::InvalidId);
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let refused = mirror.challenge(state.request(), SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessElsewhere);
        // With the names exchanged the module answers itself, and believes itself no further.
        let request = swapped(state.request(), 1);
        let challenge = mirror.challenge(&request, SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let refused = mirror.grant(state.proof(), SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessElsewhere);
        let refused = mirror.grant(&swapped(state.proof(), 2), SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessMacWrong);
        assert_eq!(mirror.granter.session_count(), (0, 0));
    }
}

#[test]
fn misbinding_nobody_takes_over_what_another_said() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        pair.side.register(VALVE, kind, 11);
        let rename = |message: &[u8], at: usize| {
            let mut renamed = message.to_vec();
            renamed[at..at + 16].copy_from_slice(VALVE.as_bytes());
            renamed
        };
        // The insider VALVE puts its name over the module's request, and over its proof.
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge =
            pair.side.challenge(&rename(state.request(), 1), SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let refused = pair.side.grant(&rename(state.proof(), 2), SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessMacWrong);
        // It signs and MACs it with all that it has, which is not the ephemeral key.
        let mut insider = Asker::new(VALVE, kind, 11, GRANTERS_KEY);
        let own = insider.begin(&AccessPlan::new(VALVE, GRANTER, KeyId(1))).unwrap();
        let mut challenge_to_own = challenge.clone();
        challenge_to_own[1..17].copy_from_slice(&own.request()[33..49]);
        let own = insider.prove(own, &challenge_to_own, pair.tick).unwrap();
        let tail = if kind == Kind::Key { 96 } else { 32 };
        let mut mixed = rename(state.proof(), 2);
        let start = mixed.len() - tail;
        mixed.truncate(start);
        mixed.extend_from_slice(&own.proof()[own.proof().len() - tail..]);
        assert_eq!(pair.side.grant(&mixed, SOURCE, pair.tick).unwrap_err(), Error::AccessMacWrong);
        assert_eq!(pair.side.granter.session_count(), (0, 0));
    }
}

#[test]
fn unknown_key_share_a_grant_names_whom_it_is_for() {
    // Two modules ask at once; each gets the other's grant.
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        pair.side.register(VALVE, kind, 11);
        let mut other = Asker::new(VALVE, kind, 11, GRANTERS_KEY);
        let ours = pair.asker.begin(&pair.plan()).unwrap();
        let theirs = other.begin(&AccessPlan::new(VALVE, GRANTER, KeyId(0x51))).unwrap();
        let tick = pair.tick;
        let challenge = pair.side.challenge(ours.request(), SOURCE, tick).unwrap();
        let ours = pair.asker.prove(ours, &challenge, tick).unwrap();
        let challenge = pair.side.challenge(theirs.request(), SOURCE, tick).unwrap();
        let theirs = other.prove(theirs, &challenge, tick).unwrap();
        let (our_grant, _) = pair.side.grant(ours.proof(), SOURCE, tick).unwrap();
        let (mut their_grant, _) = pair.side.grant(theirs.proof(), SOURCE, tick).unwrap();
        let refused = pair.asker.finish(ours, &their_grant, tick).unwrap_err();
        assert_eq!(refused.error, Error::AccessElsewhere);
        their_grant[1..17].copy_from_slice(&our_grant[1..17]);
        let refused = pair.asker.finish(refused.state, &their_grant, tick).unwrap_err();
        assert_eq!(refused.error, Error::AccessMacWrong);
        pair.asker.finish(refused.state, &our_grant, tick).unwrap();
    }
}

#[test]
fn a_false_granter_gets_a_proof_and_nothing_for_it() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        // It has the module's public key, and any secret but the right one.
        let mut false_side = Side::new(GRANTER, 66, generous(), 4);
        false_side.register(MODULE, kind, if kind == Kind::Key { MODULES_KEY } else { 67 });
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge = false_side.challenge(state.request(), SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let answer = false_side.grant(state.proof(), SOURCE, pair.tick);
        match kind {
            // Without the secret the proof says nothing to it.
            Kind::Secret => assert_eq!(answer.unwrap_err(), Error::AccessMacWrong),
            // It learns that the module is there, and can't sign for the granter.
            Kind::Key => {
                let (grant, _) = answer.unwrap();
                let refused = pair.asker.finish(state, &grant, pair.tick).unwrap_err();
                assert_eq!(refused.error, Error::AccessMacWrong);
                let state = refused.state;
                assert!(pair.side.grant(state.proof(), SOURCE, pair.tick).is_err());
            }
        }
    }
}

#[test]
fn a_false_granter_can_refuse_by_keys_and_that_ends_nothing() {
    // A refusal's MAC needs the agreement only, which is his: §12.6.
    let admin = RoleName::new("admin").unwrap();
    let mut pair = Pair::with(Kind::Key, generous());
    let mut false_side = Side::new(GRANTER, 66, generous(), 4);
    false_side.register(MODULE, Kind::Key, MODULES_KEY);
    pair.side.granter.define_role(admin.clone(), RoleId(9)).unwrap();
    let record = AccessRecord::key(MODULE, public(MODULES_KEY), &Toy).unwrap();
    pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
    pair.side.granter.register(&record.roles(&[RoleId(9)])).unwrap();

    let state = pair.asker.begin(&AccessPlan { role: admin, ..pair.plan() }).unwrap();
    let request = state.request().to_vec();
    let challenge = false_side.challenge(&request, SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
    let (refusal, outcome) = false_side.grant(state.proof(), SOURCE, pair.tick).unwrap();
    assert!(matches!(outcome, Outcome::Refused(Error::RoleNotGranted)));
    let told = pair.asker.finish(state, &refusal, pair.tick).unwrap_err();
    assert_eq!(told.error, Error::AccessForbidden);

    let challenge = pair.side.challenge(&request, SOURCE, pair.tick).unwrap();
    let credential = Credential::Key(public(GRANTERS_KEY));
    let engines = &mut pair.asker.engines;
    let state = told.state.challenge(&challenge, pair.tick, &credential, engines).unwrap();
    let (grant, _) = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
    pair.asker.finish(state, &grant, pair.tick).unwrap();
}

#[test]
fn a_man_in_the_middle_of_two_agreements_is_found_by_the_signature() {
    // He holds an ephemeral key of his own towards each side, and so the MACs' keys.
    let mut pair = Pair::with(Kind::Key, generous());
    let state = pair.asker.begin(&pair.plan()).unwrap();
    let mut middle = Side::new(GRANTER, 66, generous(), 4);
    middle.register(MODULE, Kind::Key, MODULES_KEY);
    let challenge = middle.challenge(state.request(), SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
    // Towards the granter he asks in the module's name; the signature that he has is over
    // another transcript, and that is seen after his MAC was found right.
    let mut towards = Asker::new(MODULE, Kind::Key, 66, GRANTERS_KEY);
    let own = towards.begin(&pair.plan()).unwrap();
    let challenge = pair.side.challenge(own.request(), SOURCE, pair.tick).unwrap();
    let credential = Credential::Key(public(GRANTERS_KEY));
    let theirs = &state.proof()[state.proof().len() - 96..state.proof().len() - 32];
    let stolen = Signature::from_bytes(theirs.try_into().unwrap());
    let mut tools = Engines::for_keys(ToyAgreement, Says(public(MODULES_KEY), stolen), Toy);
    let own = own.challenge(&challenge, pair.tick, &credential, &mut tools).unwrap();
    let refused = pair.side.grant(own.proof(), SOURCE, pair.tick).unwrap_err();
    assert_eq!(refused, Error::AccessSignatureWrong);
    assert_eq!(pair.side.granter.session_count(), (0, 0));
}

/// A signer that has one signature.
struct Says(PublicKey, Signature);

impl SignP256 for Says {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&mut self, _message: &[&[u8]]) -> Result<Signature, Error> {
        Ok(self.1)
    }
}

#[test]
fn downgrade_levels_on_the_way_are_not_changed_unseen() {
    let five = Level::DigitalSignature;
    let mut pair = Pair::with(Kind::Key, generous());
    let plan = AccessPlan { wanted: five, lowest: Level::Hmac, ..pair.plan() };
    let state = pair.asker.begin(&plan).unwrap();
    let at = state.request().len() - 6;
    let mut lowered = state.request().to_vec();
    assert_eq!(lowered[at..at + 2], [5, 4]);
    lowered[at] = 4;
    let challenge = pair.side.challenge(&lowered, SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
    assert_eq!(pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap_err(), Error::CookieWrong);
    let mut proof = state.proof().to_vec();
    proof[at + 1] = 4;
    assert_eq!(pair.side.grant(&proof, SOURCE, pair.tick).unwrap_err(), Error::AccessMacWrong);
}

#[test]
fn a_cookie_is_good_for_one_source_and_a_minute_at_most() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let start = pair.tick;
        let mut good_until = 0;
        for wait in [0, 29, 30, 31, 59, 60, 61, 1_000] {
            pair.tick += 10_000 * SECOND;
            // A secret comes to life with a first request; ours is 20 s later.
            let first = pair.asker.begin(&pair.plan()).unwrap();
            pair.side.challenge(first.request(), SOURCE, pair.tick).unwrap();
            pair.tick += 20 * SECOND;
            let state = pair.asker.begin(&pair.plan()).unwrap();
            let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
            let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
            for source in [b"".as_slice(), b"10.0.0.7:4712", b"10.0.0.7:471"] {
                let refused = pair.side.grant(state.proof(), source, pair.tick).unwrap_err();
                assert_eq!(refused, Error::CookieWrong);
            }
            match pair.side.grant(state.proof(), SOURCE, pair.tick + wait * SECOND) {
                Ok(_) => good_until = wait,
                Err(error) => assert_eq!(error, Error::CookieExpired, "after {wait} s"),
            }
        }
        assert_eq!(good_until, 31, "20 s of a minute were over");
        assert!(pair.tick > start);
    }
}

#[test]
fn a_granter_that_lost_its_memory_is_asked_again() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let request = state.request().to_vec();
        let challenge = pair.side.challenge(&request, SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let number = if kind == Kind::Secret { SHARED } else { MODULES_KEY };
        pair.side = Side::new(GRANTER, GRANTERS_KEY, generous(), 4);
        pair.side.entropy = seeded(77);
        pair.side.register(MODULE, kind, number);
        for tick in [0, pair.tick] {
            assert!(pair.side.grant(state.proof(), SOURCE, tick).is_err());
        }
        let challenge = pair.side.challenge(&request, SOURCE, 5).unwrap();
        assert!(pair.side.grant(state.proof(), SOURCE, 5).is_err());
        let credential = match kind {
            Kind::Secret => Credential::Secret(&pair.asker.secret),
            Kind::Key => Credential::Key(pair.asker.granters_key),
        };
        let state =
            state.challenge(&challenge, pair.tick, &credential, &mut pair.asker.engines).unwrap();
        let (grant, _) = pair.side.grant(state.proof(), SOURCE, 6).unwrap();
        pair.asker.finish(state, &grant, pair.tick).unwrap();
    }
}

#[test]
fn one_request_gets_one_grant_whatever_challenges_are_answered() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let tick = pair.tick;
        let first = pair.side.challenge(state.request(), SOURCE, tick).unwrap();
        let second = pair.side.challenge(state.request(), SOURCE, tick).unwrap();
        let state = pair.asker.prove(state, &first, tick).unwrap();
        let (grant, outcome) = pair.side.grant(state.proof(), SOURCE, tick).unwrap();
        let Outcome::Granted(granted) = outcome else { panic!("{outcome:?}") };
        let credential = match kind {
            Kind::Secret => Credential::Secret(&pair.asker.secret),
            Kind::Key => Credential::Key(pair.asker.granters_key),
        };
        // The attacker leads the module to another challenge and back.
        let engines = &mut pair.asker.engines;
        let state = state.challenge(&second, tick, &credential, engines).unwrap();
        let other = pair.side.grant(state.proof(), SOURCE, tick).unwrap_err();
        assert_eq!(other, Error::AccessReplayed);
        let state = state.challenge(&first, tick, &credential, engines).unwrap();
        assert!(agree(&state.grant(&grant, tick, &credential, engines).unwrap(), &granted));
        assert!(pair.side.keys.knows(granted.key_id()));
    }
}

#[test]
fn replay_an_old_proof_brings_no_session_back_and_displaces_none() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let first = pair.confirmed(&pair.plan());
        pair.tick += SECOND;
        let second = pair.run(&AccessPlan { key_id: KeyId(0x52), ..pair.plan() });
        // The first proof again, while the second session waits for its first frame.
        let refused = pair.side.grant(&first.proof, SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessReplayed);
        let frame = pair.asker.seal(&second.session, 0, pair.tick);
        assert!(matches!(pair.side.frame(&frame, pair.tick), Ok(Confirmation::Confirmed { .. })));
        pair.side.granter.end_sessions(&MODULE, &mut pair.side.keys).unwrap();
        for proof in [&first.proof, &second.proof] {
            let refused = pair.side.grant(proof, SOURCE, pair.tick).unwrap_err();
            assert_eq!(refused, Error::AccessReplayed);
        }
        assert_eq!(pair.side.granter.session_count(), (0, 0));
    }
}

#[test]
fn frames_stay_in_their_session_and_their_direction() {
    let five = Level::DigitalSignature;
    for (kind, level) in [(Kind::Secret, Level::Hmac), (Kind::Key, Level::Hmac), (Kind::Key, five)]
    {
        let mut pair = Pair::with(kind, generous());
        let plan = AccessPlan { wanted: level, lowest: level, ..pair.plan() };
        let first = pair.confirmed(&plan);
        let second = pair.confirmed(&AccessPlan { key_id: KeyId(0x52), ..plan });
        let wrong = if level == five { Error::SignatureWrong } else { Error::TagWrong };
        // The same frame with the other session's key ID, both ways.
        let renamed = |frame: &[u8], from: KeyId, to: KeyId| {
            let mut bytes = [0; 8];
            let from = postcard::to_slice(&from.0, &mut bytes).unwrap().to_vec();
            let to = postcard::to_slice(&to.0, &mut bytes).unwrap().to_vec();
            assert_eq!(frame[2..2 + from.len()], from);
            [&frame[..2], &to, &frame[2 + from.len()..]].concat()
        };
        let frame = pair.asker.seal(&first.session, 5, pair.tick);
        let moved = renamed(&frame, first.granted.key_id(), second.granted.key_id());
        assert_eq!(pair.side.frame(&moved, pair.tick), Err(wrong));
        let frame = pair.side.send(first.granted.key_id(), pair.tick).unwrap();
        let moved = renamed(&frame, KeyId(0x51), KeyId(0x52));
        assert_eq!(pair.receive(&moved), Err(wrong));
        // And back to where it came from, with a nonce that isn't taken there.
        let frame = (0..9).map(|_| pair.side.send(first.granted.key_id(), pair.tick).unwrap());
        let frame = frame.last().unwrap();
        let mirrored = renamed(&frame, KeyId(0x51), first.granted.key_id());
        assert_eq!(pair.side.frame(&mirrored, pair.tick), Err(wrong));
    }
}

#[test]
fn outside_of_a_session_a_sessions_signature_is_none() {
    // The module's key is registered by itself, too: the binder tells the frames apart.
    let five = Level::DigitalSignature;
    let mut pair = Pair::with(Kind::Key, generous());
    pair.side.keys.register(&PeerKey::ecdsa(KeyId(1), MODULE, public(MODULES_KEY))).unwrap();
    let plan = AccessPlan { wanted: five, lowest: five, ..pair.plan() };
    let run = pair.confirmed(&plan);
    let mut outside = toy_sealer(run.granted.key_id().0, MODULE, GRANTER, MODULES_KEY);
    let now = Some(stamp(NOW + pair.tick));
    seal(&mut outside, b"", now);
    seal(&mut outside, b"", now);
    let frame = seal(&mut outside, b"to it", now);
    assert_eq!(pair.side.frame(&frame, pair.tick), Err(Error::SignatureWrong));
}

/// What a stranger sends a second time and again, naming the module.
struct Flood {
    random: Random,
    attacker: Asker,
    old_proofs: Vec<Vec<u8>>,
}

impl Flood {
    /// A millisecond of it: one message of each kind.
    fn wave(&mut self, side: &mut Side, tick: u64) {
        // Noise, from anywhere.
        let noise = self.random.bytes(200);
        let anywhere = self.random.bytes(6);
        assert!(side.challenge(&noise, &anywhere, tick).is_err());
        assert!(side.grant(&noise, &anywhere, tick).is_err());
        // Requests in the module's name, from anywhere; and a proof with all right but what
        // only the module can make, from where the challenge went.
        let state = self.attacker.begin(&AccessPlan::new(MODULE, GRANTER, KeyId(9))).unwrap();
        side.challenge(state.request(), &anywhere, tick).unwrap();
        let from = b"192.0.2.66:1";
        let challenge = side.challenge(state.request(), from, tick).unwrap();
        let state = self.attacker.prove(state, &challenge, tick).unwrap();
        assert!(side.grant(state.proof(), from, tick).is_err());
        // In the module's own place, with a cookie that isn't one.
        assert!(side.grant(state.proof(), SOURCE, tick).is_err());
        // And what the module itself proved before.
        for proof in &self.old_proofs {
            let old = side.grant(proof, SOURCE, tick);
            assert!(!matches!(old, Ok((_, Outcome::Granted(_)))));
        }
    }
}

#[test]
fn a_thousand_junk_requests_and_proofs_a_second_keep_nobody_out() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        pair.side.register(VALVE, kind, 11);
        let mut other = Asker::new(VALVE, kind, 11, GRANTERS_KEY);
        let old = pair.confirmed(&pair.plan());
        let attacker = Asker::new(MODULE, kind, 66, GRANTERS_KEY);
        let mut flood =
            Flood { random: Random::new(9), attacker, old_proofs: vec![old.proof.clone()] };
        let mut sessions = 0;
        let mut most = [0; 2];
        for milli in 0..3_000_u64 {
            let tick = pair.tick + SECOND + milli * 1_000;
            flood.wave(&mut pair.side, tick);
            // Each asks once in a while, and at most three times in a row.
            let asks: [(bool, &mut Asker, ModuleId, &[u8]); 2] = [
                (milli % 700 == 350, &mut pair.asker, MODULE, SOURCE),
                (milli % 700 == 500, &mut other, VALVE, b"10.0.0.8:4711"),
            ];
            for ((is_time, asker, own, source), most) in asks.into_iter().zip(&mut most) {
                if !is_time {
                    continue;
                }
                let got = (1..=3).find(|_| {
                    let plan = AccessPlan::new(own, GRANTER, KeyId(0x70));
                    let state = asker.begin(&plan).unwrap();
                    let challenge = pair.side.challenge(state.request(), source, tick).unwrap();
                    flood.wave(&mut pair.side, tick);
                    let state = asker.prove(state, &challenge, tick).unwrap();
                    flood.wave(&mut pair.side, tick);
                    let Ok((grant, _)) = pair.side.grant(state.proof(), source, tick) else {
                        return false;
                    };
                    let Ok(session) = asker.finish(state, &grant, tick) else { return false };
                    // What was granted can be used, whatever comes between.
                    flood.wave(&mut pair.side, tick);
                    pair.side.frame(&asker.seal(&session, 0, tick), tick).is_ok()
                });
                *most =
                    got.unwrap_or_else(|| panic!("{own} was kept out at {milli} ms")).max(*most);
                sessions += 1;
            }
        }
        assert_eq!(sessions, 8);
        // The module that the attacker names may need three tries, the others none but the first.
        assert!(most[0] <= 3 && most[1] == 1, "{most:?}");
    }
}

#[test]
fn work_for_strangers_is_limited_by_source_and_overall() {
    let settings = GranterSettings {
        overall: Budget { per_second: 20, burst: 20 },
        per_source: Budget { per_second: 2, burst: 4 },
        ..GranterSettings::DEFAULT
    };
    let mut pair = Pair::with(Kind::Key, settings);
    let mut attacker = Asker::new(MODULE, Kind::Key, 66, GRANTERS_KEY);
    let mut worked = |pair: &mut Pair, source: &[u8], tick| {
        let state = attacker.begin(&AccessPlan::new(MODULE, GRANTER, KeyId(9))).unwrap();
        let challenge = pair.side.challenge(state.request(), source, tick).unwrap();
        let state = attacker.prove(state, &challenge, tick).unwrap();
        match pair.side.grant(state.proof(), source, tick).unwrap_err() {
            Error::AccessBusy => 0,
            error => {
                assert_eq!(error, Error::AccessMacWrong);
                1
            }
        }
    };
    let start = pair.tick;
    let one: u32 = (0..2_000).map(|n| worked(&mut pair, b"one", start + n * 5_000)).sum();
    assert_eq!(one, 4 + 2 * 10 - 1, "a burst, and two a second for ten seconds");
    let start = start + 100 * SECOND;
    let many: u32 =
        (0..2_000_u64).map(|n| worked(&mut pair, &n.to_be_bytes(), start + n * 5_000)).sum();
    assert!((20 + 20 * 10 - 1..=20 + 20 * 10).contains(&many), "{many}");
}

#[test]
fn a_secrets_proof_costs_no_curve_arithmetic_before_it_is_right() {
    let mut pair = Pair::with(
        Kind::Secret,
        GranterSettings { overall: Budget { per_second: 0, burst: 1 }, ..GranterSettings::DEFAULT },
    );
    let mut attacker = Asker::new(MODULE, Kind::Secret, 66, GRANTERS_KEY);
    for _ in 0..100 {
        let state = attacker.begin(&pair.plan()).unwrap();
        let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
        let state = attacker.prove(state, &challenge, pair.tick).unwrap();
        let refused = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap_err();
        assert_eq!(refused, Error::AccessMacWrong);
    }
    pair.run(&pair.plan());
}

#[test]
fn nothing_stays_occupied_after_the_time_outs() {
    for kind in KINDS {
        let mut pair = Pair::with(kind, generous());
        let mut random = Random::new(3);
        for _ in 0..200 {
            let state = pair.asker.begin(&pair.plan()).unwrap();
            let Ok(challenge) = pair.side.challenge(state.request(), SOURCE, pair.tick) else {
                continue;
            };
            pair.tick += random.below(5 * SECOND);
            if random.one_in(3) {
                continue;
            }
            let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
            let _ = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
        }
        let Side { granter, keys, .. } = &mut pair.side;
        granter.run(pair.tick + UNCONFIRMED, keys);
        assert_eq!(granter.session_count(), (0, 0));
        // The validator has its places back: as many keys fit as in an empty one.
        for n in 0..10 {
            let secret = secret(1_000 + u64::from(n));
            keys.register(&PeerKey::hmac(KeyId(n), VALVE, &secret, TagLength::Full)).unwrap();
        }
    }
}

#[test]
fn the_portable_engine_makes_sessions_of_all_kinds_and_takes_no_false_points() {
    let mut entropy = seeded(1);
    let mut signer = || PortableSigner::generate(&mut entropy).unwrap();
    let (module, granter) = (signer(), signer());
    let (modules_key, granters_key) = (module.public_key(), granter.public_key());
    let mut ours = Engines::for_keys(PortableAgreement, module, PortableVerifier);
    let mut theirs = Engines::for_keys(PortableAgreement, granter, PortableVerifier);
    let shared = secret(SHARED);
    for (credential, level) in [
        (Credential::Secret(&shared), Level::Hmac),
        (Credential::Key(granters_key), Level::Hmac),
        (Credential::Key(granters_key), Level::DigitalSignature),
    ] {
        let record = match credential {
            Credential::Secret(_) => AccessRecord::secret(MODULE, &shared),
            Credential::Key(_) => {
                AccessRecord::key(MODULE, modules_key, &PortableVerifier).unwrap()
            }
            #[cfg(feature = "x509")]
            Credential::Chain(_) => panic!("not here"),
        };
        let mut entropy = seeded(2);
        let settings = GranterSettings::DEFAULT;
        let mut side = Granter::new(GRANTER, settings, access_slots(1), [], &mut entropy).unwrap();
        side.register(&record).unwrap();
        let mut keys: Receiver2 =
            Validator::with_storage(GRANTER, Limits::DEFAULT, Restart::FreshKeys, slots(4), vec![])
                .unwrap()
                .with_verifier(PortableVerifier);
        let plan = AccessPlan {
            wanted: level,
            lowest: level,
            ..AccessPlan::new(MODULE, GRANTER, KeyId(1))
        };
        let state =
            AwaitChallenge::begin(&plan, &credential, &PortableAgreement, &mut entropy).unwrap();
        let mut out = [0; MAX_PROOF];
        let mut false_point = state.request().to_vec();
        false_point[1 + 48 + 63] ^= 1;
        let tick = 1;
        let len = side
            .challenge(state.request(), b"", tick, &PortableAgreement, &mut entropy, &mut out)
            .unwrap();
        let challenge = out[..len].to_vec();
        let mut false_challenge = challenge.clone();
        false_challenge[1 + 32 + 63] ^= 1;
        let refused = state.challenge(&false_challenge, tick, &credential, &mut ours).unwrap_err();
        assert_eq!(refused.error, Error::AccessMalformed);
        let state = refused.state.challenge(&challenge, tick, &credential, &mut ours).unwrap();
        let at = Moment { tick, now: Some(stamp(NOW)) };
        let granted = side.grant(state.proof(), b"", at, &mut theirs, &mut keys, &mut out).unwrap();
        let len = granted.len();
        let Outcome::Granted(granted) = granted.outcome else { panic!() };
        let session = state.grant(&out[..len], tick, &credential, &ours).unwrap();
        assert!(agree(&session, &granted));
        let frame = match level {
            Level::Hmac => seal(&mut Sealer::for_session(&session).unwrap(), b"x", at.now),
            _ => {
                let signer = ours.signer.as_mut().unwrap();
                seal(&mut Sealer::for_signed_session(&session, signer).unwrap(), b"x", at.now)
            }
        };
        let requirement = at_least(level);
        let accepted = keys.validate(&frame, &requirement, at.now).unwrap();
        let confirmed = side.confirm(&accepted, tick, &mut keys).unwrap();
        assert_eq!(confirmed, Confirmation::Confirmed { module: MODULE, replaces: None });
    }
}

type Receiver2 = Validator<Vec<Slot>, Vec<NonceEntry>, PortableVerifier>;

#[test]
fn only_the_very_proof_that_was_answered_is_answered_again() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let run = pair.run(&pair.plan());
        for at in 0..run.proof.len() {
            let mut changed = run.proof.clone();
            changed[at] ^= 1 << (at % 8);
            let refused = pair.side.grant(&changed, SOURCE, pair.tick);
            let error = refused.expect_err("another proof than the one that was answered");
            let is_authenticator = at + if kind == Kind::Key { 96 } else { 32 } >= run.proof.len();
            assert!(!is_authenticator || error == Error::AccessReplayed, "{at}: {error}");
        }
        let (again, outcome) = pair.side.grant(&run.proof, SOURCE, pair.tick).unwrap();
        assert!(matches!(outcome, Outcome::Again) && again == run.grant);
    }
}

#[test]
fn an_engine_that_fails_is_no_wrong_signature() {
    struct Dead;
    impl VerifyP256 for Dead {
        fn accepts(&self, _: &PublicKey) -> bool {
            true
        }

        fn verify(&self, _: &PublicKey, _: &[&[u8]], _: &Signature) -> Result<(), Error> {
            Err(Error::EngineFailed)
        }
    }
    let mut pair = Pair::new(Kind::Key);
    let state = pair.asker.begin(&pair.plan()).unwrap();
    let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
    let at = pair.side.moment(pair.tick);
    // The longest grant is as long as this.
    let mut out = [0; 192];
    let Side { granter, keys, engines, .. } = &mut pair.side;
    let mut dead = Engines::for_keys(ToyAgreement, ToySigner::new(GRANTERS_KEY), Dead);
    let failed = granter.grant(state.proof(), SOURCE, at, &mut dead, keys, &mut out);
    assert_eq!(failed.unwrap_err(), Error::EngineFailed);
    let short = granter.grant(state.proof(), SOURCE, at, engines, keys, &mut out[1..]);
    assert_eq!(short.unwrap_err(), Error::BufferTooSmall);
    let granted = granter.grant(state.proof(), SOURCE, at, engines, keys, &mut out).unwrap();
    let credential = pair.asker.credential();
    let refused = state.grant(&out[..granted.len()], pair.tick, &credential, &dead).unwrap_err();
    assert_eq!(refused.error, Error::EngineFailed);
    assert!(pair.asker.finish(refused.state, &out[..granted.len()], pair.tick).is_ok());
}
