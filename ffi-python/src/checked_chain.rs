//! What a chain of certificates was found to say. Python code can't make one.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use sealwire::{CertifiedRoles, Timestamp};

use crate::id::ModuleId;
use crate::keys::PublicKey;

/// What a chain was found to say. Made by `TrustStore.check` and by nothing else.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct CheckedChain {
    module: sealwire::ModuleId,
    key: sealwire::PublicKey,
    roles: Vec<String>,
    is_time_source: bool,
    expires: u64,
    status_until: Option<u64>,
    anchor: [u8; 16],
}

impl CheckedChain {
    pub(crate) fn of(checked: &sealwire::CheckedChain<'_>) -> Self {
        let roles: CertifiedRoles<'_> = checked.roles();
        Self {
            module: checked.module(),
            key: checked.key(),
            roles: roles.map(str::to_owned).collect(),
            is_time_source: checked.is_time_source(),
            expires: checked.expires().as_micros(),
            status_until: checked.status_until().map(Timestamp::as_micros),
            anchor: *checked.anchor().as_bytes(),
        }
    }
}

#[pymethods]
impl CheckedChain {
    /// The module, from the subject alternative name.
    #[getter]
    const fn module(&self) -> ModuleId {
        ModuleId(self.module)
    }

    /// Its key, for `PeerKey.ecdsa`.
    #[getter]
    const fn key(&self) -> PublicKey {
        PublicKey(self.key)
    }

    /// The names of its roles.
    #[getter]
    fn roles<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.roles)
    }

    /// Whether other modules may take their time from it.
    #[getter]
    const fn is_time_source(&self) -> bool {
        self.is_time_source
    }

    /// When the first certificate of the chain, or its anchor, ends: µs since 1970.
    #[getter]
    const fn expires(&self) -> u64 {
        self.expires
    }

    /// When the first revocation list that was looked at is to be replaced: µs since 1970; None
    /// if none was.
    #[getter]
    const fn status_until(&self) -> Option<u64> {
        self.status_until
    }

    /// The anchor at which it ends, as its registration named it.
    #[getter]
    fn anchor<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.anchor)
    }

    fn __repr__(&self) -> String {
        format!("CheckedChain(module={}, roles={:?})", self.module, self.roles)
    }
}
