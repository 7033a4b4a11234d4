//! What a validator is made with: limits of time, and what is known of the time before.

use std::time::Duration;

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyTuple};
use sealwire::{Error, Timestamp};

use crate::bytes::Input;
use crate::clock::Moment;
use crate::error::raise;
use crate::number::Number;

/// How far a frame's timestamp may lie before and after the receiver's now.
///
/// Args:
///     past: how old a frame may be: a `timedelta`, or µs. More than 0, at most a day.
///     future: how far the sender's clock may be ahead: a `timedelta`, or µs. At most a day.
///
/// Raises:
///     MisuseError: INVALID_LIMITS.
#[pyclass(frozen, eq, hash, module = "sealwire")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    past: u64,
    future: u64,
}

impl Limits {
    /// As the core knows them.
    pub(crate) const fn get(self) -> Result<sealwire::Limits, Error> {
        sealwire::Limits::new(self.past, self.future)
    }

    /// From the core's.
    pub(crate) const fn of(limits: &sealwire::Limits) -> Self {
        Self { past: limits.past(), future: limits.future() }
    }
}

#[pymethods]
impl Limits {
    #[new]
    #[pyo3(signature = (past = Span(sealwire::Limits::DEFAULT.past()),
        future = Span(sealwire::Limits::DEFAULT.future())),
        text_signature = "(past=10000000, future=1000000)")]
    fn new(past: Span, future: Span) -> PyResult<Self> {
        let limits = Self { past: past.0, future: future.0 };
        limits.get().map(|_| limits).map_err(raise)
    }

    /// µs into the past.
    #[getter]
    const fn past(&self) -> u64 {
        self.past
    }

    /// µs into the future.
    #[getter]
    const fn future(&self) -> u64 {
        self.future
    }

    fn __repr__(&self) -> String {
        format!("Limits(past={}, future={})", self.past, self.future)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let Self { past, future } = *slf.get();
        (slf.get_type(), (past, future)).into_pyobject(slf.py())
    }
}

/// A span of time in µs: whole µs, or a `timedelta`.
struct Span(u64);

impl FromPyObject<'_, '_> for Span {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(delta) = object.cast::<PyDelta>() {
            let span = delta.extract::<Duration>().map_err(|_| raise(Error::InvalidLimits))?;
            return u64::try_from(span.as_micros())
                .map(Self)
                .map_err(|_| raise(Error::InvalidLimits));
        }
        object.extract().map(|Number(micros)| Self(micros))
    }
}

/// What is known of the time before a validator was made. There is no default, and what it says
/// must be true, or old frames count as new.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone)]
pub(crate) struct Restart(Before);

#[derive(Clone)]
enum Before {
    Fresh,
    Saved(Vec<u8>),
    Nothing(Timestamp),
}

#[pymethods]
impl Restart {
    /// None of the keys was ever used with this receiver.
    #[staticmethod]
    fn fresh_keys() -> Self {
        Self(Before::Fresh)
    }

    /// What `Validator.save` gave at the last stop. State that is older lets through again what was
    /// accepted since: delete it when it was loaded.
    #[staticmethod]
    #[pyo3(signature = (state, /))]
    fn saved(state: Input<'_>) -> Self {
        Self(Before::Saved(state.get().to_vec()))
    }

    /// Nothing was kept, and it is now so late: frames stamped before that + the future limit are
    /// refused, and so are all under counter-only keys.
    ///
    /// Args:
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Raises:
    ///     UnavailableError: NO_CLOCK if the system clock stands before 1970.
    #[staticmethod]
    #[pyo3(signature = (now = None))]
    fn not_before(now: Option<Moment>) -> PyResult<Self> {
        let now = match now {
            Some(Moment(now)) => now,
            None => Timestamp::now().map_err(raise)?,
        };
        Ok(Self(Before::Nothing(now)))
    }

    fn __repr__(&self) -> String {
        match &self.0 {
            Before::Fresh => String::from("Restart.fresh_keys()"),
            Before::Saved(state) => format!("Restart.saved(… {} bytes)", state.len()),
            Before::Nothing(now) => format!("Restart.not_before({})", now.as_micros()),
        }
    }
}

impl Restart {
    /// As the core knows it.
    pub(crate) fn get(&self) -> sealwire::Restart<'_> {
        match &self.0 {
            Before::Fresh => sealwire::Restart::FreshKeys,
            Before::Saved(state) => sealwire::Restart::Saved(state),
            Before::Nothing(now) => sealwire::Restart::NotBefore(*now),
        }
    }
}
