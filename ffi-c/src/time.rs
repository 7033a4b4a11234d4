//! Time as C hands it in: a `uint64_t` of µs, or no clock.

use sealwire_core::{Error, Timestamp};

/// What stands for "no clock" where a time is asked for.
pub const SEALWIRE_NO_CLOCK: u64 = u64::MAX;

/// A receiver's or sender's now.
///
/// # Errors
/// [`Error::TimestampRange`].
#[inline]
pub(crate) fn now(micros: u64) -> Result<Option<Timestamp>, Error> {
    if micros == SEALWIRE_NO_CLOCK {
        return Ok(None);
    }
    Timestamp::from_micros(micros).map(Some)
}
