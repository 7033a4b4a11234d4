//! A sealed frame, changed: accepted if it is what was sealed, and only then.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::*;

fuzz_target!(|data: &[u8]| {
    let mut original = [0; 128];
    let mut sealer = sealer(5, TagLength::Full);
    let sealed = sealer.seal(b"4.2 bar", &context(), now(), &mut original).unwrap();
    let original = &original[..sealed.len()];
    let frame = changed(original, data);
    let mut validator = receiver(Restart::FreshKeys).unwrap();
    let requirement = Requirement::at_least(Level::Hmac, context(), &AnyPeer);
    let accepted = validator.validate(&frame, &requirement, now()).is_ok();
    assert_eq!(accepted, frame == original);
    if !accepted {
        // What was refused has left no trace that a right frame would meet.
        assert!(validator.validate(original, &requirement, now()).is_ok());
    }
});
