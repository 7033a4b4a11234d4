//! Receive-only at level 4, and nothing else: for the flash that the core takes.
//!
//! Where a frame comes from and what is done with its payload costs the same without Sealwire.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::board::entry;
use firmware::plant::right;
use sealwire::{
    AnyPeer, Context, Error, FixedPeer, FixedPeers, KeyId, Level, Limits, ModuleId, PeerSecret,
    Requirement, Restart, Slot, TagLength, Timestamp, Validator,
};

const PUMP: ModuleId = right(ModuleId::new(*b"pump-000000-0001"));
const PANEL: ModuleId = right(ModuleId::new(*b"panel-00000-0001"));
static PEERS: FixedPeers<'_> =
    right(FixedPeers::new(PUMP, &[FixedPeer::hmac(KeyId(1), PANEL, TagLength::Full)]));
static REQUIREMENT: Requirement<'_> =
    Requirement::exactly(Level::Hmac, right(Context::topic(b"plant/pump-1/telemetry/1")), &AnyPeer);

type Receiver<'s> = Validator<&'s mut [Slot; 2]>;

// What stands behind a black box isn't known at compile time: no code is left out for it.
fn run(slots: &mut [Slot; 2]) -> Result<(), Error> {
    let secrets = [PeerSecret::from_slice(&black_box([7; PeerSecret::LEN]))?];
    let (peers, secrets) = (black_box(&PEERS), black_box(&secrets));
    let restart = Restart::NotBefore(now()?);
    serve(&mut Validator::with_peers(peers, secrets, Limits::DEFAULT, restart, slots)?)
}

#[inline(never)]
fn serve(validator: &mut Receiver<'_>) -> Result<(), Error> {
    loop {
        let frame = &black_box([0; 116]);
        if let Ok(accepted) = validator.validate(frame, &REQUIREMENT, Some(now()?)) {
            black_box(accepted.payload());
        }
    }
}

fn now() -> Result<Timestamp, Error> {
    Timestamp::from_micros(black_box(1_790_000_000_000_000))
}

#[entry]
fn main() -> ! {
    let mut slots = [const { Slot::EMPTY }; 2];
    let _ = run(&mut slots);
    loop {
        core::hint::spin_loop();
    }
}
