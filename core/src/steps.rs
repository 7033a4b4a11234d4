//! The pipeline's steps 3 to 5 and 7, each as one question to the validator's state
//! (`PROTOCOL.md` §6). The order in which they are asked is that of `look.rs` and `validator.rs`.

use crate::burst::{BurstEntry, BurstMemory};
use crate::error::Error;
use crate::look::Terms;
use crate::replay::{self, NonceEntry};
use crate::slot::{Kind, Slot, flag};
use crate::storage::Storage;
use crate::table;
use crate::time::Timestamp;
use crate::tree::BurstNode;
use crate::validator::Validator;
use crate::wire::metadata::Metadata;

impl<S, N, V, B> Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
{
    /// Step 3: the sender's slot, if it is known, has not ended and has this algorithm.
    #[inline]
    pub(crate) fn sender_of(
        &self,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<(usize, &Slot), Error> {
        // Where they lie: taken apart, they would be seven words in each of its calls.
        #[cfg(feature = "hardened")]
        let (this, terms) = (core::hint::black_box(self), core::hint::black_box(terms));
        #[cfg(not(feature = "hardened"))]
        let this = self;
        let slots = this.slots.as_ref();
        // Where it lies: a copy of it is 20 bytes of flash.
        let (index, missing) = table::find_sender(slots, metadata.claim_ref());
        let index = index.ok_or(missing)?;
        let slot = slots.get(index).ok_or(missing)?;
        if slot.kind == Kind::Revoked {
            return Err(Error::KeyRevoked);
        }
        if !slot.proves_by(metadata.algorithm()) {
            return Err(Error::KeyAlgorithm);
        }
        if !slot.end.is_never() && slot.is_over(this.highest(terms.now.ok_or(Error::NoClock)?)) {
            return Err(Error::KeyExpired);
        }
        Ok((index, slot))
    }

    /// Step 4: the timestamp, against the limits and against what a restart left unknown.
    #[inline]
    pub(crate) fn time_is_right(
        &self,
        slot: &Slot,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<(), Error> {
        let stamp = metadata.timestamp();
        if slot.has(flag::COUNTER_ONLY) {
            return if stamp == Timestamp::ZERO { Ok(()) } else { Err(Error::TimestampNotZero) };
        }
        let now = terms.now.ok_or(Error::NoClock)?;
        self.limits.check(stamp, self.highest(now)).map_err(|error| {
            let is_fresh_now = self.limits.check(stamp, now).is_ok();
            if is_fresh_now { Error::ClockSteppedBack } else { error }
        })?;
        let floor = match slot {
            // Its keys are younger than any restart.
            slot if slot.has(flag::SESSION) => Timestamp::ZERO,
            slot if kept_in_cache(slot) => self.cache_floor,
            _ => self.floor,
        };
        if stamp < floor { Err(Error::BeforeRestart) } else { Ok(()) }
    }

    /// Step 5: would the window or the cache take the nonce? Changes nothing.
    #[inline]
    pub(crate) fn nonce_would_do(
        &self,
        slot: &Slot,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<(), Error> {
        if slot.has(flag::NO_STATE) {
            return Err(Error::NoWindowState);
        }
        if !kept_in_cache(slot) {
            return replay::window_takes(slot.highest, &slot.window, metadata.nonce());
        }
        let now = self.highest(terms.now.ok_or(Error::NoClock)?);
        if self.nonces.as_ref().is_empty() {
            // Without storage for one, none of the cache's code is linked.
            return Err(Error::NonceCacheFull);
        }
        let (start, len) = slot.region();
        let region = self.nonces.as_ref().get(start..).and_then(|rest| rest.get(..len));
        replay::cache_takes(region.ok_or(Error::NonceCacheFull)?, metadata.nonce(), now)
    }

    /// What is remembered of the bursts under the key in slot `index`.
    pub(crate) fn burst_memory(&self, index: usize, now: Option<Timestamp>) -> BurstMemory {
        let entry = self.bursts.as_ref().get(index);
        entry.map_or(BurstMemory::NONE, |entry| entry.memory(now.map(|now| self.highest(now))))
    }

    /// Pays for the verification of a burst, and remembers it if it was right.
    pub(crate) fn settle_burst(
        &mut self,
        index: usize,
        verified: Option<BurstNode>,
        now: Option<Timestamp>,
    ) {
        let now = now.map(|now| self.highest(now));
        if let Some(entry) = self.bursts.as_mut().get_mut(index) {
            entry.pay(now);
            if let Some(root) = verified {
                entry.remember(root);
            }
        }
    }

    /// Step 7: the same question, and the answer is recorded in the same call.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline)]
    pub(crate) fn take_nonce(
        &mut self,
        index: usize,
        metadata: &Metadata,
        terms: &Terms<'_>,
    ) -> Result<(), Error> {
        let highest_now = terms.now.map(|now| self.highest(now));
        let slot = self.slots.as_mut().get_mut(index).ok_or(Error::KeyChanged)?;
        if !kept_in_cache(slot) {
            return replay::window_records(&mut slot.highest, &mut slot.window, metadata.nonce());
        }
        if self.nonces.as_ref().is_empty() {
            return Err(Error::NonceCacheFull);
        }
        let (start, len) = slot.region();
        let region = self.nonces.as_mut().get_mut(start..).and_then(|rest| rest.get_mut(..len));
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
    pub(crate) fn highest(&self, now: Timestamp) -> Timestamp {
        now.max(self.latest)
    }

    /// Remembers the highest now.
    #[inline]
    pub(crate) fn observe(&mut self, now: Option<Timestamp>) {
        self.latest = now.map_or(self.latest, |now| self.highest(now));
    }
}

/// Whether the sender's nonces are in the cache: it is known by its ID alone, or they don't count.
#[inline]
const fn kept_in_cache(slot: &Slot) -> bool {
    matches!(slot.kind, Kind::Module) || slot.has(flag::RANDOM)
}
