//! What the host lends over semihosting: time, random bytes, a file as flash, output, an exit.
//!
//! "Semihosting for AArch32 and AArch64" and "RISC-V Semihosting"; the calls are the same.

use core::fmt;

use sealwire::Timestamp;

const OPEN: usize = 0x01;
const CLOSE: usize = 0x02;
const WRITE: usize = 0x05;
const READ: usize = 0x06;
const SEEK: usize = 0x0a;
const TIME: usize = 0x11;
const GET_CMDLINE: usize = 0x15;
const EXIT_EXTENDED: usize = 0x20;
/// fopen's modes `rb`, `r+b` and `wb`, as they are numbered here.
const READING: usize = 1;
const UPDATING: usize = 3;
const WRITING: usize = 5;

const APPLICATION_EXIT: usize = 0x2_0026;

#[inline]
fn call(operation: usize, block: &mut [usize]) -> isize {
    let mut result = operation;
    // SAFETY: a debugger, here QEMU, reads and writes the block, and the buffers that it names,
    // which outlive the call.
    unsafe {
        #[cfg(target_arch = "arm")]
        core::arch::asm!("bkpt #0xab", inout("r0") result, in("r1") block.as_mut_ptr());
        #[cfg(target_arch = "riscv32")]
        core::arch::asm!(
            ".balign 16", // the three must not lie across a page
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") result,
            in("a1") block.as_mut_ptr(),
        );
    }
    result.cast_signed()
}

/// A file of the host.
pub struct File(usize);

impl File {
    /// Opens `path`, which ends in a zero.
    fn open(path: &[u8], mode: usize) -> Option<Self> {
        let (&0, name) = path.split_last()? else {
            return None;
        };
        let handle = call(OPEN, &mut [path.as_ptr().addr(), mode, name.len()]);
        usize::try_from(handle).ok().map(Self)
    }

    /// Opens the file `path`, which ends in a zero, for reading.
    #[must_use]
    pub fn reading(path: &[u8]) -> Option<Self> {
        Self::open(path, READING)
    }

    /// Opens the file `path`, which ends in a zero, for reading and writing. It must be there.
    #[must_use]
    pub fn updating(path: &[u8]) -> Option<Self> {
        Self::open(path, UPDATING)
    }

    /// The host's standard output.
    #[must_use]
    pub fn stdout() -> Option<Self> {
        Self::open(b":tt\0", WRITING)
    }

    /// Goes to `place`, counted from the file's beginning.
    pub fn seek(&mut self, place: usize) -> bool {
        call(SEEK, &mut [self.0, place]) == 0
    }

    /// Reads what fits `out`; gives how many bytes came.
    pub fn read(&mut self, out: &mut [u8]) -> usize {
        let missing = call(READ, &mut [self.0, out.as_mut_ptr().addr(), out.len()]);
        let missing = usize::try_from(missing).unwrap_or(out.len());
        out.len().saturating_sub(missing)
    }

    /// Writes all of `bytes`, or says that it couldn't.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        bytes.is_empty() || call(WRITE, &mut [self.0, bytes.as_ptr().addr(), bytes.len()]) == 0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        call(CLOSE, &mut [self.0]);
    }
}

impl fmt::Write for File {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.write(text.as_bytes()) { Ok(()) } else { Err(fmt::Error) }
    }
}

/// The host's clock, to the second.
#[must_use]
pub fn seconds() -> Timestamp {
    let seconds = usize::from_ne_bytes(call(TIME, &mut []).to_ne_bytes());
    Timestamp::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Fills `out` with the host's random bytes, or says that it couldn't.
pub fn random(out: &mut [u8]) -> bool {
    File::open(b"/dev/urandom\0", READING).is_some_and(|mut source| source.read(out) == out.len())
}

/// What stands after `name=` on QEMU's command line for the program, with a zero behind it.
/// `room` holds the whole line.
#[must_use]
pub fn argument<'a>(name: &str, room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut block = [room.as_mut_ptr().addr(), room.len()];
    if call(GET_CMDLINE, &mut block) != 0 {
        return None;
    }
    // The line ends in a zero; the words on it in a space each.
    let line = room.get_mut(..block[1].saturating_add(1))?;
    for byte in &mut *line {
        if *byte == b' ' {
            *byte = 0;
        }
    }
    line.split_inclusive(|&byte| byte == 0)
        .find_map(|word| word.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

/// Ends QEMU with this exit code.
pub fn exit(code: u8) -> ! {
    loop {
        call(EXIT_EXTENDED, &mut [APPLICATION_EXIT, code.into()]);
    }
}
