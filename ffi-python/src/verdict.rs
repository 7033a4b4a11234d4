//! What comes of a frame, before it is a Python object: it is found under the validator's lock, where
//! none may be made that the garbage collector follows, or without the interpreter.

use sealwire::{Begun, Frame, Level, ModuleId, Requirement, TimeRule, Timestamp};

use crate::engine::Verifier;
use crate::live::Live;
use crate::rejection::Rejection;

/// What a frame is checked against.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) requirement: &'a Requirement<'a>,
    pub(crate) now: Option<Timestamp>,
    /// Where there are sessions.
    pub(crate) tick: Option<u64>,
}

/// A frame after steps 1 to 5, or why it was refused: not counted yet.
type Opened<'f, 'r> = Result<Begun<'f, 'r, Verifier>, sealwire::Rejection>;

/// What came of a frame.
pub(crate) type Verdict = Result<Kept, Rejection>;

/// What the validator knew of an accepted frame, beyond what stands in it.
pub(crate) struct Kept {
    pub(crate) sender: Option<ModuleId>,
    pub(crate) group: Option<ModuleId>,
    pub(crate) role: u8,
    pub(crate) level: Level,
    /// Whether its time was checked.
    pub(crate) stamped: bool,
    pub(crate) counter_only: bool,
}

impl From<&sealwire::Accepted<'_>> for Kept {
    #[inline(always)]
    fn from(accepted: &sealwire::Accepted<'_>) -> Self {
        Self {
            sender: accepted.sender(),
            group: accepted.group(),
            role: accepted.role().0,
            level: accepted.level(),
            stamped: accepted.timestamp().is_some(),
            counter_only: accepted.time_rule() == TimeRule::CounterOnly,
        }
    }
}

/// What is kept of the core's verdict.
#[inline(always)]
pub(crate) fn kept(verdict: &Result<sealwire::Accepted<'_>, sealwire::Rejection>) -> Verdict {
    match verdict {
        Ok(accepted) => Ok(accepted.into()),
        Err(rejection) => Err(rejection.into()),
    }
}

impl Live {
    /// All steps for a frame that may be signed, or of a session. The interpreter was given up; the
    /// lock is held before and after the signature, not meanwhile.
    pub(crate) fn validate(&self, frame: &[u8], terms: Terms<'_>) -> Verdict {
        let begun = self.lock().begin(Frame::parse(frame), terms.requirement, terms.now);
        self.finish(begun, terms.tick)
    }

    /// What is left to do for a frame: its signature, its admission, and telling its session. The
    /// interpreter was given up.
    pub(crate) fn finish(&self, begun: Opened<'_, '_>, tick: Option<u64>) -> Verdict {
        let checked = begun.and_then(Begun::finish);
        let admitted = self.lock().admit(checked);
        let accepted = admitted.map_err(|rejection| Rejection::from(&rejection))?;
        match tick.map(|tick| self.confirm(&accepted, tick)) {
            Some(Err(error)) => Err(Rejection::of_session(error, &accepted)),
            _ => Ok(Kept::from(&accepted)),
        }
    }
}
