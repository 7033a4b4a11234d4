//! NIST's CAVP files, as the package `cryptography-vectors` carries them: SHA-256 (SHAVS) and
//! ECDSA P-256 with SHA-256 (FIPS 186-3 SigVer and SigGen).

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use sealwire::{PortableSigner, PublicKey, SignP256, Signature};

use crate::crypto::sha256;
use crate::rfc::hex;
use crate::signatures::{Engine, refused_is_refused, verdict};
use crate::tally::Tally;

type Case = HashMap<String, String>;

pub(crate) fn all(folder: &Path, engines: &[Engine], tally: &mut Tally) {
    for file in ["SHA256ShortMsg.rsp", "SHA256LongMsg.rsp"] {
        let suite = format!("cavp {file}");
        for (id, (_, case)) in (1..).zip(read(&folder.join("hashes/SHA2").join(file), "MD")) {
            let bits: usize = case["Len"].parse().expect("a number");
            let message = &hex(&case["Msg"])[..bits / 8];
            let (front, back) = message.split_at(message.len() / 2);
            tally.bytes(
                &suite,
                "core",
                id,
                sha256::digest(&[front, back]).to_vec() == hex(&case["MD"]),
            );
        }
    }
    let ecdsa = folder.join("asymmetric/ECDSA/FIPS_186-3");
    for (id, (_, case)) in (1..).zip(ours(read(&ecdsa.join("SigVer.rsp"), "Result"))) {
        let expected = if case["Result"].starts_with('P') { "valid" } else { "invalid" };
        for (engine, verifier) in engines {
            let actual =
                verdict(verifier.as_ref(), &key(&case), &hex(&case["Msg"]), &signature(&case));
            tally.case("cavp SigVer", engine, id, expected, refused_is_refused(expected, actual));
            if actual == "high s" {
                let low = signature(&case).normalised();
                let actual = verdict(verifier.as_ref(), &key(&case), &hex(&case["Msg"]), &low);
                tally.case("cavp SigVer, s lowered", engine, id, expected, actual);
            }
        }
    }
    // The signatures there have random nonces; ours must be of the same key, and verify.
    for (id, (_, case)) in (1..).zip(ours(read(&ecdsa.join("SigGen.txt"), "S"))) {
        let mut signer = PortableSigner::from_secret(&number(&case["d"])).expect("a scalar");
        let is_key = signer.public_key() == key(&case);
        tally.bytes("cavp SigGen, public key", "portable", id, is_key);
        let made = signer.sign(&[&hex(&case["Msg"])]).expect("no entropy needed").normalised();
        for (engine, verifier) in engines {
            let theirs = signature(&case).normalised();
            for (suite, signature) in [("cavp SigGen", theirs), ("cavp SigGen, ours", made)] {
                let actual =
                    verdict(verifier.as_ref(), &key(&case), &hex(&case["Msg"]), &signature);
                tally.case(suite, engine, id, "valid", actual);
            }
        }
    }
}

fn ours(cases: Vec<(String, Case)>) -> Vec<(String, Case)> {
    let found: Vec<_> =
        cases.into_iter().filter(|(section, _)| section == "[P-256,SHA-256]").collect();
    assert!(!found.is_empty(), "a section [P-256,SHA-256]");
    found
}

fn key(case: &Case) -> PublicKey {
    PublicKey::from_slice(&[number(&case["Qx"]), number(&case["Qy"])].concat()).expect("64 bytes")
}

fn signature(case: &Case) -> Signature {
    let bytes = [number(&case["R"]), number(&case["S"])].concat();
    Signature::from_bytes(bytes.try_into().expect("64 bytes"))
}

/// 32 bytes, whatever leading zeros the file leaves out or adds.
fn number(text: &str) -> Vec<u8> {
    let digits = text.trim_start_matches('0');
    hex(&format!("{digits:0>64}"))
}

/// `name = value` lines under `[section]` lines; a case ends with the field `last`.
fn read(path: &Path, last: &str) -> Vec<(String, Case)> {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut cases = Vec::new();
    let (mut section, mut case) = (String::new(), Case::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
        } else if let Some((name, value)) = line.split_once('=') {
            case.insert(name.trim().to_owned(), value.trim().to_owned());
            if name.trim() == last {
                cases.push((section.clone(), std::mem::take(&mut case)));
            }
        }
    }
    cases
}
