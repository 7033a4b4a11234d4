//! Receive-only at level 5, and nothing else: for the flash that the core takes.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::board::entry;
use firmware::engine::Verifier;
use sealwire::{
    AnyPeer, Context, KeyId, Level, Limits, ModuleId, PeerKey, PublicKey, Requirement, Restart,
    Slot, Timestamp, Validator,
};

fn run() -> Result<(), sealwire::Error> {
    let own = ModuleId::new(*b"pump-000000-0001")?;
    let panel = ModuleId::new(*b"panel-00000-0001")?;
    let key = PublicKey::from_slice(black_box(&[7; 64]))?;
    let slots = [const { Slot::EMPTY }; 2];
    let now = Timestamp::from_micros(black_box(1_790_000_000_000_000))?;
    let mut validator = Validator::new(own, Limits::DEFAULT, Restart::NotBefore(now), slots)?
        .with_verifier(&Verifier);
    validator.register(&PeerKey::ecdsa(KeyId(1), panel, key))?;
    let context = Context::topic(black_box(b"plant/pump-1/telemetry/1"))?;
    let requirement = Requirement::exactly(Level::DigitalSignature, context, &AnyPeer);
    loop {
        let frame = black_box(&[0; 148]);
        let now = Some(Timestamp::from_micros(black_box(1_790_000_000_000_000))?);
        if let Ok(accepted) = validator.validate(frame, &requirement, now) {
            black_box(accepted.payload());
        }
    }
}

#[entry]
fn main() -> ! {
    let _ = run();
    loop {
        core::hint::spin_loop();
    }
}
