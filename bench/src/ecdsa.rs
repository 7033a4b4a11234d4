//! Level 5 over the bare engine and over aws-lc-rs, which are given a message of the same length
//! in one piece and a key that was parsed before.

use std::cell::RefCell;
use std::hint::black_box;

use crate::clock::{Effort, Job, Timings};
use crate::plant::{self, ECDSA_FRAME, PAYLOAD};
use crate::report::Report;

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let (context, demand, now) = (plant::context(), plant::demand(), plant::now());
    let (mut pump, mut validated_pump) = (plant::ecdsa_sealer(), plant::ecdsa_sealer());
    let mut panel = plant::ecdsa_panel();
    let mut out = [0; ECDSA_FRAME];
    let pool = RefCell::new(Vec::new());
    #[allow(unused_mut, reason = "the peers are a feature")]
    let mut jobs = vec![
        Job::new("seal", || {
            let sealed =
                pump.seal(black_box(&PAYLOAD), black_box(&context), black_box(now), &mut out);
            assert!(black_box(sealed).is_ok());
        }),
        Job::prepared(
            "validate",
            |calls| {
                let mut pool = pool.borrow_mut();
                pool.resize(calls, [0; ECDSA_FRAME]);
                for frame in pool.iter_mut() {
                    validated_pump.seal(&PAYLOAD, &context, now, frame).expect("sealed");
                }
            },
            |_| {
                for frame in pool.borrow().iter() {
                    let accepted =
                        panel.validate(black_box(frame), black_box(&demand), black_box(now));
                    assert!(black_box(accepted).is_ok());
                }
            },
        ),
    ];
    #[cfg(feature = "peers")]
    jobs.extend(crate::peers::ecdsa::jobs());
    let timings = Timings::of(jobs, effort);
    report.times("host.ecdsa", &timings);
    eprintln!("level 5 computes with {}", plant::signer().engine_name());
    if cfg!(feature = "peers") {
        for (job, bare) in [("validate", "verify"), ("seal", "sign")] {
            for (peer, name) in [("graviola", "engine"), ("aws-lc-rs", "aws_lc")] {
                let ratio = timings.ratio(job, &format!("{bare}.{peer}"));
                report.metric(&format!("host.ecdsa.{job}_64B.{name}_ratio"), ratio, "ratio");
            }
        }
    }
}
