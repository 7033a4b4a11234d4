//! SHA-256 (FIPS 180-4) over message parts, from any stored state, on `sha2`'s compression.
//!
//! `sha2`'s own hasher keeps a position and a buffer of one block per object; frames need two
//! stored states per key (HMAC) and most of them fit two blocks, so this one gathers up to two
//! and compresses them in one call. Blocks inside a long part are hashed where they lie.

use sha2::block_api::compress256;

/// Bytes of a digest.
pub(crate) const DIGEST_LEN: usize = 32;

/// Bytes of a block.
pub(crate) const BLOCK_LEN: usize = 64;

/// A chaining value.
pub(crate) type State = [u32; 8];

/// The initial chaining value (FIPS 180-4 §5.3.3).
pub(crate) const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Bytes gathered before a compression: two blocks.
const GATHERED: usize = 2 * BLOCK_LEN;

/// The most gathered bytes that two blocks hold with their padding: 1 byte of `80`, 8 of length.
const PADDABLE: usize = GATHERED - 9;

/// A hash in progress.
pub(crate) struct Hasher {
    state: State,
    gathered: [u8; GATHERED],
    /// Bytes in `gathered`.
    len: usize,
    /// Bytes compressed so far, the ones before the stored state included.
    compressed: u64,
}

impl Hasher {
    /// A hash from its beginning.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self::resume(INITIAL, 0)
    }

    /// A hash that goes on from `state`, which is that of `compressed` bytes: whole blocks.
    #[inline]
    pub(crate) const fn resume(state: State, compressed: u64) -> Self {
        Self {
            state,
            gathered: [0; GATHERED],
            len: 0,
            compressed,
        }
    }

    /// Takes the next part of the message.
    #[inline]
    pub(crate) fn update(&mut self, part: &[u8]) {
        if let Some(place) = self
            .gathered
            .get_mut(self.len..)
            .and_then(|free| free.get_mut(..part.len()))
        {
            place.copy_from_slice(part);
            self.len = self.len.wrapping_add(part.len());
        } else {
            self.update_long(part);
        }
    }

    /// A part that doesn't fit beside what is gathered.
    fn update_long(&mut self, part: &[u8]) {
        // Fill up to the end of the block begun, so that what follows lies on block borders.
        let missing = self.len.wrapping_neg() % BLOCK_LEN;
        let (fill, rest) = part.split_at_checked(missing).unwrap_or((part, &[]));
        if let Some(place) = self
            .gathered
            .get_mut(self.len..)
            .and_then(|free| free.get_mut(..fill.len()))
        {
            place.copy_from_slice(fill);
        }
        let whole = self.len.wrapping_add(fill.len());
        compress_from(
            &mut self.state,
            &mut self.compressed,
            self.gathered.get(..whole).unwrap_or_default(),
        );
        let (_, tail) = rest.as_chunks::<BLOCK_LEN>();
        compress_from(&mut self.state, &mut self.compressed, rest);
        if let Some(place) = self.gathered.get_mut(..tail.len()) {
            place.copy_from_slice(tail);
        }
        self.len = tail.len();
    }

    /// Pads (FIPS 180-4 §5.1.1) and gives the last chaining value.
    #[inline]
    pub(crate) fn finish(mut self) -> State {
        if self.len > PADDABLE {
            self.make_room();
        }
        let bits = self
            .compressed
            .wrapping_add(count(self.len))
            .wrapping_shl(3);
        let blocks = if self.len > PADDABLE - BLOCK_LEN {
            2
        } else {
            1
        };
        let (chunks, _) = self.gathered.as_chunks_mut::<BLOCK_LEN>();
        let Some(last) = chunks.get_mut(..blocks) else {
            return self.state;
        };
        let bytes = last.as_flattened_mut();
        if let Some((end, zeros)) = bytes.get_mut(self.len..).and_then(<[u8]>::split_first_mut) {
            *end = 0x80;
            zeros.fill(0);
        }
        if let Some(place) = bytes.last_chunk_mut::<8>() {
            *place = bits.to_be_bytes();
        }
        compress256(&mut self.state, last);
        self.state
    }

    /// Compresses the first gathered block, so that the rest can be padded.
    #[cold]
    fn make_room(&mut self) {
        let (chunks, _) = self.gathered.as_chunks_mut::<BLOCK_LEN>();
        if let [first, second] = chunks {
            compress256(&mut self.state, core::slice::from_ref(first));
            *first = *second;
        }
        self.compressed = self.compressed.wrapping_add(count(BLOCK_LEN));
        self.len = self.len.wrapping_sub(BLOCK_LEN);
    }
}

/// Compresses the whole blocks of `bytes` where they lie.
fn compress_from(state: &mut State, compressed: &mut u64, bytes: &[u8]) {
    let (blocks, _) = bytes.as_chunks::<BLOCK_LEN>();
    compress256(state, blocks);
    *compressed = compressed.wrapping_add(count(blocks.as_flattened().len()));
}

/// The chaining value after one block.
pub(crate) fn after_block(block: &[u8; BLOCK_LEN]) -> State {
    let mut state = INITIAL;
    compress256(&mut state, core::slice::from_ref(block));
    state
}

/// A chaining value as the 32 bytes of a digest.
#[inline]
pub(crate) fn to_bytes(state: &State) -> [u8; DIGEST_LEN] {
    let mut bytes = [0; DIGEST_LEN];
    let (places, _) = bytes.as_chunks_mut::<4>();
    for (place, word) in places.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    bytes
}

/// The digest of a message in parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; DIGEST_LEN] {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    to_bytes(&hasher.finish())
}

/// A length as SHA-256 counts it.
#[inline]
#[allow(
    clippy::as_conversions,
    reason = "widens on every target; `From<usize>` doesn't exist for u64"
)]
const fn count(len: usize) -> u64 {
    len as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;
    use std::vec::Vec;

    #[test]
    fn equals_sha2_for_every_length_and_split() {
        let message: Vec<u8> = (0..400_u32).map(|i| i.to_le_bytes()[0] ^ 0x5a).collect();
        for len in 0_usize..=message.len() {
            let expected: [u8; 32] = sha2::Sha256::digest(&message[..len]).into();
            for split in [0, 1, len / 3, len / 2, len.saturating_sub(1), len] {
                let (a, b) = message[..len].split_at(split.min(len));
                assert_eq!(digest(&[a, b]), expected, "{len} bytes split at {split}");
            }
            let bytes: Vec<&[u8]> = message[..len].chunks(1).collect();
            assert_eq!(digest(&bytes), expected, "{len} bytes one by one");
        }
    }
}
