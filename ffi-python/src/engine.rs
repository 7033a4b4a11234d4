//! What signs, what verifies, what agrees, and where random bytes come from: the one place to exchange them.

use sealwire::{Entropy, Error, PortableSigner, PublicKey, SignP256, Signature};
use sealwire_engine_host::{HostAgreement, HostSigner, HostVerifier};

/// Checks signatures.
pub(crate) type Verifier = HostVerifier;

/// A key pair in memory.
pub(crate) type KeyPair = HostSigner;

/// What checks signatures on this machine.
pub(crate) fn verifier() -> Verifier {
    HostVerifier::new()
}

/// Makes ephemeral keys and agrees with them.
pub(crate) type Agreement = HostAgreement;

/// What agrees on this machine.
pub(crate) fn agreement() -> Agreement {
    HostAgreement::new()
}

/// The operating system's random bytes.
pub(crate) struct System;

impl Entropy for System {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(out).map_err(|_| Error::NoEntropy)
    }
}

/// 64 random bits.
pub(crate) fn random_nonce() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    System.fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Signs with a key in memory.
pub(crate) enum Signer {
    /// With fresh random bytes in each signature.
    Host(HostSigner),
    /// From key and message alone.
    Deterministic(PortableSigner),
}

impl Signer {
    /// The signer with this scalar.
    pub(crate) fn from_secret(scalar: &[u8], deterministic: bool) -> Result<Self, Error> {
        if deterministic {
            PortableSigner::from_secret(scalar).map(Self::Deterministic)
        } else {
            HostSigner::from_secret(scalar).map(Self::Host)
        }
    }
}

impl SignP256 for Signer {
    fn public_key(&self) -> PublicKey {
        match self {
            Self::Host(signer) => signer.public_key(),
            Self::Deterministic(signer) => signer.public_key(),
        }
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        match self {
            Self::Host(signer) => signer.sign(message),
            Self::Deterministic(signer) => signer.sign(message),
        }
    }
}
