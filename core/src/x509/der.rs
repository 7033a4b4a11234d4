//! DER as certificates use it: one writing for every value, or it is refused.
//!
//! Lengths up to 65,535 in their shortest form, tags below 31, times of RFC 5280 §4.1.2.5. Every
//! value is a slice of the input; nothing is copied.

use crate::error::Error;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// What is left of an input.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that is left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The tag and the contents of the next value.
    pub(crate) fn any(&mut self) -> Result<(u8, &'a [u8]), Error> {
        self.whole().map(|(tag, contents, _)| (tag, contents))
    }

    /// The next value: tag, contents, and the bytes of both with the length.
    fn whole(&mut self) -> Result<(u8, &'a [u8], &'a [u8]), Error> {
        let (tag, length, rest) = match self.0 {
            [tag, length @ 0..=0x7f, rest @ ..] => (*tag, usize::from(*length), rest),
            [tag, 0x81, length @ 0x80..=0xff, rest @ ..] => (*tag, usize::from(*length), rest),
            [tag, 0x82, high @ 1..=0xff, low, rest @ ..] => {
                (*tag, usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return Err(Error::CertificateMalformed),
        };
        if tag & 0x1f == 0x1f {
            return Err(Error::CertificateMalformed);
        }
        let (contents, after) = rest.split_at_checked(length).ok_or(Error::CertificateMalformed)?;
        let taken = self.0.len().saturating_sub(after.len());
        let bytes = self.0.get(..taken).unwrap_or_default();
        self.0 = after;
        Ok((tag, contents, bytes))
    }

    /// The contents of the next value, which must have this tag.
    pub(crate) fn read(&mut self, tag: u8) -> Result<&'a [u8], Error> {
        match self.any()? {
            (found, contents) if found == tag => Ok(contents),
            _ => Err(Error::CertificateMalformed),
        }
    }

    /// A value with this tag as a whole: its contents, and its bytes with tag and length.
    pub(crate) fn read_whole(&mut self, tag: u8) -> Result<(&'a [u8], &'a [u8]), Error> {
        match self.whole()? {
            (found, contents, bytes) if found == tag => Ok((contents, bytes)),
            _ => Err(Error::CertificateMalformed),
        }
    }

    /// The next value's contents if it has this tag; nothing is taken otherwise.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Error> {
        if self.0.first() == Some(&tag) { self.read(tag).map(Some) } else { Ok(None) }
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::CertificateMalformed) }
    }

    /// `TRUE`, or nothing: `FALSE` is the default and so isn't written.
    pub(crate) fn flag(&mut self) -> Result<bool, Error> {
        match self.optional(BOOLEAN)? {
            None => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(Error::CertificateMalformed),
        }
    }

    /// A bit string of whole bytes.
    pub(crate) fn octets(&mut self) -> Result<&'a [u8], Error> {
        match self.read(BIT_STRING)?.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(Error::CertificateMalformed),
        }
    }

    /// Seconds since the Unix epoch of a time of RFC 5280: seconds and `Z`, nothing finer.
    pub(crate) fn time(&mut self) -> Result<u64, Error> {
        let (tag, text) = self.any()?;
        let (century, text) = match (tag, text) {
            (UTC_TIME, [tens, ..]) => (if *tens < b'5' { 20 } else { 19 }, text),
            (GENERALIZED_TIME, [a, b, rest @ ..]) => (two_digits(*a, *b)?, rest),
            _ => return Err(Error::CertificateMalformed),
        };
        let (pairs, [b'Z']) = text.as_chunks::<2>() else {
            return Err(Error::CertificateMalformed);
        };
        let mut fields = [0_u64; 6];
        if pairs.len() != fields.len() {
            return Err(Error::CertificateMalformed);
        }
        for (field, [a, b]) in fields.iter_mut().zip(pairs) {
            *field = two_digits(*a, *b)?;
        }
        let [year, month, day, hour, minute, second] = fields;
        let year = century.saturating_mul(100).saturating_add(year);
        let days = days_since_epoch(year, month, day).ok_or(Error::CertificateMalformed)?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(Error::CertificateMalformed);
        }
        Ok(days
            .saturating_mul(24)
            .saturating_add(hour)
            .saturating_mul(60)
            .saturating_add(minute)
            .saturating_mul(60)
            .saturating_add(second))
    }
}

fn two_digits(tens: u8, ones: u8) -> Result<u64, Error> {
    match (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0')) {
        (tens @ 0..=9, ones @ 0..=9) => {
            Ok(u64::from(tens).saturating_mul(10).saturating_add(u64::from(ones)))
        }
        _ => Err(Error::CertificateMalformed),
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, none before and none that doesn't
/// exist.
fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (before, length) = match month {
        1 => (0, 31),
        2 => (31, if is_leap { 29 } else { 28 }),
        3 => (59, 31),
        4 => (90, 30),
        5 => (120, 31),
        6 => (151, 30),
        7 => (181, 31),
        8 => (212, 31),
        9 => (243, 30),
        10 => (273, 31),
        11 => (304, 30),
        12 => (334, 31),
        _ => return None,
    };
    if year < 1970 || day == 0 || day > length {
        return None;
    }
    // Leap days of all years up to the one before.
    let leap_days = |year: u64| {
        let before = year.saturating_sub(1);
        (before / 4).saturating_sub(before / 100).saturating_add(before / 400)
    };
    let leap_day = u64::from(is_leap && month > 2);
    let whole_years = year.saturating_sub(1970).saturating_mul(365);
    let leaps = leap_days(year).saturating_sub(leap_days(1970));
    Some(whole_years.saturating_add(leaps).saturating_add(before).saturating_add(leap_day))
        .map(|days| days.saturating_add(day).saturating_sub(1))
}

/// The bytes of a non-negative INTEGER of at most 32 bytes, without the sign byte, written in
/// its one way.
pub(crate) fn unsigned(contents: &[u8]) -> Result<&[u8], Error> {
    match contents {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] if contents != [0] => {
            Err(Error::CertificateMalformed)
        }
        [0, magnitude @ ..] if !magnitude.is_empty() => Ok(magnitude),
        _ => Ok(contents),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tag: u8, text: &str) -> Result<u64, Error> {
        let mut bytes = std::vec![tag, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        Reader::new(&bytes).time()
    }

    #[test]
    fn reads_times_of_both_kinds() {
        assert_eq!(seconds(UTC_TIME, "700101000000Z"), Ok(0));
        assert_eq!(seconds(UTC_TIME, "000229000000Z"), Ok(951_782_400));
        assert_eq!(seconds(UTC_TIME, "251113021320Z"), Ok(1_763_000_000));
        assert_eq!(seconds(UTC_TIME, "491231235959Z"), Ok(2_524_607_999));
        assert_eq!(seconds(GENERALIZED_TIME, "20500101000000Z"), Ok(2_524_608_000));
        assert_eq!(seconds(GENERALIZED_TIME, "21000301000000Z"), Ok(4_107_542_400));
        assert_eq!(seconds(GENERALIZED_TIME, "99991231235959Z"), Ok(253_402_300_799));
    }

    #[test]
    fn counts_every_day_of_four_centuries_and_refuses_what_lies_between_months() {
        let (mut days, year_length) = (0, |leap| if leap { 366 } else { 365 });
        for year in 1970..=2370 {
            let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let february = if is_leap { 29 } else { 28 };
            let (first, before) = (days, [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
            for (month, length) in (1..).zip(before) {
                for day in 1..=length {
                    assert_eq!(
                        days_since_epoch(year, month, day),
                        Some(days),
                        "{year}-{month}-{day}"
                    );
                    days += 1;
                }
                assert_eq!(days_since_epoch(year, month, 0), None);
                assert_eq!(days_since_epoch(year, month, length + 1), None);
            }
            assert_eq!(days - first, year_length(is_leap));
        }
    }

    #[test]
    fn refuses_times_that_are_none() {
        for text in [
            "",
            "Z",
            "251113021320",
            "251113021320+",
            "250229000000Z",
            "251301000000Z",
            "250100000000Z",
            "251113240000Z",
            "251113006000Z",
            "251113000060Z",
            "2511130213Z",
            "500101000000Z",
            "25111302132 Z",
            "25111302132/Z",
            "25111302132:Z",
            "251113021320ZZ",
        ] {
            assert_eq!(seconds(UTC_TIME, text), Err(Error::CertificateMalformed), "{text}");
        }
        assert!(seconds(GENERALIZED_TIME, "20251113021320.5Z").is_err());
        assert!(seconds(GENERALIZED_TIME, "19691231235959Z").is_err());
        assert!(seconds(GENERALIZED_TIME, "21000229000000Z").is_err());
        assert!(seconds(INTEGER, "251113021320Z").is_err());
    }

    #[test]
    fn refuses_every_other_writing_of_a_length() {
        for (bytes, good) in [
            (&[4, 1, 0][..], true),
            (&[4, 0x81, 1, 0], false),
            (&[4, 0x82, 0, 1, 0], false),
            (&[4, 0x80, 0, 0], false),
            (&[4, 0x83, 0, 0, 1, 0], false),
            (&[4, 2, 0], false),
            (&[0x1f, 1, 0], false),
            (&[4], false),
            (&[], false),
        ] {
            assert_eq!(Reader::new(bytes).any().is_ok(), good, "{bytes:?}");
        }
    }

    #[test]
    fn refuses_every_other_writing_of_a_number() {
        assert_eq!(unsigned(&[0]), Ok(&[0][..]));
        assert_eq!(unsigned(&[0x7f]), Ok(&[0x7f][..]));
        assert_eq!(unsigned(&[0, 0x80]), Ok(&[0x80][..]));
        for bad in [&[][..], &[0x80], &[0, 0x7f], &[0, 0], &[0xff, 0xff]] {
            assert!(unsigned(bad).is_err(), "{bad:?}");
        }
    }
}
