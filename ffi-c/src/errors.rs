//! Statuses and what they are called. The table is the core's; here its strings get the NUL
//! that C expects, at compile time.

use core::ffi::c_char;

use sealwire_core::{Class, Error};

/// The status of a success.
pub const SEALWIRE_OK: i32 = 0;

/// Class of SEALWIRE_OK.
pub const SEALWIRE_CLASS_OK: i32 = 0;
/// The bytes are not what the protocol writes.
pub const SEALWIRE_CLASS_MALFORMED: i32 = 1;
/// Too old, too new, or seen before.
pub const SEALWIRE_CLASS_STALE: i32 = 2;
/// Nobody known proved to have sent it.
pub const SEALWIRE_CLASS_UNAUTHENTICATED: i32 = 3;
/// Proven or not, it is not allowed here.
pub const SEALWIRE_CLASS_FORBIDDEN: i32 = 4;
/// This side can't decide or act now: no clock, no room, no key left.
pub const SEALWIRE_CLASS_UNAVAILABLE: i32 = 5;
/// The program called wrongly; no message is to blame.
pub const SEALWIRE_CLASS_MISUSE: i32 = 6;
/// Class of a number that is no error of this library.
pub const SEALWIRE_CLASS_UNKNOWN: i32 = -1;

/// A result as C has it.
#[inline]
pub(crate) fn status(result: Result<(), Error>) -> i32 {
    match result {
        Ok(()) => SEALWIRE_OK,
        Err(error) => i32::from(error.number()),
    }
}

/// The error with this status, if there is one.
pub(crate) fn error_of(status: i32) -> Option<Error> {
    Error::from_number(u16::try_from(status).ok()?)
}

/// All errors' texts of one kind, one after the other, each with a NUL behind it.
macro_rules! with_nuls {
    ($text:ident) => {{
        const LEN: usize = {
            let (mut len, mut errors) = (0_usize, Error::ALL);
            while let [error, rest @ ..] = errors {
                len = len.wrapping_add(error.$text().len()).wrapping_add(1);
                errors = rest;
            }
            len
        };
        static JOINED: [u8; LEN] = {
            let mut joined = [0; LEN];
            let (mut place, mut errors) = (joined.as_mut_slice(), Error::ALL);
            while let [error, rest @ ..] = errors {
                let text = error.$text().as_bytes();
                let (own, after) = place.split_at_mut(text.len());
                own.copy_from_slice(text);
                // The NUL is there already.
                let Some((_, after)) = after.split_first_mut() else {
                    break;
                };
                place = after;
                errors = rest;
            }
            joined
        };
        JOINED.as_slice()
    }};
}

/// Where the text of `error` begins among `joined`. Only these are looked at, so that the core's
/// own copies of the texts aren't linked.
fn find(joined: &'static [u8], error: Error) -> *const c_char {
    let mut rest = joined;
    for other in Error::ALL {
        if *other == error {
            break;
        }
        let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
        rest = rest.get(end..).and_then(|rest| rest.split_first()).map_or(&[], |(_, rest)| rest);
    }
    rest.as_ptr().cast()
}

/// The name of a status, for logs: "TAG_WRONG", "OK" for 0, "UNKNOWN" for no status of ours.
///
/// Returns a string that ends with a NUL and is never freed, never null. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_error_name(status: i32) -> *const c_char {
    match error_of(status) {
        Some(error) => find(with_nuls!(name), error),
        None if status == SEALWIRE_OK => c"OK".as_ptr(),
        None => c"UNKNOWN".as_ptr(),
    }
}

/// One sentence about a status, for a person.
///
/// Returns a string that ends with a NUL and is never freed, never null. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_error_sentence(status: i32) -> *const c_char {
    match error_of(status) {
        Some(error) => find(with_nuls!(sentence), error),
        None if status == SEALWIRE_OK => c"Success.".as_ptr(),
        None => c"This is no status of this library.".as_ptr(),
    }
}

/// What a caller does about a status: one of SEALWIRE_CLASS_….
///
/// Over the wire goes at most the class, and only to a peer whose tag verified. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_error_class(status: i32) -> i32 {
    if status == SEALWIRE_OK {
        return SEALWIRE_CLASS_OK;
    }
    error_of(status).map_or(SEALWIRE_CLASS_UNKNOWN, |error| match error.class() {
        Class::Malformed => SEALWIRE_CLASS_MALFORMED,
        Class::Stale => SEALWIRE_CLASS_STALE,
        Class::Unauthenticated => SEALWIRE_CLASS_UNAUTHENTICATED,
        Class::Forbidden => SEALWIRE_CLASS_FORBIDDEN,
        Class::Unavailable => SEALWIRE_CLASS_UNAVAILABLE,
        Class::Misuse => SEALWIRE_CLASS_MISUSE,
        _ => SEALWIRE_CLASS_UNKNOWN,
    })
}

/// The name of a class in lower case: "stale"; "ok" and "unknown" for the two without errors.
///
/// Returns a string that ends with a NUL and is never freed, never null. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_class_name(class_number: i32) -> *const c_char {
    match class_number {
        SEALWIRE_CLASS_OK => c"ok",
        SEALWIRE_CLASS_MALFORMED => c"malformed",
        SEALWIRE_CLASS_STALE => c"stale",
        SEALWIRE_CLASS_UNAUTHENTICATED => c"unauthenticated",
        SEALWIRE_CLASS_FORBIDDEN => c"forbidden",
        SEALWIRE_CLASS_UNAVAILABLE => c"unavailable",
        SEALWIRE_CLASS_MISUSE => c"misuse",
        _ => c"unknown",
    }
    .as_ptr()
}
