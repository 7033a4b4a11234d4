//! ECDSA P-256 over SHA-256 of 192 bytes, with keys that were parsed before where the library
//! lets one.

use std::hint::black_box;

use sealwire::SignP256;

use crate::clock::Job;
use crate::peers::SIGNED;
use crate::plant;

const MESSAGE: [u8; SIGNED] = [0x55; SIGNED];

pub(crate) fn jobs<'a>() -> Vec<Job<'a>> {
    let mut jobs = Vec::from(graviola());
    jobs.extend(aws_lc_jobs());
    jobs.extend(ring());
    jobs.extend(p256());
    #[cfg(feature = "openssl")]
    jobs.extend(super::openssl::ecdsa(&MESSAGE, &secret(), &point()));
    jobs
}

fn secret() -> [u8; 32] {
    *plant::signer().secret_bytes()
}

/// The public key as an uncompressed point.
fn point() -> [u8; 65] {
    let mut point = [4; 65];
    point[1..].copy_from_slice(plant::signer().public_key().as_xy());
    point
}

fn signature() -> [u8; 64] {
    *plant::signer().sign(&[&MESSAGE]).unwrap().as_bytes()
}

fn graviola<'a>() -> [Job<'a>; 2] {
    use graviola::hashing::Sha256;
    use graviola::key_agreement::p256::StaticPrivateKey;
    use graviola::signing::ecdsa::{P256, SigningKey, VerifyingKey};
    let key = SigningKey::<P256> { private_key: StaticPrivateKey::from_bytes(&secret()).unwrap() };
    let public = VerifyingKey::<P256>::from_x962_uncompressed(&point()).unwrap();
    let signature = signature();
    [
        Job::new("verify.graviola", move || {
            let verdict = public.verify::<Sha256>(&[black_box(&MESSAGE)], black_box(&signature));
            assert!(verdict.is_ok());
        }),
        Job::new("sign.graviola", move || {
            let mut out = [0; 64];
            assert!(key.sign::<Sha256>(&[black_box(&MESSAGE)], &mut out).is_ok());
            black_box(out);
        }),
    ]
}

pub(crate) fn aws_lc_jobs<'a>() -> [Job<'a>; 2] {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature as sig;
    let random = SystemRandom::new();
    let key = sig::EcdsaKeyPair::from_private_key_and_public_key(
        &sig::ECDSA_P256_SHA256_FIXED_SIGNING,
        &secret(),
        &point(),
    )
    .unwrap();
    let public = sig::ParsedPublicKey::new(&sig::ECDSA_P256_SHA256_FIXED, point()).unwrap();
    let signature = signature();
    [
        Job::new("verify.aws-lc-rs", move || {
            assert!(public.verify_sig(black_box(&MESSAGE), black_box(&signature)).is_ok());
        }),
        Job::new("sign.aws-lc-rs", move || {
            assert!(black_box(key.sign(&random, black_box(&MESSAGE))).is_ok());
        }),
    ]
}

fn ring<'a>() -> [Job<'a>; 2] {
    use ring::rand::SystemRandom;
    use ring::signature as sig;
    let random = SystemRandom::new();
    let key = sig::EcdsaKeyPair::from_private_key_and_public_key(
        &sig::ECDSA_P256_SHA256_FIXED_SIGNING,
        &secret(),
        &point(),
        &random,
    )
    .unwrap();
    let public = sig::UnparsedPublicKey::new(&sig::ECDSA_P256_SHA256_FIXED, point());
    let signature = signature();
    [
        Job::new("verify.ring", move || {
            assert!(public.verify(black_box(&MESSAGE), black_box(&signature)).is_ok());
        }),
        Job::new("sign.ring", move || {
            assert!(black_box(key.sign(&random, black_box(&MESSAGE))).is_ok());
        }),
    ]
}

fn p256<'a>() -> [Job<'a>; 2] {
    use p256::ecdsa::signature::{Signer, Verifier};
    use p256::ecdsa::{Signature, SigningKey};
    let key = SigningKey::from_slice(&secret()).unwrap();
    let public = *key.verifying_key();
    let signature: Signature = key.sign(&MESSAGE);
    [
        Job::new("verify.p256", move || {
            assert!(public.verify(black_box(&MESSAGE), black_box(&signature)).is_ok());
        }),
        Job::new("sign.p256", move || {
            let signature: Signature = key.sign(black_box(&MESSAGE));
            black_box(signature);
        }),
    ]
}
