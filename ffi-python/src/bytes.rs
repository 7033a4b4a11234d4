//! Bytes that come in: `bytes` without a copy, any other buffer copied once.
//!
//! The copy is what is checked and shown, so a `bytearray` that changes meanwhile changes
//! nothing. A buffer of Python objects (of NumPy's dtype `object`) is none: its bytes are addresses
//! in this process, which are no message and nobody else's business.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};
use pyo3::{Borrowed, CastIntoError, ffi};

/// An argument that holds bytes.
pub(crate) struct Input<'py>(Bound<'py, PyBytes>);

impl<'py> Input<'py> {
    #[inline]
    pub(crate) fn get(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// `object`, if it is `bytes`.
    #[inline]
    pub(crate) fn of_bytes(object: Borrowed<'_, 'py, PyAny>) -> Option<Self> {
        object.cast::<PyBytes>().ok().map(|bytes| Self(bytes.to_owned()))
    }

    /// `object`, if it is `bytes`; else it is given back.
    #[inline]
    pub(crate) fn of_owned(object: Bound<'py, PyAny>) -> Result<Self, Bound<'py, PyAny>> {
        object.cast_into::<PyBytes>().map(Self).map_err(CastIntoError::into_inner)
    }

    /// The same, once more.
    #[inline]
    pub(crate) fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// The object that holds them, to be kept.
    #[inline]
    pub(crate) fn into_object(self) -> Py<PyBytes> {
        self.0.unbind()
    }
}

impl<'py> FromPyObject<'_, 'py> for Input<'py> {
    type Error = PyErr;

    #[inline]
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match Self::of_bytes(object) {
            Some(bytes) => Ok(bytes),
            None => copied(&object).map(Self),
        }
    }
}

#[cold]
fn copied<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: the interpreter is held, and `object` is a live reference.
    if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
        let found = object.get_type().qualname()?;
        return Err(PyTypeError::new_err(format!(
            "a bytes-like object is required, not '{found}'"
        )));
    }
    if !object.is_instance_of::<PyByteArray>() && holds_objects(object)? {
        return Err(PyTypeError::new_err(
            "a bytes-like object is required, not a buffer of Python objects: its bytes are addresses",
        ));
    }
    // SAFETY: as above; for an object with a buffer this makes a new `bytes` of its content, or
    // gives null with an exception set, which `from_owned_ptr_or_err` takes up.
    unsafe {
        Bound::from_owned_ptr_or_err(object.py(), ffi::PyBytes_FromObject(object.as_ptr()))?
            .cast_into::<PyBytes>()
            .map_err(Into::into)
    }
}

/// Whether the items of a buffer are Python objects, or have some among their fields: `O` in its
/// format (PEP 3118), where a field's name stands between colons.
fn holds_objects(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let format = PyMemoryView::from(object)?.getattr("format")?;
    let format = format.cast::<PyString>()?.to_string_lossy();
    Ok(format.split(':').step_by(2).any(|items| items.contains('O')))
}

/// A name: text, of which the UTF-8 bytes count, or bytes.
pub(crate) struct Name(pub(crate) Vec<u8>);

impl FromPyObject<'_, '_> for Name {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            // A lone surrogate has no UTF-8.
            let encoded = text.encode_utf8().map_err(|_| {
                crate::error::detailed(
                    sealwire::Error::InvalidArgument,
                    "the name has no UTF-8 encoding",
                )
            })?;
            return Ok(Self(encoded.as_bytes().to_vec()));
        }
        if let Some(bytes) = Input::of_bytes(object) {
            return Ok(Self(bytes.get().to_vec()));
        }
        // SAFETY: the interpreter is held, and `object` is a live reference.
        if unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) } == 0 {
            let found = object.get_type().qualname()?;
            return Err(PyTypeError::new_err(format!("a name is str or bytes, not '{found}'")));
        }
        object.extract::<Input<'_>>().map(|bytes| Self(bytes.get().to_vec()))
    }
}
