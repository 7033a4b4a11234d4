//! A message that may be believed. Python code can't make one.
//!
//! It keeps the frame and what the validator knew of the sender; what stands in the frame is read
//! again when it is asked for.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;
use sealwire::{Claim, Metadata};

use crate::bytes::Input;
use crate::enums;
use crate::id::ModuleId;
use crate::verdict::Kept;

/// A message that may be believed, as far as `level` says. Only a validator makes one.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Accepted {
    /// The whole frame, or the detached form.
    frame: Py<PyBytes>,
    /// The message beside a detached form, or what was cut from the frame when asked for.
    payload: PyOnceLock<Py<PyBytes>>,
    kept: Kept,
    detached: bool,
}

impl Accepted {
    /// What came of the attached frame in `frame`.
    #[inline(always)]
    pub(crate) fn new(kept: Kept, frame: Input<'_>) -> Self {
        Self { frame: frame.into_object(), payload: PyOnceLock::new(), kept, detached: false }
    }

    /// What came of a detached form and the message beside it.
    pub(crate) fn detached(
        py: Python<'_>,
        kept: Kept,
        form: Input<'_>,
        message: Input<'_>,
    ) -> Self {
        let made = Self { detached: true, ..Self::new(kept, form) };
        made.payload.get_or_init(py, || message.into_object());
        made
    }

    /// The metadata, which was read before this object was made.
    fn metadata(&self, py: Python<'_>) -> Option<Metadata> {
        let parsed = Metadata::parse(self.frame.bind(py).as_bytes());
        parsed.ok().map(|(metadata, _)| metadata)
    }
}

#[pymethods]
impl Accepted {
    /// The message.
    #[getter]
    fn payload(&self, py: Python<'_>) -> Py<PyBytes> {
        let cut = || {
            let rest = Metadata::parse(self.frame.bind(py).as_bytes());
            let payload = rest.ok().and_then(|(metadata, rest)| rest.get(..metadata.payload_len()));
            PyBytes::new(py, payload.unwrap_or_default()).unbind()
        };
        self.payload.get_or_init(py, cut).clone_ref(py)
    }

    /// What was checked: a `Level`.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::level(py, self.kept.level)
    }

    /// Who sent it: proven at level 5, and at level 4 unless `group` is set; claimed and known at
    /// levels 2 and 3; nobody at level 1.
    #[getter]
    fn sender(&self) -> Option<ModuleId> {
        self.kept.sender.map(ModuleId)
    }

    /// The sender's role as registered, 0 for none.
    #[getter]
    fn role(&self) -> u8 {
        self.kept.role
    }

    /// The group that it was for. At level 4 any member could have made it.
    #[getter]
    fn group(&self) -> Option<ModuleId> {
        self.kept.group.map(ModuleId)
    }

    /// The key that proved it, at levels 4 and 5.
    #[getter]
    fn key_id(&self, py: Python<'_>) -> Option<u32> {
        match self.metadata(py)?.claim() {
            Claim::Key(id) => Some(id.0),
            Claim::Module(_) => None,
        }
    }

    /// When it was sealed, by the sender's clock, in µs since 1970: checked from level 3 on; None
    /// below and under a counter-only key.
    #[getter]
    fn timestamp(&self, py: Python<'_>) -> Option<u64> {
        let metadata = self.kept.stamped.then(|| self.metadata(py)).flatten()?;
        Some(metadata.timestamp().as_micros())
    }

    /// Whether nothing was said of its age: the sender has no clock.
    #[getter]
    fn counter_only(&self) -> bool {
        self.kept.counter_only
    }

    /// The nonce. Checked from level 3 on.
    #[getter]
    fn nonce(&self, py: Python<'_>) -> u64 {
        self.metadata(py).map_or(0, |metadata| metadata.nonce())
    }

    /// The tag: what the context of a response to this frame contains.
    #[getter]
    fn tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let parsed = Metadata::parse(self.frame.bind(py).as_bytes()).ok();
        let tag = parsed.and_then(|(metadata, rest)| match self.detached {
            true => Some(rest),
            false => rest.get(metadata.payload_len()..),
        });
        PyBytes::new(py, tag.unwrap_or_default())
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let sender = self.kept.sender.map_or_else(|| String::from("nobody"), |id| id.to_string());
        let length = self.metadata(py).map_or(0, |metadata| metadata.payload_len());
        let (level, nonce) = (self.kept.level.name(), self.nonce(py));
        format!("Accepted({level}, from {sender}, nonce {nonce}, {length} bytes)")
    }

    #[allow(clippy::unused_self, reason = "a copy would be believed unchecked")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::keys::not_copied("Accepted"))
    }
}
