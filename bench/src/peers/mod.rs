//! The same job done by others: a tag or a signature over as many bytes. None of them checks a
//! clock, a nonce or a level, looks up a key, or reads a frame.

pub(crate) mod ecdsa;
pub(crate) mod hmac;
pub(crate) mod lakers;
#[cfg(feature = "openssl")]
mod openssl;

/// Metadata, payload and context: what a level 4 tag covers.
pub(crate) const COVERED: usize = 20 + 64 + 26;
/// The same behind label and binding: what a level 5 signature covers.
pub(crate) const SIGNED: usize = 82 + COVERED;
