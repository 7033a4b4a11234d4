//! P-256 for servers: the core's [`VerifyP256`], [`SignP256`], [`GenerateP256`] and [`AgreeP256`] on
//! verified assembly, with the portable engine where the CPU lacks an instruction.
//!
//! The assembly is that of s2n-bignum, as the crate `graviola` packs it. `aws-lc-rs` is the
//! other way to it. Side by side on one x86-64 machine (Sapphire Rapids guest, two cores, Rust
//! 1.95), 100-byte message, public key parsed before, µs:
//!
//! | | sign | verify | parse a public key | cold build | needs to build |
//! | --- | --- | --- | --- | --- | --- |
//! | `graviola` 0.4.4 | 19.4 | 69.8 | 3.7 | 6 s | Rust |
//! | `aws-lc-rs` 1.19 | 20.3 | 65.3 | 1.2 | 49 s | Rust, a C compiler; on some systems CMake or NASM |
//! | `ring` 0.17 | 21.8 | 69.1 | in verify | | Rust, a C compiler |
//! | `p256` 0.14 with its tables | 65.4 | 255 | in verify | | Rust |
//!
//! `graviola` it is: a verification takes 7 % longer than with `aws-lc-rs`, a signature 5 % less, and
//! the wheel and the C library still build with Rust alone, in an eighth of the time.
//! What speaks against it: it calls itself "very new", and one person keeps it. Hence the pinned
//! version, the portable engine beside it and the same vectors for both. `bench/` measures the
//! four anew.
//!
//! What it leaves to others: the core asks for the range of r and s and for low s, and
//! normalises what is signed. Nonces of signatures are RFC 6979 hedged with 16 bytes of the
//! system's randomness (the engine's own doing); for signatures that repeat, take the core's
//! `PortableSigner`.

mod agree;
mod engine;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod keys;
mod sign;
mod verify;

#[cfg(doc)]
use sealwire::{AgreeP256, GenerateP256, SignP256, VerifyP256};

pub use agree::HostAgreement;
pub use sign::HostSigner;
pub use verify::HostVerifier;
