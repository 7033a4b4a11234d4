//! Claim: whatever happens between `begin`, `finish` and `admit`, only what still holds at admission,
//! at the receiver that checked it, is admitted (`PROTOCOL.md` §6: step 3 again).

use crate::common::*;
use sealwire::*;

const SIGNED: KeyId = KeyId(3);

/// What an operator does meanwhile.
type Change<'c> = &'c dyn Fn(&mut Receiver);

/// A receiver that knows the pump at every level, in the same places as any other such receiver.
fn knowing(own: ModuleId) -> Receiver {
    let mut panel = receiver(own, Restart::FreshKeys, 8, 16);
    panel.register(&PeerKey::ecdsa(SIGNED, PUMP, ToySigner::new(3).public_key())).unwrap();
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(8)).unwrap();
    panel
}

/// A frame of each level from the pump to `to`.
fn of_each_level(to: ModuleId) -> [Vec<u8>; 5] {
    let unproven =
        |level| seal(&mut Sealer::unproven(level, PUMP, NonceStart::Fresh).unwrap(), b"go", at(0));
    [
        unproven(Level::None),
        unproven(Level::BasicAuth),
        unproven(Level::Timestamp),
        seal(&mut hmac_sealer(1, PUMP, to, 1), b"go", at(0)),
        seal(&mut toy_sealer(3, PUMP, to, 3), b"go", at(0)),
    ]
}

#[test]
fn what_one_receiver_checked_no_other_admits() {
    let (mut panel, mut logger) = (knowing(PANEL), knowing(LOGGER));
    let requirement = at_least(Level::None);
    for frame in of_each_level(PANEL) {
        let checked = panel.check(&frame, &requirement, at(0));
        let rejection = logger.admit(checked).unwrap_err();
        assert_eq!((rejection.error(), rejection.step()), (Error::KeyChanged, Step::Admission));
        assert_eq!(verdict(panel.admit(checked)), Ok(()));
    }
    // The slip spent no nonce of the other's.
    for frame in of_each_level(LOGGER) {
        assert_eq!(verdict(logger.validate(&frame, &requirement, at(0))), Ok(()));
    }
}

#[test]
fn a_signature_that_was_right_admits_nothing_under_a_key_that_is_gone_revoked_or_another() {
    let requirement = at_least(Level::DigitalSignature);
    let frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"go", at(0));
    let other = PeerKey::ecdsa(SIGNED, PUMP, ToySigner::new(4).public_key());
    let elsewhere = PeerKey::ecdsa(SIGNED, VALVE, ToySigner::new(3).public_key());
    let for_a_group = PeerKey::ecdsa(SIGNED, PUMP, ToySigner::new(3).public_key()).group(GROUP);
    let secret = secret(9);
    let tags = PeerKey::hmac(SIGNED, PUMP, &secret, TagLength::Short);
    let changes: [(Change<'_>, Error); 6] = [
        (&|panel| panel.revoke(SIGNED).unwrap(), Error::KeyRevoked),
        (&|panel| panel.remove(SIGNED).unwrap(), Error::UnknownKey),
        (&|panel| exchange(panel, &other), Error::KeyChanged),
        (&|panel| exchange(panel, &elsewhere), Error::KeyChanged),
        (&|panel| exchange(panel, &for_a_group), Error::KeyChanged),
        (&|panel| exchange(panel, &tags), Error::KeyAlgorithm),
    ];
    for (change, expected) in changes {
        for changed_after_finish in [false, true] {
            let mut panel = knowing(PANEL);
            let begun = panel.begin(Frame::parse(&frame), &requirement, at(0)).unwrap();
            let checked = if changed_after_finish {
                let checked = begun.finish();
                change(&mut panel);
                checked
            } else {
                change(&mut panel);
                begun.finish()
            };
            let rejection = panel.admit(checked).unwrap_err();
            assert_eq!((rejection.error(), rejection.step()), (expected, Step::Admission));
            assert_eq!(panel.audit().accepted(Level::DigitalSignature), 0);
        }
    }
}

fn exchange(panel: &mut Receiver, key: &PeerKey<'_>) {
    panel.remove(SIGNED).unwrap();
    panel.register(key).unwrap();
}

#[test]
fn a_rollover_in_the_middle_of_a_check_counts_as_at_admission() {
    let requirement = at_least(Level::DigitalSignature);
    let frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"go", at(0));
    let next = PeerKey::ecdsa(KeyId(4), PUMP, ToySigner::new(4).public_key());
    for (overlap_end, expected) in [(NOW + 5_000_000, Ok(())), (NOW, Err(Error::KeyExpired))] {
        let mut panel = knowing(PANEL);
        let begun = panel.begin(Frame::parse(&frame), &requirement, at(0)).unwrap();
        panel.rollover(SIGNED, &next, stamp(overlap_end)).unwrap();
        assert_eq!(verdict(panel.admit(begun.finish())), expected);
    }
}

#[test]
fn a_frame_begun_many_times_is_admitted_once() {
    let mut panel = knowing(PANEL);
    let requirement = at_least(Level::None);
    for frame in of_each_level(PANEL).iter().skip(2) {
        let begun: Vec<_> = (0..3)
            .map(|_| panel.begin(Frame::parse(frame), &requirement, at(0)).unwrap())
            .collect();
        let verdicts: Vec<_> =
            begun.into_iter().map(|begun| verdict(panel.admit(begun.finish()))).collect();
        assert_eq!(verdicts, [Ok(()), Err(Error::Replayed), Err(Error::Replayed)]);
    }
}
