//! The requester's steps, one type each. A step takes the one before and gives it back if the
//! message was bad, so that a forged one ends nothing.
//!
//! Time-outs and repetitions are the caller's: [`AwaitChallenge::request`] and
//! [`AwaitGrant::proof`] give the last message byte for byte as often as it takes. The
//! bindings' [`Exchange`](crate::Exchange) makes the same steps in one object.

use heapless::Vec;
use zeroize::Zeroize;

#[cfg(feature = "x509")]
use crate::access::certified;
use crate::access::clock::TimeReport;
use crate::access::engines::{Credential, Engines, ephemeral};
use crate::access::granter::UNCONFIRMED;
use crate::access::group::{self, GroupKey};
use crate::access::install::expiry;
use crate::access::message::{
    self, AccessMessage, Asked, Challenge, Grant, MAX_PROOF, MAX_REQUEST, Proof, Refusal, Request,
};
use crate::access::role::RoleName;
use crate::access::schedule::{self, Key};
use crate::access::session::Session;
use crate::access::transcript::{self, Said, Transcript};
use crate::crypto::p256::{
    AgreeP256, Entropy, EphemeralKey, GenerateP256, PublicKey, SignP256, Signature, VerifyP256,
};
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::key::{PeerSecret, TagLength};
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
        &self.0.request
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
        &self.0.request
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

/// An exchange from request to grant; `answer` tells the two steps apart.
pub(crate) struct Asking {
    request: Vec<u8, MAX_REQUEST>,
    ephemeral: EphemeralKey,
    granter_role: RoleId,
    is_time_source: bool,
    answer: Option<Answer>,
}

/// What was derived from a challenge, and the proof that answers it.
struct Answer {
    proof: Vec<u8, MAX_PROOF>,
    /// How many bytes at the proof's end prove it.
    authenticator: usize,
    transcript: Transcript,
    main: Key,
    /// The tick at which the proof was first there to be sent.
    sent: u64,
}

impl Asking {
    pub(crate) fn begin(
        plan: &AccessPlan,
        credential: &Credential<'_>,
        generate: &impl GenerateP256,
        entropy: &mut impl Entropy,
    ) -> Result<Self, Error> {
        if plan.own == plan.granter {
            return Err(Error::InvalidId);
        }
        if !plan.lowest.is_proven() || !plan.wanted.is_proven() || plan.lowest > plan.wanted {
            return Err(Error::InvalidArgument);
        }
        let is_secret = matches!(credential, Credential::Secret(_));
        if is_secret && plan.lowest == Level::DigitalSignature {
            return Err(Error::SecretLevel);
        }
        let mut seed = Key::new([0; 32]);
        entropy.fill(seed.as_mut_slice())?;
        let mut nonce = [0; message::NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let ephemeral = ephemeral(generate, &seed, b"sealwire/1 access ephemeral")?;
        let asked = Asked {
            requester: plan.own,
            granter: plan.granter,
            credential: credential.number(),
            wanted: plan.wanted,
            lowest: plan.lowest,
            tag: plan.tag,
            time: plan.time,
            role: plan.role.as_bytes(),
        };
        let request = Request::new(&asked, plan.key_id.0, nonce, ephemeral.public());
        let mut bytes = Vec::new();
        fill(&mut bytes, |out| message::write(&request, out))?;
        Ok(Self {
            request: bytes,
            ephemeral,
            granter_role: plan.granter_role,
            is_time_source: plan.is_time_source,
            answer: None,
        })
    }

    pub(crate) fn request(&self) -> &[u8] {
        &self.request
    }

    /// The proof, or nothing before a challenge came.
    pub(crate) fn proof(&self) -> &[u8] {
        self.answer.as_ref().map_or(&[], |answer| &answer.proof)
    }

    pub(crate) const fn has_proof(&self) -> bool {
        self.answer.is_some()
    }

    pub(crate) fn challenge<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        bytes: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &mut Engines<A, S, V>,
    ) -> Result<(), Error> {
        let challenge = Challenge::parse(bytes)?;
        let (request, asked) = Request::parse(&self.request)?;
        if challenge.answers != request.nonce {
            return Err(Error::AccessElsewhere);
        }
        if credential.number() != asked.credential {
            return Err(Error::CredentialKind);
        }
        let shared = agree(&engines.agreement, &self.ephemeral, &challenge.ephemeral())?;
        let (early, own_key, tail) = match credential {
            Credential::Secret(secret) => (schedule::early(Some(secret)), None, None),
            Credential::Key(_) => (schedule::early(None), Some(engines.own_key()?), None),
            #[cfg(feature = "x509")]
            Credential::Chain(chain) => {
                let own_key = engines.own_key()?;
                chain.fits(&own_key)?;
                (schedule::early(None), Some(own_key), transcript::tail(&[chain.own]))
            }
        };
        let main = schedule::main(&early, &shared);
        let transcript = transcript::of_proof(&self.request, bytes, own_key.as_ref(), tail);
        let mut proof = Vec::new();
        fill(&mut proof, |out| Proof::begin(&self.request, &challenge, out))?;
        let begun = proof.len();
        let mac_key = match own_key {
            None => schedule::proof_key(&early, &transcript),
            Some(_) => {
                let signature = engines.sign(&transcript::signed(Said::Proof, &transcript))?;
                extend(&mut proof, signature.as_bytes())?;
                schedule::proof_key(&main, &transcript)
            }
        };
        let signature = proof.get(begun..).unwrap_or_default();
        let mac = transcript::mac(&mac_key, Said::Proof, &transcript, signature);
        extend(&mut proof, &mac)?;
        let authenticator = proof.len().saturating_sub(begun);
        // The same proof again counts from when it was first there.
        let sent = match &self.answer {
            Some(answer) if answer.proof == proof => answer.sent,
            _ => tick,
        };
        self.answer = Some(Answer { proof, authenticator, transcript, main, sent });
        Ok(())
    }

    pub(crate) fn grant<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &self,
        bytes: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &Engines<A, S, V>,
    ) -> Result<Session, Error> {
        let answer = self.answer.as_ref().ok_or(Error::AccessState)?;
        let (request, asked) = Request::parse(&self.request)?;
        if credential.number() != asked.credential {
            return Err(Error::CredentialKind);
        }
        if AccessMessage::of(bytes) == Some(AccessMessage::Refusal) {
            return Err(answer.refusal(bytes, &request)?);
        }
        let (grant, body, proven_by) = Grant::parse(bytes, asked.credential)?;
        if grant.answers != request.nonce {
            return Err(Error::AccessElsewhere);
        }
        // The granter forgets it as long after the grant, which came later.
        let first_frame_by = answer.sent.saturating_add(UNCONFIRMED);
        if tick >= first_frame_by {
            return Err(Error::SessionUnknown);
        }
        let (peer_key, tail) = match credential {
            Credential::Secret(_) => (None, None),
            Credential::Key(key) => (Some(*key), None),
            #[cfg(feature = "x509")]
            Credential::Chain(_) => {
                let (_, chain) = certified::split_tail(proven_by.tail)?;
                (Some(chain.claimed_key()?), transcript::tail(&[proven_by.tail]))
            }
        };
        let transcript = transcript::of_grant(
            &answer.transcript,
            answer.authenticator(),
            body,
            peer_key.as_ref(),
            tail,
        );
        let mac_key = schedule::grant_key(&answer.main, &answer.transcript);
        let (signature, mac) = (proven_by.signature, proven_by.mac);
        if !transcript::mac_is_right(&mac_key, Said::Grant, &transcript, signature, mac) {
            return Err(Error::AccessMacWrong);
        }
        if let Some(key) = &peer_key {
            let signed = transcript::signed(Said::Grant, &transcript);
            engines.verify(key, &signed, &proven_by.signature()?)?;
        }
        let (level, time) = (grant.level()?, grant.time()?);
        #[cfg(feature = "x509")]
        let certified = match credential {
            Credential::Chain(chain) => {
                Some(certified::of_granter(chain, proven_by.tail, asked.granter, time, engines)?)
            }
            _ => None,
        };
        let is_time_source = self.is_time_source;
        #[cfg(feature = "x509")]
        let is_time_source =
            is_time_source && certified.as_ref().is_none_or(|granter| granter.is_time_source);
        if level < asked.lowest || level > asked.wanted {
            return Err(Error::LevelNotGranted);
        }
        let is_secret = peer_key.is_none();
        if is_secret && level == Level::DigitalSignature {
            return Err(Error::SecretLevel);
        }
        if asked.time == TimeRule::Stamped && time.is_none() {
            return Err(Error::AccessMalformed);
        }
        let group = grant.group.as_ref().map(|group| answer.group(group)).transpose()?;
        let life = u64::from(grant.life).saturating_mul(1_000_000);
        let report = time.filter(|_| is_time_source);
        Ok(Session {
            own: asked.requester,
            peer: asked.granter,
            peer_key,
            key_id: KeyId(request.key_id),
            peer_key_id: KeyId(grant.key_id),
            level,
            tag: asked.tag,
            time: asked.time,
            peer_role: self.granter_role,
            life: grant.life,
            ends: answer.sent.saturating_add(life),
            expires: time
                .filter(|_| asked.time == TimeRule::Stamped)
                .map(|time| expiry(time, grant.life)),
            report: report.map(|time| TimeReport { time, sent: answer.sent, received: tick }),
            group,
            first_frame_by,
            is_granter: false,
            #[cfg(feature = "x509")]
            lowest_list: certified.map(|granter| granter.lowest_list),
            outputs: schedule::outputs(&answer.main, &transcript)?,
        })
    }
}

impl Answer {
    fn authenticator(&self) -> &[u8] {
        let begun = self.proof.len().saturating_sub(self.authenticator);
        self.proof.get(begun..).unwrap_or_default()
    }

    /// The group's key, without its mask.
    fn group(&self, sent: &message::Group) -> Result<GroupKey, Error> {
        let (id, tag) = sent.parts()?;
        let mask = schedule::group_mask(&self.main, &self.transcript);
        let secret = group::masked(&sent.masked, &mask);
        let secret =
            PeerSecret::from_slice(secret.as_slice()).map_err(|_| Error::AccessMalformed)?;
        Ok(GroupKey::new(id, KeyId(sent.key_id), tag, secret))
    }

    /// Why the granter refuses, if it does.
    fn refusal(&self, bytes: &[u8], request: &Request<'_>) -> Result<Error, Error> {
        let (refusal, body, proven_by) = Refusal::parse(bytes)?;
        if refusal.answers != request.nonce {
            return Err(Error::AccessElsewhere);
        }
        let transcript = transcript::of_refusal(&self.transcript, self.authenticator(), body);
        let mac_key = schedule::grant_key(&self.main, &self.transcript);
        if !transcript::mac_is_right(&mac_key, Said::Refusal, &transcript, &[], proven_by.mac) {
            return Err(Error::AccessMacWrong);
        }
        refusal.error()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.transcript.zeroize();
    }
}

impl core::fmt::Debug for Asking {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Asking").field("has_proof", &self.has_proof()).finish_non_exhaustive()
    }
}

/// The shared secret; a point that isn't one makes the message malformed.
pub(crate) fn agree(
    engine: &impl AgreeP256,
    own: &EphemeralKey,
    peer: &PublicKey,
) -> Result<Key, Error> {
    engine.agree(own, peer).map_err(|error| match error {
        Error::KeyInvalid => Error::AccessMalformed,
        other => other,
    })
}

/// Lets `write` fill the free rest of `buffer`, and keeps what it says it wrote.
fn fill<const N: usize>(
    buffer: &mut Vec<u8, N>,
    write: impl FnOnce(&mut [u8]) -> Result<usize, Error>,
) -> Result<(), Error> {
    buffer.resize(N, 0).map_err(|_| Error::BufferTooSmall)?;
    let len = write(buffer)?;
    buffer.truncate(len);
    Ok(())
}

fn extend<const N: usize>(buffer: &mut Vec<u8, N>, bytes: &[u8]) -> Result<(), Error> {
    buffer.extend_from_slice(bytes).map_err(|_| Error::BufferTooSmall)
}

const _: () = assert!(
    1 + MAX_REQUEST + 10 + message::COOKIE_LEN + Signature::LEN + message::MAC_LEN <= MAX_PROOF
);
