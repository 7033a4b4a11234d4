//! The module's side of a renewal: which sessions with one granter its validator still knows.

use core::mem::size_of;

use sealwire_core::{Error, HeldSessions, KeyId};

use crate::access::keys::Keys;
use crate::access::session::{self, sealwire_session};
use crate::errors::status;
use crate::object::{self, Object};
use crate::raw::{Place, Span, disjoint, reference};
use crate::result::sealwire_result;
use crate::validator::sealwire_validator;

/// Bytes of the storage for held sessions.
pub const SEALWIRE_HELD_SESSIONS_SIZE: usize = 128;

/// The sessions that a module holds with one granter: the newest two, of which the older ends an
/// overlap after the first frame came under the newer. Opaque storage of the caller's; see
/// "Objects". Holds no secret: keys are the validator's.
#[repr(C)]
pub struct sealwire_held_sessions {
    /// The library's business.
    pub opaque: [u64; 16],
}

const _: () = assert!(size_of::<sealwire_held_sessions>() == SEALWIRE_HELD_SESSIONS_SIZE);
const _: () = assert!(object::fits::<HeldSessions>());

impl Object for HeldSessions {
    type Opaque = sealwire_held_sessions;
    const KIND: usize = 0xacce_5503;
}

/// Begins with none. `size` is `sizeof *held`; `overlap` is how long, in µs, the older session
/// stays once the newer is in use.
///
/// Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_init(
    held: *mut sealwire_held_sessions,
    size: usize,
    overlap: u64,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<HeldSessions>(held, size) }?;
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(HeldSessions::new(overlap)) };
        Ok(())
    };
    status(init())
}

/// Registers with `validator` what the granter will send under a session, and holds it as the
/// newest. What was older than the one before ends.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID if the session isn't this receiver's,
/// SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_NO_ENGINE for level 5 without
/// a verifier in the validator, SEALWIRE_ERR_KEY_INVALID for a granter's key that is no point, or
/// misuse; all is as it was then. Exclusive of the validator's other calls: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_install(
    held: *mut sealwire_held_sessions,
    session: *const sealwire_session,
    validator: *mut sealwire_validator,
) -> i32 {
    let install = || -> Result<(), Error> {
        let read = [Span::of_one(session)];
        disjoint(&[Span::of_one(held), Span::of_one(validator)], &read)?;
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<HeldSessions>(held) }?;
        // SAFETY: as above.
        let core = unsafe { session::shared(session) }?;
        // SAFETY: nobody else's by the caller's word.
        let mut keys = unsafe { Keys::of(validator) }?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).install(core, &mut keys) }
    };
    status(install())
}

/// Says that a frame was accepted. The first one under the newest session starts the overlap
/// that ends the older. To be called with every accepted frame, whoever sent it.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for a result that SEALWIRE_ACCEPTED says no to, or
/// misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_confirm(
    held: *mut sealwire_held_sessions,
    result: *const sealwire_result,
    tick: u64,
) -> i32 {
    let confirm = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<HeldSessions>(held) }?;
        disjoint(&[Span::of_one(held)], &[Span::of_one(result)])?;
        // SAFETY: readable by the caller's word, apart from the object.
        if let Some((id, _)) = unsafe { reference(result) }?.proven_by()? {
            // SAFETY: alive, nobody else's by the caller's word.
            unsafe { (*body).confirm_key(id, tick) };
        }
        Ok(())
    };
    status(confirm())
}

/// Ends what is over at `tick`. To be called before frames are validated.
///
/// Returns 0 or misuse. Exclusive of the validator's other calls: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_run(
    held: *mut sealwire_held_sessions,
    tick: u64,
    validator: *mut sealwire_validator,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { change(held, validator, |held, keys| held.run(tick, keys)) })
}

/// Ends all of them.
///
/// Returns 0 or misuse. Exclusive of the validator's other calls: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_end(
    held: *mut sealwire_held_sessions,
    validator: *mut sealwire_validator,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { change(held, validator, |held, keys| held.end(keys)) })
}

/// # Safety
/// As the header says.
unsafe fn change(
    held: *mut sealwire_held_sessions,
    validator: *mut sealwire_validator,
    change: impl FnOnce(&mut HeldSessions, &mut Keys<'_>),
) -> Result<(), Error> {
    disjoint(&[Span::of_one(held), Span::of_one(validator)], &[])?;
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<HeldSessions>(held) }?;
    // SAFETY: nobody else's by the caller's word.
    let mut keys = unsafe { Keys::of(validator) }?;
    // SAFETY: alive, nobody else's by the caller's word.
    change(unsafe { &mut *body }, &mut keys);
    Ok(())
}

/// The key ID under which the granter sends by the newest session.
///
/// Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if there is none, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_newest(
    held: *const sealwire_held_sessions,
    key_id: *mut u32,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<HeldSessions>(held) }?;
        let place = Place::new(key_id)?;
        disjoint(&[place.span], &[Span::of_one(held)])?;
        // SAFETY: alive.
        let KeyId(id) = unsafe { (*body).newest() }.ok_or(Error::SessionUnknown)?;
        // SAFETY: writable by the caller's word.
        unsafe { place.set(id) };
        Ok(())
    };
    status(tell())
}

/// Ends the object. Sessions that it holds stay with the validator; see
/// sealwire_held_sessions_end.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_held_sessions_destroy(held: *mut sealwire_held_sessions) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<HeldSessions>(held) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(held, body) };
    }))
}

/// The size of that storage in this library: SEALWIRE_HELD_SESSIONS_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_held_sessions_size() -> usize {
    SEALWIRE_HELD_SESSIONS_SIZE
}
