//! The requester's side of an exchange: the core's states behind a lock, with this machine's
//! engines. Curve operations run without the interpreter.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::{
    AccessMessage, AccessPlan, Credential, Entropy, Error, ExchangeError, KeyId, PortableAgreement,
    RoleId, RoleName, TimeRule,
};

use crate::bytes::Input;
use crate::engine::{self, System};
use crate::enums::LevelArg;
use crate::error::{detailed, raise};
use crate::fork::Born;
use crate::id::IdArg;
use crate::keys::{PeerSecret, PublicKey, SigningKey, not_copied, tag_length};
use crate::live::{self, HostEngines};
use crate::number::Number;
use crate::session::Session;

/// By what the two sides know each other.
enum Held {
    Secret(Py<PeerSecret>),
    Key(sealwire::PublicKey),
}

impl Held {
    fn credential(&self) -> Credential<'_> {
        match self {
            Self::Secret(secret) => Credential::Secret(&secret.get().0),
            Self::Key(key) => Credential::Key(*key),
        }
    }
}

struct State {
    exchange: sealwire::Exchange,
    with: Option<(Held, HostEngines)>,
}

/// How a module asks for its session: request, challenge, proof, grant. One exchange after the other.
///
/// Messages go over any line; each is at most 320 bytes. What was asked for last can be sent again
/// as often as it takes. A message that is refused changes nothing.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct Exchange {
    state: Mutex<State>,
    born: Born,
}

/// Says where the exchange stands, where that is what is wrong.
fn refused(error: ExchangeError) -> PyErr {
    match error.error {
        Error::AccessState => detailed(
            error.error,
            &format!(
                "the state is '{}', the call needs '{}'",
                error.state.name(),
                error.needs.name()
            ),
        ),
        other => raise(other),
    }
}

impl Exchange {
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut State) -> Result<T, ExchangeError> + Send,
    ) -> PyResult<T> {
        self.born.check()?;
        let done =
            py.detach(|| job(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner)));
        done.map_err(refused)
    }
}

#[pymethods]
impl Exchange {
    #[new]
    fn new() -> Self {
        let state = State { exchange: sealwire::Exchange::new(), with: None };
        Self { state: Mutex::new(state), born: Born::here() }
    }

    /// Begins, or begins again with all fresh, and gives the request.
    ///
    /// Either `secret`, or `key` and `granter_key`: as both sides were provisioned.
    ///
    /// Args:
    ///     own: this module.
    ///     granter: whom it asks.
    ///     secret: what both hold; for level 4.
    ///     key: this module's key pair, and
    ///     granter_key: the granter's public key; for level 4 or 5.
    ///     key_id: what the granter shall put into its frames; random where it is left out.
    ///     role: its name, at most 32 of a-z, 0-9, dot, underscore, hyphen; empty for none.
    ///     wanted: the level to ask for, 4 or 5.
    ///     lowest: the lowest that is taken, 4 or 5.
    ///     tag: of frames at level 4, in both directions: "full" or "short".
    ///     counter_only: this side has no clock; frames of both directions carry no time.
    ///     granter_role: the granter's role for this side's policy, 1 to 255; 0 for none.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID, INVALID_ROLE; NOT_INITIALISED after a fork.
    ///     ForbiddenError: SECRET_LEVEL.
    ///     UnavailableError: NO_ENTROPY.
    #[pyo3(signature = (*, own, granter, secret = None, key = None, granter_key = None,
        key_id = None, role = "", wanted = LevelArg(sealwire::Level::Hmac),
        lowest = LevelArg(sealwire::Level::Hmac), tag = "full", counter_only = false,
        granter_role = Number(0)),
        text_signature = "($self, *, own, granter, secret=None, key=None, granter_key=None, \
        key_id=None, role='', wanted=4, lowest=4, tag='full', counter_only=False, granter_role=0)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn begin<'py>(
        &self,
        py: Python<'py>,
        own: IdArg,
        granter: IdArg,
        secret: Option<Py<PeerSecret>>,
        key: Option<&Bound<'py, SigningKey>>,
        granter_key: Option<&Bound<'py, PublicKey>>,
        key_id: Option<Number<u32>>,
        role: &str,
        wanted: LevelArg,
        lowest: LevelArg,
        tag: &str,
        counter_only: bool,
        granter_role: Number<u8>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut number = [0; 4];
        System.fill(&mut number).map_err(raise)?;
        let key_id = key_id.map_or(u32::from_ne_bytes(number), |id| id.0);
        let plan = AccessPlan {
            role: RoleName::new(role).map_err(raise)?,
            wanted: wanted.0,
            lowest: lowest.0,
            tag: tag_length(tag)?,
            time: if counter_only { TimeRule::CounterOnly } else { TimeRule::Stamped },
            granter_role: RoleId(granter_role.0),
            ..AccessPlan::new(own.0, granter.0, KeyId(key_id))
        };
        let (held, signer) = match (secret, key, granter_key) {
            (Some(secret), None, None) => (Held::Secret(secret), None),
            (None, Some(key), Some(granter_key)) => {
                let key = key.get();
                let signer = py.detach(|| key.signer(false)).map_err(raise)?;
                (Held::Key(granter_key.get().0), Some(signer))
            }
            _ => {
                return Err(detailed(
                    Error::InvalidArgument,
                    "give a secret, or a key and the granter's public key",
                ));
            }
        };
        let verifier = Some(engine::verifier());
        let engines = HostEngines { agreement: PortableAgreement, signer, verifier };
        let request = self.with(py, |state| {
            let credential = held.credential();
            state.exchange.begin(&plan, &credential, &PortableAgreement, &mut System)?;
            state.with = Some((held, engines));
            state.exchange.request().map(<[u8]>::to_vec)
        })?;
        Ok(PyBytes::new(py, &request))
    }

    /// The request again, the same bytes.
    ///
    /// Raises:
    ///     MisuseError: ACCESS_STATE before `begin`; NOT_INITIALISED after a fork.
    fn request<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let request = self.with(py, |state| state.exchange.request().map(<[u8]>::to_vec))?;
        Ok(PyBytes::new(py, &request))
    }

    /// Answers a challenge with the proof; also one more to the same request, when the proof gets no
    /// answer.
    ///
    /// Args:
    ///     message: what the granter sent.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: ACCESS_KIND, ACCESS_MALFORMED.
    ///     UnauthenticatedError: ACCESS_ELSEWHERE.
    ///     MisuseError: ACCESS_STATE before `begin`; NOT_INITIALISED after a fork.
    #[pyo3(signature = (message, *, tick = None))]
    fn challenge<'py>(
        &self,
        py: Python<'py>,
        message: Input<'py>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (message, tick) = (message.get(), live::or_own(tick));
        let proof = self.with(py, |state| {
            let Some((held, engines)) = &mut state.with else {
                return state.exchange.proof().map(<[u8]>::to_vec);
            };
            state.exchange.challenge(message, tick, &held.credential(), engines)?;
            state.exchange.proof().map(<[u8]>::to_vec)
        })?;
        Ok(PyBytes::new(py, &proof))
    }

    /// The proof again, the same bytes.
    ///
    /// Raises:
    ///     MisuseError: ACCESS_STATE before `challenge`; NOT_INITIALISED after a fork.
    fn proof<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let proof = self.with(py, |state| state.exchange.proof().map(<[u8]>::to_vec))?;
        Ok(PyBytes::new(py, &proof))
    }

    /// Takes a grant, or raises the refusal that came in its place. The exchange is over then.
    ///
    /// Args:
    ///     message: what the granter sent.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: ACCESS_KIND, ACCESS_MALFORMED.
    ///     UnauthenticatedError: ACCESS_ELSEWHERE, ACCESS_MAC_WRONG, ACCESS_SIGNATURE_WRONG.
    ///     ForbiddenError: ACCESS_FORBIDDEN if the granter refuses; LEVEL_NOT_GRANTED.
    ///     UnavailableError: ACCESS_UNAVAILABLE; SESSION_UNKNOWN 30 s after the proof: begin again.
    ///     MisuseError: ACCESS_STATE before `challenge`; NOT_INITIALISED after a fork.
    #[pyo3(signature = (message, *, tick = None))]
    fn grant(
        &self,
        py: Python<'_>,
        message: Input<'_>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Session> {
        let (message, tick) = (message.get(), live::or_own(tick));
        self.with(py, |state| {
            let Some((held, engines)) = &state.with else {
                // Says where it stands.
                return Err(state.exchange.proof().err().unwrap_or(ExchangeError {
                    error: Error::AccessState,
                    state: state.exchange.state(),
                    needs: sealwire::ExchangeState::AwaitGrant,
                }));
            };
            let session = state.exchange.grant(message, tick, &held.credential(), engines)?;
            state.with = None;
            Ok(session)
        })
        .map(Session::new)
    }

    /// Gives up; what there was is wiped.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |state| {
            state.exchange.abandon();
            state.with = None;
            Ok(())
        })
    }

    /// Where it stands: "idle", "await challenge" or "await grant".
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.with(py, |state| Ok(state.exchange.state().name()))
    }

    #[allow(clippy::unused_self, reason = "shows nothing of it")]
    fn __repr__(&self) -> &'static str {
        "Exchange(…)"
    }

    #[allow(clippy::unused_self, reason = "two would have one nonce")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Exchange"))
    }
}

/// Which message of an exchange some bytes begin as: "request", "challenge", "proof", "grant" or
/// "refusal"; None if none: a frame, say.
#[pyfunction]
#[pyo3(signature = (message, /))]
pub(crate) fn access_kind(message: Input<'_>) -> Option<&'static str> {
    AccessMessage::of(message.get()).map(|kind| match kind {
        AccessMessage::Request => "request",
        AccessMessage::Challenge => "challenge",
        AccessMessage::Proof => "proof",
        AccessMessage::Grant => "grant",
        AccessMessage::Refusal => "refusal",
    })
}
