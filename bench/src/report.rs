//! What was measured, by name, as JSON: `metrics` are the ratios and sizes that have limits,
//! `times` the nanoseconds behind them.

use std::fmt::Write;

use crate::clock::Timings;

/// Grows from area to area.
#[derive(Default)]
pub(crate) struct Report {
    metrics: Vec<(String, f64, &'static str)>,
    times: Vec<(String, f64)>,
}

impl Report {
    pub(crate) fn metric(&mut self, name: &str, value: f64, unit: &'static str) {
        self.metrics.push((name.into(), value, unit));
    }

    /// A size, in bytes.
    pub(crate) fn bytes(&mut self, name: &str, len: usize) {
        let len = u32::try_from(len).expect("a small size");
        self.metric(name, f64::from(len), "bytes");
    }

    /// All times of a run, as `area.job`.
    pub(crate) fn times(&mut self, area: &str, timings: &Timings) {
        for (job, nanos) in timings.medians() {
            self.times.push((format!("{area}.{job}"), nanos));
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let metrics = self.metrics.iter().map(|(name, value, unit)| {
            format!("    \"{name}\": {{\"value\": {value:.4}, \"unit\": \"{unit}\"}}")
        });
        let times = self.times.iter().map(|(name, nanos)| format!("    \"{name}\": {nanos:.1}"));
        let mut json = String::from("{\n");
        for (key, lines) in
            [("metrics", metrics.collect::<Vec<_>>()), ("times", times.collect::<Vec<_>>())]
        {
            let comma = if key == "metrics" { "," } else { "" };
            writeln!(json, "  \"{key}\": {{\n{}\n  }}{comma}", lines.join(",\n"))
                .expect("memory doesn't fail");
        }
        json + "}\n"
    }
}
