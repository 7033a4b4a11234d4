//! The board: all that isn't portable, and all the `unsafe` of this example.
//!
//! Each target has one file with the same functions: `init`, `micros`, `idle`, `reset`,
//! `uart_read`, `uart_write`, `stopwatch`. A clock, random bytes and storage are lent by the host,
//! over [`semihosting`]; what a real board puts there stands at [`Clock`], [`BoardEntropy`] and
//! [`Flash`].

pub mod semihosting;
pub mod stack;

#[cfg(feature = "log")]
mod log;
#[cfg(all(feature = "small", target_arch = "arm"))]
mod memory;

#[cfg_attr(all(target_arch = "arm", target_abi = "eabihf"), path = "mps2_an386.rs")]
#[cfg_attr(all(target_arch = "arm", target_abi = "eabi"), path = "microbit.rs")]
#[cfg_attr(target_arch = "riscv32", path = "virt.rs")]
mod this;

use sealwire::{Entropy, Error, Timestamp};

pub use this::*;

/// The time of day.
///
/// A real board: its RTC, set over a link that is authenticated and kept by a battery;
/// or time learned from a module that is trusted for it, plus the ticks since then;
/// or none at all: then hand in `None`, and use keys that are `counter_only()`.
#[derive(Default)]
pub struct Clock {
    second: Timestamp,
    since: u64,
}

impl Clock {
    /// Now. The host tells whole seconds; the tick fills in.
    pub fn now(&mut self) -> Option<Timestamp> {
        let second = semihosting::seconds();
        let micros = this::micros();
        if second != self.second {
            self.second = second;
            self.since = micros;
        }
        Some(second.saturating_add(micros.saturating_sub(self.since).min(999_999)))
    }
}

/// Random bytes.
///
/// A real board: the chip's TRNG (nRF52: RNG with bias correction; STM32: RNG, with its error
/// flags looked at), conditioned as its manual says; where it may stop, `Error::NoEntropy`.
/// Without a TRNG leave signatures deterministic: they need none.
pub struct BoardEntropy;

impl Entropy for BoardEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        semihosting::random(out).then_some(()).ok_or(Error::NoEntropy)
    }
}

/// A few bytes that survive a reset.
///
/// A real board: two flash pages of their own, or an EEPROM or FRAM; `write` returns when the
/// bytes are read back as written, since a border that is not yet stored must not be used.
/// Keys belong where the debugger and a second image can't read: a protected page, a TEE.
pub struct Flash(semihosting::File);

impl Flash {
    /// The host's file that QEMU was given as `flash=PATH`.
    #[must_use]
    pub fn open() -> Option<Self> {
        let mut room = [0; 256];
        let path = semihosting::argument("flash", &mut room)?;
        semihosting::File::updating(path).map(Self)
    }

    /// Reads all of `out` from `place` on.
    pub fn read(&mut self, place: usize, out: &mut [u8]) -> bool {
        self.0.seek(place) && self.0.read(out) == out.len()
    }

    /// Writes `bytes` to `place`.
    pub fn write(&mut self, place: usize, bytes: &[u8]) -> bool {
        self.0.seek(place) && self.0.write(bytes)
    }
}

/// The core can't panic, and this example has nothing to say if it did.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
