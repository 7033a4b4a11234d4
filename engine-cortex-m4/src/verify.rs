//! Checking signatures.

use sealwire::{Error, PublicKey, Signature, VerifyP256, message_digest};

use crate::assembly;

/// Checks P-256 signatures. A value without state; `&CortexM4Verifier` serves as `&'static`.
///
/// Not constant time: all it sees is public.
#[derive(Clone, Copy, Debug, Default)]
pub struct CortexM4Verifier;

impl VerifyP256 for CortexM4Verifier {
    fn accepts(&self, key: &PublicKey) -> bool {
        assembly::is_on_curve(key.as_xy())
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        let digest = message_digest(message);
        let key = assembly::two_numbers(key.as_xy());
        let signature = assembly::two_numbers(signature.as_bytes());
        let is_right = assembly::verify(&key, &digest, &signature);
        if is_right { Ok(()) } else { Err(Error::SignatureWrong) }
    }
}
