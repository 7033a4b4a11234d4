//! Module IDs: 16 bytes, as a `uuid.UUID`, its text, bytes or a `ModuleId`.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::Borrowed;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple};
use sealwire::Error;

use crate::bytes::Input;
use crate::error;

static UUID: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A module's ID: the 16 bytes of a UUID, in the order in which its text shows them.
///
/// Args:
///     value: a `ModuleId`, a `uuid.UUID`, its text (36 characters, or 32 hexadecimal digits), or
///         16 bytes. Wherever a module ID is asked for, each of these will do.
///
/// Raises:
///     MisuseError: INVALID_ID for anything else of these types, all zeros and all ones.
#[pyclass(frozen, eq, ord, module = "sealwire")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(pub(crate) sealwire::ModuleId);

#[pymethods]
impl ModuleId {
    #[new]
    #[pyo3(signature = (value, /))]
    fn new(value: IdArg) -> Self {
        Self(value.0)
    }

    /// A new random ID (a UUID of version 4).
    #[staticmethod]
    fn random(py: Python<'_>) -> PyResult<Self> {
        let uuid = py.import("uuid")?.call_method0("uuid4")?;
        uuid.extract().map(|IdArg(id)| Self(id))
    }

    /// The ID as a `uuid.UUID`.
    #[getter]
    fn uuid<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        UUID.import(py, "uuid", "UUID")?.call1((self.0.to_string(),))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_bytes())
    }

    fn __hash__(&self) -> u64 {
        hash_of(self)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("ModuleId('{}')", self.0)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let text = slf.get().0.to_string();
        (slf.get_type(), (text,)).into_pyobject(slf.py())
    }
}

/// Equal values have equal hashes; nothing here is an attacker's to choose.
pub(crate) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Whatever names a module.
#[derive(Clone, Copy)]
pub(crate) struct IdArg(pub(crate) sealwire::ModuleId);

impl FromPyObject<'_, '_> for IdArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(id) = object.cast::<ModuleId>() {
            return Ok(Self(id.get().0));
        }
        let bytes = if let Ok(text) = object.cast::<PyString>() {
            from_text(&text.to_string_lossy())
        } else if object.is_instance(UUID.import(object.py(), "uuid", "UUID")?)? {
            from_text(&object.str()?.to_string_lossy())
        } else {
            let Ok(bytes) = object.extract::<Input<'_>>() else {
                return Err(PyTypeError::new_err(
                    "a module ID is a ModuleId, a uuid.UUID, its text or 16 bytes",
                ));
            };
            bytes.get().try_into().ok()
        };
        let bytes = bytes.ok_or_else(|| {
            let what = "a module ID is 16 bytes, or a UUID's text: 36 characters, or 32 digits";
            error::detailed(Error::InvalidId, what)
        })?;
        sealwire::ModuleId::new(bytes).map(Self).map_err(error::raise)
    }
}

/// 8-4-4-4-12 hexadecimal digits, or 32 of them.
fn from_text(text: &str) -> Option<[u8; 16]> {
    let is_hyphen = |(at, byte): (usize, u8)| matches!(at, 8 | 13 | 18 | 23) == (byte == b'-');
    let digits = match text.len() {
        36 if text.bytes().enumerate().all(is_hyphen) => text.replace('-', ""),
        32 => text.to_owned(),
        _ => return None,
    };
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}
