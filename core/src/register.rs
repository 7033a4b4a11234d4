//! Who a receiver knows: keys and modules come, are exchanged, are revoked and go.
//!
//! What is refused here is listed in `PROTOCOL.md` §4.3. Nothing that comes over a line leads
//! here.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::audit::Audit;
use crate::burst::BurstEntry;
use crate::crypto::kdf;
use crate::crypto::p256::VerifyP256;
use crate::crypto::sha256::Hasher;
use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::key::{Audience, KnownModule, NonceRule, PeerKey, Proof};
use crate::level::Algorithm;
use crate::replay::{Bits, NonceEntry};
use crate::saved::{Past, Restart, remembered_until};
use crate::slot::{self, End, Kind, Slot, flag};
use crate::storage::Storage;
use crate::table;
use crate::time::{Limits, TimeRule, Timestamp};
use crate::validator::Validator;

impl<S: Storage<Slot>> Validator<S> {
    /// A receiver without a nonce cache: see [`Validator::with_storage`].
    ///
    /// # Errors
    /// [`Error::InvalidState`] if saved state is damaged, [`Error::TableFull`] if it doesn't fit.
    pub fn new(
        own: ModuleId,
        limits: Limits,
        restart: Restart<'_>,
        slots: S,
    ) -> Result<Self, Error> {
        Self::with_storage(own, limits, restart, slots, [])
    }
}

impl<S, N> Validator<S, N>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
{
    /// A receiver with the ID `own` and nobody registered. It takes over the storage and
    /// forgets what is in it. What `restart` says must be true, or old frames count as new.
    ///
    /// Checks no signatures: see [`Validator::with_verifier`].
    ///
    /// # Errors
    /// [`Error::InvalidState`] if saved state is damaged, [`Error::TableFull`] if it doesn't fit.
    pub fn with_storage(
        own: ModuleId,
        limits: Limits,
        restart: Restart<'_>,
        mut slots: S,
        mut nonces: N,
    ) -> Result<Self, Error> {
        slots.as_mut().fill_with(|| Slot::EMPTY);
        nonces.as_mut().fill(NonceEntry::EMPTY);
        let past = Past::of(restart, limits, slots.as_mut())?;
        Ok(Self::after(past, own, limits, slots, nonces))
    }

    /// A receiver with what is known of the past, and with slots that are filled accordingly.
    #[inline]
    pub(crate) fn after(past: Past, own: ModuleId, limits: Limits, slots: S, nonces: N) -> Self {
        Self {
            own,
            limits,
            verifier: None,
            bursts: [],
            latest: past.latest,
            floor: past.floor,
            cache_floor: past.cache_floor,
            windows_lost: past.windows_lost,
            regions_end: 0,
            slots,
            nonces,
            audit: Audit::new(),
        }
    }

    /// The same receiver, which checks signatures with `verifier`.
    #[must_use]
    pub fn with_verifier<V: VerifyP256>(self, verifier: V) -> Validator<S, N, V> {
        self.with_bursts(verifier, [])
    }

    /// The same receiver, which checks signatures with `verifier`, of bursts too. `bursts` has
    /// an entry for each slot.
    #[must_use]
    pub fn with_bursts<V, B>(self, verifier: V, mut bursts: B) -> Validator<S, N, V, B>
    where
        V: VerifyP256,
        B: Storage<BurstEntry>,
    {
        bursts.as_mut().fill(BurstEntry::EMPTY);
        Validator {
            own: self.own,
            limits: self.limits,
            verifier: Some(verifier),
            bursts,
            latest: self.latest,
            floor: self.floor,
            cache_floor: self.cache_floor,
            windows_lost: self.windows_lost,
            regions_end: self.regions_end,
            slots: self.slots,
            nonces: self.nonces,
            audit: self.audit,
        }
    }
}

impl<S, N, V, B> Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
    V: VerifyP256,
{
    /// Registers a peer's key.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if the sender is this receiver, [`Error::DuplicateKeyId`],
    /// [`Error::DuplicateKey`], [`Error::KeyInvalid`] for a point that isn't on the curve,
    /// [`Error::NoEngine`] for a signature key without a verifier, [`Error::NonceQuota`],
    /// [`Error::TableFull`], [`Error::InvalidArgument`] for random nonces without a clock,
    /// [`Error::BurstStorage`] for bursts without storage,
    /// [`Error::KeyKind`] for a key that was removed a moment ago and changes between counting
    /// and random nonces: what it accepted could come again.
    pub fn register(&mut self, key: &PeerKey<'_>) -> Result<(), Error> {
        if key.sender == self.own {
            return Err(Error::InvalidId);
        }
        if table::find_key(self.slots.as_ref(), key.id).is_some() {
            return Err(Error::DuplicateKeyId);
        }
        let is_random = matches!(key.nonces, NonceRule::Random { .. });
        if is_random && key.time == TimeRule::CounterOnly {
            return Err(Error::InvalidArgument);
        }
        let mut fresh = self.slot_for(key)?;
        let remembered = self.is_known_elsewhere(key, &fresh)?;
        let index = match remembered {
            Some(index) => index,
            None => table::place(self.slots.as_ref(), fresh.fingerprint, self.stale())?,
        };
        if let NonceRule::Random { quota } = key.nonces {
            fresh.window = self.region_for(remembered, quota)?;
        } else if let Some(old) = remembered.and_then(|index| self.slots.as_ref().get(index)) {
            fresh.highest = old.highest;
            fresh.window = old.window;
            if !key.unused {
                fresh.flags = (fresh.flags & !flag::NO_STATE) | (old.flags & flag::NO_STATE);
            }
        }
        self.remember_bursts(index, key)?;
        self.fill(index, fresh)
    }

    /// Registers the next key of a peer beside `old`, which ends at `overlap_end`, rounded down
    /// to the second. Both are good until then.
    ///
    /// # Errors
    /// Those of [`Validator::register`]; [`Error::UnknownKey`]; [`Error::KeyKind`] if the new
    /// key is not of the same sender and audience; [`Error::RolloverPending`] if an earlier
    /// rollover of this peer hasn't ended.
    pub fn rollover(
        &mut self,
        old: KeyId,
        next: &PeerKey<'_>,
        overlap_end: Timestamp,
    ) -> Result<(), Error> {
        let old_index = table::find_key(self.slots.as_ref(), old).ok_or(Error::UnknownKey)?;
        let old_slot = self.slots.as_ref().get(old_index).ok_or(Error::UnknownKey)?;
        if old_slot.sender() != next.sender || old_slot.group() != next.group {
            return Err(Error::KeyKind);
        }
        let is_signed = |slot: &Slot| slot.algorithm == Algorithm::EcdsaP256;
        let is_of_the_pair = |slot: &Slot| {
            slot.kind == Kind::Key
                && slot.has(flag::RETIRING)
                && is_signed(slot) == is_signed(old_slot)
                && slot.sender == old_slot.sender
                && slot.bind == old_slot.bind
                && !slot.is_over(self.latest)
        };
        if self.slots.as_ref().iter().any(is_of_the_pair) {
            return Err(Error::RolloverPending);
        }
        self.register(next)?;
        // Looked for again: an old key that was over and stale may have given its slot to the next.
        let old_index = table::find_key(self.slots.as_ref(), old);
        if let Some(old_slot) = old_index.and_then(|index| self.slots.as_mut().get_mut(index)) {
            old_slot.flags |= flag::RETIRING;
            old_slot.end = old_slot.end.sooner(End::at(overlap_end));
        }
        Ok(())
    }

    /// Refuses the key from now on with [`Error::KeyRevoked`].
    ///
    /// # Errors
    /// [`Error::UnknownKey`].
    pub fn revoke(&mut self, id: KeyId) -> Result<(), Error> {
        let index = table::find_key(self.slots.as_ref(), id).ok_or(Error::UnknownKey)?;
        let slot = self.slots.as_mut().get_mut(index).ok_or(Error::UnknownKey)?;
        slot.kind = Kind::Revoked;
        Ok(())
    }

    /// Forgets the key. Its window stays behind until all that it could have accepted is stale,
    /// so that registering it again opens nothing; under a counter-only key that is never.
    ///
    /// # Errors
    /// [`Error::UnknownKey`].
    pub fn remove(&mut self, id: KeyId) -> Result<(), Error> {
        let index = table::find_key(self.slots.as_ref(), id).ok_or(Error::UnknownKey)?;
        self.retire(index);
        Ok(())
    }

    /// Who seals under the key with this ID, or nothing if none has it. A frame that names the key
    /// proves nothing by that.
    #[must_use]
    pub fn sender_under(&self, id: KeyId) -> Option<ModuleId> {
        let index = table::find_key(self.slots.as_ref(), id)?;
        self.slots.as_ref().get(index).map(|slot| ModuleId::claimed(slot.sender))
    }

    /// Registers a module that is known by its ID alone, for levels 2 and 3.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if it is this receiver, [`Error::DuplicateKeyId`],
    /// [`Error::NonceQuota`], [`Error::TableFull`].
    pub fn register_module(&mut self, module: &KnownModule) -> Result<(), Error> {
        if module.id == self.own {
            return Err(Error::InvalidId);
        }
        if table::find_module(self.slots.as_ref(), &module.id).is_some() {
            return Err(Error::DuplicateKeyId);
        }
        let mut fresh = Slot::EMPTY;
        fresh.kind = Kind::Module;
        fresh.sender = *module.id.as_bytes();
        fresh.role = module.role;
        fresh.fingerprint = table::hash_module(module.id.as_bytes());
        let remembered = table::probe(self.slots.as_ref(), fresh.fingerprint)
            .find(|(_, slot)| {
                slot.kind == Kind::Remembered
                    && slot.algorithm == Algorithm::None
                    && slot.sender == fresh.sender
            })
            .map(|(index, _)| index);
        let index = match remembered {
            Some(index) => index,
            None => table::place(self.slots.as_ref(), fresh.fingerprint, self.stale())?,
        };
        fresh.window = self.region_for(remembered, module.quota)?;
        self.fill(index, fresh)
    }

    /// Forgets a module that was known by its ID.
    ///
    /// # Errors
    /// [`Error::UnknownSender`].
    pub fn remove_module(&mut self, id: &ModuleId) -> Result<(), Error> {
        let index = table::find_module(self.slots.as_ref(), id).ok_or(Error::UnknownSender)?;
        self.retire(index);
        Ok(())
    }

    /// Before this, nothing that was accepted is still fresh.
    pub(crate) fn stale(&self) -> Timestamp {
        self.latest.saturating_sub(self.limits.past().saturating_add(self.limits.future()))
    }

    pub(crate) fn retire(&mut self, index: usize) {
        table::unlink(self.slots.as_mut(), index);
        let end = remembered_until(self.latest);
        if let Some(slot) = self.slots.as_mut().get_mut(index) {
            slot.key.zeroize();
            slot.kind = Kind::Remembered;
            // A key that had ended before accepted nothing since.
            slot.end = slot.end.sooner(end);
            if slot.has(flag::SESSION) {
                // No key is a session's twice: the slot is free, though others lie behind it.
                slot.end = End::at_second(0);
                slot.flags = flag::SESSION;
                slot.window = [0; 16];
            }
        }
    }

    /// The slot of a key that was never seen: proof, owner and rules, and an empty window.
    fn slot_for(&self, key: &PeerKey<'_>) -> Result<Slot, Error> {
        let mut fresh = Slot::EMPTY;
        match key.proof {
            Proof::Hmac { secret, tag } => {
                let audience = self.audience_of(key.group);
                fresh.key = kdf::frame_key(secret, &key.sender, &audience, tag.algorithm());
                fresh.fingerprint = fingerprint(secret.secret_bytes());
            }
            Proof::Ecdsa(public) => {
                let verifier = self.verifier.as_ref().ok_or(Error::NoEngine)?;
                if !verifier.accepts(&public) {
                    return Err(Error::KeyInvalid);
                }
                fresh.key = slot::words_of(public.as_xy());
                fresh.fingerprint = fingerprint(public.as_xy());
            }
        }
        fresh.kind = Kind::Key;
        fresh.algorithm = key.algorithm();
        fresh.key_id = key.id.0;
        fresh.sender = *key.sender.as_bytes();
        fresh.role = key.role;
        fresh.end = key.expires.map_or(End::NEVER, End::at);
        if let Some(group) = key.group {
            fresh.bind = *group.as_bytes();
            fresh.flags |= flag::GROUP;
        }
        if matches!(key.nonces, NonceRule::Random { .. }) {
            fresh.flags |= flag::RANDOM;
        }
        if key.bursts.is_some() {
            fresh.flags |= flag::BURSTS;
        }
        fresh.flags |= time_flags(key.time, self.windows_lost && !key.unused);
        Ok(fresh)
    }

    /// Sets up what is remembered of the key's bursts.
    ///
    /// # Errors
    /// [`Error::KeyKind`] for a key that doesn't sign, [`Error::BurstStorage`] without room.
    fn remember_bursts(&mut self, index: usize, key: &PeerKey<'_>) -> Result<(), Error> {
        let Some(per_second) = key.bursts else { return Ok(()) };
        if key.algorithm() != Algorithm::EcdsaP256 {
            return Err(Error::KeyKind);
        }
        let entry = self.bursts.as_mut().get_mut(index).ok_or(Error::BurstStorage)?;
        *entry = BurstEntry::full(per_second, self.latest);
        Ok(())
    }

    fn audience_of(&self, group: Option<ModuleId>) -> Audience {
        group.map_or(Audience::Peer(self.own), Audience::Group)
    }

    /// Meets every slot that may hold the same secret or public key. Gives the one that
    /// remembers this very key, if one does.
    ///
    /// # Errors
    /// [`Error::DuplicateKey`] if the key is another identity's; [`Error::KeyKind`] if it was
    /// removed with the other rule for nonces, and not all that it accepted is stale.
    fn is_known_elsewhere(&self, key: &PeerKey<'_>, fresh: &Slot) -> Result<Option<usize>, Error> {
        let mut remembered = None;
        for (index, slot) in table::probe(self.slots.as_ref(), fresh.fingerprint) {
            if slot.fingerprint != fresh.fingerprint || slot.algorithm == Algorithm::None {
                continue;
            }
            match slot.kind {
                Kind::Remembered if slot.key_id == fresh.key_id && is_same_owner(fresh, slot) => {
                    if slot.rules() == fresh.rules() {
                        remembered = Some(index);
                    } else if slot.algorithm == fresh.algorithm
                        && slot.has(flag::RANDOM) != fresh.has(flag::RANDOM)
                        && !table::may_be_given_up(slot, self.stale())
                    {
                        // What the window remembers the cache doesn't, and the other way round.
                        return Err(Error::KeyKind);
                    }
                }
                Kind::Key | Kind::Revoked
                    if self.is_same_key(key, slot) && !may_share(fresh, slot) =>
                {
                    return Err(Error::DuplicateKey);
                }
                _ => {}
            }
        }
        Ok(remembered)
    }

    /// Whether `slot` was made from the secret or public key of `key`. The fingerprint has
    /// only 32 bits, so the slot's own key is made once more.
    fn is_same_key(&self, key: &PeerKey<'_>, slot: &Slot) -> bool {
        match key.proof {
            Proof::Hmac { secret, .. } if slot.algorithm != Algorithm::EcdsaP256 => {
                let audience = self.audience_of(slot.group());
                let again = kdf::frame_key(secret, &slot.sender(), &audience, slot.algorithm);
                let pairs = again.as_flattened().iter().zip(slot.key.as_flattened());
                let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
                difference.ct_eq(&0).into()
            }
            Proof::Ecdsa(public)
                if slot.algorithm == Algorithm::EcdsaP256 && self.verifier.is_some() =>
            {
                slot.xy() == *public.as_xy()
            }
            _ => false,
        }
    }

    /// A region of `quota` entries of the nonce cache, or the one that is remembered. One whose
    /// entries are all stale is nobody's any more.
    fn region_for(&mut self, remembered: Option<usize>, quota: u16) -> Result<Bits, Error> {
        if self.nonces.as_ref().is_empty() {
            // Without a cache none of its code is linked. Who asks for no entries gets them.
            return if quota == 0 { Ok([0; 16]) } else { Err(Error::NonceQuota) };
        }
        let old = remembered
            .and_then(|index| self.slots.as_ref().get(index))
            .filter(|slot| !table::may_be_given_up(slot, self.stale()))
            .map(Slot::region);
        let len = usize::from(quota);
        let start = match old {
            Some((start, old_len)) if old_len == len => start,
            Some(_) => return Err(Error::NonceQuota),
            None => self.free_region(len)?,
        };
        let [a, b, c, d, e, f, g, h] = u64::try_from(start).unwrap_or(u64::MAX).to_le_bytes();
        let [low, high] = [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes);
        Ok([low, high, u32::from(quota), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// A region behind all that were ever given, or, when those reach the end, the first gap
    /// that fits; emptied.
    fn free_region(&mut self, len: usize) -> Result<usize, Error> {
        let room = self.nonces.as_ref().len();
        let mut start = self.regions_end;
        if start.checked_add(len).is_none_or(|end| end > room) {
            start = self.first_gap(len);
        }
        let end = start.checked_add(len).ok_or(Error::NonceQuota)?;
        self.nonces.as_mut().get_mut(start..end).ok_or(Error::NonceQuota)?.fill(NonceEntry::EMPTY);
        self.regions_end = self.regions_end.max(end);
        Ok(start)
    }

    fn first_gap(&self, len: usize) -> usize {
        let stale = self.stale();
        let is_held = |slot: &&Slot| holds_region(slot) && !table::may_be_given_up(slot, stale);
        let regions = || {
            let held = self.slots.as_ref().iter().filter(is_held);
            held.map(Slot::region).filter(|&(_, len)| len != 0)
        };
        let mut start = 0_usize;
        while let Some((other, other_len)) = regions().find(|&(other, other_len)| {
            other < start.saturating_add(len) && start < other.saturating_add(other_len)
        }) {
            start = other.saturating_add(other_len);
        }
        start
    }

    pub(crate) fn fill(&mut self, index: usize, mut fresh: Slot) -> Result<(), Error> {
        let slots = self.slots.as_mut();
        table::unlink(slots, index);
        let place = slots.get_mut(index).ok_or(Error::TableFull)?;
        fresh.head = place.head;
        *place = fresh;
        table::link(slots, index);
        Ok(())
    }
}

/// Whether two registrations of one secret or public key may stand side by side: the members of
/// a group share its secret, and a module signs for many with one key.
fn may_share(fresh: &Slot, slot: &Slot) -> bool {
    let same_sender = fresh.sender == slot.sender;
    let same_audience = fresh.bind == slot.bind && fresh.has(flag::GROUP) == slot.has(flag::GROUP);
    match fresh.algorithm {
        Algorithm::EcdsaP256 => same_sender && !same_audience,
        _ => {
            fresh.algorithm == slot.algorithm
                && fresh.has(flag::GROUP)
                && same_audience
                && !same_sender
        }
    }
}

/// Whether what `slot` remembers was for the same sender and audience: for another the key makes
/// other tags, and a frame that was checked for one must not be admitted as the other's. Saved
/// state doesn't say; no check can be older than that.
fn is_same_owner(fresh: &Slot, slot: &Slot) -> bool {
    let is_from_saved_state = slot.sender == [0; 16];
    is_from_saved_state || (slot.sender == fresh.sender && slot.bind == fresh.bind)
}

/// Whether the slot's window words name a region of the nonce cache.
fn holds_region(slot: &Slot) -> bool {
    match slot.kind {
        Kind::Empty => false,
        Kind::Module => true,
        Kind::Key | Kind::Revoked | Kind::Remembered => {
            slot.has(flag::RANDOM) || slot.algorithm == Algorithm::None
        }
    }
}

/// The flags of a key by its rule for time, and by whether what it accepted is unknown.
#[inline]
pub(crate) const fn time_flags(time: TimeRule, is_unknown: bool) -> u8 {
    match time {
        TimeRule::Stamped => 0,
        TimeRule::CounterOnly if is_unknown => flag::COUNTER_ONLY | flag::NO_STATE,
        TimeRule::CounterOnly => flag::COUNTER_ONLY,
    }
}

/// What a search for a secret or public key begins with.
pub(crate) fn fingerprint(key: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(b"sealwire/1 fingerprint");
    hasher.update(key);
    let [first, ..] = hasher.finish();
    first
}
