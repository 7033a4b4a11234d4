//! The core's tests, one claim a file, in one program: 24 would compile the same code 24 times.
//! `cargo test -p sealwire FILE::` runs one file's.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::result_large_err,
    reason = "tests may fail"
)]

mod common;

#[cfg(all(feature = "access", feature = "ecdsa"))]
mod access_support;

#[cfg(all(feature = "x509", feature = "ecdsa"))]
mod x509_support;

mod access;
mod access_attacks;
mod access_certified;
mod access_misuse;
mod access_time;
mod access_vectors;
mod access_walk;
mod audit;
mod authenticated_bytes;
mod between;
mod binding;
mod bit_flips;
mod burst;
mod errors;
mod fixed;
mod metadata;
mod printed;
mod properties;
mod register;
mod replay;
mod saved;
mod seal;
mod sizes;
mod stream;
mod threads;
mod time;
mod vectors;
mod x509;
mod x509_flips;
mod x509_vectors;

/// A file that nobody names here would be a test that never runs.
#[test]
fn every_file_is_part_of_this_program() {
    let named = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        assert!(module == "main" || named.contains(&format!("mod {module};")), "{name}");
    }
}
