//! A validator as records describe it: made, given keys, asked.

use firmware::engine::Verifier;
use sealwire::{
    Accepted, BurstEntry, Error, KeyId, KnownModule, Level, Limits, ModuleId, NamePattern,
    NonceEntry, PeerKey, PeerSecret, Policy, PublicKey, Requirement, Restart, RoleId, Rule, Rules,
    Slot, StreamDecoder, TagLength, TimeRule, Timestamp, Validator,
};
use sealwire::{AnyPeer, Authenticated, ContextKind, NoPolicy, Rejection, max_saved_len};

use crate::fields::{Digest, Fields};

/// What the vectors need at most (`tests/vectors/README.md`).
const SLOTS: usize = 8;
const CACHE: usize = 64;
const RULES: usize = 8;
const POLICY: usize = 512;
const STATE: usize = max_saved_len(SLOTS);

type Slots = [Slot; SLOTS];
type Cache = [NonceEntry; CACHE];

/// Without an engine it is another type.
enum Either {
    Without(Validator<Slots, Cache>),
    With(Validator<Slots, Cache, &'static Verifier, [BurstEntry; SLOTS]>),
}

macro_rules! on {
    ($either:expr, $validator:ident => $do:expr) => {
        match $either {
            Either::Without($validator) => $do,
            Either::With($validator) => $do,
        }
    };
}

pub struct Receiver {
    validator: Option<Either>,
    policy: [u8; POLICY],
    state: [u8; STATE],
    state_len: usize,
}

/// What a VALIDATE record says.
pub struct Question<'a> {
    level: Level,
    flags: u8,
    context: Result<sealwire::Context<'a>, Error>,
    now: Option<Timestamp>,
    frame: &'a [u8],
    /// Of a detached form.
    message: Option<&'a [u8]>,
    /// Of a stream: the bytes that its receiver has room for.
    buffer: Option<u16>,
}

impl<'a> Question<'a> {
    pub fn read(body: &mut Fields<'a>) -> Option<Self> {
        let flags = body.u8()?;
        let level = Level::from_number(body.u8()?).ok()?;
        let form = body.u8()?;
        let now = if flags & 1 == 0 { None } else { Some(body.time()?) };
        let context = body.context()?;
        let frame = body.long()?;
        let message = if form == 1 { Some(body.long()?) } else { None };
        let buffer = if form == 2 { Some(body.u16()?) } else { None };
        Some(Self { level, flags, context, now, frame, message, buffer })
    }

    /// Whether records follow that are to run between check and admission.
    pub const fn has_between(&self) -> bool {
        self.flags & 8 != 0
    }
}

impl Receiver {
    pub const fn new() -> Self {
        Self { validator: None, policy: [0; POLICY], state: [0; STATE], state_len: 0 }
    }

    /// NEW.
    pub fn make(&mut self, body: &mut Fields<'_>) -> Option<Result<(), Error>> {
        let own = body.id()?;
        let limits = Limits::new(body.u64()?, body.u64()?);
        let kind = body.u8()?;
        let now = Timestamp::from_micros(body.u64()?);
        let engine = body.u8()? != 0;
        self.policy.get_mut(..body.0.len())?.copy_from_slice(body.0);
        let state = self.state.get(..self.state_len)?;
        self.validator = None;
        let made = || -> Result<Either, Error> {
            let restart = match kind {
                0 => Restart::FreshKeys,
                1 => Restart::NotBefore(now?),
                _ => Restart::Saved(state),
            };
            let slots = [const { Slot::EMPTY }; SLOTS];
            let cache = [NonceEntry::EMPTY; CACHE];
            let validator = Validator::with_storage(own?, limits?, restart, slots, cache)?;
            Ok(if engine {
                let bursts = [BurstEntry::EMPTY; SLOTS];
                Either::With(validator.with_bursts(&Verifier, bursts))
            } else {
                Either::Without(validator)
            })
        };
        Some(made().map(|validator| self.validator = Some(validator)))
    }

    /// KEY, or the end of ROLLOVER.
    pub fn register(
        &mut self,
        body: &mut Fields<'_>,
        old: Option<(KeyId, Timestamp)>,
    ) -> Option<Result<(), Error>> {
        let id = KeyId(body.u32()?);
        let algorithm = body.u8()?;
        let sender = body.id()?;
        let flags = body.u8()?;
        let quota = body.u16()?;
        let role = RoleId(body.u8()?);
        let group = if flags & 1 == 0 { None } else { Some(body.id()?) };
        let expires = if flags & 8 == 0 { None } else { Some(body.time()?) };
        let bursts = if flags & 32 == 0 { None } else { Some(body.u16()?) };
        let material = body.0;
        let validator = self.validator.as_mut()?;
        Some((|| {
            let secret = PeerSecret::from_slice(material);
            let mut key = match algorithm {
                1 => PeerKey::hmac(id, sender?, secret.as_ref().map_err(|e| *e)?, TagLength::Full),
                2 => PeerKey::hmac(id, sender?, secret.as_ref().map_err(|e| *e)?, TagLength::Short),
                _ => PeerKey::ecdsa(id, sender?, PublicKey::from_slice(material)?),
            };
            key = key.role(role);
            key = group.transpose()?.map_or(key, |group| key.group(group));
            key = expires.map_or(key, |end| key.expires(end));
            key = bursts.map_or(key, |rate| key.bursts(rate));
            key = if flags & 2 == 0 { key } else { key.counter_only() };
            key = if flags & 16 == 0 { key } else { key.unused() };
            key = if flags & 4 == 0 { key } else { key.random_nonces(quota) };
            match old {
                None => on!(validator, v => v.register(&key)),
                Some((old, end)) => on!(validator, v => v.rollover(old, &key, end)),
            }
        })())
    }

    /// MODULE.
    pub fn register_module(&mut self, body: &mut Fields<'_>) -> Option<Result<(), Error>> {
        let id = body.id()?;
        let role = RoleId(body.u8()?);
        let quota = body.u16()?;
        let validator = self.validator.as_mut()?;
        Some(id.and_then(|id| {
            let module = KnownModule::new(id).role(role).timestamps(quota);
            on!(validator, v => v.register_module(&module))
        }))
    }

    /// REMOVE and REVOKE.
    pub fn drop_key(&mut self, body: &mut Fields<'_>, revoke: bool) -> Option<Result<(), Error>> {
        let id = KeyId(body.u32()?);
        let validator = self.validator.as_mut()?;
        Some(on!(validator, v => if revoke { v.revoke(id) } else { v.remove(id) }))
    }

    /// SAVE.
    pub fn save(&mut self) -> Option<Result<(), Error>> {
        let validator = self.validator.as_ref()?;
        let saved = on!(validator, v => v.save(&mut self.state));
        Some(saved.map(|len| self.state_len = len))
    }

    /// Checks what VALIDATE asks, lets `between` run, and admits; gives the accepted frame's digest.
    pub fn validate(
        &mut self,
        question: &Question<'_>,
        room: &mut [u8],
        between: impl FnOnce(&mut Self),
    ) -> Option<Result<u64, Error>> {
        let context = match question.context {
            Ok(context) => context,
            Err(error) => return Some(Err(error)),
        };
        let policy_bytes = self.policy;
        let mut rules = [Rule::default(); RULES];
        let rules = read_rules(&policy_bytes, &mut rules)?;
        let policy: &dyn Policy = match rules {
            Known::Nobody => &NoPolicy,
            Known::Anybody => &AnyPeer,
            Known::Rules(ref rules) => rules,
        };
        let mut requirement = if question.flags & 2 == 0 {
            Requirement::at_least(question.level, context, policy)
        } else {
            Requirement::exactly(question.level, context, policy)
        };
        if question.flags & 4 != 0 {
            requirement = requirement.allow_groups();
        }
        let frame = match question.buffer {
            None => question.frame,
            Some(len) => match unpacked(question.frame, room.get_mut(..len.into())?) {
                Ok(packet) => packet,
                Err(error) => {
                    on!(self.validator.as_mut()?, v => v.count_lost(error));
                    return Some(Err(error));
                }
            },
        };
        let validator = self.validator.as_ref()?;
        let checked: Result<Authenticated<'_, '_>, Rejection> = on!(validator, v => {
            match question.message {
                None => v.check(frame, &requirement, question.now),
                Some(message) => v.check_detached(frame, message, &requirement, question.now),
            }
        });
        between(self);
        let verdict = on!(self.validator.as_mut()?, v => v.admit(checked));
        Some(verdict.map(|accepted| digest(&accepted)).map_err(|refused| refused.error()))
    }
}

/// The policy of a NEW record.
enum Known<'a> {
    Nobody,
    Anybody,
    Rules(Rules<'a>),
}

fn read_rules<'a>(bytes: &'a [u8], room: &'a mut [Rule<'a>; RULES]) -> Option<Known<'a>> {
    let mut body = Fields(bytes);
    let kind = body.u8()?;
    let count = usize::from(body.u8()?);
    match kind {
        0 => return Some(Known::Nobody),
        1 => return Some(Known::Anybody),
        _ => {}
    }
    for rule in room.get_mut(..count)? {
        let flags = body.u8()?;
        let role = RoleId(body.u8()?);
        let context = body.u8()?;
        let name = body.short()?;
        *rule = Rule {
            role: (flags & 1 == 0).then_some(role),
            kind: if flags & 2 == 0 { Some(ContextKind::from_number(context).ok()?) } else { None },
            name: if flags & 4 == 0 {
                NamePattern::Exactly(name)
            } else {
                NamePattern::Prefix(name)
            },
        };
    }
    Some(Known::Rules(Rules(room.get(..count)?)))
}

/// The first packet on a stream that isn't empty.
fn unpacked<'b>(stream: &[u8], room: &'b mut [u8]) -> Result<&'b [u8], Error> {
    let mut decoder = StreamDecoder::new(&mut *room);
    let mut len = Err(Error::Truncated);
    for &byte in stream {
        if let Some(packet) = decoder.push(byte) {
            len = packet.map(<[u8]>::len);
            break;
        }
    }
    room.get(..len?).ok_or(Error::Truncated)
}

/// What the vectors compare of an accepted frame.
fn digest(accepted: &Accepted<'_>) -> u64 {
    let bytes_of = |id: Option<ModuleId>| id.map_or([0; 16], |id| *id.as_bytes());
    let stamped = accepted.time_rule() == TimeRule::Stamped;
    let timestamp = accepted.timestamp().filter(|_| stamped).map_or(0, Timestamp::as_micros);
    let flags = u8::from(accepted.sender().is_some())
        | u8::from(accepted.group().is_some()) << 1
        | u8::from(accepted.key_id().is_some()) << 2;
    let mut digest = Digest::new();
    digest.add(&[accepted.level().number(), accepted.role().0, flags]);
    digest.add(&bytes_of(accepted.sender()));
    digest.add(&bytes_of(accepted.group()));
    digest.add(&accepted.key_id().map_or(0, |id| id.0).to_le_bytes());
    digest.add(&accepted.nonce().to_le_bytes());
    digest.add(&timestamp.to_le_bytes());
    digest.add(accepted.payload());
    digest.0
}
