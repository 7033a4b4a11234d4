//! What signs, what verifies, and where random bytes come from: the one place to exchange them.

use sealwire::{
    Deterministic, Entropy, Error, Hedged, PortableSigner, PortableVerifier, PublicKey, SignP256,
    Signature,
};

/// Checks signatures.
pub(crate) type Verifier = PortableVerifier;

/// The one value of its type.
pub(crate) const VERIFIER: Verifier = PortableVerifier;

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
    Deterministic(PortableSigner<Deterministic>),
    Hedged(PortableSigner<Hedged<System>>),
}

impl SignP256 for Signer {
    fn public_key(&self) -> PublicKey {
        match self {
            Self::Deterministic(signer) => signer.public_key(),
            Self::Hedged(signer) => signer.public_key(),
        }
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        match self {
            Self::Deterministic(signer) => signer.sign(message),
            Self::Hedged(signer) => signer.sign(message),
        }
    }
}
