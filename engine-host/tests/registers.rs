//! What the engine leaves in the vector registers. Upper halves that are in use make each later
//! SSE instruction wait for them: level 4 took 1.7 times as long in a thread that had signed.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use core::arch::asm;

use sealwire::{AgreeP256, GenerateP256, SignP256, VerifyP256};
use sealwire_engine_host::{HostAgreement, HostSigner, HostVerifier};

/// XINUSE: bit 2 says whether the upper halves of YMM0–15 are in use (Intel SDM vol. 1 §13.6).
fn upper_halves_are_in_use() -> bool {
    let (low, _high): (u32, u32);
    // SAFETY: the caller asked for `xsavec`'s companion, xgetbv with ECX = 1; it reads only.
    unsafe {
        asm!("xgetbv", in("ecx") 1, out("eax") low, out("edx") _high, options(nomem, nostack));
    }
    low & 4 != 0
}

fn clear() {
    // SAFETY: the caller saw AVX; nothing here keeps anything in these registers.
    unsafe {
        asm!("vzeroupper", options(nomem, nostack));
    }
}

#[test]
fn leaves_the_upper_halves_clear() {
    if HostVerifier::new().engine_name() != "graviola" || !is_x86_feature_detected!("xsavec") {
        return;
    }
    clear();
    if upper_halves_are_in_use() {
        return; // an emulator that doesn't tell
    }
    let verifier = HostVerifier::new();
    let mut in_use = Vec::new();
    let mut look = |what| {
        if upper_halves_are_in_use() {
            in_use.push(what);
        }
        clear();
    };
    let mut signer = HostSigner::from_secret(&[3; 32]).unwrap();
    look("from_secret");
    let signature = signer.sign(&[b"message"]).unwrap();
    look("sign");
    let key = signer.public_key();
    assert!(verifier.accepts(&key));
    look("accepts");
    for _ in 0..2 {
        verifier.verify(&key, &[b"message"], &signature).unwrap();
        look("verify");
    }
    let _ = signer.secret_bytes();
    look("secret_bytes");
    drop(signer);
    look("drop");
    let agreement = HostAgreement::new();
    let ephemeral = agreement.with_seed(&[4; 32]).unwrap();
    look("with_seed");
    let shared = agreement.agree(&ephemeral, &key).unwrap();
    look("agree");
    drop((ephemeral, shared));
    look("drop of secrets");
    drop(HostSigner::generate().unwrap());
    look("generate");
    let empty: [&str; 0] = [];
    assert_eq!(in_use, empty);
}
