//! Finding and placing slots: a hash table inside the slots themselves.
//!
//! Frames find a slot through a chain per ID whose heads stand in the slots, at a cost that
//! doesn't grow with their number and at any fill. Registration places a slot by its key's
//! fingerprint, so that the same key under another identity is met on the way. IDs are the
//! operator's or our own, never an attacker's, so their hash needs no secret.

use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::slot::{Kind, Slot, flag};
use crate::time::Timestamp;
use crate::wire::metadata::Claim;

/// What a chain is searched for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    Key(u32),
    Module(&'a [u8; 16]),
}

impl<'a> Wanted<'a> {
    /// What this slot is found by, if it is in a chain at all.
    #[inline]
    const fn of(slot: &'a Slot) -> Option<Self> {
        match slot.kind {
            Kind::Key | Kind::Revoked => Some(Self::Key(slot.key_id)),
            Kind::Module => Some(Self::Module(&slot.sender)),
            Kind::Empty | Kind::Remembered => None,
        }
    }

    #[inline]
    fn is(self, slot: &Slot) -> bool {
        match self {
            Self::Key(id) => matches!(slot.kind, Kind::Key | Kind::Revoked) && slot.key_id == id,
            Self::Module(id) => matches!(slot.kind, Kind::Module) && slot.sender == *id,
        }
    }

    #[inline]
    fn hash(self) -> u32 {
        match self {
            Self::Key(id) => mix(id),
            Self::Module(id) => hash_module(id),
        }
    }
}

/// Spreads neighbours far apart (Knuth, TAOCP 3, §6.4: multiplication by 2^32 / φ).
#[inline]
const fn mix(word: u32) -> u32 {
    word.wrapping_mul(0x9e37_79b1)
}

/// A hash of a module ID, for places in the table.
#[inline]
pub(crate) fn hash_module(id: &[u8; 16]) -> u32 {
    let (words, _) = id.as_chunks::<4>();
    words.iter().fold(0, |hash, word| mix(hash ^ u32::from_le_bytes(*word)).rotate_left(15))
}

/// The position of `hash` among `len` slots.
#[inline]
pub(crate) fn position(hash: u32, len: usize) -> usize {
    let len = u64::try_from(len).unwrap_or(0);
    usize::try_from(u64::from(hash).wrapping_mul(len).wrapping_shr(32)).unwrap_or(0)
}

/// The index of the sender that a frame claims to be from, and what is said if there is none.
#[inline]
pub(crate) fn find_sender(slots: &[Slot], claim: &Claim) -> (Option<usize>, Error) {
    let (wanted, missing) = match claim {
        Claim::Key(id) => (Wanted::Key(id.0), Error::UnknownKey),
        Claim::Module(id) => (Wanted::Module(id.as_bytes()), Error::UnknownSender),
    };
    (find(slots, wanted), missing)
}

/// The index of the key `id`, alive or revoked.
#[inline]
pub(crate) fn find_key(slots: &[Slot], id: KeyId) -> Option<usize> {
    find(slots, Wanted::Key(id.0))
}

/// The index of the module `id`.
#[inline]
pub(crate) fn find_module(slots: &[Slot], id: &ModuleId) -> Option<usize> {
    find(slots, Wanted::Module(id.as_bytes()))
}

#[inline]
fn find(slots: &[Slot], wanted: Wanted<'_>) -> Option<usize> {
    let mut link = slots.get(position(wanted.hash(), slots.len()))?.head;
    // A chain has no more links than there are slots, whatever storage holds.
    for _ in 0..slots.len() {
        let index = index_of(link)?;
        let slot = slots.get(index)?;
        if wanted.is(slot) {
            return Some(index);
        }
        link = slot.next;
    }
    None
}

/// The position whose chain the slot is in, if it is in one.
fn home_of(slots: &[Slot], slot: &Slot) -> Option<usize> {
    Wanted::of(slot).map(|wanted| position(wanted.hash(), slots.len()))
}

/// Puts the slot at `index`, which has its kind and ID, into its chain.
pub(crate) fn link(slots: &mut [Slot], index: usize) {
    let Some(home) = slots.get(index).and_then(|slot| home_of(slots, slot)) else {
        return;
    };
    let Some(head) =
        slots.get_mut(home).map(|slot| core::mem::replace(&mut slot.head, link_to(index)))
    else {
        return;
    };
    if let Some(slot) = slots.get_mut(index) {
        slot.next = head;
    }
}

/// Takes the slot at `index` out of its chain. Before its kind or ID changes.
pub(crate) fn unlink(slots: &mut [Slot], index: usize) {
    let Some((home, next)) =
        slots.get(index).and_then(|slot| Some((home_of(slots, slot)?, slot.next)))
    else {
        return;
    };
    let ours = link_to(index);
    let Some(head) = slots.get_mut(home) else {
        return;
    };
    if head.head == ours {
        head.head = next;
        return;
    }
    let mut link = head.head;
    for _ in 0..slots.len() {
        let Some(slot) = index_of(link).and_then(|index| slots.get_mut(index)) else {
            return;
        };
        if slot.next == ours {
            slot.next = next;
            return;
        }
        link = slot.next;
    }
}

/// The indices at which a slot with this fingerprint may lie, in the order of the search, up to
/// and with the first that never held anything.
#[inline]
pub(crate) fn probe(slots: &[Slot], fingerprint: u32) -> impl Iterator<Item = (usize, &Slot)> {
    let mut index = position(fingerprint, slots.len());
    let mut left = slots.len();
    core::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let (place, slot) = (index, slots.get(index)?);
        index = index.wrapping_add(1);
        if index == slots.len() {
            index = 0;
        }
        if slot.kind == Kind::Empty {
            left = 0;
        }
        Some((place, slot))
    })
}

/// A place for a new slot: the first on the way that is empty or may be given up. What ended
/// before `stale` accepted nothing that is still fresh.
///
/// # Errors
/// [`Error::TableFull`].
pub(crate) fn place(slots: &[Slot], fingerprint: u32, stale: Timestamp) -> Result<usize, Error> {
    probe(slots, fingerprint)
        .find(|(_, slot)| may_be_given_up(slot, stale))
        .map(|(index, _)| index)
        .ok_or(Error::TableFull)
}

/// A place for a key in a new table, where nothing was given up: the first that is empty. The
/// same fingerprint on the way is the same key's.
///
/// # Errors
/// [`Error::DuplicateKey`], [`Error::TableFull`].
pub(crate) fn place_once(slots: &[Slot], fingerprint: u32) -> Result<usize, Error> {
    for (index, slot) in probe(slots, fingerprint) {
        if slot.kind == Kind::Empty {
            return Ok(index);
        }
        if slot.fingerprint == fingerprint {
            return Err(Error::DuplicateKey);
        }
    }
    Err(Error::TableFull)
}

/// Whether nothing is lost with this slot: it holds nothing, or nothing that it accepted could
/// be accepted again. Without a clock nothing becomes stale.
pub(crate) fn may_be_given_up(slot: &Slot, stale: Timestamp) -> bool {
    match slot.kind {
        Kind::Empty => true,
        Kind::Key | Kind::Remembered => !slot.has(flag::COUNTER_ONLY) && slot.is_over(stale),
        Kind::Module | Kind::Revoked => false,
    }
}

pub(crate) fn index_of(link: u32) -> Option<usize> {
    usize::try_from(link.checked_sub(1)?).ok()
}

pub(crate) fn link_to(index: usize) -> u32 {
    u32::try_from(index).ok().and_then(|index| index.checked_add(1)).unwrap_or(0)
}
