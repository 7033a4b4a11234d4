//! What a validator and its granter share: keys, and the sessions that come and go among them.
//!
//! Two locks, always in this order: sessions, then keys. Whoever takes the first has given up
//! the interpreter, so its work may take as long as a curve operation does. A validator without
//! sessions never asks for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use sealwire::{
    Accepted, AccessSlot, BurstEntry, Engines, Error, HeldSessions, KeyId, ModuleId, NonceEntry,
    PortableAgreement, Session, SessionKeys, Slot, SourceSlot,
};

use crate::engine::{Signer, Verifier};
use crate::number::Number;

/// A validator as the core knows it.
pub(crate) type Inner = sealwire::Validator<Vec<Slot>, Vec<NonceEntry>, Verifier, Vec<BurstEntry>>;

/// A granter as the core knows it.
pub(crate) type Granter = sealwire::Granter<Vec<AccessSlot>, Vec<SourceSlot>>;

/// What an exchange computes with here.
pub(crate) type HostEngines = Engines<PortableAgreement, Signer, Verifier>;

/// A granter, and what it signs with.
pub(crate) struct Granting {
    pub(crate) granter: Granter,
    pub(crate) engines: HostEngines,
}

/// Both sides of sessions: those that were granted here, and those that were asked for.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(crate) granting: Option<Granting>,
    held: Vec<(ModuleId, HeldSessions)>,
}

/// The keys of a validator, and their sessions.
pub(crate) struct Live {
    pub(crate) keys: Mutex<Inner>,
    sessions: Mutex<Sessions>,
    has_sessions: AtomicBool,
}

/// The validator's keys behind their lock, for those who hold the lock of the sessions.
pub(crate) struct Keys<'a>(&'a Mutex<Inner>);

impl Keys<'_> {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionKeys for Keys<'_> {
    fn knows(&self, id: KeyId) -> bool {
        self.lock().knows(id)
    }

    fn install(&mut self, session: &Session) -> Result<(), Error> {
        self.lock().install(session)
    }

    fn end(&mut self, id: KeyId) {
        self.lock().end(id);
    }
}

impl Live {
    pub(crate) fn new(keys: Inner) -> Self {
        Self {
            keys: Mutex::new(keys),
            sessions: Mutex::default(),
            has_sessions: AtomicBool::new(false),
        }
    }

    /// Whether there ever were sessions here.
    #[inline]
    pub(crate) fn has_sessions(&self) -> bool {
        self.has_sessions.load(Ordering::Acquire)
    }

    /// Calls `job` with the sessions and the keys, and without the interpreter.
    pub(crate) fn with<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut Sessions, &mut Keys<'_>) -> T + Send,
    ) -> T {
        py.detach(|| {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            job(&mut sessions, &mut Keys(&self.keys))
        })
    }

    /// Takes a granter in, unless there is one.
    pub(crate) fn grant_with(&self, py: Python<'_>, granting: Granting) -> Result<(), Error> {
        self.with(py, |sessions, _| {
            if sessions.granting.is_some() {
                return Err(Error::InvalidArgument);
            }
            sessions.granting = Some(granting);
            self.has_sessions.store(true, Ordering::Release);
            Ok(())
        })
    }

    /// Registers what the peer of a session will send, and holds it as the newest with that peer.
    pub(crate) fn install(
        &self,
        py: Python<'_>,
        session: &Session,
        overlap: u64,
    ) -> Result<(), Error> {
        self.with(py, |sessions, keys| {
            let peer = session.peer();
            let found = sessions.held.iter().position(|(id, _)| *id == peer);
            let place = match found.and_then(|index| sessions.held.get_mut(index)) {
                Some((_, held)) => held.install(session, keys),
                None => {
                    let mut held = HeldSessions::new(overlap);
                    let installed = held.install(session, keys);
                    if installed.is_ok() {
                        sessions.held.push((peer, held));
                    }
                    installed
                }
            };
            self.has_sessions.store(true, Ordering::Release);
            place
        })
    }

    /// Ends the sessions that were asked for with `peer`.
    pub(crate) fn end(&self, py: Python<'_>, peer: &ModuleId) {
        self.with(py, |sessions, keys| {
            if let Some((_, held)) = sessions.held.iter_mut().find(|(id, _)| id == peer) {
                held.end(keys);
            }
            sessions.held.retain(|(id, _)| id != peer);
        });
    }

    /// Ends what is over at `tick`.
    pub(crate) fn run(&self, py: Python<'_>, tick: u64) {
        self.with(py, |sessions, keys| {
            if let Some(granting) = &mut sessions.granting {
                granting.granter.run(tick, keys);
            }
            for (_, held) in &mut sessions.held {
                held.run(tick, keys);
            }
        });
    }

    /// Says that a frame was accepted: the first one of a session confirms it.
    ///
    /// # Errors
    /// [`Error::SessionUnknown`] if its session ended meanwhile.
    pub(crate) fn confirm(
        &self,
        py: Python<'_>,
        accepted: &Accepted<'_>,
        tick: u64,
    ) -> Result<(), Error> {
        self.with(py, |sessions, keys| {
            for (_, held) in &mut sessions.held {
                held.confirm(accepted, tick);
            }
            match &mut sessions.granting {
                Some(granting) => granting.granter.confirm(accepted, tick, keys).map(drop),
                None => Ok(()),
            }
        })
    }
}

/// µs of a counter that only goes up, since the first call in this process: what sessions live by
/// where no `tick` is given.
#[pyfunction]
pub(crate) fn tick() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed().as_micros();
    u64::try_from(since).unwrap_or(u64::MAX)
}

/// The tick that was given, or this process's own.
pub(crate) fn or_own(given: Option<Number<u64>>) -> u64 {
    given.map_or_else(tick, |number| number.0)
}
