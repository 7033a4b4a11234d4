//! The requester's side of an exchange: the core's states behind a lock, with this machine's
//! engines. Curve operations run without the interpreter.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::{
    AccessMessage, AccessPlan, ChainTime, Credential, Entropy, Error, ExchangeError, ExchangeState,
    KeyId, RoleId, RoleName, TimeRule, Timestamp, chain_of_grant,
};

use crate::bytes::Input;
use crate::certified::{Certified, ChainCredential};
use crate::clock::Now;
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
    Chain(Arc<Certified>),
}

/// Where the time of the other's chain is not looked at.
const EVER: ChainTime = ChainTime::NotBefore(Timestamp::from_secs(0));

impl Held {
    /// Calls `job` with the core's credential.
    fn with<T>(&self, time: ChainTime, job: impl FnOnce(&Credential<'_>) -> T) -> T {
        match self {
            Self::Secret(secret) => job(&Credential::Secret(&secret.get().0)),
            Self::Key(key) => job(&Credential::Key(*key)),
            Self::Chain(chain) => chain.with(time, |chain| job(&Credential::Chain(chain))),
        }
    }

    /// A message, and this side's chain right behind it, if it has one.
    fn followed(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Chain(chain) => [message, &chain.chain].concat(),
            _ => message.to_vec(),
        }
    }
}

struct State {
    exchange: sealwire::Exchange,
    with: Option<(Held, HostEngines)>,
}

/// How a module asks for its session: request, challenge, proof, grant. One exchange after the other.
///
/// Messages go over any line; each is at most 320 bytes, and with chains of certificates 3,352. What was asked for last can be sent again
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
    /// Either `secret`, or `key` and `granter_key`: as both sides were provisioned; or `chain`, without
    /// more: the certificates say who is who.
    ///
    /// Args:
    ///     own: this module.
    ///     granter: whom it asks.
    ///     secret: what both hold; for level 4.
    ///     key: this module's key pair, and
    ///     granter_key: the granter's public key; for level 4 or 5.
    ///     chain: this module's chain and key, and whom it trusts; for level 4 or 5.
    ///     key_id: what the granter shall put into its frames; random where it is left out.
    ///     role: its name, at most 32 of a-z, 0-9, dot, underscore, hyphen; empty for none.
    ///     wanted: the level to ask for, 4 or 5.
    ///     lowest: the lowest that is taken, 4 or 5.
    ///     tag: of frames at level 4, in both directions: "full" or "short".
    ///     counter_only: this side has no clock; frames of both directions carry no time.
    ///     granter_role: the granter's role for this side's policy, 1 to 255; 0 for none.
    ///     time_source: the granter is one of this side's sources of time (`Session.time_report`);
    ///         with chains, its certificate must say so too.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID, INVALID_ROLE; NOT_INITIALISED after a fork.
    ///     ForbiddenError: SECRET_LEVEL.
    ///     UnavailableError: NO_ENTROPY.
    #[pyo3(signature = (*, own, granter, secret = None, key = None, granter_key = None,
        chain = None, key_id = None, role = "", wanted = LevelArg(sealwire::Level::Hmac),
        lowest = LevelArg(sealwire::Level::Hmac), tag = "full", counter_only = false,
        granter_role = Number(0), time_source = false),
        text_signature = "($self, *, own, granter, secret=None, key=None, granter_key=None, \
        chain=None, key_id=None, role='', wanted=4, lowest=4, tag='full', counter_only=False, \
        granter_role=0, time_source=False)")]
    #[allow(clippy::fn_params_excessive_bools, reason = "by name in Python")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn begin<'py>(
        &self,
        py: Python<'py>,
        own: IdArg,
        granter: IdArg,
        secret: Option<Py<PeerSecret>>,
        key: Option<&Bound<'py, SigningKey>>,
        granter_key: Option<&Bound<'py, PublicKey>>,
        chain: Option<&Bound<'py, ChainCredential>>,
        key_id: Option<Number<u32>>,
        role: &str,
        wanted: LevelArg,
        lowest: LevelArg,
        tag: &str,
        counter_only: bool,
        granter_role: Number<u8>,
        time_source: bool,
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
            is_time_source: time_source,
            ..AccessPlan::new(own.0, granter.0, KeyId(key_id))
        };
        let (held, signer) = match (secret, key, granter_key, chain) {
            (Some(secret), None, None, None) => (Held::Secret(secret), None),
            (None, None, None, Some(chain)) => {
                let chain = Arc::clone(&chain.get().0);
                let signer = py.detach(|| chain.signer()).map_err(raise)?;
                (Held::Chain(chain), Some(signer))
            }
            (None, Some(key), Some(granter_key), None) => {
                let key = key.get();
                let signer = py.detach(|| key.signer(false)).map_err(raise)?;
                (Held::Key(granter_key.get().0), Some(signer))
            }
            _ => {
                return Err(detailed(
                    Error::InvalidArgument,
                    "give a secret, or a key and the granter's public key, or a chain",
                ));
            }
        };
        let verifier = Some(engine::verifier());
        let agreement = engine::agreement();
        let engines = HostEngines { agreement, signer, verifier };
        let request = self.with(py, |state| {
            held.with(EVER, |credential| {
                state.exchange.begin(&plan, credential, &agreement, &mut System)
            })?;
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
            held.with(EVER, |credential| {
                state.exchange.challenge(message, tick, credential, engines)
            })?;
            state.exchange.proof().map(|proof| held.followed(proof))
        })?;
        Ok(PyBytes::new(py, &proof))
    }

    /// The proof again, the same bytes.
    ///
    /// Raises:
    ///     MisuseError: ACCESS_STATE before `challenge`; NOT_INITIALISED after a fork.
    fn proof<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let proof = self.with(py, |state| {
            let proof = state.exchange.proof()?;
            Ok(state.with.as_ref().map_or_else(|| proof.to_vec(), |(held, _)| held.followed(proof)))
        })?;
        Ok(PyBytes::new(py, &proof))
    }

    /// Takes a grant, or raises the refusal that came in its place. The exchange is over then.
    ///
    /// Args:
    ///     message: what the granter sent.
    ///     now: µs since 1970, when the granter's chain must be good; the system clock where it is
    ///         left out. With NO_CLOCK the credential's floor counts, and the granted time.
    ///     tick: µs that only go up: see `tick()`, which counts where it is left out.
    ///
    /// Raises:
    ///     MalformedError: ACCESS_KIND, ACCESS_MALFORMED.
    ///     UnauthenticatedError: ACCESS_ELSEWHERE, ACCESS_MAC_WRONG, ACCESS_SIGNATURE_WRONG.
    ///     CertificateValidationError: what is wrong with the granter's chain, the first of
    ///         PROTOCOL.md §14.3; IDENTITY_MISMATCH if it isn't the granter's that was asked.
    ///     TimestampValidationError: NO_CLOCK, with neither a clock nor a floor.
    ///     ForbiddenError: ACCESS_FORBIDDEN if the granter refuses; LEVEL_NOT_GRANTED.
    ///     UnavailableError: ACCESS_UNAVAILABLE; SESSION_UNKNOWN 30 s after the proof: begin again.
    ///     MisuseError: ACCESS_STATE before `challenge`; NOT_INITIALISED after a fork.
    #[pyo3(signature = (message, *, now = None, tick = None))]
    fn grant(
        &self,
        py: Python<'_>,
        message: Input<'_>,
        now: Option<Now>,
        tick: Option<Number<u64>>,
    ) -> PyResult<Session> {
        let (message, tick) = (message.get(), live::or_own(tick));
        let now = Now::or_system(now);
        self.with(py, |state| {
            let Some((held, engines)) = &state.with else {
                // Says where it stands.
                return Err(state.exchange.proof().err().unwrap_or(ExchangeError {
                    error: Error::AccessState,
                    state: state.exchange.state(),
                    needs: ExchangeState::AwaitGrant,
                }));
            };
            let at = state.exchange.state();
            let fails =
                |error| ExchangeError { error, state: at, needs: ExchangeState::AwaitGrant };
            let time = match held {
                Held::Chain(chain) => chain.time(now).map_err(fails)?,
                _ => EVER,
            };
            let granted = held
                .with(time, |credential| state.exchange.grant(message, tick, credential, engines));
            let session = Session::new(granted?);
            let session = match held {
                Held::Chain(by) => {
                    let chain = chain_of_grant(message).map_err(fails)?;
                    let chain = chain.certificates().collect::<Vec<_>>().concat();
                    session.proven(chain, Arc::clone(by))
                }
                _ => session,
            };
            state.with = None;
            Ok(session)
        })
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
