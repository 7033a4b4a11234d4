//! Key agreement over P-256, from outside or the library's own, and the library's own
//! verification in the same form: engines that a call names, so that others link none of it.

use core::ffi::c_void;
use core::ptr;

use sealwire_core::{
    AgreeP256, EphemeralKey, Error, GenerateP256, PortableAgreement, PortableVerifier, PublicKey,
    SharedSecret, Signature, VerifyP256,
};
use zeroize::Zeroizing;

use crate::engine::{
    PARTS, SEALWIRE_ENGINE_NO, SEALWIRE_ENGINE_YES, sealwire_bytes, sealwire_verify_engine,
};
use crate::raw::Input;

/// Makes the ephemeral keys of an exchange and agrees on secrets with them: ECDH over P-256.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_agree_engine {
    /// Handed back to the functions.
    pub user: *mut c_void,
    /// Writes the 64 bytes x ‖ y of the key whose private half is the 32 bytes `private_key`,
    /// big-endian. SEALWIRE_ENGINE_YES; SEALWIRE_ENGINE_NO if that is 0 or not below the group
    /// order, and the library draws another; anything else is a fault.
    pub generate:
        Option<unsafe extern "C" fn(user: *mut c_void, private_key: *const u8, xy: *mut u8) -> i32>,
    /// Writes the 32 bytes of the x coordinate of private half × point, in constant time.
    /// SEALWIRE_ENGINE_YES; SEALWIRE_ENGINE_NO if the 64 bytes x ‖ y are no point of the curve,
    /// which it must look at; anything else is a fault.
    pub agree: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            private_key: *const u8,
            xy: *const u8,
            shared: *mut u8,
        ) -> i32,
    >,
}

// SAFETY: plain data that this library only reads; `user` is only handed back.
unsafe impl Sync for sealwire_agree_engine {}

/// The library's own key agreement, for every target; see SEALWIRE_PORTABLE_AGREEMENT.
#[unsafe(no_mangle)]
pub static sealwire_portable_agreement: sealwire_agree_engine = sealwire_agree_engine {
    user: ptr::null_mut(),
    generate: Some(portable_generate),
    agree: Some(portable_agree),
};

/// The library's own verification, for every target; see SEALWIRE_PORTABLE_VERIFICATION.
#[unsafe(no_mangle)]
pub static sealwire_portable_verification: sealwire_verify_engine = sealwire_verify_engine {
    user: ptr::null_mut(),
    accepts: Some(portable_accepts),
    verify: Some(portable_verify),
};

/// An agreeing engine that has all its functions.
pub(crate) struct Agreement {
    user: *mut c_void,
    generate: unsafe extern "C" fn(*mut c_void, *const u8, *mut u8) -> i32,
    agree: unsafe extern "C" fn(*mut c_void, *const u8, *const u8, *mut u8) -> i32,
}

impl Agreement {
    /// # Errors
    /// [`Error::NullPointer`].
    pub(crate) fn new(engine: &sealwire_agree_engine) -> Result<Self, Error> {
        Ok(Self {
            user: engine.user,
            generate: engine.generate.ok_or(Error::NullPointer)?,
            agree: engine.agree.ok_or(Error::NullPointer)?,
        })
    }
}

impl GenerateP256 for Agreement {
    fn with_seed(&self, seed: &[u8; 32]) -> Result<EphemeralKey, Error> {
        let mut xy = [0; PublicKey::LEN];
        // SAFETY: the function was given for this, with this `user`; lengths are as documented.
        let answer = unsafe { (self.generate)(self.user, seed.as_ptr(), xy.as_mut_ptr()) };
        told(answer)?;
        Ok(EphemeralKey::new(Zeroizing::new(*seed), PublicKey::from_xy(xy)))
    }
}

impl AgreeP256 for Agreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let mut shared = Zeroizing::new([0; 32]);
        let (secret, xy) = (own.secret_bytes().as_ptr(), peer.as_xy().as_ptr());
        // SAFETY: the function was given for this, with this `user`; lengths are as documented.
        told(unsafe { (self.agree)(self.user, secret, xy, shared.as_mut_ptr()) })?;
        Ok(shared)
    }
}

/// What an engine said of a key.
const fn told(answer: i32) -> Result<(), Error> {
    match answer {
        SEALWIRE_ENGINE_YES => Ok(()),
        SEALWIRE_ENGINE_NO => Err(Error::KeyInvalid),
        _ => Err(Error::EngineFailed),
    }
}

/// # Safety
/// 32 bytes are readable, 64 writable.
unsafe extern "C" fn portable_generate(
    _user: *mut c_void,
    private_key: *const u8,
    xy: *mut u8,
) -> i32 {
    // SAFETY: the caller's word.
    unsafe { generate(&PortableAgreement, private_key, xy) }
}

/// # Safety
/// 32 and 64 bytes are readable, 32 writable.
unsafe extern "C" fn portable_agree(
    _user: *mut c_void,
    private_key: *const u8,
    xy: *const u8,
    shared: *mut u8,
) -> i32 {
    // SAFETY: the caller's word.
    unsafe { agree(&PortableAgreement, private_key, xy, shared) }
}

/// An engine's `generate` by one of the library's own.
///
/// # Safety
/// 32 bytes are readable, 64 writable.
pub(crate) unsafe fn generate(
    engine: &impl GenerateP256,
    private_key: *const u8,
    xy: *mut u8,
) -> i32 {
    // SAFETY: the caller's word; bytes have no alignment.
    let seed = unsafe { &*private_key.cast::<[u8; 32]>() };
    match engine.with_seed(seed) {
        Ok(key) => {
            // SAFETY: the caller's word.
            unsafe { xy.cast::<[u8; PublicKey::LEN]>().write(*key.public().as_xy()) };
            SEALWIRE_ENGINE_YES
        }
        Err(Error::KeyInvalid) => SEALWIRE_ENGINE_NO,
        // The two numbers are all that an engine says; a fault is any other.
        Err(_) => 0,
    }
}

/// An engine's `agree` by one of the library's own.
///
/// # Safety
/// 32 and 64 bytes are readable, 32 writable.
pub(crate) unsafe fn agree(
    engine: &impl AgreeP256,
    private_key: *const u8,
    xy: *const u8,
    shared: *mut u8,
) -> i32 {
    // SAFETY: the caller's word; bytes have no alignment.
    let secret = Zeroizing::new(unsafe { *private_key.cast::<[u8; 32]>() });
    // SAFETY: as above.
    let peer = PublicKey::from_xy(unsafe { *xy.cast::<[u8; PublicKey::LEN]>() });
    // The point belongs to the scalar, and agreeing doesn't ask for it.
    match engine.agree(&EphemeralKey::new(secret, peer), &peer) {
        Ok(agreed) => {
            // SAFETY: the caller's word.
            unsafe { shared.cast::<[u8; 32]>().write(*agreed) };
            SEALWIRE_ENGINE_YES
        }
        Err(Error::KeyInvalid) => SEALWIRE_ENGINE_NO,
        // The two numbers are all that an engine says; a fault is any other.
        Err(_) => 0,
    }
}

/// # Safety
/// 64 bytes are readable.
unsafe extern "C" fn portable_accepts(_user: *mut c_void, xy: *const u8) -> i32 {
    // SAFETY: the caller's word.
    unsafe { accepts(&PortableVerifier, xy) }
}

/// # Safety
/// As the header says of an engine's function.
unsafe extern "C" fn portable_verify(
    _user: *mut c_void,
    xy: *const u8,
    parts: *const sealwire_bytes,
    parts_len: usize,
    signature: *const u8,
) -> i32 {
    // SAFETY: the caller's word.
    unsafe { verify(&PortableVerifier, xy, parts, parts_len, signature) }
}

/// # Safety
/// 64 bytes are readable.
pub(crate) unsafe fn accepts(engine: &dyn VerifyP256, xy: *const u8) -> i32 {
    // SAFETY: the caller's word; bytes have no alignment.
    let key = PublicKey::from_xy(unsafe { *xy.cast::<[u8; PublicKey::LEN]>() });
    if engine.accepts(&key) { SEALWIRE_ENGINE_YES } else { SEALWIRE_ENGINE_NO }
}

/// # Safety
/// As the header says of an engine's function.
pub(crate) unsafe fn verify(
    engine: &dyn VerifyP256,
    xy: *const u8,
    parts: *const sealwire_bytes,
    parts_len: usize,
    signature: *const u8,
) -> i32 {
    let check = || -> Result<(), Error> {
        // SAFETY: the caller's word; bytes have no alignment.
        let key = PublicKey::from_xy(unsafe { *xy.cast::<[u8; PublicKey::LEN]>() });
        // SAFETY: as above.
        let bytes = unsafe { *signature.cast::<[u8; Signature::LEN]>() };
        let mut message = [[].as_slice(); PARTS];
        // SAFETY: the caller's word.
        let given = unsafe { Input::new(parts, parts_len)?.read() };
        let places = message.get_mut(..given.len()).ok_or(Error::EngineFailed)?;
        for (place, part) in places.iter_mut().zip(given) {
            // SAFETY: the caller's word.
            *place = unsafe { Input::new(part.data, part.len)?.read() };
        }
        engine.verify(&key, places, &Signature::from_bytes(bytes))
    };
    match check() {
        Ok(()) => SEALWIRE_ENGINE_YES,
        Err(Error::SignatureWrong) => SEALWIRE_ENGINE_NO,
        // The two numbers are all that an engine says; a fault is any other.
        Err(_) => 0,
    }
}
