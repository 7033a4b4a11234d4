//! The postcard varint, read strictly: the shortest form or nothing.
//!
//! Postcard's own reader takes `80 00` for 0; two encodings of one value would be two
//! frames with one meaning, so this one refuses it. Written bytes equal postcard's
//! (`core/tests/metadata.rs` compares).

use crate::error::Error;

/// Reads a varint of at most 64 bits from the front of `bytes`; gives it and what is left.
///
/// # Errors
/// [`Error::Truncated`] if `bytes` ends inside it, [`Error::Varint`] if it is over-long or
/// above `u64::MAX`.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn read(bytes: &[u8]) -> Result<(u64, &[u8]), Error> {
    let first = bytes.get(..MAX_LEN).unwrap_or(bytes);
    let Some(last) = first.iter().position(|byte| byte & 0x80 == 0) else {
        return Err(if first.len() == MAX_LEN { Error::Varint } else { Error::Truncated });
    };
    let (read, rest) = bytes.split_at_checked(last.wrapping_add(1)).ok_or(Error::Varint)?;
    match read {
        // A last byte of zero adds nothing: a shorter form exists, unless it is the only byte.
        [_, .., 0] => return Err(Error::Varint),
        // The tenth byte holds the 64th bit only.
        [.., 2..=u8::MAX] if read.len() == MAX_LEN => return Err(Error::Varint),
        _ => {}
    }
    // From the end, so that every shift is by seven bits.
    let group = |value: u64, byte: &u8| value.wrapping_shl(7) | u64::from(byte & 0x7f);
    Ok((read.iter().rev().fold(0, group), rest))
}

/// Bytes of the longest varint.
const MAX_LEN: usize = 10;

/// The top bit of each byte.
#[cfg(target_pointer_width = "64")]
const CONTINUES: u64 = 0x8080_8080_8080_8080;

/// A varint in its shortest form that ends within the eight bytes of `word`, and its length; else
/// nothing. All groups of seven bits are pushed together at once.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn read_word(word: u64) -> Option<(u64, usize)> {
    // The top bit of the last byte.
    let ends = !word & CONTINUES;
    let end = ends & ends.wrapping_neg();
    let bits = word & end.wrapping_sub(1);
    // A last byte of zero adds nothing: a shorter form exists, unless it is the only byte, when
    // nothing is below this bound. Where none is the last, everything is.
    if bits.wrapping_sub(1) < end.wrapping_shr(7).wrapping_sub(1) {
        return None;
    }
    let groups = bits & !CONTINUES;
    let pairs = (groups & 0x007f_007f_007f_007f) | (groups & 0x7f00_7f00_7f00_7f00).wrapping_shr(1);
    let fours = (pairs & 0x0000_3fff_0000_3fff) | (pairs & 0x3fff_0000_3fff_0000).wrapping_shr(2);
    let value = (fours & 0x0fff_ffff) | (fours & 0x0fff_ffff_0000_0000).wrapping_shr(4);
    Some((value, len_of_bits(end.trailing_zeros()).wrapping_add(1)))
}

/// As many varints as fit a row, one after the other, and what is left. Nothing if fewer
/// than 32 bytes are there or one of them is longer than eight, or isn't in its shortest form: who
/// reads them one by one then learns which and why.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
pub(crate) fn read_row<const N: usize>(bytes: &[u8]) -> Option<([u64; N], &[u8])> {
    const { assert!(N * 8 <= ROW) };
    let row = bytes.first_chunk::<ROW>()?;
    let mut at = 0_usize;
    let mut values = [0; N];
    for value in &mut values {
        let word = u64::from_le_bytes(*row.get(at..)?.first_chunk()?);
        let (read, len) = read_word(word)?;
        *value = read;
        at = at.wrapping_add(len);
    }
    Some((values, bytes.get(at..)?))
}

/// Bytes that a row of varints is read from.
#[cfg(target_pointer_width = "64")]
const ROW: usize = 32;

/// Whole bytes in so many bits, at most 64.
#[cfg(target_pointer_width = "64")]
#[inline]
fn len_of_bits(bits: u32) -> usize {
    usize::try_from(bits.wrapping_shr(3)).unwrap_or(8)
}

/// Writes `value` at the front of `out`; gives what is left of `out`, or nothing if it is too small.
#[inline]
pub(crate) fn write(mut value: u64, out: &mut [u8]) -> Option<&mut [u8]> {
    let mut rest = out;
    loop {
        let (byte, tail) = rest.split_first_mut()?;
        let [low, ..] = value.to_le_bytes();
        value = value.wrapping_shr(7);
        if value == 0 {
            *byte = low & 0x7f;
            return Some(tail);
        }
        *byte = low | 0x80;
        rest = tail;
    }
}

/// Bytes of `value` as a varint: 1 to 10.
#[inline]
pub(crate) const fn len(value: u64) -> usize {
    let bits = u64::BITS.wrapping_sub(value.leading_zeros());
    match bits {
        0..=7 => 1,
        8..=14 => 2,
        15..=21 => 3,
        22..=28 => 4,
        29..=35 => 5,
        36..=42 => 6,
        43..=49 => 7,
        50..=56 => 8,
        57..=63 => 9,
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_at_every_length() {
        for bits in 0..=64_u32 {
            for value in [
                1_u64.checked_shl(bits).map_or(u64::MAX, |v| v),
                1_u64.checked_shl(bits).map_or(0, |v| v - 1),
            ] {
                let mut buffer = [0xAA_u8; 10];
                let left = write(value, &mut buffer).map(|rest| rest.len());
                assert_eq!(left, Some(10 - len(value)));
                let (read_back, rest) = read(&buffer).expect("written here");
                assert_eq!((read_back, rest.len()), (value, 10 - len(value)));
            }
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn reads_the_same_by_words_and_by_bytes() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut read_by_words = 0;
        for _ in 0..200_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Continuation bits and zeros are made frequent.
            let mut bytes = (random | (random << 3) & CONTINUES).to_le_bytes();
            bytes[usize::try_from(random >> 61).unwrap()] &= 0x80;
            let by_bytes = read(&bytes).map(|(value, rest)| (value, bytes.len() - rest.len()));
            let by_words = read_word(u64::from_le_bytes(bytes));
            assert_eq!(by_words, by_bytes.ok(), "{bytes:02x?}");
            read_by_words += u32::from(by_words.is_some());
        }
        assert!((10_000..190_000).contains(&read_by_words), "{read_by_words}");
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn reads_the_same_in_a_row_and_one_by_one() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut in_a_row = 0;
        for _ in 0..200_000 {
            let mut bytes = [0; 36];
            for place in bytes.as_chunks_mut::<8>().0 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                // Short ones, and some whose last byte is zero.
                let zeros = if random & 7 == 0 { 0xff } else { 0 };
                *place = (random & !((random << 7) & CONTINUES) & !zeros).to_le_bytes();
            }
            let one_by_one = || {
                let (a, rest) = read(&bytes)?;
                let (b, rest) = read(rest)?;
                let (c, rest) = read(rest)?;
                let (d, rest) = read(rest)?;
                Ok::<_, Error>(([a, b, c, d], rest))
            };
            if let Some(row) = read_row::<4>(&bytes) {
                in_a_row += 1;
                assert_eq!(Ok(row), one_by_one(), "{bytes:02x?}");
            } else if let Ok((numbers, _)) = one_by_one() {
                let longest = numbers.iter().map(|number| len(*number)).max();
                assert!(longest > Some(8), "{bytes:02x?}");
            }
        }
        assert!(in_a_row > 10_000, "{in_a_row}");
    }

    /// LEB128 as it is written down: group by group from the front, each at its shift.
    fn model(bytes: &[u8]) -> Result<(u64, &[u8]), Error> {
        let mut value = 0_u128;
        for (index, byte) in bytes.iter().take(MAX_LEN).enumerate() {
            value |= u128::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let is_shortest = index == 0 || *byte != 0;
                let fits = u64::try_from(value).map_err(|_| Error::Varint)?;
                return if is_shortest {
                    Ok((fits, &bytes[index + 1..]))
                } else {
                    Err(Error::Varint)
                };
            }
        }
        Err(if bytes.len() < MAX_LEN { Error::Truncated } else { Error::Varint })
    }

    #[test]
    fn reads_what_the_definition_says_at_every_length() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut by_length = [0; MAX_LEN + 1];
        for round in 0..200_000 {
            let mut bytes = [0; MAX_LEN + 2];
            for byte in &mut bytes {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                // Mostly continued, and often one of those at a border.
                let [any, which, ..] = random.to_le_bytes();
                *byte = [any, any | 0x80, 0x80, 0xff, any | 0x80, any | 0x80, 1, 2, 0]
                    [usize::from(which) % 9];
            }
            let bytes = &bytes[..round % (MAX_LEN + 3)];
            let expected = model(bytes);
            assert_eq!(read(bytes), expected, "{bytes:02x?}");
            if let Ok((_, rest)) = expected {
                by_length[bytes.len() - rest.len()] += 1;
            }
        }
        assert!(by_length[1..].iter().all(|count| *count > 20), "{by_length:?}");
    }

    #[test]
    fn refuses_an_over_long_and_an_overflowing_one() {
        assert_eq!(read(&[0x80, 0x00]), Err(Error::Varint));
        assert_eq!(read(&[0xff, 0x80, 0x00]), Err(Error::Varint));
        assert_eq!(read(&[0xff; 10]), Err(Error::Varint));
        assert_eq!(
            read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
            Err(Error::Varint)
        );
        assert_eq!(read(&[0x80]), Err(Error::Truncated));
        assert_eq!(read(&[]), Err(Error::Truncated));
    }
}
