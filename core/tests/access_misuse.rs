//! Claim: what a program asks of access that can't be is refused with a code of its own, and
//! leaves everything as it was (`PROTOCOL.md` §12).
#![cfg(all(feature = "access", feature = "ecdsa"))]

use crate::access_support::*;
use crate::common::*;
use sealwire::*;

#[test]
fn levels_that_prove_nothing_or_stand_in_the_wrong_order_are_not_asked_for() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        for (lowest, wanted) in [
            (Level::Timestamp, Level::Hmac),
            (Level::None, Level::DigitalSignature),
            (Level::Hmac, Level::BasicAuth),
            (Level::DigitalSignature, Level::Hmac),
        ] {
            let plan = AccessPlan { lowest, wanted, ..pair.plan() };
            assert_eq!(pair.asker.begin(&plan).unwrap_err(), Error::InvalidArgument);
        }
        let plan = AccessPlan { granter: MODULE, ..pair.plan() };
        assert_eq!(pair.asker.begin(&plan).unwrap_err(), Error::InvalidId);
    }
}

#[test]
fn a_secret_is_not_asked_for_signatures() {
    let mut pair = Pair::new(Kind::Secret);
    let level = Level::DigitalSignature;
    let plan = AccessPlan { lowest: level, wanted: level, ..pair.plan() };
    assert_eq!(pair.asker.begin(&plan).unwrap_err(), Error::SecretLevel);
}

#[test]
fn a_granter_has_a_life_to_give() {
    let settings = GranterSettings { life: 0, ..GranterSettings::DEFAULT };
    let sources = vec![SourceSlot::EMPTY; 1];
    let granter = Granter::new(GRANTER, settings, access_slots(1), sources, &mut seeded(1));
    assert_eq!(granter.unwrap_err(), Error::InvalidArgument);
}

#[test]
fn a_role_has_a_name_and_a_number_of_its_own() {
    let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 1);
    let define = |side: &mut Side, text: &str, id| {
        side.granter.define_role(RoleName::new(text).unwrap(), id)
    };
    assert_eq!(define(&mut side, "fitter", RoleId::NONE), Err(Error::InvalidArgument));
    assert_eq!(define(&mut side, "fitter", OPERATOR), Err(Error::DuplicateKeyId));
    assert_eq!(define(&mut side, "operator", RoleId(9)), Err(Error::DuplicateKeyId));
    assert_eq!(side.granter.define_role(RoleName::default(), RoleId(9)), Err(Error::InvalidRole));
    for number in 9..23 {
        assert_eq!(define(&mut side, &format!("fitter-{number}"), RoleId(number)), Ok(()));
    }
    assert_eq!(define(&mut side, "one-too-many", RoleId(99)), Err(Error::TableFull));
}

#[test]
fn a_module_is_registered_for_a_level_that_proves_something() {
    let mut side = Side::new(GRANTER, GRANTERS_KEY, GranterSettings::DEFAULT, 1);
    let secret = secret(SHARED);
    for level in [Level::None, Level::BasicAuth, Level::Timestamp] {
        let record = AccessRecord::secret(MODULE, &secret).max_level(level);
        assert_eq!(side.granter.register(&record), Err(Error::KeyKind));
    }
    let record = AccessRecord::secret(MODULE, &secret).max_level(Level::DigitalSignature);
    assert_eq!(side.granter.register(&record), Err(Error::SecretLevel));
    assert_eq!(side.granter.register(&AccessRecord::secret(MODULE, &secret)), Ok(()));
}

#[test]
fn a_source_and_a_buffer_have_their_sizes() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let state = pair.asker.begin(&pair.plan()).unwrap();
        let request = state.request().to_vec();
        let (longest, too_long) = ([b's'; 64], [b's'; 65]);
        let tick = pair.tick;
        assert_eq!(pair.side.challenge(&request, &too_long, tick), Err(Error::InvalidArgument));
        let challenge = pair.side.challenge(&request, &longest, tick).unwrap();
        let state = pair.asker.prove(state, &challenge, tick).unwrap();
        let proof = state.proof();
        assert_eq!(pair.side.grant(proof, &too_long, tick).unwrap_err(), Error::InvalidArgument);
        let at = pair.side.moment(tick);
        let Side { granter, engines, keys, .. } = &mut pair.side;
        let mut small = [0; 191];
        let granted = granter.grant(proof, &longest, at, engines, keys, &mut small);
        assert_eq!(granted.unwrap_err(), Error::BufferTooSmall);
        assert_eq!(small, [0; 191]);
        // None of that used the proof up.
        assert!(matches!(pair.side.grant(proof, &longest, tick), Ok((_, Outcome::Granted(_)))));
    }
}

#[test]
fn a_session_is_installed_where_it_belongs() {
    for kind in KINDS {
        let mut pair = Pair::new(kind);
        let run = pair.run(&pair.plan());
        assert_eq!(pair.side.keys.install(&run.session), Err(Error::InvalidId));
        assert_eq!(pair.asker.keys.install(&run.session), Ok(()));
        assert_eq!(pair.asker.keys.install(&run.session), Err(Error::DuplicateKeyId));
    }
}

#[test]
fn a_session_seals_at_its_level_only() {
    let level = Level::DigitalSignature;
    let mut pair = Pair::new(Kind::Key);
    let plan = AccessPlan { wanted: level, lowest: level, ..pair.plan() };
    let signed = pair.run(&plan).session;
    assert_eq!(Sealer::for_session(&signed).unwrap_err(), Error::KeyKind);
    let mut pair = Pair::new(Kind::Key);
    let tagged = pair.run(&pair.plan()).session;
    let signer = ToySigner::new(MODULES_KEY);
    assert_eq!(tagged.level(), Level::Hmac);
    assert_eq!(Sealer::for_signed_session(&tagged, signer).unwrap_err(), Error::KeyKind);
}

#[test]
fn a_frame_of_no_key_confirms_no_session() {
    let mut pair = Pair::new(Kind::Secret);
    let run = pair.run(&pair.plan());
    let Side { granter, keys, .. } = &mut pair.side;
    keys.register_module(&KnownModule::new(MODULE)).unwrap();
    let mut sealer = Sealer::unproven(Level::BasicAuth, MODULE, NonceStart::Fresh).unwrap();
    let frame = seal(&mut sealer, b"4.2 bar", Some(stamp(NOW)));
    let requirement = at_least(Level::BasicAuth);
    let accepted = keys.validate(&frame, &requirement, Some(stamp(NOW))).unwrap();
    let mut held = HeldSessions::new(SECOND);
    held.confirm(&accepted, pair.tick);
    let confirmed = granter.confirm(&accepted, pair.tick, keys);
    assert_eq!(confirmed, Ok(Confirmation::Nothing));
    assert_eq!(pair.side.send(run.granted.key_id(), pair.tick), Err(Error::SessionUnconfirmed));
}
