//! The name of a role as it is asked for: at most 32 characters, all of which print.

use core::fmt;

use heapless::Vec;

use crate::error::Error;

/// A role's name: `[a-z0-9._-]{0,32}`. The empty one asks for no role.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RoleName(Vec<u8, { RoleName::MAX_LEN }>);

impl RoleName {
    /// The most characters.
    pub const MAX_LEN: usize = 32;

    /// The role with this name.
    ///
    /// # Errors
    /// [`Error::InvalidRole`].
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::from_bytes(name.as_bytes())
    }

    pub(crate) fn from_bytes(name: &[u8]) -> Result<Self, Error> {
        let is_allowed = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        if !name.iter().all(is_allowed) {
            return Err(Error::InvalidRole);
        }
        Vec::from_slice(name).map(Self).map_err(|_| Error::InvalidRole)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The name's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
