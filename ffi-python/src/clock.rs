//! The time as an argument: nothing for the system clock, µs since 1970, or `NO_CLOCK`.

use pyo3::Borrowed;
use pyo3::prelude::*;
use sealwire::{Error, Timestamp};

use crate::error;
use crate::number::Number;

/// The type of `NO_CLOCK`, which says that this side has no clock.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct NoClock;

#[pymethods]
impl NoClock {
    #[allow(clippy::unused_self, reason = "a method of the class, as Python wants it")]
    fn __repr__(&self) -> &'static str {
        "sealwire.NO_CLOCK"
    }

    #[allow(clippy::unused_self, reason = "a method of the class, as Python wants it")]
    fn __reduce__(&self) -> &'static str {
        "NO_CLOCK"
    }
}

/// The system clock's time: µs since 1970-01-01T00:00:00 UTC.
///
/// Raises:
///     UnavailableError: NO_CLOCK if that clock stands before 1970.
#[pyfunction]
pub(crate) fn now() -> PyResult<u64> {
    Timestamp::now().map(Timestamp::as_micros).map_err(error::raise)
}

/// The argument `now`.
#[derive(Clone, Copy)]
pub(crate) struct Now(pub(crate) Option<Timestamp>);

impl Now {
    /// A system clock that can't be read is no clock.
    #[inline]
    pub(crate) fn system() -> Self {
        Self(Timestamp::now().ok())
    }

    #[inline]
    pub(crate) fn or_system(given: Option<Self>) -> Option<Timestamp> {
        given.unwrap_or_else(Self::system).0
    }
}

impl FromPyObject<'_, '_> for Now {
    type Error = PyErr;

    #[inline]
    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if object.cast::<NoClock>().is_ok() {
            return Ok(Self(None));
        }
        object.extract().map(|Moment(time)| Self(Some(time)))
    }
}

/// µs since 1970, at most 2^63 - 1.
#[derive(Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl FromPyObject<'_, '_> for Moment {
    type Error = PyErr;

    #[inline]
    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let Number(micros) = object.extract()?;
        Timestamp::from_micros(micros).map(Self).map_err(|_| {
            error::detailed(Error::InvalidArgument, "a time is above 2**63 - 1 microseconds")
        })
    }
}
