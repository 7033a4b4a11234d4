//! Nonces in any order against a model that remembers all of them.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::*;

fuzz_target!(|data: &[u8]| {
    let mut validator = receiver(Restart::FreshKeys).unwrap();
    let requirement = Requirement::at_least(Level::Hmac, context(), &AnyPeer);
    let (mut taken, mut highest, mut nonce) = (BTreeSet::new(), 0_u64, 1000_u64);
    for [how, by] in data.as_chunks::<2>().0.iter().take(60) {
        let step = u64::from(*by) << (how >> 4);
        nonce = if how & 1 == 0 { nonce.saturating_add(step) } else { nonce.saturating_sub(step) };
        nonce = nonce.min(NONCE_LIMIT - 1);
        let mut frame = [0; 128];
        let sealed =
            sealer(nonce, TagLength::Full).seal(b"", &context(), now(), &mut frame).unwrap();
        let expected = if highest.saturating_sub(nonce) >= WINDOW {
            Err(Error::NonceTooOld)
        } else if taken.contains(&nonce) {
            Err(Error::Replayed)
        } else {
            Ok(())
        };
        let verdict = validator.validate(&frame[..sealed.len()], &requirement, now());
        assert_eq!(
            verdict.map(|_| ()).map_err(|refusal| refusal.error()),
            expected,
            "nonce {nonce}"
        );
        if expected.is_ok() {
            taken.insert(nonce);
            highest = highest.max(nonce);
        }
    }
});
