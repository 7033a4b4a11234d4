//! Where a sealer's nonces begin.

use pyo3::prelude::*;
use sealwire::Timestamp;

use crate::clock::Moment;
use crate::error::raise;
use crate::keys::not_copied;
use crate::number::Number;

/// Where a sealer's nonces begin. There is no default: beginning again is a repetition.
#[pyclass(frozen, eq, module = "sealwire")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct NonceStart(pub(crate) sealwire::NonceStart);

#[pymethods]
impl NonceStart {
    /// The key was never used: counting begins at 0.
    #[staticmethod]
    fn fresh() -> Self {
        Self(sealwire::NonceStart::Fresh)
    }

    /// A block that was stored as spent before it is used: from `first`, and not `until` itself.
    #[staticmethod]
    #[pyo3(signature = (first, until, /))]
    fn reserved(first: Number<u64>, until: Number<u64>) -> Self {
        Self(sealwire::NonceStart::Reserved { from: first.0, until: until.0 })
    }

    /// The clock's µs: for a sender that seals fewer than a million frames a second, and whose
    /// clock doesn't step back over a restart.
    ///
    /// Args:
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Raises:
    ///     UnavailableError: NO_CLOCK if the system clock stands before 1970.
    #[staticmethod]
    #[pyo3(signature = (now = None))]
    fn from_clock(now: Option<Moment>) -> PyResult<Self> {
        let now = match now {
            Some(Moment(now)) => now,
            None => Timestamp::now().map_err(raise)?,
        };
        Ok(Self(sealwire::NonceStart::FromClock(now)))
    }

    /// 64 random bits in each frame: the receiver must have registered the key with a quota of
    /// its nonce cache.
    #[staticmethod]
    fn random() -> Self {
        Self(sealwire::NonceStart::Random)
    }

    fn __repr__(&self) -> String {
        match self.0 {
            sealwire::NonceStart::Fresh => String::from("NonceStart.fresh()"),
            sealwire::NonceStart::Reserved { from, until } => {
                format!("NonceStart.reserved({from}, {until})")
            }
            sealwire::NonceStart::FromClock(now) => {
                format!("NonceStart.from_clock({})", now.as_micros())
            }
            sealwire::NonceStart::Random => String::from("NonceStart.random()"),
        }
    }

    #[allow(clippy::unused_self, reason = "a start is for one sealer")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("NonceStart"))
    }
}
