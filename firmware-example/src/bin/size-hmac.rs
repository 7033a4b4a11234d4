//! Receive-only at level 4, and nothing else: for the flash that the core takes.
//!
//! Where a frame comes from and what is done with its payload costs the same without Sealwire.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::board::entry;
use sealwire::{
    AnyPeer, Context, Error, KeyId, Level, Limits, ModuleId, PeerKey, PeerSecret, Requirement,
    Restart, Slot, TagLength, Timestamp, Validator,
};

type Receiver<'s> = Validator<&'s mut [Slot; 2]>;

#[inline(never)]
fn serve(validator: &mut Receiver<'_>) -> Result<(), Error> {
    let panel = ModuleId::new(*b"panel-00000-0001")?;
    let secret = PeerSecret::from_slice(&black_box([7; 32]))?;
    validator.register(&PeerKey::hmac(KeyId(1), panel, &secret, TagLength::Full))?;
    let context = Context::topic(black_box(b"plant/pump-1/telemetry/1"))?;
    let requirement = Requirement::exactly(Level::Hmac, context, &AnyPeer);
    loop {
        let frame = &black_box([0; 116]);
        let now = Some(Timestamp::from_micros(black_box(1_790_000_000_000_000))?);
        if let Ok(accepted) = validator.validate(frame, &requirement, now) {
            black_box(accepted.payload());
        }
    }
}

fn run(slots: &mut [Slot; 2]) -> Result<(), Error> {
    let own = ModuleId::new(*b"pump-000000-0001")?;
    let now = Timestamp::from_micros(black_box(1_790_000_000_000_000))?;
    serve(&mut Validator::new(own, Limits::DEFAULT, Restart::NotBefore(now), slots)?)
}

#[entry]
fn main() -> ! {
    let mut slots = [const { Slot::EMPTY }; 2];
    let _ = run(&mut slots);
    loop {
        core::hint::spin_loop();
    }
}
