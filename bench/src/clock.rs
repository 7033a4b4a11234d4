//! Timing several jobs against each other: interleaved, many short rounds, the median of each.
//!
//! Machines change their speed from second to second; jobs that take turns share the weather.
//! Only ratios of one run mean something.

use std::time::Instant;

/// One job: a name, what comes before a round without being timed, and what is timed.
pub(crate) struct Job<'a> {
    name: &'static str,
    prepare: Box<dyn FnMut(u64) + 'a>,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Job<'a> {
    pub(crate) fn new(name: &'static str, run: impl FnMut() + 'a) -> Self {
        Self::prepared(name, |_| {}, run)
    }

    /// `prepare` is told how many calls are to come.
    pub(crate) fn prepared(
        name: &'static str,
        prepare: impl FnMut(u64) + 'a,
        run: impl FnMut() + 'a,
    ) -> Self {
        Self { name, prepare: Box::new(prepare), run: Box::new(run) }
    }
}

/// What a job took: the median over the rounds, in nanoseconds a call.
pub(crate) struct Timing {
    pub(crate) name: &'static str,
    pub(crate) nanos: f64,
}

const ROUNDS: usize = 61;

/// Runs all jobs in turn, each round long enough for the clock (about `round_micros`).
pub(crate) fn compare(jobs: &mut [Job<'_>], round_micros: u64) -> Vec<Timing> {
    let calls: Vec<u64> = jobs.iter_mut().map(|job| calibrate(job, round_micros)).collect();
    let mut samples: Vec<Vec<f64>> = jobs.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((job, calls), samples) in jobs.iter_mut().zip(&calls).zip(&mut samples) {
            samples.push(time(job, *calls));
        }
    }
    jobs.iter()
        .zip(samples)
        .map(|(job, samples)| Timing { name: job.name, nanos: median(samples) })
        .collect()
}

fn calibrate(job: &mut Job<'_>, round_micros: u64) -> u64 {
    let mut calls = 1_u64;
    loop {
        let nanos = time(job, calls);
        let total = nanos * precise(calls);
        if total >= precise(round_micros) * 500.0 {
            let wanted = (precise(round_micros) * 1000.0 / nanos).ceil();
            return if wanted >= 1.0 { truncate(wanted) } else { 1 };
        }
        calls = calls.saturating_mul(2);
    }
}

fn time(job: &mut Job<'_>, calls: u64) -> f64 {
    (job.prepare)(calls);
    let start = Instant::now();
    for _ in 0..calls {
        (job.run)();
    }
    start.elapsed().as_secs_f64() * 1e9 / precise(calls)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

#[allow(clippy::as_conversions, reason = "counts far below 2^53")]
fn precise(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::as_conversions, reason = "a count of calls, far below 2^53")]
fn truncate(count: f64) -> u64 {
    count as u64
}
