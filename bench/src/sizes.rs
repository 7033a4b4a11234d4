//! What is known without a clock: bytes that frames add, and bytes that a peer takes.

use sealwire::{
    AccessSlot, Audience, BurstEntry, KeyId, ModuleId, NonceEntry, NonceStart, Sealer, Slot,
    TagLength, Timestamp, WINDOW,
};

use crate::plant;
use crate::report::Report;

pub(crate) fn measure(report: &mut Report) {
    report.bytes("ram.validator_slot_bytes", size_of::<Slot>());
    report.bytes("ram.session_slot_bytes", AccessSlot::SESSION_LEN);
    report.bytes("ram.access_slot_bytes", size_of::<AccessSlot>());
    report.bytes("ram.window_nonces", usize::try_from(WINDOW).unwrap_or(usize::MAX));
    report.bytes("ram.burst_entry_bytes", size_of::<BurstEntry>());
    report.bytes("ram.nonce_entry_bytes", size_of::<NonceEntry>());

    // The largest values that each limit is for.
    let start = NonceStart::Reserved { from: (1 << 28) - 2, until: 1 << 28 };
    let usual = (start, Timestamp::from_secs(4_102_444_800), 127);
    let end = NonceStart::Reserved { from: (1 << 63) - 2, until: 1 << 63 };
    let worst = (end, Timestamp::from_micros((1 << 63) - 1).expect("in range"), (1 << 28) - 1);
    let panel = Audience::Peer(ModuleId::new([2; 16]).expect("an ID"));
    let secret = plant::secret(&plant::SECRET);
    for (suffix, (start, now, payload)) in [("", usual), ("_worst", worst)] {
        let id = KeyId(u32::MAX);
        for (name, tag) in [("hmac_16", TagLength::Short), ("hmac_32", TagLength::Full)] {
            let sealer = Sealer::hmac(id, plant::pump(), panel, &secret, tag, start);
            let len = sealer.expect("a sealer").detached_len(payload, Some(now)).expect("a length");
            report.bytes(&format!("frame.{name}{suffix}.overhead_bytes"), len);
        }
        let sealer = Sealer::ecdsa(id, plant::pump(), panel, plant::signer(), start);
        let len = sealer.expect("a sealer").detached_len(payload, Some(now)).expect("a length");
        report.bytes(&format!("frame.ecdsa{suffix}.overhead_bytes"), len);
    }
}
