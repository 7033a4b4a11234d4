//! The receiver: one object for all threads of one process.
//!
//! The lock is held for a frame's check and admission at levels 1 to 4, and for what comes
//! before and after the signature at level 5; the signature itself is verified without the lock
//! and without the interpreter (`verdict.rs`). While the lock is held no Python code runs.

use std::sync::{Arc, PoisonError};

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyList};
use sealwire::{
    BurstEntry, Error, Frame, KeyId, KnownModule, Level, NonceEntry, RoleId, Slot, max_saved_len,
};

use crate::accepted::{ACCEPTED, Accepted};
use crate::audit::Snapshot;
use crate::batch;
use crate::bytes::Input;
use crate::clock::{Moment, Now};
use crate::context::Requirement;
use crate::engine;
use crate::error::{detailed, raise};
use crate::fork::Born;
use crate::id::{IdArg, ModuleId};
use crate::keys::{PeerKey, not_copied};
use crate::live::{self, Inner, Live};
use crate::log::Limiter;
use crate::number::Number;
use crate::policy::Policy;
use crate::rejection::Rejection;
use crate::session::Session;
use crate::settings::{Limits, Restart};
use crate::verdict::{Terms, Verdict, kept};

/// The most keys and modules that one validator knows: 192 bytes each, and 80 for bursts.
const MAX_CAPACITY: usize = 1 << 20;

/// The most entries of a nonce cache: 16 bytes each.
const MAX_NONCES: usize = 1 << 24;

/// A receiver: its keys, windows, limits, policy and audit. One for all threads; none after a fork.
///
/// Args:
///     own: this module.
///     policy: who may do what: `AnyPeer()` where registering a peer is the policy, or `Rules([...])`.
///     restart: what is known of the time before.
///     limits: how old and how new frames may be.
///     capacity: how many keys and modules it can know, 1 to 2**20; 272 bytes each.
///     nonce_capacity: entries of the nonce cache, for level 3 and for keys with random nonces, up
///         to 2**24; 16 bytes each.
///     log_per_second: how many refusals are logged at most, as warnings of the logger `sealwire`.
///
/// Raises:
///     MisuseError: INVALID_STATE if saved state is damaged; INVALID_ARGUMENT, INVALID_ID.
///     MalformedError: TIMESTAMP_RANGE for `Restart.not_before` at the end of time.
///     UnavailableError: TABLE_FULL if saved state is of more keys than `capacity`.
///     MemoryError: if there is not so much memory.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Validator {
    live: Arc<Live>,
    capacity: usize,
    policy: Policy,
    pub(crate) log: Limiter,
    born: Born,
}

/// Whether a frame says that it is signed: only then is a signature verified.
#[inline]
pub(crate) fn says_signed(frame: &[u8]) -> bool {
    frame.first().is_some_and(|head| head & 0x0f == Level::DigitalSignature.number())
}

impl Validator {
    /// Calls `job` under the lock. It makes no Python object but those of which the garbage collector
    /// knows nothing: else that may run, and with it code that comes back here. Nor does it raise.
    #[inline(always)]
    pub(crate) fn with<T>(&self, py: Python<'_>, job: impl FnOnce(&mut Inner) -> T) -> PyResult<T> {
        self.born.check()?;
        let mut inner = self.live.keys.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        Ok(job(&mut inner))
    }

    /// [`Validator::with`] for what the core may refuse.
    fn try_with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut Inner) -> Result<T, Error>,
    ) -> PyResult<T> {
        self.with(py, job)?.map_err(raise)
    }

    /// What frames are checked against from now on. If there are sessions, those that are over
    /// are ended first.
    #[inline]
    fn terms<'a>(
        &self,
        py: Python<'_>,
        requirement: &'a sealwire::Requirement<'a>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> Terms<'a> {
        let now = Now::or_system(now);
        let tick = self.live.has_sessions().then(|| live::or_own(tick));
        if let Some(tick) = tick {
            self.live.run(py, tick);
        }
        Terms { requirement, now, tick }
    }

    pub(crate) fn own_id(&self, py: Python<'_>) -> PyResult<sealwire::ModuleId> {
        self.with(py, |inner| inner.own_id())
    }

    /// The validator's keys and sessions, for its granter.
    pub(crate) fn live(&self) -> PyResult<Arc<Live>> {
        self.born.check()?;
        Ok(Arc::clone(&self.live))
    }

    /// All steps for a frame that may be signed, or is of a session.
    #[cold]
    fn signed(
        &self,
        py: Python<'_>,
        frame: Result<Frame<'_>, Error>,
        terms: Terms<'_>,
    ) -> PyResult<Verdict> {
        let begun =
            self.with(py, |inner| match inner.begin(frame, terms.requirement, terms.now) {
                Ok(begun) => Ok(begun),
                Err(rejection) => Err(kept(&inner.admit(Err(rejection)))),
            })?;
        Ok(match begun {
            Ok(begun) => py.detach(|| self.live.finish(Ok(begun), terms.tick)),
            Err(verdict) => verdict,
        })
    }

    /// The message as an object, or why not: logged, as an exception.
    #[inline(always)]
    fn conclude<'py>(
        &self,
        py: Python<'py>,
        verdict: Result<Accepted, Rejection>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match verdict {
            Ok(accepted) => ACCEPTED.object(py, || accepted),
            Err(rejection) => Err(self.refuse(py, &rejection)),
        }
    }

    /// Logs a refusal, and makes it an exception.
    #[cold]
    fn refuse(&self, py: Python<'_>, rejection: &Rejection) -> PyErr {
        match self.log.refused(py, rejection) {
            Ok(()) => rejection.raised(py),
            Err(interrupt) => interrupt,
        }
    }
}

#[pymethods]
impl Validator {
    #[new]
    #[pyo3(signature = (own, *, policy, restart, limits = None, capacity = Number(64),
        nonce_capacity = Number(0), log_per_second = Number(5)),
        text_signature = "(own, *, policy, restart, limits=None, capacity=64, nonce_capacity=0, \
        log_per_second=5)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn new(
        own: IdArg,
        policy: Policy,
        restart: &Bound<'_, Restart>,
        limits: Option<Bound<'_, Limits>>,
        capacity: Number<usize>,
        nonce_capacity: Number<usize>,
        log_per_second: Number<u32>,
    ) -> PyResult<Self> {
        if capacity.0 == 0 || capacity.0 > MAX_CAPACITY || nonce_capacity.0 > MAX_NONCES {
            return Err(detailed(
                Error::InvalidArgument,
                "capacity is 1 to 2**20, nonce_capacity at most 2**24",
            ));
        }
        let limits = match limits {
            Some(limits) => limits.get().get().map_err(raise)?,
            None => sealwire::Limits::DEFAULT,
        };
        let restart = restart.get().get();
        let slots = filled(capacity.0, || Slot::EMPTY)?;
        let nonces = filled(nonce_capacity.0, || NonceEntry::EMPTY)?;
        let bursts = filled(capacity.0, || BurstEntry::EMPTY)?;
        let inner = sealwire::Validator::with_storage(own.0, limits, restart, slots, nonces)
            .map_err(raise)?
            .with_bursts(engine::verifier(), bursts);
        Ok(Self {
            live: Arc::new(Live::new(inner)),
            capacity: capacity.0,
            policy,
            log: Limiter::new(log_per_second.0),
            born: Born::here(),
        })
    }

    /// All steps for an attached frame: gives the message, or raises why not.
    ///
    /// Args:
    ///     frame: the bytes as they came.
    ///     requirement: the level and context demanded.
    ///     now: µs since 1970; the system clock where it is left out; NO_CLOCK for none.
    ///     tick: by which sessions end: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: the bytes are not what the protocol writes.
    ///     StaleError: too old, too new, or seen before.
    ///     UnauthenticatedError: nobody known proved to have sent it.
    ///     ForbiddenError: proven or not, it is not allowed here.
    ///     UnavailableError: this side can't decide now.
    ///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    #[pyo3(signature = (frame, requirement, now = None, *, tick = None))]
    fn validate<'py>(
        &self,
        py: Python<'py>,
        frame: Input<'py>,
        requirement: &Bound<'py, Requirement>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let requirement = requirement.get().with(&self.policy).map_err(raise)?;
        let terms = self.terms(py, &requirement, now, tick);
        let verdict = if terms.tick.is_some() || says_signed(frame.get()) {
            let verdict = self.signed(py, Frame::parse(frame.get()), terms)?;
            verdict.map(|kept| Accepted::new(kept, frame))
        } else {
            self.with(py, |inner| {
                let verdict = kept(&inner.validate(frame.get(), &requirement, terms.now));
                verdict.map(|kept| Accepted::new(kept, frame))
            })?
        };
        self.conclude(py, verdict)
    }

    /// All steps for a detached form and the message that travelled beside it.
    ///
    /// Args:
    ///     form: metadata and tag.
    ///     message: the message as it came.
    ///     requirement, now, tick: as for `validate`.
    ///
    /// Raises:
    ///     As `validate`.
    #[pyo3(signature = (form, message, requirement, now = None, *, tick = None))]
    fn validate_detached<'py>(
        &self,
        py: Python<'py>,
        form: Input<'py>,
        message: Input<'py>,
        requirement: &Bound<'py, Requirement>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let requirement = requirement.get().with(&self.policy).map_err(raise)?;
        let terms = self.terms(py, &requirement, now, tick);
        let verdict = self.signed(py, Frame::parse_detached(form.get(), message.get()), terms)?;
        self.conclude(py, verdict.map(|kept| Accepted::detached(py, kept, form, message)))
    }

    /// All steps for many attached frames, at one time: gives, in order, an `Accepted` or a
    /// `Rejection` for each. The verdicts are those of one call each.
    ///
    /// A `Rejection` among the frames, as `StreamDecoder.feed` gives them, is counted and handed
    /// on. The interpreter is given up once for all signed frames in a row, so that threads with a
    /// batch each verify side by side; for a batch without signatures other threads wait.
    ///
    /// Args:
    ///     frames: an iterable of frames and rejections.
    ///     requirement, now, tick: as for `validate`.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork. No refusal is raised.
    ///     MemoryError: there is none for an object: all verdicts are lost, and what follows is not
    ///         looked at.
    #[pyo3(signature = (frames, requirement, now = None, *, tick = None))]
    fn validate_many<'py>(
        &self,
        py: Python<'py>,
        frames: &Bound<'py, PyAny>,
        requirement: &Bound<'py, Requirement>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let packets = batch::taken(frames)?;
        let requirement = requirement.get().with(&self.policy).map_err(raise)?;
        self.batch(py, &packets, self.terms(py, &requirement, now, tick))
    }

    /// Registers a peer's key.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ID if the sender is this receiver; DUPLICATE_KEY_ID; DUPLICATE_KEY;
    ///         KEY_INVALID for a point that isn't on the curve; INVALID_ARGUMENT for random nonces
    ///         without a clock; NOT_INITIALISED after a fork.
    ///     UnavailableError: TABLE_FULL; NONCE_QUOTA.
    #[pyo3(signature = (key, /))]
    fn register(&self, py: Python<'_>, key: &Bound<'_, PeerKey>) -> PyResult<()> {
        self.try_with(py, |inner| key.get().with(|key| inner.register(key)))
    }

    /// Registers the next key of a peer beside `old`. Both are good until `overlap_end`.
    ///
    /// Args:
    ///     old: the present key's ID.
    ///     key: the next key, of the same sender and audience.
    ///     overlap_end: µs since 1970, rounded down to the second.
    ///
    /// Raises:
    ///     As `register`; UnauthenticatedError: UNKNOWN_KEY; MisuseError: KEY_KIND if the new key is
    ///     of another sender or audience; ROLLOVER_PENDING.
    #[pyo3(signature = (old, key, *, overlap_end))]
    fn rollover(
        &self,
        py: Python<'_>,
        old: Number<u32>,
        key: &Bound<'_, PeerKey>,
        overlap_end: Moment,
    ) -> PyResult<()> {
        let (old, end) = (KeyId(old.0), overlap_end.0);
        self.try_with(py, |inner| key.get().with(|key| inner.rollover(old, key, end)))
    }

    /// Refuses the key from now on with KEY_REVOKED.
    ///
    /// Raises:
    ///     UnauthenticatedError: UNKNOWN_KEY.
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (key_id, /))]
    fn revoke(&self, py: Python<'_>, key_id: Number<u32>) -> PyResult<()> {
        self.try_with(py, |inner| inner.revoke(KeyId(key_id.0)))
    }

    /// Forgets the key. Its window stays behind until all that it could have accepted is stale, so
    /// that registering it again opens nothing.
    ///
    /// Raises:
    ///     UnauthenticatedError: UNKNOWN_KEY.
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (key_id, /))]
    fn remove(&self, py: Python<'_>, key_id: Number<u32>) -> PyResult<()> {
        self.try_with(py, |inner| inner.remove(KeyId(key_id.0)))
    }

    /// Registers a module that is known by its ID alone, for levels 2 and 3.
    ///
    /// Args:
    ///     module: its ID.
    ///     role: its role for the policy, 1 to 255, 0 for none. Anybody can claim it.
    ///     timestamps: for level 3 too: how many entries of the nonce cache are set aside for it,
    ///         its frames a second × (past + future limit in seconds).
    ///
    /// Raises:
    ///     MisuseError: INVALID_ID if it is this receiver; DUPLICATE_KEY_ID; INVALID_ARGUMENT;
    ///         NOT_INITIALISED after a fork.
    ///     UnavailableError: TABLE_FULL; NONCE_QUOTA.
    #[pyo3(signature = (module, *, role = Number(0), timestamps = Number(0)),
        text_signature = "($self, module, *, role=0, timestamps=0)")]
    fn register_module(
        &self,
        py: Python<'_>,
        module: IdArg,
        role: Number<u8>,
        timestamps: Number<u16>,
    ) -> PyResult<()> {
        let known = KnownModule::new(module.0).role(RoleId(role.0)).timestamps(timestamps.0);
        self.try_with(py, |inner| inner.register_module(&known))
    }

    /// Forgets a module that was known by its ID.
    ///
    /// Raises:
    ///     UnauthenticatedError: UNKNOWN_SENDER.
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (module, /))]
    fn remove_module(&self, py: Python<'_>, module: IdArg) -> PyResult<()> {
        self.try_with(py, |inner| inner.remove_module(&module.0))
    }

    /// Registers what the peer of a session will send, and ends what is older than its last session.
    /// The last one itself ends an overlap after the first frame under this one.
    ///
    /// For a module that asked for access. A granter registers by itself.
    ///
    /// Args:
    ///     session: what the exchange gave.
    ///     overlap: µs. What the first session with a peer said counts.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ID if the session isn't this receiver's; DUPLICATE_KEY_ID; KEY_INVALID;
    ///         NOT_INITIALISED after a fork.
    ///     UnavailableError: TABLE_FULL.
    #[pyo3(signature = (session, *, overlap = Number(10_000_000)),
        text_signature = "($self, session, *, overlap=10000000)")]
    fn install(
        &self,
        py: Python<'_>,
        session: &Bound<'_, Session>,
        overlap: Number<u64>,
    ) -> PyResult<()> {
        self.born.check()?;
        let session = session.get();
        self.live.install(py, &session.inner, session.proven_by(), overlap.0).map_err(raise)
    }

    /// Ends the sessions with `peer` that were asked for here.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (peer, /))]
    fn end_sessions(&self, py: Python<'_>, peer: IdArg) -> PyResult<()> {
        self.born.check()?;
        self.live.end(py, &peer.0);
        Ok(())
    }

    /// Who seals under the key with this ID; None if there is none. A frame that names the key proves
    /// nothing by that.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (key_id, /))]
    fn sender_under(&self, py: Python<'_>, key_id: Number<u32>) -> PyResult<Option<ModuleId>> {
        self.with(py, |inner| inner.sender_under(KeyId(key_id.0)).map(ModuleId))
    }

    /// The windows of all keys, for `Restart.saved`: to be called after the last frame. No secret is
    /// among them.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let mut out = vec![0; max_saved_len(self.capacity)];
        let len = self.try_with(py, |inner| inner.save(&mut out))?;
        Ok(PyBytes::new(py, out.get(..len).unwrap_or_default()))
    }

    /// The module that this receiver is.
    #[getter]
    fn own(&self, py: Python<'_>) -> PyResult<ModuleId> {
        self.with(py, |inner| ModuleId(inner.own_id()))
    }

    /// What was accepted and refused so far, as an `Audit`: a snapshot.
    #[getter]
    fn audit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.with(py, |inner| Snapshot::of(inner.audit()))?.into_object(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Validator('{}')", self.with(py, |inner| inner.own_id())?))
    }

    #[allow(clippy::unused_self, reason = "two windows would accept twice")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Validator"))
    }
}

/// Storage for `len` values, or `MemoryError`.
pub(crate) fn filled<T>(len: usize, value: impl Fn() -> T) -> PyResult<Vec<T>> {
    let mut storage = Vec::new();
    storage
        .try_reserve_exact(len)
        .map_err(|_| PyMemoryError::new_err("too many keys or nonces"))?;
    storage.extend(std::iter::repeat_with(value).take(len));
    Ok(storage)
}
