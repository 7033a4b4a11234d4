//! QEMU's RISC-V board `virt`: UART 16550, CLINT at 10 MHz.

use core::ptr::with_exposed_provenance_mut;

pub use riscv_rt::entry;

/// [`stopwatch`] counts instructions.
pub const INSTRUCTIONS_PER_STEP: u32 = 1;

const STEPS_PER_US: u64 = 10;
const UART_DATA: usize = 0x1000_0000;
const UART_FIFO: usize = 0x1000_0002;
const UART_STATE: usize = 0x1000_0005;
const TIME_LOW: usize = 0x0200_bff8;
const TIME_HIGH: usize = 0x0200_bffc;
const ALARM_LOW: usize = 0x0200_4000;
const ALARM_HIGH: usize = 0x0200_4004;
/// SiFive's test device: power off and reset.
const TEST: usize = 0x0010_0000;
const TEST_RESET: u32 = 0x7777;

fn write(register: usize, value: u32) {
    // SAFETY: only called with the registers above, which are this board's.
    unsafe { with_exposed_provenance_mut::<u32>(register).write_volatile(value) }
}

fn read(register: usize) -> u32 {
    // SAFETY: as above.
    unsafe { with_exposed_provenance_mut::<u32>(register).read_volatile() }
}

fn write_byte(register: usize, value: u8) {
    // SAFETY: as above.
    unsafe { with_exposed_provenance_mut::<u8>(register).write_volatile(value) }
}

fn read_byte(register: usize) -> u8 {
    // SAFETY: as above.
    unsafe { with_exposed_provenance_mut::<u8>(register).read_volatile() }
}

/// Starts the UART's FIFO, and lets the timer wake the core without an interrupt. Once, at the
/// beginning.
pub fn init() {
    write_byte(UART_FIFO, 1);
    // SAFETY: interrupts stay off in `mstatus`, so nothing is called.
    unsafe { riscv::register::mie::set_mtimer() };
}

fn time() -> u64 {
    loop {
        let high = read(TIME_HIGH);
        let low = read(TIME_LOW);
        if high == read(TIME_HIGH) {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// µs since power came.
#[must_use]
pub fn micros() -> u64 {
    time() / STEPS_PER_US
}

/// Sleeps for a millisecond.
pub fn idle() {
    let [a, b, c, d, e, f, g, h] = (time() + 1000 * STEPS_PER_US).to_le_bytes();
    write(ALARM_HIGH, u32::MAX);
    write(ALARM_LOW, u32::from_le_bytes([a, b, c, d]));
    write(ALARM_HIGH, u32::from_le_bytes([e, f, g, h]));
    riscv::asm::wfi();
}

/// Begins anew.
pub fn reset() -> ! {
    loop {
        write(TEST, TEST_RESET);
    }
}

/// The next byte from the line, if one came.
pub fn uart_read() -> Option<u8> {
    let is_there = read_byte(UART_STATE) & 1 != 0;
    is_there.then(|| read_byte(UART_DATA))
}

/// Sends a byte; waits while the line is busy.
pub fn uart_write(byte: u8) {
    while read_byte(UART_STATE) & 0x20 == 0 {}
    write_byte(UART_DATA, byte);
}

/// Instructions that were executed.
#[must_use]
pub fn stopwatch() -> u32 {
    let [a, b, c, d, ..] = riscv::register::minstret::read64().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
