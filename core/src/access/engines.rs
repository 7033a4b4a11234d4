//! What an exchange computes with: engines of the caller's choice, and what both sides hold of
//! each other.

#[cfg(feature = "x509")]
use crate::access::certified::ChainCredential;
use crate::crypto::kdf::hmac_of;
use crate::crypto::p256::{
    EphemeralKey, GenerateP256, NoSigner, NoVerifier, PublicKey, SharedSecret, SignP256, Signature,
    VerifyP256,
};
use crate::error::Error;
use crate::key::PeerSecret;

/// The engines of one side. Without a signer and a verifier only secrets can be used, and no
/// signature is linked.
#[derive(Debug)]
pub struct Engines<A, S = NoSigner, V = NoVerifier> {
    /// Makes ephemeral keys and agrees.
    pub agreement: A,
    /// Signs with this side's own key.
    pub signer: Option<S>,
    /// Verifies the peer's signature.
    pub verifier: Option<V>,
}

impl<A> Engines<A> {
    /// Engines for secrets alone.
    pub const fn for_secrets(agreement: A) -> Self {
        Self { agreement, signer: None, verifier: None }
    }
}

impl<A, S, V> Engines<A, S, V> {
    /// Engines for keys, and for secrets.
    pub const fn for_keys(agreement: A, signer: S, verifier: V) -> Self {
        Self { agreement, signer: Some(signer), verifier: Some(verifier) }
    }
}

impl<A, S: SignP256, V: VerifyP256> Engines<A, S, V> {
    pub(crate) fn own_key(&self) -> Result<PublicKey, Error> {
        self.signer.as_ref().map(SignP256::public_key).ok_or(Error::NoEngine)
    }

    /// A signature as it goes out: with the low s, or not at all.
    pub(crate) fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        let signer = self.signer.as_mut().ok_or(Error::NoEngine)?;
        let signature = signer.sign(message)?.normalised();
        signature.check_range().map_err(|_| Error::EngineFailed)?;
        Ok(signature)
    }

    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        let verifier = self.verifier.as_ref().ok_or(Error::NoEngine)?;
        signature.check_range().map_err(|_| Error::AccessSignatureWrong)?;
        verifier.verify(key, message, signature).map_err(|error| match error {
            Error::EngineFailed => error,
            _ => Error::AccessSignatureWrong,
        })
    }
}

/// How the two sides of an exchange know each other. Fixed at provisioning; one kind never
/// stands in for the other.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// A secret that both hold. For level 4.
    Secret(&'a PeerSecret),
    /// The peer's public key; this side's own key is the signer's. For level 4 or 5.
    Key(PublicKey),
    /// A chain of certificates on each side; this side's own key is the signer's. For level 4 or 5.
    #[cfg(feature = "x509")]
    Chain(&'a ChainCredential<'a>),
}

impl Credential<'_> {
    /// The number in a request: 1, 2 or 3.
    pub(crate) const fn number(&self) -> u8 {
        match self {
            Self::Secret(_) => SECRET,
            Self::Key(_) => KEY,
            #[cfg(feature = "x509")]
            Self::Chain(_) => CHAIN,
        }
    }
}

pub(crate) const SECRET: u8 = 1;
pub(crate) const KEY: u8 = 2;
/// Known without certificates too: a granter without them says that it has none.
pub(crate) const CHAIN: u8 = 3;

/// An ephemeral key from 32 secret bytes. Candidates are drawn until one is a scalar; the odds
/// against the first are 2^-32.
pub(crate) fn ephemeral(
    engine: &impl GenerateP256,
    seed: &[u8; 32],
    label: &[u8],
) -> Result<EphemeralKey, Error> {
    for attempt in 0..8_u8 {
        let candidate = SharedSecret::new(hmac_of(seed, &[label, &[attempt]]));
        match engine.with_seed(&candidate) {
            Err(Error::KeyInvalid) => {}
            other => return other,
        }
    }
    Err(Error::EngineFailed)
}
