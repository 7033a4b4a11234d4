//! Requests for a certificate, written where the key is.

use sealwire_core::{Error, MAX_CERTIFIED_ROLES, MAX_SIGNING_REQUEST, RoleName};

use crate::access::exchange::role_name;
use crate::engine::sealwire_bytes;
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::id::sealwire_id;
use crate::raw::{Span, disjoint, reference};
use crate::signer::{Borrowed, sealwire_signer};
use crate::x509::convert::{apart, parts};

/// The most bytes of a request for a certificate, and the capacity that it asks for.
pub const SEALWIRE_MAX_SIGNING_REQUEST: usize = 768;

const _: () = assert!(SEALWIRE_MAX_SIGNING_REQUEST == MAX_SIGNING_REQUEST);

/// Writes a request for a certificate (PKCS #10, DER) for `module` with these roles, signed by the
/// key that it is for: what `sealwire ca sign` takes. The private key stays with the signer, in
/// memory or in a secure element; sealwire_generate_private_key makes one.
///
/// `roles` are at most SEALWIRE_MAX_CERTIFIED_ROLES names. `*len` becomes the length; `cap` is at
/// least SEALWIRE_MAX_SIGNING_REQUEST, else `*len` becomes that. Returns 0,
/// SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ROLE (also for an empty one),
/// SEALWIRE_ERR_INVALID_ARGUMENT for too many, SEALWIRE_ERR_BUFFER_TOO_SMALL,
/// SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_ENGINE_FAILED, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_write_signing_request(
    module: *const sealwire_id,
    roles: *const sealwire_bytes,
    roles_len: usize,
    signer: *mut sealwire_signer,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let write = || -> Result<(), Error> {
        let place = FixedOutput::new(out, cap, len)?;
        let written = place.spans();
        disjoint(&written, &[Span::of_one(module), Span::of_one(signer)])?;
        // SAFETY: readable by the caller's word.
        unsafe { apart(&written, roles, roles_len) }?;
        // SAFETY: as above, apart from what is written.
        let module = unsafe { reference(module) }?.checked()?;
        // SAFETY: as above.
        let (given, len) =
            unsafe { parts::<MAX_CERTIFIED_ROLES>(roles, roles_len, Error::InvalidArgument) }?;
        let mut names: [RoleName; MAX_CERTIFIED_ROLES] = Default::default();
        for (name, given) in names.iter_mut().zip(given.iter().take(len)) {
            *name = role_name(given)?;
        }
        // SAFETY: nobody else's by the caller's word.
        let mut signer = unsafe { Borrowed::new(signer) }?;
        // SAFETY: writable by the caller's word.
        unsafe { place.is_large_enough(MAX_SIGNING_REQUEST) }?;
        let names = names.get(..len).unwrap_or_default();
        let (bytes, length) = place.parts();
        // SAFETY: writable by the caller's word, apart from all else.
        let bytes = unsafe { bytes.write() };
        let written = sealwire_core::write_signing_request(module, names, &mut signer, bytes)?;
        // SAFETY: as above.
        unsafe { length.set(written) };
        Ok(())
    };
    status(write())
}
