//! What a receiver demands of a frame, as C says it. The message has no say in it.

use sealwire_core::{Error, Level, Requirement};

use crate::context::{Named, sealwire_context};
use crate::policy::{Listed, sealwire_policy};
use crate::raw::{Span, reference};

/// The frame is well formed. Nothing else.
pub const SEALWIRE_LEVEL_NONE: u8 = 1;
/// It names a module that is known. Anybody can do that.
pub const SEALWIRE_LEVEL_BASIC_AUTH: u8 = 2;
/// It is fresh and no repetition, unless somebody wrote it himself.
pub const SEALWIRE_LEVEL_TIMESTAMP: u8 = 3;
/// HMAC-SHA256 by the holder of the key, fresh, once.
pub const SEALWIRE_LEVEL_HMAC: u8 = 4;
/// ECDSA P-256 by the sender, fresh, once.
pub const SEALWIRE_LEVEL_DIGITAL_SIGNATURE: u8 = 5;

/// What a frame must fulfil. All zeros is no requirement and is refused as misuse.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_requirement {
    /// The level, SEALWIRE_LEVEL_…: this one or a higher one.
    pub level: u8,
    /// 1: this level and no other. Else 0.
    pub exactly: u8,
    /// 1: a group's HMAC key will do, though any member could have made the frame. Else 0.
    pub allow_groups: u8,
    /// What the frame must be about.
    pub context: sealwire_context,
    /// Who may do that: a policy, or SEALWIRE_ANY_PEER. Null refuses (POLICY_MISSING).
    pub policy: *const sealwire_policy,
}

/// A requirement whose pointers were looked at.
pub(crate) struct Demand {
    level: Level,
    exactly: bool,
    allow_groups: bool,
    named: Named,
    pub(crate) policy: Listed,
    span: Span,
}

impl Demand {
    /// # Errors
    /// [`Error::InvalidArgument`], [`Error::InvalidContext`], or misuse of pointers.
    ///
    /// # Safety
    /// The requirement and all that it points to are readable and unchanged while it is in use.
    pub(crate) unsafe fn new(requirement: *const sealwire_requirement) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let requirement = unsafe { reference(requirement) }?;
        Ok(Self {
            level: level(requirement.level)?,
            exactly: truth(requirement.exactly)?,
            allow_groups: truth(requirement.allow_groups)?,
            named: Named::new(&requirement.context)?,
            // SAFETY: the caller's word.
            policy: unsafe { Listed::new(requirement.policy) }?,
            span: Span::of_one(requirement),
        })
    }

    pub(crate) const fn spans(&self) -> [Span; 3] {
        let [name, tag] = self.named.spans();
        [self.span, name, tag]
    }

    /// # Errors
    /// [`Error::InvalidContext`].
    ///
    /// # Safety
    /// As in [`Demand::new`], for `'a`.
    pub(crate) unsafe fn read<'a>(&self, policy: &'a Listed) -> Result<Requirement<'a>, Error> {
        // SAFETY: the caller's word.
        let context = unsafe { self.named.read() }?;
        let requirement = if self.exactly {
            Requirement::exactly(self.level, context, policy)
        } else {
            Requirement::at_least(self.level, context, policy)
        };
        Ok(if self.allow_groups { requirement.allow_groups() } else { requirement })
    }
}

/// A level as an argument, where a wrong one is the program's fault.
pub(crate) fn level(number: u8) -> Result<Level, Error> {
    Level::from_number(number).map_err(|_| Error::InvalidArgument)
}

/// 0 or 1; anything else is memory that nobody set.
pub(crate) const fn truth(value: u8) -> Result<bool, Error> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::InvalidArgument),
    }
}
