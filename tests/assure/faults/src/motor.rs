//! What the images share: the motor, the buffers.

use core::panic::PanicInfo;

/// So many bytes, and room for them.
#[repr(C)]
pub struct Buffer<const N: usize> {
    pub len: u32,
    pub bytes: [u8; N],
}

impl<const N: usize> Buffer<N> {
    pub const EMPTY: Self = Self { len: 0, bytes: [0; N] };
}

/// The motor turns.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn acted(payload: *const u8, len: usize) {
    core::hint::black_box((payload, len));
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {
        // SAFETY: an undefined instruction: the emulator stops, a core resets.
        unsafe { core::arch::asm!("udf #0") }
    }
}
