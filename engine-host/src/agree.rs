//! Key agreement with ephemeral keys.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use graviola::key_agreement::p256::StaticPrivateKey;
use sealwire::{
    AgreeP256, EphemeralKey, Error, GenerateP256, PortableAgreement, PublicKey, SharedSecret,
};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use zeroize::Zeroizing;

use crate::engine::Engine;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::{engine::ClearVectors, keys};

/// Makes ephemeral P-256 keys and agrees with them, with the fastest engine that the CPU runs.
/// Constant time in the secret, as the portable one.
///
/// A value of one byte, as [`HostVerifier`](crate::HostVerifier).
#[derive(Clone, Copy, Debug)]
pub struct HostAgreement(Engine);

impl HostAgreement {
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

impl Default for HostAgreement {
    fn default() -> Self {
        Self::new()
    }
}

impl GenerateP256 for HostAgreement {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        match self.0 {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Engine::Graviola => {
                let _clear = ClearVectors;
                let key = StaticPrivateKey::from_bytes(seed).map_err(|_| Error::KeyInvalid)?;
                let public = PublicKey::from_slice(&key.public_key_uncompressed())?;
                Ok(EphemeralKey::new(Zeroizing::new(*seed), public))
            }
            Engine::Portable => PortableAgreement.with_seed(seed),
        }
    }
}

impl AgreeP256 for HostAgreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        match self.0 {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Engine::Graviola => {
                let _clear = ClearVectors;
                let peer = keys::point(peer).ok_or(Error::KeyInvalid)?;
                let key = StaticPrivateKey::from_bytes(own.secret_bytes());
                let shared = key.map_err(|_| Error::KeyInvalid)?.diffie_hellman(&peer);
                // The order is prime: what fails now is the computation, not the point.
                shared.map(|shared| Zeroizing::new(shared.0)).map_err(|_| Error::EngineFailed)
            }
            Engine::Portable => PortableAgreement.agree(own, peer),
        }
    }
}
