//! Signers: one P-256 key each, in memory or behind an engine, lent to sealers.
//!
//! A program that makes none links no signing: sealers know them by their functions only.

use core::mem::{ManuallyDrop, size_of};

use sealwire_core::{Deterministic, Error, Hedged, PortableSigner, PublicKey, SignP256, Signature};

use crate::engine::{Signer, sealwire_sign_engine};
use crate::entropy::{Source, sealwire_entropy};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::object::{self, Object};
use crate::raw::{Input, Span, disjoint, reference};

/// Bytes of a signer's storage.
pub const SEALWIRE_SIGNER_SIZE: usize = 320;

/// Signs with one P-256 key. Opaque storage of the caller's; see "Objects".
#[repr(C)]
pub struct sealwire_signer {
    /// The library's business.
    pub opaque: [u64; 40],
}

const _: () = assert!(size_of::<sealwire_signer>() == SEALWIRE_SIGNER_SIZE);
const _: () = assert!(object::fits::<Body>());

pub(crate) struct Body {
    /// Points to the signer in `storage`.
    signer: *mut dyn SignP256,
    storage: Storage,
}

#[allow(dead_code, reason = "members say how large and how aligned the place must be")]
union Storage {
    portable: ManuallyDrop<PortableSigner<Deterministic>>,
    hedged: ManuallyDrop<PortableSigner<Hedged<Source>>>,
    external: ManuallyDrop<Signer>,
    #[cfg(feature = "host")]
    host: ManuallyDrop<sealwire_engine_host::HostSigner>,
}

impl Object for Body {
    type Opaque = sealwire_signer;
    const KIND: usize = 0x5169_4e45;
}

impl Drop for Body {
    fn drop(&mut self) {
        // SAFETY: made together with its storage, dropped once.
        unsafe { core::ptr::drop_in_place(self.signer) };
    }
}

/// A signer that a sealer borrowed. Asked for its address each time: one that was destroyed
/// or moved signs nothing.
pub(crate) struct Borrowed(*mut sealwire_signer);

impl Borrowed {
    /// # Errors
    /// As [`object::live`].
    ///
    /// # Safety
    /// The opaque struct is readable as long as the sealer is in use.
    pub(crate) unsafe fn new(signer: *mut sealwire_signer) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        unsafe { object::live::<Body>(signer) }?;
        Ok(Self(signer))
    }
}

impl SignP256 for Borrowed {
    fn public_key(&self) -> PublicKey {
        // SAFETY: `Borrowed::new` demands that the storage stays.
        match unsafe { object::live::<Body>(self.0) } {
            // SAFETY: alive, so its pointer is to the signer in its storage.
            Ok(body) => unsafe { (*(*body).signer).public_key() },
            Err(_) => PublicKey::from_xy([0; PublicKey::LEN]),
        }
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        // SAFETY: `Borrowed::new` demands that the storage stays.
        let body = unsafe { object::live::<Body>(self.0) }?;
        // SAFETY: alive, so its pointer is to the signer in its storage; one call at a time.
        unsafe { (*(*body).signer).sign(message) }
    }
}

/// Puts `made` into a fresh object; `member` is where in the storage it belongs.
///
/// # Safety
/// `size` bytes at `signer` are writable and nobody else's.
pub(crate) unsafe fn install<S: SignP256 + 'static>(
    signer: *mut sealwire_signer,
    size: usize,
    read: &[Span],
    make: impl FnOnce() -> Result<S, Error>,
) -> Result<(), Error> {
    const { assert!(size_of::<S>() <= size_of::<Storage>()) };
    disjoint(&[Span::of_one(signer)], read)?;
    // SAFETY: the caller's word.
    let fresh = unsafe { object::prepare::<Body>(signer, size) }?;
    let made = make()?;
    let body = fresh.body();
    // SAFETY: inside the storage. Every member of the union begins where the union does.
    let place = unsafe { &raw mut (*body).storage }.cast::<S>();
    // SAFETY: as above; `S` is one of the members, so there is room, and it is aligned.
    unsafe { place.write(made) };
    // SAFETY: inside the storage.
    unsafe { (&raw mut (*body).signer).write(place) };
    // SAFETY: both fields are written.
    unsafe { fresh.finish() };
    Ok(())
}

/// Makes a signer from a private key in memory, with deterministic nonces (RFC 6979).
///
/// `size` is `sizeof *signer`. The key is copied; wipe your own. Costs as much as a signature.
/// Returns 0, SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (0, or not below
/// the group order), SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not
/// initialised then. A signer is used by one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_init(
    signer: *mut sealwire_signer,
    size: usize,
    private_key: *const u8,
    private_key_len: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let key = Input::new(private_key, private_key_len)?;
        // SAFETY: the caller's word; the key is apart from the object, as `install` checks first.
        unsafe { install(signer, size, &[key.span], || PortableSigner::from_secret(key.read())) }
    };
    status(init())
}

/// The same with hedged nonces: 32 bytes of entropy go into every signature's nonce beside key
/// and message (RFC 6979 §3.6), so that repeating a message doesn't repeat the computation.
///
/// The entropy's function is copied and must stay callable as long as the signer is in use.
/// Returns and threads as sealwire_signer_init.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_init_hedged(
    signer: *mut sealwire_signer,
    size: usize,
    private_key: *const u8,
    private_key_len: usize,
    entropy: *const sealwire_entropy,
) -> i32 {
    let init = || -> Result<(), Error> {
        let key = Input::new(private_key, private_key_len)?;
        // SAFETY: readable by the caller's word.
        let source = Source::new(unsafe { reference(entropy) }?)?;
        // SAFETY: the caller's word; inputs are apart from the object, as `install` checks first.
        unsafe {
            install(signer, size, &[key.span, Span::of_one(entropy)], || {
                Ok(PortableSigner::from_secret(key.read())?.hedged(source))
            })
        }
    };
    status(init())
}

/// Makes a signer from an engine: a secure element, an accelerator. Asks it for its public key.
///
/// The functions are copied; they and `user` must stay usable as long as the signer. Returns 0,
/// SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not
/// initialised then. A signer is used by one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_init_external(
    signer: *mut sealwire_signer,
    size: usize,
    engine: *const sealwire_sign_engine,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let functions = unsafe { reference(engine) }?;
        // SAFETY: the caller's word; the struct is apart from the object, as `install` checks first.
        unsafe { install(signer, size, &[Span::of_one(engine)], || Signer::new(functions)) }
    };
    status(init())
}

/// The public half of a signer's key: x ‖ y, SEALWIRE_PUBLIC_KEY_SIZE bytes.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_public_key(
    signer: *const sealwire_signer,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(signer) }?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[Span::of_one(signer)])?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(PublicKey::LEN) }?;
        // SAFETY: alive, so its pointer is to the signer in its storage.
        let key = unsafe { (*(*body).signer).public_key() };
        // SAFETY: writable, and apart from all else.
        unsafe { out.fill(key.as_xy()) };
        Ok(())
    };
    status(tell())
}

/// Ends a signer and wipes its storage. Sealers that borrowed it fail from now on.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_signer_destroy(signer: *mut sealwire_signer) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(signer) }?;
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(signer, body) };
        Ok(())
    };
    status(destroy())
}

/// The size of a signer's storage in this library: SEALWIRE_SIGNER_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_signer_size() -> usize {
    SEALWIRE_SIGNER_SIZE
}
