//! From a peer secret to a frame key (RFC 5869; `PROTOCOL.md` §4.1).
//!
//! Labels, both ends, algorithm and tag length stand in the derivation, so that nothing of
//! them needs to stand in a frame.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::crypto::hmac::{self, KeyState};
use crate::error::Error;
use crate::id::ModuleId;
use crate::key::{Audience, PeerSecret};
use crate::level::Algorithm;

/// The salt of the extraction: protocol and version.
const SALT: &[u8] = b"sealwire/1 key";

/// What the expanded key is for.
const FRAME: &[u8] = b"frame";

/// The states of the key with which `sender` seals for `audience`.
pub(crate) fn frame_key(
    secret: &PeerSecret,
    sender: &ModuleId,
    audience: &Audience,
    algorithm: Algorithm,
) -> Result<KeyState, Error> {
    let tag_len = u8::try_from(algorithm.tag_len()).unwrap_or(0);
    let numbers = [algorithm.number(), tag_len, audience.kind()];
    let mut key = Zeroizing::new([0_u8; 32]);
    let extracted = Hkdf::<Sha256>::new(Some(SALT), secret.secret_bytes());
    let info = [FRAME, &numbers, sender.as_bytes(), audience.id().as_bytes()];
    // Expanding fails above 255 digests, and one is asked for; still, no key on failure.
    extracted
        .expand_multi_info(&info, key.as_mut_slice())
        .map_err(|_| Error::KeyLength)?;
    Ok(hmac::key_state(&key))
}
