//! Sealwire for C. Converts and calls: every rule of the protocol is the core's.
//!
//! `include/sealwire.h` is generated from this crate, its comments too, by
//! `cargo run -p sealwire-tools -- header`; what is common to many functions (objects that
//! know their address, lengths, overlap) is decided in `object.rs` and `raw.rs`.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, reason = "types have the names that C sees")]
// The safety conditions of all functions are the header's: pointers that are valid for what
// their length says, or null. Null, absurd and overlapping ones are refused.
#![allow(clippy::missing_safety_doc, reason = "the same for all, and stated in the header's essay")]

#[cfg(not(any(feature = "freestanding", target_os = "none")))]
extern crate std;

pub mod access;
pub mod agreement;
pub mod audit;
pub mod burst;
pub mod check;
pub mod context;
pub mod engine;
pub mod entropy;
pub mod errors;
mod fixed;
pub mod host;
pub mod id;
pub mod inspect;
pub mod keys;
mod object;
#[cfg(any(feature = "freestanding", target_os = "none"))]
mod panic;
pub mod policy;
mod raw;
pub mod register;
pub mod requirement;
pub mod result;
pub mod seal;
pub mod sealer;
pub mod signer;
pub mod stream;
pub mod time;
pub mod validate;
pub mod validator;
pub mod version;
pub mod wipe;
pub mod x509;
