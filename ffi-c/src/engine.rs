//! P-256 from outside: a secure element, an accelerator, another library, as structs of
//! functions. Range and low s of signatures are the core's business, with every engine.

use core::ffi::c_void;

use sealwire_core::{Error, PublicKey, SignP256, Signature, VerifyP256};

/// What an engine's functions return for yes. No other number means that, also not 0 or 1: an
/// engine that confuses them refuses too much and not too little.
pub const SEALWIRE_ENGINE_YES: i32 = 0x5ea1_900d;
/// What an engine's functions return for no; anything else is a fault (ENGINE_FAILED).
pub const SEALWIRE_ENGINE_NO: i32 = 0x5ea1_0bad;

/// Some bytes: an input among several.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_bytes {
    /// Where they are.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

/// Checks P-256 signatures in the library's place.
///
/// The functions may be called from several threads at once, if frames are checked in several.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_verify_engine {
    /// Handed back to the functions.
    pub user: *mut c_void,
    /// Whether the 64 bytes x ‖ y are a point of the curve: SEALWIRE_ENGINE_YES or _NO. Asked
    /// once per key, at its registration.
    pub accepts: Option<unsafe extern "C" fn(user: *mut c_void, xy: *const u8) -> i32>,
    /// Checks the 64 bytes r ‖ s over SHA-256 of the parts, which follow each other with nothing
    /// between: SEALWIRE_ENGINE_YES or _NO.
    pub verify: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            xy: *const u8,
            parts: *const sealwire_bytes,
            parts_len: usize,
            signature: *const u8,
        ) -> i32,
    >,
}

// SAFETY: plain data that this library only reads; `user` is only handed back.
unsafe impl Sync for sealwire_verify_engine {}

/// Signs with one P-256 key that it holds or knows where to find.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_sign_engine {
    /// Handed back to the functions.
    pub user: *mut c_void,
    /// Writes the 64 bytes x ‖ y of the key's public half. SEALWIRE_ENGINE_YES, or a fault.
    pub public_key: Option<unsafe extern "C" fn(user: *mut c_void, xy: *mut u8) -> i32>,
    /// Signs SHA-256 of the parts, which follow each other with nothing between, and writes the
    /// 64 bytes r ‖ s. SEALWIRE_ENGINE_YES, or a fault. A high s is made low by the library.
    pub sign: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            parts: *const sealwire_bytes,
            parts_len: usize,
            signature: *mut u8,
        ) -> i32,
    >,
}

/// The most parts that the core hands to an engine, and some more.
pub(crate) const PARTS: usize = 16;

/// A message's parts as C has them, without the empty ones.
struct Parts {
    parts: [sealwire_bytes; PARTS],
    len: usize,
}

impl Parts {
    fn new(message: &[&[u8]]) -> Result<Self, Error> {
        let mut parts = [sealwire_bytes { data: core::ptr::null(), len: 0 }; PARTS];
        let mut len = 0_usize;
        for part in message.iter().filter(|part| !part.is_empty()) {
            *parts.get_mut(len).ok_or(Error::EngineFailed)? =
                sealwire_bytes { data: part.as_ptr(), len: part.len() };
            len = len.wrapping_add(1);
        }
        Ok(Self { parts, len })
    }
}

/// A verifying engine that has all its functions.
pub(crate) struct Verifier {
    user: *mut c_void,
    accepts: unsafe extern "C" fn(*mut c_void, *const u8) -> i32,
    verify: unsafe extern "C" fn(
        *mut c_void,
        *const u8,
        *const sealwire_bytes,
        usize,
        *const u8,
    ) -> i32,
}

// SAFETY: `user` is only handed back; the header says from which threads.
unsafe impl Send for Verifier {}
// SAFETY: as above.
unsafe impl Sync for Verifier {}

impl Verifier {
    /// # Errors
    /// [`Error::NullPointer`].
    pub(crate) fn new(engine: &sealwire_verify_engine) -> Result<Self, Error> {
        Ok(Self {
            user: engine.user,
            accepts: engine.accepts.ok_or(Error::NullPointer)?,
            verify: engine.verify.ok_or(Error::NullPointer)?,
        })
    }
}

impl VerifyP256 for Verifier {
    fn accepts(&self, key: &PublicKey) -> bool {
        // SAFETY: the function was given for this, with this `user`; 64 bytes are behind the pointer.
        unsafe { (self.accepts)(self.user, key.as_xy().as_ptr()) == SEALWIRE_ENGINE_YES }
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        let message = Parts::new(message)?;
        // SAFETY: the function was given for this, with this `user`; lengths are as documented.
        let answer = unsafe {
            (self.verify)(
                self.user,
                key.as_xy().as_ptr(),
                message.parts.as_ptr(),
                message.len,
                signature.as_bytes().as_ptr(),
            )
        };
        match answer {
            SEALWIRE_ENGINE_YES => Ok(()),
            SEALWIRE_ENGINE_NO => Err(Error::SignatureWrong),
            _ => Err(Error::EngineFailed),
        }
    }
}

/// A signing engine that has all its functions, and the public key that it told.
pub(crate) struct Signer {
    user: *mut c_void,
    sign: unsafe extern "C" fn(*mut c_void, *const sealwire_bytes, usize, *mut u8) -> i32,
    public: PublicKey,
}

impl Signer {
    /// # Errors
    /// [`Error::NullPointer`], [`Error::EngineFailed`] if it doesn't tell its public key.
    ///
    /// # Safety
    /// The functions do what the header says.
    pub(crate) unsafe fn new(engine: &sealwire_sign_engine) -> Result<Self, Error> {
        let public_key = engine.public_key.ok_or(Error::NullPointer)?;
        let sign = engine.sign.ok_or(Error::NullPointer)?;
        let mut xy = [0; PublicKey::LEN];
        // SAFETY: the function was given for this, with this `user`; there is room for 64 bytes.
        if unsafe { public_key(engine.user, xy.as_mut_ptr()) } != SEALWIRE_ENGINE_YES {
            return Err(Error::EngineFailed);
        }
        Ok(Self { user: engine.user, sign, public: PublicKey::from_xy(xy) })
    }
}

impl SignP256 for Signer {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&mut self, message: &[&[u8]]) -> Result<Signature, Error> {
        let message = Parts::new(message)?;
        let mut signature = [0; Signature::LEN];
        // SAFETY: the function was given for this, with this `user`; lengths are as documented.
        let answer = unsafe {
            (self.sign)(self.user, message.parts.as_ptr(), message.len, signature.as_mut_ptr())
        };
        match answer {
            SEALWIRE_ENGINE_YES => Ok(Signature::from_bytes(signature)),
            _ => Err(Error::EngineFailed),
        }
    }
}
