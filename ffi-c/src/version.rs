//! Which library this is: its version, the ABI's and the protocol's.

use core::ffi::c_char;

use sealwire_core::{Error, PROTOCOL_VERSION};

use crate::errors::status;

/// The version of this header's structs, sizes and functions. Programs and libraries of
/// different ABI versions don't fit each other; it is also the number in the soname.
pub const SEALWIRE_ABI_VERSION: u32 = 0;

/// The version of the protocol: the high four bits of a frame's first byte.
pub const SEALWIRE_PROTOCOL_VERSION: u32 = 1;

const _: () = assert!(PROTOCOL_VERSION == 1);

/// The library's version as text, the same as the crate's and the wheel's, for instance "0.1.0".
///
/// Returns a string that ends with a NUL and is never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The library's ABI version: SEALWIRE_ABI_VERSION of the header that it was built with.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_abi_version() -> u32 {
    SEALWIRE_ABI_VERSION
}

/// Whether header and library belong together; call it once, at the start:
/// `sealwire_check_abi(SEALWIRE_ABI_VERSION)`.
///
/// Returns 0 or SEALWIRE_ERR_ABI_MISMATCH. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_check_abi(header_version: u32) -> i32 {
    status(if header_version == SEALWIRE_ABI_VERSION { Ok(()) } else { Err(Error::AbiMismatch) })
}
