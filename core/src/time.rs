//! Time as an argument: what a timestamp is, and how far from now one may lie.
//!
//! Nothing here reads a clock, but for [`Timestamp::now`] with the feature `std`.
//! Implements `PROTOCOL.md` §7, limits.

use crate::error::Error;

/// Microseconds since 1970-01-01T00:00:00 UTC, from 0 to 2^63 - 1 (the year 294,247).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timestamp(u64);

impl Timestamp {
    /// The earliest, and what frames under a counter-only key carry.
    pub const ZERO: Self = Self(0);
    /// The latest: 2^63 - 1 µs.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// A timestamp of so many µs since the Unix epoch.
    ///
    /// # Errors
    /// [`Error::TimestampRange`] above [`Timestamp::MAX`].
    pub const fn from_micros(micros: u64) -> Result<Self, Error> {
        if micros > Self::MAX.0 {
            return Err(Error::TimestampRange);
        }
        Ok(Self(micros))
    }

    /// A timestamp of whole seconds since the Unix epoch; what is too large becomes [`Timestamp::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000)).clamped()
    }

    /// µs since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This time and `micros` µs, at most [`Timestamp::MAX`].
    #[must_use]
    pub const fn saturating_add(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros)).clamped()
    }

    /// This time less `micros` µs, at least [`Timestamp::ZERO`].
    #[must_use]
    pub const fn saturating_sub(self, micros: u64) -> Self {
        Self(self.0.saturating_sub(micros))
    }

    const fn clamped(self) -> Self {
        if self.0 > Self::MAX.0 { Self::MAX } else { self }
    }

    /// The system clock's time.
    ///
    /// # Errors
    /// [`Error::NoClock`] if that clock stands before 1970 or after [`Timestamp::MAX`].
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, Error> {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_err(|_| Error::NoClock)?;
        let micros = u64::try_from(since_epoch.as_micros()).map_err(|_| Error::NoClock)?;
        Self::from_micros(micros).map_err(|_| Error::NoClock)
    }
}

/// How far a frame's timestamp may lie before and after the receiver's now, both in µs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    past: u64,
    future: u64,
}

impl Limits {
    /// 10 s into the past (transport and a slow receiver), 1 s into the future (clocks that
    /// NTP keeps together).
    pub const DEFAULT: Self = Self { past: 10_000_000, future: 1_000_000 };

    /// The largest limit either way: a day.
    pub const MAX_MICROS: u64 = 86_400_000_000;

    /// Limits of `past` and `future` µs.
    ///
    /// # Errors
    /// [`Error::InvalidLimits`] if `past` is 0 or one of them is above [`Limits::MAX_MICROS`].
    pub const fn new(past: u64, future: u64) -> Result<Self, Error> {
        if past == 0 || past > Self::MAX_MICROS || future > Self::MAX_MICROS {
            return Err(Error::InvalidLimits);
        }
        Ok(Self { past, future })
    }

    /// µs into the past.
    #[must_use]
    pub const fn past(self) -> u64 {
        self.past
    }

    /// µs into the future.
    #[must_use]
    pub const fn future(self) -> u64 {
        self.future
    }

    /// Whether `stamp` lies within the limits around `now`.
    ///
    /// # Errors
    /// [`Error::TooOld`] or [`Error::TooNew`].
    pub(crate) fn check(self, stamp: Timestamp, now: Timestamp) -> Result<(), Error> {
        // Both limits in one comparison: how long it is since the stamp was no longer too new.
        let span = self.past.wrapping_add(self.future);
        if now.0.wrapping_add(self.future).wrapping_sub(stamp.0) <= span {
            Ok(())
        } else if stamp < now {
            Err(Error::TooOld)
        } else {
            Err(Error::TooNew)
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether a key's frames carry a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TimeRule {
    /// The sender has a clock; age is checked against the [`Limits`].
    Stamped,
    /// The sender has none; its frames carry the timestamp 0 and promise order and no
    /// repetition, but no age. Levels 4 and 5 only.
    CounterOnly,
}
