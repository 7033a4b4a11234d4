//! A clock for a module without one: the core's, learned from granters that are sources of time.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use sealwire::{Error, Timestamp};

use crate::clock::Moment;
use crate::error::{detailed, raise};
use crate::keys::not_copied;
use crate::live;
use crate::number::Number;
use crate::session::Session;
use crate::settings::Limits;

/// A clock made of a tick and of times from grants, for a machine whose own can't be trusted.
///
/// Args:
///     floor: no time before it is believed, in µs since 1970: that of the build, or a stored one.
///     tolerance: of the tick, in parts per million.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct DeviceClock(Mutex<sealwire::DeviceClock>);

impl DeviceClock {
    fn with<T>(&self, job: impl FnOnce(&mut sealwire::DeviceClock) -> T) -> T {
        job(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl DeviceClock {
    #[new]
    #[pyo3(signature = (floor, tolerance = Number(100)), text_signature = "(floor, tolerance=100)")]
    fn new(floor: Moment, tolerance: Number<u32>) -> PyResult<Self> {
        if tolerance.0 > 1_000_000 {
            return Err(detailed(Error::InvalidArgument, "a tolerance is at most 1,000,000 ppm"));
        }
        Ok(Self(Mutex::new(sealwire::DeviceClock::new(floor.0, tolerance.0))))
    }

    /// Takes the time of a session's grant. The first sets the clock; a later one moves it by at most
    /// what the tick may have drifted since.
    ///
    /// Raises:
    ///     UnauthenticatedError: NOT_TIME_SOURCE if the granter isn't one.
    ///     TimestampValidationError: TIME_TOO_SLOW, TIME_BEFORE_FLOOR.
    #[pyo3(signature = (session, /))]
    fn learn(&self, session: &Bound<'_, Session>) -> PyResult<()> {
        let report = session.get().inner.time_report();
        self.with(|clock| clock.learn(report)).map_err(raise)
    }

    /// The time, in µs since 1970; None before one was learned.
    ///
    /// Args:
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    #[pyo3(signature = (*, tick = None))]
    fn now(&self, tick: Option<Number<u64>>) -> Option<u64> {
        self.with(|clock| clock.now(live::or_own(tick))).map(Timestamp::as_micros)
    }

    /// How far off, in µs, the time may be if its source was right; None before one was learned.
    #[pyo3(signature = (*, tick = None))]
    fn error(&self, tick: Option<Number<u64>>) -> Option<u64> {
        self.with(|clock| clock.error(live::or_own(tick)))
    }

    /// `limits`, each wider by how far off the time may be.
    ///
    /// Raises:
    ///     TimestampValidationError: NO_CLOCK before a time was learned.
    ///     MisuseError: INVALID_LIMITS beyond a day.
    #[pyo3(signature = (limits, *, tick = None))]
    fn limits(&self, limits: &Bound<'_, Limits>, tick: Option<Number<u64>>) -> PyResult<Limits> {
        let limits = limits.get().get().map_err(raise)?;
        let wider = self.with(|clock| clock.limits(limits, live::or_own(tick)));
        wider.map(|limits| Limits::of(&limits)).map_err(raise)
    }

    #[allow(clippy::unused_self, reason = "a method of the class, as Python wants it")]
    fn __repr__(&self) -> &'static str {
        "DeviceClock(…)"
    }

    #[allow(clippy::unused_self, reason = "two would learn differently")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("DeviceClock"))
    }
}
