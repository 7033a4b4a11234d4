//! The portable P-256: the crate `p256`, no assembly, every target.
//!
//! Signing is constant time, verifying (of public data) isn't. Coordinates are taken as they
//! are, so no square root is computed and the SEC 1 parser isn't linked.

use core::ops::Mul;

use p256::ecdsa::{Signature as EcdsaSignature, SigningKey};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, FieldBytes, NonZeroScalar, ProjectivePoint};
use zeroize::Zeroizing;

use crate::crypto::nonce::{Deterministic, Hedged, Hedging};
use crate::crypto::p256::{
    AgreeP256, Entropy, EphemeralKey, GenerateP256, PublicKey, SharedSecret, SignP256, Signature,
    VerifyP256,
};
use crate::crypto::sha256;
use crate::error::Error;

/// The portable verifier. A value without state; `&PortableVerifier` serves as `&'static`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortableVerifier;

/// The point x, y, if it is one of the curve.
fn point(key: &PublicKey) -> Option<AffinePoint> {
    let (x, y) = key.as_xy().split_at(32);
    let x = FieldBytes::try_from(x).ok()?;
    let y = FieldBytes::try_from(y).ok()?;
    AffinePoint::from_coordinates(&x, &y).into_option()
}

/// x ‖ y of a point that isn't the identity.
fn coordinates(point: &AffinePoint) -> PublicKey {
    // An uncompressed point of a valid key always parses.
    PublicKey::from_slice(point.to_sec1_point(false).as_bytes())
        .unwrap_or(PublicKey::from_xy([0; 64]))
}

impl VerifyP256 for PortableVerifier {
    fn accepts(&self, key: &PublicKey) -> bool {
        point(key).is_some()
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        let point = point(key).ok_or(Error::EngineFailed)?;
        let signature =
            EcdsaSignature::from_slice(signature.as_bytes()).map_err(|_| Error::SignatureWrong)?;
        let digest = sha256::digest(message);
        ecdsa::hazmat::verify_prehashed(&ProjectivePoint::from(point), &digest, &signature)
            .map_err(|_| Error::SignatureWrong)
    }
}

/// A signing key in memory, for the portable engine. Wiped on drop.
///
/// Parse it once: making it derives the public key, which costs as much as a signature.
pub struct PortableSigner<E = Deterministic> {
    key: SigningKey,
    entropy: E,
}

impl PortableSigner {
    /// The signer with this secret scalar: 32 bytes, big-endian. Deterministic.
    ///
    /// # Errors
    /// [`Error::KeyLength`] for another length, [`Error::KeyInvalid`] for 0 and from the group
    /// order on.
    pub fn from_secret(scalar: &[u8]) -> Result<Self, Error> {
        if scalar.len() != 32 {
            return Err(Error::KeyLength);
        }
        let key = SigningKey::from_slice(scalar).map_err(|_| Error::KeyInvalid)?;
        Ok(Self { key, entropy: Deterministic })
    }

    /// A new key. Bytes are drawn until they are a scalar (FIPS 186-5 §A.2.2); the odds against
    /// the first draw are 2^-32.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn generate(entropy: &mut impl Entropy) -> Result<Self, Error> {
        for _ in 0..8 {
            let mut scalar = Zeroizing::new([0_u8; 32]);
            entropy.fill(scalar.as_mut_slice())?;
            if let Ok(signer) = Self::from_secret(scalar.as_slice()) {
                return Ok(signer);
            }
        }
        Err(Error::NoEntropy)
    }

    /// The same key with hedged nonces.
    #[must_use]
    pub fn hedged<R: Entropy>(self, entropy: R) -> PortableSigner<Hedged<R>> {
        PortableSigner { key: self.key, entropy: Hedged::new(entropy) }
    }
}

impl<E> PortableSigner<E> {
    /// The secret scalar, for storing it. Wiped when dropped.
    #[must_use]
    pub fn secret_bytes(&self) -> SecretScalar {
        SecretScalar(Zeroizing::new(self.key.to_bytes().into()))
    }

    fn public(&self) -> PublicKey {
        coordinates(self.key.verifying_key().as_affine())
    }

    fn sign_digest(&self, message: &[&[u8]], added: &[u8]) -> Signature {
        let digest = sha256::digest(message);
        let scalar: &NonZeroScalar = self.key.as_nonzero_scalar();
        let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<p256::NistP256, sha2::Sha256>(
            scalar, &digest, added,
        );
        Signature::from_bytes(signature.to_bytes().into())
    }
}

/// 32 secret bytes on their way to storage.
pub struct SecretScalar(Zeroizing<[u8; 32]>);

impl SecretScalar {
    /// The scalar, big-endian.
    #[must_use]
    pub fn secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretScalar(…)")
    }
}

impl<E> core::fmt::Debug for PortableSigner<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PortableSigner(…)")
    }
}

impl<E: Hedging> SignP256 for PortableSigner<E> {
    fn public_key(&self) -> PublicKey {
        self.public()
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        let mut room = Zeroizing::new([0_u8; 32]);
        let added = self.entropy.added(&mut room)?;
        Ok(self.sign_digest(message, added))
    }
}

/// The portable key agreement. A value without state. Constant time in the secret.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortableAgreement;

fn scalar(bytes: &[u8; 32]) -> Result<Zeroizing<NonZeroScalar>, Error> {
    NonZeroScalar::from_repr(FieldBytes::from(*bytes))
        .into_option()
        .map(Zeroizing::new)
        .ok_or(Error::KeyInvalid)
}

impl GenerateP256 for PortableAgreement {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        let scalar = scalar(seed)?;
        let public = ProjectivePoint::GENERATOR.mul(scalar.as_ref()).to_affine();
        Ok(EphemeralKey::new(Zeroizing::new(*seed), coordinates(&public)))
    }
}

impl AgreeP256 for PortableAgreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let scalar = scalar(own.secret_bytes())?;
        let point = ProjectivePoint::from(point(peer).ok_or(Error::KeyInvalid)?);
        // The group's order is prime: no point but the identity, which has no coordinates, is small.
        let shared = point.mul(scalar.as_ref()).to_affine();
        Ok(Zeroizing::new(shared.x().into()))
    }
}
