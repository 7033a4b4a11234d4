//! What an exchange ends with: a session, its token and the key of the granter's group.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyTuple};
use sealwire::{Error, KeyId, TagLength, TokenSlot, Tokens};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::bytes::Input;
use crate::certified::Certified;
use crate::enums;
use crate::error::{detailed, raise};
use crate::id::{IdArg, ModuleId};
use crate::keys::{PeerKey, PeerSecret, SigningKey, not_copied, tag_length};
use crate::live::{self, Proven};
use crate::number::Number;

/// A session, as one of its two sides holds it: fresh keys, who the other is, a level, an end.
///
/// `Validator.install` registers what the peer sends; `Sealer.for_session` seals what goes. Made
/// by an `Exchange` or a `Granter`; not shown by `repr`, not pickled, wiped when it goes.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Session {
    pub(crate) inner: sealwire::Session,
    has_sealer: AtomicBool,
    /// The granter's chain, on the side of a module that asked for it.
    granter: Option<(Vec<u8>, Arc<Certified>)>,
}

impl Session {
    pub(crate) const fn new(inner: sealwire::Session) -> Self {
        Self { inner, has_sealer: AtomicBool::new(false), granter: None }
    }

    /// With the chain that the granter proved itself by.
    pub(crate) fn proven(mut self, chain: Vec<u8>, by: Arc<Certified>) -> Self {
        self.granter = Some((chain, by));
        self
    }

    /// The key of the chain that this side asked with.
    pub(crate) fn own_key(&self) -> Option<&SigningKey> {
        self.granter.as_ref().map(|(_, by)| by.key())
    }

    /// What ends the session when it is revoked.
    pub(crate) fn proven_by(&self) -> Option<Proven> {
        let (chain, by) = self.granter.as_ref()?;
        // Asked at the first run: a list may have come since the grant.
        Some(Proven { chain: chain.clone(), by: Arc::clone(by), seen: 0 })
    }

    /// Says that a sealer is made: there is one, or two would count under one key.
    pub(crate) fn take_sealer(&self) -> PyResult<()> {
        if self.has_sealer.swap(true, Ordering::AcqRel) {
            return Err(detailed(
                Error::InvalidArgument,
                "a session is sent on by one sealer, and it has one",
            ));
        }
        Ok(())
    }

    /// [`Session::take_sealer`] undone: none was made.
    pub(crate) fn give_back(&self) {
        self.has_sealer.store(false, Ordering::Release);
    }
}

#[pymethods]
impl Session {
    /// This side.
    #[getter]
    fn own(&self) -> ModuleId {
        ModuleId(self.inner.own())
    }

    /// The other side, which proved itself.
    #[getter]
    fn peer(&self) -> ModuleId {
        ModuleId(self.inner.peer())
    }

    /// The key ID of the frames that come.
    #[getter]
    fn key_id(&self) -> u32 {
        self.inner.key_id().0
    }

    /// The key ID of the frames that go.
    #[getter]
    fn peer_key_id(&self) -> u32 {
        self.inner.peer_key_id().0
    }

    /// The level of every frame, in both directions: 4 or 5.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::level(py, self.inner.level())
    }

    /// The algorithm of every frame.
    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::algorithm(py, self.inner.algorithm())
    }

    /// The peer's role: on the granter's side the one that it granted; 0 for none.
    #[getter]
    fn role(&self) -> u8 {
        self.inner.peer_role().0
    }

    /// How many seconds it lives, from the granting on.
    #[getter]
    fn life_seconds(&self) -> u32 {
        self.inner.life_seconds()
    }

    /// The tick, in µs, at which it is over on this side: see `tick()`.
    #[getter]
    fn ends_at_tick(&self) -> u64 {
        self.inner.ends_at_tick()
    }

    /// The tick, in µs, before which the module's first frame must have come, or the granter
    /// forgets the session.
    #[getter]
    fn first_frame_by_tick(&self) -> u64 {
        self.inner.first_frame_by_tick()
    }

    /// The time at which it is over, in µs since 1970, if its frames carry a time.
    #[getter]
    fn expires(&self) -> Option<u64> {
        self.inner.expires().map(sealwire::Timestamp::as_micros)
    }

    /// The granter's certificates in DER, if this session came from a chain and this side asked for
    /// it; None otherwise.
    #[getter]
    fn granter_chain<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some((bytes, _)) = &self.granter else { return Ok(None) };
        let chain = sealwire::Chain::from_bytes(bytes).map_err(raise)?;
        PyTuple::new(py, chain.certificates().collect::<Vec<_>>()).map(Some)
    }

    /// The lowest number of the revocation list of this module's own anchor that the granter takes,
    /// for `TrustStore.demand_list`; None without a chain and on the granter's side.
    #[getter]
    fn demanded_list(&self) -> Option<u64> {
        self.inner.demanded_list()
    }

    /// What the granter told of the time, if it is a source of time: its time in µs since 1970 when
    /// it granted, and how many µs the way from proof to grant took. See `DeviceClock`.
    #[getter]
    fn time_report(&self) -> Option<(u64, u64)> {
        let report = self.inner.time_report()?;
        Some((report.time().as_micros(), report.round_trip()))
    }

    /// The session token, which both sides derived and nobody sent: whoever shows it is taken for
    /// the module, at level 2 and no higher.
    #[getter]
    fn token(&self) -> SessionToken {
        SessionToken(Zeroizing::new(*self.inner.secret_token()))
    }

    /// A key for the interface of the framework that came before; frames have others.
    #[getter]
    fn hmac_key(&self) -> PyResult<PeerSecret> {
        sealwire::PeerSecret::from_slice(self.inner.secret_hmac_key())
            .map(PeerSecret)
            .map_err(raise)
    }

    /// The key of the granter's group, if this module is in it; None on the granter's side.
    #[getter]
    fn group(&self, py: Python<'_>) -> PyResult<Option<GroupKey>> {
        let Some(group) = self.inner.group() else { return Ok(None) };
        let secret = sealwire::PeerSecret::from_slice(group.secret().secret_bytes());
        let secret = Py::new(py, PeerSecret(secret.map_err(raise)?))?;
        Ok(Some(GroupKey { id: group.id(), key_id: group.key_id(), tag: group.tag(), secret }))
    }

    fn __repr__(&self) -> String {
        let (peer, level) = (self.inner.peer(), self.inner.level().name());
        format!("Session({level}, with {peer}, {} s)", self.inner.life_seconds())
    }

    #[allow(clippy::unused_self, reason = "two holders would count under one key")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Session"))
    }
}

/// 32 secret bytes that stand for a module at level 2. Compared in constant time; not shown by
/// `repr`, not pickled, not to be logged, wiped when it goes.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct SessionToken(Zeroizing<[u8; 32]>);

#[pymethods]
impl SessionToken {
    /// The token with these 32 bytes, as it was shown.
    ///
    /// Raises:
    ///     MisuseError: KEY_LENGTH.
    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(data: Input<'_>) -> PyResult<Self> {
        let token = data.get().try_into().map_err(|_| raise(Error::KeyLength))?;
        Ok(Self(Zeroizing::new(token)))
    }

    /// The 32 bytes, for showing them. Python can't wipe this copy.
    fn secret_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_slice())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0.ct_eq(other.get().0.as_slice()).into())
    }

    #[allow(clippy::unused_self, reason = "shows nothing of it")]
    fn __repr__(&self) -> &'static str {
        "SessionToken(…)"
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("SessionToken"))
    }
}

/// The key of a group of which the granter is a sender: one publisher, many subscribers. Any
/// member can make its tags; who needs proof of the sender uses level 5.
///
/// Args:
///     id: the group.
///     key_id: what the granter puts into its frames for the group, 0 to 2**32 - 1.
///     secret: the group's secret.
///     tag: "full" for tags of 32 bytes, "short" for 16.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT, INVALID_ID.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct GroupKey {
    id: sealwire::ModuleId,
    key_id: KeyId,
    tag: TagLength,
    secret: Py<PeerSecret>,
}

impl GroupKey {
    /// As the core knows it.
    pub(crate) fn get(&self) -> Result<sealwire::GroupKey, Error> {
        let secret = sealwire::PeerSecret::from_slice(self.secret.get().0.secret_bytes())?;
        Ok(sealwire::GroupKey::new(self.id, self.key_id, self.tag, secret))
    }
}

#[pymethods]
impl GroupKey {
    #[new]
    #[pyo3(signature = (id, *, key_id, secret, tag = "full"))]
    fn new(id: IdArg, key_id: Number<u32>, secret: Py<PeerSecret>, tag: &str) -> PyResult<Self> {
        Ok(Self { id: id.0, key_id: KeyId(key_id.0), tag: tag_length(tag)?, secret })
    }

    /// The group.
    #[getter]
    fn id(&self) -> ModuleId {
        ModuleId(self.id)
    }

    /// What stands in the frames.
    #[getter]
    fn key_id(&self) -> u32 {
        self.key_id.0
    }

    /// The tag of the frames: "full" or "short".
    #[getter]
    fn tag(&self) -> &'static str {
        match self.tag {
            TagLength::Full => "full",
            TagLength::Short => "short",
        }
    }

    /// The group's secret.
    #[getter]
    fn secret(&self, py: Python<'_>) -> Py<PeerSecret> {
        self.secret.clone_ref(py)
    }

    /// What a member registers, to check what `sender` seals for the group.
    ///
    /// Args:
    ///     sender: the publisher.
    ///     role: its role for the policy, 1 to 255; 0 for none.
    #[pyo3(signature = (sender, *, role = Number(0)), text_signature = "($self, sender, *, role=0)")]
    fn peer_key(&self, py: Python<'_>, sender: IdArg, role: Number<u8>) -> PeerKey {
        let secret = self.secret.clone_ref(py);
        PeerKey::of_group(self.key_id, sender.0, secret, self.tag, self.id, role.0)
    }

    fn __repr__(&self) -> String {
        format!("GroupKey('{}', key_id={})", self.id, self.key_id.0)
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("GroupKey"))
    }
}

/// The tokens of live sessions, one a module: kept as hashes, compared in constant time, revocable.
///
/// Args:
///     capacity: of how many modules, 1 to 2**20; 64 bytes each. A look-up costs a look at each.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct SessionTokens(Mutex<Tokens<Vec<TokenSlot>>>);

impl SessionTokens {
    fn with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut Tokens<Vec<TokenSlot>>) -> Result<T, Error>,
    ) -> PyResult<T> {
        let mut tokens = self.0.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let done = job(&mut tokens);
        drop(tokens);
        done.map_err(raise)
    }
}

#[pymethods]
impl SessionTokens {
    #[new]
    #[pyo3(signature = (capacity, /))]
    fn new(capacity: Number<usize>) -> PyResult<Self> {
        if !(1..=1 << 20).contains(&capacity.0) {
            return Err(detailed(Error::InvalidArgument, "capacity is 1 to 2**20"));
        }
        let slots = crate::validator::filled(capacity.0, || TokenSlot::EMPTY)?;
        Ok(Self(Mutex::new(Tokens::new(slots))))
    }

    /// Keeps the token of a session, in the place of its peer's last one.
    ///
    /// Raises:
    ///     UnavailableError: TABLE_FULL.
    #[pyo3(signature = (session, *, tick = None))]
    fn keep(
        &self,
        py: Python<'_>,
        session: &Bound<'_, Session>,
        tick: Option<Number<u64>>,
    ) -> PyResult<()> {
        let tick = live::or_own(tick);
        self.with(py, |tokens| tokens.keep(&session.get().inner, tick))
    }

    /// Whose token this is: (module, role). Stands for the module at level 2 and no higher.
    ///
    /// Raises:
    ///     UnauthenticatedError: TOKEN_UNKNOWN.
    #[pyo3(signature = (token, *, tick = None))]
    fn check(
        &self,
        py: Python<'_>,
        token: &Bound<'_, SessionToken>,
        tick: Option<Number<u64>>,
    ) -> PyResult<(ModuleId, u8)> {
        let tick = live::or_own(tick);
        let (module, role) = self.with(py, |tokens| tokens.check(&token.get().0, tick))?;
        Ok((ModuleId(module), role.0))
    }

    /// Forgets the module's token.
    ///
    /// Raises:
    ///     UnauthenticatedError: TOKEN_UNKNOWN.
    #[pyo3(signature = (module, /))]
    fn revoke(&self, py: Python<'_>, module: IdArg) -> PyResult<()> {
        self.with(py, |tokens| tokens.revoke(&module.0))
    }

    #[allow(clippy::unused_self, reason = "shows nothing of them")]
    fn __repr__(&self) -> &'static str {
        "SessionTokens(…)"
    }

    #[allow(clippy::unused_self, reason = "gives nothing of them")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("SessionTokens"))
    }
}
