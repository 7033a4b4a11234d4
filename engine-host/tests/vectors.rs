//! The same questions to each engine, and each one's signatures to the other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use sealwire::{Error, PortableSigner, PublicKey, SignP256, Signature, VerifyP256};
use sealwire_engine_host::{HostSigner, HostVerifier};

fn verifiers() -> [HostVerifier; 2] {
    [HostVerifier::new(), HostVerifier::portable()]
}

fn signers(scalar: &[u8]) -> [Result<HostSigner, Error>; 2] {
    [HostSigner::from_secret(scalar), HostSigner::from_secret_portable(scalar)]
}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// RFC 6979 §A.2.5.
const SCALAR: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const SAMPLE: (&str, &str) = (
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
);

fn public() -> PublicKey {
    PublicKey::from_slice(&[hex::<32>(X), hex::<32>(Y)].concat()).unwrap()
}

fn sample() -> Signature {
    let bytes = [hex::<32>(SAMPLE.0), hex::<32>(SAMPLE.1)].concat();
    Signature::from_bytes(bytes.try_into().unwrap())
}

#[test]
fn rfc_6979_key_and_signature() {
    for signer in signers(&hex::<32>(SCALAR)) {
        let signer = signer.unwrap();
        assert_eq!(signer.public_key(), public(), "{}", signer.engine_name());
        assert_eq!(*signer.secret_bytes(), hex::<32>(SCALAR));
    }
    // Only the portable engine takes its nonce from RFC 6979 alone.
    let mut signer = PortableSigner::from_secret(&hex::<32>(SCALAR)).unwrap();
    assert_eq!(signer.sign(&[b"sam", b"ple"]).unwrap().normalised(), sample().normalised());
    for verifier in verifiers() {
        for signature in [sample(), sample().normalised()] {
            assert_eq!(verifier.verify(&public(), &[b"sample"], &signature), Ok(()));
        }
        let wrong = verifier.verify(&public(), &[b"Sample"], &sample());
        assert_eq!(wrong, Err(Error::SignatureWrong), "{}", verifier.engine_name());
    }
}

#[test]
fn every_signer_satisfies_every_verifier_over_any_parts() {
    let message: Vec<u8> = (0..=255).cycle().take(700).collect();
    for seed in 1..20_u8 {
        for signer in signers(&[seed; 32]) {
            let mut signer = signer.unwrap();
            let cut = usize::from(seed) * 36;
            let (front, back) = message.split_at(cut);
            let signature = signer.sign(&[front, &[], back]).unwrap();
            for verifier in verifiers() {
                let names = (signer.engine_name(), verifier.engine_name());
                let key = signer.public_key();
                assert!(verifier.accepts(&key));
                assert_eq!(verifier.verify(&key, &[&message], &signature), Ok(()), "{names:?}");
                let bytes: Vec<&[u8]> = message.chunks(7).collect();
                assert_eq!(verifier.verify(&key, &bytes, &signature.normalised()), Ok(()));
            }
        }
    }
}

#[test]
fn signatures_of_one_message_differ() {
    for signer in signers(&[5; 32]) {
        let mut signer = signer.unwrap();
        assert_ne!(signer.sign(&[b"once"]).unwrap(), signer.sign(&[b"once"]).unwrap());
    }
}

#[test]
fn refuses_every_flipped_bit_of_key_and_signature() {
    let mut signer = HostSigner::from_secret(&[3; 32]).unwrap();
    let key = signer.public_key();
    let signature = signer.sign(&[b"message"]).unwrap();
    let flipped = |bytes: &[u8; 64], bit: usize| {
        let mut bytes = *bytes;
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let [fast, portable] = verifiers();
    for bit in 0..512 {
        let bad = Signature::from_bytes(flipped(signature.as_bytes(), bit));
        assert_eq!(fast.verify(&key, &[b"message"], &bad), Err(Error::SignatureWrong));
        let bad = PublicKey::from_xy(flipped(key.as_xy(), bit));
        assert_eq!(fast.accepts(&bad), portable.accepts(&bad));
        let verdict = fast.verify(&bad, &[b"message"], &signature);
        assert_eq!(verdict, portable.verify(&bad, &[b"message"], &signature));
        assert!(verdict.is_err());
    }
}

#[test]
fn refuses_the_same_scalars_and_points() {
    let order: [u8; 32] = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut one = [0; 32];
    one[31] = 1;
    let mut last = order;
    last[31] -= 1;
    let scalars: [(&[u8], Result<(), Error>); 8] = [
        (&[], Err(Error::KeyLength)),
        (&[1; 31], Err(Error::KeyLength)),
        (&[1; 33], Err(Error::KeyLength)),
        (&[0; 32], Err(Error::KeyInvalid)),
        (&order, Err(Error::KeyInvalid)),
        (&[0xff; 32], Err(Error::KeyInvalid)),
        (&one, Ok(())),
        (&last, Ok(())),
    ];
    for (scalar, expected) in scalars {
        for signer in signers(scalar) {
            assert_eq!(signer.map(|_| ()), expected, "{scalar:?}");
        }
    }
    for verifier in verifiers() {
        for bad in [[0; 64], [0xff; 64], [4; 64]] {
            let bad = PublicKey::from_xy(bad);
            assert!(!verifier.accepts(&bad));
            let verdict = verifier.verify(&bad, &[b""], &sample());
            assert_eq!(verdict, Err(Error::EngineFailed), "{}", verifier.engine_name());
        }
    }
}

#[test]
fn more_keys_than_a_thread_remembers_and_none_is_taken_for_another() {
    let verifier = HostVerifier::new();
    let signed: Vec<_> = (1..40_u8)
        .map(|seed| {
            let mut signer = HostSigner::from_secret(&[seed; 32]).unwrap();
            (signer.public_key(), signer.sign(&[b"hello"]).unwrap())
        })
        .collect();
    for (i, (key, _)) in signed.iter().enumerate() {
        for (j, (_, signature)) in signed.iter().enumerate() {
            let verdict = verifier.verify(key, &[b"hello"], signature);
            assert_eq!(verdict.is_ok(), i == j, "key {i}, signature {j}");
        }
    }
}

#[test]
fn generates_keys_that_differ() {
    let [one, other] = [(); 2].map(|()| HostSigner::generate().unwrap());
    assert_ne!(one.public_key(), other.public_key());
    assert_eq!(format!("{one:?}"), "HostSigner(…)");
}

#[test]
fn may_be_shared_between_threads() {
    const fn shared<T: Send + Sync + Copy + 'static>() {}
    const fn sent<T: Send + 'static>() {}
    shared::<HostVerifier>();
    sent::<HostSigner>();
}
