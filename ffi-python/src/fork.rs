//! Objects that count are one process's own: after a fork the child's copies refuse.
//!
//! Two sealers with one counter make frames that refuse each other, and two validators with one
//! window accept the same frame once each. `os.register_at_fork` runs for every fork that goes
//! through the interpreter; asking for the process's number at each call would cost more than
//! all the rest of it.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use sealwire::Error;

static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that an object was made in.
#[derive(Clone, Copy)]
pub(crate) struct Born(u32);

impl Born {
    pub(crate) fn here() -> Self {
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// # Errors
    /// [`Error::NotInitialised`] in a child of that process.
    #[inline]
    pub(crate) fn check(self) -> PyResult<()> {
        if self.0 == FORKS.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(crate::error::detailed(
            Error::NotInitialised,
            "made before this process was forked; make a new one after the fork",
        ))
    }
}

#[pyfunction]
fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Counts forks from now on, where there are any.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    let Some(register) = os.getattr_opt("register_at_fork")? else {
        return Ok(());
    };
    let hooks = PyDict::new(py);
    hooks.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
    register.call((), Some(&hooks)).map(drop)
}
