//! Sealing: one sender, one key, one counter, for all threads of one process.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyList, PyTuple};
use sealwire::{Audience, BurstItem, Error, KeyId, Timestamp};

use crate::bytes::Input;
use crate::clock::Now;
use crate::context::Context;
use crate::enums::{self, LevelArg};
use crate::error::{detailed, raise};
use crate::fork::Born;
use crate::id::IdArg;
use crate::keys::{PeerSecret, SigningKey, not_copied, tag_length};
use crate::nonces::NonceStart;
use crate::number::Number;
use crate::sealing::{Failed, Form, Inner, either, write_plain};
use crate::session::Session;

/// Seals frames of one level under one key. One for all threads; none after a fork.
///
/// Made by `Sealer.hmac`, `Sealer.ecdsa` or `Sealer.unproven`. Two sealers must not count under
/// one key: not a copy of this one, not one in another process.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Sealer {
    inner: Mutex<Inner>,
    /// What never changes, to be read without the lock.
    signs: bool,
    random: bool,
    level: sealwire::Level,
    algorithm: sealwire::Algorithm,
    born: Born,
}

impl Sealer {
    fn of(mut inner: Inner, start: NonceStart, counter_only: bool) -> PyResult<Self> {
        if counter_only {
            inner = match inner {
                Inner::Plain(sealer) => Inner::Plain(sealer.counter_only().map_err(raise)?),
                Inner::Signing(sealer) => Inner::Signing(sealer.counter_only().map_err(raise)?),
            };
        }
        let (level, algorithm) = either!(&inner, sealer => (sealer.level(), sealer.algorithm()));
        Ok(Self {
            signs: matches!(inner, Inner::Signing(_)),
            random: start.0 == sealwire::NonceStart::Random,
            inner: Mutex::new(inner),
            level,
            algorithm,
            born: Born::here(),
        })
    }

    /// Calls `job` under the lock. It makes no exception and no Python object but `bytes`: others
    /// may run the garbage collector, and with it code that comes back here.
    #[inline]
    fn with<T>(&self, py: Python<'_>, job: impl FnOnce(&mut Inner) -> T) -> PyResult<T> {
        self.born.check()?;
        let mut inner = self.inner.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        Ok(job(&mut inner))
    }

    fn write<'py>(
        &self,
        py: Python<'py>,
        form: Form,
        payload: &[u8],
        context: &sealwire::Context<'_>,
        now: Option<Timestamp>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if self.signs {
            self.born.check()?;
            // The lock is taken and left with the interpreter given up, so whoever holds the
            // interpreter and finds the lock taken can wait for it.
            let frame = py.detach(|| {
                let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
                inner.write(self.random, form, payload, context, now)
            });
            return frame.map(|frame| PyBytes::new(py, &frame)).map_err(raise);
        }
        if self.random {
            let frame = self.with(py, |inner| inner.write(true, form, payload, context, now))?;
            return frame.map(|frame| PyBytes::new(py, &frame)).map_err(raise);
        }
        let written = self.with(py, |inner| match inner {
            Inner::Plain(sealer) => write_plain(py, sealer, form, payload, context, now),
            Inner::Signing(_) => Err(Failed::Refused(Error::KeyKind)),
        })?;
        written.map_err(Failed::raise)
    }
}

fn audience(receiver: Option<IdArg>, group: Option<IdArg>) -> PyResult<Audience> {
    match (receiver, group) {
        (Some(IdArg(id)), None) => Ok(Audience::Peer(id)),
        (None, Some(IdArg(id))) => Ok(Audience::Group(id)),
        _ => Err(detailed(Error::InvalidArgument, "frames are for a receiver or for a group")),
    }
}

#[pymethods]
impl Sealer {
    /// Seals at level 4 with a key derived from `secret`.
    ///
    /// Args:
    ///     key_id: under what the receiver registered the key, 0 to 2**32 - 1.
    ///     sender: this module.
    ///     receiver: whom the frames are for; or
    ///     group: the group that they are for.
    ///     secret: what both sides were provisioned with.
    ///     start: where nonces begin; a wrong word here makes frames that are refused as repeated.
    ///     tag: "full" for tags of 32 bytes, "short" for 16; as the receiver registered it.
    ///     counter_only: this side has no clock; as the receiver registered it.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID (sender and receiver are the same),
    ///         INVALID_NONCE_START, KEY_KIND (counter-only with random nonces).
    #[staticmethod]
    #[pyo3(signature = (*, key_id, sender, receiver = None, group = None, secret, start,
        tag = "full", counter_only = false))]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn hmac(
        key_id: Number<u32>,
        sender: IdArg,
        receiver: Option<IdArg>,
        group: Option<IdArg>,
        secret: &Bound<'_, PeerSecret>,
        start: &Bound<'_, NonceStart>,
        tag: &str,
        counter_only: bool,
    ) -> PyResult<Self> {
        let sealer = sealwire::Sealer::hmac(
            KeyId(key_id.0),
            sender.0,
            audience(receiver, group)?,
            &secret.get().0,
            tag_length(tag)?,
            start.get().0,
        )
        .map_err(raise)?;
        Self::of(Inner::Plain(sealer), *start.get(), counter_only)
    }

    /// Seals at level 5, signed with `key`.
    ///
    /// Args:
    ///     key_id, sender, receiver, group, start, counter_only: as for `Sealer.hmac`.
    ///     key: this module's key pair.
    ///     deterministic: a signature follows from key and message alone (RFC 6979), for tests;
    ///         without, fresh random bytes go in as well (§3.6), against probes on the machine.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID, INVALID_NONCE_START, KEY_KIND.
    #[staticmethod]
    #[pyo3(signature = (*, key_id, sender, receiver = None, group = None, key, start,
        deterministic = false, counter_only = false))]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn ecdsa(
        py: Python<'_>,
        key_id: Number<u32>,
        sender: IdArg,
        receiver: Option<IdArg>,
        group: Option<IdArg>,
        key: &Bound<'_, SigningKey>,
        start: &Bound<'_, NonceStart>,
        deterministic: bool,
        counter_only: bool,
    ) -> PyResult<Self> {
        let key = key.get();
        let signer = py.detach(|| key.signer(deterministic)).map_err(raise)?;
        let sealer = sealwire::Sealer::ecdsa(
            KeyId(key_id.0),
            sender.0,
            audience(receiver, group)?,
            signer,
            start.get().0,
        )
        .map_err(raise)?;
        Self::of(Inner::Signing(sealer), *start.get(), counter_only)
    }

    /// Seals what a module sends under a session, at the session's level, from the first nonce on.
    ///
    /// There is one for each session. A granter has none: it sends with `Granter.seal`.
    ///
    /// Args:
    ///     session: what the module's exchange gave.
    ///     key: this module's key pair, at level 5: the one that the exchange proved. For a session
    ///         from a chain it may be left out.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT for a second one; KEY_KIND at level 5 without a key.
    ///     UnavailableError: SESSION_UNCONFIRMED on the granter's side.
    #[staticmethod]
    #[pyo3(signature = (session, *, key = None))]
    fn for_session(
        py: Python<'_>,
        session: &Bound<'_, Session>,
        key: Option<&Bound<'_, SigningKey>>,
    ) -> PyResult<Self> {
        let session = session.get();
        session.take_sealer()?;
        let key = key.map(Bound::get).or_else(|| session.own_key());
        let made = match (session.inner.level(), key) {
            (sealwire::Level::DigitalSignature, Some(key)) => {
                let signer = py.detach(|| key.signer(false));
                signer
                    .and_then(|signer| sealwire::Sealer::for_signed_session(&session.inner, signer))
                    .map(Inner::Signing)
            }
            _ => sealwire::Sealer::for_session(&session.inner).map(Inner::Plain),
        };
        // What a session counts with is in it already.
        let start = NonceStart(sealwire::NonceStart::Fresh);
        made.map_err(|error| {
            session.give_back();
            raise(error)
        })
        .and_then(|inner| Self::of(inner, start, false))
    }

    /// Seals at level 1, 2 or 3: without proof.
    ///
    /// Args:
    ///     level: a `Level` below HMAC.
    ///     sender: this module.
    ///     start: where nonces begin.
    ///
    /// Raises:
    ///     MisuseError: KEY_KIND for level 4 and 5, INVALID_NONCE_START.
    #[staticmethod]
    #[pyo3(signature = (*, level, sender, start))]
    fn unproven(level: LevelArg, sender: IdArg, start: &Bound<'_, NonceStart>) -> PyResult<Self> {
        let sealer = sealwire::Sealer::unproven(level.0, sender.0, start.get().0).map_err(raise)?;
        Self::of(Inner::Plain(sealer), *start.get(), false)
    }

    /// Seals a message: gives the attached frame.
    ///
    /// Args:
    ///     payload: the message, in clear in the frame; at most 2**28 - 1 bytes.
    ///     context: what it is about, not sent; the receiver must require the same.
    ///     now: µs since 1970; the system clock where it is left out; NO_CLOCK for none.
    ///
    /// Raises:
    ///     UnavailableError: NO_CLOCK; NONCES_SPENT (see `extend`); KEY_SPENT; NO_ENTROPY.
    ///     MalformedError: PAYLOAD_TOO_LONG.
    ///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    ///
    /// Nothing is spent then.
    #[pyo3(signature = (payload, context, now = None))]
    fn seal<'py>(
        &self,
        py: Python<'py>,
        payload: Input<'py>,
        context: &Bound<'py, Context>,
        now: Option<Now>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let context = context.get().get().map_err(raise)?;
        let now = Now::or_system(now);
        self.write(py, Form::Attached, payload.get(), &context, now)
    }

    /// Seals a message that travels by itself: gives the detached form beside it. Arguments and
    /// errors as for `seal`; INVALID_NONCE_START for a sealer whose nonces are random.
    #[pyo3(signature = (payload, context, now = None))]
    fn seal_detached<'py>(
        &self,
        py: Python<'py>,
        payload: Input<'py>,
        context: &Bound<'py, Context>,
        now: Option<Now>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let context = context.get().get().map_err(raise)?;
        let now = Now::or_system(now);
        self.write(py, Form::Detached, payload.get(), &context, now)
    }

    /// Seals many messages in one call, at one time: gives the attached frames in order.
    ///
    /// Args:
    ///     payloads: an iterable of messages.
    ///     context, now: as for `seal`.
    ///
    /// Raises:
    ///     As `seal`. The frames that were sealed before are lost then, and their nonces spent.
    #[pyo3(signature = (payloads, context, now = None))]
    fn seal_many<'py>(
        &self,
        py: Python<'py>,
        payloads: &Bound<'py, PyAny>,
        context: &Bound<'py, Context>,
        now: Option<Now>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut inputs = Vec::new();
        for payload in payloads.try_iter()? {
            inputs.push(payload?.extract::<Input<'py>>()?);
        }
        let context = context.get().get().map_err(raise)?;
        let now = Now::or_system(now);
        let mut frames = Vec::with_capacity(inputs.len());
        if self.signs || self.random {
            for input in &inputs {
                frames.push(self.write(py, Form::Attached, input.get(), &context, now)?);
            }
        } else {
            let written = self.with(py, |inner| {
                let Inner::Plain(sealer) = inner else {
                    return Err(Failed::Refused(Error::KeyKind));
                };
                for input in &inputs {
                    let payload = input.get();
                    frames.push(write_plain(py, sealer, Form::Attached, payload, &context, now)?);
                }
                Ok(())
            })?;
            written.map_err(Failed::raise)?;
        }
        PyList::new(py, frames)
    }

    /// Seals many messages with one signature: gives the attached frames in order. Each stands
    /// alone, in any order, with loss. A burst costs 2 bytes and 32 for each doubling more a frame
    /// than a signature of its own, and saves signatures on both sides.
    ///
    /// Args:
    ///     items: an iterable of 1 to 256 messages, or (message, context) or (message, context, now)
    ///         for one that differs.
    ///     context, now: as for `seal`, for the messages without their own.
    ///
    /// Raises:
    ///     MisuseError: KEY_KIND below level 5; INVALID_ARGUMENT for none or too many;
    ///         INVALID_NONCE_START for a sealer whose nonces are random; NOT_INITIALISED after a
    ///         fork.
    ///     UnavailableError, MalformedError: as `seal`.
    #[pyo3(signature = (items, context, now = None))]
    fn seal_burst<'py>(
        &self,
        py: Python<'py>,
        items: &Bound<'py, PyAny>,
        context: Bound<'py, Context>,
        now: Option<Now>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.born.check()?;
        let now = now.unwrap_or_else(Now::system);
        let mut given = Vec::new();
        for item in items.try_iter()? {
            let item = item?;
            let Ok(parts) = item.cast::<PyTuple>() else {
                given.push((item.extract::<Input<'py>>()?, context.clone(), now));
                continue;
            };
            given.push(match parts.len() {
                2 => {
                    let (payload, own): (Input<'py>, Bound<'py, Context>) = parts.extract()?;
                    (payload, own, now)
                }
                3 => parts.extract()?,
                _ => {
                    return Err(PyTypeError::new_err(
                        "an item is a message, (message, context) or (message, context, now)",
                    ));
                }
            });
        }
        let mut items = Vec::with_capacity(given.len());
        for (payload, context, now) in &given {
            let context = context.get().get().map_err(raise)?;
            items.push(BurstItem { payload: payload.get(), context, now: now.0 });
        }
        let frames = py.detach(|| {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            inner.burst(&items)
        });
        let frames = frames.map_err(|error| match error {
            Error::InvalidArgument => detailed(error, "a burst has 1 to 256 messages"),
            other => raise(other),
        })?;
        PyList::new(py, frames.iter().map(|frame| PyBytes::new(py, frame)))
    }

    /// Goes on counting to `until`, a border that was stored before.
    ///
    /// Raises:
    ///     MisuseError: INVALID_NONCE_START if that is not beyond the present one, or above 2**63;
    ///         NOT_INITIALISED after a fork.
    #[pyo3(signature = (until, /))]
    fn extend(&self, py: Python<'_>, until: Number<u64>) -> PyResult<()> {
        self.with(py, |inner| either!(inner, sealer => sealer.extend(until.0)))?.map_err(raise)
    }

    /// Bytes of the next attached frame around `payload_length` bytes. Errors as for `seal`.
    #[pyo3(signature = (payload_length, now = None))]
    fn frame_length(
        &self,
        py: Python<'_>,
        payload_length: Number<usize>,
        now: Option<Now>,
    ) -> PyResult<usize> {
        let now = Now::or_system(now);
        self.with(py, |inner| either!(inner, sealer => sealer.frame_len(payload_length.0, now)))?
            .map_err(raise)
    }

    /// The level of every frame.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::level(py, self.level)
    }

    /// The algorithm of every frame.
    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::algorithm(py, self.algorithm)
    }

    /// The nonce of the next frame; nothing if nonces are random.
    #[getter]
    fn next_nonce(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let next = self.with(py, |inner| either!(inner, sealer => sealer.next_nonce()))?;
        Ok((!self.random).then_some(next))
    }

    /// How many frames can be sealed before the block of nonces, or the key, is used up; nothing if
    /// nonces are random.
    #[getter]
    fn nonces_left(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let left = self.with(py, |inner| either!(inner, sealer => sealer.nonces_left()))?;
        Ok((!self.random).then_some(left))
    }

    fn __repr__(&self) -> String {
        format!("Sealer({}, {})", self.level.name(), self.algorithm.name())
    }

    #[allow(clippy::unused_self, reason = "two counters under one key collide")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Sealer"))
    }
}
