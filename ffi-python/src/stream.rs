//! Frames on a byte stream: COBS, with a zero after each.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyList};
use sealwire::{Error, max_stream_len};

use crate::bytes::Input;
use crate::error;
use crate::number::Number;
use crate::rejection::Rejection;

/// The frame as it goes over a byte stream: COBS, and a closing zero.
///
/// Args:
///     frame: an attached frame, or any other packet.
///
/// Returns:
///     At most one byte in 254 more than the frame, and two.
#[pyfunction]
#[pyo3(signature = (frame, /))]
pub(crate) fn encode_stream<'py>(
    py: Python<'py>,
    frame: Input<'_>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = vec![0; max_stream_len(frame.get().len())];
    let len = sealwire::encode_stream(frame.get(), &mut out).map_err(error::raise)?;
    Ok(PyBytes::new(py, out.get(..len).unwrap_or_default()))
}

/// Takes frames out of a byte stream. Begins anywhere, and goes on after damage.
///
/// Args:
///     max_frame: the longest packet that is kept, in bytes; longer ones are dropped. At most 2**28.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct StreamDecoder(Mutex<sealwire::StreamDecoder<Vec<u8>>>);

/// The longest frame there can be, and a little more.
const MAX_FRAME: usize = 1 << 28;

#[pymethods]
impl StreamDecoder {
    #[new]
    #[pyo3(signature = (max_frame = Number(4096)), text_signature = "(max_frame=4096)")]
    fn new(max_frame: Number<usize>) -> PyResult<Self> {
        if max_frame.0 > MAX_FRAME {
            return Err(error::detailed(Error::InvalidArgument, "max_frame is at most 2**28"));
        }
        let buffer = vec![0; max_frame.0];
        Ok(Self(Mutex::new(sealwire::StreamDecoder::new(buffer))))
    }

    /// Takes the next bytes of the stream, as many as there are.
    ///
    /// Returns:
    ///     What they complete, in order: packets as `bytes`, and a `Rejection` (COBS,
    ///     STREAM_TOO_LONG) for each that had to be dropped. `Validator.validate_many` takes both.
    #[pyo3(signature = (data, /))]
    fn feed<'py>(&self, py: Python<'py>, data: Input<'_>) -> PyResult<Bound<'py, PyList>> {
        let mut found = Vec::new();
        let mut decoder = self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        for byte in data.get() {
            match decoder.push(*byte) {
                None => {}
                Some(Ok(packet)) => found.push(Found::Packet(PyBytes::new(py, packet))),
                Some(Err(error)) => found.push(Found::Lost(Rejection::lost(error))),
            }
        }
        // Making the list may run other code.
        drop(decoder);
        PyList::new(py, found)
    }

    /// Drops what has been taken of the current packet.
    fn reset(&self, py: Python<'_>) {
        self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner).reset();
    }
}

/// What a decoder gives.
#[derive(IntoPyObject)]
enum Found<'py> {
    Packet(Bound<'py, PyBytes>),
    Lost(Rejection),
}
