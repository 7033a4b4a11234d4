//! Another Rust library in the same image: with a panic handler and helpers of its own.
#![no_std]

#[panic_handler]
fn on_panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Sums bytes after a copy, so that `memcpy` is needed, and panics above what fits.
///
/// # Safety
/// `bytes` has `len` bytes.
#[no_mangle]
pub unsafe extern "C" fn second_sum(bytes: *const u8, len: usize) -> u32 {
    let mut copy = [0_u8; 256];
    copy[..len].copy_from_slice(unsafe { core::slice::from_raw_parts(bytes, len) });
    copy.iter().map(|byte| u32::from(*byte)).sum::<u32>() / (len as u32)
}
