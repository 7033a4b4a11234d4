//! How deep the stack was: painted with a pattern, and searched for the lowest byte that changed.

unsafe extern "C" {
    /// The first byte above the stack.
    static _stack_start: u32;
    /// The first byte above all statics.
    static __sheap: u32;
}

const PAINT: u32 = 0xa5a5_5a5a;
/// What `paint` and its caller may themselves use.
const MARGIN: usize = 128;

#[inline(always)]
fn pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe {
        #[cfg(target_arch = "arm")]
        core::arch::asm!("mov {}, sp", out(reg) sp, options(nomem, nostack));
        #[cfg(target_arch = "riscv32")]
        core::arch::asm!("mv {}, sp", out(reg) sp, options(nomem, nostack));
    }
    sp
}

/// Paints all that is free below the present depth.
#[inline(never)]
pub fn paint() {
    let mut place = (&raw const __sheap).addr().next_multiple_of(4);
    let end = pointer().saturating_sub(MARGIN);
    while place < end {
        // SAFETY: between the statics and the stack pointer nobody has anything.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(place).write_volatile(PAINT) };
        place += 4;
    }
}

/// The lowest address that was written since `paint`.
fn lowest() -> usize {
    let mut place = (&raw const __sheap).addr().next_multiple_of(4);
    let end = pointer();
    // SAFETY: as above; reading what others may have written there before they returned.
    while place < end
        && unsafe { core::ptr::with_exposed_provenance::<u32>(place).read_volatile() } == PAINT
    {
        place += 4;
    }
    place
}

/// The deepest that the stack has been since `paint`, in bytes.
#[must_use]
pub fn high_water() -> usize {
    (&raw const _stack_start).addr().saturating_sub(lowest())
}

/// Bytes of stack that `run` takes, from call to return.
#[inline(never)]
pub fn depth_of(run: &mut dyn FnMut()) -> usize {
    paint();
    let before = pointer();
    run();
    before.saturating_sub(lowest())
}
