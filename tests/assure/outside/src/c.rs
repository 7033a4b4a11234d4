//! The engines of the shared C library, by the structs that its header shows:
//! `sealwire_portable_verification` and `sealwire_portable_agreement`.
//!
//! The library is loaded from the path that is given, as any program would load it. What HMAC and
//! HKDF are inside of it can't be asked by itself: they are in frames and sessions only.
#![allow(unsafe_code, reason = "calls a C library")]

use std::ffi::{CString, c_char, c_int, c_void};

use sealwire::{AgreeP256, EphemeralKey, Error, PublicKey, SharedSecret, Signature, VerifyP256};

// The system's, which std links.
unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `RTLD_NOW`.
const NOW: c_int = 2;
const YES: i32 = 1_587_646_477;
const NO: i32 = 1_587_612_589;

#[repr(C)]
struct Bytes {
    data: *const u8,
    len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Verification {
    user: usize,
    accepts: unsafe extern "C" fn(usize, *const u8) -> i32,
    verify: unsafe extern "C" fn(usize, *const u8, *const Bytes, usize, *const u8) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Agreement {
    user: usize,
    generate: unsafe extern "C" fn(usize, *const u8, *mut u8) -> i32,
    agree: unsafe extern "C" fn(usize, *const u8, *const u8, *mut u8) -> i32,
}

/// What the library computes with.
pub(crate) struct Library {
    verification: Verification,
    agreement: Agreement,
}

impl Library {
    pub(crate) fn load(path: &str) -> Self {
        let name = |text: &str| CString::new(text).expect("no zero in it");
        // SAFETY: a path, and a flag that there is.
        let library = unsafe { dlopen(name(path).as_ptr(), NOW) };
        assert!(!library.is_null(), "can't load {path}");
        let find = |symbol: &str| {
            // SAFETY: a library that was loaded, and stays.
            let found = unsafe { dlsym(library, name(symbol).as_ptr()) };
            assert!(!found.is_null(), "{path} has no {symbol}");
            found
        };
        // SAFETY: the types that the header gives these two.
        unsafe {
            Self {
                verification: *find("sealwire_portable_verification").cast(),
                agreement: *find("sealwire_portable_agreement").cast(),
            }
        }
    }

    pub(crate) const fn verifier(&self) -> CVerifier {
        CVerifier(self.verification)
    }

    pub(crate) const fn agreement(&self) -> CAgreement {
        CAgreement(self.agreement)
    }
}

/// The struct of functions as an engine.
pub(crate) struct CVerifier(Verification);

impl VerifyP256 for CVerifier {
    fn accepts(&self, key: &PublicKey) -> bool {
        // SAFETY: 64 bytes.
        unsafe { (self.0.accepts)(self.0.user, key.as_xy().as_ptr()) == YES }
    }

    fn verify(&self, key: &PublicKey, parts: &[&[u8]], signature: &Signature) -> Result<(), Error> {
        let parts: Vec<Bytes> =
            parts.iter().map(|part| Bytes { data: part.as_ptr(), len: part.len() }).collect();
        let (xy, rs) = (key.as_xy().as_ptr(), signature.as_bytes().as_ptr());
        // SAFETY: 64 bytes each, and as many parts as is said.
        match unsafe { (self.0.verify)(self.0.user, xy, parts.as_ptr(), parts.len(), rs) } {
            YES => Ok(()),
            NO => Err(Error::SignatureWrong),
            other => panic!("neither yes nor no: {other}"),
        }
    }
}

/// The same for the agreement.
pub(crate) struct CAgreement(Agreement);

impl AgreeP256 for CAgreement {
    fn agree(&self, own: &EphemeralKey, peer: &PublicKey) -> Result<SharedSecret, Error> {
        let mut shared = SharedSecret::new([0; 32]);
        let (secret, xy) = (own.secret_bytes().as_ptr(), peer.as_xy().as_ptr());
        // SAFETY: 32, 64 and 32 bytes.
        match unsafe { (self.0.agree)(self.0.user, secret, xy, shared.as_mut_ptr()) } {
            YES => Ok(shared),
            NO => Err(Error::KeyInvalid),
            other => panic!("neither yes nor no: {other}"),
        }
    }
}
