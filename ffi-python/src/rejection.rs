//! A frame that was refused: why, where, and what it claimed.

use pyo3::prelude::*;
use sealwire::{Claim, Error, Level, Step};

use crate::enums;
use crate::error;
use crate::id::ModuleId;

/// A frame that was refused, as `Validator.validate_many` gives it.
///
/// False in a condition. What it says of sender, key, level and nonce is what the frame claimed:
/// unproven where `step` is 6 or less.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone, Copy)]
pub(crate) struct Rejection {
    error: Error,
    step: Step,
    claim: Option<Claim>,
    level: Option<Level>,
    nonce: u64,
}

impl From<&sealwire::Rejection> for Rejection {
    fn from(rejection: &sealwire::Rejection) -> Self {
        Self {
            error: rejection.error(),
            step: rejection.step(),
            claim: rejection.claim(),
            level: rejection.level(),
            nonce: rejection.nonce(),
        }
    }
}

impl Rejection {
    /// A frame that was accepted under a session that ended in the same moment.
    pub(crate) fn of_session(error: Error, accepted: &sealwire::Accepted<'_>) -> Self {
        Self {
            error,
            step: Step::Admission,
            claim: accepted.key_id().map(Claim::Key),
            level: Some(accepted.level()),
            nonce: accepted.nonce(),
        }
    }

    /// A packet of a stream that never became a frame.
    pub(crate) const fn lost(error: Error) -> Self {
        Self { error, step: Step::Parse, claim: None, level: None, nonce: 0 }
    }

    pub(crate) const fn error(&self) -> Error {
        self.error
    }

    /// The exception that says the same, ready to be raised.
    pub(crate) fn raised(&self, py: Python<'_>) -> PyErr {
        self.exception(py).map_or_else(|other| other, PyErr::from_value)
    }
}

#[pymethods]
impl Rejection {
    /// The reason: an `ErrorCode`.
    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::code(py, self.error)
    }

    /// The reason's name, such as "REPLAYED".
    #[getter]
    fn name(&self) -> &'static str {
        self.error.name()
    }

    /// The reason's class, such as "stale".
    #[getter]
    fn kind(&self) -> &'static str {
        self.error.class().name()
    }

    /// The reason as a sentence.
    #[getter]
    fn sentence(&self) -> &'static str {
        self.error.sentence()
    }

    /// The step of the pipeline at which it was refused, 1 to 8.
    #[getter]
    fn step(&self) -> u8 {
        self.step.number()
    }

    /// The key ID that the frame named, at levels 4 and 5.
    #[getter]
    fn key_id(&self) -> Option<u32> {
        match self.claim {
            Some(Claim::Key(id)) => Some(id.0),
            _ => None,
        }
    }

    /// The module that the frame named as its sender, at levels 1 to 3.
    #[getter]
    fn sender(&self) -> Option<ModuleId> {
        match self.claim {
            Some(Claim::Module(id)) => Some(ModuleId(id)),
            _ => None,
        }
    }

    /// The level that the frame claimed, if it could be read.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.level.map(|level| enums::level(py, level)).transpose()
    }

    /// The nonce that the frame carried, if it could be read.
    #[getter]
    fn nonce(&self) -> Option<u64> {
        self.level.map(|_| self.nonce)
    }

    /// The exception that says the same: what `validate` would have raised.
    fn exception<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let arguments = (
            self.error.number(),
            "",
            self.step.number(),
            self.key_id(),
            self.sender(),
            self.level.map(Level::number),
            self.nonce(),
        );
        error::exception(py, arguments)
    }

    #[allow(clippy::unused_self, reason = "no rejection is true")]
    fn __bool__(&self) -> bool {
        false
    }

    fn __repr__(&self) -> String {
        format!("Rejection({}, step {})", self.error.name(), self.step.number())
    }

    #[allow(clippy::unused_self, reason = "the exception can be pickled")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::keys::not_copied("Rejection"))
    }
}
