//! A message that may be believed. Python code can't make one.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;
use sealwire::{Level, TimeRule, Timestamp};

use crate::enums;
use crate::id::ModuleId;

/// A message that may be believed, as far as `level` says. Only a validator makes one.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Accepted {
    /// The whole frame, or the detached form.
    frame: Py<PyBytes>,
    /// The message beside a detached form, or what was cut from the frame when asked for.
    payload: PyOnceLock<Py<PyBytes>>,
    payload_len: usize,
    tag_len: usize,
    nonce: u64,
    timestamp: Option<Timestamp>,
    sender: Option<sealwire::ModuleId>,
    group: Option<sealwire::ModuleId>,
    key_id: Option<u32>,
    level: Level,
    role: u8,
    time: TimeRule,
}

impl Accepted {
    /// What came of the attached frame in `frame`.
    #[inline]
    pub(crate) fn new(accepted: &sealwire::Accepted<'_>, frame: Bound<'_, PyBytes>) -> Self {
        Self {
            frame: frame.unbind(),
            payload: PyOnceLock::new(),
            payload_len: accepted.payload().len(),
            tag_len: accepted.tag().len(),
            nonce: accepted.nonce(),
            timestamp: accepted.timestamp(),
            sender: accepted.sender(),
            group: accepted.group(),
            key_id: accepted.key_id().map(|id| id.0),
            level: accepted.level(),
            role: accepted.role().0,
            time: accepted.time_rule(),
        }
    }

    /// What came of a detached form and the message beside it.
    pub(crate) fn detached(
        accepted: &sealwire::Accepted<'_>,
        form: Bound<'_, PyBytes>,
        message: Bound<'_, PyBytes>,
    ) -> Self {
        let py = form.py();
        let made = Self::new(accepted, form);
        made.payload.get_or_init(py, || message.unbind());
        made
    }
}

#[pymethods]
impl Accepted {
    /// The message.
    #[getter]
    fn payload(&self, py: Python<'_>) -> Py<PyBytes> {
        self.payload
            .get_or_init(py, || {
                let frame = self.frame.bind(py).as_bytes();
                let end = frame.len().saturating_sub(self.tag_len);
                let start = end.saturating_sub(self.payload_len);
                let payload = frame.get(start..end).unwrap_or_default();
                PyBytes::new(py, payload).unbind()
            })
            .clone_ref(py)
    }

    /// What was checked: a `Level`.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::level(py, self.level)
    }

    /// Who sent it: proven at level 5, and at level 4 unless `group` is set; claimed and known at
    /// levels 2 and 3; nobody at level 1.
    #[getter]
    fn sender(&self) -> Option<ModuleId> {
        self.sender.map(ModuleId)
    }

    /// The sender's role as registered, 0 for none.
    #[getter]
    fn role(&self) -> u8 {
        self.role
    }

    /// The group that it was for. At level 4 any member could have made it.
    #[getter]
    fn group(&self) -> Option<ModuleId> {
        self.group.map(ModuleId)
    }

    /// The key that proved it, at levels 4 and 5.
    #[getter]
    fn key_id(&self) -> Option<u32> {
        self.key_id
    }

    /// When it was sealed, by the sender's clock, in µs since 1970: checked from level 3 on; None
    /// below and under a counter-only key.
    #[getter]
    fn timestamp(&self) -> Option<u64> {
        self.timestamp.map(Timestamp::as_micros)
    }

    /// Whether nothing was said of its age: the sender has no clock.
    #[getter]
    fn counter_only(&self) -> bool {
        self.time == TimeRule::CounterOnly
    }

    /// The nonce. Checked from level 3 on.
    #[getter]
    fn nonce(&self) -> u64 {
        self.nonce
    }

    /// The tag: what the context of a response to this frame contains.
    #[getter]
    fn tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let frame = self.frame.bind(py).as_bytes();
        let start = frame.len().saturating_sub(self.tag_len);
        PyBytes::new(py, frame.get(start..).unwrap_or_default())
    }

    fn __repr__(&self) -> String {
        let sender = self.sender.map_or_else(|| String::from("nobody"), |id| id.to_string());
        format!(
            "Accepted({}, from {sender}, nonce {}, {} bytes)",
            self.level.name(),
            self.nonce,
            self.payload_len
        )
    }

    #[allow(clippy::unused_self, reason = "a copy would be believed unchecked")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::keys::not_copied("Accepted"))
    }
}
