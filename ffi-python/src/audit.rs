//! What a validator counted, as a `sealwire.Audit`: copied under the lock, made an object after it.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use sealwire::{Audit, Error, Event, Level};

use crate::enums;
use crate::rejection::Rejection;

static AUDIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A refusal, when it was, and how often it came again.
type Line = (Rejection, u64, u32);

pub(crate) struct Snapshot {
    accepted: [(Level, u32); 5],
    refused: Vec<(Error, u32)>,
    unproven: Vec<Line>,
    proven: Vec<Line>,
}

impl Snapshot {
    pub(crate) fn of(audit: &Audit) -> Self {
        let counted = Error::ALL.iter().map(|error| (*error, audit.refused(*error)));
        Self {
            accepted: Level::ALL.map(|level| (level, audit.accepted(level))),
            refused: counted.filter(|(_, count)| *count > 0).collect(),
            unproven: audit.unproven().map(line).collect(),
            proven: audit.proven().map(line).collect(),
        }
    }

    pub(crate) fn into_object(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let by_level = PyDict::new(py);
        for (level, count) in self.accepted {
            by_level.set_item(enums::level(py, level)?, count)?;
        }
        let by_code = PyDict::new(py);
        for (error, count) in self.refused {
            by_code.set_item(enums::code(py, error)?, count)?;
        }
        let arguments = (by_level, by_code, self.unproven, self.proven);
        AUDIT.import(py, "sealwire.audit", "snapshot")?.call1(arguments)
    }
}

fn line(event: &Event) -> Line {
    (Rejection::from(&event.rejection), event.at.as_micros(), event.repeats)
}
