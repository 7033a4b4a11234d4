//! What a requester does in each step, for the types of `requester.rs` and the object of
//! `exchange.rs`.
//!
//! A microcontroller has one stack for all this: what must not lie beneath curve arithmetic (a
//! message's room, a session that is being made) has a function of its own that isn't inlined.

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
    self, AccessMessage, Asked, Authenticator, Challenge, Grant, MAX_PROOF, MAX_REQUEST, Proof,
    Refusal, Request,
};
use crate::access::requester::AccessPlan;
use crate::access::schedule::{self, Key};
use crate::access::session::Session;
use crate::access::transcript::{self, Said, Tail, Transcript};
use crate::crypto::p256::{
    AgreeP256, Entropy, EphemeralKey, GenerateP256, PublicKey, SignP256, Signature, VerifyP256,
};
use crate::error::Error;
use crate::id::{KeyId, RoleId};
use crate::key::PeerSecret;
use crate::level::Level;
use crate::time::{TimeRule, Timestamp};

/// An exchange from request to grant; `answer` tells the two steps apart.
pub(crate) struct Asking {
    request: Vec<u8, MAX_REQUEST>,
    ephemeral: EphemeralKey,
    granter_role: RoleId,
    is_time_source: bool,
    answer: Option<Answer>,
}

/// What a request is fresh by.
pub(crate) struct Drawn {
    nonce: [u8; message::NONCE_LEN],
    ephemeral: EphemeralKey,
}

impl Drawn {
    /// Of a plan that can be asked for.
    #[inline(never)]
    pub(crate) fn new(
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
        Ok(Self { nonce, ephemeral })
    }
}

/// What both sides have once they agreed.
struct Agreed {
    early: Key,
    main: Key,
    /// This side's, if it is its credential.
    own_key: Option<PublicKey>,
    tail: Tail,
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
        let drawn = Drawn::new(plan, credential, generate, entropy)?;
        Self::of(plan, credential, drawn)
    }

    #[inline(never)]
    pub(crate) fn of(
        plan: &AccessPlan,
        credential: &Credential<'_>,
        drawn: Drawn,
    ) -> Result<Self, Error> {
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
        let Drawn { nonce, ephemeral } = drawn;
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
        let agreed = self.agree(&challenge, credential, engines)?;
        self.prove(bytes, &challenge, tick, agreed, engines)
    }

    /// The keys before any proof. A frame of its own, so that the stack is the deeper one's, of
    /// agreeing and of signing, and not the sum.
    #[inline(never)]
    fn agree<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &self,
        challenge: &Challenge,
        credential: &Credential<'_>,
        engines: &Engines<A, S, V>,
    ) -> Result<Agreed, Error> {
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
        Ok(Agreed { early, main, own_key, tail })
    }

    #[inline(never)]
    fn prove<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        bytes: &[u8],
        challenge: &Challenge,
        tick: u64,
        agreed: Agreed,
        engines: &mut Engines<A, S, V>,
    ) -> Result<(), Error> {
        let Agreed { early, main, own_key, tail } = agreed;
        let transcript = transcript::of_proof(&self.request, bytes, own_key.as_ref(), tail);
        let mut proof = Vec::new();
        fill(&mut proof, |out| Proof::begin(&self.request, challenge, out))?;
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
        let proven = self.check(bytes, tick, credential, engines)?;
        self.session(proven, tick)
    }

    /// What the grant says, once it is proven and as asked for. A frame of its own for verifying.
    #[inline(never)]
    pub(crate) fn check<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &self,
        bytes: &[u8],
        tick: u64,
        credential: &Credential<'_>,
        engines: &Engines<A, S, V>,
    ) -> Result<Proven, Error> {
        let Heard { asked, grant, transcript, peer_key, proven_by } =
            self.hear(bytes, tick, credential)?;
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
        Ok(Proven {
            grant,
            transcript,
            peer_key,
            level,
            time,
            is_time_source,
            #[cfg(feature = "x509")]
            lowest_list: certified.map(|granter| granter.lowest_list),
        })
    }

    /// The grant, by its MAC.
    #[inline(never)]
    fn hear<'a>(
        &'a self,
        bytes: &'a [u8],
        tick: u64,
        credential: &Credential<'_>,
    ) -> Result<Heard<'a>, Error> {
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
        if tick >= answer.first_frame_by() {
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
        Ok(Heard { asked, grant, transcript, peer_key, proven_by })
    }

    #[inline(never)]
    pub(crate) fn session(&self, proven: Proven, tick: u64) -> Result<Session, Error> {
        let answer = self.answer.as_ref().ok_or(Error::AccessState)?;
        let (request, asked) = Request::parse(&self.request)?;
        let Proven { grant, time, .. } = proven;
        let group = grant.group.as_ref().map(|group| answer.group(group)).transpose()?;
        let report = time.filter(|_| proven.is_time_source);
        Ok(Session {
            own: asked.requester,
            peer: asked.granter,
            peer_key: proven.peer_key,
            key_id: KeyId(request.key_id),
            peer_key_id: KeyId(grant.key_id),
            level: proven.level,
            tag: asked.tag,
            time: asked.time,
            peer_role: self.granter_role,
            life: grant.life,
            ends: answer.sent.saturating_add(u64::from(grant.life).saturating_mul(1_000_000)),
            expires: time
                .filter(|_| asked.time == TimeRule::Stamped)
                .map(|time| expiry(time, grant.life)),
            report: report.map(|time| TimeReport { time, sent: answer.sent, received: tick }),
            group,
            first_frame_by: answer.first_frame_by(),
            is_granter: false,
            #[cfg(feature = "x509")]
            lowest_list: proven.lowest_list,
            outputs: schedule::outputs(&answer.main, &proven.transcript)?,
        })
    }
}

/// A grant whose MAC is right.
struct Heard<'a> {
    asked: Asked<'a>,
    grant: Grant,
    transcript: Transcript,
    /// The granter's, if it is its credential.
    peer_key: Option<PublicKey>,
    proven_by: Authenticator<'a>,
}

/// A grant that is proven.
pub(crate) struct Proven {
    grant: Grant,
    transcript: Transcript,
    peer_key: Option<PublicKey>,
    level: Level,
    time: Option<Timestamp>,
    /// Whether the granter may say what time it is.
    is_time_source: bool,
    #[cfg(feature = "x509")]
    lowest_list: Option<u64>,
}

impl Answer {
    /// The granter forgets the session as long after its grant, which came later.
    const fn first_frame_by(&self) -> u64 {
        self.sent.saturating_add(UNCONFIRMED)
    }

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
