//! Random bytes from a callback of the caller's: the operating system's, a hardware generator.

use core::ffi::c_void;

use sealwire_core::{Entropy, Error};

/// Where random bytes come from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_entropy {
    /// Handed back to the function.
    pub user: *mut c_void,
    /// Fills `len` bytes at `out` with random bytes fit for keys. Returns 0, or anything else
    /// if it could not; the call that asked then fails with SEALWIRE_ERR_NO_ENTROPY.
    pub fill: Option<unsafe extern "C" fn(user: *mut c_void, out: *mut u8, len: usize) -> i32>,
}

/// A source that has a function.
pub(crate) struct Source {
    user: *mut c_void,
    fill: unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32,
}

impl Source {
    /// # Errors
    /// [`Error::NullPointer`].
    pub(crate) fn new(entropy: &sealwire_entropy) -> Result<Self, Error> {
        Ok(Self { user: entropy.user, fill: entropy.fill.ok_or(Error::NullPointer)? })
    }
}

impl Entropy for Source {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        // SAFETY: the function was given for this, with this `user`.
        match unsafe { (self.fill)(self.user, out.as_mut_ptr(), out.len()) } {
            0 => Ok(()),
            _ => Err(Error::NoEntropy),
        }
    }
}
