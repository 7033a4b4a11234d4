//! A message that may be believed. Python code can't make one.
//!
//! It keeps the frame and what the validator knew of the sender; what stands in the frame is read
//! again when it is asked for.

use std::ffi::CStr;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;
use sealwire::{Claim, Metadata};

use crate::bytes::Input;
use crate::enums;
use crate::id::ModuleId;
use crate::light::{Class, Getter, Light};
use crate::verdict::Kept;

/// The class `Accepted`.
pub(crate) static ACCEPTED: Class<Accepted> = Class::new();

/// What an `Accepted` holds.
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

    /// The metadata, which was read before this object was made, and what follows it.
    fn parsed<'a>(&'a self, py: Python<'a>) -> Option<(Metadata, &'a [u8])> {
        Metadata::parse(self.frame.bind(py).as_bytes()).ok()
    }

    fn metadata(&self, py: Python<'_>) -> Option<Metadata> {
        self.parsed(py).map(|(metadata, _)| metadata)
    }

    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let cut = || {
            let payload =
                self.parsed(py).and_then(|(metadata, rest)| rest.get(..metadata.payload_len()));
            bytes_of(py, payload.unwrap_or_default()).map(Bound::unbind)
        };
        self.payload.get_or_try_init(py, cut).map(|payload| payload.bind(py).clone())
    }

    fn key_id(&self, py: Python<'_>) -> Option<u32> {
        match self.metadata(py)?.claim() {
            Claim::Key(id) => Some(id.0),
            Claim::Module(_) => None,
        }
    }

    fn timestamp(&self, py: Python<'_>) -> Option<u64> {
        let metadata = self.kept.stamped.then(|| self.metadata(py)).flatten()?;
        Some(metadata.timestamp().as_micros())
    }

    fn nonce(&self, py: Python<'_>) -> u64 {
        self.metadata(py).map_or(0, |metadata| metadata.nonce())
    }

    fn tag<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let tag = self.parsed(py).and_then(|(metadata, rest)| match self.detached {
            true => Some(rest),
            false => rest.get(metadata.payload_len()..),
        });
        bytes_of(py, tag.unwrap_or_default())
    }
}

/// A copy, or `MemoryError`: [`PyBytes::new`] panics.
fn bytes_of<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, bytes.len(), |place| {
        place.copy_from_slice(bytes);
        Ok(())
    })
}

impl Light for Accepted {
    const NAME: &'static CStr = c"sealwire.Accepted";

    const DOC: &'static CStr =
        c"A message that may be believed, as far as `level` says. Only a validator makes one.";

    const GETTERS: &'static [Getter<Self>] = &[
        Getter::new(c"payload", c"The message.", |accepted, py| {
            accepted.payload(py).map(Bound::into_any)
        }),
        Getter::new(c"level", c"What was checked: a `Level`.", |accepted, py| {
            enums::level(py, accepted.kept.level)
        }),
        Getter::new(
            c"sender",
            c"Who sent it: proven at level 5, and at level 4 unless `group` is set; claimed and \
              known at\nlevels 2 and 3; nobody at level 1.",
            |accepted, py| accepted.kept.sender.map(ModuleId).into_bound_py_any(py),
        ),
        Getter::new(c"role", c"The sender's role as registered, 0 for none.", |accepted, py| {
            accepted.kept.role.into_bound_py_any(py)
        }),
        Getter::new(
            c"group",
            c"The group that it was for. At level 4 any member could have made it.",
            |accepted, py| accepted.kept.group.map(ModuleId).into_bound_py_any(py),
        ),
        Getter::new(c"key_id", c"The key that proved it, at levels 4 and 5.", |accepted, py| {
            accepted.key_id(py).into_bound_py_any(py)
        }),
        Getter::new(
            c"timestamp",
            c"When it was sealed, by the sender's clock, in µs since 1970: checked from level 3 \
              on; None\nbelow and under a counter-only key.",
            |accepted, py| accepted.timestamp(py).into_bound_py_any(py),
        ),
        Getter::new(
            c"counter_only",
            c"Whether nothing was said of its age: the sender has no clock.",
            |accepted, py| accepted.kept.counter_only.into_bound_py_any(py),
        ),
        Getter::new(c"nonce", c"The nonce. Checked from level 3 on.", |accepted, py| {
            accepted.nonce(py).into_bound_py_any(py)
        }),
        Getter::new(
            c"tag",
            c"The tag: what the context of a response to this frame contains.",
            |accepted, py| accepted.tag(py).map(Bound::into_any),
        ),
    ];

    fn repr(&self, py: Python<'_>) -> String {
        let sender = self.kept.sender.map_or_else(|| String::from("nobody"), |id| id.to_string());
        let length = self.metadata(py).map_or(0, |metadata| metadata.payload_len());
        let (level, nonce) = (self.kept.level.name(), self.nonce(py));
        format!("Accepted({level}, from {sender}, nonce {nonce}, {length} bytes)")
    }

    #[inline]
    fn release(self, py: Python<'_>) {
        drop(self.frame.into_bound(py));
        drop(self.payload.into_inner().map(|payload| payload.into_bound(py)));
    }
}
