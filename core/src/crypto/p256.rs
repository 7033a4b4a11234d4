//! P-256 as the core sees it: a public key, a signature, and one trait each for verifying,
//! signing, making ephemeral keys and agreeing. Which mathematics stands behind them is the caller's choice.
//!
//! What every engine must share is decided here and not in the engines: r and s in range,
//! low s demanded and written (`PROTOCOL.md` §4.2). Engines take the message in parts, so
//! that hardware which hashes by itself fits.

use core::fmt;

use zeroize::Zeroizing;

use crate::error::Error;

/// Order of the group, big-endian (FIPS 186-5, SP 800-186 §3.2.1.3).
pub(crate) const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// (n - 1) / 2, the largest s that is low.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// A P-256 public key: x ‖ y, big-endian, 64 bytes. Whether it is a point of the curve is the
/// engine's to say, at registration.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 64]);

impl PublicKey {
    /// Bytes of x ‖ y.
    pub const LEN: usize = 64;

    /// The key with these coordinates.
    #[must_use]
    pub const fn from_xy(xy: [u8; 64]) -> Self {
        Self(xy)
    }

    /// From the 64 bytes x ‖ y, or from the 65 of an uncompressed SEC 1 point (§2.3.3).
    ///
    /// # Errors
    /// [`Error::KeyLength`] for another length, [`Error::KeyInvalid`] if the 65 don't begin with 04.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let xy = match (bytes.len(), bytes.split_first()) {
            (65, Some((&4, xy))) => xy,
            (65, _) => return Err(Error::KeyInvalid),
            _ => bytes,
        };
        xy.try_into().map(Self).map_err(|_| Error::KeyLength)
    }

    /// x ‖ y.
    #[must_use]
    pub const fn as_xy(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// An ECDSA signature as frames carry it: r ‖ s, 32 bytes each, big-endian. DER is another
/// type's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Bytes of r ‖ s.
    pub const LEN: usize = 64;

    /// r ‖ s, unchecked: an engine's output, or what came over the line.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// r ‖ s.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Checks 1 ≤ r < n and 1 ≤ s ≤ (n - 1) / 2. Signatures are public; no constant time.
    ///
    /// # Errors
    /// [`Error::SignatureRange`], [`Error::SignatureHighS`].
    pub fn check_range(&self) -> Result<(), Error> {
        let (r, s) = self.halves();
        let in_order = |half: &[u8]| half < ORDER.as_slice() && half.iter().any(|&byte| byte != 0);
        if !in_order(r) || !in_order(s) {
            return Err(Error::SignatureRange);
        }
        if s > HALF_ORDER.as_slice() {
            return Err(Error::SignatureHighS);
        }
        Ok(())
    }

    /// The same signature with the lower of s and n - s.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        if matches!(self.check_range(), Err(Error::SignatureHighS)) {
            let mut borrow = 0_u8;
            // From the last digit on; s is the second half.
            for (digit, order_digit) in self.0.iter_mut().rev().zip(ORDER.iter().rev()) {
                let (difference, below) = order_digit.overflowing_sub(*digit);
                let (difference, below_again) = difference.overflowing_sub(borrow);
                borrow = u8::from(below || below_again);
                *digit = difference;
            }
        }
        self
    }

    fn halves(&self) -> (&[u8], &[u8]) {
        self.0.split_at(32)
    }
}

/// Checks P-256 signatures. The core has asked for range and low s before.
pub trait VerifyP256: Send + Sync {
    /// Whether x ‖ y is a point of the curve. Asked once, when a key is registered.
    fn accepts(&self, key: &PublicKey) -> bool;

    /// Checks `signature` over SHA-256 of the message, whose parts follow each other without
    /// anything between.
    ///
    /// # Errors
    /// [`Error::SignatureWrong`] if it doesn't fit, [`Error::EngineFailed`] if the engine
    /// couldn't tell.
    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error>;
}

impl<T: VerifyP256 + ?Sized> VerifyP256 for &T {
    fn accepts(&self, key: &PublicKey) -> bool {
        (**self).accepts(key)
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        (**self).verify(key, message, signature)
    }
}

/// The verifier of a validator that checks no signatures. It can't be made, so nothing of level
/// 5 is linked.
#[derive(Clone, Copy, Debug)]
pub enum NoVerifier {}

impl VerifyP256 for NoVerifier {
    fn accepts(&self, _key: &PublicKey) -> bool {
        match *self {}
    }

    fn verify(
        &self,
        _key: &PublicKey,
        _message: &[&[u8]],
        _signature: &Signature,
    ) -> Result<(), Error> {
        match *self {}
    }
}

/// Signs with one P-256 key, which it holds or knows where to find (a secure element's slot).
pub trait SignP256 {
    /// The key's public half.
    fn public_key(&self) -> PublicKey;

    /// Signs SHA-256 of the message, whose parts follow each other without anything between.
    /// The core normalises s.
    ///
    /// # Errors
    /// [`Error::EngineFailed`], [`Error::NoEntropy`].
    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error>;
}

impl<T: SignP256 + ?Sized> SignP256 for &mut T {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        (**self).sign(message)
    }
}

/// The signer of a sealer that doesn't sign. It can't be made, so it links no signing.
#[derive(Debug)]
pub enum NoSigner {}

impl SignP256 for NoSigner {
    fn public_key(&self) -> PublicKey {
        match *self {}
    }

    fn sign(&mut self, _message: &[&[u8]]) -> Result<Signature, Error> {
        match *self {}
    }
}

/// Where random bytes come from. Every `rand_core` generator for cryptography is one.
pub trait Entropy {
    /// Fills `out` with random bytes.
    ///
    /// # Errors
    /// [`Error::NoEntropy`]; `out` is not to be used then.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error>;
}

impl<R: rand_core::TryCryptoRng> Entropy for R {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.try_fill_bytes(out).map_err(|_| Error::NoEntropy)
    }
}

/// One end of a key agreement, for one exchange: a secret scalar and its public point. Wiped on
/// drop.
pub struct EphemeralKey {
    secret: Zeroizing<[u8; 32]>,
    public: PublicKey,
}

impl EphemeralKey {
    /// What a [`GenerateP256`] made: the scalar, big-endian, and the point that belongs to it.
    #[must_use]
    pub const fn new(secret: Zeroizing<[u8; 32]>, public: PublicKey) -> Self {
        Self { secret, public }
    }

    /// The scalar, big-endian, for the engine.
    #[must_use]
    pub fn secret_bytes(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The point.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralKey(…)")
    }
}

/// The x coordinate of a shared point (SEC 1 §3.3.1): 32 bytes, not yet a key. Wiped on drop.
pub type SharedSecret = Zeroizing<[u8; 32]>;

/// Makes the ephemeral keys of an exchange.
pub trait GenerateP256 {
    /// The key whose scalar is `seed`, big-endian. The same seed always gives the same key.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if `seed` is 0 or not below the group order: the core tries another.
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error>;
}

impl<T: GenerateP256 + ?Sized> GenerateP256 for &T {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        (**self).with_seed(seed)
    }
}

/// Agrees on a secret with a peer's ephemeral key: ECDH over P-256 (SEC 1 §3.3.1).
pub trait AgreeP256 {
    /// The x coordinate of secret × point, computed in constant time.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if `peer` is no point of the curve: an engine must look.
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error>;
}

impl<T: AgreeP256 + ?Sized> AgreeP256 for &T {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        (**self).agree(own, peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_s(s: [u8; 32]) -> Signature {
        let mut bytes = [1; 64];
        bytes[32..].copy_from_slice(&s);
        Signature(bytes)
    }

    fn plus_one(mut n: [u8; 32]) -> [u8; 32] {
        for digit in n.iter_mut().rev() {
            let (sum, carry) = digit.overflowing_add(1);
            *digit = sum;
            if !carry {
                break;
            }
        }
        n
    }

    #[test]
    fn knows_the_borders_of_r_and_s() {
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(with_s(one).check_range(), Ok(()));
        assert_eq!(with_s([0; 32]).check_range(), Err(Error::SignatureRange));
        assert_eq!(with_s(HALF_ORDER).check_range(), Ok(()));
        assert_eq!(with_s(plus_one(HALF_ORDER)).check_range(), Err(Error::SignatureHighS));
        assert_eq!(with_s(ORDER).check_range(), Err(Error::SignatureRange));
        assert_eq!(with_s([0xff; 32]).check_range(), Err(Error::SignatureRange));
        let mut zero_r = with_s(one).0;
        zero_r[..32].fill(0);
        assert_eq!(Signature(zero_r).check_range(), Err(Error::SignatureRange));
        zero_r[..32].copy_from_slice(&ORDER);
        assert_eq!(Signature(zero_r).check_range(), Err(Error::SignatureRange));
    }

    #[test]
    fn normalises_to_the_other_root_and_leaves_low_s_alone() {
        // n - ((n - 1) / 2 + 1) = (n - 1) / 2.
        assert_eq!(with_s(plus_one(HALF_ORDER)).normalised(), with_s(HALF_ORDER));
        assert_eq!(with_s(HALF_ORDER).normalised(), with_s(HALF_ORDER));
    }
}
