//! Whole numbers that come in: what is out of range is misuse, not an `OverflowError`. And pairs: a
//! tuple of another length is of a wrong type.

use pyo3::Borrowed;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sealwire::Error;

/// An argument that is a whole number and fits `T`.
#[derive(Clone, Copy)]
pub(crate) struct Number<T>(pub(crate) T);

impl<'py, T> FromPyObject<'_, 'py> for Number<T>
where
    T: TryFrom<u64>,
{
    type Error = PyErr;

    #[inline]
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let wide = object.extract::<u64>();
        match wide.map(T::try_from) {
            Ok(Ok(number)) => Ok(Self(number)),
            Ok(Err(_)) => Err(out_of_range()),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
                Err(out_of_range())
            }
            Err(error) => Err(error),
        }
    }
}

/// An argument that is a tuple of two.
pub(crate) struct Pair<A, B>(pub(crate) A, pub(crate) B);

impl<'a, 'py, A, B> FromPyObject<'a, 'py> for Pair<A, B>
where
    A: for<'b> FromPyObject<'b, 'py, Error = PyErr>,
    B: for<'b> FromPyObject<'b, 'py, Error = PyErr>,
{
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let pair = object.cast::<PyTuple>()?;
        if pair.len() != 2 {
            return Err(PyTypeError::new_err("expected a tuple of two"));
        }
        Ok(Self(pair.get_item(0)?.extract()?, pair.get_item(1)?.extract()?))
    }
}

#[cold]
fn out_of_range() -> PyErr {
    crate::error::detailed(Error::InvalidArgument, "a number is negative or too large")
}
