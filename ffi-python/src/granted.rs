//! What came of a proof, for the program that carries the answer.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::Error;

use crate::enums;
use crate::keys::not_copied;
use crate::session::Session;

/// What a granter answers: the bytes to send back, and what they mean.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Granted {
    pub(crate) answer: Py<PyBytes>,
    pub(crate) session: Option<Py<Session>>,
    pub(crate) refusal: Option<Error>,
    pub(crate) again: bool,
}

#[pymethods]
impl Granted {
    /// What goes back to the module.
    #[getter]
    fn answer(&self, py: Python<'_>) -> Py<PyBytes> {
        self.answer.clone_ref(py)
    }

    /// The session, unconfirmed yet: no frame of it came. None if there is no new one.
    #[getter]
    fn session(&self, py: Python<'_>) -> Option<Py<Session>> {
        self.session.as_ref().map(|session| session.clone_ref(py))
    }

    /// Why a module that proved itself gets nothing: an `ErrorCode`. The answer says so.
    #[getter]
    fn refusal<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.refusal.map(|error| enums::code(py, error)).transpose()
    }

    /// Whether the same proof came before: the same answer goes again.
    #[getter]
    const fn again(&self) -> bool {
        self.again
    }

    fn __repr__(&self) -> String {
        match (&self.session, self.refusal) {
            (Some(_), _) => String::from("Granted(session)"),
            (None, Some(error)) => format!("Granted(refused: {})", error.name()),
            (None, None) => String::from("Granted(again)"),
        }
    }

    #[allow(clippy::unused_self, reason = "it holds a session")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Granted"))
    }
}
