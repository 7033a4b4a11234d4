//! Claim: of a proven frame no bit can be changed, none added and none taken away, attached or
//! detached; what that means at level 3, which proves nothing, stands in a golden file.

use crate::common::*;
use sealwire::*;

use std::fmt::Write;

const PAYLOAD: &[u8] = b"4.2 bar, valve open";

/// Every frame that one bit, one byte fewer or a few more make of `frame`.
fn damaged(frame: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let flips = (0..frame.len() * 8).map(|bit| {
        let mut flipped = frame.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (format!("byte {} bit {}", bit / 8, bit % 8), flipped)
    });
    let cut = (0..frame.len()).map(|len| (format!("first {len}"), frame[..len].to_vec()));
    let tail = (1..=frame.len()).map(|from| (format!("from {from}"), frame[from..].to_vec()));
    let more = (1..=80).flat_map(move |more| {
        [0, 0xff, 0x5a].map(move |byte| {
            let longer = [frame, &vec![byte; more]].concat();
            (format!("{more} more of {byte}"), longer)
        })
    });
    flips.chain(cut).chain(tail).chain(more)
}

/// Offers all damage to `frame` to receivers that would take the whole one; gives how many were
/// tried. Also with the weakest requirement, since a flip may change the level.
fn accepts_no_damage<V: VerifyP256 + Clone, S: SignP256>(
    mut make: impl FnMut() -> Validator<Vec<Slot>, Vec<NonceEntry>, V>,
    mut sealer: Sealer<S>,
) -> usize {
    let mut tried = 0;
    let requirements = [at_least(sealer.level()), at_least(Level::None)];
    let frame = seal(&mut sealer, PAYLOAD, at(0));
    let mut panel = make();
    for (what, bad) in damaged(&frame) {
        for requirement in &requirements {
            let result = panel.validate(&bad, requirement, at(0));
            assert!(result.is_err(), "{what}");
            tried += 1;
        }
    }
    panel.validate(&frame, &requirements[0], at(0)).unwrap();

    let mut form = vec![0; 200];
    let sealed = sealer.seal_detached(PAYLOAD, &topic(), at(0), &mut form).unwrap();
    form.truncate(sealed.len());
    for (what, bad) in damaged(&form) {
        let result = panel.validate_detached(&bad, PAYLOAD, &requirements[1], at(0));
        assert!(result.is_err(), "form: {what}");
        tried += 1;
    }
    for (what, bad) in damaged(PAYLOAD) {
        let result = panel.validate_detached(&form, &bad, &requirements[1], at(0));
        assert!(result.is_err(), "message: {what}");
        tried += 1;
    }
    panel.validate_detached(&form, PAYLOAD, &requirements[0], at(0)).unwrap();
    let accepted = panel.audit().accepted(sealer.level());
    assert_eq!(accepted, 2, "nothing but the two");
    tried
}

/// A receiver that knows the sender in every way there is, so that a changed level finds somebody.
fn panel() -> Receiver {
    let mut panel = receiver(PANEL, Restart::FreshKeys, 16, 64);
    register_hmac(&mut panel, 1, PUMP, 1, |key| key).unwrap();
    let secret = secret(2);
    panel.register(&PeerKey::hmac(KeyId(2), PUMP, &secret, TagLength::Full)).unwrap();
    panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, ToySigner::new(3).public_key())).unwrap();
    panel.register_module(&KnownModule::new(PUMP).timestamps(64)).unwrap();
    panel
}

#[test]
fn no_damage_to_a_short_tag_frame_is_accepted() {
    let tried = accepts_no_damage(panel, hmac_sealer(1, PUMP, PANEL, 1));
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn no_damage_to_a_full_tag_frame_is_accepted() {
    let to = Audience::Peer(PANEL);
    let sealer = Sealer::hmac(KeyId(2), PUMP, to, &secret(2), TagLength::Full, NonceStart::Fresh);
    let tried = accepts_no_damage(panel, sealer.unwrap());
    assert!(tried > 2_000, "{tried}");
}

/// Differences that cancel each other, by sum or by XOR, are differences.
#[test]
fn the_same_bit_flipped_in_two_words_of_a_tag_is_refused() {
    let (to, start) = (Audience::Peer(PANEL), NonceStart::Fresh);
    let full = Sealer::hmac(KeyId(2), PUMP, to, &secret(2), TagLength::Full, start).unwrap();
    for (mut sealer, words) in [(hmac_sealer(1, PUMP, PANEL, 1), 4), (full, 8)] {
        let mut panel = panel();
        let frame = seal(&mut sealer, PAYLOAD, at(0));
        let begin = frame.len() - 4 * words;
        for first in 0..words {
            for second in first + 1..words {
                for bit in 0..32 {
                    let mut bad = frame.clone();
                    for word in [first, second] {
                        bad[begin + 4 * word + bit / 8] ^= 1 << (bit % 8);
                    }
                    let refused = panel.validate(&bad, &at_least(Level::Hmac), at(0));
                    assert_eq!(verdict(refused), Err(Error::TagWrong), "{first} {second} {bit}");
                }
            }
        }
        panel.validate(&frame, &at_least(Level::Hmac), at(0)).unwrap();
    }
}

#[test]
fn no_damage_to_a_signed_frame_is_accepted_by_the_toy() {
    let tried = accepts_no_damage(panel, toy_sealer(3, PUMP, PANEL, 3));
    assert!(tried > 2_000, "{tried}");
}

#[cfg(feature = "ecdsa")]
#[test]
fn no_damage_to_a_signed_frame_is_accepted_by_p256() {
    let signer = PortableSigner::from_secret(&[0x42; 32]).unwrap();
    let public = signer.public_key();
    let make = || {
        let nonces = vec![NonceEntry::EMPTY; 64];
        let mut panel =
            Validator::with_storage(PANEL, Limits::DEFAULT, Restart::FreshKeys, slots(4), nonces)
                .unwrap()
                .with_verifier(PortableVerifier);
        panel.register(&PeerKey::ecdsa(KeyId(3), PUMP, public)).unwrap();
        panel.register_module(&KnownModule::new(PUMP).timestamps(64)).unwrap();
        panel
    };
    let to = Audience::Peer(PANEL);
    let sealer = Sealer::ecdsa(KeyId(3), PUMP, to, signer, NonceStart::Fresh).unwrap();
    let tried = accepts_no_damage(make, sealer);
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn a_high_s_is_refused_though_it_verifies_elsewhere() {
    // n - s of a valid signature: the classic second signature of one message.
    let order: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    ];
    let mut frame = seal(&mut toy_sealer(3, PUMP, PANEL, 3), PAYLOAD, at(0));
    let s = frame.len() - 32;
    let mut borrow = 0;
    for i in (0..32).rev() {
        let difference = i32::from(order[i]) - i32::from(frame[s + i]) - borrow;
        borrow = i32::from(difference < 0);
        frame[s + i] = difference.rem_euclid(256) as u8;
    }
    let rejection = panel().validate(&frame, &at_least(Level::Hmac), at(0)).unwrap_err();
    assert_eq!(rejection.error(), Error::SignatureHighS);
}

#[test]
fn what_damage_does_at_level_3_is_what_the_golden_file_says() {
    let mut text = String::from(
        "# What the validator makes of a level 3 frame with one bit flipped, or cut short.\n\
         # Level 3 proves nothing: what is accepted here anybody can write.\n",
    );
    let mut sealer = Sealer::unproven(Level::Timestamp, PUMP, NonceStart::Fresh).unwrap();
    let frame = seal(&mut sealer, b"4.2", at(0));
    for (what, bad) in damaged(&frame) {
        if what.starts_with("from") || what.contains("more") {
            let result = panel().validate(&bad, &at_least(Level::Timestamp), at(0));
            assert!(result.is_err(), "{what}");
            continue;
        }
        let mut panel = panel();
        let result = panel.validate(&bad, &at_least(Level::Timestamp), at(0));
        let verdict = match &result {
            Ok(accepted) => {
                format!("accepted, nonce {}, {:02x?}", accepted.nonce(), accepted.payload())
            }
            Err(rejection) => rejection.error().name().into(),
        };
        writeln!(text, "{what}: {verdict}").unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/level3_bit_flips.txt");
    if std::env::var_os("SEALWIRE_BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    for (ours, golden) in text.lines().zip(golden.lines()) {
        assert_eq!(ours, golden, "if this is meant, run again with SEALWIRE_BLESS=1");
    }
    assert_eq!(text.lines().count(), golden.lines().count());
}
