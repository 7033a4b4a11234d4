//! Level 4 over its floor: three chained SHA-256 compressions, the fewest that a 64-byte payload
//! with a 24-byte context costs on stored states.

use std::cell::RefCell;
use std::hint::black_box;

use crate::clock::{Effort, Job, Timings};
use crate::plant::{self, HMAC_FRAME, PAYLOAD};
use crate::report::Report;

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let (context, demand, now) = (plant::context(), plant::demand(), plant::now());
    let (mut pump, mut validated_pump) = (plant::hmac_sealer(), plant::hmac_sealer());
    let (mut panel, checking) = (plant::hmac_panel(), plant::hmac_panel());
    let mut out = [0; HMAC_FRAME];
    let mut same = [0; HMAC_FRAME];
    let len = plant::hmac_sealer().seal(&PAYLOAD, &context, now, &mut same).expect("sealed").len();
    assert_eq!(len, HMAC_FRAME, "the frame has the lengths that the floor is for");

    let mut state = [1; 8];
    let block = [[3; 64]];
    let pool = RefCell::new(Vec::new());
    #[allow(unused_mut, reason = "the peers are a feature")]
    let mut jobs = vec![
        Job::new("floor", || {
            for _ in 0..3 {
                sha2::block_api::compress256(black_box(&mut state), black_box(&block));
            }
        }),
        Job::new("seal", || {
            let sealed =
                pump.seal(black_box(&PAYLOAD), black_box(&context), black_box(now), &mut out);
            assert!(black_box(sealed).is_ok());
        }),
        Job::new("check", || {
            let checked = checking.check(black_box(&same), black_box(&demand), black_box(now));
            assert!(black_box(&checked).is_ok());
        }),
        Job::prepared(
            "validate",
            |calls| {
                let mut pool = pool.borrow_mut();
                pool.resize(calls, [0; HMAC_FRAME]);
                for frame in pool.iter_mut() {
                    validated_pump.seal(&PAYLOAD, &context, now, frame).expect("sealed");
                }
            },
            |_| {
                for frame in pool.borrow().iter() {
                    let accepted =
                        panel.validate(black_box(frame), black_box(&demand), black_box(now));
                    assert!(black_box(&accepted).is_ok());
                }
            },
        ),
    ];
    #[cfg(feature = "peers")]
    jobs.extend(crate::peers::hmac::jobs());
    let timings = Timings::of(jobs, effort);
    report.times("host.hmac", &timings);
    for job in ["validate", "seal"] {
        let name = format!("host.hmac.{job}_64B.floor_ratio");
        report.metric(&name, timings.ratio(job, "floor"), "ratio");
    }
}
