//! The engine of the images whose receivers verify signatures.

use sealwire::{Error, PortableVerifier, PublicKey, Signature, VerifyP256};

/// The portable engine behind functions with names: there the injector answers for it.
#[derive(Clone, Copy)]
pub struct Engine;

#[unsafe(no_mangle)]
#[inline(never)]
fn engine(key: &PublicKey, message: &[&[u8]], signature: &Signature) -> Result<(), Error> {
    PortableVerifier.verify(key, message, signature)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn engine_accepts(key: &PublicKey) -> bool {
    PortableVerifier.accepts(key)
}

impl VerifyP256 for Engine {
    fn accepts(&self, key: &PublicKey) -> bool {
        engine_accepts(key)
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        engine(key, message, signature)
    }
}
