//! What `rustls-webpki` calls for a signature.
//!
//! [`Asked`] notes that the signature of a certificate was asked for, with the right key, and
//! [`verify_all`] verifies them when `rustls-webpki` is off the stack: an engine in portable Rust
//! takes seven kilobytes. [`Counted`] is the engine itself, for CRLs: every verification is
//! counted, and none is made beyond the chain's own number.
//!
//! Low s is no rule for certificates: both roots are taken, and the engine gets the low one.
//! `rustls-webpki` learns "wrong" and nothing else; what the engine said is kept here.

use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use crate::crypto::p256::{PublicKey, Signature, VerifyP256};
use crate::error::Error;
use crate::x509::certificate::{Certificate, KEY_ALGORITHM, SIGNATURE_ALGORITHM};
use crate::x509::der::{self, Reader};
use crate::x509::path::Chain;

/// An engine that counts. Loads and stores only: Cortex-M0+ has no others, and one check runs
/// in one thread.
pub(crate) struct Counted<'v, V> {
    verifier: &'v V,
    left: AtomicU8,
    verified: AtomicU8,
    failed: AtomicBool,
}

impl<'v, V: VerifyP256> Counted<'v, V> {
    /// `verifier`, for at most `most` signatures.
    pub(crate) const fn new(verifier: &'v V, most: u8) -> Self {
        Self {
            verifier,
            left: AtomicU8::new(most),
            verified: AtomicU8::new(0),
            failed: AtomicBool::new(false),
        }
    }

    /// How many signatures were found right.
    pub(crate) fn verified(&self) -> u8 {
        self.verified.load(Ordering::Relaxed)
    }

    /// Whether the engine couldn't tell.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether a certificate is signed by its own key.
    ///
    /// # Errors
    /// [`Error::CertificateSignature`], [`Error::EngineFailed`].
    pub(crate) fn verify_own(&self, certificate: &Certificate<'_>) -> Result<(), Error> {
        self.verify_under(&PublicKey::from_xy(*certificate.xy), certificate)
    }

    /// Whether a certificate is signed by this key.
    ///
    /// # Errors
    /// As [`Counted::verify_own`].
    fn verify_under(&self, key: &PublicKey, certificate: &Certificate<'_>) -> Result<(), Error> {
        let verified = self.verify(key.as_xy(), certificate.signed, certificate.signature);
        verified.map_err(|error| match error {
            Error::EngineFailed => error,
            _ => Error::CertificateSignature,
        })
    }

    /// `key` is x ‖ y, or a SEC 1 point.
    fn verify(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.checked_sub(1).ok_or(Error::ChainLength)?, Ordering::Relaxed);
        let key = PublicKey::from_slice(key)?;
        // An engine may take for granted that a key was asked for.
        if !self.verifier.accepts(&key) {
            return Err(Error::CertificateSignature);
        }
        let signature = signature_of(signature)?;
        self.verifier.verify(&key, &[message], &signature)?;
        let verified = self.verified.load(Ordering::Relaxed);
        self.verified.store(verified.saturating_add(1), Ordering::Relaxed);
        Ok(())
    }
}

impl<V: VerifyP256> SignatureVerificationAlgorithm for Counted<'_, V> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verify(public_key, message, signature).map_err(|error| {
            if error == Error::EngineFailed {
                self.failed.store(true, Ordering::Relaxed);
            }
            InvalidSignature
        })
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(KEY_ALGORITHM)
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(SIGNATURE_ALGORITHM)
    }
}

impl<V> fmt::Debug for Counted<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}

/// Says yes to every signature of the chain, and remembers which were asked for. That makes
/// nothing true: [`verify_all`] does.
pub(crate) struct Asked<'a, 'c> {
    chain: &'a Chain<'c>,
    anchor: &'a PublicKey,
    /// A bit for each certificate.
    bits: AtomicU8,
}

impl<'a, 'c> Asked<'a, 'c> {
    pub(crate) const fn new(chain: &'a Chain<'c>, anchor: &'a PublicKey) -> Self {
        Self { chain, anchor, bits: AtomicU8::new(0) }
    }

    /// Whether every signature was asked for.
    pub(crate) fn is_complete(&self) -> bool {
        let bits = u32::from(self.bits.load(Ordering::Relaxed));
        usize::try_from(bits.count_ones()) == Ok(self.chain.len())
    }

    /// The place in the chain of the certificate with this signature under this key.
    fn place(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<u32, Error> {
        let key = PublicKey::from_slice(key)?;
        let mut place = 0_u32;
        let mut links = self.chain.links(self.anchor);
        links
            .find_map(|link| {
                let found = link.is_ok_and(|(certificate, issuer)| {
                    certificate.signed == message
                        && certificate.signature == signature
                        && issuer == key
                });
                let here = place;
                place = place.saturating_add(1);
                found.then_some(here)
            })
            .ok_or(Error::CertificateSignature)
    }
}

impl SignatureVerificationAlgorithm for Asked<'_, '_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let place = self.place(public_key, message, signature).map_err(|_| InvalidSignature)?;
        let bits = self.bits.load(Ordering::Relaxed);
        self.bits.store(bits | 1_u8.wrapping_shl(place), Ordering::Relaxed);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(KEY_ALGORITHM)
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(SIGNATURE_ALGORITHM)
    }
}

impl fmt::Debug for Asked<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

/// Verifies every signature of the chain, from the anchor's key downwards.
///
/// # Errors
/// [`Error::CertificateSignature`], [`Error::EngineFailed`].
#[inline(never)]
pub(crate) fn verify_all<V: VerifyP256>(
    chain: &Chain<'_>,
    anchor: &PublicKey,
    verifier: &V,
) -> Result<(), Error> {
    let count = u8::try_from(chain.len()).unwrap_or(0);
    let engine = Counted::new(verifier, count);
    for link in chain.links(anchor).rev() {
        let (certificate, issuer) = link?;
        engine.verify_under(&issuer, &certificate)?;
    }
    if engine.verified() == count { Ok(()) } else { Err(Error::CertificateSignature) }
}

/// An Ecdsa-Sig-Value (RFC 3279 §2.2.3) as r ‖ s, s the lower of the two that fit.
///
/// # Errors
/// [`Error::CertificateSignature`] for another writing, and for r or s out of range.
pub(crate) fn signature_of(der: &[u8]) -> Result<Signature, Error> {
    let wrong = |_| Error::CertificateSignature;
    let mut outside = Reader::new(der);
    let mut halves = Reader::new(outside.read(der::SEQUENCE).map_err(wrong)?);
    outside.end().map_err(wrong)?;
    let mut bytes = [0_u8; Signature::LEN];
    let (r, s) = bytes.split_at_mut(32);
    for half in [r, s] {
        let value = halves.read(der::INTEGER).and_then(der::unsigned).map_err(wrong)?;
        let start = half.len().checked_sub(value.len()).ok_or(Error::CertificateSignature)?;
        half.iter_mut().skip(start).zip(value).for_each(|(to, from)| *to = *from);
    }
    halves.end().map_err(wrong)?;
    let signature = Signature::from_bytes(bytes);
    match signature.check_range() {
        Ok(()) | Err(Error::SignatureHighS) => Ok(signature.normalised()),
        Err(_) => Err(Error::CertificateSignature),
    }
}
