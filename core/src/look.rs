//! What is asked of a frame before its proof, and again after it (`PROTOCOL.md` §6).
//!
//! The first look are steps 2 to 5. Of a frame that was checked some time ago 3 and 4 are asked
//! again when it is admitted. With the feature `hardened` every frame gets a second look, steps 2 to
//! 4, and step 8, the policy, is asked twice.

#[cfg(feature = "hardened")]
use core::hint::black_box;

use crate::audit::Step;
use crate::burst::BurstEntry;
use crate::error::Error;
use crate::id::ModuleId;
use crate::level::Level;
use crate::policy::{Peer, Requirement};
use crate::proof::asked_meanwhile;
use crate::replay::NonceEntry;
use crate::slot::{Slot, flag};
use crate::storage::Storage;
use crate::time::Timestamp;
#[cfg(feature = "hardened")]
use crate::validator::Proven;
use crate::validator::{Refused, Validator};
use crate::wire::frame::Frame;
use crate::wire::metadata::Metadata;

/// What a frame is measured by: the requirement, and the receiver's clock.
pub(crate) struct Terms<'r> {
    pub(crate) requirement: &'r Requirement<'r>,
    pub(crate) now: Option<Timestamp>,
}

impl<S, N, V, B> Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
{
    /// Steps 2 and 3. Gives the sender's slot, but at level 1, where there is none.
    #[inline]
    fn steps_2_and_3(
        &self,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<Option<(usize, &Slot)>, Refused> {
        let level = metadata.level();
        terms.requirement.admits_level(level).map_err(|error| (error, Step::Level))?;
        if level == Level::None {
            return Ok(None);
        }
        let found = self.sender_of(metadata, terms).and_then(|(index, slot)| {
            terms.requirement.admits_group(level, slot.has(flag::GROUP)).map(|()| (index, slot))
        });
        found.map(Some).map_err(|error| (error, Step::Sender))
    }

    /// Steps 2 to 4, but for the fourth where it is [asked meanwhile](asked_meanwhile).
    #[cfg_attr(feature = "hardened", inline(never))]
    #[cfg_attr(not(feature = "hardened"), inline)]
    pub(crate) fn steps_2_to_4(
        &self,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<Option<(usize, &Slot)>, Refused> {
        let found = self.steps_2_and_3(metadata, terms)?;
        if let Some((_, slot)) = found
            && !asked_meanwhile(metadata.level())
        {
            self.step_4(slot, metadata, terms)?;
        }
        Ok(found)
    }

    /// Step 4, which level 2 hasn't.
    #[inline]
    fn step_4(&self, slot: &Slot, metadata: &Metadata, terms: &Terms<'_>) -> Result<(), Refused> {
        if metadata.level() == Level::BasicAuth {
            return Ok(());
        }
        self.time_is_right(slot, metadata, terms).map_err(|error| (error, Step::Time))
    }

    /// Step 5, which level 2 hasn't, and before it the fourth if it wasn't asked yet.
    #[inline]
    pub(crate) fn is_fresh(
        &self,
        slot: &Slot,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<(), Refused> {
        let level = metadata.level();
        if asked_meanwhile(level) {
            self.step_4(slot, metadata, terms)?;
        }
        if level == Level::BasicAuth {
            return Ok(());
        }
        self.nonce_would_do(slot, metadata, terms).map_err(|error| (error, Step::Nonce))
    }

    /// Whether it was checked here, and steps 3 and 4 again, for a frame that was checked some time
    /// ago: its key may have been exchanged, and what remembered its nonce may be forgotten by now.
    pub(crate) fn key_is_unchanged(
        &self,
        frame: &Frame<'_>,
        terms: &Terms<'_>,
        own: ModuleId,
        checked: Option<(usize, u32)>,
    ) -> Result<(), Refused> {
        let refused = |error| (error, Step::Admission);
        if own != self.own {
            return Err(refused(Error::KeyChanged));
        }
        let Some(checked) = checked else { return Ok(()) };
        let (index, slot) = self.sender_of(frame.metadata(), terms).map_err(refused)?;
        if (index, slot.fingerprint) != checked {
            return Err(refused(Error::KeyChanged));
        }
        if frame.metadata().level() >= Level::Timestamp {
            self.time_is_right(slot, frame.metadata(), terms).map_err(refused)?;
        }
        Ok(())
    }

    /// Step 8. With `hardened` about the slot that the frame itself leads to: one fault before may
    /// have changed the index.
    #[cfg_attr(feature = "hardened", inline(never))]
    #[cfg_attr(not(feature = "hardened"), inline)]
    pub(crate) fn step_8(
        &self,
        frame: &Frame<'_>,
        terms: &Terms<'_>,
        index: usize,
    ) -> Result<(), Refused> {
        let metadata = frame.metadata();
        #[cfg(feature = "hardened")]
        let (found, slot) =
            self.sender_of(metadata, terms).map_err(|error| (error, Step::Policy))?;
        #[cfg(feature = "hardened")]
        if found != index {
            return Err((Error::EngineFailed, Step::Policy));
        }
        #[cfg(not(feature = "hardened"))]
        let slot = self.slots.as_ref().get(index).ok_or((Error::KeyChanged, Step::Admission))?;
        let peer = Peer::of(slot, metadata.level());
        let decision = terms.requirement.policy.decide(&peer, &terms.requirement.context);
        decision.map_err(|error| (error, Step::Policy))
    }

    /// Steps 1 to 4 and the verdict of 6 again, from the bytes that were proven: one fault before
    /// may have changed what was read of them, or led past a refusal.
    #[cfg(feature = "hardened")]
    #[inline(never)]
    pub(crate) fn second_look(
        &self,
        frame: &Frame<'_>,
        terms: &Terms<'_>,
        proven: &Proven,
    ) -> Result<(), Refused> {
        let fault = (Error::EngineFailed, Step::Admission);
        let [bytes, _] = black_box(frame).front();
        let parsed = Metadata::parse(bytes);
        let Ok((read, _)) = &parsed else { return Err(fault) };
        if !read.is_like(frame.metadata()) || !proven.verdict.is_proven(frame) {
            return Err(fault);
        }
        // What it says now it would have said before: a fault was in between.
        let found = self.steps_2_to_4(read, terms).map_err(|_| fault)?;
        let found = found.map(|(index, slot)| (index, slot.fingerprint));
        if found == proven.slot { Ok(()) } else { Err(fault) }
    }
}
