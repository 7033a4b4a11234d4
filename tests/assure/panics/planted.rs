//! Two functions that may panic, for the check to find: an index, and one behind a function of
//! the standard library.
#![no_std]
#![no_main]

use core::hint::black_box;

#[unsafe(no_mangle)]
pub extern "C" fn start(place: usize, table: &[u32; 8]) -> u32 {
    black_box(table)[place] + u32::from(*part(black_box(b"bytes"), place).first().unwrap_or(&0))
}

#[inline(never)]
fn part(bytes: &[u8], from: usize) -> &[u8] {
    &bytes[black_box(from)..]
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
