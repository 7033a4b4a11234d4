//! Two hash tables inside the access slots: chains whose heads stand in the slots themselves.
//! A search costs the same at any number of modules and at any fill.

use crate::access::store::AccessSlot;
use crate::table;

/// Which table.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// By the module's ID.
    Module,
    /// By its credential.
    Credential,
}

impl By {
    const fn index(self) -> usize {
        match self {
            Self::Module => 0,
            Self::Credential => 1,
        }
    }

    fn head(self, slot: &AccessSlot) -> u32 {
        slot.links.get(self.index()).map_or(0, |links| links.head)
    }

    fn next(self, slot: &AccessSlot) -> u32 {
        slot.links.get(self.index()).map_or(0, |links| links.next)
    }
}

/// The first slot in the chain of `hash` that `is_it`.
pub(crate) fn find(
    slots: &[AccessSlot],
    by: By,
    hash: u32,
    is_it: impl Fn(&AccessSlot) -> bool,
) -> Option<usize> {
    let mut link = by.head(slots.get(table::position(hash, slots.len()))?);
    // A chain has no more links than there are slots, whatever storage holds.
    for _ in 0..slots.len() {
        let index = table::index_of(link)?;
        let slot = slots.get(index)?;
        if slot.is_taken() && is_it(slot) {
            return Some(index);
        }
        link = by.next(slot);
    }
    None
}

/// Puts the slot at `index` at the front of the chain of `hash`.
pub(crate) fn link(slots: &mut [AccessSlot], by: By, hash: u32, index: usize) {
    let home = table::position(hash, slots.len());
    let ours = table::link_to(index);
    let Some(links) = slots.get_mut(home).and_then(|slot| slot.links.get_mut(by.index())) else {
        return;
    };
    let after = core::mem::replace(&mut links.head, ours);
    if let Some(links) = slots.get_mut(index).and_then(|slot| slot.links.get_mut(by.index())) {
        links.next = after;
    }
}

/// Takes the slot at `index` out of the chain of `hash`.
pub(crate) fn unlink(slots: &mut [AccessSlot], by: By, hash: u32, index: usize) {
    let Some(after) = slots.get(index).map(|slot| by.next(slot)) else { return };
    let ours = table::link_to(index);
    let home = table::position(hash, slots.len());
    let Some(links) = slots.get_mut(home).and_then(|slot| slot.links.get_mut(by.index())) else {
        return;
    };
    if links.head == ours {
        links.head = after;
        return;
    }
    let mut link = links.head;
    for _ in 0..slots.len() {
        let slot = table::index_of(link).and_then(|index| slots.get_mut(index));
        let Some(links) = slot.and_then(|slot| slot.links.get_mut(by.index())) else { return };
        if links.next == ours {
            links.next = after;
            return;
        }
        link = links.next;
    }
}
