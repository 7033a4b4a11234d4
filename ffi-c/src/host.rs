//! The fastest P-256 of a server: verified assembly, in builds with the feature `host`
//! (`make install` without `ENGINE=portable`). Other builds have the functions too.

use core::ffi::{c_char, c_void};

use sealwire_core::{Error, VerifyP256};
#[cfg(not(feature = "host"))]
use sealwire_core::{PortableAgreement, PortableVerifier};
#[cfg(feature = "host")]
use sealwire_engine_host::{HostAgreement, HostSigner, HostVerifier};

use crate::agreement::{self, sealwire_agree_engine};
use crate::engine::{sealwire_bytes, sealwire_verify_engine};
use crate::errors::status;
use crate::object;
use crate::raw::Input;
use crate::signer::sealwire_signer;
use crate::validator::{Body, sealwire_validator};

/// What verifies: asked of the CPU once.
#[cfg(feature = "host")]
fn verifier() -> &'static dyn VerifyP256 {
    static CHOSEN: std::sync::OnceLock<HostVerifier> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(HostVerifier::new)
}

#[cfg(not(feature = "host"))]
fn verifier() -> &'static dyn VerifyP256 {
    &PortableVerifier
}

/// What agrees: asked of the CPU once.
#[cfg(feature = "host")]
fn agreeing() -> &'static HostAgreement {
    static CHOSEN: std::sync::OnceLock<HostAgreement> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(HostAgreement::new)
}

#[cfg(not(feature = "host"))]
const fn agreeing() -> &'static PortableAgreement {
    &PortableAgreement
}

/// Verifies signatures from now on with the fastest P-256 of this library and this CPU: verified
/// assembly where both have it (x86-64 and aarch64, a library not built with ENGINE=portable),
/// the portable one elsewhere. Both give the same verdicts. Call it before registering signature
/// keys, while no frame is being checked.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_use_host_verifier(validator: *mut sealwire_validator) -> i32 {
    let set = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).engine = Some(verifier()) };
        Ok(())
    };
    status(set())
}

/// The fastest verification of this library and this CPU, as an engine that a call names; see
/// SEALWIRE_HOST_VERIFICATION. The same as the portable one where there is none.
#[unsafe(no_mangle)]
pub static sealwire_host_verification: sealwire_verify_engine = sealwire_verify_engine {
    user: core::ptr::null_mut(),
    accepts: Some(host_accepts),
    verify: Some(host_verify),
};

/// The fastest key agreement of this library and this CPU; see SEALWIRE_HOST_AGREEMENT. The same as
/// the portable one where there is none.
#[unsafe(no_mangle)]
pub static sealwire_host_agreement: sealwire_agree_engine = sealwire_agree_engine {
    user: core::ptr::null_mut(),
    generate: Some(host_generate),
    agree: Some(host_agree),
};

/// # Safety
/// 32 bytes are readable, 64 writable.
unsafe extern "C" fn host_generate(_user: *mut c_void, private_key: *const u8, xy: *mut u8) -> i32 {
    // SAFETY: the caller's word.
    unsafe { agreement::generate(agreeing(), private_key, xy) }
}

/// # Safety
/// 32 and 64 bytes are readable, 32 writable.
unsafe extern "C" fn host_agree(
    _user: *mut c_void,
    private_key: *const u8,
    xy: *const u8,
    shared: *mut u8,
) -> i32 {
    // SAFETY: the caller's word.
    unsafe { agreement::agree(agreeing(), private_key, xy, shared) }
}

/// # Safety
/// 64 bytes are readable.
unsafe extern "C" fn host_accepts(_user: *mut c_void, xy: *const u8) -> i32 {
    // SAFETY: the caller's word.
    unsafe { agreement::accepts(verifier(), xy) }
}

/// # Safety
/// As the header says of an engine's function.
unsafe extern "C" fn host_verify(
    _user: *mut c_void,
    xy: *const u8,
    parts: *const sealwire_bytes,
    parts_len: usize,
    signature: *const u8,
) -> i32 {
    // SAFETY: the caller's word.
    unsafe { agreement::verify(verifier(), xy, parts, parts_len, signature) }
}

/// Makes a signer from a private key in memory for the fastest P-256 of this library and this
/// CPU, with nonces that the operating system's randomness goes into: two signatures of one
/// message differ.
///
/// `size` is `sizeof *signer`. The key is copied; wipe your own. Costs as much as a signature.
/// Returns 0, SEALWIRE_ERR_NO_ENGINE in a library built with ENGINE=portable and on bare metal,
/// SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (0, or not below the group
/// order), SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not initialised then. A
/// signer is used by one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_init_host(
    signer: *mut sealwire_signer,
    size: usize,
    private_key: *const u8,
    private_key_len: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let key = Input::new(private_key, private_key_len)?;
        #[cfg(feature = "host")]
        // SAFETY: the caller's word; the key is apart from the object, as `install` checks first.
        return unsafe {
            crate::signer::install(signer, size, &[key.span], || {
                HostSigner::from_secret(key.read())
            })
        };
        #[cfg(not(feature = "host"))]
        {
            let _ = (signer, size, key);
            Err(Error::NoEngine)
        }
    };
    status(init())
}

/// What sealwire_use_host_verifier, sealwire_signer_init_host and the two host engines compute with
/// here: "graviola" or
/// "p256". Valid as long as the library is loaded.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_host_engine_name() -> *const c_char {
    #[cfg(feature = "host")]
    if HostVerifier::new().engine_name() == "graviola" {
        return c"graviola".as_ptr();
    }
    c"p256".as_ptr()
}
