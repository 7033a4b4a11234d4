//! From a peer secret to a frame key (RFC 5869; `PROTOCOL.md` §4.1).
//!
//! Labels, both ends, algorithm and tag length stand in the derivation, so that nothing of
//! them needs to stand in a frame.
//!
//! HKDF is two calls of HMAC for one block of output, and HMAC is here already; the crate
//! `hkdf`, which the tests compare with, would add its own buffered hash to every image: 900
//! bytes of a Cortex-M4's flash and two messages for panics.

use zeroize::Zeroizing;

use crate::crypto::hmac::{self, KeyState, Mac};
use crate::id::ModuleId;
use crate::key::{Audience, PeerSecret};
use crate::level::Algorithm;

/// The salt of the extraction: protocol and version, filled up with zeros to a key (RFC 2104 §2).
const SALT: [u8; 32] = *b"sealwire/1 key\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// What the expanded key is for.
const FRAME: &[u8] = b"frame";

/// The states of the key with which `sender` seals for `audience`.
pub(crate) fn frame_key(
    secret: &PeerSecret,
    sender: &ModuleId,
    audience: &Audience,
    algorithm: Algorithm,
) -> KeyState {
    hmac::key_state(&frame_key_bytes(secret, sender, audience, algorithm))
}

/// The same key before it is spread out to its states.
pub(crate) fn frame_key_bytes(
    secret: &PeerSecret,
    sender: &ModuleId,
    audience: &Audience,
    algorithm: Algorithm,
) -> Zeroizing<[u8; 32]> {
    let tag_len = u8::try_from(algorithm.tag_len()).unwrap_or(0);
    let numbers = [algorithm.number(), tag_len, audience.kind()];
    // HKDF-Extract, and HKDF-Expand to one block.
    let extracted = Zeroizing::new(hmac_of(&SALT, &[secret.secret_bytes()]));
    let info = [FRAME, &numbers, sender.as_bytes(), audience.id().as_bytes(), &[1]];
    Zeroizing::new(hmac_of(&extracted, &info))
}

/// HMAC-SHA256 of a message in parts. HKDF-Extract is this with the salt as key; HKDF-Expand to
/// one block is this with the message info ‖ 01.
pub(crate) fn hmac_of(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let states = Zeroizing::new(hmac::key_state(key));
    let mut mac = Mac::new(&states);
    for part in message {
        mac.update(part);
    }
    mac.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Sha256;

    #[test]
    fn equals_the_hkdf_crate() {
        let secret = PeerSecret::from_slice(&[0x42; 32]).unwrap();
        let sender = ModuleId::new([1; 16]).unwrap();
        for audience in [Audience::Peer, Audience::Group] {
            let audience = audience(ModuleId::new([2; 16]).unwrap());
            for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSha256Short] {
                let mut info = std::vec::Vec::from(FRAME);
                info.extend([
                    algorithm.number(),
                    u8::try_from(algorithm.tag_len()).unwrap(),
                    audience.kind(),
                ]);
                info.extend([1; 16]);
                info.extend([2; 16]);
                let mut key = [0; 32];
                hkdf::Hkdf::<Sha256>::new(Some(b"sealwire/1 key"), secret.secret_bytes())
                    .expand(&info, &mut key)
                    .unwrap();
                let ours = frame_key(&secret, &sender, &audience, algorithm);
                assert_eq!(ours, hmac::key_state(&key));
            }
        }
    }
}
