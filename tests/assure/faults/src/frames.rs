//! Receivers for tests/assure/faults/inject.py, which calls these functions in an emulator and
//! skips instructions of them.
//!
//! `prepare` registers keys and seals frames; the functions `attack_…` are what an application
//! writes; `acted` is the motor: whoever gets there with a command has won. `engine` is where
//! level 5 leaves the core.
#![no_std]
#![no_main]
#![allow(static_mut_refs, reason = "one thread; the emulator calls one function at a time")]

mod engine;
mod motor;

use sealwire::{
    Accepted, Audience, BurstEntry, BurstItem, Context, Error, KeyId, Level, Limits, ModuleId,
    NamePattern, NonceEntry, NonceStart, PeerKey, PeerSecret, PortableSigner, Rejection,
    Requirement, Restart, RoleId, Rule, Rules, Sealed, Sealer, SignP256, Slot, TagLength,
    Timestamp, Validator, VerifyP256, burst_nodes,
};

use engine::Engine;
use motor::{Buffer, acted};

const OWN: [u8; 16] = [0xb0; 16];
const GROUP: [u8; 16] = [0xc0; 16];
const FRIEND: [u8; 16] = [0xa0; 16];
const INTRUDER: [u8; 16] = [0xa1; 16];
const MEMBER: [u8; 16] = [0xa2; 16];
const FORMER: [u8; 16] = [0xa3; 16];
const ALLOWED: RoleId = RoleId(7);
const NOW: u64 = 1_790_000_000;
const HOUR: u64 = 3600;
const BURST: usize = 4;
const COMMAND: &[u8] = b"speed=9000";

// As the documentation of `Requirement` has it: nothing of these is made by code.
static RULE: Rule<'static> = Rule { role: Some(ALLOWED), kind: None, name: NamePattern::Any };
static RULES: [Rule<'static>; 1] = [RULE];
static POLICY: Rules<'static> = Rules(&RULES);
static TOPIC: Context<'static> = match Context::topic(b"pump/speed") {
    Ok(topic) => topic,
    Err(_) => panic!(),
};
static BY_TAG: Requirement<'static> = Requirement::at_least(Level::Hmac, TOPIC, &POLICY);
static SIGNED: Requirement<'static> =
    Requirement::at_least(Level::DigitalSignature, TOPIC, &POLICY);

type Frame = Buffer<252>;
type ByTag = Validator<[Slot; 4]>;
type BySignature = Validator<[Slot; 1], [NonceEntry; 0], Engine, [BurstEntry; 1]>;

static mut BY_TAGS: Option<ByTag> = None;
static mut BY_SIGNATURES: Option<BySignature> = None;

/// Sealed by: who may command; who may not; a group's member; whose key has ended; who may, an
/// hour ago; then signed: one; two of a burst; one of another.
#[unsafe(no_mangle)]
pub static mut FRAMES: [Frame; 9] = [const { Frame::EMPTY }; 9];

fn at(seconds: u64) -> Option<Timestamp> {
    Some(Timestamp::from_secs(seconds))
}

fn by_tags(frames: &mut [Frame]) -> Result<ByTag, Error> {
    let (own, group) = (ModuleId::new(OWN)?, ModuleId::new(GROUP)?);
    let slots = [const { Slot::EMPTY }; 4];
    let mut validator = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?;
    let senders = [(1, FRIEND), (2, INTRUDER), (3, MEMBER), (4, FORMER)];
    for ((number, sender), out) in senders.into_iter().zip(frames.iter_mut()) {
        let secret = PeerSecret::from_slice(&[number; 32])?;
        let (id, sender) = (KeyId(number.into()), ModuleId::new(sender)?);
        let key = PeerKey::hmac(id, sender, &secret, TAG);
        let (key, audience) = match number {
            1 => (key.role(ALLOWED), Audience::Peer(own)),
            2 => (key, Audience::Peer(own)),
            3 => (key.role(ALLOWED).group(group), Audience::Group(group)),
            _ => {
                let end = Timestamp::from_secs(NOW.wrapping_sub(HOUR));
                (key.role(ALLOWED).expires(end), Audience::Peer(own))
            }
        };
        validator.register(&key)?;
        let mut sealer = Sealer::hmac(id, sender, audience, &secret, TAG, NonceStart::Fresh)?;
        hold(out, |bytes| sealer.seal(COMMAND, &TOPIC, at(NOW), bytes))?;
    }
    let secret = PeerSecret::from_slice(&[1; 32])?;
    let (friend, own) = (ModuleId::new(FRIEND)?, Audience::Peer(own));
    let start = NonceStart::Reserved { from: 1, until: 2 };
    let mut sealer = Sealer::hmac(KeyId(1), friend, own, &secret, TAG, start)?;
    if let Some(out) = frames.get_mut(4) {
        hold(out, |bytes| sealer.seal(COMMAND, &TOPIC, at(NOW.wrapping_sub(HOUR)), bytes))?;
    }
    Ok(validator)
}

fn by_signatures(frames: &mut [Frame]) -> Result<BySignature, Error> {
    let (own, friend) = (ModuleId::new(OWN)?, ModuleId::new(FRIEND)?);
    let slots = [const { Slot::EMPTY }; 1];
    let mut validator = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?
        .with_bursts(Engine, [const { BurstEntry::EMPTY }; 1]);
    let signer = PortableSigner::from_secret(&[9; 32])?;
    let key = PeerKey::ecdsa(KeyId(5), friend, signer.public_key());
    validator.register(&key.role(ALLOWED).bursts(100))?;
    let to = Audience::Peer(own);
    let mut sealer = Sealer::ecdsa(KeyId(5), friend, to, signer, NonceStart::Fresh)?;
    let [.., single, first, second, other] = frames else { return Err(Error::InvalidArgument) };
    hold(single, |bytes| sealer.seal(COMMAND, &TOPIC, at(NOW), bytes))?;
    let items = [BurstItem { payload: COMMAND, context: TOPIC, now: at(NOW) }; BURST];
    let mut nodes = [[0; 32]; burst_nodes(BURST)];
    let burst = sealer.seal_burst(&items, &mut nodes)?;
    first.len = burst.write(0, &mut first.bytes)? as u32;
    second.len = burst.write(1, &mut second.bytes)? as u32;
    other.len = sealer.seal_burst(&items, &mut nodes)?.write(0, &mut other.bytes)? as u32;
    Ok(validator)
}

fn hold(
    out: &mut Frame,
    seal: impl FnOnce(&mut [u8]) -> Result<Sealed, Error>,
) -> Result<(), Error> {
    out.len = seal(&mut out.bytes)?.len() as u32;
    Ok(())
}

const TAG: TagLength = TagLength::Full;

/// 0 when all is registered and sealed.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn prepare() -> u32 {
    // SAFETY: one thread, and no other reference lives.
    let frames = unsafe { &mut FRAMES };
    match (by_tags(frames), by_signatures(frames)) {
        (Ok(tags), Ok(signatures)) => {
            // SAFETY: as above.
            unsafe { (BY_TAGS, BY_SIGNATURES) = (Some(tags), Some(signatures)) };
            0
        }
        _ => 1,
    }
}

/// The gate of an application.
#[inline(always)]
fn obey(verdict: Result<Accepted<'_>, Rejection>) {
    if let Ok(accepted) = verdict {
        let payload = accepted.payload();
        acted(payload.as_ptr(), payload.len());
    }
}

/// All steps in one call; check and admission apart, as where a lock is held for one of them
/// only; both also at level 5.
macro_rules! attack {
    ($($name:ident($validator:ident, $requirement:ident) $steps:expr;)*) => { $(
        /// # Safety
        /// `frame` points to `len` bytes.
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub unsafe extern "C" fn $name(frame: *const u8, len: usize) {
            // SAFETY: the emulator's promise; one thread.
            let (frame, validator) =
                unsafe { (core::slice::from_raw_parts(frame, len), $validator.as_mut()) };
            let Some(validator) = validator else { return };
            obey($steps(validator, frame, &$requirement));
        }
    )* };
}

attack! {
    attack_validate(BY_TAGS, BY_TAG) all;
    attack_admit(BY_TAGS, BY_TAG) two;
    attack_validate5(BY_SIGNATURES, SIGNED) all;
    attack_admit5(BY_SIGNATURES, SIGNED) two;
}

type Verdict<'f> = Result<Accepted<'f>, Rejection>;

#[inline(always)]
fn all<'f, const K: usize, const B: usize, V: VerifyP256 + Clone>(
    validator: &mut Validator<[Slot; K], [NonceEntry; 0], V, [BurstEntry; B]>,
    frame: &'f [u8],
    requirement: &Requirement<'_>,
) -> Verdict<'f> {
    validator.validate(frame, requirement, at(NOW))
}

#[inline(always)]
fn two<'f, const K: usize, const B: usize, V: VerifyP256 + Clone>(
    validator: &mut Validator<[Slot; K], [NonceEntry; 0], V, [BurstEntry; B]>,
    frame: &'f [u8],
    requirement: &Requirement<'_>,
) -> Verdict<'f> {
    let checked = validator.check(frame, requirement, at(NOW));
    validator.admit(checked)
}

/// An application that goes by the answer's branch alone.
///
/// # Safety
/// As the others.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_planted(frame: *const u8, len: usize) {
    // SAFETY: the emulator's promise; one thread.
    let (frame, validator) =
        unsafe { (core::slice::from_raw_parts(frame, len), BY_SIGNATURES.as_mut()) };
    let Some(validator) = validator else { return };
    if validator.validate(frame, &SIGNED, at(NOW)).is_ok() {
        acted(frame.as_ptr(), frame.len());
    }
}
