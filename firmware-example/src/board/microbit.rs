//! BBC micro:bit (nRF51822, Cortex-M0 at 16 MHz), as QEMU's `microbit`: the smallest core that
//! level 4 runs on.

use core::cell::Cell;
use core::ptr::with_exposed_provenance_mut;

use cortex_m::peripheral::{SCB, SYST, syst::SystClkSource};
use cortex_m_rt::exception;
use critical_section::Mutex;

pub use cortex_m_rt::entry;

/// [`stopwatch`] counts µs; instructions are not measured here.
pub const INSTRUCTIONS_PER_STEP: u32 = 1;

const STEPS_PER_MS: u32 = 16_000;

// nRF51 Series Reference Manual, chapter 29.
const START_RX: usize = 0x4000_2000;
const START_TX: usize = 0x4000_2008;
const RX_READY: usize = 0x4000_2108;
const TX_READY: usize = 0x4000_211c;
const ENABLE: usize = 0x4000_2500;
const RX: usize = 0x4000_2518;
const TX: usize = 0x4000_251c;
const BAUD_RATE: usize = 0x4000_2524;
const BAUD_115200: u32 = 0x01d7_e000;

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
    write(BAUD_RATE, BAUD_115200);
    write(ENABLE, 4);
    write(START_RX, 1);
    write(START_TX, 1);
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
    if read(RX_READY) == 0 {
        return None;
    }
    write(RX_READY, 0);
    let [byte, ..] = read(RX).to_le_bytes();
    Some(byte)
}

/// Sends a byte; waits until it is out.
pub fn uart_write(byte: u8) {
    write(TX, byte.into());
    while read(TX_READY) == 0 {}
    write(TX_READY, 0);
}

/// µs, rising.
pub fn stopwatch() -> u32 {
    let [a, b, c, d, ..] = micros().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
