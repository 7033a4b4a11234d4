//! The RFCs' own examples: 4231 (HMAC), 5869 (HKDF), 6979 (nonces of signatures).

use sealwire::{PortableSigner, SignP256, Signature};

use crate::crypto;
use crate::signatures::{Engine, verdict};
use crate::tally::Tally;

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
        .collect()
}

/// Key, message, tag (RFC 4231 §4.2 to §4.8); the fifth tag is cut to 16 bytes there.
fn hmac_cases() -> [(Vec<u8>, Vec<u8>, &'static str); 7] {
    let long =
        b"This is a test using a larger than block-size key and a larger than block-size data. \
        The key needs to be hashed before being used by the HMAC algorithm."
            .to_vec();
    let counting: Vec<u8> = (1..=25).collect();
    [
        (
            vec![0x0b; 20],
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            vec![0xaa; 20],
            vec![0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            counting,
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (vec![0x0c; 20], b"Test With Truncation".to_vec(), "a3b6167473100ee06e0c796c2955552b"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (vec![0xaa; 131], long, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]
}

/// Salt, IKM, info, length, OKM (RFC 5869 §A.1 to §A.3).
fn hkdf_cases() -> [(Vec<u8>, Vec<u8>, Vec<u8>, usize, &'static str); 3] {
    [
        (
            (0..=12).collect(),
            vec![0x0b; 22],
            (0xf0..=0xf9).collect(),
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            (0x60..=0xaf).collect(),
            (0..=0x4f).collect(),
            (0xb0..=0xff).collect(),
            82,
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![],
            vec![0x0b; 22],
            vec![],
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ]
}

const SCALAR: &str = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
/// RFC 6979 §A.2.5, SHA-256.
const SIGNATURES: [(&str, &str); 2] = [
    (
        "sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        "test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367 019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
];

pub(crate) fn all(engines: &[Engine], tally: &mut Tally) {
    for (id, (key, message, tag)) in (1..).zip(hmac_cases()) {
        let made =
            crypto::hmac_of(&crypto::key_of(&key).expect("no key of 33 to 64 bytes"), &[&message]);
        tally.bytes("rfc 4231", "core", id, made.starts_with(&hex(tag)));
    }
    for (id, (salt, ikm, info, size, okm)) in (1..).zip(hkdf_cases()) {
        let made = crypto::hkdf(&salt, &ikm, &info, size);
        tally.bytes("rfc 5869", "core", id, made == Some(hex(okm)));
    }
    let mut signer = PortableSigner::from_secret(&hex(SCALAR)).expect("the RFC's key");
    for (id, (message, signature)) in (1..).zip(SIGNATURES) {
        let expected =
            Signature::from_bytes(hex(signature).try_into().expect("64 bytes")).normalised();
        let made = signer.sign(&[message.as_bytes()]).expect("no entropy needed").normalised();
        tally.bytes("rfc 6979", "portable", id, made == expected);
        for (engine, verifier) in engines {
            let actual =
                verdict(verifier.as_ref(), &signer.public_key(), message.as_bytes(), &expected);
            tally.case("rfc 6979, verified", engine, id, "valid", actual);
        }
    }
}
