//! Whole numbers that come in: what is out of range is misuse, not an `OverflowError`.

use pyo3::Borrowed;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
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

#[cold]
fn out_of_range() -> PyErr {
    crate::error::detailed(Error::InvalidArgument, "a number is negative or too large")
}
