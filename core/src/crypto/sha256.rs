//! SHA-256 (FIPS 180-4) over message parts, from any stored state, on `sha2`'s compression.
//!
//! `sha2`'s own hasher doesn't resume from a state of eight words, which is what a slot stores.
//! Blocks inside a part are hashed where they lie, without a copy.

use sha2::block_api::compress256;
use subtle::ConstantTimeEq;

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

/// The most bytes beside which a block holds its padding: 1 of `80`, 8 of length.
const PADDABLE: usize = BLOCK_LEN - 9;

/// Whether the processor runs ahead of what it waits for. A microcontroller doesn't, and there it
/// would be 300 bytes of flash to put the first part's blocks off.
pub(crate) const RUNS_AHEAD: bool = cfg!(not(target_os = "none"));

/// Blocks in a hash: the last, and where blocks are put off the one in front of it.
const BLOCKS: usize = if RUNS_AHEAD { 2 } else { 1 };

/// A hash in progress.
pub(crate) struct Hasher<'m> {
    state: State,
    /// Whole blocks that go before `block`, where they lie.
    whole: &'m [[u8; BLOCK_LEN]],
    /// The last is the block that is begun, with zeros behind `len`: half of its padding. In front
    /// of it is room for the whole block before it, so that one call hashes both: between calls
    /// the state goes through memory.
    blocks: [[u8; BLOCK_LEN]; BLOCKS],
    /// Bytes in the block begun, fewer than [`BLOCK_LEN`].
    len: usize,
    /// Bytes taken, those before the stored state included.
    total: u64,
}

impl<'m> Hasher<'m> {
    /// A hash from its beginning.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self::resume(INITIAL, 0)
    }

    /// A hash that goes on from `state`, which is that of `total` bytes: whole blocks.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline)]
    pub(crate) const fn resume(state: State, total: u64) -> Self {
        Self { state, whole: &[], blocks: [[0; BLOCK_LEN]; BLOCKS], len: 0, total }
    }

    /// Takes the first part of the message. Its whole blocks are hashed where they lie, and only
    /// when the block after them is full: what that is made of is then written long before it
    /// is read, and a wide load doesn't wait for narrow stores.
    #[inline]
    pub(crate) fn begin(&mut self, part: &'m [u8]) {
        if !RUNS_AHEAD {
            return self.update(part);
        }
        let (whole, tail) = part.as_chunks();
        self.whole = whole;
        self.total = self.total.wrapping_add(count(part.len()));
        self.gather(tail);
    }

    /// Takes the next part of the message. Whole blocks are hashed where they lie.
    #[cfg_attr(not(target_os = "none"), inline)]
    pub(crate) fn update(&mut self, part: &[u8]) {
        self.total = self.total.wrapping_add(count(part.len()));
        if part.len() < BLOCK_LEN.wrapping_sub(self.len) {
            self.gather(part);
        } else {
            self.fill(part);
        }
    }

    /// Takes a part that ends the block begun.
    #[cfg_attr(target_os = "none", inline)]
    #[cfg_attr(not(target_os = "none"), inline(never))]
    fn fill(&mut self, part: &[u8]) {
        let mut rest = part;
        if self.len != 0 {
            let missing = BLOCK_LEN.wrapping_sub(self.len);
            let (fill, after) = part.split_at_checked(missing).unwrap_or((part, &[]));
            self.gather(fill);
            self.compress_begun();
            rest = after;
        } else if RUNS_AHEAD && !self.whole.is_empty() {
            compress256(&mut self.state, self.whole);
            self.whole = &[];
        }
        let (blocks, tail) = rest.as_chunks::<BLOCK_LEN>();
        if !blocks.is_empty() {
            compress256(&mut self.state, blocks);
        }
        self.gather(tail);
    }

    /// Hashes the block begun, and before it the blocks that were put off: the last of them in the
    /// same call. Another is begun then.
    #[inline]
    fn compress_begun(&mut self) {
        self.compress_last();
        self.blocks = [[0; BLOCK_LEN]; BLOCKS];
        self.len = 0;
    }

    #[inline]
    fn compress_last(&mut self) {
        match (self.whole.split_last(), &mut self.blocks) {
            (Some((last, before)), [place, ..]) if RUNS_AHEAD => {
                if !before.is_empty() {
                    compress256(&mut self.state, before);
                }
                *place = *last;
                self.whole = &[];
                compress256(&mut self.state, &self.blocks);
            }
            (_, [.., block]) => compress256(&mut self.state, core::slice::from_ref(block)),
        }
    }

    /// Takes bytes that fit the block begun.
    #[inline]
    fn gather(&mut self, bytes: &[u8]) {
        let [.., block] = &mut self.blocks;
        let end = self.len.wrapping_add(bytes.len());
        if let Some(place) = block.get_mut(self.len..end) {
            // Equal lengths; a copy that checks them would link a message for a panic.
            place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            self.len = end;
        }
    }

    /// Pads and gives the last chaining value.
    #[inline]
    pub(crate) fn finish(&mut self) -> State {
        self.pad();
        self.state
    }

    /// The chaining value.
    #[inline]
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// Pads (FIPS 180-4 §5.1.1): then the chaining value is the digest.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline)]
    pub(crate) fn pad(&mut self) {
        let [.., block] = &mut self.blocks;
        if let Some(end) = block.get_mut(self.len) {
            *end = 0x80;
        }
        if self.len > PADDABLE {
            self.compress_begun();
        }
        let [.., block] = &mut self.blocks;
        if let Some(place) = block.last_chunk_mut::<8>() {
            *place = self.total.wrapping_shl(3).to_be_bytes();
        }
        self.compress_last();
    }
}

/// The chaining value after one block.
pub(crate) fn after_block(block: &[u8; BLOCK_LEN]) -> State {
    let mut state = INITIAL;
    compress256(&mut state, core::slice::from_ref(block));
    state
}

/// Makes `state`, which is that of one block, the chaining value after a digest: HMAC's outer hash.
/// Its padding is always the same.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline)]
pub(crate) fn take_digest(state: &mut State, digest: &State) {
    // 64 + 32 bytes are 0x300 bits.
    let mut block = [0; BLOCK_LEN];
    block[DIGEST_LEN] = 0x80;
    block[BLOCK_LEN - 2] = 0x03;
    if let Some(place) = block.first_chunk_mut() {
        *place = to_bytes(digest);
    }
    compress256(state, core::slice::from_ref(&block));
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

/// Whether the digest that `state` is begins with `bytes`, in a time that depends on their
/// number only. A number that isn't of whole words begins no digest here.
///
/// Compares words: turning what was just computed into bytes would wait for it twice.
#[inline]
#[cfg_attr(feature = "hardened", allow(dead_code, reason = "compared in `hardened.rs`"))]
pub(crate) fn begins_with(state: &State, bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<4>();
    if words.len() > state.len() || !rest.is_empty() {
        return false;
    }
    let difference = state
        .iter()
        .zip(words)
        .fold(0, |difference, (a, b)| difference | (a ^ u32::from_be_bytes(*b)));
    difference.ct_eq(&0).into()
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
