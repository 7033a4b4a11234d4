//! Each nonce at most once: a sliding window per key (RFC 6479), and a bounded cache for
//! senders whose nonces don't count (`PROTOCOL.md` §7).
//!
//! Both say first whether they would take a nonce, without a change, and record it later in one
//! call with the same question, after the tag was checked.

use crate::error::Error;
use crate::time::Timestamp;

/// How many nonces below and with the highest a window tells apart.
pub const WINDOW: u64 = 512;

/// Counters end here, far from the integer's maximum: 2^63.
pub const NONCE_LIMIT: u64 = 0x8000_0000_0000_0000;

/// The window's bits; nonce `n` has bit `n mod 512`. Words that every processor has in a register.
pub(crate) type Bits = [u32; 16];

/// The same as saved state has it: the lower half of each word first.
pub(crate) type SavedBits = [u64; 8];

/// For saved state.
pub(crate) fn to_saved(bits: &Bits) -> SavedBits {
    let mut saved = [0; 8];
    let (halves, _) = bits.as_chunks();
    for (place, [low, high]) in saved.iter_mut().zip(halves) {
        *place = u64::from(*high).wrapping_shl(32) | u64::from(*low);
    }
    saved
}

/// From saved state.
pub(crate) fn from_saved(saved: &SavedBits) -> Bits {
    let mut bits = [0; 16];
    let (halves, _) = bits.as_chunks_mut();
    for ([low, high], word) in halves.iter_mut().zip(saved) {
        (*low, *high) = (low_word(*word), low_word(word.wrapping_shr(32)));
    }
    bits
}

/// Whether the window that ends at `highest` would take `nonce`.
///
/// # Errors
/// [`Error::NonceLimit`], [`Error::NonceTooOld`], [`Error::Replayed`].
#[inline]
pub(crate) fn window_takes(highest: u64, bits: &Bits, nonce: u64) -> Result<(), Error> {
    if nonce >= NONCE_LIMIT {
        return Err(Error::NonceLimit);
    }
    match highest.checked_sub(nonce) {
        None => Ok(()),
        Some(behind) if behind >= WINDOW => Err(Error::NonceTooOld),
        Some(_) if is_set(bits, low_word(nonce)) => Err(Error::Replayed),
        Some(_) => Ok(()),
    }
}

/// Takes `nonce`, if the window would.
///
/// # Errors
/// Those of [`window_takes`]; the window is unchanged then.
#[inline]
pub(crate) fn window_records(highest: &mut u64, bits: &mut Bits, nonce: u64) -> Result<(), Error> {
    window_takes(*highest, bits, nonce)?;
    if let Some(ahead) = nonce.checked_sub(*highest) {
        if ahead >= WINDOW {
            *bits = [0; 16];
        } else {
            clear_between(low_word(*highest), low_word(nonce), bits);
        }
        *highest = nonce;
    }
    let nonce = low_word(nonce);
    if let Some(word) = bits.get_mut(word_of(nonce)) {
        *word |= mask_of(nonce);
    }
    Ok(())
}

/// Clears the bits of the nonces above `highest` and below `next`: fewer than [`WINDOW`]. Both
/// are the low halves; no more of them says which bit is whose.
fn clear_between(highest: u32, next: u32, bits: &mut Bits) {
    let mut nonce = highest.wrapping_add(1);
    let mut left = next.wrapping_sub(highest).saturating_sub(1);
    while left != 0 {
        let Some(word) = bits.get_mut(word_of(nonce)) else {
            return;
        };
        let done = if nonce.is_multiple_of(32) && left >= 32 {
            *word = 0;
            32
        } else {
            *word &= !mask_of(nonce);
            1
        };
        nonce = nonce.wrapping_add(done);
        left = left.wrapping_sub(done);
    }
}

#[inline]
fn is_set(bits: &Bits, nonce: u32) -> bool {
    bits.get(word_of(nonce)).is_none_or(|word| word & mask_of(nonce) != 0)
}

#[inline]
fn word_of(nonce: u32) -> usize {
    // Four bits fit every usize.
    usize::try_from(nonce.wrapping_shr(5) & 15).unwrap_or(0)
}

#[inline]
const fn mask_of(nonce: u32) -> u32 {
    1_u32.rotate_left(nonce & 31)
}

/// The low half.
#[inline]
#[allow(clippy::as_conversions, reason = "takes the low 32 bits on purpose")]
const fn low_word(word: u64) -> u32 {
    (word & 0xffff_ffff) as u32
}

/// One remembered nonce: 16 bytes. Storage of the caller's; begins as [`NonceEntry::EMPTY`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct NonceEntry {
    nonce: u64,
    /// The last µs at which a repetition would still be fresh; 0 in an entry never used.
    alive_until: u64,
}

impl NonceEntry {
    /// An entry that remembers nothing.
    pub const EMPTY: Self = Self { nonce: 0, alive_until: 0 };

    const fn is_alive(&self, now: Timestamp) -> bool {
        self.alive_until != 0 && self.alive_until >= now.as_micros()
    }
}

/// Whether a sender's `region` would take `nonce` at `now`.
///
/// # Errors
/// [`Error::Replayed`]; [`Error::NonceCacheFull`] if no entry is free.
pub(crate) fn cache_takes(region: &[NonceEntry], nonce: u64, now: Timestamp) -> Result<(), Error> {
    find_free(region, nonce, now).map(|_| ())
}

/// Takes `nonce` until `alive_until`, if the region would.
///
/// # Errors
/// Those of [`cache_takes`]; the region is unchanged then.
pub(crate) fn cache_records(
    region: &mut [NonceEntry],
    nonce: u64,
    now: Timestamp,
    alive_until: Timestamp,
) -> Result<(), Error> {
    let free = find_free(region, nonce, now)?;
    let entry = region.get_mut(free).ok_or(Error::NonceCacheFull)?;
    *entry = NonceEntry { nonce, alive_until: alive_until.as_micros() };
    Ok(())
}

fn find_free(region: &[NonceEntry], nonce: u64, now: Timestamp) -> Result<usize, Error> {
    let mut free = Err(Error::NonceCacheFull);
    for (index, entry) in region.iter().enumerate() {
        if !entry.is_alive(now) {
            free = free.or(Ok(index));
        } else if entry.nonce == nonce {
            return Err(Error::Replayed);
        }
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saved windows carry the words as they are, so which bit is whose may not change.
    #[test]
    fn a_nonce_has_the_bit_of_its_number_modulo_the_window() {
        for nonce in 0..2 * WINDOW {
            let (mut highest, mut bits) = (0, [0; 16]);
            window_records(&mut highest, &mut bits, nonce).unwrap();
            let place = nonce % WINDOW;
            let mut expected = [0; 8];
            expected[usize::try_from(place / 64).unwrap()] = 1_u64 << (place % 64);
            assert_eq!(to_saved(&bits), expected, "nonce {nonce}");
            assert_eq!(from_saved(&expected), bits, "nonce {nonce}");
        }
    }
}
