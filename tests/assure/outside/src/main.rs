//! Vectors that others made, against every P-256 engine through the public traits and through the
//! C library's structs of functions, and against the core's SHA-256, HMAC and HKDF, whose source
//! files are compiled in as they stand, since the core shows none of them.
//!
//! Decides: a case counts as passed where verdict or bytes are those of the vector; else it must
//! stand in `divergences.json` with what was expected, what happened and why. An entry there
//! that no longer happens fails too. A case that can't be put to us (a MAC key of 33 to 64
//! bytes, a signature that isn't DER, a compressed point) is counted apart, never as passed.
//!
//!   cargo run -p outside                 Wycheproof and RFCs
//!   cargo run -p outside -- --cavp DIR   also NIST's, from the package cryptography-vectors
//!   cargo run -p outside -- --c LIBRARY  also the engines of a shared C library
//!   cargo run -p outside -- --break      with an engine that takes everything: must fail
#![allow(dead_code, reason = "the core's files bring more than is used here")]

mod c;
mod cavp;
mod crypto;
mod ecdh;
mod macs;
mod rfc;
mod signatures;
mod tally;

use tally::Tally;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_broken = arguments.iter().any(|argument| argument == "--break");
    let after = |option: &str| {
        arguments.iter().position(|argument| argument == option).map(|i| &arguments[i + 1])
    };
    let folder = after("--cavp");
    let library = after("--c").map(|path| c::Library::load(path));
    let engines = signatures::engines(library.as_ref(), is_broken);
    let mut tally = Tally::load();
    signatures::wycheproof(&engines, &mut tally);
    ecdh::wycheproof(&ecdh::engines(library.as_ref(), is_broken), &mut tally);
    macs::hmac(&mut tally);
    macs::hkdf(&mut tally);
    rfc::all(&engines, &mut tally);
    if let Some(folder) = folder {
        cavp::all(std::path::Path::new(folder), &engines, &mut tally);
    }
    std::process::exit(tally.report());
}
