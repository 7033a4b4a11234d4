//! Sealwire beside its floor and its peers: prints what it measured as JSON to a file.
//!
//!     cargo run --release -p sealwire-bench --features peers -- [--quick] [--only AREA] --out FILE
//!
//! `bench/run.py` calls it, adds what other programs measure, and compares with the limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program that measures stops at whatever is wrong"
)]

mod burst;
mod clock;
mod ecdsa;
mod hmac;
#[cfg(feature = "peers")]
mod peers;
mod plant;
mod report;
mod scale;
mod sessions;
mod sizes;

use clock::Effort;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = if quick { 501 } else { 4001 };
    let short = Effort { rounds, round_micros: 100.0 };
    let long = Effort { rounds: rounds / 6, round_micros: 1000.0 };
    let mut report = report::Report::default();
    let wanted = |area: &str| after("--only").is_none_or(|only| only == area);
    if wanted("sizes") {
        sizes::measure(&mut report);
    }
    if wanted("hmac") {
        hmac::measure(&mut report, short);
    }
    if wanted("scale") {
        scale::measure(&mut report, short);
    }
    if wanted("sessions") {
        sessions::measure(&mut report, short);
    }
    if wanted("access") {
        sessions::measure_exchanges(&mut report, long);
        sessions::measure_whole_exchanges(&mut report, long);
    }
    if wanted("ecdsa") {
        ecdsa::measure(&mut report, long);
    }
    if wanted("burst") {
        burst::measure(&mut report, long);
    }
    let json = report.to_json();
    match after("--out") {
        Some(path) => std::fs::write(path, json).expect("the file can be written"),
        None => print!("{json}"),
    }
}
