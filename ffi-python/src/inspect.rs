//! A frame taken apart, unproven: for tools. Nothing here says that it may be believed.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use sealwire::{Claim, Frame, Metadata};

use crate::bytes::Input;
use crate::enums;
use crate::error;
use crate::id::ModuleId;

/// The tag of a frame or detached form, unchecked: what the context of a response contains.
///
/// For a frame that this side sealed itself; of one that came in take `Accepted.tag`.
///
/// Args:
///     frame: an attached frame or a detached form.
///
/// Raises:
///     MalformedError: if it isn't one.
#[pyfunction]
#[pyo3(signature = (frame, /))]
pub(crate) fn tag_of<'py>(py: Python<'py>, frame: Input<'_>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = frame.get();
    let attached = Frame::parse(bytes);
    let tag_len = match &attached {
        Ok(frame) => frame.tag().len(),
        // Not attached: then all behind the metadata is the tag, if it has a tag's length.
        Err(attached_error) => match Metadata::parse(bytes) {
            Ok((metadata, tag)) if tag.len() == metadata.algorithm().tag_len() => tag.len(),
            _ => return Err(error::raise(*attached_error)),
        },
    };
    let start = bytes.len().saturating_sub(tag_len);
    Ok(PyBytes::new(py, bytes.get(start..).unwrap_or_default()))
}

/// The values in a frame's metadata, and where payload and tag lie, as a dict. Private: see
/// `sealwire.inspect`.
#[pyfunction]
#[pyo3(signature = (frame, message = None, /))]
pub(crate) fn parse<'py>(
    py: Python<'py>,
    frame: Input<'_>,
    message: Option<Input<'_>>,
) -> PyResult<Bound<'py, PyDict>> {
    let bytes = frame.get();
    let parsed = match &message {
        None => Frame::parse(bytes),
        Some(message) => Frame::parse_detached(bytes, message.get()),
    }
    .map_err(error::raise)?;
    let metadata = parsed.metadata();
    let found = PyDict::new(py);
    found.set_item("level", enums::level(py, metadata.level())?)?;
    found.set_item("algorithm", enums::algorithm(py, metadata.algorithm())?)?;
    let (key_id, sender) = match metadata.claim() {
        Claim::Key(id) => (Some(id.0), None),
        Claim::Module(id) => (None, Some(ModuleId(id))),
    };
    found.set_item("key_id", key_id)?;
    found.set_item("sender", sender)?;
    found.set_item("timestamp", metadata.timestamp().as_micros())?;
    found.set_item("nonce", metadata.nonce())?;
    found.set_item("payload_length", metadata.payload_len())?;
    found.set_item("metadata_length", metadata.encoded_len())?;
    found.set_item("tag_length", parsed.tag().len())?;
    Ok(found)
}
