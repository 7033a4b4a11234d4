//! Receive-only at levels 4 and 5, and nothing else: for the flash that the core takes.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::board::entry;
use firmware::engine::Verifier;
use sealwire::{
    AnyPeer, Context, Error, KeyId, Level, Limits, ModuleId, NonceEntry, PeerKey, PeerSecret,
    PublicKey, Requirement, Restart, Slot, TagLength, Timestamp, Validator,
};

type Receiver<'s> = Validator<&'s mut [Slot; 2], [NonceEntry; 0], Verifier>;

#[inline(never)]
fn serve(validator: &mut Receiver<'_>) -> Result<(), Error> {
    let panel = ModuleId::new(*b"panel-00000-0001")?;
    let key = PublicKey::from_slice(&black_box([7; 64]))?;
    let secret = PeerSecret::from_slice(&black_box([7; 32]))?;
    let signs = PeerKey::ecdsa(KeyId(1), panel, key);
    let shares = PeerKey::hmac(KeyId(2), panel, &secret, TagLength::Full);
    for key in [signs, shares] {
        validator.register(&key)?;
    }
    let context = Context::topic(black_box(b"plant/pump-1/telemetry/1"))?;
    let requirement = Requirement::at_least(Level::Hmac, context, &AnyPeer);
    loop {
        let frame = &black_box([0; 148]);
        let now = Some(Timestamp::from_micros(black_box(1_790_000_000_000_000))?);
        if let Ok(accepted) = validator.validate(frame, &requirement, now) {
            black_box(accepted.payload());
        }
    }
}

fn run(slots: &mut [Slot; 2]) -> Result<(), Error> {
    let own = ModuleId::new(*b"pump-000000-0001")?;
    let now = Timestamp::from_micros(black_box(1_790_000_000_000_000))?;
    let validator = Validator::new(own, Limits::DEFAULT, Restart::NotBefore(now), slots)?;
    serve(&mut validator.with_verifier(Verifier))
}

#[entry]
fn main() -> ! {
    let mut slots = [const { Slot::EMPTY }; 2];
    let _ = run(&mut slots);
    loop {
        core::hint::spin_loop();
    }
}
