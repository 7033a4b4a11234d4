//! The pipeline: what must hold before a frame counts (`PROTOCOL.md` §6).
//!
//! [`Validator::check`] proves a frame without changing anything; [`Validator::admit`] records
//! it, and counts it if it was refused. [`Validator::validate`] is the two in a row. Where a
//! signature must not be verified under a lock, [`Validator::begin`] does all of the check but
//! that, and gives the rest as a [`SignatureJob`].
//!
//! What is asked before the proof, and once more after it, is in `look.rs`. Keys come and go in
//! `register.rs`; what is kept over a restart is in `saved.rs`.

use crate::accepted::{Accepted, Authenticated};
use crate::audit::{Audit, Rejection, Step};
use crate::burst::BurstEntry;
use crate::crypto::p256::{NoVerifier, PublicKey, VerifyP256};
use crate::error::Error;
use crate::hardened::{Verdict, refused_at_first};
use crate::id::ModuleId;
use crate::level::{Algorithm, Level};
use crate::look::Terms;
use crate::policy::{Peer, Requirement};
use crate::proof::{Begun, SignatureJob, Signer, asked_meanwhile, single, tag_is_right};
use crate::replay::NonceEntry;
use crate::signed::Binding;
use crate::slot::Slot;
use crate::storage::Storage;
use crate::table;
use crate::time::{Limits, TimeRule, Timestamp};
use crate::tree::BurstNode;
use crate::wire::frame::Frame;
use crate::wire::metadata::{Claim, Metadata};

/// A receiver: its keys, windows, limits and audit.
///
/// `S` is the storage for keys, one [`Slot`] each: an array, a `&'static mut [Slot]`, a `Vec`.
/// `N` is the storage of the nonce cache, for level 3 and for keys with random nonces; without
/// it such senders can't be registered.
///
/// `check` of level 4 is short enough for an interrupt, that of level 5 isn't.
///
/// `V` checks signatures. Without one level 5 is refused, and none of its code is linked. `B` is
/// the storage that remembers bursts, one [`BurstEntry`] for each slot.
// In this order: what is asked for each frame within reach of one short instruction.
#[repr(C)]
pub struct Validator<S, N = [NonceEntry; 0], V = NoVerifier, B = [BurstEntry; 0]> {
    /// The highest now of any admission.
    pub(crate) latest: Timestamp,
    pub(crate) limits: Limits,
    /// Frames stamped before this are refused: what was accepted before a restart is unknown.
    pub(crate) floor: Timestamp,
    /// The same for senders that are kept in the cache, which isn't saved.
    pub(crate) cache_floor: Timestamp,
    pub(crate) own: ModuleId,
    /// The end of the last region of the nonce cache that was ever given.
    pub(crate) regions_end: usize,
    /// Whether windows of counter-only keys were lost.
    pub(crate) windows_lost: bool,
    pub(crate) verifier: Option<V>,
    pub(crate) slots: S,
    pub(crate) nonces: N,
    pub(crate) bursts: B,
    pub(crate) audit: Audit,
}

/// Why and where a frame is refused; the rest of a [`Rejection`] stands in its metadata.
pub(crate) type Refused = (Error, Step);

/// What steps 2 to 6 found.
#[derive(Clone, Copy)]
pub(crate) struct Proven {
    /// The slot's index and its key's fingerprint, but at level 1, where there is none.
    pub(crate) slot: Option<(usize, u32)>,
    /// The burst that was verified.
    verified: Option<BurstNode>,
    pub(crate) verdict: Verdict,
}

/// The refusal of a frame that was read.
// With `hardened` a function of its own: inlined, its stores lie between the others of a result, and
// one that is skipped leaves the acceptance of the frame before there.
#[cfg_attr(feature = "hardened", cold, inline(never))]
#[cfg_attr(not(feature = "hardened"), inline)]
pub(crate) fn rejection(
    (error, step): Refused,
    metadata: &Metadata,
    now: Option<Timestamp>,
) -> Rejection {
    Rejection::of(error, step, metadata, now)
}

impl<S, N, V, B> Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
    V: VerifyP256 + Clone,
{
    /// Steps 1 to 6, without a change: proves the attached frame in `bytes`.
    ///
    /// `now` is the receiver's clock, or none if it has none.
    ///
    /// # Errors
    /// The refusal. Hand it to [`Validator::admit`], so that it is counted.
    pub fn check<'f, 'r>(
        &self,
        bytes: &'f [u8],
        requirement: &'r Requirement<'r>,
        now: Option<Timestamp>,
    ) -> Result<Authenticated<'f, 'r>, Rejection> {
        self.begin(Frame::parse(bytes), requirement, now)?.finish()
    }

    /// [`Validator::check`] of a detached form and the message beside it.
    ///
    /// # Errors
    /// The refusal. Hand it to [`Validator::admit`], so that it is counted.
    pub fn check_detached<'f, 'r>(
        &self,
        form: &'f [u8],
        message: &'f [u8],
        requirement: &'r Requirement<'r>,
        now: Option<Timestamp>,
    ) -> Result<Authenticated<'f, 'r>, Rejection> {
        self.begin(Frame::parse_detached(form, message), requirement, now)?.finish()
    }

    /// Steps 1 to 5, and 6 at level 4. `frame` is what [`Frame::parse`] or
    /// [`Frame::parse_detached`] gave.
    ///
    /// # Errors
    /// The refusal. Hand it to [`Validator::admit`], so that it is counted.
    pub fn begin<'f, 'r>(
        &self,
        frame: Result<Frame<'f>, Error>,
        requirement: &'r Requirement<'r>,
        now: Option<Timestamp>,
    ) -> Result<Begun<'f, 'r, V>, Rejection> {
        let frame = frame.map_err(Rejection::unread)?;
        let terms = &Terms { requirement, now };
        let found = self.steps_2_to_4(frame.metadata(), terms);
        let slot = match &found {
            Ok(found) => found.map(|(index, slot)| (index, slot.fingerprint)),
            Err(_) => None,
        };
        let verdict = Verdict::without_tag(&frame, 0);
        let authenticated =
            Authenticated { frame, requirement, now, own: self.own, slot, verified: None, verdict };
        let begun = found.and_then(|found| {
            let Some((index, slot)) = found else { return Ok(Begun::Authenticated(authenticated)) };
            let is_fresh = || self.is_fresh(slot, frame.metadata(), terms);
            let level = frame.metadata().level();
            if !asked_meanwhile(level) {
                is_fresh()?;
            }
            match level {
                Level::Hmac => {
                    let mut verdict = Verdict::NOBODYS;
                    tag_is_right(slot, &frame, requirement, verdict.in_place(), is_fresh)?;
                    Ok(Begun::Authenticated(Authenticated { verdict, ..authenticated }))
                }
                Level::DigitalSignature => Ok(Begun::Signature(SignatureJob {
                    authenticated,
                    signer: Signer::of(slot, &self.own),
                    verifier: self.verifier.clone().ok_or((Error::NoEngine, Step::Proof))?,
                    memory: self.burst_memory(index, now),
                })),
                Level::None | Level::BasicAuth | Level::Timestamp => {
                    Ok(Begun::Authenticated(authenticated))
                }
            }
        });
        begun.map_err(|refused| rejection(refused, frame.metadata(), now))
    }

    /// Steps 2 to 6 in a row.
    #[inline]
    fn steps_2_to_6(&self, frame: &Frame<'_>, terms: &Terms<'_>) -> Result<Proven, Refused> {
        let found = self.steps_2_to_4(frame.metadata(), terms)?;
        let slot = found.map(|(index, slot)| (index, slot.fingerprint));
        let (verified, verdict) = match found {
            Some(found) => self.steps_4_to_6(frame, terms, found)?,
            None => (None, Verdict::without_tag(frame, 0)),
        };
        Ok(Proven { slot, verified, verdict })
    }

    /// The rest of it for a sender that is known.
    #[inline]
    fn steps_4_to_6(
        &self,
        frame: &Frame<'_>,
        terms: &Terms<'_>,
        (index, slot): (usize, &Slot),
    ) -> Result<(Option<BurstNode>, Verdict), Refused> {
        let level = frame.metadata().level();
        let is_fresh = || self.is_fresh(slot, frame.metadata(), terms);
        if !asked_meanwhile(level) {
            is_fresh()?;
        }
        match level {
            Level::Hmac => {
                let mut verdict = Verdict::NOBODYS;
                tag_is_right(slot, frame, terms.requirement, verdict.in_place(), is_fresh)?;
                Ok((None, verdict))
            }
            // Without an engine none of what would be asked of it is linked.
            Level::DigitalSignature if self.verifier.is_none() => {
                Err((Error::NoEngine, Step::Proof))
            }
            Level::DigitalSignature => {
                Verdict::of_signature(frame, |frame| match frame.metadata().algorithm() {
                    Algorithm::EcdsaP256Burst => {
                        self.burst_is_right((index, slot), *frame, terms.requirement, terms.now)
                    }
                    _ => self.signature_is_right(slot, *frame, terms.requirement).map(|()| None),
                })
            }
            Level::None | Level::BasicAuth | Level::Timestamp => {
                Ok((None, Verdict::without_tag(frame, 0)))
            }
        }
    }

    /// Step 6 of a single signature. Apart from the rest, which would share its stack.
    #[inline(never)]
    fn signature_is_right(
        &self,
        slot: &Slot,
        frame: Frame<'_>,
        requirement: &Requirement<'_>,
    ) -> Result<(), Refused> {
        let verifier = self.verifier.as_ref().ok_or((Error::NoEngine, Step::Proof))?;
        let key = PublicKey::from_xy(slot.xy());
        single(&key, Binding::of_slot(slot, &self.own), &frame, requirement, verifier)
    }

    /// Step 6 of a burst. Apart from the rest, which would share its stack.
    #[inline(never)]
    fn burst_is_right(
        &self,
        (index, slot): (usize, &Slot),
        frame: Frame<'_>,
        requirement: &Requirement<'_>,
        now: Option<Timestamp>,
    ) -> Result<Option<BurstNode>, Refused> {
        let verifier = self.verifier.as_ref().ok_or((Error::NoEngine, Step::Proof))?;
        if self.bursts.as_ref().is_empty() {
            // No key was registered for bursts; without storage none of their code is linked.
            return Err((Error::KeyAlgorithm, Step::Proof));
        }
        let memory = self.burst_memory(index, now);
        Signer::of(slot, &self.own).burst(&frame, requirement, verifier, &memory)
    }

    /// Steps 7 and 8, after a second look at the key: records the frame and asks the policy.
    /// Takes what the check gave, so that its refusals are counted as well.
    ///
    /// # Errors
    /// The check's refusal, or a new one: the key was exchanged, the nonce was taken in the
    /// meantime, the policy refuses; [`Error::KeyChanged`] too if another receiver checked it.
    #[inline]
    pub fn admit<'f>(
        &mut self,
        checked: Result<Authenticated<'f, '_>, Rejection>,
    ) -> Result<Accepted<'f>, Rejection> {
        let Authenticated { frame, requirement, now, own, slot, verified, verdict } = match checked
        {
            Ok(authenticated) => authenticated,
            Err(rejection) => return Err(self.refuse(rejection)),
        };
        let proven = Proven { slot, verified, verdict };
        let terms = &Terms { requirement, now };
        let recorded = self
            .key_is_unchanged(&frame, terms, own, slot)
            .and_then(|()| self.record(&frame, terms, proven));
        self.conclude(&frame, now, recorded)
    }

    /// All steps for the attached frame in `bytes`.
    ///
    /// # Errors
    /// The refusal, which is counted.
    #[cfg_attr(feature = "hardened", inline(always))]
    #[cfg_attr(not(feature = "hardened"), inline)]
    pub fn validate<'f>(
        &mut self,
        bytes: &'f [u8],
        requirement: &Requirement<'_>,
        now: Option<Timestamp>,
    ) -> Result<Accepted<'f>, Rejection> {
        self.all_steps(|| Frame::parse(bytes), requirement, now)
    }

    /// All steps for a detached form and the message beside it.
    ///
    /// # Errors
    /// The refusal, which is counted.
    pub fn validate_detached<'f>(
        &mut self,
        form: &'f [u8],
        message: &'f [u8],
        requirement: &Requirement<'_>,
        now: Option<Timestamp>,
    ) -> Result<Accepted<'f>, Rejection> {
        self.all_steps(|| Frame::parse_detached(form, message), requirement, now)
    }

    /// Check and admission with nothing between them, so that the key is no other.
    // With `hardened` in the caller, however many there are: what is refused at first lies in its
    // frame, where the last acceptance would be left if a call of this were skipped.
    #[cfg_attr(feature = "hardened", inline(always))]
    #[cfg_attr(not(feature = "hardened"), inline)]
    fn all_steps<'f>(
        &mut self,
        parse: impl FnOnce() -> Result<Frame<'f>, Error>,
        requirement: &Requirement<'_>,
        now: Option<Timestamp>,
    ) -> Result<Accepted<'f>, Rejection> {
        let terms = &Terms { requirement, now };
        refused_at_first(|| self.steps_1_to_8(&parse(), terms))
    }

    #[inline]
    fn steps_1_to_8<'f>(
        &mut self,
        frame: &Result<Frame<'f>, Error>,
        terms: &Terms<'_>,
    ) -> Result<Accepted<'f>, Rejection> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Err(self.refuse(Rejection::unread(*error))),
        };
        let recorded =
            self.steps_2_to_6(frame, terms).and_then(|proven| self.record(frame, terms, proven));
        self.conclude(frame, terms.now, recorded)
    }

    /// Counts what came of a frame.
    #[inline]
    fn conclude<'f>(
        &mut self,
        frame: &Frame<'f>,
        now: Option<Timestamp>,
        recorded: Result<(Option<usize>, Verdict), Refused>,
    ) -> Result<Accepted<'f>, Rejection> {
        match recorded {
            Ok((index, verdict)) => {
                let level = frame.metadata().level();
                self.audit.accept(level);
                // From the slot once more. A copy of what the policy was shown would read in one
                // piece what was just written in several, and wait until that is in the cache:
                // until the tag is known, with the next frame behind it.
                let slot = index.and_then(|index| self.slots.as_ref().get(index));
                let (peer, time) = match slot {
                    Some(slot) => (Peer::of(slot, level), slot.time_rule()),
                    None => (Peer::NOBODY, TimeRule::Stamped),
                };
                Ok(Accepted { frame: *frame, peer, time, verdict })
            }
            Err(refused) => Err(self.refuse(rejection(refused, frame.metadata(), now))),
        }
    }

    #[cold]
    fn refuse(&mut self, rejection: Rejection) -> Rejection {
        // At the time of the check: the highest of an admission stands still under a flood, and
        // paid then the bucket would be full again at the next check.
        if !self.bursts.as_ref().is_empty()
            && let (Some(at), Some(Claim::Key(id))) = (rejection.burst_paid_at(), rejection.claim())
            && let Some(index) = table::find_key(self.slots.as_ref(), id)
        {
            self.settle_burst(index, None, Some(at));
        }
        self.audit.refuse(rejection, self.latest);
        rejection
    }

    /// Counts a packet of a stream that never became a frame: [`Error::Cobs`],
    /// [`Error::StreamTooLong`].
    pub fn count_lost(&mut self, error: Error) {
        self.audit.refuse(Rejection::unread(error), self.latest);
    }

    /// What was refused and accepted so far.
    #[must_use]
    pub const fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The module ID of this receiver.
    #[must_use]
    pub const fn own_id(&self) -> ModuleId {
        self.own
    }

    /// Steps 7 and 8.
    #[inline]
    fn record(
        &mut self,
        frame: &Frame<'_>,
        terms: &Terms<'_>,
        proven: Proven,
    ) -> Result<(Option<usize>, Verdict), Refused> {
        #[cfg(feature = "hardened")]
        self.second_look(frame, terms, &proven)?;
        let level = frame.metadata().level();
        let index = proven.slot.map(|(index, _)| index);
        if let Some(index) = index {
            if proven.verified.is_some() {
                self.settle_burst(index, proven.verified, terms.now);
            }
            if level >= Level::Timestamp {
                self.take_nonce(index, frame.metadata(), terms)
                    .map_err(|error| (error, Step::Admission))?;
            }
        }
        self.observe(terms.now);
        match index {
            Some(index) => {
                self.step_8(frame, terms, index)?;
                #[cfg(feature = "hardened")]
                self.step_8(core::hint::black_box(frame), terms, index)?;
            }
            #[cfg(feature = "hardened")]
            None if core::hint::black_box(frame).metadata().level() != Level::None => {
                return Err((Error::EngineFailed, Step::Admission));
            }
            None => {}
        }
        Ok((index, proven.verdict.admitted()))
    }
}

impl<S, N, V, B> core::fmt::Debug for Validator<S, N, V, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Validator")
            .field("own", &self.own)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
