//! Timing several jobs against each other: interleaved, many short rounds.
//!
//! Machines change their speed from second to second; jobs that take turns share the weather.
//! A ratio is that of the fastest tenths of the rounds: what disturbs only adds time, and it adds
//! more to some code than to other (a busy neighbour on the same core doesn't slow down a chain of
//! instructions that wait for each other, the floor for one). Only ratios mean something; what is
//! told in nanoseconds is the median over the rounds. The clock is the thread's own CPU time,
//! which stands still while other programs have their turn.

use rustix::time::{ClockId, clock_gettime};

/// One job: what comes before a round without being timed, and what is timed. Both are told
/// how many calls are to be made.
pub(crate) struct Job<'a> {
    name: &'static str,
    prepare: Box<dyn FnMut(usize) + 'a>,
    run: Box<dyn FnMut(usize) + 'a>,
}

impl<'a> Job<'a> {
    /// `call` is timed, in a loop.
    pub(crate) fn new(name: &'static str, mut call: impl FnMut() + 'a) -> Self {
        Self::prepared(name, |_| {}, move |calls| (0..calls).for_each(|_| call()))
    }

    /// For what can be done only once per input: `prepare` makes so many, `run` uses them up.
    pub(crate) fn prepared(
        name: &'static str,
        prepare: impl FnMut(usize) + 'a,
        run: impl FnMut(usize) + 'a,
    ) -> Self {
        Self { name, prepare: Box::new(prepare), run: Box::new(run) }
    }

    fn time(&mut self, calls: usize) -> f64 {
        // Tables that the other jobs pushed out of the caches come back first.
        (self.prepare)(calls.div_ceil(4));
        (self.run)(calls.div_ceil(4));
        (self.prepare)(calls);
        clear_vectors();
        let start = cpu_nanos();
        (self.run)(calls);
        (cpu_nanos() - start) / float(calls)
    }

    /// How many calls fill a round of so many nanoseconds.
    fn calls_for(&mut self, nanos: f64) -> usize {
        let mut calls = 1;
        loop {
            let took = self.time(calls) * float(calls);
            if took >= nanos / 4.0 {
                let wanted = float(calls) * nanos / took;
                return (1..=calls * 8).find(|&n| float(n) >= wanted).unwrap_or(calls * 8);
            }
            calls *= 2;
        }
    }
}

/// How long and how often.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) round_micros: f64,
}

/// Nanoseconds a call, for each round.
pub(crate) struct Timings(Vec<(&'static str, Vec<f64>)>);

impl Timings {
    /// Runs all jobs in turn.
    pub(crate) fn of(mut jobs: Vec<Job<'_>>, effort: Effort) -> Self {
        let nanos = effort.round_micros * 1000.0;
        let calls: Vec<usize> = jobs.iter_mut().map(|job| job.calls_for(nanos)).collect();
        let mut samples: Vec<_> = jobs.iter().map(|job| (job.name, Vec::new())).collect();
        for _ in 0..effort.rounds {
            for ((job, calls), (_, samples)) in jobs.iter_mut().zip(&calls).zip(&mut samples) {
                samples.push(job.time(*calls));
            }
        }
        Self(samples)
    }

    /// `a` over `b`, each undisturbed.
    pub(crate) fn ratio(&self, a: &str, b: &str) -> f64 {
        undisturbed(self.samples(a).to_vec()) / undisturbed(self.samples(b).to_vec())
    }

    /// Nanoseconds a call, of every job.
    pub(crate) fn medians(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().map(|(name, samples)| (*name, median(samples.clone())))
    }

    fn samples(&self, name: &str) -> &[f64] {
        &self.0.iter().find(|(found, _)| *found == name).expect("a job of this run").1
    }
}

/// No job pays for the state in which another left the vector registers: some libraries leave
/// upper halves in use, which slows down all SSE instructions that follow.
fn clear_vectors() {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx") {
        // SAFETY: the CPU has AVX.
        unsafe { core::arch::x86_64::_mm256_zeroupper() }
    }
}

#[allow(clippy::as_conversions, reason = "a minute's nanoseconds, far below 2^53")]
fn cpu_nanos() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// The slowest of the fastest tenth.
fn undisturbed(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 10).copied().expect("a round")
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

#[allow(clippy::as_conversions, reason = "counts far below 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}
