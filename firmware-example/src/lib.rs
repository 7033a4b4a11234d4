//! What the images of this example share.
//!
//! | module | what it decides |
//! | --- | --- |
//! | [`board`] | registers, tick, clock, entropy, storage: what you replace |
//! | [`plant`] | who is who, what is sent on which channel, where the keys come from |
//! | `engine` | which P-256 signs and verifies |
//! | [`counter`] | how nonces go on after a reset |
//! | [`gate`] | whose frames are commands |
//! | [`line`] | packets on the UART |
//! | [`report`] | what is measured |
//!
//! Nothing here allocates, and nothing but [`board`] contains `unsafe`.
#![no_std]
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "registers, semihosting and the stack's limits")]
pub mod board;
pub mod counter;
#[cfg(feature = "level5")]
pub mod engine;
pub mod gate;
pub mod line;
pub mod plant;
pub mod report;

/// A log line, if the image is built with the feature `log`.
#[cfg(feature = "log")]
#[macro_export]
macro_rules! log {
    ($text:literal $(, $value:expr)*) => {
        defmt::info!($text $(, $value)*)
    };
}

/// A log line, if the image is built with the feature `log`.
#[cfg(not(feature = "log"))]
#[macro_export]
macro_rules! log {
    ($text:literal $(, $value:expr)*) => {{
        $(let _ = &$value;)*
    }};
}
