//! Signing with a key in memory.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use graviola::{
    hashing::Sha256,
    key_agreement::p256::StaticPrivateKey,
    signing::ecdsa::{P256, SigningKey},
};
use sealwire::{Entropy, Error, Hedged, PortableSigner, PublicKey, SignP256, Signature};
use zeroize::Zeroizing;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::engine::ClearVectors;
use crate::engine::Engine;

/// A P-256 signing key in memory, for the fastest engine that the CPU runs. Wiped on drop, not
/// copied, not shown.
///
/// Signatures are RFC 6979 hedged with the system's randomness, with either engine: two of one
/// message differ. Parse a key once: that derives the public key, which costs as much as a
/// signature.
pub struct HostSigner {
    key: Key,
    public: PublicKey,
}

#[allow(clippy::large_enum_variant, reason = "one of them per program, not thousands")]
enum Key {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    /// The second goes after the first.
    Graviola(SigningKey<P256>, ClearVectors),
    Portable(PortableSigner<Hedged<System>>),
}

/// The operating system's random bytes.
struct System;

impl Entropy for System {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(out).map_err(|_| Error::NoEntropy)
    }
}

impl HostSigner {
    /// The signer with this secret scalar: 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`Error::KeyLength`] for another length, [`Error::KeyInvalid`] for 0 and from the group
    /// order on.
    pub fn from_secret(scalar: &[u8]) -> Result<Self, Error> {
        Self::with_engine(Engine::best(), scalar)
    }

    /// [`HostSigner::from_secret`] with the portable engine, whatever the CPU can: for tests.
    ///
    /// # Errors
    /// As [`HostSigner::from_secret`].
    pub fn from_secret_portable(scalar: &[u8]) -> Result<Self, Error> {
        Self::with_engine(Engine::Portable, scalar)
    }

    /// A new key, from the system's randomness.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn generate() -> Result<Self, Error> {
        let new = PortableSigner::generate(&mut System)?;
        Self::from_secret(new.secret_bytes().secret_bytes())
    }

    /// The secret scalar, for storing it. Wiped when dropped.
    #[must_use]
    pub fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        match &self.key {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Key::Graviola(key, _) => {
                let _clear = ClearVectors;
                Zeroizing::new(key.private_key.as_bytes())
            }
            Key::Portable(signer) => Zeroizing::new(*signer.secret_bytes().secret_bytes()),
        }
    }

    /// What computes: `graviola` or `p256`.
    #[must_use]
    pub const fn engine_name(&self) -> &'static str {
        match &self.key {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Key::Graviola(..) => Engine::Graviola.name(),
            Key::Portable(_) => Engine::Portable.name(),
        }
    }

    fn with_engine(engine: Engine, scalar: &[u8]) -> Result<Self, Error> {
        // graviola would take a longer or shorter number as well.
        if scalar.len() != 32 {
            return Err(Error::KeyLength);
        }
        match engine {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Engine::Graviola => {
                let _clear = ClearVectors;
                let private_key =
                    StaticPrivateKey::from_bytes(scalar).map_err(|_| Error::KeyInvalid)?;
                let public = PublicKey::from_slice(&private_key.public_key_uncompressed())?;
                Ok(Self { key: Key::Graviola(SigningKey { private_key }, ClearVectors), public })
            }
            Engine::Portable => {
                let signer = PortableSigner::from_secret(scalar)?.hedged(System);
                let public = signer.public_key();
                Ok(Self { key: Key::Portable(signer), public })
            }
        }
    }
}

impl SignP256 for HostSigner {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        match &mut self.key {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Key::Graviola(key, _) => {
                let _clear = ClearVectors;
                let mut signature = [0; Signature::LEN];
                key.sign::<Sha256>(message, &mut signature).map_err(|error| match error {
                    graviola::Error::RngFailed => Error::NoEntropy,
                    _ => Error::EngineFailed,
                })?;
                Ok(Signature::from_bytes(signature))
            }
            Key::Portable(signer) => signer.sign(message),
        }
    }
}

impl core::fmt::Debug for HostSigner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HostSigner(…)")
    }
}
