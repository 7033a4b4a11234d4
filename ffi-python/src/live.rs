//! What a validator and its granter share: keys, and the sessions that come and go among them.
//!
//! Two locks, always in this order: sessions, then keys. Whoever takes the first has given up
//! the interpreter, so its work may take as long as a curve operation does. A validator without
//! sessions never asks for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use sealwire::{
    Accepted, BurstEntry, Engines, Error, HeldSessions, KeyId, ModuleId, NonceEntry, Session,
    SessionKeys, Slot,
};

use crate::certified::Certified;
use crate::engine::{Agreement, Signer, Verifier};
use crate::granting::Granting;
use crate::number::Number;

/// A validator as the core knows it.
pub(crate) type Inner = sealwire::Validator<Vec<Slot>, Vec<NonceEntry>, Verifier, Vec<BurstEntry>>;

/// What an exchange computes with here.
pub(crate) type HostEngines = Engines<Agreement, Signer, Verifier>;

/// Both sides of sessions: those that were granted here, and those that were asked for.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(crate) granting: Option<Granting>,
    held: Vec<Held>,
}

/// The sessions that were asked for with one peer.
struct Held {
    peer: ModuleId,
    sessions: HeldSessions,
    proven_by: Option<Proven>,
}

/// The chain that the peer of the newest session proved itself by.
pub(crate) struct Proven {
    pub(crate) chain: Vec<u8>,
    pub(crate) by: Arc<Certified>,
    /// The lists' count when the chain was asked about.
    pub(crate) seen: u64,
}

impl Held {
    /// Whether a new list revokes the peer's chain.
    fn is_revoked(&mut self) -> bool {
        let Some(proven) = &mut self.proven_by else { return false };
        let news = proven.by.trust.news();
        if news == proven.seen {
            return false;
        }
        proven.seen = news;
        proven.by.revokes(&proven.chain)
    }
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
        py.detach(|| self.with_sessions(job))
    }

    /// Calls `job` with the sessions and the keys. The interpreter was given up.
    fn with_sessions<T>(&self, job: impl FnOnce(&mut Sessions, &mut Keys<'_>) -> T) -> T {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        job(&mut sessions, &mut Keys(&self.keys))
    }

    /// The keys. The interpreter was given up.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
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
        proven_by: Option<Proven>,
        overlap: u64,
    ) -> Result<(), Error> {
        self.with(py, |sessions, keys| {
            let peer = session.peer();
            let place = match sessions.held.iter_mut().find(|held| held.peer == peer) {
                Some(held) => {
                    held.sessions.install(session, keys).map(|()| held.proven_by = proven_by)
                }
                None => {
                    let mut held = Held { peer, sessions: HeldSessions::new(overlap), proven_by };
                    let installed = held.sessions.install(session, keys);
                    if installed.is_ok() {
                        sessions.held.push(held);
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
            for held in sessions.held.iter_mut().filter(|held| held.peer == *peer) {
                held.sessions.end(keys);
            }
            sessions.held.retain(|held| held.peer != *peer);
        });
    }

    /// Ends what is over at `tick`, and what a new list revokes.
    pub(crate) fn run(&self, py: Python<'_>, tick: u64) {
        self.with(py, |sessions, keys| {
            if let Some(granting) = &mut sessions.granting {
                granting.run(tick, keys);
            }
            sessions.held.retain_mut(|held| {
                held.sessions.run(tick, keys);
                let is_revoked = held.is_revoked();
                if is_revoked {
                    held.sessions.end(keys);
                }
                !is_revoked
            });
        });
    }

    /// Says that a frame was accepted: the first one of a session confirms it. The interpreter was
    /// given up.
    ///
    /// # Errors
    /// [`Error::SessionUnknown`] if its session ended meanwhile.
    pub(crate) fn confirm(&self, accepted: &Accepted<'_>, tick: u64) -> Result<(), Error> {
        self.with_sessions(|sessions, keys| {
            for held in &mut sessions.held {
                held.sessions.confirm(accepted, tick);
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
