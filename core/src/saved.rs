//! What a validator keeps over a restart, and what it refuses where nothing was kept
//! (`PROTOCOL.md` §7 and §8).

use serde::{Deserialize, Serialize};

use crate::burst::BurstEntry;
use crate::crypto::sha256;
use crate::ct;
use crate::error::Error;
use crate::level::Algorithm;
use crate::replay::{self, NonceEntry, SavedBits};
use crate::slot::{self, End, Kind, Slot, flag};
use crate::storage::Storage;
use crate::table;
use crate::time::{Limits, Timestamp};
use crate::validator::Validator;

/// What is known of the time before a validator was made. There is no default.
#[derive(Clone, Copy, Debug)]
pub enum Restart<'a> {
    /// None of the keys was ever used with this receiver.
    FreshKeys,
    /// What [`Validator::save`] wrote at the last stop. State that is older lets through again
    /// what was accepted since: delete it when it was loaded.
    Saved(&'a [u8]),
    /// Nothing was kept, and it is now so late. Frames stamped up to now + the future limit are
    /// refused, and so are all under counter-only keys. Where that is above [`Timestamp::MAX`] no
    /// validator is made: [`Error::TimestampRange`].
    NotBefore(Timestamp),
}

const MAGIC: &[u8; 4] = b"SWS1";
const CHECK_LEN: usize = 8;

/// Bytes that hold the saved state of `keys` keys.
#[must_use]
pub const fn max_saved_len(keys: usize) -> usize {
    const HEAD: usize = MAGIC.len() + 3 * 10 + 1 + 5;
    const ENTRY: usize = 5 + 5 + 1 + 1 + 10 + 8 * 10;
    HEAD.saturating_add(keys.saturating_mul(ENTRY)).saturating_add(CHECK_LEN)
}

#[derive(Serialize, Deserialize)]
struct Head {
    latest: u64,
    floor: u64,
    cache_floor: u64,
    windows_lost: bool,
    entries: u32,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    key_id: u32,
    fingerprint: u32,
    algorithm: u8,
    flags: u8,
    highest: u64,
    window: SavedBits,
}

impl<S, N, V, B> Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
{
    /// Writes the windows of all keys to `out`, for [`Restart::Saved`]; gives the number of
    /// bytes, at most [`max_saved_len`] of the number of slots. No secret is among them.
    ///
    /// To be called after the last frame was admitted.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]; [`Error::TimestampRange`] if the highest `now` lies within the future
    /// limit of [`Timestamp::MAX`].
    pub fn save(&self, out: &mut [u8]) -> Result<usize, Error> {
        let entries = || self.slots.as_ref().iter().filter(|slot| has_window(slot));
        let cache_floor = first_unused(self.latest, self.limits)?;
        let head = Head {
            latest: self.latest.as_micros(),
            floor: self.floor.as_micros(),
            cache_floor: self.cache_floor.max(cache_floor).as_micros(),
            windows_lost: self.windows_lost,
            entries: u32::try_from(entries().count()).map_err(|_| Error::BufferTooSmall)?,
        };
        let room = out.len();
        let (magic, rest) = out.split_first_chunk_mut().ok_or(Error::BufferTooSmall)?;
        *magic = *MAGIC;
        let mut rest = put(&head, rest)?;
        for slot in entries() {
            let entry = Entry {
                key_id: slot.key_id,
                fingerprint: slot.fingerprint,
                algorithm: slot.algorithm.number(),
                flags: slot.flags,
                highest: slot.highest,
                window: replay::to_saved(&slot.window),
            };
            rest = put(&entry, rest)?;
        }
        let written = room.saturating_sub(rest.len());
        let (body, rest) = out.split_at_mut_checked(written).ok_or(Error::BufferTooSmall)?;
        let place = rest.first_chunk_mut().ok_or(Error::BufferTooSmall)?;
        *place = check_of(body);
        Ok(written.saturating_add(CHECK_LEN))
    }
}

/// The first stamp that can't have been accepted up to `now`: what was stamped now + future could.
///
/// # Errors
/// [`Error::TimestampRange`] at the end of time, where there is none: no floor would hold.
fn first_unused(now: Timestamp, limits: Limits) -> Result<Timestamp, Error> {
    Timestamp::from_micros(now.as_micros().saturating_add(limits.future()).saturating_add(1))
}

/// What is known of the past when a validator is made.
pub(crate) struct Past {
    pub(crate) latest: Timestamp,
    pub(crate) floor: Timestamp,
    pub(crate) cache_floor: Timestamp,
    pub(crate) windows_lost: bool,
}

impl Past {
    /// Takes up what `restart` says; windows that were saved go to `slots`, which are empty.
    #[inline]
    pub(crate) fn of(
        restart: Restart<'_>,
        limits: Limits,
        slots: &mut [Slot],
    ) -> Result<Self, Error> {
        let zero = Timestamp::ZERO;
        match restart {
            Restart::FreshKeys => {
                Ok(Self { latest: zero, floor: zero, cache_floor: zero, windows_lost: false })
            }
            Restart::NotBefore(now) => {
                let floor = first_unused(now, limits)?;
                Ok(Self { latest: now, floor, cache_floor: floor, windows_lost: true })
            }
            Restart::Saved(state) => Self::load(state, slots),
        }
    }

    fn load(state: &[u8], slots: &mut [Slot]) -> Result<Self, Error> {
        let (body, check) = state.split_last_chunk::<CHECK_LEN>().ok_or(Error::InvalidState)?;
        if !ct::eq(check, &check_of(body)) {
            return Err(Error::InvalidState);
        }
        let body = body.strip_prefix(MAGIC).ok_or(Error::InvalidState)?;
        let (head, mut rest) = take::<Head>(body)?;
        let past = Self {
            latest: stamp(head.latest)?,
            floor: stamp(head.floor)?,
            cache_floor: stamp(head.cache_floor)?,
            windows_lost: head.windows_lost,
        };
        for _ in 0..head.entries {
            let (entry, after) = take::<Entry>(rest)?;
            past.remember(&entry, slots)?;
            rest = after;
        }
        if rest.is_empty() { Ok(past) } else { Err(Error::InvalidState) }
    }

    fn remember(&self, entry: &Entry, slots: &mut [Slot]) -> Result<(), Error> {
        let index = table::place(slots, entry.fingerprint, Timestamp::ZERO)?;
        let slot = slots.get_mut(index).ok_or(Error::TableFull)?;
        slot.kind = Kind::Remembered;
        slot.key_id = entry.key_id;
        slot.fingerprint = entry.fingerprint;
        slot.algorithm =
            Algorithm::from_number(entry.algorithm).map_err(|_| Error::InvalidState)?;
        slot.flags = entry.flags;
        slot.highest = entry.highest;
        slot.window = replay::from_saved(&entry.window);
        slot.end = remembered_until(self.latest);
        Ok(())
    }
}

/// When a window that is left behind has seen its last frame: the second after `latest`. Before
/// any time was known nothing tells when that was, and it is kept.
pub(crate) fn remembered_until(latest: Timestamp) -> End {
    match latest {
        Timestamp::ZERO => End::NEVER,
        latest => End::at_second(slot::expiry_seconds(latest).saturating_add(1)),
    }
}

/// Whether the slot holds a window worth saving: a cache isn't saved, its floor is; a session's
/// keys never come back.
fn has_window(slot: &Slot) -> bool {
    matches!(slot.kind, Kind::Key | Kind::Revoked | Kind::Remembered)
        && slot.algorithm != Algorithm::None
        && !slot.has(flag::RANDOM)
        && !slot.has(flag::SESSION)
}

fn put<'o>(value: &impl Serialize, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
    let written = postcard::to_slice(value, out).map_err(|_| Error::BufferTooSmall)?.len();
    out.get_mut(written..).ok_or(Error::BufferTooSmall)
}

fn take<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<(T, &'b [u8]), Error> {
    postcard::take_from_bytes(bytes).map_err(|_| Error::InvalidState)
}

fn stamp(micros: u64) -> Result<Timestamp, Error> {
    Timestamp::from_micros(micros).map_err(|_| Error::InvalidState)
}

fn check_of(body: &[u8]) -> [u8; CHECK_LEN] {
    let [a, b, c, d, e, f, g, h, ..] = sha256::digest(&[body]);
    [a, b, c, d, e, f, g, h]
}
