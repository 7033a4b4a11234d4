//! The granter's two steps: a challenge to whoever asks, and a grant to who proved itself.
//!
//! The order of the second is the order of its cost. Up to the cookie everybody pays for
//! himself; up to a secret's MAC it is hashes; curve arithmetic takes a token; a signature is
//! made for a proven module only (`PROTOCOL.md` §12.5).

use crate::access::asking::agree;
use crate::access::cookie::MAX_SOURCE;
use crate::access::engines::{CHAIN, Engines, KEY, SECRET};
use crate::access::granter::{Granter, Moment, UNCONFIRMED};
use crate::access::group::{self, GroupKey};
use crate::access::install::{SessionKeys, expiry};
use crate::access::message::{self, Challenge, Grant, MAX_GRANT, Proof, Refusal, Request};
use crate::access::schedule::{self, Key};
use crate::access::session::Session;
use crate::access::store::{AccessSlot, Answer, Held, Phase, SendingHalf};
use crate::access::transcript::{self, Said, Tail, Transcript};
use crate::access::work::{self, SourceSlot};
use crate::crypto::kdf;
use crate::crypto::p256::{AgreeP256, Entropy, GenerateP256, PublicKey, SignP256, VerifyP256};
use crate::crypto::sha256;
use crate::error::Error;
use crate::id::{KeyId, RoleId};
use crate::key::{Audience, PeerSecret};
use crate::level::Level;
use crate::slot;
use crate::storage::Storage;
use crate::time::TimeRule;

/// What came of a proof: how many bytes to send back, and why.
#[derive(Debug)]
#[must_use]
pub struct Granted {
    pub(crate) len: usize,
    /// What happened.
    pub outcome: Outcome,
}

impl Granted {
    /// Bytes of the answer.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "an answer is never empty")]
    pub const fn len(&self) -> usize {
        self.len
    }
}

/// What happened to a proof that was right.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "no heap; it lives for the length of a step")]
pub enum Outcome {
    /// A session, unconfirmed yet. Its keys are installed.
    Granted(Session),
    /// The same proof came before; the same answer goes again.
    Again,
    /// The module is who it says, and gets no session. The answer says so.
    Refused(Error),
}

/// All that was proven before a decision is made.
pub(crate) struct Proven {
    main: Key,
    transcript: Transcript,
}

/// The credential of a module, copied out of its slot.
pub(crate) enum Known {
    Secret(PeerSecret),
    Key(PublicKey),
}

impl<M, B> Granter<M, B>
where
    M: Storage<AccessSlot>,
    B: Storage<SourceSlot>,
{
    /// Answers a request with a challenge, whoever it is from, and remembers nothing. `source`
    /// is where it came from, as the transport tells it: an address and port, or nothing; at
    /// most 64 bytes.
    ///
    /// Gives how many bytes it wrote to `out`, at most 128.
    ///
    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`], [`Error::AccessElsewhere`] for another
    /// granter's request, [`Error::InvalidArgument`] for a longer source,
    /// [`Error::BufferTooSmall`], [`Error::NoEntropy`]. Nothing is sent then.
    pub fn challenge(
        &mut self,
        request: &[u8],
        source: &[u8],
        tick: u64,
        generate: &impl GenerateP256,
        entropy: &mut impl Entropy,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        if source.len() > MAX_SOURCE {
            return Err(Error::InvalidArgument);
        }
        let (parsed, asked) = Request::parse(request)?;
        if asked.granter != self.own {
            return Err(Error::AccessElsewhere);
        }
        let challenge =
            self.cookies.challenge(&parsed, request, source, tick, generate, entropy)?;
        message::write(&challenge, out)
    }

    /// Checks a proof and answers it with a grant. What the module will send is registered with
    /// `keys` at once, so that its first frame can confirm the session.
    ///
    /// # Errors
    /// The reason. Nothing is sent then, and nothing changed: [`Error::AccessKind`],
    /// [`Error::AccessMalformed`], [`Error::AccessElsewhere`], [`Error::InvalidArgument`] for a
    /// source above 64 bytes, [`Error::BufferTooSmall`] below 192, [`Error::CookieWrong`],
    /// [`Error::CookieExpired`], [`Error::AccessUnknownModule`], [`Error::CredentialKind`],
    /// [`Error::AccessReplayed`], [`Error::AccessMacWrong`], [`Error::AccessBusy`],
    /// [`Error::AccessSignatureWrong`], or the engines'. A module that proved itself and gets
    /// nothing is answered: [`Outcome::Refused`].
    pub fn grant<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        proof: &[u8],
        source: &[u8],
        at: Moment,
        engines: &mut Engines<A, S, V>,
        keys: &mut impl SessionKeys,
        out: &mut [u8],
    ) -> Result<Granted, Error> {
        if source.len() > MAX_SOURCE {
            return Err(Error::InvalidArgument);
        }
        if out.len() < MAX_GRANT {
            return Err(Error::BufferTooSmall);
        }
        let parsed = Proof::parse(proof)?;
        let challenge = self.challenge_of(&parsed, source, at.tick, keys)?;
        if parsed.asked.credential == CHAIN {
            return Err(Error::CredentialKind);
        }
        let index = self.find(&parsed.asked.requester).ok_or(Error::AccessUnknownModule)?;
        let fingerprint = fingerprint(proof);
        if let Some(len) = self.again(index, &parsed, &fingerprint, out)? {
            return Ok(Granted { len, outcome: Outcome::Again });
        }
        let slot = self.modules.as_ref().get(index).ok_or(Error::AccessUnknownModule)?;
        let known = slot.credential_of(parsed.asked.credential)?;
        let proven = self.prove(&known, &parsed, None, &challenge, source, at.tick, engines)?;
        self.answer(index, &parsed, &proven, at, None, engines, keys, fingerprint, out)
    }

    /// The challenge that a proof answers, made again: what every proof is asked for first.
    ///
    /// # Errors
    /// [`Error::AccessElsewhere`], [`Error::CookieWrong`], [`Error::CookieExpired`].
    pub(crate) fn challenge_of(
        &mut self,
        proof: &Proof<'_>,
        source: &[u8],
        tick: u64,
        keys: &mut impl SessionKeys,
    ) -> Result<Challenge, Error> {
        if proof.asked.granter != self.own {
            return Err(Error::AccessElsewhere);
        }
        self.run(tick, keys);
        let (issued, cookie) = (proof.issued, &proof.cookie);
        self.cookies.given(&proof.request, proof.asked_in, source, tick, issued, cookie)
    }

    /// Decides, and writes and keeps the answer to a module that proved itself.
    #[allow(clippy::too_many_arguments, reason = "one step of the exchange, all of it needed")]
    pub(crate) fn answer<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        index: usize,
        proof: &Proof<'_>,
        proven: &Proven,
        at: Moment,
        tail: Tail,
        engines: &mut Engines<A, S, V>,
        keys: &mut impl SessionKeys,
        fingerprint: [u8; 16],
        out: &mut [u8],
    ) -> Result<Granted, Error> {
        let mut answer = Answer::new();
        let decided = self.decide(index, proof, proven, at, tail, engines, keys, &mut answer);
        let outcome = match decided {
            Ok(session) => Outcome::Granted(session),
            Err(error) => {
                proven.refuse(proof, error, &mut answer)?;
                Outcome::Refused(error)
            }
        };
        let len = put(&answer, out);
        if let Some(slot) = self.modules.as_mut().get_mut(index) {
            slot.issued = proof.issued;
            slot.nonce = proof.request.nonce;
            slot.proof = fingerprint;
            slot.answer = answer;
        }
        Ok(Granted { len, outcome })
    }

    /// Writes the answer that this very proof got before, if it is of any use still.
    ///
    /// # Errors
    /// [`Error::AccessReplayed`] for an exchange that is over.
    pub(crate) fn again(
        &self,
        index: usize,
        proof: &Proof<'_>,
        fingerprint: &[u8; 16],
        out: &mut [u8],
    ) -> Result<Option<usize>, Error> {
        let slot = self.modules.as_ref().get(index).ok_or(Error::AccessUnknownModule)?;
        // One request gets one answer: its module can't hold two sessions of it, and the granter
        // couldn't know which it holds.
        if proof.issued > slot.issued && proof.request.nonce != slot.nonce {
            return Ok(None);
        }
        if proof.issued != slot.issued || slot.proof != *fingerprint || slot.answer.is_empty() {
            return Err(Error::AccessReplayed);
        }
        Ok(Some(put(&slot.answer, out)))
    }

    /// Checks what proves the module, cheapest first.
    #[allow(clippy::too_many_arguments, reason = "one step of the exchange, all of it needed")]
    pub(crate) fn prove<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        known: &Known,
        proof: &Proof<'_>,
        tail: Tail,
        challenge: &Challenge,
        source: &[u8],
        tick: u64,
        engines: &Engines<A, S, V>,
    ) -> Result<Proven, Error> {
        let mut said = [0; message::MAX_CHALLENGE];
        let len = message::write(challenge, &mut said)?;
        let said = said.get(..len).unwrap_or_default();
        let requester_key = match known {
            Known::Secret(_) => None,
            Known::Key(key) => Some(key),
        };
        let transcript = transcript::of_proof(proof.asked_in, said, requester_key, tail);
        let (signature, mac) = (proof.authenticator.signature, proof.authenticator.mac);
        let fits =
            |key: &Key| transcript::mac_is_right(key, Said::Proof, &transcript, signature, mac);
        let early = match known {
            Known::Secret(secret) => {
                let early = schedule::early(Some(secret));
                if !fits(&schedule::proof_key(&early, &transcript)) {
                    return Err(Error::AccessMacWrong);
                }
                early
            }
            Known::Key(_) => schedule::early(None),
        };
        self.pay(source, tick)?;
        let ephemeral = self.cookies.ephemeral(proof.issued).ok_or(Error::CookieExpired)?;
        let shared = agree(&engines.agreement, ephemeral, &proof.request.ephemeral())?;
        let main = schedule::main(&early, &shared);
        if let Known::Key(key) = known {
            if !fits(&schedule::proof_key(&main, &transcript)) {
                return Err(Error::AccessMacWrong);
            }
            let signed = transcript::signed(Said::Proof, &transcript);
            engines.verify(key, &signed, &proof.authenticator.signature()?)?;
        }
        Ok(Proven { main, transcript })
    }

    /// Takes a token for one exchange's arithmetic: the source's first, so that a source which
    /// has spent its own takes nothing from the others.
    pub(crate) fn pay(&mut self, source: &[u8], tick: u64) -> Result<(), Error> {
        let slots = self.sources.as_mut();
        let per_source = self.settings.per_source;
        if !work::take_from_source(slots, &self.source_key, source, per_source, tick) {
            return Err(Error::AccessBusy);
        }
        if self.overall.take(self.settings.overall, tick) { Ok(()) } else { Err(Error::AccessBusy) }
    }

    /// Decides what a proven module gets, and sets it up.
    #[allow(clippy::too_many_arguments, reason = "one step of the exchange, all of it needed")]
    fn decide<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        index: usize,
        proof: &Proof<'_>,
        proven: &Proven,
        at: Moment,
        tail: Tail,
        engines: &mut Engines<A, S, V>,
        keys: &mut impl SessionKeys,
        answer: &mut Answer,
    ) -> Result<Session, Error> {
        let asked = &proof.asked;
        let slot = self.modules.as_ref().get(index).ok_or(Error::AccessUnknownModule)?;
        let level = level_for(asked.wanted, asked.lowest, self.settings.max_level, slot)?;
        let role = self.role_for(slot, asked.role).ok_or(Error::RoleNotGranted)?;
        let life = self.life_for(slot, at)?;
        let (peer_key, own_key) = match slot.held {
            Held::Secret | Held::Nothing => (None, None),
            _ => (Some(PublicKey::from_xy(slot.credential)), Some(engines.own_key()?)),
        };
        if asked.time == TimeRule::Stamped && at.now.is_none() {
            return Err(Error::NoClock);
        }
        let (which, in_group) = (slot.place_for_next(), slot.in_group);
        let key_id = self.next_key_id(index, which, keys)?;
        let group = self.group.as_ref().filter(|_| in_group).map(|group| proven.group(group));
        let grant = Grant::new(proof.request.nonce, level, key_id.0, life, at.now, group);
        let mut body = [0; MAX_GRANT];
        let len = message::write(&grant, &mut body)?;
        let body = body.get(..len).unwrap_or_default();
        let said = proof.authenticator.bytes;
        let transcript =
            transcript::of_grant(&proven.transcript, said, body, own_key.as_ref(), tail);
        append(answer, body)?;
        if own_key.is_some() {
            let signature = engines.sign(&transcript::signed(Said::Grant, &transcript))?;
            append(answer, signature.as_bytes())?;
        }
        let mac_key = schedule::grant_key(&proven.main, &proven.transcript);
        let signature = answer.get(body.len()..).unwrap_or_default();
        let mac = transcript::mac(&mac_key, Said::Grant, &transcript, signature);
        append(answer, &mac)?;
        let session = Session {
            own: self.own,
            peer: asked.requester,
            peer_key,
            key_id,
            peer_key_id: KeyId(proof.request.key_id),
            level,
            tag: asked.tag,
            time: asked.time,
            peer_role: role,
            life,
            ends: at.tick.saturating_add(u64::from(life).saturating_mul(1_000_000)),
            expires: at
                .now
                .filter(|_| asked.time == TimeRule::Stamped)
                .map(|now| expiry(now, life)),
            report: None,
            group: None,
            first_frame_by: at.tick.saturating_add(UNCONFIRMED),
            is_granter: true,
            #[cfg(feature = "x509")]
            lowest_list: None,
            outputs: schedule::outputs(&proven.main, &transcript)?,
        };
        self.set_up(index, which, &session, role, at.tick, keys)?;
        Ok(session)
    }

    /// Registers the keys of a session and keeps its sending half, unconfirmed. What was at its
    /// place ends: an unconfirmed one, or the older of two.
    fn set_up(
        &mut self,
        index: usize,
        which: usize,
        session: &Session,
        role: RoleId,
        tick: u64,
        keys: &mut impl SessionKeys,
    ) -> Result<(), Error> {
        let until = tick.saturating_add(UNCONFIRMED);
        let slot = self.modules.as_mut().get_mut(index).ok_or(Error::AccessUnknownModule)?;
        let half = slot.sessions.get_mut(which).ok_or(Error::SessionUnknown)?;
        if half.phase != Phase::None {
            keys.end(half.key_id);
            half.clear();
        }
        keys.install(session)?;
        half.begin(session, role);
        slot.unconfirmed_until = until;
        self.next_end = self.next_end.min(until).min(session.ends);
        Ok(())
    }

    /// The session's seconds: those of the settings, or fewer if the credential ends before.
    fn life_for(&self, slot: &AccessSlot, at: Moment) -> Result<u32, Error> {
        if slot.expires == slot::NEVER {
            return Ok(self.settings.life);
        }
        let now = at.now.ok_or(Error::NoClock)?.as_micros().div_ceil(1_000_000);
        let left = u64::from(slot.expires).saturating_sub(now);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        if left == 0 { Err(Error::CredentialExpired) } else { Ok(left.min(self.settings.life)) }
    }
}

/// The highest level that both sides and the credential allow, if it is high enough.
fn level_for(
    wanted: Level,
    lowest: Level,
    max_level: Level,
    slot: &AccessSlot,
) -> Result<Level, Error> {
    let highest = max_level.min(slot.max_level);
    if slot.held == Held::Secret {
        if lowest > Level::Hmac {
            return Err(Error::SecretLevel);
        }
        return if highest < lowest { Err(Error::LevelNotGranted) } else { Ok(Level::Hmac) };
    }
    let level = wanted.min(highest);
    if level < lowest { Err(Error::LevelNotGranted) } else { Ok(level) }
}

impl Proven {
    /// A group's key as it goes out: under a mask that only the two sides can make.
    fn group(&self, group: &GroupKey) -> message::Group {
        let mask = schedule::group_mask(&self.main, &self.transcript);
        let masked = group::masked(group.secret.secret_bytes(), &mask);
        message::Group::new(group.id, group.key_id.0, group.tag, *masked)
    }

    /// Writes the refusal that a proven module gets in a grant's place.
    pub(crate) fn refuse(
        &self,
        proof: &Proof<'_>,
        why: Error,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        answer.clear();
        let mut body = [0; MAX_GRANT];
        let len = message::write(&Refusal::new(proof.request.nonce, why), &mut body)?;
        let body = body.get(..len).unwrap_or_default();
        let said = proof.authenticator.bytes;
        let transcript = transcript::of_refusal(&self.transcript, said, body);
        let mac_key = schedule::grant_key(&self.main, &self.transcript);
        let mac = transcript::mac(&mac_key, Said::Refusal, &transcript, &[]);
        append(answer, body)?;
        append(answer, &mac)
    }
}

impl AccessSlot {
    /// The credential, if it is of the kind that the requester says.
    fn credential_of(&self, kind: u8) -> Result<Known, Error> {
        match (self.held, kind) {
            (Held::Secret, SECRET) => {
                let secret = self.credential.first_chunk::<32>().ok_or(Error::KeyLength)?;
                PeerSecret::from_slice(secret).map(Known::Secret)
            }
            (Held::Key, KEY) => Ok(Known::Key(PublicKey::from_xy(self.credential))),
            (Held::Nothing, _) => Err(Error::AccessUnknownModule),
            _ => Err(Error::CredentialKind),
        }
    }

    /// Which of the two places a new session takes: an unconfirmed one's, a free one, the older
    /// one's.
    fn place_for_next(&self) -> usize {
        let at = |phase| self.sessions.iter().position(|half| half.phase == phase);
        at(Phase::Unconfirmed).or(at(Phase::None)).or(at(Phase::Retiring)).unwrap_or(0)
    }
}

impl SendingHalf {
    fn begin(&mut self, session: &Session, role: RoleId) {
        self.next = 0;
        self.ends = session.ends;
        self.key_id = session.key_id;
        self.peer_key_id = session.peer_key_id;
        self.phase = Phase::Unconfirmed;
        self.algorithm = session.algorithm();
        self.time = session.time;
        self.role = role;
        if session.level == Level::DigitalSignature {
            let binder = session.outputs.binder.iter();
            self.key.iter_mut().zip(binder).for_each(|(place, byte)| *place = *byte);
        } else {
            let secret = &session.outputs.secret;
            let audience = Audience::Peer(session.peer);
            let algorithm = session.tag.algorithm();
            self.key = *kdf::frame_key_bytes(secret, &session.own, &audience, algorithm);
        }
    }
}

pub(crate) fn fingerprint(proof: &[u8]) -> [u8; 16] {
    let digest = sha256::digest(&[b"sealwire/1 access repeated", proof]);
    digest.first_chunk().copied().unwrap_or_default()
}

fn append(buffer: &mut Answer, bytes: &[u8]) -> Result<(), Error> {
    buffer.extend_from_slice(bytes).map_err(|_| Error::BufferTooSmall)
}

pub(crate) fn put(answer: &[u8], out: &mut [u8]) -> usize {
    out.iter_mut().zip(answer).for_each(|(place, byte)| *place = *byte);
    answer.len()
}
