//! Claim: what a receiver knows changes only as its operator says; nothing that is registered,
//! exchanged, revoked, removed or registered again opens a window twice (`PROTOCOL.md` §4.3, §7).

use crate::common::*;
use sealwire::*;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

fn panel(keys: usize, nonces: usize) -> Receiver {
    receiver(PANEL, Restart::FreshKeys, keys, nonces)
}

fn offer(panel: &mut Receiver, frame: &[u8], now: i64) -> Result<(), Error> {
    verdict(panel.validate(frame, &at_least(Level::Timestamp).allow_groups(), at(now)))
}

/// Moves the receiver's clock by a message of a module known for nothing else.
fn tick(panel: &mut Receiver, now: i64) {
    let clock = id(0xee);
    let _ = panel.register_module(&KnownModule::new(clock));
    let mut sealer = Sealer::unproven(Level::BasicAuth, clock, NonceStart::Fresh).unwrap();
    let frame = seal(&mut sealer, b"", at(now));
    panel.validate(&frame, &at_least(Level::BasicAuth), at(now)).unwrap();
}

const STALE: i64 = (PAST + FUTURE) as i64 + 2_000_000;

#[test]
fn refuses_the_receiver_itself_as_a_sender() {
    let mut panel = panel(4, 4);
    assert_eq!(register_hmac(&mut panel, 1, PANEL, 1, |key| key), Err(Error::InvalidId));
    assert_eq!(
        register_hmac(&mut panel, 1, PANEL, 1, |key| key.group(GROUP)),
        Err(Error::InvalidId)
    );
    let key = ToySigner::new(1).public_key();
    assert_eq!(panel.register(&PeerKey::ecdsa(KeyId(1), PANEL, key)), Err(Error::InvalidId));
    assert_eq!(panel.register_module(&KnownModule::new(PANEL)), Err(Error::InvalidId));
    assert_eq!(panel.own_id(), PANEL);
}

#[test]
fn no_module_has_an_id_of_all_zeros_or_all_ones() {
    assert_eq!(ModuleId::new([0; 16]), Err(Error::InvalidId));
    assert_eq!(ModuleId::new([0xff; 16]), Err(Error::InvalidId));
    let mut almost = [0; 16];
    almost[15] = 1;
    assert_eq!(ModuleId::new(almost).unwrap().as_bytes(), &almost);
    assert_eq!(ModuleId::new(almost).unwrap().to_string(), "00000000-0000-0000-0000-000000000001");
    assert_eq!(format!("{:?}", id(0xab)), "ModuleId(abababab-abab-abab-abab-abababababab)");
    assert_eq!(KeyId(0x2a).to_string(), "0x0000002a");
}

#[test]
fn refuses_a_key_id_or_module_that_is_taken() {
    let mut panel = panel(8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    assert_eq!(register_hmac(&mut panel, 1, VALVE, 2, |key| key), Err(Error::DuplicateKeyId));
    let key = ToySigner::new(1).public_key();
    assert_eq!(panel.register(&PeerKey::ecdsa(KeyId(1), VALVE, key)), Err(Error::DuplicateKeyId));
    panel.revoke(KeyId(1)).unwrap();
    assert_eq!(register_hmac(&mut panel, 1, VALVE, 2, |key| key), Err(Error::DuplicateKeyId));
    panel.register_module(&KnownModule::new(PUMP)).unwrap();
    let again = panel.register_module(&KnownModule::new(PUMP).role(RoleId(3)));
    assert_eq!(again, Err(Error::DuplicateKeyId));
}

#[test]
fn refuses_one_secret_under_two_identities() {
    type Change = fn(PeerKey<'_>) -> PeerKey<'_>;
    let direct: Change = |key| key;
    let grouped: Change = |key| key.group(GROUP);
    let other_group: Change = |key| key.group(id(0x78));
    let refused = [
        (PUMP, direct, PUMP, direct),
        (PUMP, direct, VALVE, direct),
        (PUMP, direct, PUMP, grouped),
        (PUMP, direct, VALVE, grouped),
        (PUMP, grouped, VALVE, direct),
        (PUMP, grouped, PUMP, grouped),
        (PUMP, grouped, VALVE, other_group),
    ];
    for (first, change, second, change_again) in refused {
        let mut panel = panel(8, 0);
        register_hmac(&mut panel, 1, first, 1, change).unwrap();
        let result = register_hmac(&mut panel, 2, second, 1, change_again);
        assert_eq!(result, Err(Error::DuplicateKey), "{first} and {second}");
        // Also by another tag length, also while the first is revoked.
        let secret = secret(1);
        let long = change_again(PeerKey::hmac(KeyId(2), second, &secret, TagLength::Full));
        assert_eq!(panel.register(&long), Err(Error::DuplicateKey));
        panel.revoke(KeyId(1)).unwrap();
        assert_eq!(panel.register(&long), Err(Error::DuplicateKey));
    }
    // The members of one group share their secret, and that is the one exception.
    let mut panel = panel(8, 0);
    for (key, member) in (1..).zip([PUMP, VALVE, LOGGER]) {
        register_hmac(&mut panel, key, member, 1, grouped).unwrap();
    }
    let secret = secret(1);
    let long = PeerKey::hmac(KeyId(9), id(0x33), &secret, TagLength::Full).group(GROUP);
    assert_eq!(panel.register(&long), Err(Error::DuplicateKey));
}

#[test]
fn refuses_one_public_key_under_two_identities_but_not_for_two_audiences() {
    let mut panel = panel(8, 0);
    let public = ToySigner::new(1).public_key();
    panel.register(&PeerKey::ecdsa(KeyId(1), PUMP, public)).unwrap();
    let again = PeerKey::ecdsa(KeyId(2), PUMP, public);
    assert_eq!(panel.register(&again), Err(Error::DuplicateKey));
    panel.register(&again.group(GROUP)).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, public).group(id(0x78))).unwrap();
    assert_eq!(
        panel.register(&PeerKey::ecdsa(KeyId(4), PUMP, public).group(GROUP)),
        Err(Error::DuplicateKey)
    );
    for key in [
        PeerKey::ecdsa(KeyId(4), VALVE, public),
        PeerKey::ecdsa(KeyId(4), VALVE, public).group(id(0x79)),
    ] {
        assert_eq!(panel.register(&key), Err(Error::DuplicateKey));
    }
}

#[test]
fn refuses_keys_that_are_none() {
    assert_eq!(PeerSecret::from_slice(&[0; 32]).unwrap_err(), Error::KeyInvalid);
    for len in [0, 1, 16, 31, 33, 64] {
        assert_eq!(PeerSecret::from_slice(&vec![7; len]).unwrap_err(), Error::KeyLength);
        if len != 64 {
            assert_eq!(PublicKey::from_slice(&vec![7; len]), Err(Error::KeyLength));
        }
    }
    assert_eq!(PublicKey::from_slice(&[7; 66]), Err(Error::KeyLength));
    for first in [0, 2, 3, 5, 6] {
        let mut point = [7; 65];
        point[0] = first;
        assert_eq!(PublicKey::from_slice(&point), Err(Error::KeyInvalid));
    }
    let mut point = [7; 65];
    point[0] = 4;
    assert_eq!(PublicKey::from_slice(&point).unwrap().as_xy(), &[7; 64]);
    assert_eq!(PeerSecret::from_slice(&[7; 32]).unwrap().secret_bytes(), &[7; 32]);
    assert_eq!(format!("{:?}", secret(1)), "PeerSecret(…)");
}

#[cfg(feature = "ecdsa")]
#[test]
fn refuses_what_is_no_point_of_the_curve() {
    let on = PortableSigner::from_secret(&[7; 32]).unwrap().public_key();
    let mut panel = Validator::new(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(4))
        .unwrap()
        .with_verifier(&PortableVerifier);
    let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    let prime: Vec<u8> =
        (0..64).step_by(2).map(|i| u8::from_str_radix(&prime[i..i + 2], 16).unwrap()).collect();
    let mut bad = vec![[0; 64], [0xff; 64], *on.as_xy()];
    bad[2][63] ^= 1;
    // (p, y) and (x, p): not reduced. (0, 0) stands for infinity in some libraries.
    for half in 0..2 {
        let mut point = *on.as_xy();
        point[half * 32..][..32].copy_from_slice(&prime);
        bad.push(point);
    }
    // x = 0 is on the curve with y = √b; p + 0 for it is not reduced.
    for xy in bad {
        let key = PeerKey::ecdsa(KeyId(1), PUMP, PublicKey::from_xy(xy));
        assert_eq!(panel.register(&key), Err(Error::KeyInvalid), "{xy:02x?}");
    }
    panel.register(&PeerKey::ecdsa(KeyId(1), PUMP, on)).unwrap();
}

#[test]
fn refuses_a_signature_key_where_nobody_checks_signatures() {
    let mut panel = Validator::new(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(2)).unwrap();
    let key = PeerKey::ecdsa(KeyId(1), PUMP, ToySigner::new(1).public_key());
    assert_eq!(panel.register(&key), Err(Error::NoEngine));
    let mut panel = panel.with_verifier(&Toy);
    assert_eq!(panel.register(&key), Ok(()));
}

#[test]
fn refuses_random_nonces_without_a_time() {
    let mut panel = panel(2, 8);
    let result = register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(4).counter_only());
    assert_eq!(result, Err(Error::InvalidArgument));
}

#[test]
fn what_was_refused_left_nothing_behind() {
    let mut panel = panel(4, 8);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(4)).unwrap();
    let before = saved(&panel);
    for (key, from, of, quota) in
        [(1, VALVE, 2, 0), (2, VALVE, 1, 0), (2, PANEL, 2, 0), (2, VALVE, 2, 9)]
    {
        register_hmac(&mut panel, key, from, of, |key| key.random_nonces(quota)).unwrap_err();
    }
    assert_eq!(saved(&panel), before);
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.random_nonces(4)).unwrap();
}

#[test]
fn removing_and_registering_again_opens_no_window() {
    let mut panel = panel(8, 32);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
    register_hmac(&mut panel, 3, LOGGER, 3, |key| key.random_nonces(8)).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(8)).unwrap();
    let mut random = hmac_sealer_from(3, LOGGER, PANEL, 3, NonceStart::Random);
    let mut with_random = vec![0; 100];
    let len = random.seal_with_nonce(9, b"", &topic(), at(0), &mut with_random).unwrap().len();
    with_random.truncate(len);
    let mut unproven = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Fresh).unwrap();
    let mut counting = hmac_sealer(2, VALVE, PANEL, 2).counter_only().unwrap();
    let frames = [
        seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0)),
        seal(&mut counting, b"", at(0)),
        with_random,
        seal(&mut unproven, b"", at(0)),
    ];
    for frame in &frames {
        assert_eq!(offer(&mut panel, frame, 0), Ok(()));
    }
    for now in [0, 1_000_000, PAST as i64] {
        for key in [1, 2, 3] {
            panel.remove(KeyId(key)).unwrap();
        }
        panel.remove_module(&PUMP).unwrap();
        assert_eq!(offer(&mut panel, &frames[0], now), Err(Error::UnknownKey));
        assert_eq!(offer(&mut panel, &frames[3], now), Err(Error::UnknownSender));
        register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
        register_hmac(&mut panel, 2, VALVE, 2, |key| key.counter_only()).unwrap();
        register_hmac(&mut panel, 3, LOGGER, 3, |key| key.random_nonces(8)).unwrap();
        panel.register_module(&KnownModule::new(PUMP).timestamps(8)).unwrap();
        for frame in &frames {
            assert_eq!(offer(&mut panel, frame, now), Err(Error::Replayed));
        }
    }
}

#[test]
fn a_change_of_the_nonce_rule_opens_no_window() {
    // From counting to random nonces and back, for the same key, while old frames are fresh.
    let mut panel = panel(8, 32);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"open", at(0));
    assert_eq!(offer(&mut panel, &frame, 0), Ok(()));
    panel.remove(KeyId(1)).unwrap();
    let changed = register_hmac(&mut panel, 1, PUMP, 1, |key| key.random_nonces(8));
    assert_eq!(changed, Err(Error::KeyKind));
    assert_ne!(offer(&mut panel, &frame, 0), Ok(()));

    register_hmac(&mut panel, 2, VALVE, 2, |key| key.random_nonces(8)).unwrap();
    let frame = seal(&mut hmac_sealer(2, VALVE, PANEL, 2), b"open", at(0));
    assert_eq!(offer(&mut panel, &frame, 0), Ok(()));
    panel.remove(KeyId(2)).unwrap();
    assert_eq!(register_hmac(&mut panel, 2, VALVE, 2, |key| key), Err(Error::KeyKind));
    // What counts without a clock takes no frame with a time, and may change at once.
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.counter_only()).unwrap();
    assert_eq!(offer(&mut panel, &frame, 0), Err(Error::UnknownKey));
    // Once all is stale, any rule will do.
    tick(&mut panel, STALE);
    register_hmac(&mut panel, 2, VALVE, 2, |key| key).unwrap();
    assert_eq!(offer(&mut panel, &frame, STALE), Err(Error::TooOld));
}

#[test]
fn a_frame_of_one_sender_is_never_admitted_as_anothers() {
    // The operator gives the key to another module between check and admission.
    let mut panel = panel(8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.role(RoleId(1))).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    let requirement = at_least(Level::Hmac).allow_groups();
    let check = |panel: &Receiver| panel.check(&frame, &requirement, at(0));
    let checked = check(&panel);
    panel.remove(KeyId(1)).unwrap();
    assert_eq!(refused(panel.admit(check(&panel))), Error::UnknownKey);
    assert_eq!(refused(panel.admit(checked)), Error::UnknownKey);

    register_hmac(&mut panel, 1, VALVE, 1, |key| key).unwrap();
    assert_eq!(refused(panel.admit(checked)), Error::KeyChanged);
    assert_eq!(offer(&mut panel, &frame, 0), Err(Error::TagWrong));
    panel.remove(KeyId(1)).unwrap();
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.group(GROUP)).unwrap();
    assert_eq!(refused(panel.admit(checked)), Error::KeyChanged);
    panel.remove(KeyId(1)).unwrap();
    register_hmac(&mut panel, 1, PUMP, 2, |key| key).unwrap();
    assert_eq!(refused(panel.admit(checked)), Error::KeyChanged);
    panel.remove(KeyId(1)).unwrap();
    // The same key as ever: its new role counts.
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.role(RoleId(2))).unwrap();
    assert_eq!(panel.admit(checked).unwrap().role(), RoleId(2));
}

#[test]
fn a_key_revoked_expired_or_gone_between_check_and_admission_admits_nothing() {
    let mut panel = panel(8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.expires(stamp(NOW + 5_000_000))).unwrap();
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    let requirement = at_least(Level::Hmac);
    let checked = panel.check(&frame, &requirement, at(0));
    tick(&mut panel, 5_000_000);
    let rejection = panel.admit(checked).unwrap_err();
    assert_eq!((rejection.error(), rejection.step()), (Error::KeyExpired, Step::Admission));
    panel.revoke(KeyId(1)).unwrap();
    assert_eq!(refused(panel.admit(checked)), Error::KeyRevoked);
    assert_eq!(offer(&mut panel, &frame, 0), Err(Error::KeyRevoked));
}

#[test]
fn unknown_keys_cannot_be_revoked_removed_or_rolled_over() {
    let mut panel = panel(4, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel.remove(KeyId(1)).unwrap();
    for key in [1, 2] {
        assert_eq!(panel.revoke(KeyId(key)), Err(Error::UnknownKey));
        assert_eq!(panel.remove(KeyId(key)), Err(Error::UnknownKey));
        let secret = secret(3);
        let next = PeerKey::hmac(KeyId(3), PUMP, &secret, TagLength::Short);
        let result = panel.rollover(KeyId(key), &next, stamp(NOW));
        assert_eq!(result, Err(Error::UnknownKey));
    }
    assert_eq!(panel.remove_module(&PUMP), Err(Error::UnknownSender));
}

#[test]
fn a_rollover_lets_both_keys_live_until_the_overlap_ends() {
    let mut panel = panel(8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let secrets = [2, 3, 4].map(secret);
    let key = |id: u32, n: usize| PeerKey::hmac(KeyId(id), PUMP, &secrets[n], TagLength::Short);
    let ends = NOW / 1_000_000 * 1_000_000 + 60_000_000;
    let overlap = stamp(ends + 999_999);
    panel.rollover(KeyId(1), &key(2, 0), overlap).unwrap();
    let mut old = hmac_sealer(1, PUMP, PANEL, 1);
    let mut new = hmac_sealer(2, PUMP, PANEL, 2);
    let end = (ends - NOW) as i64;
    for now in [0, end - 1] {
        for frame in [seal(&mut old, b"", at(now)), seal(&mut new, b"", at(now))] {
            assert_eq!(offer(&mut panel, &frame, now), Ok(()));
        }
    }
    // A third while two are alive is one too many, by whichever of them.
    for existing in [1, 2] {
        let result = panel.rollover(KeyId(existing), &key(3, 1), overlap);
        assert_eq!(result, Err(Error::RolloverPending));
    }
    assert_eq!(offer(&mut panel, &seal(&mut old, b"", at(end)), end), Err(Error::KeyExpired));
    assert_eq!(offer(&mut panel, &seal(&mut new, b"", at(end)), end), Ok(()));
    panel.rollover(KeyId(2), &key(3, 1), stamp(ends + 60_000_000)).unwrap();
    assert_eq!(panel.rollover(KeyId(3), &key(4, 2), overlap), Err(Error::RolloverPending));
}

#[test]
fn a_rollover_is_of_one_sender_and_one_audience() {
    let mut panel = panel(8, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let secret = secret(2);
    let next = |from| PeerKey::hmac(KeyId(2), from, &secret, TagLength::Full);
    for next in [next(VALVE), next(PUMP).group(GROUP), next(VALVE).group(GROUP)] {
        assert_eq!(panel.rollover(KeyId(1), &next, stamp(NOW)), Err(Error::KeyKind));
    }
    // Pairs of other peers, and of signatures, are other pairs.
    register_hmac(&mut panel, 5, VALVE, 5, |key| key).unwrap();
    let [public, next_public] = [6, 7].map(|n| ToySigner::new(n).public_key());
    panel.register(&PeerKey::ecdsa(KeyId(6), PUMP, public)).unwrap();
    let end = stamp(NOW + 60_000_000);
    panel.rollover(KeyId(1), &next(PUMP), end).unwrap();
    let secret = crate::common::secret(9);
    panel
        .rollover(KeyId(5), &PeerKey::hmac(KeyId(9), VALVE, &secret, TagLength::Short), end)
        .unwrap();
    panel.rollover(KeyId(6), &PeerKey::ecdsa(KeyId(7), PUMP, next_public), end).unwrap();
}

#[test]
fn a_rollover_that_was_refused_leaves_the_old_key_as_it_was() {
    let mut panel = panel(1, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let secret = secret(2);
    let next = PeerKey::hmac(KeyId(2), PUMP, &secret, TagLength::Short);
    assert_eq!(panel.rollover(KeyId(1), &next, stamp(NOW)), Err(Error::TableFull));
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    assert_eq!(offer(&mut panel, &frame, 0), Ok(()));
}

#[test]
fn a_rollover_never_ends_the_new_key() {
    // The old key ended long ago, so the new one takes its slot.
    let mut panel = panel(2, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key.expires(stamp(NOW))).unwrap();
    tick(&mut panel, STALE);
    let secret = secret(2);
    let next = PeerKey::hmac(KeyId(2), PUMP, &secret, TagLength::Short);
    let end = STALE + 5_000_000;
    panel.rollover(KeyId(1), &next, stamp(NOW + end as u64)).unwrap();
    let later = end + 3_600_000_000;
    let frame = seal(&mut hmac_sealer(2, PUMP, PANEL, 2), b"", at(later));
    assert_eq!(offer(&mut panel, &frame, later), Ok(()));
    // And it may be rolled over in turn.
    let secret = crate::common::secret(3);
    let third = PeerKey::hmac(KeyId(3), PUMP, &secret, TagLength::Short);
    assert_ne!(panel.rollover(KeyId(2), &third, stamp(NOW)), Err(Error::RolloverPending));
}

#[test]
fn a_full_table_refuses_and_gives_up_only_what_is_over_and_stale() {
    let mut panel = panel(4, 0);
    let end = stamp(NOW + 1_000_000);
    let ended = (NOW / 1_000_000 * 1_000_000 + 1_000_000 - NOW) as i64;
    register_hmac(&mut panel, 1, id(1), 1, |key| key.expires(end)).unwrap();
    register_hmac(&mut panel, 2, id(2), 2, |key| key.expires(end).counter_only()).unwrap();
    register_hmac(&mut panel, 3, id(3), 3, |key| key.expires(end)).unwrap();
    panel.revoke(KeyId(3)).unwrap();
    tick(&mut panel, 0);
    let full = |panel: &mut Receiver| register_hmac(panel, 9, id(9), 9, |key| key);
    assert_eq!(full(&mut panel), Err(Error::TableFull));
    assert_eq!(panel.register_module(&KnownModule::new(id(8))), Err(Error::TableFull));
    let stale = ended + (PAST + FUTURE) as i64;
    tick(&mut panel, stale - 1);
    assert_eq!(full(&mut panel), Err(Error::TableFull));
    tick(&mut panel, stale);
    assert_eq!(full(&mut panel), Ok(()));
    // Revoked and counting keys stay for ever.
    tick(&mut panel, 1_000_000_000_000);
    assert_eq!(register_hmac(&mut panel, 10, id(10), 10, |key| key), Err(Error::TableFull));
}

#[test]
fn a_removed_keys_slot_is_free_once_all_it_accepted_is_stale() {
    let mut panel = panel(2, 0);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    tick(&mut panel, 0);
    panel.remove(KeyId(1)).unwrap();
    assert_eq!(register_hmac(&mut panel, 2, VALVE, 2, |key| key), Err(Error::TableFull));
    tick(&mut panel, STALE);
    assert_eq!(register_hmac(&mut panel, 2, VALVE, 2, |key| key), Ok(()));
}

#[test]
fn a_table_without_slots_knows_nobody() {
    let mut panel = panel(0, 0);
    assert_eq!(register_hmac(&mut panel, 1, PUMP, 1, |key| key), Err(Error::TableFull));
    assert_eq!(panel.register_module(&KnownModule::new(PUMP)), Err(Error::TableFull));
    let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
    assert_eq!(offer(&mut panel, &frame, 0), Err(Error::UnknownKey));
}

#[test]
fn regions_of_the_nonce_cache_are_given_again_once_nothing_lives_in_them() {
    for keys in [6, 64] {
        let mut panel = panel(keys, 10);
        let mut now = 0;
        for round in 0..200_u32 {
            tick(&mut panel, now);
            let quota = if round % 3 == 0 { 10 } else { 5 };
            register_hmac(&mut panel, round, PUMP, round.into(), |key| key.random_nonces(quota))
                .unwrap();
            let mut sealer = hmac_sealer_from(round, PUMP, PANEL, round.into(), NonceStart::Fresh);
            for _ in 0..quota {
                let frame = seal(&mut sealer, b"", at(now));
                assert_eq!(offer(&mut panel, &frame, now), Ok(()), "round {round} of {keys} slots");
            }
            let frame = seal(&mut sealer, b"", at(now));
            assert_eq!(offer(&mut panel, &frame, now), Err(Error::NonceCacheFull));
            panel.remove(KeyId(round)).unwrap();
            // As long as they live nobody else gets them.
            let early = register_hmac(&mut panel, 1000, VALVE, 1000, |key| key.random_nonces(6));
            assert_eq!(early, Err(Error::NonceQuota), "round {round} of {keys} slots");
            now += STALE;
        }
    }
}

#[test]
fn a_module_may_get_another_quota_once_its_old_region_is_stale() {
    let mut panel = panel(4, 10);
    panel.register_module(&KnownModule::new(PUMP).timestamps(4)).unwrap();
    tick(&mut panel, 0);
    panel.remove_module(&PUMP).unwrap();
    let more = KnownModule::new(PUMP).timestamps(6);
    assert_eq!(panel.register_module(&more), Err(Error::NonceQuota));
    tick(&mut panel, STALE);
    assert_eq!(panel.register_module(&more), Ok(()));
    // Nobody else has any of it.
    panel.register_module(&KnownModule::new(VALVE).timestamps(4)).unwrap();
    for sender in [PUMP, VALVE] {
        let mut sealer = Sealer::unproven(Level::Timestamp, sender, NonceStart::Fresh).unwrap();
        let frames: Vec<_> = (0..4).map(|_| seal(&mut sealer, b"", at(STALE))).collect();
        for expected in [Ok(()), Err(Error::Replayed)] {
            for frame in &frames {
                assert_eq!(offer(&mut panel, frame, STALE), expected);
            }
        }
    }
}

#[test]
fn a_quota_of_nothing_takes_no_room_and_no_frame() {
    let mut panel = panel(16, 10);
    let secrets: Vec<_> = (0..8).map(secret).collect();
    for n in 1..8 {
        panel.register_module(&KnownModule::new(id(n))).unwrap();
        let quota = if n == 3 { 5 } else { 0 };
        let key = PeerKey::hmac(KeyId(n.into()), id(n), &secrets[usize::from(n)], TagLength::Short);
        panel.register(&key.random_nonces(quota).expires(stamp(NOW))).unwrap();
    }
    let frame = seal(
        &mut Sealer::unproven(Level::Timestamp, id(1), NonceStart::Fresh).unwrap(),
        b"",
        at(0),
    );
    assert_eq!(offer(&mut panel, &frame, 0), Err(Error::NonceCacheFull));
    tick(&mut panel, STALE);
    panel.register_module(&KnownModule::new(id(0x50)).timestamps(10)).unwrap();
    assert_eq!(
        panel.register_module(&KnownModule::new(id(0x51)).timestamps(1)),
        Err(Error::NonceQuota)
    );
}

/// A model of the table: what is registered, and the last nonce of each.
#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Alive,
    Revoked,
}

#[test]
fn a_table_finds_what_a_map_finds_over_thousands_of_changes_at_any_fill() {
    let mut random = Random::new(7);
    for size in [1, 2, 3, 7, 16, 61, 128] {
        let mut panel = panel(size, 0);
        let mut model: HashMap<u32, State> = HashMap::new();
        let mut modules: HashMap<u8, ()> = HashMap::new();
        let ids = (size * 2).max(4) as u64;
        // Key IDs that lie far apart, close together, and on one chain.
        let spread = [1, 0x1000_0001, 0x9e37_79b1, 16][random.index(4)];
        let key_id = |n: u64| u32::try_from(n).unwrap().wrapping_mul(spread);
        let mut now = 0;
        for _ in 0..1500 {
            let n = random.below(ids) + 1;
            let key = key_id(n);
            match random.below(9) {
                0..=3 => {
                    let result = register_hmac(&mut panel, key, PUMP, n, |key| key);
                    match model.entry(key) {
                        Entry::Occupied(_) => assert_eq!(result, Err(Error::DuplicateKeyId)),
                        Entry::Vacant(_) if result == Err(Error::TableFull) => {}
                        Entry::Vacant(free) => {
                            assert_eq!(result, Ok(()));
                            free.insert(State::Alive);
                        }
                    }
                }
                4 | 5 => {
                    let expected = model.remove(&key).map(|_| ()).ok_or(Error::UnknownKey);
                    assert_eq!(panel.remove(KeyId(key)), expected);
                }
                6 if random.one_in(4) => {
                    let expected = model.get_mut(&key).map(|state| *state = State::Revoked);
                    assert_eq!(panel.revoke(KeyId(key)), expected.ok_or(Error::UnknownKey));
                }
                7 => {
                    let module = u8::try_from(n % 90 + 100).unwrap();
                    let result = panel.register_module(&KnownModule::new(id(module)));
                    match modules.entry(module) {
                        Entry::Occupied(_) => assert_eq!(result, Err(Error::DuplicateKeyId)),
                        Entry::Vacant(_) if result == Err(Error::TableFull) => {}
                        Entry::Vacant(free) => {
                            assert_eq!(result, Ok(()));
                            free.insert(());
                        }
                    }
                }
                8 => {
                    let module = u8::try_from(n % 90 + 100).unwrap();
                    let expected = modules.remove(&module).ok_or(Error::UnknownSender);
                    assert_eq!(panel.remove_module(&id(module)), expected);
                }
                _ => {}
            }
            if random.one_in(20) {
                now += STALE;
                let plain = at(now);
                let requirement = at_least(Level::None);
                let mut sealer = Sealer::unproven(Level::None, PUMP, NonceStart::Fresh).unwrap();
                panel.validate(&seal(&mut sealer, b"", plain), &requirement, plain).unwrap();
            }
            // Everything is found, by its own key, and nothing else.
            let n = random.below(ids) + 1;
            let key = key_id(n);
            let start = NonceStart::FromClock(stamp(random.below(1 << 62)));
            let frame = seal(&mut hmac_sealer_from(key, PUMP, PANEL, n, start), b"", at(now));
            let found = panel.check(&frame, &at_least(Level::Hmac), at(now)).map(|_| ());
            match (model.get(&key), found.map_err(|rejection| rejection.error())) {
                (None, found) => assert_eq!(found, Err(Error::UnknownKey)),
                (Some(State::Revoked), found) => assert_eq!(found, Err(Error::KeyRevoked)),
                (Some(State::Alive), found) => assert_eq!(found, Ok(())),
            }
        }
        for n in 1..=ids {
            let expected =
                if model.remove(&key_id(n)).is_some() { Ok(()) } else { Err(Error::UnknownKey) };
            assert_eq!(panel.remove(KeyId(key_id(n))), expected);
        }
    }
}

#[test]
fn every_slot_of_a_full_table_is_used_and_found() {
    for size in [1_u32, 2, 5, 64, 257] {
        let mut panel = panel(size as usize, 0);
        for key in 0..size {
            register_hmac(&mut panel, key, PUMP, key.into(), |key| key).unwrap();
        }
        assert_eq!(
            register_hmac(&mut panel, size, PUMP, size.into(), |key| key),
            Err(Error::TableFull)
        );
        for key in 0..size {
            let frame = seal(&mut hmac_sealer(key, PUMP, PANEL, key.into()), b"", at(0));
            assert_eq!(offer(&mut panel, &frame, 0), Ok(()));
        }
    }
}

#[test]
fn tells_who_seals_under_a_key_until_it_is_removed() {
    let mut panel = panel(4, 4);
    assert_eq!(panel.sender_under(KeyId(1)), None);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    assert_eq!(panel.sender_under(KeyId(1)), Some(PUMP));
    assert_eq!(panel.sender_under(KeyId(2)), None);
    panel.remove(KeyId(1)).unwrap();
    assert_eq!(panel.sender_under(KeyId(1)), None);
}
