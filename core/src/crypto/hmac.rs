//! HMAC-SHA256 (RFC 2104, FIPS 198-1) on the two states that a key leaves.
//!
//! A key's block is compressed once, when the key is derived; a tag then costs
//! ⌈(n + 9) / 64⌉ + 1 compressions.

use crate::crypto::sha256::{self, BLOCK_LEN, DIGEST_LEN, Hasher, State};

/// Inner and outer state of a frame key, one after the other: what a slot stores.
/// As secret as the key.
pub(crate) type KeyState = [State; 2];

/// The states of a 32-byte key.
pub(crate) fn key_state(key: &[u8; 32]) -> KeyState {
    [padded(key, 0x36), padded(key, 0x5c)]
}

fn padded(key: &[u8; 32], pad: u8) -> State {
    let mut block = zeroize::Zeroizing::new([pad; BLOCK_LEN]);
    for (byte, key_byte) in block.iter_mut().zip(key) {
        *byte ^= key_byte;
    }
    sha256::after_block(&block)
}

/// A tag in progress.
pub(crate) struct Mac<'k> {
    inner: Hasher<'k>,
    outer: &'k State,
}

impl<'k> Mac<'k> {
    #[inline]
    pub(crate) fn new(key: &'k KeyState) -> Self {
        let [inner, outer] = key;
        Self { inner: Hasher::resume(*inner, 64), outer }
    }

    /// Takes the first part of the message: [`Hasher::begin`].
    #[inline]
    pub(crate) fn begin(&mut self, part: &'k [u8]) {
        self.inner.begin(part);
    }

    /// Takes the next part of the message.
    #[inline]
    pub(crate) fn update(&mut self, part: &[u8]) {
        self.inner.update(part);
    }

    /// Ends the inner hash.
    #[inline]
    pub(crate) fn end(&mut self) -> Inner<'_> {
        self.inner.pad();
        Inner { digest: self.inner.state(), outer: self.outer }
    }

    /// The whole tag.
    #[inline]
    pub(crate) fn finish(&mut self) -> [u8; DIGEST_LEN] {
        self.end().with_tag(sha256::to_bytes)
    }
}

/// The inner digest of a tag. What is asked between it and the tag costs a processor that runs
/// ahead nothing: it waits for the inner hash anyway.
pub(crate) struct Inner<'m> {
    // Where it is: a copy that a fault leaves out would leave the last frame's there.
    digest: &'m State,
    outer: &'m State,
}

impl Inner<'_> {
    /// Shows the whole tag as words: what is compared. It is compared where it was computed: if it
    /// was moved, one fault could leave the last frame's tag in its place.
    #[inline]
    pub(crate) fn with_tag<T>(&self, then: impl FnOnce(&State) -> T) -> T {
        let mut tag = *self.outer;
        sha256::take_digest(&mut tag, self.digest);
        then(&tag)
    }

    /// Whether `tag` is the tag or its first bytes, in constant time.
    #[cfg_attr(feature = "hardened", allow(dead_code, reason = "compared in `hardened.rs`"))]
    #[inline]
    pub(crate) fn verify(&self, tag: &[u8]) -> bool {
        self.with_tag(|whole| sha256::begins_with(whole, tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::hmac::{Hmac, KeyInit, Mac as _};

    #[test]
    fn equals_the_hmac_crate_for_every_length() {
        let key = core::array::from_fn(|i| u8::try_from(i * 7).unwrap_or(1));
        let states = key_state(&key);
        let message = [0xC3_u8; 300];
        for len in 0..=message.len() {
            let mut reference =
                Hmac::<sha2::Sha256>::new_from_slice(&key).expect("any length will do");
            reference.update(&message[..len]);
            let expected: [u8; 32] = reference.finalize().into_bytes().into();
            let mut ours = Mac::new(&states);
            let (a, b) = message[..len].split_at(len / 3);
            ours.update(a);
            ours.update(b);
            assert_eq!(ours.finish(), expected, "{len} bytes");
        }
    }
}
