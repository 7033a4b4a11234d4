//! The requester's steps in one object, for C, Python and firmware: the same transitions as
//! [`AwaitChallenge`](crate::AwaitChallenge) and [`AwaitGrant`](crate::AwaitGrant), by the same
//! code. A call out of order says where the exchange stands and what the call needs.

use core::fmt;

use crate::access::asking::{Asking, Drawn, Proven};
use crate::access::engines::{Credential, Engines};
use crate::access::requester::AccessPlan;
use crate::access::session::Session;
use crate::crypto::p256::{AgreeP256, Entropy, GenerateP256, SignP256, VerifyP256};
use crate::error::Error;

/// Where an exchange stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum ExchangeState {
    /// Nothing was asked for, or all is over.
    Idle = 0,
    /// The request is there; a challenge is to come.
    AwaitChallenge = 1,
    /// The proof is there; a grant is to come.
    AwaitGrant = 2,
}

impl ExchangeState {
    /// The name, as it stands in C, Python and the docs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::AwaitChallenge => "await challenge",
            Self::AwaitGrant => "await grant",
        }
    }
}

/// Why a step wasn't made. The exchange stands where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ExchangeError {
    /// Why: [`Error::AccessState`] for a call out of order.
    pub error: Error,
    /// Where the exchange stands.
    pub state: ExchangeState,
    /// Where it must at least stand for this call.
    pub needs: ExchangeState,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (state, needs) = (self.state.name(), self.needs.name());
        match self.error {
            Error::AccessState => {
                write!(f, "{}: the state is '{state}', the call needs '{needs}'", self.error.name())
            }
            error => write!(f, "{error} (in state '{state}')"),
        }
    }
}

impl core::error::Error for ExchangeError {}

/// The requester's side of one exchange after the other.
#[derive(Debug, Default)]
pub struct Exchange {
    asking: Option<Asking>,
}

impl Exchange {
    /// No exchange yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { asking: None }
    }

    /// Where the exchange stands.
    #[must_use]
    pub const fn state(&self) -> ExchangeState {
        match &self.asking {
            None => ExchangeState::Idle,
            Some(asking) if asking.has_proof() => ExchangeState::AwaitGrant,
            Some(_) => ExchangeState::AwaitChallenge,
        }
    }

    /// Begins, or begins again with all fresh; what was before is wiped.
    ///
    /// # Errors
    /// As [`AwaitChallenge::begin`](crate::AwaitChallenge::begin); what was before is as it was.
    pub fn begin(
        &mut self,
        plan: &AccessPlan,
        credential: &Credential<'_>,
        generate: &impl GenerateP256,
        entropy: &mut impl Entropy,
    ) -> Result<(), ExchangeError> {
        let drawn = Drawn::new(plan, credential, generate, entropy);
        let drawn = drawn.map_err(self.in_state(ExchangeState::Idle))?;
        self.ask(plan, credential, drawn).map_err(self.in_state(ExchangeState::Idle))
    }

    /// A frame of its own: what is asked doesn't lie on the stack while a key is made.
    #[inline(never)]
    fn ask(
        &mut self,
        plan: &AccessPlan,
        credential: &Credential<'_>,
        drawn: Drawn,
    ) -> Result<(), Error> {
        self.asking = Some(Asking::of(plan, credential, drawn)?);
        Ok(())
    }

    /// The request, as often as it takes.
    ///
    /// # Errors
    /// [`Error::AccessState`] before [`Exchange::begin`].
    pub fn request(&self) -> Result<&[u8], ExchangeError> {
        let asking = self.asking.as_ref().ok_or(Error::AccessState);
        Ok(asking.map_err(self.in_state(ExchangeState::AwaitChallenge))?.request())
    }

    /// The proof, as often as it takes. With a chain as credential, this side's chain is sent right
    /// behind it, in the same message.
    ///
    /// # Errors
    /// [`Error::AccessState`] before [`Exchange::challenge`].
    pub fn proof(&self) -> Result<&[u8], ExchangeError> {
        let asking = self.asking.as_ref().filter(|asking| asking.has_proof());
        let asking = asking.ok_or(Error::AccessState);
        Ok(asking.map_err(self.in_state(ExchangeState::AwaitGrant))?.proof())
    }

    /// Answers a challenge; also one more to the same request, when the proof gets no answer
    /// (see [`AwaitGrant::challenge`](crate::AwaitGrant::challenge)).
    ///
    /// # Errors
    /// [`Error::AccessState`] before [`Exchange::begin`]; else as
    /// [`AwaitChallenge::challenge`](crate::AwaitChallenge::challenge), and nothing changes.
    pub fn challenge<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        challenge: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &mut Engines<A, S, V>,
    ) -> Result<(), ExchangeError> {
        let fails = self.in_state(ExchangeState::AwaitChallenge);
        let asking = self.asking.as_mut().ok_or(Error::AccessState).map_err(&fails)?;
        asking.challenge(challenge, tick, credential, engines).map_err(fails)
    }

    /// Takes a grant; the exchange is over then.
    ///
    /// # Errors
    /// [`Error::AccessState`] before [`Exchange::challenge`]; else as
    /// [`AwaitGrant::grant`](crate::AwaitGrant::grant), and nothing changes.
    pub fn grant<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        grant: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &Engines<A, S, V>,
    ) -> Result<Session, ExchangeError> {
        let fails = self.in_state(ExchangeState::AwaitGrant);
        let asking = self.asking.as_ref().ok_or(Error::AccessState).map_err(&fails)?;
        let proven = asking.check(grant, tick, credential, engines).map_err(fails)?;
        self.end(proven, tick)
    }

    /// A frame of its own: a session doesn't lie on the stack while a signature is verified.
    #[inline(never)]
    fn end(&mut self, proven: Proven, tick: u64) -> Result<Session, ExchangeError> {
        let fails = self.in_state(ExchangeState::AwaitGrant);
        let asking = self.asking.as_ref().ok_or(Error::AccessState).map_err(&fails)?;
        let session = asking.session(proven, tick).map_err(fails)?;
        self.asking = None;
        Ok(session)
    }

    /// Gives up; what there was is wiped.
    pub fn abandon(&mut self) {
        self.asking = None;
    }

    /// What turns an error of a call that needs `needs` into one that says so.
    fn in_state(&self, needs: ExchangeState) -> impl Fn(Error) -> ExchangeError + use<> {
        let state = self.state();
        move |error| ExchangeError { error, state, needs }
    }
}
