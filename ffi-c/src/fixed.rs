//! Outputs whose size is known before they are written.

use sealwire_core::Error;

use crate::raw::{Output, Place, Span};

/// An output `(uint8_t *out, size_t cap, size_t *len)` of a size that is known before.
pub(crate) struct FixedOutput {
    out: Output<u8>,
    cap: usize,
    len: Place<usize>,
}

impl FixedOutput {
    pub(crate) fn new(out: *mut u8, cap: usize, len: *mut usize) -> Result<Self, Error> {
        Ok(Self { out: Output::new(out, cap)?, cap, len: Place::new(len)? })
    }

    pub(crate) const fn spans(&self) -> [Span; 2] {
        [self.out.span, self.len.span]
    }

    /// # Errors
    /// [`Error::BufferTooSmall`]; the length says what is needed then.
    ///
    /// # Safety
    /// The length is writable.
    pub(crate) unsafe fn is_large_enough(&self, needed: usize) -> Result<(), Error> {
        if self.cap >= needed {
            return Ok(());
        }
        // SAFETY: the caller's word.
        unsafe { self.len.set(needed) };
        Err(Error::BufferTooSmall)
    }

    /// # Safety
    /// Output and length are writable and apart from all else of the call.
    pub(crate) unsafe fn fill(&self, bytes: &[u8]) {
        // SAFETY: the caller's word.
        let out = unsafe { self.out.write() };
        for (place, byte) in out.iter_mut().zip(bytes) {
            *place = *byte;
        }
        // SAFETY: the caller's word.
        unsafe { self.len.set(bytes.len()) };
    }

    /// The whole place, for whoever writes to it directly and then sets the length.
    pub(crate) const fn parts(&self) -> (Output<u8>, Place<usize>) {
        (self.out, self.len)
    }
}
