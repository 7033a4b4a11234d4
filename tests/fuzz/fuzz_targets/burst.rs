//! A frame of a signed burst, changed: accepted if it is what was written, and only then, with a
//! warm memory of roots and with a cold one.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use sealwire::*;
use sealwire_fuzz::*;

const SCALAR: [u8; 32] = [0x42; 32];

/// Frames of a burst of five, made once.
fn frames() -> &'static [Vec<u8>] {
    static FRAMES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FRAMES.get_or_init(|| {
        let signer = PortableSigner::from_secret(&SCALAR).unwrap();
        let (pump, panel) = (ModuleId::new(PUMP).unwrap(), ModuleId::new(PANEL).unwrap());
        let audience = Audience::Peer(panel);
        let mut sealer =
            Sealer::ecdsa(KeyId(3), pump, audience, signer, NonceStart::Fresh).unwrap();
        let payloads: [&[u8]; 5] = [b"a", b"", b"ccc", b"dddd", b"e"];
        let items = payloads.map(|payload| BurstItem { payload, context: context(), now: now() });
        let mut nodes = vec![[0; 32]; burst_nodes(items.len())];
        let burst = sealer.seal_burst(&items, &mut nodes).unwrap();
        let written = (0..items.len()).map(|index| {
            let mut out = vec![0; burst.frame_len(index).unwrap()];
            let len = burst.write(index, &mut out).unwrap();
            out.truncate(len);
            out
        });
        written.collect()
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let original = &frames()[usize::from(choice) % 5];
    let frame = changed(original, data);
    let slots = [const { Slot::EMPTY }; 2];
    let (pump, panel) = (ModuleId::new(PUMP).unwrap(), ModuleId::new(PANEL).unwrap());
    let public = PortableSigner::from_secret(&SCALAR).unwrap().public_key();
    let mut validator = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots)
        .unwrap()
        .with_bursts(PortableVerifier, [BurstEntry::EMPTY; 2]);
    validator.register(&PeerKey::ecdsa(KeyId(3), pump, public).bursts(100)).unwrap();
    let requirement = Requirement::at_least(Level::DigitalSignature, context(), &AnyPeer);
    if choice & 0x80 != 0 {
        let warm = &frames()[usize::from(choice) % 4 + 1];
        assert!(validator.validate(warm, &requirement, now()).is_ok());
        if warm == original {
            assert!(validator.validate(&frame, &requirement, now()).is_err());
            return;
        }
    }
    let accepted = validator.validate(&frame, &requirement, now()).is_ok();
    assert_eq!(accepted, &frame == original || frames()[..].contains(&frame) && accepted);
});
