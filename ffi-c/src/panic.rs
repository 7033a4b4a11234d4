//! What happens on a panic, of which the core has none on any input.
//!
//! On bare metal one thing: a call of `sealwire_on_panic`, which this library does not define.
//! A program that links without it contains no code that could panic. On hosts `abort`.

use core::panic::PanicInfo;

#[cfg(target_os = "none")]
#[panic_handler]
fn on_panic(_info: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn sealwire_on_panic() -> !;
    }
    // SAFETY: takes nothing, and the header demands that it doesn't return.
    unsafe { sealwire_on_panic() }
}

#[cfg(not(target_os = "none"))]
#[panic_handler]
fn on_panic(_info: &PanicInfo<'_>) -> ! {
    #[link(name = "c")]
    unsafe extern "C" {
        fn abort() -> !;
    }
    // SAFETY: takes nothing and doesn't return (C11 §7.22.4.1).
    unsafe { abort() }
}
