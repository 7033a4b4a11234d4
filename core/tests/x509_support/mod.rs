//! `tests/x509/x509.json`, and the keys of those who made it.

use std::fs;

use sealwire::*;
use serde_json::Value;

/// The second at which the cases take place.
pub(crate) const SECOND: u64 = 1_763_000_000;
pub(crate) const NOW: Timestamp = Timestamp::from_secs(SECOND);
pub(crate) const DAY: u64 = 86_400 * 1_000_000;

pub(crate) fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/x509/x509.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

pub(crate) fn all_hex(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().unwrap().iter().map(hex).collect()
}

/// The chain of the case with this comment.
pub(crate) fn chain_of(document: &Value, comment: &str) -> Vec<Vec<u8>> {
    let tests = document["tests"].as_array().unwrap();
    all_hex(&tests.iter().find(|case| case["comment"] == comment).unwrap()["chain"])
}

/// The key that `tests/x509/make.py` gives a name.
pub(crate) fn signer(name: &str) -> PortableSigner {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest([b"sealwire x509 tests ", name.as_bytes()].concat());
    // The digest modulo the order less 1, and 1; below it, that is 1 more.
    let mut scalar: [u8; 32] = digest.into();
    for byte in scalar.iter_mut().rev() {
        let (sum, carry) = byte.overflowing_add(1);
        *byte = sum;
        if !carry {
            break;
        }
    }
    PortableSigner::from_secret(&scalar).unwrap()
}
