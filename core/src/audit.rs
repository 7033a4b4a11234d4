//! What was refused and why: saturating counters, and the last events in two rings.
//!
//! One ring for refusals that anybody can cause (steps 1–6, and all at levels 1–3), one for
//! those of proven frames (steps 7 and 8), so that noise on the line never displaces what
//! matters. Repeats are folded. Nothing here decides anything.

use crate::error::Error;
use crate::level::{Algorithm, Level};
use crate::time::Timestamp;
use crate::wire::metadata::Claim;

/// Events that each ring keeps.
pub const RING: usize = 8;

/// The step of the pipeline at which a frame was refused (`PROTOCOL.md` §6), 1 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Step {
    /// The bytes.
    Parse = 1,
    /// The level against the requirement.
    Level = 2,
    /// The sender or key.
    Sender = 3,
    /// The timestamp.
    Time = 4,
    /// Whether the nonce would be taken.
    Nonce = 5,
    /// The tag or signature.
    Proof = 6,
    /// At admission: the key again, and the nonce's recording.
    Admission = 7,
    /// The policy.
    Policy = 8,
}

impl Step {
    /// 1 to 8.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Parse => 1,
            Self::Level => 2,
            Self::Sender => 3,
            Self::Time => 4,
            Self::Nonce => 5,
            Self::Proof => 6,
            Self::Admission => 7,
            Self::Policy => 8,
        }
    }
}

/// A frame that was refused: why, at which step, and what it claimed as far as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "hand it to `Validator::admit`, which counts it"]
pub struct Rejection {
    error: Error,
    step: Step,
    claim: Option<Claim>,
    level: Option<Level>,
    nonce: u64,
    /// For a frame of a burst, when it was checked.
    burst_at: Option<Timestamp>,
}

impl Rejection {
    /// A refusal of bytes that could not be read.
    pub(crate) const fn unread(error: Error) -> Self {
        Self { error, step: Step::Parse, claim: None, level: None, nonce: 0, burst_at: None }
    }

    pub(crate) const fn of(
        error: Error,
        step: Step,
        metadata: &crate::wire::metadata::Metadata,
        now: Option<Timestamp>,
    ) -> Self {
        let is_burst = matches!(metadata.algorithm(), Algorithm::EcdsaP256Burst);
        Self {
            error,
            step,
            claim: Some(metadata.claim()),
            level: Some(metadata.level()),
            nonce: metadata.nonce(),
            burst_at: if is_burst { now } else { None },
        }
    }

    /// Why.
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// Where in the pipeline.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// What the frame said of its sender: unproven up to step 6; nothing if it wasn't readable.
    #[must_use]
    pub const fn claim(&self) -> Option<Claim> {
        self.claim
    }

    /// The level that the frame claimed for itself, if it was readable.
    #[must_use]
    pub const fn level(&self) -> Option<Level> {
        self.level
    }

    /// The nonce that the frame carried, 0 if it wasn't readable.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// When a burst's signature was verified, and found wrong.
    pub(crate) fn burst_paid_at(&self) -> Option<Timestamp> {
        self.burst_at.filter(|_| self.error == Error::SignatureWrong)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.error == other.error && self.claim == other.claim
    }
}

impl core::fmt::Display for Rejection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "refused at step {}: {}", self.step.number(), self.error)
    }
}

impl core::error::Error for Rejection {}

/// One line of the audit: a refusal, when, and how often in a row.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event {
    /// The first of the refusals that are folded into this line.
    pub rejection: Rejection,
    /// The highest time that the validator knew at the last of them.
    pub at: Timestamp,
    /// How many; saturates.
    pub repeats: u32,
}

/// The last [`RING`] events.
#[derive(Debug)]
struct Ring {
    events: [Option<Event>; RING],
    /// Where the newest event is.
    newest: usize,
}

impl Ring {
    const fn new() -> Self {
        Self { events: [None; RING], newest: 0 }
    }

    fn push(&mut self, rejection: Rejection, at: Timestamp) {
        if let Some(Some(event)) = self.events.get_mut(self.newest) {
            if event.rejection.is_like(&rejection) {
                event.repeats = event.repeats.saturating_add(1);
                event.at = at;
                return;
            }
            self.newest = self.newest.wrapping_add(1) % RING;
        }
        if let Some(place) = self.events.get_mut(self.newest) {
            *place = Some(Event { rejection, at, repeats: 1 });
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &Event> {
        let (before, after) = self
            .events
            .split_at_checked(self.newest.wrapping_add(1))
            .unwrap_or((&self.events, &[]));
        before.iter().rev().chain(after.iter().rev()).flatten()
    }
}

/// Errors that a frame can be refused with: all below those of access (9) and certificates (10).
const COUNTED: usize = {
    let (mut errors, mut count) = (Error::ALL, 0_usize);
    while let [error, rest @ ..] = errors {
        if error.number() < 900 {
            count = count.saturating_add(1);
        }
        errors = rest;
    }
    count
};

/// What a validator refused and accepted since it was made.
#[derive(Debug)]
pub struct Audit {
    unproven: Ring,
    proven: Ring,
    refused: [u32; COUNTED],
    accepted: [u32; Level::ALL.len()],
}

impl Audit {
    pub(crate) const fn new() -> Self {
        Self {
            unproven: Ring::new(),
            proven: Ring::new(),
            refused: [0; COUNTED],
            accepted: [0; Level::ALL.len()],
        }
    }

    pub(crate) fn refuse(&mut self, rejection: Rejection, at: Timestamp) {
        if let Some(counter) = self.refused.get_mut(rejection.error.place()) {
            *counter = counter.saturating_add(1);
        }
        // Levels 1 to 3 have no step 6: what they are refused for later, anybody can cause.
        let is_proven = rejection.level.is_some_and(Level::is_proven);
        let ring = if rejection.step > Step::Proof && is_proven {
            &mut self.proven
        } else {
            &mut self.unproven
        };
        ring.push(rejection, at);
    }

    #[inline]
    pub(crate) fn accept(&mut self, level: Level) {
        let index = usize::from(level.number().wrapping_sub(1));
        if let Some(counter) = self.accepted.get_mut(index) {
            *counter = counter.saturating_add(1);
        }
    }

    /// How many frames were refused for `error`; saturates.
    #[must_use]
    pub fn refused(&self, error: Error) -> u32 {
        self.refused.get(error.place()).copied().unwrap_or(0)
    }

    /// How many frames of `level` were accepted; saturates.
    #[must_use]
    pub fn accepted(&self, level: Level) -> u32 {
        self.accepted.get(usize::from(level.number().wrapping_sub(1))).copied().unwrap_or(0)
    }

    /// Refusals that anybody on the line can cause: steps 1 to 6, and all at levels 1 to 3.
    /// Newest first.
    pub fn unproven(&self) -> impl Iterator<Item = &Event> {
        self.unproven.newest_first()
    }

    /// Refusals of frames whose tag or signature verified: steps 7 and 8. Newest first.
    pub fn proven(&self) -> impl Iterator<Item = &Event> {
        self.proven.newest_first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_stand_still_at_their_end_and_never_begin_again() {
        let mut audit = Audit::new();
        let lost = Rejection::unread(Error::Truncated);
        let place = Error::Truncated.place();
        *audit.refused.get_mut(place).unwrap() = u32::MAX - 1;
        audit.accepted = [u32::MAX - 1; Level::ALL.len()];
        audit.refuse(lost, Timestamp::ZERO);
        audit.unproven.events[audit.unproven.newest].as_mut().unwrap().repeats = u32::MAX - 1;
        for _ in 0..3 {
            audit.refuse(lost, Timestamp::ZERO);
            Level::ALL.into_iter().for_each(|level| audit.accept(level));
        }
        assert_eq!(audit.refused(Error::Truncated), u32::MAX);
        assert_eq!(Level::ALL.map(|level| audit.accepted(level)), [u32::MAX; Level::ALL.len()]);
        let repeats: u32 = audit.unproven().map(|event| event.repeats).sum();
        assert_eq!((audit.unproven().count(), repeats), (1, u32::MAX));
    }
}
