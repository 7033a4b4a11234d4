//! Claim: storage has the size that the docs and the C header promise, on every target and with
//! every engine; what a caller owns can be made in a `static` without `unsafe`.

use crate::common::*;
use sealwire::*;

use std::sync::Mutex;

#[test]
fn a_slot_and_a_cache_entry_have_fixed_sizes() {
    assert_eq!((size_of::<Slot>(), align_of::<Slot>()), (192, align_of::<u64>()));
    assert_eq!(Slot::LEN, 192);
    assert_eq!(size_of::<NonceEntry>(), 16);
    assert_eq!(size_of::<KeyId>(), 4);
    assert_eq!(size_of::<ModuleId>(), ModuleId::LEN);
    assert_eq!(size_of::<PeerSecret>(), PeerSecret::LEN);
    assert_eq!(size_of::<PublicKey>(), PublicKey::LEN);
    assert_eq!(size_of::<Signature>(), Signature::LEN);
}

#[cfg(feature = "access")]
#[test]
fn a_session_takes_256_bytes_in_both_directions() {
    assert_eq!((size_of::<AccessSlot>(), AccessSlot::LEN), (480, 480));
    assert_eq!(AccessSlot::SESSION_LEN, 256);
    let sending = AccessSlot::SESSION_LEN - size_of::<Slot>();
    // A key, a nonce and an end, two key IDs, four small facts: nothing of it lies elsewhere.
    assert_eq!(sending, 32 + 8 + 8 + 4 + 4 + 4 + 4);
}

#[test]
fn the_objects_stay_small_enough_for_a_microcontrollers_stack() {
    // Upper bounds on a 64-bit host; on a Cortex-M they are smaller.
    assert!(size_of::<Sealer>() <= 136, "{}", size_of::<Sealer>());
    assert!(size_of::<Validator<&'static mut [Slot]>>() <= 2048);
    assert!(size_of::<Authenticated<'_, '_>>() <= 320, "{}", size_of::<Authenticated<'_, '_>>());
    assert!(size_of::<Accepted<'_>>() <= 208, "{}", size_of::<Accepted<'_>>());
    assert!(size_of::<Rejection>() <= 64, "{}", size_of::<Rejection>());
    assert!(size_of::<Sealed>() <= 24);
}

#[test]
fn a_static_holds_storage_and_a_validator_without_unsafe() {
    static SLOTS: Mutex<[Slot; 4]> = Mutex::new([const { Slot::EMPTY }; 4]);
    static NONCES: Mutex<[NonceEntry; 8]> = Mutex::new([NonceEntry::EMPTY; 8]);
    let (mut slots, mut nonces) = (SLOTS.lock().unwrap(), NONCES.lock().unwrap());
    // A view over it for one call, and again: what was there is forgotten.
    for _ in 0..2 {
        let storage = (slots.as_mut_slice(), nonces.as_mut_slice());
        let limits = Limits::DEFAULT;
        let mut panel =
            Validator::with_storage(PANEL, limits, Restart::FreshKeys, storage.0, storage.1)
                .unwrap();
        let secret = secret(1);
        panel.register(&PeerKey::hmac(KeyId(1), PUMP, &secret, TagLength::Short)).unwrap();
        panel.register_module(&KnownModule::new(PUMP).timestamps(8)).unwrap();
        let frame = seal(&mut hmac_sealer(1, PUMP, PANEL, 1), b"", at(0));
        assert_eq!(verdict(panel.validate(&frame, &at_least(Level::Hmac), at(0))), Ok(()));
    }
}

#[test]
fn a_slot_shows_nothing_of_a_key() {
    let mut storage = slots(1);
    let secret = secret(1);
    {
        let limits = Limits::DEFAULT;
        let mut panel =
            Validator::new(PANEL, limits, Restart::FreshKeys, storage.as_mut_slice()).unwrap();
        panel.register(&PeerKey::hmac(KeyId(1), PUMP, &secret, TagLength::Short)).unwrap();
    }
    assert_eq!(format!("{:?}", storage[0]), "Slot { kind: Key, .. }");
    assert_eq!(format!("{:?}", Slot::EMPTY), "Slot { kind: Empty, .. }");
}

#[test]
fn what_is_shown_for_debugging_is_public() {
    let key = PublicKey::from_xy([0xab; 64]);
    assert_eq!(format!("{key:?}"), format!("PublicKey({})", "ab".repeat(64)));
    let mut panel = receiver(PANEL, Restart::FreshKeys, 2, 0);
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    let frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"payload", at(0));
    let requirement = at_least(Level::DigitalSignature);
    let begun = panel.begin(Frame::parse(&frame), &requirement, at(0));
    let text = format!("{begun:?}");
    assert!(text.contains("SignatureJob") && !text.contains("112, 97, 121"));
}

#[test]
fn an_engine_may_be_borrowed_and_a_generator_is_a_source() {
    static TOY: Toy = Toy;
    let mut panel = Validator::new(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(2))
        .unwrap()
        .with_verifier(&TOY);
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    let frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), b"", at(0));
    assert_eq!(verdict(panel.validate(&frame, &at_least(Level::Hmac), at(0))), Ok(()));

    struct Generator(Random);
    impl rand_core::TryRng for Generator {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.0.next() as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(self.0.next())
        }
        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
            out.iter_mut().for_each(|byte| *byte = self.0.next() as u8);
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Generator {}
    assert!(PeerSecret::generate(&mut Generator(Random::new(1))).is_ok());
}

#[cfg(feature = "std")]
#[test]
fn the_system_clock_is_a_clock() {
    let now = Timestamp::now().unwrap();
    assert!(now > Timestamp::from_secs(1_700_000_000) && now < Timestamp::from_secs(9_000_000_000));
}
