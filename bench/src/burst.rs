//! 256 frames under one signature, per frame, over one signature of aws-lc-rs.

use std::cell::RefCell;
use std::hint::black_box;

use sealwire::{BurstItem, BurstNode, MAX_BURST, burst_nodes};

use crate::clock::{Effort, Job, Timings};
use crate::plant::{self, PAYLOAD};
use crate::report::Report;

/// Payload and what a burst frame of 256 has beyond it: metadata, shape, path, signature.
const FRAME: usize = 64 + 20 + 2 + 8 * 32 + 64;

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let (context, now) = (plant::context(), plant::now());
    let items = [BurstItem { payload: &PAYLOAD, context, now }; MAX_BURST];
    let mut nodes = [[0; 32]; burst_nodes(MAX_BURST)];
    let mut frames = [[0; FRAME]; MAX_BURST];
    let demand = plant::demand();
    let mut pump = plant::ecdsa_sealer();
    let mut panel = plant::ecdsa_panel();
    let (mut validated_pump, mut other_nodes) = (plant::ecdsa_sealer(), nodes);
    let pool = RefCell::new(Vec::<[[u8; FRAME]; MAX_BURST]>::new());
    #[allow(unused_mut, reason = "the peers are a feature")]
    let mut jobs = vec![
        Job::new("seal", || burst(&mut pump, black_box(&items), &mut nodes, &mut frames)),
        Job::prepared(
            "validate",
            |calls| {
                let mut pool = pool.borrow_mut();
                pool.resize(calls, [[0; FRAME]; MAX_BURST]);
                for frames in pool.iter_mut() {
                    burst(&mut validated_pump, &items, &mut other_nodes, frames);
                }
            },
            |_| {
                for frame in pool.borrow().iter().flatten() {
                    let accepted =
                        panel.validate(black_box(frame), black_box(&demand), black_box(now));
                    assert!(black_box(accepted).is_ok());
                }
            },
        ),
    ];
    #[cfg(feature = "peers")]
    jobs.extend(crate::peers::ecdsa::aws_lc_jobs());
    let timings = Timings::of(jobs, effort);
    report.times("host.burst256", &timings);
    if cfg!(feature = "peers") {
        for (job, bare) in [("seal", "sign"), ("validate", "verify")] {
            let ratio = timings.ratio(job, &format!("{bare}.aws-lc-rs")) / 256.0;
            report.metric(&format!("host.burst256.{job}_per_frame.ecdsa_ratio"), ratio, "ratio");
        }
    }
}

fn burst(
    pump: &mut sealwire::Sealer<sealwire_engine_host::HostSigner>,
    items: &[BurstItem<'_>],
    nodes: &mut [BurstNode],
    frames: &mut [[u8; FRAME]; MAX_BURST],
) {
    let burst = pump.seal_burst(items, nodes).expect("signed");
    for (i, frame) in frames.iter_mut().enumerate() {
        assert_eq!(burst.write(i, frame), Ok(FRAME));
    }
}
