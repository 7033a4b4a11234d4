//! Members of the enumerations that `sealwire/levels.py` and `sealwire/codes.py` define.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use sealwire::{Algorithm, ContextKind, Error, Level};

use crate::error;
use crate::number::Number;

static LEVEL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static ALGORITHM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static CODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// `Level(number)`.
pub(crate) fn level(py: Python<'_>, level: Level) -> PyResult<Bound<'_, PyAny>> {
    LEVEL.import(py, "sealwire.levels", "Level")?.call1((level.number(),))
}

/// `Algorithm(number)`.
pub(crate) fn algorithm(py: Python<'_>, algorithm: Algorithm) -> PyResult<Bound<'_, PyAny>> {
    ALGORITHM.import(py, "sealwire.levels", "Algorithm")?.call1((algorithm.number(),))
}

/// `ContextKind(number)`.
pub(crate) fn kind(py: Python<'_>, kind: ContextKind) -> PyResult<Bound<'_, PyAny>> {
    KIND.import(py, "sealwire.levels", "ContextKind")?.call1((kind.number(),))
}

/// `ErrorCode(number)`.
pub(crate) fn code(py: Python<'_>, error: Error) -> PyResult<Bound<'_, PyAny>> {
    CODE.import(py, "sealwire.codes", "ErrorCode")?.call1((error.number(),))
}

/// A `Level`, or its number.
pub(crate) struct LevelArg(pub(crate) Level);

impl FromPyObject<'_, '_> for LevelArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let Number(number) = object.extract()?;
        Level::from_number(number)
            .map(Self)
            .map_err(|_| error::detailed(Error::InvalidArgument, "there is no such level"))
    }
}

/// A `ContextKind`, or its number.
pub(crate) struct KindArg(pub(crate) ContextKind);

impl FromPyObject<'_, '_> for KindArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let Number(number) = object.extract()?;
        ContextKind::from_number(number).map(Self).map_err(error::raise)
    }
}
