//! Any bytes as an attached and as a detached frame: no crash, no acceptance above level 3, and
//! both forms are read alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::*;

fuzz_target!(|data: &[u8]| {
    let requirement = Requirement::at_least(Level::None, context(), &AnyPeer).allow_groups();
    let mut validator = receiver(Restart::FreshKeys).unwrap();
    let checked = validator.check(data, &requirement, now()).is_ok();
    let verdict = validator.validate(data, &requirement, now());
    assert_eq!(checked, verdict.is_ok(), "check and validate agree");
    if let Ok(accepted) = &verdict {
        assert!(accepted.level() < Level::Hmac, "a fuzzer can't make a tag");
    }
    let Ok(frame) = Frame::parse(data) else { return };
    let (payload, tag) = (frame.metadata().payload_len(), frame.tag().len());
    let metadata = data.len() - payload - tag;
    let form = [&data[..metadata], &data[metadata + payload..]].concat();
    let detached = Frame::parse_detached(&form, &data[metadata..metadata + payload]).unwrap();
    assert_eq!(detached.metadata(), frame.metadata());
    assert_eq!(detached.tag(), frame.tag());
});
