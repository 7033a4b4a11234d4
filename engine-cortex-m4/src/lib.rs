//! P-256 for Cortex-M4 and M7 (ARMv7E-M): Emil Lenngren's P256-Cortex-M4, hand-written assembly
//! under the MIT licence, behind the core's traits. Eight times faster to verify and twenty
//! times faster to sign than the portable engine, in a third of its flash.
//!
//! It is an option: building it takes `arm-none-eabi-gcc`, and the assembly is nobody's daily
//! work. What is known of it:
//!
//! | | |
//! | --- | --- |
//! | upkeep | the bindings (`p256-cortex-m4-sys` 0.1.0) and the sources in them are of 2021 and were not changed since; the version is pinned |
//! | tests | its authors ran Wycheproof's vectors on an nRF52840, nRF5340 and MAX32670; here all shared vectors and a comparison with the portable engine run in an emulator |
//! | constant time | promised by its README for valid input: same instructions and same code addresses for every scalar. Table entries are read at addresses that depend on the secret, from RAM. That is without consequence on a Cortex-M4, which has no data cache. **A Cortex-M7 has one:** sign and agree there only with that RAM uncached, or with the portable engine |
//! | not constant time | verification, and the scalar n - 2, as its source says |
//! | proof | none: not verified formally, no audit known |
//! | faults | checks nothing twice; one skipped instruction may make an answer, which the core with `hardened` asks for twice |
//! | registers | uses those of the FPU where the target has one: an RTOS must save s0 to s31 for tasks that call it |
//! | wiping | it leaves intermediate values on the stack below the caller |
//!
//! What it leaves to others is not done here either: the core asks for range and low s, and
//! hashes; nonces are the core's (`sealwire::SignatureNonces`), RFC 6979 or hedged.
#![no_std]

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod agree;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod assembly;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod sign;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod verify;

#[cfg(all(target_arch = "arm", target_os = "none"))]
pub use {agree::CortexM4Agreement, sign::CortexM4Signer, verify::CortexM4Verifier};
