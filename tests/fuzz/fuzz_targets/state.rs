//! Any bytes as saved state, with a right checksum or without: no crash, and what is taken is
//! saved again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::*;
use sha2::{Digest, Sha256};

fuzz_target!(|data: &[u8]| {
    let Some((&mode, data)) = data.split_first() else { return };
    let mut state = data.to_vec();
    if mode & 1 == 1 {
        state.splice(0..0, *b"SWS1");
        let digest = Sha256::digest(&state);
        state.extend(&digest[..8]);
    }
    let Ok(mut validator) = receiver(Restart::Saved(&state)) else { return };
    let mut saved = vec![0; max_saved_len(4)];
    let len = match validator.save(&mut saved) {
        Ok(len) => len,
        // A clock at the end of time leaves no floor that would hold.
        Err(error) => return assert_eq!(error, Error::TimestampRange),
    };
    let mut again = receiver(Restart::Saved(&saved[..len])).unwrap();
    let mut twice = vec![0; max_saved_len(4)];
    let len_again = again.save(&mut twice).unwrap();
    assert_eq!(saved[..len], twice[..len_again]);
    // Whatever was in it: both come to the same verdict.
    let mut frame = [0; 128];
    let nonce = u64::from(mode);
    let sealed = sealer(nonce, TagLength::Full).seal(b"x", &context(), now(), &mut frame).unwrap();
    let requirement = Requirement::at_least(Level::Hmac, context(), &AnyPeer);
    let one = validator.validate(&frame[..sealed.len()], &requirement, now()).map(|_| ());
    let other = again.validate(&frame[..sealed.len()], &requirement, now()).map(|_| ());
    assert_eq!(one.map_err(|r| r.error()), other.map_err(|r| r.error()));
});
