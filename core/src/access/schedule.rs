//! From a credential and a Diffie-Hellman secret to all keys of an exchange
//! (`PROTOCOL.md` §12.4): two extractions in a row, as TLS 1.3 does it (RFC 8446 §7.1).

use zeroize::Zeroizing;

use crate::access::transcript::Transcript;
use crate::crypto::kdf::hmac_of;
use crate::crypto::p256::SharedSecret;
use crate::error::Error;
use crate::key::PeerSecret;

/// The salt of the first extraction, filled up with zeros to a key (RFC 2104 §2).
const SALT: [u8; 32] = *b"sealwire/1 access\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

pub(crate) type Key = Zeroizing<[u8; 32]>;

/// What the pre-shared secret alone gives; without one, what nothing gives.
pub(crate) fn early(secret: Option<&PeerSecret>) -> Key {
    let secret: &[u8; 32] = secret.map_or(&[0; 32], PeerSecret::secret_bytes);
    Key::new(hmac_of(&SALT, &[secret]))
}

/// What both give.
pub(crate) fn main(early: &Key, shared: &SharedSecret) -> Key {
    let salt = expand(early, b"derived", &[]);
    Key::new(hmac_of(&salt, &[shared.as_slice()]))
}

/// The proof's MAC key: from the secret alone (`from` is early), so that a forged proof costs
/// no curve arithmetic; or from the Diffie-Hellman secret (`from` is main), where there is no
/// other.
pub(crate) fn proof_key(from: &Key, proof: &Transcript) -> Key {
    expand(from, b"proof", proof)
}

/// The MAC key of the grant, and of the refusal in its place.
pub(crate) fn grant_key(main: &Key, proof: &Transcript) -> Key {
    expand(main, b"grant", proof)
}

/// What lies over a group's secret in the grant.
pub(crate) fn group_mask(main: &Key, proof: &Transcript) -> Key {
    expand(main, b"group", proof)
}

/// What both sides end with.
pub(crate) struct Outputs {
    /// From which frame keys are derived, as from a peer secret.
    pub(crate) secret: PeerSecret,
    pub(crate) binder: [u8; 16],
    pub(crate) token: Key,
    pub(crate) hmac_key: Key,
}

/// # Errors
/// [`Error::KeyInvalid`] at odds of 2^-256: a secret of zeros is none.
pub(crate) fn outputs(main: &Key, grant: &Transcript) -> Result<Outputs, Error> {
    let secret = expand(main, b"session", grant);
    let binder = expand(main, b"binder", grant);
    Ok(Outputs {
        secret: PeerSecret::from_slice(secret.as_slice())?,
        binder: binder.first_chunk().copied().unwrap_or_default(),
        token: expand(main, b"token", grant),
        hmac_key: expand(main, b"hmac_key", grant),
    })
}

/// HKDF-Expand to one block; the information is the label and the transcript.
fn expand(key: &Key, label: &[u8], transcript: &[u8]) -> Key {
    Key::new(hmac_of(key, &[label, transcript, &[1]]))
}
