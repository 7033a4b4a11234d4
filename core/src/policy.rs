//! What a receiver demands of a frame, and who may do what: the message has no say in either.

use crate::error::Error;
use crate::id::{ModuleId, RoleId};
use crate::level::Level;
use crate::slot::{Slot, flag};
use crate::wire::context::{Context, ContextKind};

/// Who stands before the policy: proven at levels 4 and 5, claimed at 2 and 3.
// Aligned, so that what was just written isn't copied across the borders of its writes, which
// costs a store's whole way to the cache.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub struct Peer {
    pub(crate) sender: ModuleId,
    /// Zeros where there is none.
    pub(crate) group: ModuleId,
    pub(crate) role: RoleId,
    pub(crate) level: Level,
    pub(crate) is_group: bool,
}

impl Peer {
    /// Nobody: level 1.
    pub(crate) const NOBODY: Self = Self {
        sender: ModuleId::claimed([0; 16]),
        group: ModuleId::claimed([0; 16]),
        role: RoleId::NONE,
        level: Level::None,
        is_group: false,
    };

    /// The owner of `slot`.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline)]
    pub(crate) const fn of(slot: &Slot, level: Level) -> Self {
        let group = ModuleId::claimed(slot.bind);
        let is_group = slot.has(flag::GROUP);
        Self { sender: slot.sender(), group, role: slot.role, level, is_group }
    }

    /// The module.
    #[must_use]
    pub const fn sender(&self) -> ModuleId {
        self.sender
    }

    /// Its role, as registered.
    #[must_use]
    pub const fn role(&self) -> RoleId {
        self.role
    }

    /// What was checked of the frame.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The group whose key it was; at level 4 any member could have made the frame.
    #[must_use]
    pub const fn group(&self) -> Option<ModuleId> {
        if self.is_group { Some(self.group) } else { None }
    }
}

/// May this peer do this here? Asked last, after the nonce is spent.
///
/// `Sync`, so that what was checked on one thread can be admitted on another.
pub trait Policy: Sync {
    /// Decides. With the feature `hardened` it is asked twice.
    ///
    /// # Errors
    /// [`Error::PolicyRefused`]; [`Error::PolicyMissing`] where nothing was configured.
    fn decide(&self, peer: &Peer, context: &Context<'_>) -> Result<(), Error>;
}

/// Every peer that is registered may do everything: for one where registration is the policy.
#[derive(Clone, Copy, Debug)]
pub struct AnyPeer;

impl Policy for AnyPeer {
    fn decide(&self, _peer: &Peer, _context: &Context<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Nothing was configured, so nothing is allowed.
#[derive(Clone, Copy, Debug)]
pub struct NoPolicy;

impl Policy for NoPolicy {
    fn decide(&self, _peer: &Peer, _context: &Context<'_>) -> Result<(), Error> {
        Err(Error::PolicyMissing)
    }
}

/// One thing that is allowed. What a rule leaves open fits everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rule<'a> {
    /// For this role only.
    pub role: Option<RoleId>,
    /// On this kind of context only.
    pub kind: Option<ContextKind>,
    /// On these names only.
    pub name: NamePattern<'a>,
}

/// Which names a rule fits.
#[derive(Clone, Copy, Debug, Default)]
pub enum NamePattern<'a> {
    /// All.
    #[default]
    Any,
    /// This one.
    Exactly(&'a [u8]),
    /// All that begin so.
    Prefix(&'a [u8]),
}

impl NamePattern<'_> {
    fn fits(&self, name: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => name == *wanted,
            Self::Prefix(wanted) => name.starts_with(wanted),
        }
    }
}

/// What is allowed is listed; the rest is refused.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a>(pub &'a [Rule<'a>]);

impl Policy for Rules<'_> {
    fn decide(&self, peer: &Peer, context: &Context<'_>) -> Result<(), Error> {
        let allowed = self.0.iter().any(|rule| {
            rule.role.is_none_or(|role| role == peer.role)
                && rule.kind.is_none_or(|kind| kind == context.kind())
                && rule.name.fits(context.name())
        });
        if allowed { Ok(()) } else { Err(Error::PolicyRefused) }
    }
}

/// What a frame must fulfil. There is no default: a level, a context and a policy are named.
///
/// All that makes one is `const`. Where faults are feared (feature `hardened`), keep it in a
/// `static`, its policy too: what stands in flash isn't made by instructions that can be skipped.
#[derive(Clone, Copy)]
pub struct Requirement<'a> {
    level: Level,
    exact: bool,
    groups: bool,
    /// The same once more, each bit the other way round ([`guard_of`]): one fault while this is
    /// made, or where it is found, and the two don't fit.
    #[cfg(feature = "hardened")]
    guard: u32,
    pub(crate) context: Context<'a>,
    pub(crate) policy: &'a dyn Policy,
}

impl<'a> Requirement<'a> {
    /// This level or a higher one.
    #[must_use]
    pub const fn at_least(level: Level, context: Context<'a>, policy: &'a dyn Policy) -> Self {
        Self::new(level, false, context, policy)
    }

    /// This level and no other.
    #[must_use]
    pub const fn exactly(level: Level, context: Context<'a>, policy: &'a dyn Policy) -> Self {
        Self::new(level, true, context, policy)
    }

    const fn new(level: Level, exact: bool, context: Context<'a>, policy: &'a dyn Policy) -> Self {
        Self {
            level,
            exact,
            groups: false,
            #[cfg(feature = "hardened")]
            guard: guard_of(level, exact, false),
            context,
            policy,
        }
    }

    /// A group's HMAC key will do, though any member could have made the frame.
    #[must_use]
    pub const fn allow_groups(mut self) -> Self {
        self.groups = true;
        #[cfg(feature = "hardened")]
        {
            self.guard = guard_of(self.level, self.exact, true);
        }
        self
    }

    /// Step 2.
    ///
    /// # Errors
    /// [`Error::LevelTooLow`], [`Error::LevelNotExact`].
    #[inline]
    pub(crate) fn admits_level(&self, level: Level) -> Result<(), Error> {
        #[cfg(feature = "hardened")]
        if core::hint::black_box(self.guard) != guard_of(self.level, self.exact, self.groups) {
            return Err(Error::EngineFailed);
        }
        if level < self.level {
            return Err(Error::LevelTooLow);
        }
        if self.exact && level != self.level {
            return Err(Error::LevelNotExact);
        }
        Ok(())
    }

    /// Part of step 3: a group's key at level 4 proves a member, not the sender. A signature
    /// proves the sender to everybody.
    ///
    /// # Errors
    /// [`Error::GroupNotAllowed`].
    #[inline]
    pub(crate) fn admits_group(&self, level: Level, is_group: bool) -> Result<(), Error> {
        if is_group && !self.groups && level != Level::DigitalSignature {
            return Err(Error::GroupNotAllowed);
        }
        Ok(())
    }
}

/// What the three say, in 32 bits that nothing else in memory is likely to hold.
#[cfg(feature = "hardened")]
#[inline]
const fn guard_of(level: Level, exact: bool, groups: bool) -> u32 {
    let [exact, groups] = [if exact { 1 } else { 0 }, if groups { 1 } else { 0 }];
    !u32::from_le_bytes([level.number(), exact, groups, 0xa6])
}

impl core::fmt::Debug for Requirement<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Requirement")
            .field("level", &self.level)
            .field("exact", &self.exact)
            .field("groups", &self.groups)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
