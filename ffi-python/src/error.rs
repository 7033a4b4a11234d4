//! From the core's errors to exceptions, which are defined in `sealwire/errors.py`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use sealwire::Error;

static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// `sealwire.errors.error_for(code, ...)`.
fn make<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    MAKE.import(py, "sealwire.errors", "error_for")
}

/// The exception for `error`, with `arguments` beside its number.
pub(crate) fn exception<'py>(
    py: Python<'py>,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    make(py)?.call1(arguments)
}

/// What the program or this side's state is to blame for.
#[cold]
pub(crate) fn raise(error: Error) -> PyErr {
    detailed(error, "")
}

/// [`raise`] with a half-sentence more.
#[cold]
pub(crate) fn detailed(error: Error, detail: &str) -> PyErr {
    Python::attach(|py| {
        let step: Option<u8> = None;
        exception(py, (error.number(), detail, step)).map_or_else(|other| other, PyErr::from_value)
    })
}

/// The core's table: (number, name, class, sentence) per error.
pub(crate) fn table() -> Vec<(u16, &'static str, &'static str, &'static str)> {
    Error::ALL
        .iter()
        .map(|error| (error.number(), error.name(), error.class().name(), error.sentence()))
        .collect()
}
