//! Step 6: the tag or the signature over the bytes as they came (`PROTOCOL.md` §5).
//!
//! At level 5 all that it takes is copied out of the slot first, so that no lock is held while
//! a signature is verified.

use crate::accepted::Authenticated;
use crate::audit::{Rejection, Step};
use crate::burst::{self, BurstMemory};
use crate::crypto::hmac::Mac;
use crate::crypto::p256::{PublicKey, Signature, VerifyP256};
use crate::crypto::sha256::RUNS_AHEAD;
use crate::error::Error;
use crate::hardened::Verdict;
use crate::id::ModuleId;
use crate::level::{Algorithm, Level};
use crate::policy::Requirement;
use crate::signed::{self, Binding, SignedPrefix};
use crate::slot::Slot;
use crate::tree::{self, BurstNode};
use crate::validator::{Refused, rejection};
use crate::wire::frame::Frame;
use crate::wire::shape::Shape;

/// Whether steps 4 and 5 are asked by [`tag_is_right`], while it waits for the inner hash. What is
/// refused, and why, is the same; a microcontroller asks first, so that what is stale costs it no
/// hash, and so does `hardened`, which asks once more afterwards.
#[inline]
pub(crate) fn asked_meanwhile(level: Level) -> bool {
    RUNS_AHEAD && !cfg!(feature = "hardened") && level == Level::Hmac
}

/// Level 4: the tag, in constant time, and before it what `meanwhile` refuses. Where a signature may
/// be verified instead, the hash's buffers don't lie under it on a microcontroller's stack.
///
/// `verdict` is nobody's before: where a fault leads past this, it mustn't be the last frame's that
/// lies in its place.
#[cfg_attr(all(target_os = "none", feature = "ecdsa"), inline(never))]
#[cfg_attr(not(all(target_os = "none", feature = "ecdsa")), inline)]
pub(crate) fn tag_is_right(
    slot: &Slot,
    frame: &Frame<'_>,
    requirement: &Requirement<'_>,
    verdict: &mut Verdict,
    meanwhile: impl FnOnce() -> Result<(), Refused>,
) -> Result<(), Refused> {
    let mut mac = Mac::new(&slot.key);
    signed::feed_mac(&mut mac, frame.front(), &requirement.context);
    // Parsing gave the tag the length of its algorithm, and the slot has that algorithm. Asked
    // again: an empty tag would be the beginning of any.
    let has_length = frame.tag().len() == slot.algorithm.tag_len();
    let inner = mac.end();
    if asked_meanwhile(Level::Hmac) {
        meanwhile()?;
    }
    #[cfg(feature = "hardened")]
    let is_right = {
        *verdict = inner.with_tag(|tag| Verdict::of_tag(frame, tag));
        verdict.is_proven(frame)
    };
    #[cfg(not(feature = "hardened"))]
    let is_right = {
        // Nothing without the feature.
        _ = verdict;
        has_length && inner.verify(frame.tag())
    };
    if has_length && is_right { Ok(()) } else { Err((Error::TagWrong, Step::Proof)) }
}

/// Level 5: whose signature it must be, and what it binds.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    key: PublicKey,
    key_id: u32,
    prefix: SignedPrefix,
}

impl Signer {
    /// The owner of `slot`, signing for `own` or for the slot's group.
    #[inline]
    pub(crate) fn of(slot: &Slot, own: &ModuleId) -> Self {
        let prefix = SignedPrefix::of_slot(slot, own);
        Self { key: PublicKey::from_xy(slot.xy()), key_id: slot.key_id, prefix }
    }

    /// Range and low s, then the engine; for a burst the engine only if the burst is new. Gives
    /// the burst that was verified, for it to be remembered.
    #[cfg_attr(feature = "hardened", inline(never))]
    fn signed<V: VerifyP256>(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
        verifier: &V,
        memory: &BurstMemory,
    ) -> Result<Option<BurstNode>, Refused> {
        match frame.metadata().algorithm() {
            Algorithm::EcdsaP256Burst => self.burst(frame, requirement, verifier, memory),
            _ => self.single(frame, requirement, verifier).map(|()| None),
        }
    }

    /// A signature of one frame.
    fn single<V: VerifyP256>(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
        verifier: &V,
    ) -> Result<(), Refused> {
        single(&self.key, self.prefix.binding(), frame, requirement, verifier)
    }

    /// A signature of many.
    #[inline]
    pub(crate) fn burst<V: VerifyP256>(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
        verifier: &V,
        memory: &BurstMemory,
    ) -> Result<Option<BurstNode>, Refused> {
        let verified = self.root(frame, requirement).and_then(|(shape, root, signature)| {
            self.prefix.for_burst().with_root(shape, &root, |signed| {
                let known = burst::known_root(&self.key, self.key_id, signed, &signature);
                if memory.knows(&known) {
                    return Ok(None);
                }
                if !memory.may_verify() {
                    return Err(Error::VerificationBudget);
                }
                verifier.verify(&self.key, signed, &signature).map(|()| Some(known))
            })
        });
        verified.map_err(|error| (error, Step::Proof))
    }

    /// The root to which the frame of a burst leads, and what must have signed it.
    #[inline(never)]
    fn root(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
    ) -> Result<(Shape, BurstNode, Signature), Error> {
        let shape = Shape::parse(frame.tag())?;
        let (path, signature) = frame
            .tag()
            .get(Shape::LEN..)
            .and_then(|rest| rest.split_last_chunk::<{ Signature::LEN }>())
            .ok_or(Error::Truncated)?;
        let signature = Signature::from_bytes(*signature);
        signature.check_range()?;
        let (path, _) = path.as_chunks();
        let prefix = self.prefix.for_burst();
        let leaf = burst::leaf(&prefix, shape, frame.front(), &requirement.context);
        Ok((shape, tree::root(leaf, shape.index(), shape.size(), path), signature))
    }
}

/// A signature of one frame: range and low s, then the engine.
#[inline]
pub(crate) fn single<V: VerifyP256>(
    key: &PublicKey,
    binding: Binding<'_>,
    frame: &Frame<'_>,
    requirement: &Requirement<'_>,
    verifier: &V,
) -> Result<(), Refused> {
    let bytes: &[u8; Signature::LEN] =
        frame.tag().try_into().map_err(|_| (Error::Truncated, Step::Proof))?;
    let signature = Signature::from_bytes(*bytes);
    let verified = signature.check_range().and_then(|()| {
        binding.with_message(frame.front(), &requirement.context, |message| {
            verifier.verify(key, message, &signature)
        })
    });
    verified.map_err(|error| (error, Step::Proof))
}

/// What [`Validator::begin`](crate::Validator::begin) comes to.
#[derive(Debug)]
#[must_use]
#[allow(clippy::large_enum_variant, reason = "no heap; it lives for the length of a check")]
pub enum Begun<'f, 'r, V> {
    /// Steps 1 to 6 are done.
    Authenticated(Authenticated<'f, 'r>),
    /// Steps 1 to 5 are done; the signature is left.
    Signature(SignatureJob<'f, 'r, V>),
}

impl<'f, 'r, V: VerifyP256> Begun<'f, 'r, V> {
    /// Step 6, as far as it is left.
    ///
    /// # Errors
    /// As [`SignatureJob::verify`].
    pub fn finish(self) -> Result<Authenticated<'f, 'r>, Rejection> {
        match self {
            Self::Authenticated(authenticated) => Ok(authenticated),
            Self::Signature(job) => job.verify(),
        }
    }
}

/// A signature that is still to be verified, and all that it takes: no lock is needed.
#[must_use]
pub struct SignatureJob<'f, 'r, V> {
    pub(crate) authenticated: Authenticated<'f, 'r>,
    pub(crate) signer: Signer,
    pub(crate) verifier: V,
    pub(crate) memory: BurstMemory,
}

impl<'f, 'r, V: VerifyP256> SignatureJob<'f, 'r, V> {
    /// Step 6 at level 5.
    ///
    /// # Errors
    /// [`Error::SignatureRange`], [`Error::SignatureHighS`], [`Error::SignatureWrong`],
    /// [`Error::EngineFailed`], and [`Error::VerificationBudget`] for a burst; as a refusal.
    pub fn verify(mut self) -> Result<Authenticated<'f, 'r>, Rejection> {
        let Authenticated { frame, requirement, .. } = &self.authenticated;
        match Verdict::of_signature(frame, |frame| {
            self.signer.signed(frame, requirement, &self.verifier, &self.memory)
        }) {
            Ok((verified, verdict)) => {
                self.authenticated.verified = verified;
                self.authenticated.verdict = verdict;
                Ok(self.authenticated)
            }
            Err(refused) => Err(rejection(refused, frame.metadata(), self.authenticated.now)),
        }
    }
}

impl<V> core::fmt::Debug for SignatureJob<'_, '_, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignatureJob")
            .field("frame", &self.authenticated.frame)
            .finish_non_exhaustive()
    }
}
