//! Whether work per frame grows with the number of peers: ten of them send in turn, to a panel
//! that knows ten and to one that knows 100,000.

use std::cell::RefCell;
use std::hint::black_box;

use sealwire::{KeyId, ModuleId, PeerKey, Sealer, TagLength};

use crate::clock::{Effort, Job, Timings};
use crate::plant::{self, HMAC_FRAME, PAYLOAD, Panel};
use crate::report::Report;

const MANY: u32 = 100_000;
const ACTIVE: u32 = 10;

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let few: Vec<u32> = (0..ACTIVE).collect();
    // The same number out of the many, spread over them.
    let spread: Vec<u32> = (0..ACTIVE).map(|i| i * (MANY / ACTIVE) + 7 * i).collect();
    let (mut small, mut large) = (panel(ACTIVE), panel(MANY));
    let (mut few, mut spread) = (sealers(&few), sealers(&spread));
    let pools = [RefCell::new(Vec::new()), RefCell::new(Vec::new())];
    let jobs = vec![
        Job::prepared(
            "peers_10",
            |n| fill(&pools[0], &mut few, n),
            |_| drain(&mut small, &pools[0]),
        ),
        Job::prepared(
            "peers_100000",
            |n| fill(&pools[1], &mut spread, n),
            |_| drain(&mut large, &pools[1]),
        ),
    ];
    let timings = Timings::of(jobs, effort);
    report.times("host.scale", &timings);
    let ratio = timings.ratio("peers_100000", "peers_10");
    report.metric("host.peers_100000_vs_10.ratio", ratio, "ratio");
}

fn secret(peer: u32) -> sealwire::PeerSecret {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&peer.to_le_bytes());
    plant::secret(&bytes)
}

fn module(peer: u32) -> ModuleId {
    let mut bytes = *b"pump-000000-0000";
    bytes[12..].copy_from_slice(&peer.to_be_bytes());
    ModuleId::new(bytes).expect("an ID")
}

fn id(peer: u32) -> KeyId {
    KeyId(peer.wrapping_mul(0x9e37_79b9) | 0x8000_0000)
}

fn panel(peers: u32) -> Panel {
    let mut panel = plant::stranger(usize::try_from(peers).expect("64 bits"));
    for peer in 0..peers {
        let secret = secret(peer);
        let mut id = id(peer);
        // Two of the many may share a number; the active ten don't.
        while panel.register(&PeerKey::hmac(id, module(peer), &secret, TagLength::Full)).is_err() {
            id = KeyId(id.0.wrapping_add(1) | 0x8000_0000);
        }
    }
    panel
}

fn sealers(peers: &[u32]) -> Vec<Sealer> {
    peers.iter().map(|&i| plant::hmac_sealer_of(id(i), module(i), &secret(i))).collect()
}

fn fill(pool: &RefCell<Vec<[u8; HMAC_FRAME]>>, sealers: &mut [Sealer], calls: usize) {
    let mut pool = pool.borrow_mut();
    pool.resize(calls, [0; HMAC_FRAME]);
    let (context, now) = (plant::context(), plant::now());
    for (i, frame) in pool.iter_mut().enumerate() {
        let turn = i % sealers.len();
        sealers[turn].seal(&PAYLOAD, &context, now, frame).expect("sealed");
    }
}

fn drain(panel: &mut Panel, pool: &RefCell<Vec<[u8; HMAC_FRAME]>>) {
    let (demand, now) = (plant::demand(), plant::now());
    for frame in pool.borrow().iter() {
        let accepted = panel.validate(black_box(frame), &demand, now);
        assert!(black_box(accepted).is_ok());
    }
}
