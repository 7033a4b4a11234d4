//! Who is who: modules, keys and roles. Values without behaviour.

use core::fmt;

use crate::error::Error;

/// A module's name: 16 bytes, a UUID's in the order in which its text shows them.
///
/// Neither all zeros nor all ones. Public, not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(4))] // moved as words
pub struct ModuleId([u8; 16]);

impl ModuleId {
    /// Bytes of an ID.
    pub const LEN: usize = 16;

    /// The module with these 16 bytes as its ID.
    ///
    /// # Errors
    /// [`Error::InvalidId`] for all zeros and all ones.
    pub const fn new(bytes: [u8; 16]) -> Result<Self, Error> {
        match Self(bytes).number() {
            0 | u128::MAX => Err(Error::InvalidId),
            _ => Ok(Self(bytes)),
        }
    }

    /// The bytes as a number, for constant functions, which can't compare them otherwise.
    pub(crate) const fn number(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    /// What a frame below level 4 names as its sender: any 16 bytes, of which only a
    /// registered ID means somebody.
    pub(crate) const fn claimed(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ModuleId {
    /// As a UUID: `8-4-4-4-12` hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModuleId({self})")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for ModuleId {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[u8; 16]:02x}", self.0);
    }
}

/// The number under which a receiver finds a key: a hint, sent in clear; the tag decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// A role as the receiver numbers its own; [`RoleId::NONE`] for a peer without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RoleId(pub u8);

impl RoleId {
    /// No role: rules for a role don't fit, rules for anybody do.
    pub const NONE: Self = Self(0);
}
