//! Making keys from a callback's entropy.

use sealwire_core::{Error, PeerSecret, PortableSigner, PublicKey, SignP256};

use crate::entropy::{Source, sealwire_entropy};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::raw::{Input, Span, disjoint, reference};

/// Bytes of a peer secret, for level 4.
pub const SEALWIRE_SECRET_SIZE: usize = 32;
/// Bytes of a P-256 private key, for level 5.
pub const SEALWIRE_PRIVATE_KEY_SIZE: usize = 32;
/// Bytes of a P-256 public key: x ‖ y, big-endian.
pub const SEALWIRE_PUBLIC_KEY_SIZE: usize = 64;

const _: () = assert!(SEALWIRE_SECRET_SIZE == PeerSecret::LEN);
const _: () = assert!(SEALWIRE_PUBLIC_KEY_SIZE == PublicKey::LEN);

/// Makes a peer secret of SEALWIRE_SECRET_SIZE bytes, for two modules or the members of a group.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. The caller wipes
/// `out` when it is stored. Returns 0, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
/// misuse of pointers. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_generate_secret(
    entropy: *const sealwire_entropy,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let generate = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let mut source = Source::new(unsafe { reference(entropy) }?)?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[Span::of_one(entropy)])?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(SEALWIRE_SECRET_SIZE) }?;
        let secret = PeerSecret::generate(&mut source)?;
        // SAFETY: as above, and apart from all else.
        unsafe { out.fill(secret.secret_bytes()) };
        Ok(())
    };
    status(generate())
}

/// Makes a P-256 private key of SEALWIRE_PRIVATE_KEY_SIZE bytes, big-endian. Its public half
/// comes from sealwire_public_key.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. The caller wipes
/// `out` when it is stored. Returns 0, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_BUFFER_TOO_SMALL, or
/// misuse of pointers. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_generate_private_key(
    entropy: *const sealwire_entropy,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let generate = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let mut source = Source::new(unsafe { reference(entropy) }?)?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[Span::of_one(entropy)])?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(SEALWIRE_PRIVATE_KEY_SIZE) }?;
        let signer = PortableSigner::generate(&mut source)?;
        // SAFETY: as above, and apart from all else.
        unsafe { out.fill(signer.secret_bytes().secret_bytes()) };
        Ok(())
    };
    status(generate())
}

/// Derives the public half of a P-256 private key: x ‖ y, SEALWIRE_PUBLIC_KEY_SIZE bytes.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse of
/// pointers. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_public_key(
    private_key: *const u8,
    private_key_len: usize,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let derive = || -> Result<(), Error> {
        let private_key = Input::new(private_key, private_key_len)?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[private_key.span])?;
        // SAFETY: readable by the caller's word, apart from the output.
        let signer = PortableSigner::from_secret(unsafe { private_key.read() })?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(SEALWIRE_PUBLIC_KEY_SIZE) }?;
        // SAFETY: as above, and apart from all else.
        unsafe { out.fill(signer.public_key().as_xy()) };
        Ok(())
    };
    status(derive())
}
