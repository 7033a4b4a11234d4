//! Public keys in the form in which the engine computes with them, the last few of each thread.
//!
//! A slot keeps x ‖ y, since its size must depend on no engine. Parsing that again for every
//! frame would check the curve's equation and build a table of 16 multiples each time, 5 % of a
//! verification. What is kept here is a function of the 64 bytes alone and public, so a hit and
//! a miss give the same verdict, and nobody needs to forget anything.

use std::cell::RefCell;

use graviola::key_agreement::p256::PublicKey as Point;
use graviola::signing::ecdsa::{P256, VerifyingKey};
use sealwire::PublicKey;

/// Keys a thread remembers, 1.7 KB each. More peers than these cost the parsing again.
const KEYS: usize = 8;

struct Entry {
    xy: PublicKey,
    key: VerifyingKey<P256>,
}

thread_local! {
    static PARSED: RefCell<[Option<Entry>; KEYS]> = const { RefCell::new([const { None }; KEYS]) };
}

/// The key as the engine has it, if it is a point of the curve.
pub(crate) fn parse(key: &PublicKey) -> Option<VerifyingKey<P256>> {
    VerifyingKey::from_x962_uncompressed(&uncompressed(key)).ok()
}

/// The point to agree with, if it is one. Used once, so not remembered.
pub(crate) fn point(key: &PublicKey) -> Option<Point> {
    Point::from_x962_uncompressed(&uncompressed(key)).ok()
}

/// 04 ‖ x ‖ y (SEC 1 §2.3.3).
fn uncompressed(key: &PublicKey) -> [u8; 65] {
    let mut point = [4; 65];
    point.iter_mut().skip(1).zip(key.as_xy()).for_each(|(to, from)| *to = *from);
    point
}

/// Calls `use_it` with the parsed key, or gives none if it is not a point of the curve.
pub(crate) fn with<T>(key: &PublicKey, use_it: impl Fn(&VerifyingKey<P256>) -> T) -> Option<T> {
    let remembered = PARSED.try_with(|parsed| {
        let mut parsed = parsed.try_borrow_mut().ok()?;
        let place = parsed.get_mut(place_of(key))?;
        if place.as_ref().is_none_or(|entry| entry.xy != *key) {
            *place = Some(Entry { xy: *key, key: parse(key)? });
        }
        place.as_ref().map(|entry| use_it(&entry.key))
    });
    // A thread that is ending has no more memory of its own.
    remembered.unwrap_or_else(|_| parse(key).as_ref().map(use_it))
}

/// Coordinates look random; their owner may choose them, which costs others the parsing.
fn place_of(key: &PublicKey) -> usize {
    let [.., last] = *key.as_xy();
    usize::from(last) % KEYS
}
