//! Wiping secrets that C itself holds.

use core::ffi::c_void;

use sealwire_core::Error;
use zeroize::Zeroize;

use crate::errors::status;
use crate::raw::Output;

/// Overwrites `len` bytes with zeros, in a way that no compiler leaves out.
///
/// Returns 0, SEALWIRE_ERR_NULL_POINTER or SEALWIRE_ERR_ABSURD_LENGTH. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_wipe(memory: *mut c_void, len: usize) -> i32 {
    let wipe = || -> Result<(), Error> {
        let memory = Output::new(memory.cast::<u8>(), len)?;
        // SAFETY: writable by the caller's word; the only memory of this call.
        unsafe { memory.write() }.zeroize();
        Ok(())
    };
    status(wipe())
}
