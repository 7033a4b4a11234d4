//! Checking signatures.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use graviola::hashing::Sha256;
use sealwire::{Error, PortableVerifier, PublicKey, Signature, VerifyP256};

use crate::engine::Engine;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::{engine::ClearVectors, keys};

/// Checks P-256 signatures with the fastest engine that the CPU runs.
///
/// A value of one byte: copy it, keep it in a `static`. Verifying takes message parts as they
/// lie and doesn't allocate.
#[derive(Clone, Copy, Debug)]
pub struct HostVerifier(Engine);

impl HostVerifier {
    /// Asks the CPU what it can.
    #[must_use]
    pub fn new() -> Self {
        Self(Engine::best())
    }

    /// The portable engine, whatever the CPU can: for tests, and for who trusts it more.
    #[must_use]
    pub const fn portable() -> Self {
        Self(Engine::Portable)
    }

    /// What computes: `graviola` or `p256`.
    #[must_use]
    pub const fn engine_name(&self) -> &'static str {
        self.0.name()
    }
}

impl Default for HostVerifier {
    fn default() -> Self {
        Self::new()
    }
}

impl VerifyP256 for HostVerifier {
    fn accepts(&self, key: &PublicKey) -> bool {
        match self.0 {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Engine::Graviola => {
                let _clear = ClearVectors;
                keys::parse(key).is_some()
            }
            Engine::Portable => PortableVerifier.accepts(key),
        }
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        match self.0 {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Engine::Graviola => {
                let _clear = ClearVectors;
                keys::with(key, |key| key.verify::<Sha256>(message, signature.as_bytes()))
                    .ok_or(Error::EngineFailed)?
                    .map_err(|_| Error::SignatureWrong)
            }
            Engine::Portable => PortableVerifier.verify(key, message, signature),
        }
    }
}
