//! What an accepting function fills in, and the word that the gate asks for.
//!
//! Every function that takes a result wipes it first. Two words that belong together, one made
//! from the frame's tag, are written last and on acceptance only; memory that is zero, was never
//! set or comes from a refusal doesn't have them.

use sealwire_core::{Accepted, Error, KeyId, ModuleId, TimeRule};

use crate::id::sealwire_id;
use crate::raw::{Place, Span, disjoint};

/// In `flags`: `sender` says who sent it.
pub const SEALWIRE_HAS_SENDER: u32 = 1;
/// In `flags`: `group` says for which group. At level 4 any of its members could have made it.
pub const SEALWIRE_HAS_GROUP: u32 = 2;
/// In `flags`: `key_id` says which key proved it.
pub const SEALWIRE_HAS_KEY_ID: u32 = 4;
/// In `flags`: `timestamp` was checked against the limits.
pub const SEALWIRE_HAS_TIMESTAMP: u32 = 8;
/// In `flags`: the key counts and has no clock; nothing is known of the frame's age.
pub const SEALWIRE_IS_COUNTER_ONLY: u32 = 16;

/// What `accept` and `accept_check` of an accepted result differ by.
pub const SEALWIRE_ACCEPT_PATTERN: u32 = 0xa5c3_96e7;

/// What was accepted. Read it only behind SEALWIRE_ACCEPTED; the pointers are into the caller's
/// own frame and good as long as that is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_result {
    /// 0 or the error, as the function returned it.
    pub status: i32,
    /// Of a refused frame: the step of the pipeline, 1 to 8. Else 0.
    pub step: u8,
    /// What was checked: SEALWIRE_LEVEL_….
    pub level: u8,
    /// The frame's algorithm.
    pub algorithm: u8,
    /// The sender's role as registered, 0 for none.
    pub role: u8,
    /// SEALWIRE_HAS_… and SEALWIRE_IS_….
    pub flags: u32,
    /// The key that proved it, at levels 4 and 5.
    pub key_id: u32,
    /// For SEALWIRE_ACCEPTED.
    pub accept: u32,
    /// For SEALWIRE_ACCEPTED.
    pub accept_check: u32,
    /// The nonce. Checked from level 3 on.
    pub nonce: u64,
    /// When it was sealed by the sender's clock, in µs since the Unix epoch, if that was checked.
    pub timestamp: u64,
    /// Who sent it: proven at level 5, and at level 4 unless it is a group's; claimed and known
    /// at levels 2 and 3; nobody at level 1.
    pub sender: sealwire_id,
    /// The group that it was for.
    pub group: sealwire_id,
    /// The message, inside the caller's frame.
    pub payload: *const u8,
    /// Bytes of the message.
    pub payload_len: usize,
    /// The tag, inside the caller's frame: what the context of a response contains.
    pub tag: *const u8,
    /// Bytes of the tag; more than SEALWIRE_MAX_TAG for a frame of a burst.
    pub tag_len: usize,
}

impl sealwire_result {
    const WIPED: Self = Self {
        status: 0,
        step: 0,
        level: 0,
        algorithm: 0,
        role: 0,
        flags: 0,
        key_id: 0,
        accept: 0,
        accept_check: 0,
        nonce: 0,
        timestamp: 0,
        sender: sealwire_id::ZERO,
        group: sealwire_id::ZERO,
        payload: core::ptr::null(),
        payload_len: 0,
        tag: core::ptr::null(),
        tag_len: 0,
    };

    fn of(accepted: &Accepted<'_>) -> Self {
        let flag = |is_set: bool, flag| if is_set { flag } else { 0 };
        let accept = accept_word(accepted.tag(), accepted.nonce());
        let sender = accepted.sender();
        let group = accepted.group();
        let timestamp = accepted.timestamp();
        let is_counter_only = accepted.time_rule() == TimeRule::CounterOnly;
        Self {
            status: 0,
            step: 0,
            level: accepted.level().number(),
            algorithm: algorithm_of(accepted),
            role: accepted.role().0,
            flags: flag(sender.is_some(), SEALWIRE_HAS_SENDER)
                | flag(group.is_some(), SEALWIRE_HAS_GROUP)
                | flag(accepted.key_id().is_some(), SEALWIRE_HAS_KEY_ID)
                | flag(timestamp.is_some(), SEALWIRE_HAS_TIMESTAMP)
                | flag(is_counter_only, SEALWIRE_IS_COUNTER_ONLY),
            key_id: accepted.key_id().map_or(0, |id| id.0),
            accept,
            accept_check: accept ^ SEALWIRE_ACCEPT_PATTERN,
            nonce: accepted.nonce(),
            timestamp: timestamp.map_or(0, |time| time.as_micros()),
            sender: sealwire_id::of(sender),
            group: sealwire_id::of(group),
            payload: accepted.payload().as_ptr(),
            payload_len: accepted.payload().len(),
            tag: accepted.tag().as_ptr(),
            tag_len: accepted.tag().len(),
        }
    }
}

impl sealwire_result {
    /// Which key proved an accepted frame, and whose it is; nothing for levels without keys.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what `SEALWIRE_ACCEPTED` says no to.
    pub(crate) fn proven_by(&self) -> Result<Option<(KeyId, ModuleId)>, Error> {
        let is_accepted = self.status == 0
            && self.accept != 0
            && self.accept ^ self.accept_check == SEALWIRE_ACCEPT_PATTERN;
        if !is_accepted {
            return Err(Error::InvalidArgument);
        }
        let has = SEALWIRE_HAS_KEY_ID | SEALWIRE_HAS_SENDER;
        if self.flags & has != has {
            return Ok(None);
        }
        Ok(Some((KeyId(self.key_id), self.sender.checked()?)))
    }
}

/// The algorithm, by level and tag: an accepted frame's pair is a valid one.
const fn algorithm_of(accepted: &Accepted<'_>) -> u8 {
    match accepted.tag().len() {
        0 => crate::sealer::SEALWIRE_ALGORITHM_NONE,
        16 => crate::sealer::SEALWIRE_HMAC_SHA256_128,
        32 => crate::sealer::SEALWIRE_HMAC_SHA256,
        64 => crate::sealer::SEALWIRE_ECDSA_P256,
        _ => crate::sealer::SEALWIRE_ECDSA_P256_BURST,
    }
}

/// A word of tag and nonce, never 0 (FNV-1a; nothing secret depends on it).
fn accept_word(tag: &[u8], nonce: u64) -> u32 {
    let mix = |word: u32, byte: &u8| (word ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let word = tag.iter().fold(0x811c_9dc5, mix);
    nonce.to_le_bytes().iter().fold(word, mix) | 1
}

/// Why nothing was accepted: the error and, if a frame was refused, the step.
pub(crate) struct Refused {
    pub(crate) error: Error,
    pub(crate) step: u8,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, step: 0 }
    }
}

impl From<sealwire_core::Rejection> for Refused {
    fn from(rejection: sealwire_core::Rejection) -> Self {
        Self { error: rejection.error(), step: rejection.step().number() }
    }
}

/// A result that was wiped and waits for the verdict.
#[derive(Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) place: Place<sealwire_result>,
}

impl Verdict {
    /// Wipes the result, whatever else is wrong with the call; only where it lies inside one of
    /// the `objects` it is left alone.
    ///
    /// # Errors
    /// [`Error::NullPointer`], [`Error::ObjectSize`] for a bad alignment, [`Error::Overlap`].
    ///
    /// # Safety
    /// The result is writable.
    pub(crate) unsafe fn begin(
        result: *mut sealwire_result,
        objects: &[Span],
    ) -> Result<Self, Error> {
        let place = Place::new(result)?;
        disjoint(&[place.span], objects)?;
        // SAFETY: the caller's word.
        unsafe { place.set(sealwire_result::WIPED) };
        Ok(Self { place })
    }

    /// Writes the verdict and gives the status.
    ///
    /// # Safety
    /// The result is writable.
    pub(crate) unsafe fn end(self, verdict: Result<Accepted<'_>, Refused>) -> i32 {
        let (result, status) = match verdict {
            Ok(accepted) => (sealwire_result::of(&accepted), 0),
            Err(Refused { error, step }) => {
                let status = i32::from(error.number());
                let refused = sealwire_result { status, step, ..sealwire_result::WIPED };
                (refused, status)
            }
        };
        // SAFETY: the caller's word.
        unsafe { self.place.set(result) };
        status
    }
}
