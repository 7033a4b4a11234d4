//! Algorithms: SHA-256 over parts, HMAC on stored states, key derivation, P-256 behind traits.
//! Knows no frames.

pub(crate) mod hmac;
pub(crate) mod kdf;
pub(crate) mod nonce;
pub(crate) mod p256;
#[cfg(feature = "ecdsa")]
pub(crate) mod portable;
pub(crate) mod sha256;
