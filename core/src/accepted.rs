//! What comes out of the pipeline. Neither type can be built otherwise.

use crate::hardened::Verdict;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::level::Level;
use crate::policy::{Peer, Requirement};
use crate::time::{TimeRule, Timestamp};
use crate::tree::BurstNode;
use crate::wire::frame::Frame;
use crate::wire::metadata::Claim;

/// A frame that passed steps 1 to 6: proven at its level, not yet recorded. Shows no payload.
///
/// For [`Validator::admit`](crate::Validator::admit) of the receiver that checked it, which asks for
/// the key again: it may have been exchanged in the meantime.
#[derive(Clone, Copy, Debug)]
#[must_use = "hand it to `Validator::admit`"]
pub struct Authenticated<'f, 'r> {
    pub(crate) frame: Frame<'f>,
    pub(crate) requirement: &'r Requirement<'r>,
    pub(crate) now: Option<Timestamp>,
    /// For whom it was checked: another receiver's signature key may stand in the same place.
    pub(crate) own: ModuleId,
    /// The slot, and the fingerprint of the key that was in it.
    pub(crate) slot: Option<(usize, u32)>,
    /// The burst whose signature was verified for this frame, to be remembered.
    pub(crate) verified: Option<BurstNode>,
    pub(crate) verdict: Verdict,
}

/// A message that may be believed, as far as [`Accepted::level`] says.
#[derive(Clone, Copy)]
pub struct Accepted<'f> {
    pub(crate) frame: Frame<'f>,
    pub(crate) peer: Peer,
    pub(crate) time: TimeRule,
    pub(crate) verdict: Verdict,
}

impl<'f> Accepted<'f> {
    /// The message. Only an accepted frame shows it; with the feature `hardened` it is empty where
    /// a fault has led here past a refusal.
    // With `hardened` a function of its own: inlined, the code behind its question lies among a
    // caller's blocks, where a skipped branch falls into it with all registers as they should be.
    #[must_use]
    #[cfg_attr(feature = "hardened", inline(never))]
    #[cfg_attr(not(feature = "hardened"), inline)]
    pub fn payload(&self) -> &'f [u8] {
        self.verdict.shown(&self.frame)
    }

    /// What was checked.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.frame.metadata().level()
    }

    /// Who sent it: proven at level 5, and at level 4 unless it is a group's; claimed and known
    /// at levels 2 and 3; nobody at level 1.
    #[must_use]
    pub fn sender(&self) -> Option<ModuleId> {
        (self.level() != Level::None).then_some(self.peer.sender)
    }

    /// The sender's role, as registered.
    #[must_use]
    pub const fn role(&self) -> RoleId {
        self.peer.role
    }

    /// The group that it was for. At level 4 any member could have made it.
    #[must_use]
    pub const fn group(&self) -> Option<ModuleId> {
        self.peer.group()
    }

    /// The key that proved it, at levels 4 and 5.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self.frame.metadata().claim() {
            Claim::Key(id) => Some(id),
            Claim::Module(_) => None,
        }
    }

    /// When it was sealed, by the sender's clock: checked from level 3 on; nothing under a
    /// counter-only key and below.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        let is_checked = self.level() >= Level::Timestamp && self.time == TimeRule::Stamped;
        is_checked.then(|| self.frame.metadata().timestamp())
    }

    /// Whether age was checked, or only order and repetition.
    #[must_use]
    pub const fn time_rule(&self) -> TimeRule {
        self.time
    }

    /// The nonce. Checked from level 3 on.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.frame.metadata().nonce()
    }

    /// The tag: what the context of a response to this frame contains.
    #[must_use]
    pub const fn tag(&self) -> &'f [u8] {
        self.frame.tag()
    }
}

impl core::fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Accepted")
            .field("level", &self.level())
            .field("sender", &self.sender())
            .field("nonce", &self.nonce())
            .field("payload_len", &self.payload().len())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Accepted<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "accepted {} from {} nonce {=u64} ({=usize} bytes)",
            self.level(),
            self.sender(),
            self.nonce(),
            self.payload().len()
        );
    }
}
