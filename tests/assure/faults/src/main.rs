//! A receiver of level 4 for tests/assure/faults/inject.py, which calls these functions in an
//! emulator and skips instructions of them.
//!
//! `prepare` registers two peers and seals two frames; `attack_validate` and `attack_admit` are
//! what an application writes; `acted` is the motor: whoever gets there with a command has won.
#![no_std]
#![no_main]
#![allow(static_mut_refs, reason = "one thread; the emulator calls one function at a time")]

use core::panic::PanicInfo;

use sealwire::{
    Audience, Context, Error, KeyId, Level, Limits, ModuleId, NonceStart, PeerKey, PeerSecret,
    Requirement, Restart, RoleId, Rule, Rules, Sealer, Slot, TagLength, Timestamp, Validator,
};

const OWN: [u8; 16] = [0xb0; 16];
const FRIEND: [u8; 16] = [0xa0; 16];
const INTRUDER: [u8; 16] = [0xa1; 16];
const ALLOWED: RoleId = RoleId(7);
const NOW: u64 = 1_790_000_000;

static mut VALIDATOR: Option<Validator<[Slot; 2]>> = None;

/// A frame: how many bytes, and the bytes.
#[repr(C)]
pub struct Buffer {
    len: u32,
    bytes: [u8; 124],
}

/// Sealed by the peer that may command, and by one that may not.
#[unsafe(no_mangle)]
pub static mut FRAMES: [Buffer; 2] = [const { Buffer { len: 0, bytes: [0; 124] } }; 2];

fn now() -> Option<Timestamp> {
    Some(Timestamp::from_secs(NOW))
}

fn topic() -> Result<Context<'static>, Error> {
    Context::topic(b"pump/speed")
}

fn made() -> Result<(), Error> {
    let own = ModuleId::new(OWN)?;
    let slots = [const { Slot::EMPTY }; 2];
    let mut validator = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?;
    // SAFETY: one thread, and no other reference lives.
    let frames = unsafe { &mut FRAMES };
    for (number, sender, frame) in [(1, FRIEND, 0), (2, INTRUDER, 1)] {
        let secret = PeerSecret::from_slice(&[number; 32])?;
        let (id, sender) = (KeyId(number.into()), ModuleId::new(sender)?);
        let key = PeerKey::hmac(id, sender, &secret, TAG);
        validator.register(&if number == 1 { key.role(ALLOWED) } else { key })?;
        let audience = Audience::Peer(own);
        let mut sealer = Sealer::hmac(id, sender, audience, &secret, TAG, NonceStart::Fresh)?;
        let out = &mut frames[frame];
        let sealed = sealer.seal(b"speed=9000", &topic()?, now(), &mut out.bytes)?;
        out.len = sealed.len() as u32;
    }
    // SAFETY: as above.
    unsafe { VALIDATOR = Some(validator) };
    Ok(())
}

const TAG: TagLength = TagLength::Full;

/// 0 when all is registered and sealed.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn prepare() -> u32 {
    u32::from(made().is_err())
}

/// All steps in one call, then the gate of an application.
///
/// # Safety
/// `frame` points to `len` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_validate(frame: *const u8, len: usize) {
    // SAFETY: the emulator's promise; one thread.
    let (bytes, validator) =
        unsafe { (core::slice::from_raw_parts(frame, len), VALIDATOR.as_mut()) };
    let (Some(validator), Ok(context)) = (validator, topic()) else { return };
    let policy = Rules(&[Rule { role: Some(ALLOWED), ..RULE }]);
    let requirement = Requirement::at_least(Level::Hmac, context, &policy);
    if let Ok(accepted) = validator.validate(bytes, &requirement, now()) {
        let payload = accepted.payload();
        acted(payload.as_ptr(), payload.len());
    }
}

/// Check and admission apart, as where a lock is held for one of them only.
///
/// # Safety
/// `frame` points to `len` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_admit(frame: *const u8, len: usize) {
    // SAFETY: the emulator's promise; one thread.
    let (bytes, validator) =
        unsafe { (core::slice::from_raw_parts(frame, len), VALIDATOR.as_mut()) };
    let (Some(validator), Ok(context)) = (validator, topic()) else { return };
    let policy = Rules(&[Rule { role: Some(ALLOWED), ..RULE }]);
    let requirement = Requirement::at_least(Level::Hmac, context, &policy);
    let checked = validator.check(bytes, &requirement, now());
    if let Ok(accepted) = validator.admit(checked) {
        let payload = accepted.payload();
        acted(payload.as_ptr(), payload.len());
    }
}

const RULE: Rule<'static> = Rule { role: None, kind: None, name: sealwire::NamePattern::Any };

/// The motor turns.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn acted(payload: *const u8, len: usize) {
    core::hint::black_box((payload, len));
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
