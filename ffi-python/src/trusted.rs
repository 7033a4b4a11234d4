//! A trust store's state behind its lock: the core's store, and what was taken of each issuer. It is
//! shared with all who check chains by it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sealwire::{Entry, IssuerId, IssuerSlot, RevocationList};

pub(crate) type Store = sealwire::TrustStore<Vec<IssuerSlot>>;

/// The core's store, and of each issuer the list that was taken last.
pub(crate) struct Held {
    pub(crate) store: Store,
    pub(crate) lists: Vec<(IssuerId, Vec<u8>)>,
    pub(crate) crls: Vec<HeldCrl>,
}

/// A CRL that was taken.
pub(crate) struct HeldCrl {
    pub(crate) issuer: IssuerId,
    pub(crate) bytes: Vec<u8>,
    /// What it revokes, rising.
    pub(crate) entries: Vec<Entry>,
}

impl Held {
    /// The lists, as the store takes them.
    pub(crate) fn lists(&self) -> Vec<RevocationList<'_>> {
        let trust = self.store.view();
        self.lists.iter().filter_map(|(_, list)| trust.taken_list(list).ok()).collect()
    }

    pub(crate) fn crls(&self) -> &[HeldCrl] {
        &self.crls
    }
}

/// What a store shares with those who check by it.
pub(crate) struct Trusted {
    pub(crate) held: Mutex<Held>,
    /// How often a list or a CRL was taken.
    pub(crate) news: AtomicU64,
}

impl Trusted {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Held> {
        // A check that panicked has changed nothing: the core writes a slot whole, at the end.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rises with every list and CRL that is taken: who knows the number has nothing to ask.
    #[inline]
    pub(crate) fn news(&self) -> u64 {
        self.news.load(Ordering::Acquire)
    }
}
