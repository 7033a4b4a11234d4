//! Logs: defmt's frames on the host's standard output. `sealwire-tools defmt ELF` decodes them.
//!
//! A real board: RTT through the debugger (crate `defmt-rtt`), or a second UART.

use core::sync::atomic::{AtomicBool, Ordering};

use super::semihosting::File;

#[defmt::global_logger]
struct Logger;

static TAKEN: AtomicBool = AtomicBool::new(false);
static mut STATE: State = State {
    encoder: defmt::Encoder::new(),
    restore: critical_section::RestoreState::invalid(),
    out: None,
};

struct State {
    encoder: defmt::Encoder,
    restore: critical_section::RestoreState,
    out: Option<File>,
}

fn write(out: &mut Option<File>, bytes: &[u8]) {
    if out.is_none() {
        *out = File::stdout();
    }
    if let Some(file) = out {
        file.write(bytes);
    }
}

// SAFETY: from `acquire` to `release` interrupts are off, and a second `acquire` in between stops
// the program, so that there is one user of the state at a time.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        let restore = unsafe { critical_section::acquire() };
        if TAKEN.load(Ordering::Relaxed) {
            super::semihosting::exit(3);
        }
        TAKEN.store(true, Ordering::Relaxed);
        let state = unsafe { &mut *(&raw mut STATE) };
        state.restore = restore;
        state.encoder.start_frame(|bytes| write(&mut state.out, bytes));
    }

    unsafe fn flush() {}

    unsafe fn release() {
        let state = unsafe { &mut *(&raw mut STATE) };
        state.encoder.end_frame(|bytes| write(&mut state.out, bytes));
        TAKEN.store(false, Ordering::Relaxed);
        unsafe { critical_section::release(state.restore) };
    }

    unsafe fn write(bytes: &[u8]) {
        let state = unsafe { &mut *(&raw mut STATE) };
        state.encoder.write(bytes, |bytes| write(&mut state.out, bytes));
    }
}

defmt::timestamp!("{=u64:us}", super::micros());
