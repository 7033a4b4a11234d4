//! Claim: an exchange gives both sides the same session or nothing; a session comes to life
//! when it is used and ends when it must; levels, roles and credentials are as registered
//! (`PROTOCOL.md` §12).
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use sealwire::*;

fn plans(kind: Kind) -> Vec<AccessPlan> {
    let plan = AccessPlan::new(MODULE, GRANTER, KeyId(0xffff_ffff));
    let role = RoleName::new("operator").unwrap();
    let mut plans = vec![
        AccessPlan { role, tag: TagLength::Short, ..plan.clone() },
        AccessPlan { time: TimeRule::CounterOnly, is_time_source: true, ..plan.clone() },
        AccessPlan { wanted: Level::DigitalSignature, ..plan.clone() },
    ];
    if kind == Kind::Key {
        let five = Level::DigitalSignature;
        plans.push(AccessPlan { wanted: five, lowest: five, ..plan.clone() });
        plans.push(AccessPlan { wanted: five, time: TimeRule::CounterOnly, ..plan.clone() });
    }
    plans.push(plan);
    plans
}

#[test]
fn both_sides_end_with_the_same_and_frames_go_both_ways() {
    for kind in KINDS {
        for plan in plans(kind) {
            let mut pair = Pair::new(kind);
            let run = pair.confirmed(&plan);
            assert!(agree(&run.session, &run.granted));
            let expected = if kind == Kind::Key { plan.wanted } else { Level::Hmac };
            assert_eq!(run.session.level(), expected);
            let role = if plan.role.as_bytes().is_empty() { RoleId::NONE } else { OPERATOR };
            assert_eq!(run.granted.peer_role(), role);
            for _ in 0..3 {
                let frame = pair.side.send(run.granted.key_id(), pair.tick).unwrap();
                pair.receive(&frame).unwrap();
                assert_eq!(pair.receive(&frame), Err(Error::Replayed));
            }
            let next = pair.asker.seal(&run.session, 1, pair.tick);
            assert_eq!(pair.side.frame(&next, pair.tick), Ok(Confirmation::Nothing));
        }
    }
}

#[test]
fn messages_are_as_short_as_promised() {
    let role = RoleName::new("r".repeat(32).as_str()).unwrap();
    for kind in KINDS {
        let mut pair =
            Pair::with(kind, GranterSettings { life: u32::MAX, ..GranterSettings::DEFAULT });
        pair.side.granter.define_role(role.clone(), RoleId(9)).unwrap();
        pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
        let secret = secret(SHARED);
        let record = match kind {
            Kind::Secret => AccessRecord::secret(MODULE, &secret),
            Kind::Key => AccessRecord::key(MODULE, public(MODULES_KEY), &Toy).unwrap(),
        };
        pair.side.granter.register(&record.roles(&[RoleId(9)])).unwrap();
        pair.tick = 1 << 62;
        let plan = AccessPlan { role: role.clone(), key_id: KeyId(u32::MAX), ..pair.plan() };
        let run = pair.run(&plan);
        let signature = if kind == Kind::Key { 64 } else { 0 };
        assert_eq!(run.request.len(), 156);
        assert!(run.challenge.len() <= 123, "{}", run.challenge.len());
        assert!(run.proof.len() <= 1 + 156 + 26 + 32 + signature, "{}", run.proof.len());
        assert!(run.proof.len() <= MAX_PROOF);
        assert!(run.grant.len() <= 124 + signature, "{}", run.grant.len());
        assert!(run.challenge.len() <= run.request.len());
    }
}

#[test]
fn a_granter_sends_nothing_before_the_module_used_the_session() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let run = pair.run(&pair.plan());
        let id = run.granted.key_id();
        assert_eq!(pair.side.send(id, pair.tick), Err(Error::SessionUnconfirmed));
        assert_eq!(Sealer::for_session(&run.granted).map(|_| ()), Err(Error::SessionUnconfirmed));
        assert_eq!(pair.side.granter.session_of(&MODULE), None);
        assert_eq!(pair.side.granter.session_count(), (1, 1));
        let frame = pair.asker.seal(&run.session, 0, pair.tick);
        pair.side.frame(&frame, pair.tick).unwrap();
        pair.side.send(id, pair.tick).unwrap();
        assert_eq!(pair.side.granter.session_of(&MODULE), Some(id));
        assert_eq!(pair.side.granter.level_of(id), Some(run.session.level()));
        assert_eq!(pair.side.granter.session_count(), (1, 0));
    }
}

#[test]
fn forgets_a_session_that_nobody_used_after_30_seconds() {
    let mut pair = Pair::new(Kind::Secret);
    let run = pair.run(&pair.plan());
    let frame = |pair: &Pair, at| pair.asker.seal(&run.session, 0, at);
    let late = pair.tick + UNCONFIRMED;
    let forged = {
        let mut forged = frame(&pair, late - 1);
        *forged.last_mut().unwrap() ^= 1;
        forged
    };
    assert_eq!(pair.side.frame(&forged, late - 1), Err(Error::TagWrong));
    assert_eq!(pair.side.granter.session_count(), (1, 1));
    assert_eq!(pair.side.frame(&frame(&pair, late), late), Err(Error::UnknownKey));
    assert_eq!(pair.side.granter.session_count(), (0, 0));
    assert!(!pair.side.keys.knows(run.granted.key_id()));
    // The same proof would bring it back to life on one side only.
    assert_eq!(pair.side.grant(&run.proof, SOURCE, late).unwrap_err(), Error::AccessReplayed);
}

#[test]
fn a_module_takes_no_grant_that_the_granter_may_have_forgotten() {
    for (wait, is_taken) in [(0, true), (UNCONFIRMED - 1, true), (UNCONFIRMED, false)] {
        let mut pair = Pair::new(Kind::Secret);
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
        let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
        let (grant, _) = pair.side.grant(state.proof(), SOURCE, pair.tick).unwrap();
        match pair.asker.finish(state, &grant, pair.tick + wait) {
            Ok(session) => {
                assert!(is_taken);
                assert_eq!(session.first_frame_by_tick(), pair.tick + UNCONFIRMED);
                let frame = pair.asker.seal(&session, 0, pair.tick + wait);
                pair.side.frame(&frame, pair.tick + wait).unwrap();
            }
            Err(refused) => assert!(!is_taken && refused.error == Error::SessionUnknown),
        }
    }
}

#[test]
fn a_frame_that_was_validated_without_a_look_at_the_time_confirms_nothing_too_late() {
    let mut pair = Pair::new(Kind::Secret);
    let run = pair.run(&pair.plan());
    let late = pair.tick + UNCONFIRMED;
    let frame = pair.asker.seal(&run.session, 0, late);
    let requirement = at_least(Level::Hmac);
    let Side { granter, keys, .. } = &mut pair.side;
    let accepted = keys.validate(&frame, &requirement, Some(stamp(NOW + late))).unwrap();
    assert_eq!(granter.confirm(&accepted, late, keys), Err(Error::SessionUnknown));
    assert!(!keys.knows(run.granted.key_id()));
    let refused = pair.side.grant(&run.proof, SOURCE, pair.tick).unwrap_err();
    assert_eq!(refused, Error::AccessReplayed);
    let Side { keys, .. } = &mut pair.side;
    assert!(!keys.knows(run.granted.key_id()));
}

#[test]
fn a_dropped_grant_costs_nothing() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let old = pair.confirmed(&pair.plan());
        let lost = pair.run(&AccessPlan { key_id: KeyId(0x52), ..pair.plan() });
        // Both directions of the old one, before and after the new one is forgotten.
        for at in [pair.tick, pair.tick + UNCONFIRMED + 1] {
            pair.tick = at;
            let count = if at == pair.tick { 1 } else { 2 };
            let frame = pair.asker.seal(&old.session, count + (at & 1), at);
            assert_eq!(pair.side.frame(&frame, at), Ok(Confirmation::Nothing));
            assert_eq!(pair.side.granter.session_of(&MODULE), Some(old.granted.key_id()));
            let frame = pair.side.send(old.granted.key_id(), at).unwrap();
            pair.receive(&frame).unwrap();
        }
        assert!(!pair.side.keys.knows(lost.granted.key_id()));
        assert_eq!(pair.side.granter.session_count(), (1, 0));
        pair.confirmed(&AccessPlan { key_id: KeyId(0x53), ..pair.plan() });
    }
}

#[test]
fn the_old_session_ends_an_overlap_after_the_new_one_is_used() {
    let mut pair = Pair::new(Kind::Key);
    let old = pair.confirmed(&pair.plan());
    let new = pair.run(&AccessPlan { key_id: KeyId(0x52), ..pair.plan() });
    let frame = pair.asker.seal(&new.session, 0, pair.tick);
    let confirmed = pair.side.frame(&frame, pair.tick).unwrap();
    let replaces = Some(old.granted.key_id());
    assert_eq!(confirmed, Confirmation::Confirmed { module: MODULE, replaces });
    let end = pair.tick + GranterSettings::DEFAULT.overlap;
    let before = pair.asker.seal(&old.session, 1, end - 1);
    assert_eq!(pair.side.frame(&before, end - 1), Ok(Confirmation::Nothing));
    pair.side.send(old.granted.key_id(), end - 1).unwrap();
    let after = pair.asker.seal(&old.session, 2, end);
    assert_eq!(pair.side.send(old.granted.key_id(), end), Err(Error::SessionUnknown));
    assert_eq!(pair.side.frame(&after, end), Err(Error::UnknownKey));
    assert_eq!(pair.side.granter.session_count(), (1, 0));
}

#[test]
fn a_module_keeps_the_old_session_until_the_granter_is_seen_to_use_the_new_one() {
    let mut pair = Pair::new(Kind::Secret);
    let mut held = HeldSessions::new(10 * SECOND);
    let plan = |n| AccessPlan::new(MODULE, GRANTER, KeyId(n));
    let old = pair.run(&plan(0x51));
    held.install(&old.session, &mut pair.asker.keys).unwrap();
    let frame = pair.asker.seal(&old.session, 0, pair.tick);
    pair.side.frame(&frame, pair.tick).unwrap();
    let new = pair.run(&plan(0x52));
    held.install(&new.session, &mut pair.asker.keys).unwrap();
    assert_eq!(held.install(&new.session, &mut pair.asker.keys), Err(Error::DuplicateKeyId));
    assert_eq!(held.newest(), Some(KeyId(0x52)));
    // The granter doesn't use the new one yet; the old one goes on for as long as that takes.
    pair.tick += 20 * SECOND;
    held.run(pair.tick, &mut pair.asker.keys);
    let frame = pair.side.send(old.granted.key_id(), pair.tick).unwrap();
    pair.receive(&frame).unwrap();
    let frame = pair.asker.seal(&new.session, 0, pair.tick);
    pair.side.frame(&frame, pair.tick).unwrap();
    let frame = pair.side.send(new.granted.key_id(), pair.tick).unwrap();
    let (requirement, now) = (at_least(Level::Hmac), Some(stamp(NOW + pair.tick)));
    let accepted = pair.asker.keys.validate(&frame, &requirement, now).unwrap();
    held.confirm(&accepted, pair.tick);
    for (at, is_there) in [(pair.tick + 10 * SECOND - 1, true), (pair.tick + 10 * SECOND, false)] {
        held.run(at, &mut pair.asker.keys);
        assert_eq!(pair.asker.keys.knows(KeyId(0x51)), is_there);
    }
    held.run(new.session.ends_at_tick(), &mut pair.asker.keys);
    assert_eq!((held.newest(), pair.asker.keys.knows(KeyId(0x52))), (None, false));
    // Of three, the newest two; and none in the end.
    for n in 0x60..0x63 {
        held.install(&pair.run(&plan(n)).session, &mut pair.asker.keys).unwrap();
    }
    let knows = |pair: &Pair| [0x60, 0x61, 0x62].map(|n| pair.asker.keys.knows(KeyId(n)));
    assert_eq!(knows(&pair), [false, true, true]);
    held.end(&mut pair.asker.keys);
    assert_eq!(knows(&pair), [false; 3]);
}

#[test]
fn a_renewal_that_lowers_level_or_changes_the_role_ends_the_old_at_once() {
    let five = Level::DigitalSignature;
    let role = |name| RoleName::new(name).unwrap();
    let plan = AccessPlan::new(MODULE, GRANTER, KeyId(0x51));
    let high = AccessPlan { wanted: five, lowest: five, ..plan.clone() };
    let operator = AccessPlan { role: role("operator"), ..plan.clone() };
    let visitor = AccessPlan { role: role("visitor"), ..plan.clone() };
    for (first, second) in [(&high, &plan), (&operator, &plan), (&operator, &visitor)] {
        let mut pair = Pair::new(Kind::Key);
        let old = pair.confirmed(first);
        let new = pair.run(&AccessPlan { key_id: KeyId(0x52), ..second.clone() });
        // Until it is used, nothing happened.
        let frame = pair.asker.seal(&old.session, 1, pair.tick);
        assert_eq!(pair.side.frame(&frame, pair.tick), Ok(Confirmation::Nothing));
        let frame = pair.asker.seal(&new.session, 0, pair.tick);
        pair.side.frame(&frame, pair.tick).unwrap();
        let frame = pair.asker.seal(&old.session, 2, pair.tick);
        assert_eq!(pair.side.frame(&frame, pair.tick), Err(Error::UnknownKey));
        assert_eq!(pair.side.send(old.granted.key_id(), pair.tick), Err(Error::SessionUnknown));
        assert_eq!(pair.side.granter.session_count(), (1, 0));
    }
}

#[test]
fn a_module_has_at_most_two_sessions() {
    let mut pair = Pair::new(Kind::Secret);
    pair.asker.keys = receiver(MODULE, Restart::FreshKeys, 20, 0);
    for n in 0..20 {
        let plan = AccessPlan { key_id: KeyId(0x60 + n), ..pair.plan() };
        if n % 3 == 0 {
            pair.confirmed(&plan);
        } else {
            pair.run(&plan);
        }
        let (all, unconfirmed) = pair.side.granter.session_count();
        assert!(all <= 2 && unconfirmed <= 1);
        pair.tick += SECOND;
    }
}

#[test]
fn ends_with_the_lesser_of_its_life_and_the_credential() {
    let settings = GranterSettings { life: 100, ..GranterSettings::DEFAULT };
    for (credential_left, life) in [(1_000, 100), (40, 40), (1, 1)] {
        let mut pair = Pair::with(Kind::Secret, settings);
        pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
        let (secret, end) = (secret(SHARED), stamp(NOW + pair.tick + credential_left * SECOND));
        pair.side.granter.register(&AccessRecord::secret(MODULE, &secret).expires(end)).unwrap();
        let run = pair.confirmed(&pair.plan());
        assert_eq!(run.session.life_seconds(), life);
        assert_eq!(run.session.expires(), Some(stamp(NOW + pair.tick + u64::from(life) * SECOND)));
        let end = pair.tick + u64::from(life) * SECOND;
        assert_eq!(run.session.ends_at_tick(), end);
        let last = pair.asker.seal(&run.session, 1, end - 1);
        pair.side.frame(&last, end - 1).unwrap();
        let late = pair.asker.seal(&run.session, 2, end);
        assert_eq!(pair.side.frame(&late, end), Err(Error::UnknownKey));
        assert_eq!(pair.side.granter.session_count(), (0, 0));
    }
    let mut pair = Pair::with(Kind::Secret, settings);
    pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
    let (secret, end) = (secret(SHARED), stamp(NOW + pair.tick));
    pair.side.granter.register(&AccessRecord::secret(MODULE, &secret).expires(end)).unwrap();
    assert_eq!(
        refusal(&mut pair, &AccessPlan::new(MODULE, GRANTER, KeyId(1))),
        Error::CredentialExpired
    );
    pair.side.has_clock = false;
    assert_eq!(refusal(&mut pair, &AccessPlan::new(MODULE, GRANTER, KeyId(1))), Error::NoClock);
}

/// Why a proven module gets nothing. It learns the class and goes on.
fn refusal(pair: &mut Pair, plan: &AccessPlan) -> Error {
    let state = pair.asker.begin(plan).unwrap();
    let challenge = pair.side.challenge(state.request(), SOURCE, pair.tick).unwrap();
    let state = pair.asker.prove(state, &challenge, pair.tick).unwrap();
    let proof = state.proof().to_vec();
    let (answer, outcome) = pair.side.grant(&proof, SOURCE, pair.tick).unwrap();
    let Outcome::Refused(error) = outcome else { panic!("{outcome:?}") };
    let told = pair.asker.finish(state, &answer, pair.tick).unwrap_err();
    let class = match error.class() {
        Class::Unavailable => Error::AccessUnavailable,
        _ => Error::AccessForbidden,
    };
    assert_eq!(told.error, class);
    assert_eq!(told.state.proof(), proof);
    let (again, outcome) = pair.side.grant(&proof, SOURCE, pair.tick).unwrap();
    assert!(matches!(outcome, Outcome::Again) && again == answer && answer.len() < proof.len());
    error
}

#[test]
fn gives_no_level_above_what_is_registered_and_none_below_what_is_taken() {
    let (four, five) = (Level::Hmac, Level::DigitalSignature);
    let plan = |wanted, lowest| AccessPlan {
        wanted,
        lowest,
        ..AccessPlan::new(MODULE, GRANTER, KeyId(0x51))
    };
    // granter's maximum, module's maximum, wanted, lowest, granted
    for (granters, modules, wanted, lowest, granted) in [
        (five, five, five, five, Ok(five)),
        (five, five, five, four, Ok(five)),
        (five, five, four, four, Ok(four)),
        (four, five, five, four, Ok(four)),
        (five, four, five, four, Ok(four)),
        (four, five, five, five, Err(Error::LevelNotGranted)),
        (five, four, five, five, Err(Error::LevelNotGranted)),
    ] {
        let settings = GranterSettings { max_level: granters, ..GranterSettings::DEFAULT };
        let mut pair = Pair::with(Kind::Key, settings);
        pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
        let record =
            AccessRecord::key(MODULE, public(MODULES_KEY), &Toy).unwrap().max_level(modules);
        pair.side.granter.register(&record).unwrap();
        match granted {
            Ok(level) => assert_eq!(pair.confirmed(&plan(wanted, lowest)).session.level(), level),
            Err(error) => assert_eq!(refusal(&mut pair, &plan(wanted, lowest)), error),
        }
    }
    let mut pair = Pair::with(
        Kind::Secret,
        GranterSettings { max_level: Level::Timestamp, ..GranterSettings::DEFAULT },
    );
    assert_eq!(refusal(&mut pair, &plan(four, four)), Error::LevelNotGranted);
}

#[test]
fn level_5_by_a_secret_has_a_code_of_its_own_on_both_sides() {
    let mut pair = Pair::new(Kind::Secret);
    let five = Level::DigitalSignature;
    let plan = AccessPlan { wanted: five, lowest: five, ..pair.plan() };
    assert_eq!(pair.asker.begin(&plan).unwrap_err(), Error::SecretLevel);
    let secret = secret(9);
    let record = AccessRecord::secret(VALVE, &secret).max_level(five);
    assert_eq!(pair.side.granter.register(&record), Err(Error::SecretLevel));
    // A requester that doesn't mind its own rules: the same request, with the levels changed.
    let state = pair.asker.begin(&pair.plan()).unwrap();
    let mut request = state.request().to_vec();
    let level_at = request.len() - 6;
    assert_eq!(request[level_at..level_at + 2], [4, 4]);
    request[level_at] = 5;
    request[level_at + 1] = 5;
    let outcome = rogue_secret_proof(&mut pair, &request);
    assert!(matches!(outcome, Outcome::Refused(Error::SecretLevel)), "{outcome:?}");
}

/// What a holder of the secret gets who writes the proof by hand (`PROTOCOL.md` §12).
fn rogue_secret_proof(pair: &mut Pair, request: &[u8]) -> Outcome {
    use hmac::{Hmac, KeyInit, Mac};
    let hmac = |key: &[u8], parts: &[&[u8]]| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    };
    let challenge = pair.side.challenge(request, SOURCE, pair.tick).unwrap();
    let label = b"sealwire/1 access transcript of the proof".as_slice();
    let transcript: Vec<u8> = {
        use sha2::Digest;
        sha2::Sha256::digest([label, request, &challenge].concat()).to_vec()
    };
    let early = hmac(b"sealwire/1 access", &[secret(SHARED).secret_bytes()]);
    let key = hmac(&early, &[b"proof", &transcript, &[1]]);
    let mac = hmac(&key, &[b"sealwire/1 access proof MAC", &transcript]);
    let ticket = &challenge[1 + 16 + 16 + 64..];
    let proof = [&[0x1a], request, ticket, &mac].concat();
    pair.side.grant(&proof, SOURCE, pair.tick).unwrap().1
}

#[test]
fn gives_a_role_only_if_it_is_registered_for_the_module() {
    for name in ["admin", "operator2", "operato"] {
        let mut pair = Pair::new(Kind::Secret);
        let plan = AccessPlan { role: RoleName::new(name).unwrap(), ..pair.plan() };
        assert_eq!(refusal(&mut pair, &plan), Error::RoleNotGranted);
    }
    let mut pair = Pair::new(Kind::Secret);
    pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
    let secret = secret(SHARED);
    pair.side.granter.register(&AccessRecord::secret(MODULE, &secret).roles(&[VISITOR])).unwrap();
    let plan = |name| AccessPlan {
        role: RoleName::new(name).unwrap(),
        ..AccessPlan::new(MODULE, GRANTER, KeyId(1))
    };
    assert_eq!(refusal(&mut pair, &plan("operator")), Error::RoleNotGranted);
    pair.tick += 1;
    assert_eq!(pair.confirmed(&plan("visitor")).granted.peer_role(), VISITOR);
    for name in ["Operator", "operator ", "op/erator", "ö", &"a".repeat(33)] {
        assert_eq!(RoleName::new(name), Err(Error::InvalidRole));
    }
}

#[test]
fn one_kind_of_credential_never_stands_in_for_the_other() {
    for (registered, number) in [(Kind::Secret, SHARED), (Kind::Key, MODULES_KEY)] {
        let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 4);
        side.register(MODULE, registered, number);
        let other = if registered == Kind::Secret { Kind::Key } else { Kind::Secret };
        let asker = Asker::new(MODULE, other, number, GRANTERS_KEY);
        let mut pair = Pair { side, asker, tick: 7 };
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let challenge = pair.side.challenge(state.request(), SOURCE, 7).unwrap();
        let state = pair.asker.prove(state, &challenge, 7).unwrap();
        let refused = pair.side.grant(state.proof(), SOURCE, 7).unwrap_err();
        assert_eq!(refused, Error::CredentialKind);
        // And a requester doesn't change its mind in the middle.
        pair.asker.kind = registered;
        let refused = pair.asker.finish(state, &challenge, 7).unwrap_err();
        assert_eq!(refused.error, Error::CredentialKind);
    }
}

#[test]
fn registers_no_credential_twice_and_nobody_under_the_granters_name() {
    let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 3);
    let (one, two) = (secret(1), secret(2));
    let granter = &mut side.granter;
    granter.register(&AccessRecord::secret(MODULE, &one)).unwrap();
    assert_eq!(granter.register(&AccessRecord::secret(MODULE, &two)), Err(Error::DuplicateKeyId));
    assert_eq!(granter.register(&AccessRecord::secret(VALVE, &one)), Err(Error::DuplicateKey));
    assert_eq!(granter.register(&AccessRecord::secret(GRANTER, &two)), Err(Error::InvalidId));
    granter.register(&AccessRecord::key(VALVE, public(1), &Toy).unwrap()).unwrap();
    assert_eq!(
        granter.register(&AccessRecord::key(LOGGER, public(1), &Toy).unwrap()),
        Err(Error::DuplicateKey)
    );
    granter.register(&AccessRecord::key(LOGGER, public(2), &Toy).unwrap()).unwrap();
    let full = granter.register(&AccessRecord::key(GROUP, public(3), &Toy).unwrap());
    assert_eq!(full, Err(Error::TableFull));
    granter.remove(&VALVE, &mut side.keys).unwrap();
    assert_eq!(granter.remove(&VALVE, &mut side.keys), Err(Error::AccessUnknownModule));
    granter.register(&AccessRecord::key(GROUP, public(1), &Toy).unwrap()).unwrap();
    let no_point = AccessRecord::key(GROUP, PublicKey::from_xy([1; 64]), &PortableVerifier);
    assert_eq!(no_point.unwrap_err(), Error::KeyInvalid);
}

#[test]
fn finds_every_module_among_many_after_any_removals() {
    let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 200);
    let module = |n: u64| {
        let mut bytes = [0x33; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        ModuleId::new(bytes).unwrap()
    };
    let mut random = Random::new(5);
    let mut known = std::collections::BTreeSet::new();
    for _ in 0..4_000 {
        let n = random.below(260);
        let secret = secret(n);
        if known.contains(&n) {
            side.granter.remove(&module(n), &mut side.keys).unwrap();
            known.remove(&n);
        } else {
            let registered = side.granter.register(&AccessRecord::secret(module(n), &secret));
            assert_eq!(registered.is_ok(), known.len() < 200, "{registered:?}");
            if registered.is_ok() {
                known.insert(n);
            }
        }
        let n = random.below(260);
        let found = side.granter.end_sessions(&module(n), &mut side.keys);
        assert_eq!(found.is_ok(), known.contains(&n));
    }
}

#[test]
fn removing_a_module_ends_its_sessions_at_once() {
    let mut pair = Pair::new(Kind::Secret);
    let run = pair.confirmed(&pair.plan());
    pair.run(&AccessPlan { key_id: KeyId(2), ..pair.plan() });
    pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
    let frame = pair.asker.seal(&run.session, 1, pair.tick);
    assert_eq!(pair.side.frame(&frame, pair.tick), Err(Error::UnknownKey));
    assert_eq!(pair.side.granter.session_count(), (0, 0));
    assert_eq!(
        pair.side.grant(&run.proof, SOURCE, pair.tick).unwrap_err(),
        Error::AccessUnknownModule
    );
    pair.side.register(MODULE, Kind::Secret, SHARED);
    assert_eq!(pair.side.grant(&run.proof, SOURCE, pair.tick).unwrap_err(), Error::AccessReplayed);
}

#[test]
fn a_repeated_proof_gets_the_same_grant_and_one_session() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let run = pair.run(&pair.plan());
        for _ in 0..50 {
            let (grant, outcome) = pair.side.grant(&run.proof, SOURCE, pair.tick).unwrap();
            assert!(matches!(outcome, Outcome::Again));
            assert_eq!(grant, run.grant);
        }
        assert_eq!(pair.side.granter.session_count(), (1, 1));
    }
}

#[test]
fn a_table_without_room_is_a_refusal_that_the_module_learns() {
    let mut pair = Pair::new(Kind::Secret);
    pair.side.keys = receiver(GRANTER, Restart::FreshKeys, 0, 0);
    assert_eq!(refusal(&mut pair, &AccessPlan::new(MODULE, GRANTER, KeyId(1))), Error::TableFull);
    assert_eq!(pair.side.granter.session_count(), (0, 0));
}

#[test]
fn a_session_that_ended_gives_its_place_back_however_it_ended() {
    for time in [TimeRule::Stamped, TimeRule::CounterOnly] {
        let mut pair = Pair::new(Kind::Secret);
        pair.side.keys = receiver(GRANTER, Restart::FreshKeys, 3, 0);
        for n in 0..30 {
            pair.tick += SECOND;
            let run = pair.confirmed(&AccessPlan { time, ..pair.plan() });
            let id = run.granted.key_id();
            pair.asker.keys.end(KeyId(0x51));
            match n % 3 {
                0 => pair.side.keys.remove(id).unwrap(),
                1 => {
                    pair.side.keys.revoke(id).unwrap();
                    pair.side.keys.end(id);
                }
                _ => pair.side.keys.end(id),
            }
            let frame = pair.asker.seal(&run.session, 1, pair.tick);
            assert_eq!(pair.side.frame(&frame, pair.tick), Err(Error::UnknownKey));
            pair.side.granter.end_sessions(&MODULE, &mut pair.side.keys).unwrap();
        }
        // A key that isn't a session's is not ended as one.
        let secret = secret(99);
        let key = PeerKey::hmac(KeyId(1), VALVE, &secret, TagLength::Full);
        pair.side.keys.register(&key).unwrap();
        pair.side.keys.end(KeyId(1));
        assert!(pair.side.keys.knows(KeyId(1)));
    }
}

#[test]
fn a_session_is_good_at_once_after_a_restart_and_leaves_nothing_in_saved_state() {
    for time in [TimeRule::Stamped, TimeRule::CounterOnly] {
        let mut pair = Pair::new(Kind::Secret);
        let now = stamp(NOW + pair.tick);
        pair.side.keys = receiver(GRANTER, Restart::NotBefore(now), 2, 0);
        let run = pair.confirmed(&AccessPlan { time, ..pair.plan() });
        // Saved state has no room in the next validator's table taken by sessions that were.
        let state = saved(&pair.side.keys);
        pair.side.keys = receiver(GRANTER, Restart::Saved(&state), 1, 0);
        let frame = pair.asker.seal(&run.session, 1, pair.tick);
        assert_eq!(pair.side.frame(&frame, pair.tick), Err(Error::UnknownKey));
        let secret = secret(99);
        let key = PeerKey::hmac(KeyId(1), VALVE, &secret, TagLength::Full);
        pair.side.keys.register(&key).unwrap();
    }
}

#[test]
fn a_publisher_hands_its_groups_key_to_members_and_to_nobody_else() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        pair.side.granter.remove(&MODULE, &mut pair.side.keys).unwrap();
        let (shared, group) = (secret(SHARED), secret(70));
        let record = match kind {
            Kind::Secret => AccessRecord::secret(MODULE, &shared),
            Kind::Key => AccessRecord::key(MODULE, public(MODULES_KEY), &Toy).unwrap(),
        };
        pair.side.granter.register(&record.in_group()).unwrap();
        assert!(pair.run(&pair.plan()).session.group().is_none(), "there is none yet");
        let key = GroupKey::new(GROUP, KeyId(77), TagLength::Short, secret(70));
        pair.side.granter.set_group(Some(key));
        let (first, second) = (pair.run(&pair.plan()), pair.run(&pair.plan()));
        for run in [&first, &second] {
            let held = run.session.group().unwrap();
            assert_eq!((held.id(), held.key_id()), (GROUP, KeyId(77)));
            assert_eq!(held.secret().secret_bytes(), group.secret_bytes());
            let shows = |at: &[u8]| run.grant.windows(at.len()).any(|part| part == at);
            assert!(shows(GROUP.as_bytes()) && !shows(&group.secret_bytes()[..8]));
        }
        let start = Audience::Group(GROUP);
        let (short, fresh) = (TagLength::Short, NonceStart::Fresh);
        let mut sealer = Sealer::hmac(KeyId(77), GRANTER, start, &group, short, fresh).unwrap();
        let now = Some(stamp(NOW + pair.tick));
        let frame = seal(&mut sealer, b"to all", now);
        let key = first.session.group().unwrap();
        pair.asker.keys.register(&key.peer_key(GRANTER)).unwrap();
        let requirement = at_least(Level::Hmac).allow_groups();
        let accepted = pair.asker.keys.validate(&frame, &requirement, now).unwrap();
        assert_eq!((accepted.sender(), accepted.group()), (Some(GRANTER), Some(GROUP)));
        // Who isn't in the group gets nothing of it.
        pair.side.register(VALVE, kind, 11);
        pair.asker = Asker::new(VALVE, kind, 11, GRANTERS_KEY);
        let run = pair.run(&AccessPlan::new(VALVE, GRANTER, KeyId(1)));
        assert!(run.session.group().is_none());
    }
}

#[test]
fn a_session_without_a_clock_counts_and_one_with_a_clock_needs_one() {
    let mut pair = Pair::new(Kind::Secret);
    pair.side.has_clock = false;
    let plan = AccessPlan { time: TimeRule::CounterOnly, ..pair.plan() };
    let run = pair.confirmed(&plan);
    assert_eq!(run.session.expires(), None);
    pair.tick += 1;
    assert_eq!(refusal(&mut pair, &AccessPlan::new(MODULE, GRANTER, KeyId(9))), Error::NoClock);
}

#[test]
fn the_bindings_object_says_where_it_is_and_what_it_needs() {
    let mut pair = Pair::new(Kind::Secret);
    let (plan, tick) = (pair.plan(), pair.tick);
    let (mut tools, credential) = (engines(SHARED), pair.asker.secret.secret_bytes().to_owned());
    let shared = PeerSecret::from_slice(&credential).unwrap();
    let credential = Credential::Secret(&shared);
    let mut exchange = Exchange::new();
    let is = |error: ExchangeError, state, needs| {
        assert_eq!((error.error, error.state, error.needs), (Error::AccessState, state, needs));
    };
    use ExchangeState::{AwaitChallenge, AwaitGrant, Idle};
    is(exchange.request().unwrap_err(), Idle, AwaitChallenge);
    is(exchange.proof().unwrap_err(), Idle, AwaitGrant);
    is(exchange.challenge(b"", tick, &credential, &mut tools).unwrap_err(), Idle, AwaitChallenge);
    is(exchange.grant(b"", tick, &credential, &tools).unwrap_err(), Idle, AwaitGrant);
    exchange.begin(&plan, &credential, &ToyAgreement, &mut seeded(1)).unwrap();
    assert_eq!(exchange.state(), AwaitChallenge);
    is(exchange.proof().unwrap_err(), AwaitChallenge, AwaitGrant);
    is(exchange.grant(b"", tick, &credential, &tools).unwrap_err(), AwaitChallenge, AwaitGrant);
    let challenge = pair.side.challenge(exchange.request().unwrap(), SOURCE, tick).unwrap();
    exchange.challenge(&challenge, tick, &credential, &mut tools).unwrap();
    assert_eq!(exchange.state(), AwaitGrant);
    let bad = exchange.grant(b"\x1b", tick, &credential, &tools).unwrap_err();
    assert_eq!((bad.error, bad.state), (Error::AccessMalformed, AwaitGrant));
    let (grant, _) = pair.side.grant(exchange.proof().unwrap(), SOURCE, tick).unwrap();
    let session = exchange.grant(&grant, tick, &credential, &tools).unwrap();
    assert_eq!((exchange.state(), session.peer()), (Idle, GRANTER));
    exchange.begin(&plan, &credential, &ToyAgreement, &mut seeded(2)).unwrap();
    exchange.abandon();
    is(exchange.request().unwrap_err(), Idle, AwaitChallenge);
    let text = exchange.request().unwrap_err().to_string();
    assert_eq!(text, "ACCESS_STATE: the state is 'idle', the call needs 'await challenge'");
}

#[test]
fn tokens_stand_for_a_module_until_they_are_over_or_revoked() {
    let mut pair = Pair::new(Kind::Secret);
    let run = pair.confirmed(&pair.plan());
    let storage: Vec<TokenSlot> = (0..2).map(|_| TokenSlot::EMPTY).collect();
    let mut tokens = Tokens::new(storage);
    assert_eq!(tokens.check(&[0; 32], 0), Err(Error::TokenUnknown));
    tokens.keep(&run.granted, pair.tick).unwrap();
    let token = *run.session.secret_token();
    let (end, who) = (run.granted.ends_at_tick(), Ok((MODULE, RoleId::NONE)));
    assert_eq!(tokens.check(&token, pair.tick), who);
    assert_eq!(tokens.check(&token, end - 1), who);
    assert_eq!(tokens.check(&token, end), Err(Error::TokenUnknown));
    for bit in 0..256 {
        let mut other = token;
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(tokens.check(&other, pair.tick), Err(Error::TokenUnknown));
    }
    tokens.revoke(&MODULE).unwrap();
    assert_eq!(tokens.check(&token, pair.tick), Err(Error::TokenUnknown));
    assert_eq!(tokens.revoke(&MODULE), Err(Error::TokenUnknown));
    assert_eq!(format!("{tokens:?} {:?}", TokenSlot::EMPTY), "Tokens(…) TokenSlot(…)");
}

#[test]
fn a_module_has_one_token_and_leaves_others_theirs() {
    let mut one = Pair::new(Kind::Secret);
    let mut tokens = Tokens::new([TokenSlot::EMPTY, TokenSlot::EMPTY]);
    let other = {
        let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 4);
        side.register(VALVE, Kind::Secret, SHARED);
        let asker = Asker::new(VALVE, Kind::Secret, SHARED, GRANTERS_KEY);
        let mut pair = Pair { side, asker, tick: one.tick };
        pair.run(&AccessPlan::new(VALVE, GRANTER, KeyId(0x52)))
    };
    let old = one.run(&one.plan());
    tokens.keep(&old.granted, one.tick).unwrap();
    tokens.keep(&other.granted, one.tick).unwrap();
    let new = one.run(&one.plan());
    tokens.keep(&new.granted, one.tick).unwrap();
    let holder = |token: &[u8; 32]| tokens.check(token, one.tick).map(|(module, _)| module);
    assert_eq!(holder(old.session.secret_token()), Err(Error::TokenUnknown));
    assert_eq!(holder(new.session.secret_token()), Ok(MODULE));
    assert_eq!(holder(other.session.secret_token()), Ok(VALVE));
}

#[test]
fn secrets_are_not_shown() {
    let mut pair = Pair::new(Kind::Key);
    let state = pair.asker.begin(&pair.plan()).unwrap();
    assert_eq!(format!("{state:?}"), "AwaitChallenge(Asking { has_proof: false, .. })");
    let run = pair.run(&pair.plan());
    let shown = format!("{:?} {:?}", run.session, pair.side.granter);
    assert!(!shown.contains("secret") && !shown.contains("token"));
    assert_eq!(format!("{:?}", AccessSlot::EMPTY), "AccessSlot { held: Nothing, .. }");
}

#[test]
fn a_role_shows_its_name_and_an_ephemeral_key_shows_nothing() {
    assert_eq!(format!("{:?}", RoleName::new("operator").unwrap()), "\"operator\"");
    let key = ToyAgreement.with_seed(&[7; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "EphemeralKey(…)");
}
