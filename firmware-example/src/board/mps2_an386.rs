//! Arm MPS2 AN386: Cortex-M4F at 25 MHz, as QEMU's `mps2-an386`.

use core::cell::Cell;
use core::ptr::with_exposed_provenance_mut;

use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::Mutex;

pub use cortex_m_rt::entry;

/// What one step of [`stopwatch`] is worth under `-icount shift=0`, where an instruction is a ns.
pub const INSTRUCTIONS_PER_STEP: u32 = 40;

const CORE_HZ: u32 = 25_000_000;
const STEPS_PER_MS: u32 = CORE_HZ / 1000;

// CMSDK APB UART 0 and timer 0 (DDI 0479, chapters 4.2 and 4.3).
const UART: usize = 0x4000_4000;
const UART_DATA: usize = UART;
const UART_STATE: usize = UART + 0x04;
const UART_CONTROL: usize = UART + 0x08;
const UART_DIVIDER: usize = UART + 0x10;
const TIMER_CONTROL: usize = 0x4000_0000;
const TIMER_VALUE: usize = 0x4000_0004;
const TIMER_RELOAD: usize = 0x4000_0008;

static MILLIS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

fn write(register: usize, value: u32) {
    // SAFETY: only called with the registers above, which are this board's.
    unsafe { with_exposed_provenance_mut::<u32>(register).write_volatile(value) }
}

fn read(register: usize) -> u32 {
    // SAFETY: as above.
    unsafe { with_exposed_provenance_mut::<u32>(register).read_volatile() }
}

/// Starts UART and tick. Once, at the beginning.
pub fn init() {
    write(UART_DIVIDER, CORE_HZ / 115_200);
    write(UART_CONTROL, 0b11); // transmit and receive
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(STEPS_PER_MS - 1);
        core.SYST.clear_current();
        core.SYST.enable_interrupt();
        core.SYST.enable_counter();
    }
}

#[exception]
fn SysTick() {
    critical_section::with(|token| {
        let millis = MILLIS.borrow(token);
        millis.set(millis.get() + 1);
    });
}

/// µs since [`init`].
#[must_use]
pub fn micros() -> u64 {
    critical_section::with(|token| {
        let mut millis = MILLIS.borrow(token).get();
        let mut left = SYST::get_current();
        if SCB::is_pendst_pending() {
            left = SYST::get_current();
            millis += 1;
        }
        millis * 1000 + u64::from((STEPS_PER_MS - 1 - left) / (STEPS_PER_MS / 1000))
    })
}

/// Sleeps until the next tick.
pub fn idle() {
    cortex_m::asm::wfi();
}

/// Begins anew.
pub fn reset() -> ! {
    SCB::sys_reset()
}

/// The next byte from the line, if one came.
pub fn uart_read() -> Option<u8> {
    let is_full = read(UART_STATE) & 0b10 != 0;
    is_full.then(|| read(UART_DATA).to_le_bytes()[0])
}

/// Sends a byte; waits while the line is busy.
pub fn uart_write(byte: u8) {
    while read(UART_STATE) & 0b01 != 0 {}
    write(UART_DATA, byte.into());
}

/// Steps of the board's 25 MHz timer, rising.
pub fn stopwatch() -> u32 {
    if read(TIMER_CONTROL) == 0 {
        write(TIMER_RELOAD, u32::MAX);
        write(TIMER_VALUE, u32::MAX);
        write(TIMER_CONTROL, 1);
    }
    !read(TIMER_VALUE)
}
