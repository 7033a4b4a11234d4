//! The nonces of signatures, for engines that take one instead of making it: RFC 6979, from key
//! and message alone, or hedged with fresh randomness beside them (§3.6).
//!
//! A nonce that repeats, or of which a few bits are known, gives the key away. So whoever binds
//! an engine doesn't draw nonces: it asks here. The portable engine and this file make the same
//! signatures, byte for byte; a test compares them.

use zeroize::Zeroizing;

use crate::crypto::kdf::hmac_of;
use crate::crypto::p256::{Entropy, ORDER};
use crate::crypto::sha256;
use crate::error::Error;

/// SHA-256 of a message in parts, for engines that don't hash.
#[must_use]
pub fn message_digest(message: &[&[u8]]) -> [u8; 32] {
    sha256::digest(message)
}

/// What goes into a nonce beside key and message.
pub trait Hedging {
    /// Nothing, or 32 random bytes, written to `room`.
    ///
    /// # Errors
    /// [`Error::NoEntropy`]; nothing is signed then.
    fn added<'b>(&mut self, room: &'b mut [u8; 32]) -> Result<&'b [u8], Error>;
}

/// Signature nonces by RFC 6979: from key and message alone.
#[derive(Debug)]
pub struct Deterministic;

impl Hedging for Deterministic {
    fn added<'b>(&mut self, _room: &'b mut [u8; 32]) -> Result<&'b [u8], Error> {
        Ok(&[])
    }
}

/// Signature nonces by RFC 6979 §3.6: 32 bytes of entropy go in beside key and message, so
/// that repeating a message doesn't repeat the computation under a probe.
pub struct Hedged<R>(R);

impl<R: Entropy> Hedged<R> {
    /// With randomness from `entropy`.
    #[must_use]
    pub const fn new(entropy: R) -> Self {
        Self(entropy)
    }
}

impl<R: Entropy> Hedging for Hedged<R> {
    fn added<'b>(&mut self, room: &'b mut [u8; 32]) -> Result<&'b [u8], Error> {
        self.0.fill(room)?;
        Ok(room)
    }
}

impl<R> core::fmt::Debug for Hedged<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hedged(…)")
    }
}

/// The nonces for one signature: the first serves, unless the engine refuses it. Wiped on drop.
pub struct SignatureNonces {
    /// K and V of HMAC_DRBG (RFC 6979 §3.2).
    key: Zeroizing<[u8; 32]>,
    value: Zeroizing<[u8; 32]>,
}

impl SignatureNonces {
    /// For a signature of `digest` with the scalar `secret`, big-endian. `added` is what
    /// [`Hedging::added`] gave.
    #[must_use]
    pub fn new(secret: &[u8; 32], digest: &[u8; 32], added: &[u8]) -> Self {
        let mut nonces = Self { key: Zeroizing::new([0; 32]), value: Zeroizing::new([1; 32]) };
        // The digest is of what travels in clear: nothing to hide in how it is reduced.
        let (reduced, is_below) = minus_order(digest);
        let digest = if is_below { digest } else { &*reduced };
        nonces.step(0, &[secret, digest, added]);
        nonces.step(1, &[secret, digest, added]);
        nonces
    }

    /// The next nonce, big-endian, from 1 to the group's order less 1.
    pub fn draw(&mut self) -> Zeroizing<[u8; 32]> {
        loop {
            *self.value = hmac_of(&self.key, &[self.value.as_slice()]);
            let nonce = self.value.clone();
            self.step(0, &[]);
            // Whether all bits are 0 shows in the time; that it does once in 2^256 draws tells nothing.
            let (_, is_below) = minus_order(&nonce);
            let gathered = nonce.iter().fold(0, |gathered, byte| gathered | byte);
            if is_below && gathered != 0 {
                return nonce;
            }
        }
    }

    /// K = HMAC(K, V ‖ number ‖ parts), V = HMAC(K, V).
    fn step(&mut self, number: u8, parts: &[&[u8]]) {
        let [first, second, third] =
            core::array::from_fn(|index| parts.get(index).copied().unwrap_or_default());
        let message = [self.value.as_slice(), &[number], first, second, third];
        *self.key = hmac_of(&self.key, &message);
        *self.value = hmac_of(&self.key, &[self.value.as_slice()]);
    }
}

impl core::fmt::Debug for SignatureNonces {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SignatureNonces(…)")
    }
}

/// `number` less the group's order, modulo 2^256, and whether `number` was below it. The same
/// instructions for every number: a comparison that stops at the first difference would tell
/// the highest bits of a nonce.
fn minus_order(number: &[u8; 32]) -> (Zeroizing<[u8; 32]>, bool) {
    let mut difference = Zeroizing::new(*number);
    let mut borrow = 0_u16;
    for (digit, order_digit) in difference.iter_mut().zip(ORDER).rev() {
        let digits = u16::from(*digit).wrapping_sub(u16::from(order_digit)).wrapping_sub(borrow);
        [*digit, _] = digits.to_le_bytes();
        borrow = digits.wrapping_shr(15);
    }
    (difference, borrow == 1)
}

#[cfg(all(test, feature = "ecdsa"))]
mod tests {
    use super::*;
    use p256::{FieldBytes, NistP256, NonZeroScalar};
    use sha2::Digest;

    fn scalar(bytes: &[u8; 32]) -> NonZeroScalar {
        NonZeroScalar::from_repr(FieldBytes::from(*bytes)).into_option().expect("in range")
    }

    #[test]
    fn makes_the_signatures_of_the_portable_engine() {
        let mut top = [0xff; 32];
        for round in 0..40_u8 {
            let secret = sha256::digest(&[b"secret", &[round]]);
            let mut digest = sha256::digest(&[b"message", &[round]]);
            if round % 4 == 0 {
                // Above the order: reduced.
                top[31] = round;
                digest = top;
            }
            let added = sha256::digest(&[b"added", &[round]]);
            let added: &[u8] = if round % 2 == 0 { &[] } else { &added };
            let (expected, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, sha2::Sha256>(
                &scalar(&secret),
                &digest,
                added,
            );
            let nonce = SignatureNonces::new(&secret, &digest, added).draw();
            let (ours, _) =
                ecdsa::hazmat::sign_prehashed(&scalar(&secret), &scalar(&nonce), &digest)
                    .expect("a good nonce");
            assert_eq!(ours, expected, "round {round}");
        }
    }

    /// Of RFC 6979 §3.2 step h: a candidate between 1 and the order less 1 is the nonce.
    #[test]
    fn takes_the_first_candidate_that_is_good() {
        for round in 0..2_000_u16 {
            let digest = message_digest(&[b"mess", b"age", &round.to_be_bytes()]);
            let whole = [&b"message"[..], &round.to_be_bytes()].concat();
            assert_eq!(digest, <[u8; 32]>::from(sha2::Sha256::digest(&whole)));
            let mut nonces = SignatureNonces::new(&[7; 32], &digest, &[]);
            let candidate = hmac_of(&nonces.key, &[nonces.value.as_slice()]);
            assert!(minus_order(&candidate).1, "true of all but one in 2^32");
            assert_eq!(*nonces.draw(), candidate, "{round}");
        }
    }

    #[test]
    fn gives_another_nonce_at_each_draw() {
        let mut nonces = SignatureNonces::new(&[7; 32], &[9; 32], &[]);
        let (first, second) = (nonces.draw(), nonces.draw());
        assert_ne!(first, second);
    }

    #[test]
    fn knows_what_is_below_the_order() {
        let mut below = ORDER;
        below[31] -= 1;
        let mut above = ORDER;
        above[31] += 1;
        let mut one = [0; 32];
        one[31] = 1;
        for (number, expected) in [(below, true), (ORDER, false), (above, false), (one, true)] {
            assert_eq!(minus_order(&number).1, expected);
        }
        assert_eq!(*minus_order(&above).0, one);
    }
}
