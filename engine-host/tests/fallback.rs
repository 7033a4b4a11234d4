//! What happens on a CPU that lacks something: the portable engine, and no abort.
//!
//! In a debug build graviola can be told to miss a feature, by an environment variable; a child
//! process each, since it is asked once.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::env;
use std::process::Command;

use sealwire::{AgreeP256, GenerateP256, SignP256, VerifyP256};
use sealwire_engine_host::{HostAgreement, HostSigner, HostVerifier};

/// What graviola 0.4.4 requires, but for `avx`, which it doesn't let one deny.
#[cfg(target_arch = "x86_64")]
const REQUIRED: &[&str] = &["aes", "pclmulqdq", "bmi1", "adx", "avx2"];
#[cfg(target_arch = "aarch64")]
const REQUIRED: &[&str] = &["neon", "aes", "pmull", "sha2"];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const REQUIRED: &[&str] = &[];

const EXPECTED: &str = "SEALWIRE_TEST_EXPECTED_ENGINE";

/// Signs, verifies and agrees; as a child, with the engine that was foretold.
#[test]
fn signs_and_verifies() {
    let verifier = HostVerifier::new();
    let mut signer = HostSigner::generate().unwrap();
    let agreement = HostAgreement::new();
    if let Ok(expected) = env::var(EXPECTED) {
        let names = [verifier.engine_name(), signer.engine_name(), agreement.engine_name()];
        assert_eq!(names, [expected.as_str(); 3]);
    }
    let signature = signer.sign(&[b"some", b"thing"]).unwrap();
    assert_eq!(verifier.verify(&signer.public_key(), &[b"something"], &signature), Ok(()));
    let [one, two] = [1, 2].map(|seed| agreement.with_seed(&[seed; 32]).unwrap());
    assert_eq!(
        agreement.agree(&one, two.public()).unwrap(),
        agreement.agree(&two, one.public()).unwrap()
    );
}

#[cfg(debug_assertions)]
#[test]
fn falls_back_for_each_feature_that_is_missing() {
    for feature in REQUIRED {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "signs_and_verifies"])
            .env(format!("GRAVIOLA_CPU_DISABLE_{feature}"), "1")
            .env(EXPECTED, "p256")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success(), "without {feature}: {told}");
        assert!(told.contains("1 passed"), "without {feature}: {told}");
    }
}
