//! The pipeline: what must hold before a frame counts (`PROTOCOL.md` §6).
//!
//! [`Validator::check`] proves a frame without changing anything; [`Validator::admit`] records
//! it, and counts it if it was refused. [`Validator::validate`] is the two in a row. Where a
//! signature must not be verified under a lock, [`Validator::begin`] does all of the check but
//! that, and gives the rest as a [`SignatureJob`].
//!
//! Keys come and go in `register.rs`; what is kept over a restart is in `saved.rs`.

use crate::accepted::{Accepted, Authenticated};
use crate::audit::{Audit, Rejection, Step};
use crate::crypto::hmac::Mac;
use crate::crypto::p256::{PublicKey, Signature, VerifyP256};
use crate::error::Error;
use crate::id::ModuleId;
use crate::key::Audience;
use crate::level::Level;
use crate::policy::{Peer, Requirement};
use crate::replay::{self, NonceEntry};
use crate::signed::{self, SignedPrefix};
use crate::slot::{Kind, NEVER, Slot, flag};
use crate::time::{Limits, TimeRule, Timestamp};
use crate::wire::frame::Frame;
use crate::wire::metadata::{Claim, Metadata};
use crate::{ct, table};

/// A receiver: its keys, windows, limits and audit.
///
/// `S` is the storage for keys, one [`Slot`] each: an array, a `&'static mut [Slot]`, a `Vec`.
/// `N` is the storage of the nonce cache, for level 3 and for keys with random nonces; without
/// it such senders can't be registered.
///
/// `check` of level 4 is short enough for an interrupt, that of level 5 isn't.
pub struct Validator<S, N = [NonceEntry; 0]> {
    pub(crate) own: ModuleId,
    pub(crate) limits: Limits,
    pub(crate) verifier: Option<&'static dyn VerifyP256>,
    /// The highest now of any admission.
    pub(crate) latest: Timestamp,
    /// Frames stamped before this are refused: what was accepted before a restart is unknown.
    pub(crate) floor: Timestamp,
    /// The same for senders that are kept in the cache, which isn't saved.
    pub(crate) cache_floor: Timestamp,
    /// Whether windows of counter-only keys were lost.
    pub(crate) windows_lost: bool,
    /// The end of the last region of the nonce cache that was ever given.
    pub(crate) regions_end: usize,
    pub(crate) slots: S,
    pub(crate) nonces: N,
    pub(crate) audit: Audit,
}

/// What [`Validator::begin`] comes to.
#[derive(Debug)]
#[must_use]
pub enum Begun<'f, 'r> {
    /// Steps 1 to 6 are done.
    Authenticated(Authenticated<'f, 'r>),
    /// Steps 1 to 5 are done; the signature is left.
    Signature(SignatureJob<'f, 'r>),
}

/// A signature that is still to be verified, and all that it takes: no lock is needed.
#[must_use]
pub struct SignatureJob<'f, 'r> {
    authenticated: Authenticated<'f, 'r>,
    key: PublicKey,
    prefix: SignedPrefix,
    verifier: &'static dyn VerifyP256,
}

impl<S, N> Validator<S, N>
where
    S: AsRef<[Slot]> + AsMut<[Slot]>,
    N: AsRef<[NonceEntry]> + AsMut<[NonceEntry]>,
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
        self.prove(Frame::parse(bytes), requirement, now)
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
        self.begin(Frame::parse_detached(form, message), requirement, now)?
            .finish()
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
    ) -> Result<Begun<'f, 'r>, Rejection> {
        let frame = frame.map_err(Rejection::unread)?;
        let (authenticated, slot) = self.before_proof(frame, requirement, now)?;
        match (authenticated.level(), slot) {
            (Level::DigitalSignature, Some(slot)) => self
                .signature_job(slot, authenticated)
                .map(Begun::Signature),
            (Level::Hmac, Some(slot)) => {
                tag_is_right(slot, &authenticated)?;
                Ok(Begun::Authenticated(authenticated))
            }
            _ => Ok(Begun::Authenticated(authenticated)),
        }
    }

    /// Steps 1 to 6 for a frame that was parsed.
    #[inline]
    fn prove<'f, 'r>(
        &self,
        frame: Result<Frame<'f>, Error>,
        requirement: &'r Requirement<'r>,
        now: Option<Timestamp>,
    ) -> Result<Authenticated<'f, 'r>, Rejection> {
        let frame = frame.map_err(Rejection::unread)?;
        let (authenticated, slot) = self.before_proof(frame, requirement, now)?;
        match (authenticated.level(), slot) {
            (Level::DigitalSignature, Some(slot)) => {
                self.signature_job(slot, authenticated)?.verify()
            }
            (Level::Hmac, Some(slot)) => tag_is_right(slot, &authenticated).map(|()| authenticated),
            _ => Ok(authenticated),
        }
    }

    /// Steps 2 to 5. Gives the sender's slot too, but at level 1, where there is none.
    #[inline]
    fn before_proof<'f, 'r>(
        &self,
        frame: Frame<'f>,
        requirement: &'r Requirement<'r>,
        now: Option<Timestamp>,
    ) -> Result<(Authenticated<'f, 'r>, Option<&Slot>), Rejection> {
        let metadata = frame.metadata();
        let level = metadata.level();
        let refuse = |step| move |error| Rejection::of(error, step, metadata);

        requirement
            .admits_level(level)
            .map_err(refuse(Step::Level))?;
        if level == Level::None {
            return Ok((
                Authenticated {
                    frame,
                    requirement,
                    now,
                    slot: None,
                },
                None,
            ));
        }
        let (index, slot) = self
            .sender_of(metadata, now)
            .map_err(refuse(Step::Sender))?;
        requirement
            .admits_group(level, slot.has(flag::GROUP))
            .map_err(refuse(Step::Sender))?;
        if level != Level::BasicAuth {
            self.time_is_right(slot, metadata, now)
                .map_err(refuse(Step::Time))?;
            self.nonce_would_do(slot, metadata, now)
                .map_err(refuse(Step::Nonce))?;
        }
        let slot_and_key = Some((index, slot.fingerprint));
        Ok((
            Authenticated {
                frame,
                requirement,
                now,
                slot: slot_and_key,
            },
            Some(slot),
        ))
    }

    /// Steps 7 and 8, after a second look at the key: records the frame and asks the policy.
    /// Takes what the check gave, so that its refusals are counted as well.
    ///
    /// # Errors
    /// The check's refusal, or a new one: the key was exchanged, the nonce was taken in the
    /// meantime, the policy refuses.
    #[inline]
    pub fn admit<'f>(
        &mut self,
        checked: Result<Authenticated<'f, '_>, Rejection>,
    ) -> Result<Accepted<'f>, Rejection> {
        match checked.and_then(|authenticated| self.record(&authenticated)) {
            Ok(accepted) => {
                self.audit.accept(accepted.level());
                Ok(accepted)
            }
            Err(rejection) => {
                self.audit.refuse(rejection, self.latest);
                Err(rejection)
            }
        }
    }

    /// All steps for the attached frame in `bytes`.
    ///
    /// # Errors
    /// The refusal, which is counted.
    #[inline]
    pub fn validate<'f>(
        &mut self,
        bytes: &'f [u8],
        requirement: &Requirement<'_>,
        now: Option<Timestamp>,
    ) -> Result<Accepted<'f>, Rejection> {
        let checked = self.check(bytes, requirement, now);
        self.admit(checked)
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
        let checked = self.check_detached(form, message, requirement, now);
        self.admit(checked)
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

    /// Step 3.
    #[inline]
    fn sender_of(
        &self,
        metadata: &Metadata,
        now: Option<Timestamp>,
    ) -> Result<(usize, &Slot), Error> {
        let slots = self.slots.as_ref();
        let (index, missing) = match metadata.claim() {
            Claim::Key(id) => (table::find_key(slots, id), Error::UnknownKey),
            Claim::Module(id) => (table::find_module(slots, &id), Error::UnknownSender),
        };
        let index = index.ok_or(missing)?;
        let slot = slots.get(index).ok_or(missing)?;
        if slot.kind == Kind::Revoked {
            return Err(Error::KeyRevoked);
        }
        if slot.algorithm != metadata.algorithm() {
            return Err(Error::KeyAlgorithm);
        }
        self.has_not_ended(slot, now)?;
        Ok((index, slot))
    }

    #[inline]
    fn has_not_ended(&self, slot: &Slot, now: Option<Timestamp>) -> Result<(), Error> {
        if slot.expires != NEVER && slot.is_over(self.highest(now.ok_or(Error::NoClock)?)) {
            return Err(Error::KeyExpired);
        }
        Ok(())
    }

    /// Step 4.
    #[inline]
    fn time_is_right(
        &self,
        slot: &Slot,
        metadata: &Metadata,
        now: Option<Timestamp>,
    ) -> Result<(), Error> {
        let stamp = metadata.timestamp();
        if slot.has(flag::COUNTER_ONLY) {
            return if stamp == Timestamp::ZERO {
                Ok(())
            } else {
                Err(Error::TimestampNotZero)
            };
        }
        let now = now.ok_or(Error::NoClock)?;
        self.limits
            .check(stamp, self.highest(now))
            .map_err(|error| {
                let is_fresh_now = self.limits.check(stamp, now).is_ok();
                if is_fresh_now {
                    Error::ClockSteppedBack
                } else {
                    error
                }
            })?;
        let floor = if kept_in_cache(slot) {
            self.cache_floor
        } else {
            self.floor
        };
        if stamp < floor {
            Err(Error::BeforeRestart)
        } else {
            Ok(())
        }
    }

    /// Step 5.
    #[inline]
    fn nonce_would_do(
        &self,
        slot: &Slot,
        metadata: &Metadata,
        now: Option<Timestamp>,
    ) -> Result<(), Error> {
        if slot.has(flag::NO_STATE) {
            return Err(Error::NoWindowState);
        }
        if !kept_in_cache(slot) {
            return replay::window_takes(slot.highest, &slot.window, metadata.nonce());
        }
        let now = self.highest(now.ok_or(Error::NoClock)?);
        let (start, len) = slot.region();
        let region = self
            .nonces
            .as_ref()
            .get(start..)
            .and_then(|rest| rest.get(..len));
        replay::cache_takes(region.ok_or(Error::NonceCacheFull)?, metadata.nonce(), now)
    }

    fn signature_job<'f, 'r>(
        &self,
        slot: &Slot,
        authenticated: Authenticated<'f, 'r>,
    ) -> Result<SignatureJob<'f, 'r>, Rejection> {
        let Some(verifier) = self.verifier else {
            let metadata = authenticated.frame.metadata();
            return Err(Rejection::of(Error::NoEngine, Step::Proof, metadata));
        };
        let audience = slot
            .group()
            .map_or(Audience::Peer(self.own), Audience::Group);
        Ok(SignatureJob {
            authenticated,
            key: PublicKey::from_xy(slot.xy()),
            prefix: SignedPrefix::new(slot.algorithm, &audience, &slot.sender()),
            verifier,
        })
    }

    /// Steps 3 and 4 again, 7 and 8.
    #[inline]
    fn record<'f>(
        &mut self,
        authenticated: &Authenticated<'f, '_>,
    ) -> Result<Accepted<'f>, Rejection> {
        let &Authenticated {
            frame,
            requirement,
            now,
            slot,
        } = authenticated;
        let metadata = *frame.metadata();
        let refuse = |step| move |error| Rejection::of(error, step, &metadata);

        let Some((index, fingerprint)) = slot else {
            self.observe(now);
            return Ok(Accepted {
                frame,
                peer: None,
                time: TimeRule::Stamped,
            });
        };
        let (found, slot) = self
            .sender_of(&metadata, now)
            .map_err(refuse(Step::Admission))?;
        if found != index || slot.fingerprint != fingerprint {
            return Err(refuse(Step::Admission)(Error::KeyChanged));
        }
        if metadata.level() >= Level::Timestamp {
            // Held since its check until it was stale, a frame could count twice: what
            // remembered it may be forgotten by now.
            self.time_is_right(slot, &metadata, now)
                .map_err(refuse(Step::Admission))?;
        }
        let time = if slot.has(flag::COUNTER_ONLY) {
            TimeRule::CounterOnly
        } else {
            TimeRule::Stamped
        };
        let peer = Peer {
            sender: slot.sender(),
            role: slot.role,
            level: metadata.level(),
            group: slot.group(),
        };
        if metadata.level() >= Level::Timestamp {
            self.take_nonce(index, &metadata, now)
                .map_err(refuse(Step::Admission))?;
        }
        self.observe(now);
        requirement
            .policy
            .decide(&peer, &requirement.context)
            .map_err(refuse(Step::Policy))?;
        Ok(Accepted {
            frame,
            peer: Some(peer),
            time,
        })
    }

    /// Step 7.
    #[inline]
    fn take_nonce(
        &mut self,
        index: usize,
        metadata: &Metadata,
        now: Option<Timestamp>,
    ) -> Result<(), Error> {
        let highest_now = now.map(|now| self.highest(now));
        let slot = self
            .slots
            .as_mut()
            .get_mut(index)
            .ok_or(Error::KeyChanged)?;
        if !kept_in_cache(slot) {
            return replay::window_records(&mut slot.highest, &mut slot.window, metadata.nonce());
        }
        let (start, len) = slot.region();
        let region = self
            .nonces
            .as_mut()
            .get_mut(start..)
            .and_then(|rest| rest.get_mut(..len));
        let alive_until = metadata.timestamp().saturating_add(self.limits.past());
        replay::cache_records(
            region.ok_or(Error::NonceCacheFull)?,
            metadata.nonce(),
            highest_now.ok_or(Error::NoClock)?,
            alive_until,
        )
    }

    /// The time that counts: a clock that stepped back revives nothing.
    #[inline]
    fn highest(&self, now: Timestamp) -> Timestamp {
        now.max(self.latest)
    }

    #[inline]
    fn observe(&mut self, now: Option<Timestamp>) {
        self.latest = now.map_or(self.latest, |now| self.highest(now));
    }
}

impl<'f, 'r> Begun<'f, 'r> {
    /// Step 6, as far as it is left.
    ///
    /// # Errors
    /// As [`SignatureJob::verify`].
    #[inline]
    pub fn finish(self) -> Result<Authenticated<'f, 'r>, Rejection> {
        match self {
            Self::Authenticated(authenticated) => Ok(authenticated),
            Self::Signature(job) => job.verify(),
        }
    }
}

impl<'f, 'r> SignatureJob<'f, 'r> {
    /// Step 6 at level 5: range and low s, then the engine.
    ///
    /// # Errors
    /// [`Error::SignatureRange`], [`Error::SignatureHighS`], [`Error::SignatureWrong`],
    /// [`Error::EngineFailed`], as a refusal.
    pub fn verify(self) -> Result<Authenticated<'f, 'r>, Rejection> {
        let Authenticated {
            frame, requirement, ..
        } = self.authenticated;
        self.verify_parts(&frame, requirement)
            .map_err(|error| Rejection::of(error, Step::Proof, frame.metadata()))?;
        Ok(self.authenticated)
    }

    fn verify_parts(&self, frame: &Frame<'_>, requirement: &Requirement<'_>) -> Result<(), Error> {
        let signature =
            Signature::from_bytes(frame.tag().try_into().map_err(|_| Error::Truncated)?);
        signature.check_range()?;
        self.prefix
            .with_message(frame.front(), &requirement.context, |message| {
                self.verifier.verify(&self.key, message, &signature)
            })
    }
}

impl core::fmt::Debug for SignatureJob<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignatureJob")
            .field("frame", &self.authenticated.frame)
            .finish_non_exhaustive()
    }
}

impl<S, N> core::fmt::Debug for Validator<S, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Validator")
            .field("own", &self.own)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Whether the sender's nonces are in the cache: it is known by its ID alone, or they don't count.
#[inline]
const fn kept_in_cache(slot: &Slot) -> bool {
    matches!(slot.kind, Kind::Module) || slot.has(flag::RANDOM)
}

/// Step 6 at level 4: the tag over the bytes as they came, compared in constant time.
#[inline]
fn tag_is_right(slot: &Slot, authenticated: &Authenticated<'_, '_>) -> Result<(), Rejection> {
    let Authenticated {
        frame, requirement, ..
    } = authenticated;
    let mut mac = Mac::new(&slot.key);
    signed::feed(frame.front(), &requirement.context, |part| mac.update(part));
    let expected = mac.finish();
    // Parsing gave the tag the length of its algorithm, and the slot has that algorithm: a
    // length that doesn't fit is as wrong as a byte.
    let is_right = expected.get(..frame.tag().len()).is_some_and(|expected| {
        ct::eq(expected, frame.tag()) && expected.len() == slot.algorithm.tag_len()
    });
    if is_right {
        Ok(())
    } else {
        Err(Rejection::of(
            Error::TagWrong,
            Step::Proof,
            frame.metadata(),
        ))
    }
}
