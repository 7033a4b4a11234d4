//! Claim: storage has the size that the docs and the C header promise, on every target and with
//! every engine; what a caller owns can be made in a `static` without `unsafe`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests may fail"
)]

mod common;
use common::*;
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
