//! How often refusals are logged: so many a second, and how many were not.
//!
//! Counting is here, so that a flood of refusals costs the logger nothing; the text is made in
//! `sealwire/log.py`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::rejection::Rejection;

static REFUSED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// One validator's budget of log lines.
pub(crate) struct Limiter {
    per_second: u32,
    state: Mutex<State>,
}

struct State {
    second: Option<Instant>,
    written: u32,
    suppressed: u64,
}

impl Limiter {
    pub(crate) const fn new(per_second: u32) -> Self {
        Self { per_second, state: Mutex::new(State { second: None, written: 0, suppressed: 0 }) }
    }

    /// Logs a refusal, if there is room for a line. No lock may be held: handlers are anybody's.
    ///
    /// # Errors
    /// What isn't an `Exception`, such as `KeyboardInterrupt`. A handler's failure is reported
    /// as unraisable and changes no verdict.
    #[cold]
    pub(crate) fn refused(&self, py: Python<'_>, rejection: &Rejection) -> PyResult<()> {
        let Some(suppressed) = self.take() else {
            return Ok(());
        };
        let logged = REFUSED
            .import(py, "sealwire.log", "refused")
            .and_then(|refused| refused.call1((*rejection, suppressed)));
        match logged {
            Err(error) if error.is_instance_of::<PyException>(py) => {
                error.write_unraisable(py, None);
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// A line, and how many refusals were not logged since the last one.
    fn take(&self) -> Option<u64> {
        if self.per_second == 0 {
            return None;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_over =
            state.second.is_none_or(|begin| now.duration_since(begin) >= Duration::from_secs(1));
        if is_over {
            state.second = Some(now);
            state.written = 0;
        }
        if state.written >= self.per_second {
            state.suppressed = state.suppressed.saturating_add(1);
            return None;
        }
        state.written = state.written.saturating_add(1);
        Some(std::mem::take(&mut state.suppressed))
    }
}
