//! Step 6: the tag or the signature over the bytes as they came (`PROTOCOL.md` §5).
//!
//! At level 5 all that it takes is copied out of the slot first, so that no lock is held while
//! a signature is verified.

use crate::accepted::Authenticated;
use crate::audit::{Rejection, Step};
use crate::crypto::hmac::Mac;
use crate::crypto::p256::{PublicKey, Signature, VerifyP256};
use crate::error::Error;
use crate::id::ModuleId;
use crate::key::Audience;
use crate::policy::Requirement;
use crate::signed::{self, SignedPrefix};
use crate::slot::Slot;
use crate::validator::{Refused, rejection};
use crate::wire::frame::Frame;

/// Level 4: the tag, in constant time.
#[inline]
pub(crate) fn tag_is_right(
    slot: &Slot,
    frame: &Frame<'_>,
    requirement: &Requirement<'_>,
) -> Result<(), Refused> {
    let mut mac = Mac::new(&slot.key);
    signed::feed(frame.front(), &requirement.context, |part| mac.update(part));
    // Parsing gave the tag the length of its algorithm, and the slot has that algorithm. Asked
    // again: an empty tag would be the beginning of any.
    if frame.tag().len() == slot.algorithm.tag_len() && mac.verify(frame.tag()) {
        Ok(())
    } else {
        Err((Error::TagWrong, Step::Proof))
    }
}

/// Level 5: whose signature it must be, and what it binds.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    key: PublicKey,
    prefix: SignedPrefix,
}

impl Signer {
    /// The owner of `slot`, signing for `own` or for the slot's group.
    pub(crate) fn of(slot: &Slot, own: ModuleId) -> Self {
        let audience = slot.group().map_or(Audience::Peer(own), Audience::Group);
        Self {
            key: PublicKey::from_xy(slot.xy()),
            prefix: SignedPrefix::new(slot.algorithm, &audience, &slot.sender()),
        }
    }

    /// Range and low s, then the engine.
    pub(crate) fn signed<V: VerifyP256>(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
        verifier: &V,
    ) -> Result<(), Refused> {
        self.verify(frame, requirement, verifier).map_err(|error| (error, Step::Proof))
    }

    fn verify<V: VerifyP256>(
        &self,
        frame: &Frame<'_>,
        requirement: &Requirement<'_>,
        verifier: &V,
    ) -> Result<(), Error> {
        let signature =
            Signature::from_bytes(frame.tag().try_into().map_err(|_| Error::Truncated)?);
        signature.check_range()?;
        self.prefix.with_message(frame.front(), &requirement.context, |message| {
            verifier.verify(&self.key, message, &signature)
        })
    }
}

/// What [`Validator::begin`](crate::Validator::begin) comes to.
#[derive(Debug)]
#[must_use]
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
}

impl<'f, 'r, V: VerifyP256> SignatureJob<'f, 'r, V> {
    /// Step 6 at level 5.
    ///
    /// # Errors
    /// [`Error::SignatureRange`], [`Error::SignatureHighS`], [`Error::SignatureWrong`],
    /// [`Error::EngineFailed`], as a refusal.
    pub fn verify(self) -> Result<Authenticated<'f, 'r>, Rejection> {
        let Authenticated { frame, requirement, .. } = &self.authenticated;
        match self.signer.signed(frame, requirement, &self.verifier) {
            Ok(()) => Ok(self.authenticated),
            Err(refused) => Err(rejection(refused, frame.metadata())),
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
