//! The core's own files, not copies.

#[path = "../../../../core/src/crypto/hmac.rs"]
pub(crate) mod hmac;
#[path = "../../../../core/src/crypto/sha256.rs"]
pub(crate) mod sha256;

/// The 32-byte key that HMAC makes of `key` (RFC 2104 §2), where the core's keys can express it:
/// shorter ones are filled up with zeros, those longer than a block are hashed.
pub(crate) fn key_of(key: &[u8]) -> Option<[u8; 32]> {
    match key.len() {
        0..=32 => {
            let mut padded = [0; 32];
            padded[..key.len()].copy_from_slice(key);
            Some(padded)
        }
        33..=64 => None,
        _ => Some(sha256::digest(&[key])),
    }
}

pub(crate) fn hmac_of(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let states = hmac::key_state(key);
    let mut mac = hmac::Mac::new(&states);
    parts.iter().for_each(|part| mac.update(part));
    mac.finish()
}

/// HKDF-Extract and -Expand (RFC 5869 §2) on the core's HMAC.
pub(crate) fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], size: usize) -> Option<Vec<u8>> {
    let key = hmac_of(&key_of(salt)?, &[ikm]);
    let mut okm: Vec<u8> = Vec::new();
    let mut counter = 0_u8;
    while okm.len() < size {
        counter = counter.checked_add(1)?;
        let last = okm.len().saturating_sub(32);
        let previous = okm[last..].to_vec();
        okm.extend(hmac_of(&key, &[&previous, info, &[counter]]));
    }
    okm.truncate(size);
    Some(okm)
}
