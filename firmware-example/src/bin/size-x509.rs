//! The check of a chain, with lists, and nothing else: for the flash that the core takes.
#![no_std]
#![no_main]

use core::hint::black_box;
use firmware::board::entry;
use firmware::engine::Verifier;
use sealwire::{
    Chain, ChainTime, Error, Fleet, IssuerRecord, IssuerSlot, Revocation, Timestamp, TrustStore,
};

#[inline(never)]
fn run(slots: &mut [IssuerSlot; 2]) -> Result<(), Error> {
    let time = ChainTime::Now(Timestamp::from_micros(black_box(1_790_000_000_000_000))?);
    let mut store = TrustStore::new(slots);
    let anchor = black_box([0x30; 400]);
    store.install(&IssuerRecord::anchor(&anchor).fleets(&[Fleet::ALL]), time, &Verifier)?;
    loop {
        // One of four entries: of another length it would be none, and the compiler knows.
        let list = &black_box([0x1d; 107 + 4 * 16]);
        let taken = [store.take_list(list, time, &Verifier)?];
        let bytes = &black_box([0x30; 1_024]);
        let chain = Chain::from_bytes(bytes)?;
        if let Ok(checked) = store.check(&chain, time, Revocation::Lists(&taken), &Verifier) {
            black_box((checked.module(), checked.key()));
        }
    }
}

#[entry]
fn main() -> ! {
    let mut slots = [const { IssuerSlot::EMPTY }; 2];
    let _ = run(&mut slots);
    loop {
        core::hint::spin_loop();
    }
}
