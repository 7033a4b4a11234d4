//! Signing with a key in memory.

use sealwire::{
    Deterministic, Entropy, Error, Hedged, Hedging, PublicKey, SignP256, Signature,
    SignatureNonces, message_digest,
};
use zeroize::Zeroizing;

use crate::assembly::{self, Number};

/// Nonces that are tried. One that fails comes once in 2^32 signatures.
const TRIES: usize = 4;

/// A P-256 signing key in memory. Wiped on drop, not copied, not shown.
///
/// Parse it once: making it derives the public key, which costs as much as a signature.
pub struct CortexM4Signer<H = Deterministic> {
    /// The scalar as bytes, big-endian, and as words: on the stack they would be there twice.
    secret: Zeroizing<[u8; 32]>,
    words: Zeroizing<Number>,
    public: PublicKey,
    hedging: H,
}

impl CortexM4Signer {
    /// The signer with this secret scalar: 32 bytes, big-endian. Deterministic: its signatures
    /// are those of the core's `PortableSigner`.
    ///
    /// # Errors
    /// [`Error::KeyLength`] for another length, [`Error::KeyInvalid`] for 0 and from the group
    /// order on.
    pub fn from_secret(scalar: &[u8]) -> Result<Self, Error> {
        let secret = Zeroizing::new(scalar.try_into().map_err(|_| Error::KeyLength)?);
        let words = Zeroizing::new(assembly::number(&secret));
        let point = assembly::public(&words).ok_or(Error::KeyInvalid)?;
        let public = PublicKey::from_xy(assembly::bytes_of(&point));
        Ok(Self { secret, words, public, hedging: Deterministic })
    }

    /// The same key with hedged nonces.
    #[must_use]
    pub fn hedged<R: Entropy>(self, entropy: R) -> CortexM4Signer<Hedged<R>> {
        let Self { secret, words, public, .. } = self;
        CortexM4Signer { secret, words, public, hedging: Hedged::new(entropy) }
    }
}

impl<H: Hedging> SignP256 for CortexM4Signer<H> {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        let mut room = Zeroizing::new([0; 32]);
        let added = self.hedging.added(&mut room)?;
        let digest = message_digest(message);
        for refused in 0..TRIES {
            let nonce = nonce(&self.secret, &digest, added, refused);
            if let Some(signature) = assembly::sign(&digest, &self.words, &nonce) {
                return Ok(Signature::from_bytes(assembly::bytes_of(&signature)));
            }
        }
        Err(Error::EngineFailed)
    }
}

/// The nonce after as many that were `refused`. Never inlined: what it takes of the stack is free
/// again when the signature is computed.
#[inline(never)]
fn nonce(secret: &[u8; 32], digest: &[u8; 32], added: &[u8], refused: usize) -> Zeroizing<Number> {
    let mut nonces = SignatureNonces::new(secret, digest, added);
    for _ in 0..refused {
        let _ = nonces.draw();
    }
    Zeroizing::new(assembly::number(&nonces.draw()))
}

impl<H> core::fmt::Debug for CortexM4Signer<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CortexM4Signer(…)")
    }
}
