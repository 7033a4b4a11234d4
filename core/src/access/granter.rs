//! The granter: what it is made of, what it keeps, and how its sessions come to life and end.
//!
//! Its two steps of an exchange are in `grant.rs`, sending is in `sealing.rs`, who may ask is
//! in `registry.rs`. It keeps a module's sessions in the module's slot: at most two, of which
//! one may be unconfirmed.

use heapless::Vec;
use zeroize::Zeroizing;

use crate::accepted::Accepted;
use crate::access::cookie::Cookies;
use crate::access::group::GroupKey;
use crate::access::install::SessionKeys;
use crate::access::registry::MAX_ROLES;
use crate::access::role::RoleName;
use crate::access::store::{AccessSlot, Phase, SendingHalf};
use crate::access::work::{Bucket, Budget, SourceSlot};
use crate::crypto::p256::Entropy;
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::level::Level;
use crate::storage::Storage;
use crate::time::Timestamp;

/// How long a granter keeps a session of which no frame came, in µs: 30 s.
pub const UNCONFIRMED: u64 = 30_000_000;

/// When something happens: by a tick that only goes up, and by a clock if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// µs of a counter that only goes up: since the start, say.
    pub tick: u64,
    /// The time, or none without a clock.
    pub now: Option<Timestamp>,
}

/// What a granter gives at most, and how much work it does.
#[derive(Clone, Copy, Debug)]
pub struct GranterSettings {
    /// The highest level of any session.
    pub max_level: Level,
    /// Seconds that a session lives.
    pub life: u32,
    /// How long, in µs, the old session of a module stays beside a new one in use.
    pub overlap: u64,
    /// Exchanges' curve arithmetic, over all sources.
    pub overall: Budget,
    /// The same, for one transport source.
    pub per_source: Budget,
}

impl GranterSettings {
    /// Up to level 5, for an hour, with an overlap of 10 s; 200 exchanges a second, 5 of one
    /// source: a seventh of a core with the portable engine.
    pub const DEFAULT: Self = Self {
        max_level: Level::DigitalSignature,
        life: 3600,
        overlap: 10_000_000,
        overall: Budget { per_second: 200, burst: 400 },
        per_source: Budget { per_second: 5, burst: 10 },
    };
}

impl Default for GranterSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Grants access to registered modules.
///
/// `M` is the storage for modules, one [`AccessSlot`] each; `B` that for transport sources, one
/// [`SourceSlot`] each, or an empty array for no limit per source.
pub struct Granter<M, B = [SourceSlot; 0]> {
    pub(crate) own: ModuleId,
    pub(crate) settings: GranterSettings,
    pub(crate) roles: Vec<(RoleName, RoleId), MAX_ROLES>,
    pub(crate) cookies: Cookies,
    pub(crate) overall: Bucket,
    pub(crate) source_key: Zeroizing<[u8; 32]>,
    /// Counts sessions, from a random number on: the upper part of key IDs.
    pub(crate) generation: u32,
    /// The next tick at which a session ends.
    pub(crate) next_end: u64,
    /// No slot before this one is free.
    pub(crate) next_free: usize,
    pub(crate) group: Option<GroupKey>,
    pub(crate) modules: M,
    pub(crate) sources: B,
}

/// What the first frame of a session changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Nothing: the key is no session's here, or the session was in use before.
    Nothing,
    /// The session is in use now, and may be sent on.
    Confirmed {
        /// The module whose session it is.
        module: ModuleId,
        /// The session that it takes over from, which ends at once or after the overlap.
        replaces: Option<KeyId>,
    },
}

impl<M, B> Granter<M, B>
where
    M: Storage<AccessSlot>,
    B: Storage<SourceSlot>,
{
    /// A granter with the ID `own` and nobody registered. It takes over the storage and forgets
    /// what is in it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a life of 0 or more modules than 2^24,
    /// [`Error::NoEntropy`].
    pub fn new(
        own: ModuleId,
        settings: GranterSettings,
        mut modules: M,
        mut sources: B,
        entropy: &mut impl Entropy,
    ) -> Result<Self, Error> {
        if settings.life == 0 || modules.as_ref().len() > (1 << 24) {
            return Err(Error::InvalidArgument);
        }
        let mut source_key = Zeroizing::new([0; 32]);
        entropy.fill(source_key.as_mut_slice())?;
        let mut generation = [0; 4];
        entropy.fill(&mut generation)?;
        modules.as_mut().fill_with(|| AccessSlot::EMPTY);
        sources.as_mut().fill(SourceSlot::EMPTY);
        Ok(Self {
            own,
            settings,
            roles: Vec::new(),
            cookies: Cookies::new(),
            overall: Bucket::full(settings.overall, 0),
            source_key,
            generation: u32::from_be_bytes(generation),
            next_end: u64::MAX,
            next_free: 0,
            group: None,
            modules,
            sources,
        })
    }

    /// Ends what is over at `tick`: sessions past their life, old ones past their overlap, those
    /// that nobody confirmed, and secrets that are too old. Costs next to nothing while nothing
    /// is over. To be called before frames are validated.
    pub fn run(&mut self, tick: u64, keys: &mut impl SessionKeys) {
        self.cookies.age(tick);
        if tick < self.next_end {
            return;
        }
        let mut next_end = u64::MAX;
        for slot in self.modules.as_mut() {
            let unconfirmed_until = slot.unconfirmed_until;
            let mut forgotten = false;
            for half in &mut slot.sessions {
                let end = end_of(half, unconfirmed_until);
                if end <= tick {
                    forgotten |= half.phase == Phase::Unconfirmed;
                    keys.end(half.key_id);
                    half.clear();
                } else {
                    next_end = next_end.min(end);
                }
            }
            if forgotten {
                // A grant of a session that is gone would be of no use to anybody.
                slot.answer.clear();
            }
        }
        self.next_end = next_end;
    }

    /// Says that a frame was accepted. The first one of a session confirms it: from now on it
    /// may be sent on, and the one before ends, at once if it had a higher level or another
    /// role, else after the overlap.
    ///
    /// To be called for every accepted frame; costs a look at one slot.
    ///
    /// # Errors
    /// [`Error::SessionUnknown`] if the session is over at `tick`: [`Granter::run`] wasn't called
    /// before the frame was validated, and what it said must not be acted on.
    pub fn confirm(
        &mut self,
        accepted: &Accepted<'_>,
        tick: u64,
        keys: &mut impl SessionKeys,
    ) -> Result<Confirmation, Error> {
        let (Some(id), Some(sender)) = (accepted.key_id(), accepted.sender()) else {
            return Ok(Confirmation::Nothing);
        };
        self.confirm_key(id, &sender, tick, keys)
    }

    /// [`Granter::confirm`] by what it needs of an accepted frame, for bindings, which copy what
    /// was accepted: [`Accepted::key_id`] and [`Accepted::sender`]. Of no other frame.
    ///
    /// # Errors
    /// As [`Granter::confirm`].
    pub fn confirm_key(
        &mut self,
        id: KeyId,
        sender: &ModuleId,
        tick: u64,
        keys: &mut impl SessionKeys,
    ) -> Result<Confirmation, Error> {
        let Some((module, which)) = self.locate(id) else { return Ok(Confirmation::Nothing) };
        let owner = self.modules.as_ref().get(module).map(|slot| slot.module);
        if owner.as_ref() != Some(sender.as_bytes()) {
            return Ok(Confirmation::Nothing);
        }
        let overlap_end = tick.saturating_add(self.settings.overlap);
        let slot = self.modules.as_mut().get_mut(module).ok_or(Error::SessionUnknown)?;
        let (unconfirmed_until, answer) = (slot.unconfirmed_until, &mut slot.answer);
        let [first, second] = &mut slot.sessions;
        let (new, old) = if which == 0 { (first, second) } else { (second, first) };
        if end_of(new, unconfirmed_until) <= tick {
            keys.end(new.key_id);
            new.clear();
            answer.clear();
            return Err(Error::SessionUnknown);
        }
        if new.phase != Phase::Unconfirmed {
            return Ok(Confirmation::Nothing);
        }
        new.phase = Phase::Current;
        let mut next_end = new.ends;
        let mut replaces = None;
        if old.phase != Phase::None {
            replaces = Some(old.key_id);
            if old.level() > new.level() || old.role != new.role {
                keys.end(old.key_id);
                old.clear();
            } else {
                old.phase = Phase::Retiring;
                old.ends = old.ends.min(overlap_end);
                next_end = next_end.min(old.ends);
            }
        }
        let module = ModuleId::claimed(slot.module);
        self.next_end = self.next_end.min(next_end);
        Ok(Confirmation::Confirmed { module, replaces })
    }

    /// Ends all sessions of a module at once. It may ask for another.
    ///
    /// # Errors
    /// [`Error::AccessUnknownModule`].
    pub fn end_sessions(
        &mut self,
        id: &ModuleId,
        keys: &mut impl SessionKeys,
    ) -> Result<(), Error> {
        let index = self.find(id).ok_or(Error::AccessUnknownModule)?;
        let slot = self.modules.as_mut().get_mut(index).ok_or(Error::AccessUnknownModule)?;
        slot.answer.clear();
        for half in slot.sessions.iter_mut().filter(|half| half.phase != Phase::None) {
            keys.end(half.key_id);
            half.clear();
        }
        Ok(())
    }

    /// The session of a module that is to be sent on: the newest that is confirmed.
    #[must_use]
    pub fn session_of(&self, id: &ModuleId) -> Option<KeyId> {
        let slot = self.modules.as_ref().get(self.find(id)?)?;
        slot.sessions.iter().find(|half| half.phase == Phase::Current).map(|half| half.key_id)
    }

    /// The level of a session that is there, 4 or 5.
    #[must_use]
    pub fn level_of(&self, id: KeyId) -> Option<Level> {
        let (module, which) = self.locate(id)?;
        self.modules.as_ref().get(module)?.sessions.get(which).map(SendingHalf::level)
    }

    /// How many sessions there are, and how many of them are unconfirmed.
    #[must_use]
    pub fn session_count(&self) -> (usize, usize) {
        let halves = || self.modules.as_ref().iter().flat_map(|slot| &slot.sessions);
        let count = |is: fn(Phase) -> bool| halves().filter(|half| is(half.phase)).count();
        (count(|phase| phase != Phase::None), count(|phase| phase == Phase::Unconfirmed))
    }

    /// This granter.
    #[must_use]
    pub const fn own_id(&self) -> ModuleId {
        self.own
    }

    /// Where the session with this key ID is: the module's index, and which of its two.
    pub(crate) fn locate(&self, id: KeyId) -> Option<(usize, usize)> {
        let index = id.0 & self.index_mask();
        let which = usize::try_from(index & 1).ok()?;
        let module = usize::try_from(index.wrapping_shr(1)).ok()?;
        let half = self.modules.as_ref().get(module)?.sessions.get(which)?;
        (half.phase != Phase::None && half.key_id == id).then_some((module, which))
    }

    /// The bits of a key ID that are the place of the session; the others are its generation.
    fn index_mask(&self) -> u32 {
        let places = u32::try_from(self.modules.as_ref().len()).unwrap_or(0).saturating_mul(2);
        places.next_power_of_two().wrapping_sub(1)
    }

    /// A key ID for the session at this place that `keys` doesn't know.
    pub(crate) fn next_key_id(
        &mut self,
        module: usize,
        which: usize,
        keys: &impl SessionKeys,
    ) -> Result<KeyId, Error> {
        let mask = self.index_mask();
        let place = u32::try_from(module).map_err(|_| Error::TableFull)?.wrapping_shl(1);
        let place = place | u32::try_from(which).map_err(|_| Error::TableFull)?;
        for _ in 0..16 {
            self.generation = self.generation.wrapping_add(1);
            let generation = self.generation.wrapping_shl(mask.trailing_ones());
            let id = KeyId((generation & !mask) | place);
            if !keys.knows(id) {
                return Ok(id);
            }
        }
        Err(Error::DuplicateKeyId)
    }
}

/// The tick at which a session is over.
pub(crate) fn end_of(half: &SendingHalf, unconfirmed_until: u64) -> u64 {
    match half.phase {
        Phase::None => u64::MAX,
        Phase::Unconfirmed => half.ends.min(unconfirmed_until),
        Phase::Current | Phase::Retiring => half.ends,
    }
}

impl<M, B> core::fmt::Debug for Granter<M, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Granter").field("own", &self.own).finish_non_exhaustive()
    }
}
