//! The granter's side: who may ask, what is granted, and what is sent under the sessions.
//!
//! It shares its validator's keys (`live.rs`). Its lock is held for one exchange's curve
//! arithmetic at most, without the interpreter; budgets say how often that is.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::{
    AccessRecord, AccessSlot, Budget, CertifiedSlot, Error, GranterSettings, Level,
    MAX_ACCESS_MESSAGE, MAX_CERTIFIED_MESSAGE, Moment as CoreMoment, Outcome, RoleId, RoleName,
    SourceSlot,
};

use crate::bytes::Input;
use crate::certified::ChainCredential;
use crate::clock::{Moment, Now};
use crate::context::Context;
use crate::engine::{self, System};
use crate::enums::LevelArg;
use crate::error::{detailed, raise};
use crate::fork::Born;
use crate::granted::Granted;
use crate::granting::{Granter as Inner, Granting};
use crate::id::{IdArg, ModuleId};
use crate::keys::{PeerSecret, PublicKey, SigningKey, not_copied};
use crate::live::{self, Keys, Live};
use crate::number::{Number, Pair};
use crate::sealing::{Form, written};
use crate::session::{GroupKey, Session};
use crate::validator::{Validator, filled};

/// The most modules of one granter.
const MAX_CAPACITY: usize = 1 << 19;

/// Grants access to registered modules, and sends under their sessions. One for all threads; none
/// after a fork.
///
/// Its validator takes the modules' frames: it ends what is over before each, and tells the granter
/// which were accepted, which is what confirms a session. It needs room for two keys a module.
///
/// Args:
///     validator: whose keys the sessions become. It has one granter at most.
///     key: this granter's key pair, for modules that are registered with one.
///     chain: or its chain of certificates and key, for these modules and for such as come with a
///         chain of their own: nobody registers them, their certificate says their roles.
///     max_level: the highest level of any session, 4 or 5.
///     life: how many seconds a session lives.
///     overlap: how long, in µs, the last session of a module stays beside a new one in use.
///     overall: (a second, saved up): exchanges' curve arithmetic, over all sources.
///     per_source: the same, for one transport source.
///     capacity: of how many modules, 1 to 2**19; about 600 bytes each,
///         and 400 more once it has a chain.
///     sources: how many transport sources are told apart, up to 2**19; 0 for no limit per source.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork.
///     UnavailableError: NO_ENTROPY.
///     MemoryError: if there is not so much memory.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Granter {
    live: Arc<Live>,
    own: sealwire::ModuleId,
    capacity: usize,
    born: Born,
}

impl Granter {
    /// Calls `job` with the granter and the validator's keys, without the interpreter.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut Granting, &mut Keys<'_>) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.born.check()?;
        let done = self.live.with(py, |sessions, keys| {
            let granting = sessions.granting.as_mut().ok_or(Error::NotInitialised)?;
            job(granting, keys)
        });
        done.map_err(raise)
    }

    #[allow(clippy::too_many_arguments, reason = "what a frame is made of")]
    fn write<'py>(
        &self,
        py: Python<'py>,
        form: Form,
        module: &sealwire::ModuleId,
        payload: &[u8],
        context: &Bound<'py, Context>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let context = context.get().get().map_err(raise)?;
        let (now, tick) = (Now::or_system(now), live::or_own(tick));
        let frame = self.with(py, |granting, keys| {
            granting.run(tick, keys);
            let id = granting.granter.session_of(module).ok_or(Error::SessionUnknown)?;
            let sealed = granting
                .granter
                .send(id, tick, |sealer| written(sealer, form, payload, &context, now));
            // The session is of level 5.
            if !matches!(sealed, Err(Error::KeyKind)) {
                return sealed;
            }
            let (granter, signer) = granting.signer_of(id)?;
            granter.send_signed(id, tick, signer, |sealer| {
                written(sealer, form, payload, &context, now)
            })
        })?;
        Ok(PyBytes::new(py, &frame))
    }
}

#[pymethods]
impl Granter {
    #[new]
    #[pyo3(signature = (validator, *, key = None, chain = None,
        max_level = LevelArg(Level::DigitalSignature), life = Number(3600),
        overlap = Number(10_000_000), overall = Pair(Number(200), Number(400)),
        per_source = Pair(Number(5), Number(10)), capacity = Number(64), sources = Number(1024)),
        text_signature = "(validator, *, key=None, chain=None, max_level=5, life=3600, overlap=10000000, \
        overall=(200, 400), per_source=(5, 10), capacity=64, sources=1024)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn new(
        py: Python<'_>,
        validator: &Bound<'_, Validator>,
        key: Option<&Bound<'_, SigningKey>>,
        chain: Option<&Bound<'_, ChainCredential>>,
        max_level: LevelArg,
        life: Number<u32>,
        overlap: Number<u64>,
        overall: Pair<Number<u32>, Number<u32>>,
        per_source: Pair<Number<u32>, Number<u32>>,
        capacity: Number<usize>,
        sources: Number<usize>,
    ) -> PyResult<Self> {
        if !(1..=MAX_CAPACITY).contains(&capacity.0) || sources.0 > MAX_CAPACITY {
            return Err(detailed(
                Error::InvalidArgument,
                "capacity is 1 to 2**19, sources at most 2**19",
            ));
        }
        if max_level.0 < Level::Hmac {
            return Err(detailed(Error::InvalidArgument, "a session is of level 4 or 5"));
        }
        let budget = |Pair(per_second, burst): Pair<Number<u32>, Number<u32>>| Budget {
            per_second: per_second.0,
            burst: burst.0,
        };
        let settings = GranterSettings {
            max_level: max_level.0,
            life: life.0,
            overlap: overlap.0,
            overall: budget(overall),
            per_source: budget(per_source),
        };
        let live = validator.get().live()?;
        let own = validator.get().own_id(py)?;
        let (signer, chain) = match (key, chain) {
            (Some(_), Some(_)) => {
                let what = "a granter has a key, or a chain with its key";
                return Err(detailed(Error::InvalidArgument, what));
            }
            (Some(key), None) => {
                let key = key.get();
                (Some(py.detach(|| key.signer(false)).map_err(raise)?), None)
            }
            (None, Some(chain)) => {
                let chain = Arc::clone(&chain.get().0);
                (Some(py.detach(|| chain.signer()).map_err(raise)?), Some(chain))
            }
            (None, None) => (None, None),
        };
        let modules = filled(capacity.0, || AccessSlot::EMPTY)?;
        let sources = filled(sources.0, || SourceSlot::EMPTY)?;
        let granter = Inner::new(own, settings, modules, sources, &mut System).map_err(raise)?;
        let mut granting = Granting::new(granter, capacity.0);
        if chain.is_some() {
            granting.make_room(filled(capacity.0, || CertifiedSlot::EMPTY)?);
        }
        granting.sign_with(signer, chain, live::tick());
        let taken = live.grant_with(py, granting);
        taken.map_err(|error| detailed(error, "this validator has a granter"))?;
        Ok(Self { live, own, capacity: capacity.0, born: Born::here() })
    }

    /// The module that this granter is.
    #[getter]
    fn own(&self) -> ModuleId {
        ModuleId(self.own)
    }

    /// Goes on with another chain and key: a renewed certificate. Exchanges under way that had the
    /// answer to their proof are unharmed, the others begin again by themselves; sessions go on, what
    /// is sent under them with the key that they were granted under.
    ///
    /// Args:
    ///     chain: what counts from now on.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    ///     MemoryError: if there is no memory for what chains leave.
    #[pyo3(signature = (chain, /, *, tick = None))]
    fn use_chain(
        &self,
        py: Python<'_>,
        chain: &Bound<'_, ChainCredential>,
        tick: Option<Number<u64>>,
    ) -> PyResult<()> {
        let (chain, tick) = (Arc::clone(&chain.get().0), live::or_own(tick));
        let room = if self.with(py, |granting, _| Ok(granting.has_room()))? {
            Vec::new()
        } else {
            filled(self.capacity, || CertifiedSlot::EMPTY)?
        };
        self.with(py, |granting, _| {
            granting.make_room(room);
            granting.sign_with(Some(chain.signer()?), Some(chain), tick);
            Ok(())
        })
    }

    /// Gives a role its name; policies see `number`, 1 to 255. At most 16 roles.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ROLE, DUPLICATE_KEY_ID, INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    ///     UnavailableError: TABLE_FULL.
    #[pyo3(signature = (name, number))]
    fn define_role(&self, py: Python<'_>, name: &str, number: Number<u8>) -> PyResult<()> {
        let name = RoleName::new(name).map_err(raise)?;
        self.with(py, |granting, _| granting.granter.define_role(name, RoleId(number.0)))
    }

    /// Sets the key of the group that this granter sends to; None takes it away. Modules in the group
    /// get it with their next grant. Who has it keeps it: a member that leaves calls for a new key.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (group, /))]
    fn set_group(&self, py: Python<'_>, group: Option<&Bound<'_, GroupKey>>) -> PyResult<()> {
        let group = group.map(|group| group.get().get()).transpose().map_err(raise)?;
        self.with(py, |granting, _| {
            granting.granter.set_group(group);
            Ok(())
        })
    }

    /// Registers a module: either with `secret`, for level 4, or with `public_key`, for 4 or 5.
    ///
    /// Args:
    ///     module: its ID.
    ///     secret: what both hold.
    ///     public_key: the module's.
    ///     max_level: the highest level that it may get; what its credential allows where it is left
    ///         out.
    ///     roles: numbers of the roles that it may get, as `define_role` gave them.
    ///     expires: when the credential ends, in µs since 1970, and every session with it.
    ///     in_group: it gets the granter's group key with every grant.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ID, DUPLICATE_KEY_ID, DUPLICATE_KEY, KEY_INVALID, KEY_KIND,
    ///         INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    ///     ForbiddenError: SECRET_LEVEL, ROLE_NOT_GRANTED.
    ///     UnavailableError: TABLE_FULL.
    #[pyo3(signature = (module, *, secret = None, public_key = None, max_level = None,
        roles = Vec::new(), expires = None, in_group = false),
        text_signature = "($self, module, *, secret=None, public_key=None, max_level=None, \
        roles=(), expires=None, in_group=False)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn register(
        &self,
        py: Python<'_>,
        module: IdArg,
        secret: Option<Py<PeerSecret>>,
        public_key: Option<&Bound<'_, PublicKey>>,
        max_level: Option<LevelArg>,
        roles: Vec<Number<u8>>,
        expires: Option<Moment>,
        in_group: bool,
    ) -> PyResult<()> {
        let record = match (&secret, public_key) {
            (Some(secret), None) => AccessRecord::secret(module.0, &secret.get().0),
            (None, Some(key)) => {
                AccessRecord::key(module.0, key.get().0, &engine::verifier()).map_err(raise)?
            }
            _ => {
                return Err(detailed(
                    Error::InvalidArgument,
                    "a module has a secret or a public key",
                ));
            }
        };
        let roles: Vec<RoleId> = roles.into_iter().map(|role| RoleId(role.0)).collect();
        let mut record = record.roles(&roles);
        if let Some(level) = max_level {
            record = record.max_level(level.0);
        }
        if let Some(end) = expires {
            record = record.expires(end.0);
        }
        if in_group {
            record = record.in_group();
        }
        self.with(py, |granting, _| granting.granter.register(&record))
    }

    /// Forgets a module and ends its sessions at once.
    ///
    /// Raises:
    ///     UnauthenticatedError: ACCESS_UNKNOWN_MODULE.
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (module, /))]
    fn remove(&self, py: Python<'_>, module: IdArg) -> PyResult<()> {
        self.with(py, |granting, keys| granting.granter.remove(&module.0, keys))
    }

    /// Ends all sessions of a module at once. It may ask for another.
    ///
    /// Raises:
    ///     UnauthenticatedError: ACCESS_UNKNOWN_MODULE.
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (module, /))]
    fn end_sessions(&self, py: Python<'_>, module: IdArg) -> PyResult<()> {
        self.with(py, |granting, keys| granting.granter.end_sessions(&module.0, keys))
    }

    /// Answers a request with a challenge, whoever it is from, and remembers nothing.
    ///
    /// Args:
    ///     request: the bytes as they came.
    ///     source: where they came from, as the transport tells it; at most 64 bytes.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: ACCESS_KIND, ACCESS_MALFORMED.
    ///     UnauthenticatedError: ACCESS_ELSEWHERE.
    ///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    ///
    /// Nothing is sent then.
    #[pyo3(signature = (request, source = None, *, tick = None))]
    fn challenge<'py>(
        &self,
        py: Python<'py>,
        request: Input<'py>,
        source: Option<Input<'py>>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (request, tick) = (request.get(), live::or_own(tick));
        let source = source.as_ref().map_or(&[][..], Input::get);
        let mut out = [0; MAX_ACCESS_MESSAGE];
        let len = self.with(py, |granting, _| {
            let agreement = granting.engines.agreement;
            granting.granter.challenge(request, source, tick, &agreement, &mut System, &mut out)
        })?;
        Ok(PyBytes::new(py, out.get(..len).unwrap_or_default()))
    }

    /// Checks a proof and answers it: with a grant, the same grant again, or a refusal.
    ///
    /// Args:
    ///     proof: the bytes as they came.
    ///     source: where they came from: the same as for the request.
    ///     now: µs since 1970; the system clock where it is left out; NO_CLOCK for none.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: ACCESS_KIND, ACCESS_MALFORMED.
    ///     StaleError: COOKIE_EXPIRED, ACCESS_REPLAYED.
    ///     UnauthenticatedError: ACCESS_ELSEWHERE, COOKIE_WRONG, ACCESS_UNKNOWN_MODULE,
    ///         CREDENTIAL_KIND, ACCESS_MAC_WRONG, ACCESS_SIGNATURE_WRONG.
    ///     CertificateValidationError: what is wrong with the module's chain, the first of PROTOCOL.md
    ///         §14.3; IDENTITY_MISMATCH if it is another module's.
    ///     TimestampValidationError: NO_CLOCK, without which no chain is checked.
    ///     UnavailableError: ACCESS_BUSY; NO_ENGINE without a key.
    ///     MisuseError: INVALID_ARGUMENT; NOT_INITIALISED after a fork.
    ///
    /// Nothing is sent then, and nothing changed.
    #[pyo3(signature = (proof, source = None, *, now = None, tick = None))]
    fn grant<'py>(
        &self,
        py: Python<'py>,
        proof: Input<'py>,
        source: Option<Input<'py>>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Granted> {
        let proof = proof.get();
        let source = source.as_ref().map_or(&[][..], Input::get);
        let at = CoreMoment { tick: live::or_own(tick), now: Now::or_system(now) };
        let mut out = vec![0; MAX_ACCESS_MESSAGE];
        let granted = self.with(py, |granting, keys| {
            if granting.has_chain() {
                out.resize(MAX_CERTIFIED_MESSAGE, 0);
            }
            granting.grant(proof, source, at, keys, &mut out)
        })?;
        let answer = PyBytes::new(py, out.get(..granted.len()).unwrap_or_default()).unbind();
        let (mut session, mut refusal, mut again) = (None, None, false);
        match granted.outcome {
            Outcome::Granted(made) => session = Some(Py::new(py, Session::new(made))?),
            Outcome::Again => again = true,
            Outcome::Refused(error) => refusal = Some(error),
        }
        Ok(Granted { answer, session, refusal, again })
    }

    /// Ends what is over at `tick`. The validator does it before each frame by itself.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (*, tick = None))]
    fn run(&self, py: Python<'_>, tick: Option<Number<u64>>) -> PyResult<()> {
        self.born.check()?;
        self.live.run(py, live::or_own(tick));
        Ok(())
    }

    /// The key ID of the session of a module that is sent on: its newest that is confirmed. None if
    /// there is none.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    #[pyo3(signature = (module, /))]
    fn session_of(&self, py: Python<'_>, module: IdArg) -> PyResult<Option<u32>> {
        self.with(py, |granting, _| Ok(granting.granter.session_of(&module.0).map(|id| id.0)))
    }

    /// How many sessions there are, and how many of them are unconfirmed. Looks at every module.
    ///
    /// Raises:
    ///     MisuseError: NOT_INITIALISED after a fork.
    fn session_count(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        self.with(py, |granting, _| Ok(granting.granter.session_count()))
    }

    /// Seals a message to a module under its session: gives the attached frame.
    ///
    /// Args:
    ///     module: whom it is for.
    ///     payload, context, now: as for `Sealer.seal`.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     UnavailableError: SESSION_UNKNOWN if there is none, or none that is confirmed; and as
    ///         `Sealer.seal`.
    #[pyo3(signature = (module, payload, context, now = None, *, tick = None))]
    #[allow(clippy::too_many_arguments, reason = "what a frame is made of")]
    fn seal<'py>(
        &self,
        py: Python<'py>,
        module: IdArg,
        payload: Input<'py>,
        context: &Bound<'py, Context>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        self.write(py, Form::Attached, &module.0, payload.get(), context, now, tick)
    }

    /// Seals a message that travels by itself: gives the detached form beside it. Arguments and
    /// errors as for `seal`.
    #[pyo3(signature = (module, payload, context, now = None, *, tick = None))]
    #[allow(clippy::too_many_arguments, reason = "what a frame is made of")]
    fn seal_detached<'py>(
        &self,
        py: Python<'py>,
        module: IdArg,
        payload: Input<'py>,
        context: &Bound<'py, Context>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        self.write(py, Form::Detached, &module.0, payload.get(), context, now, tick)
    }

    fn __repr__(&self) -> String {
        format!("Granter('{}')", self.own)
    }

    #[allow(clippy::unused_self, reason = "two would grant the same session IDs")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Granter"))
    }
}
