//! A validator as the place of sessions' keys.

use sealwire_core::{Error, KeyId, Session, SessionKeys};

use crate::validator::{Core, exclusive, has_engine, sealwire_validator};

/// A validator as the place of sessions' keys. Without an engine that finds no key good, that
/// is not the key's fault.
pub(crate) struct Keys<'v> {
    core: &'v mut Core,
    has_engine: bool,
}

impl Keys<'_> {
    /// # Errors
    /// As [`crate::object::live`].
    ///
    /// # Safety
    /// The validator is nobody else's while this is in use.
    pub(crate) unsafe fn of(validator: *mut sealwire_validator) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        // SAFETY: just seen alive.
        Ok(Self { core, has_engine: unsafe { has_engine(validator) } })
    }
}

impl SessionKeys for Keys<'_> {
    fn knows(&self, id: KeyId) -> bool {
        self.core.knows(id)
    }

    fn install(&mut self, session: &Session) -> Result<(), Error> {
        self.core.install(session).map_err(|error| match error {
            Error::KeyInvalid if !self.has_engine => Error::NoEngine,
            error => error,
        })
    }

    fn end(&mut self, id: KeyId) {
        self.core.end(id);
    }
}
