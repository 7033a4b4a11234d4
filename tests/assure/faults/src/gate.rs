//! The gate of firmware-example behind a validator, for tests/assure/faults/inject.py.
//!
//! A packet is a byte of channel and a frame, as on the pump's line. On one channel the requirement
//! wants the commander's own key, on the other a group's will do.
#![no_std]
#![no_main]
#![allow(static_mut_refs, reason = "one thread; the emulator calls one function at a time")]

#[path = "../../../../firmware-example/src/gate.rs"]
#[allow(dead_code, reason = "the example's file, whole")]
mod gate;
mod motor;

use sealwire::{
    Accepted, AnyPeer, Audience, Context, Error, KeyId, Level, Limits, ModuleId, NonceStart,
    PeerKey, PeerSecret, Requirement, Restart, Sealer, Slot, TagLength, Timestamp, Validator,
};

use gate::Gate;
use motor::{Buffer, acted};

const OWN: [u8; 16] = [0xb0; 16];
const GROUP: [u8; 16] = [0xc0; 16];
const COMMANDER: [u8; 16] = [0xa0; 16];
const MEMBER: [u8; 16] = [0xa2; 16];
const NOW: u64 = 1_790_000_000;
const COMMAND: u8 = 3;
const TALK: u8 = 5;
const GATE: Gate = Gate { channel: COMMAND, key: KeyId(1) };
const TEXT: &[u8] = b"speed=9000";
const TAG: TagLength = TagLength::Full;

const fn right(made: Result<Context<'static>, Error>) -> Context<'static> {
    match made {
        Ok(context) => context,
        Err(_) => panic!(),
    }
}

static ORDERED: Context<'static> = right(Context::request(b"pump/command"));
static SAID: Context<'static> = right(Context::topic(b"station/host"));
static COMMANDS: Requirement<'static> = Requirement::exactly(Level::Hmac, ORDERED, &AnyPeer);
static TALKS: Requirement<'static> =
    Requirement::exactly(Level::Hmac, SAID, &AnyPeer).allow_groups();

static mut VALIDATOR: Option<Validator<[Slot; 2]>> = None;

/// Packets: a command; what a member says; what a member would like to command.
#[unsafe(no_mangle)]
pub static mut FRAMES: [Buffer<252>; 3] = [const { Buffer::EMPTY }; 3];

fn set_up(packets: &mut [Buffer<252>; 3]) -> Result<Validator<[Slot; 2]>, Error> {
    let (own, group) = (ModuleId::new(OWN)?, ModuleId::new(GROUP)?);
    let (commander, member) = (ModuleId::new(COMMANDER)?, ModuleId::new(MEMBER)?);
    let (one, two) = (PeerSecret::from_slice(&[1; 32])?, PeerSecret::from_slice(&[2; 32])?);
    let slots = [const { Slot::EMPTY }; 2];
    let mut validator = Validator::new(own, Limits::DEFAULT, Restart::FreshKeys, slots)?;
    validator.register(&PeerKey::hmac(KeyId(1), commander, &one, TAG))?;
    validator.register(&PeerKey::hmac(KeyId(2), member, &two, TAG).group(group))?;
    let start = NonceStart::Fresh;
    let to = Audience::Peer(own);
    let mut commands = Sealer::hmac(KeyId(1), commander, to, &one, TAG, start)?;
    let mut talks = Sealer::hmac(KeyId(2), member, Audience::Group(group), &two, TAG, start)?;
    let [ordered, said, wished] = packets;
    pack(ordered, COMMAND, &ORDERED, &mut commands)?;
    pack(said, TALK, &SAID, &mut talks)?;
    pack(wished, COMMAND, &ORDERED, &mut talks)?;
    Ok(validator)
}

fn pack(
    packet: &mut Buffer<252>,
    channel: u8,
    context: &Context<'_>,
    sealer: &mut Sealer,
) -> Result<(), Error> {
    let [first, frame @ ..] = &mut packet.bytes;
    *first = channel;
    let now = Some(Timestamp::from_secs(NOW));
    packet.len = sealer.seal(TEXT, context, now, frame)?.len() as u32 + 1;
    Ok(())
}

/// 0 when all is registered and sealed.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn prepare() -> u32 {
    // SAFETY: one thread, and no other reference lives.
    match set_up(unsafe { &mut FRAMES }) {
        Ok(validator) => {
            // SAFETY: as above.
            unsafe { VALIDATOR = Some(validator) };
            0
        }
        Err(_) => 1,
    }
}

/// What was accepted, and the channel that it came on.
#[inline(always)]
unsafe fn accepted<'f>(packet: *const u8, len: usize) -> Option<(u8, Accepted<'f>)> {
    // SAFETY: the emulator's promise; one thread.
    let (packet, validator) =
        unsafe { (core::slice::from_raw_parts(packet, len), VALIDATOR.as_mut()?) };
    let [channel, frame @ ..] = packet else { return None };
    let requirement = match *channel {
        COMMAND => &COMMANDS,
        TALK => &TALKS,
        _ => return None,
    };
    let verdict = validator.validate(frame, requirement, Some(Timestamp::from_secs(NOW)));
    verdict.ok().map(|accepted| (*channel, accepted))
}

/// What the example does with a packet.
///
/// # Safety
/// `packet` points to `len` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_packet(packet: *const u8, len: usize) {
    // SAFETY: the caller's word.
    if let Some((channel, accepted)) = unsafe { accepted(packet, len) }
        && let Some(command) = GATE.command(channel, &accepted)
    {
        acted(command.as_ptr(), command.len());
    }
}

/// An application that asks for the channel alone.
///
/// # Safety
/// As the other.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_careless(packet: *const u8, len: usize) {
    // SAFETY: the caller's word.
    if let Some((channel, accepted)) = unsafe { accepted(packet, len) }
        && channel == COMMAND
    {
        let payload = accepted.payload();
        acted(payload.as_ptr(), payload.len());
    }
}
