//! HMAC-SHA256 of 110 bytes under a key that was set up before.

use std::hint::black_box;

use crate::clock::Job;
use crate::peers::COVERED;
use crate::plant::SECRET;

const MESSAGE: [u8; COVERED] = [0x55; COVERED];

pub(crate) fn jobs<'a>() -> Vec<Job<'a>> {
    #[allow(unused_mut, reason = "OpenSSL is a feature")]
    let mut jobs = vec![rust_crypto(), ring(), aws_lc()];
    #[cfg(feature = "openssl")]
    jobs.push(super::openssl::hmac(&MESSAGE));
    jobs
}

fn rust_crypto<'a>() -> Job<'a> {
    use hmac::{Hmac, KeyInit, Mac};
    let keyed = Hmac::<sha2::Sha256>::new_from_slice(&SECRET).unwrap();
    let tag = keyed.clone().chain_update(MESSAGE).finalize().into_bytes();
    Job::new("verify.hmac", move || {
        let mut mac = keyed.clone();
        mac.update(black_box(&MESSAGE));
        assert!(mac.verify(black_box(&tag)).is_ok());
    })
}

fn ring<'a>() -> Job<'a> {
    use ring::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let tag = hmac::sign(&key, &MESSAGE);
    Job::new("verify.ring", move || {
        assert!(hmac::verify(&key, black_box(&MESSAGE), black_box(tag.as_ref())).is_ok());
    })
}

fn aws_lc<'a>() -> Job<'a> {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
    let tag = hmac::sign(&key, &MESSAGE);
    Job::new("verify.aws-lc-rs", move || {
        assert!(hmac::verify(&key, black_box(&MESSAGE), black_box(tag.as_ref())).is_ok());
    })
}
