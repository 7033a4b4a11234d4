//! The system's OpenSSL, with keys and contexts that were set up before.

use std::hint::black_box;
use std::ptr::null;

use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::ecdsa::EcdsaSig;
use openssl::nid::Nid;
use openssl::sha::sha256;

use crate::clock::Job;
use crate::plant::SECRET;

/// `HMAC_CTX`, set back to its key for each message: OpenSSL's fastest way.
pub(crate) fn hmac<'a>(message: &'static [u8]) -> Job<'a> {
    // SAFETY: makes a context or gives null, which is looked at.
    let context = unsafe { openssl_sys::HMAC_CTX_new() };
    assert!(!context.is_null());
    let key_len = i32::try_from(SECRET.len()).unwrap();
    // SAFETY: a live context, 32 bytes of key, a digest that is always there.
    let done = unsafe {
        let digest = openssl_sys::EVP_sha256();
        openssl_sys::HMAC_Init_ex(
            context,
            SECRET.as_ptr().cast(),
            key_len,
            digest,
            null::<openssl_sys::ENGINE>().cast_mut(),
        )
    };
    assert_eq!(done, 1);
    let tag_of = move |message: &[u8]| {
        let mut tag = [0; 32];
        let mut len = 32;
        // SAFETY: the context lives as long as the process; no key and no digest mean those that
        // it has; the message's length is its own and 32 bytes are written to 32.
        let done = unsafe {
            let none = null::<openssl_sys::ENGINE>().cast_mut();
            openssl_sys::HMAC_Init_ex(context, null(), 0, null(), none)
                & openssl_sys::HMAC_Update(context, message.as_ptr(), message.len())
                & openssl_sys::HMAC_Final(context, tag.as_mut_ptr(), &raw mut len)
        };
        assert_eq!(done, 1);
        tag
    };
    let expected = tag_of(message);
    Job::new("verify.openssl", move || {
        assert!(openssl::memcmp::eq(&tag_of(black_box(message)), black_box(&expected)));
    })
}

pub(crate) fn ecdsa<'a>(message: &'static [u8], secret: &[u8], point: &[u8]) -> [Job<'a>; 2] {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let point = EcPoint::from_bytes(&group, point, &mut context).unwrap();
    let scalar = BigNum::from_slice(secret).unwrap();
    let key = EcKey::from_private_components(&group, &scalar, &point).unwrap();
    let public = EcKey::from_public_key(&group, &point).unwrap();
    let signature = EcdsaSig::sign(&sha256(message), &key).unwrap();
    [
        Job::new("verify.openssl", move || {
            assert!(signature.verify(&sha256(black_box(message)), &public).unwrap());
        }),
        Job::new("sign.openssl", move || {
            black_box(EcdsaSig::sign(&sha256(black_box(message)), &key).unwrap());
        }),
    ]
}
