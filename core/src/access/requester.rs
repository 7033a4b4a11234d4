//! The requester's steps, one type each. A step takes the one before and gives it back if the
//! message was bad, so that a forged one ends nothing.
//!
//! Time-outs and repetitions are the caller's: [`AwaitChallenge::request`] and
//! [`AwaitGrant::proof`] give the last message byte for byte as often as it takes. The
//! bindings' [`Exchange`](crate::Exchange) makes the same steps in one object.

use crate::access::asking::Asking;
use crate::access::engines::{Credential, Engines};
use crate::access::role::RoleName;
use crate::access::session::Session;
use crate::crypto::p256::{AgreeP256, Entropy, GenerateP256, SignP256, VerifyP256};
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::key::TagLength;
use crate::level::Level;
use crate::time::TimeRule;

/// What a module asks for, and of whom.
#[derive(Clone, Debug)]
pub struct AccessPlan {
    /// The module that asks.
    pub own: ModuleId,
    /// The one that it asks.
    pub granter: ModuleId,
    /// What the granter shall put into its frames: free in this side's validator.
    pub key_id: KeyId,
    /// The role it wants, or the empty one.
    pub role: RoleName,
    /// The level it wants: 4 or 5.
    pub wanted: Level,
    /// The lowest that it takes: 4 or 5.
    pub lowest: Level,
    /// The tag of frames at level 4, in both directions.
    pub tag: TagLength,
    /// Counter-only for a device without a clock, in both directions.
    pub time: TimeRule,
    /// The granter's role under this side's policy.
    pub granter_role: RoleId,
    /// Whether the granter is registered as a source of time.
    pub is_time_source: bool,
}

impl AccessPlan {
    /// Asks for level 4 without a role, for stamped frames with full tags.
    #[must_use]
    pub fn new(own: ModuleId, granter: ModuleId, key_id: KeyId) -> Self {
        Self {
            own,
            granter,
            key_id,
            role: RoleName::default(),
            wanted: Level::Hmac,
            lowest: Level::Hmac,
            tag: TagLength::Full,
            time: TimeRule::Stamped,
            granter_role: RoleId::NONE,
            is_time_source: false,
        }
    }
}

/// A message that was refused, and the state as it was before.
pub struct Refused<T> {
    /// Why.
    pub error: Error,
    /// What goes on.
    pub state: T,
}

impl<T> core::fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Refused").field("error", &self.error).finish_non_exhaustive()
    }
}

/// The request is written; a challenge is to come.
#[derive(Debug)]
pub struct AwaitChallenge(Asking);

/// The proof is written; the grant is to come.
#[derive(Debug)]
pub struct AwaitGrant(Asking);

impl AwaitChallenge {
    /// Begins an exchange with a fresh key and a fresh nonce.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for levels other than 4 and 5 or a lowest one above the
    /// wanted, [`Error::InvalidId`] for a module that asks itself, [`Error::SecretLevel`] where
    /// a secret can't reach the lowest level, [`Error::NoEntropy`], [`Error::EngineFailed`].
    pub fn begin(
        plan: &AccessPlan,
        credential: &Credential<'_>,
        generate: &impl GenerateP256,
        entropy: &mut impl Entropy,
    ) -> Result<Self, Error> {
        Asking::begin(plan, credential, generate, entropy).map(Self)
    }

    /// The request, again and again the same bytes.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        self.0.request()
    }

    /// Answers a challenge with a proof, at `tick` µs of a counter that only goes up.
    ///
    /// # Errors
    /// The state, and [`Error::AccessKind`], [`Error::AccessMalformed`],
    /// [`Error::AccessElsewhere`] for a challenge to another request,
    /// [`Error::CredentialKind`] if `credential` is of another kind than at the beginning,
    /// or the engines'.
    #[allow(clippy::result_large_err, reason = "no heap; the state must come back")]
    pub fn challenge<A: AgreeP256, S: SignP256, V: VerifyP256>(
        mut self,
        challenge: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &mut Engines<A, S, V>,
    ) -> Result<AwaitGrant, Refused<Self>> {
        match self.0.challenge(challenge, tick, credential, engines) {
            Ok(()) => Ok(AwaitGrant(self.0)),
            Err(error) => Err(Refused { error, state: self }),
        }
    }
}

impl AwaitGrant {
    /// The request, for beginning again with a granter that lost its memory.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        self.0.request()
    }

    /// The proof, again and again the same bytes. With a chain as credential, this side's chain is
    /// sent right behind it, in the same message.
    #[must_use]
    pub fn proof(&self) -> &[u8] {
        self.0.proof()
    }

    /// Answers another challenge to the same request: the one before may have been forged, or
    /// is too old by now. The proof is then another, and the one before isn't waited for any
    /// more; a granter answers one proof of a request. So it is for when the proof, sent again,
    /// gets no answer; after that helps only a new beginning.
    ///
    /// # Errors
    /// As [`AwaitChallenge::challenge`]; the proof is as it was.
    #[allow(clippy::result_large_err, reason = "no heap; the state must come back")]
    pub fn challenge<A: AgreeP256, S: SignP256, V: VerifyP256>(
        mut self,
        challenge: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &mut Engines<A, S, V>,
    ) -> Result<Self, Refused<Self>> {
        match self.0.challenge(challenge, tick, credential, engines) {
            Ok(()) => Ok(self),
            Err(error) => Err(Refused { error, state: self }),
        }
    }

    /// Takes a grant, or the refusal in its place, at `tick`.
    ///
    /// # Errors
    /// The state, and [`Error::AccessKind`], [`Error::AccessMalformed`],
    /// [`Error::AccessElsewhere`], [`Error::AccessMacWrong`], [`Error::AccessSignatureWrong`],
    /// [`Error::SessionUnknown`] 30 s after the proof was first there, when the granter may have
    /// forgotten the session: begin again;
    /// [`Error::LevelNotGranted`] for a level that wasn't asked for, [`Error::AccessForbidden`]
    /// or [`Error::AccessUnavailable`] if the granter refuses (by keys, a hint only: whoever made
    /// the challenge can say so), or the engines'.
    #[allow(clippy::result_large_err, reason = "no heap; the state must come back")]
    pub fn grant<A: AgreeP256, S: SignP256, V: VerifyP256>(
        self,
        grant: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &Engines<A, S, V>,
    ) -> Result<Session, Refused<Self>> {
        self.0
            .grant(grant, tick, credential, engines)
            .map_err(|error| Refused { error, state: self })
    }
}
