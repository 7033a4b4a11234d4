//! What a validator refused and accepted: counters, the last events, and a callback for each.

use core::ffi::c_void;

use sealwire_core::{Accepted, Claim, Error, Event, RING, Rejection};

use crate::errors::{error_of, status};
use crate::id::sealwire_id;
use crate::object;
use crate::raw::{Output, Place, Span, disjoint, reference};
use crate::requirement::level;
use crate::validator::{Body, exclusive, sealwire_validator, shared};

/// Events that each ring keeps.
pub const SEALWIRE_AUDIT_RING: usize = 8;

const _: () = assert!(SEALWIRE_AUDIT_RING == RING);

/// Refusals that anybody on the line can cause: steps 1 to 6.
pub const SEALWIRE_AUDIT_UNPROVEN: u8 = 1;
/// Refusals of frames whose tag verified: steps 7 and 8. Noise never displaces these.
pub const SEALWIRE_AUDIT_PROVEN: u8 = 2;

/// In `flags` of an event: the frame named a key, `key_id`.
pub const SEALWIRE_CLAIMS_KEY: u8 = 1;
/// In `flags` of an event: the frame named a module, `module`.
pub const SEALWIRE_CLAIMS_MODULE: u8 = 2;

/// One line of the audit: a refusal, when, how often in a row. What the frame said of itself is
/// unproven up to step 6.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_event {
    /// The error.
    pub status: i32,
    /// The step of the pipeline, 1 to 8.
    pub step: u8,
    /// The level that the frame claimed, 0 if it wasn't readable.
    pub level: u8,
    /// SEALWIRE_CLAIMS_….
    pub flags: u8,
    /// The key that the frame named.
    pub key_id: u32,
    /// How many such refusals in a row; saturates.
    pub repeats: u32,
    /// The nonce that the frame carried.
    pub nonce: u64,
    /// The highest time that the validator knew at the last of them; µs since the Unix epoch. 0
    /// in a callback.
    pub at: u64,
    /// The module that the frame named.
    pub module: sealwire_id,
}

impl sealwire_event {
    fn of(rejection: &Rejection, at: u64, repeats: u32) -> Self {
        let (flags, key_id, module) = match rejection.claim() {
            None => (0, 0, None),
            Some(Claim::Key(id)) => (SEALWIRE_CLAIMS_KEY, id.0, None),
            Some(Claim::Module(id)) => (SEALWIRE_CLAIMS_MODULE, 0, Some(id)),
        };
        Self {
            status: i32::from(rejection.error().number()),
            step: rejection.step().number(),
            level: rejection.level().map_or(0, |level| level.number()),
            flags,
            key_id,
            repeats,
            nonce: rejection.nonce(),
            at,
            module: sealwire_id::of(module),
        }
    }
}

/// Is told of every refused frame at its admission.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_audit_sink {
    /// Handed back to the function.
    pub user: *mut c_void,
    /// Takes one event, good during the call only. May read the same validator's audit, and must
    /// not call anything else with that validator. What it returns changes no verdict; return 0.
    pub event: Option<unsafe extern "C" fn(user: *mut c_void, event: *const sealwire_event) -> i32>,
}

/// A sink that has a function.
#[derive(Clone, Copy)]
pub(crate) struct Sink {
    user: *mut c_void,
    event: unsafe extern "C" fn(*mut c_void, *const sealwire_event) -> i32,
}

/// A verdict, of which the sink was told if it is a refusal.
pub(crate) fn told<'f>(
    sink: Option<Sink>,
    verdict: Result<Accepted<'f>, Rejection>,
) -> Result<Accepted<'f>, Rejection> {
    if let (Some(sink), Err(rejection)) = (sink, &verdict) {
        let event = sealwire_event::of(rejection, 0, 1);
        // SAFETY: the function was given for this, with this `user`.
        let _answer: i32 = unsafe { (sink.event)(sink.user, &raw const event) };
    }
    verdict
}

/// Tells `sink` of every refused frame from now on; nobody with null.
///
/// The function is copied; it and `user` must stay usable as long as the validator. Returns 0 or
/// misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_set_audit_sink(
    validator: *mut sealwire_validator,
    sink: *const sealwire_audit_sink,
) -> i32 {
    let set = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        let sink = if sink.is_null() {
            None
        } else {
            // SAFETY: readable by the caller's word.
            let sink = unsafe { reference(sink) }?;
            Some(Sink { user: sink.user, event: sink.event.ok_or(Error::NullPointer)? })
        };
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).sink = sink };
        Ok(())
    };
    status(set())
}

/// Counts a packet of a stream that never became a frame: SEALWIRE_ERR_COBS or
/// SEALWIRE_ERR_STREAM_TOO_LONG, as sealwire_stream_push returned it.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for another status, or misuse. Exclusive.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_count_lost(
    validator: *mut sealwire_validator,
    stream_status: i32,
) -> i32 {
    let count = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        match error_of(stream_status) {
            Some(error @ (Error::Cobs | Error::StreamTooLong)) => core.count_lost(error),
            _ => return Err(Error::InvalidArgument),
        }
        Ok(())
    };
    status(count())
}

/// How many frames were refused with `error`; saturates.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for no error of this library, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_audit_refused(
    validator: *const sealwire_validator,
    error: i32,
    count: *mut u32,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(validator) }?;
        let count = Place::new(count)?;
        disjoint(&[count.span], &[Span::of_one(validator)])?;
        let error = error_of(error).ok_or(Error::InvalidArgument)?;
        // SAFETY: writable by the caller's word.
        unsafe { count.set(core.audit().refused(error)) };
        Ok(())
    };
    status(tell())
}

/// How many frames of a level were accepted; saturates.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for no level, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_audit_accepted(
    validator: *const sealwire_validator,
    level_number: u8,
    count: *mut u32,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(validator) }?;
        let count = Place::new(count)?;
        disjoint(&[count.span], &[Span::of_one(validator)])?;
        let level = level(level_number)?;
        // SAFETY: writable by the caller's word.
        unsafe { count.set(core.audit().accepted(level)) };
        Ok(())
    };
    status(tell())
}

/// The last refusals of one ring, SEALWIRE_AUDIT_UNPROVEN or SEALWIRE_AUDIT_PROVEN, newest first.
/// `cap` and `*len` count events; SEALWIRE_AUDIT_RING of them are always enough.
///
/// `*len` becomes the number written, or the number needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_INVALID_ARGUMENT, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_audit_events(
    validator: *const sealwire_validator,
    ring: u8,
    out: *mut sealwire_event,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let audit = unsafe { shared(validator) }?.audit();
        let place = Output::new(out, cap)?;
        let len = Place::new(len)?;
        disjoint(&[place.span, len.span], &[Span::of_one(validator)])?;
        let count = match ring {
            SEALWIRE_AUDIT_UNPROVEN => audit.unproven().count(),
            SEALWIRE_AUDIT_PROVEN => audit.proven().count(),
            _ => return Err(Error::InvalidArgument),
        };
        // SAFETY: writable by the caller's word.
        unsafe { len.set(count) };
        if count > cap {
            return Err(Error::BufferTooSmall);
        }
        let put = |(index, event): (usize, &Event)| {
            let event = sealwire_event::of(&event.rejection, event.at.as_micros(), event.repeats);
            // SAFETY: inside the output, which is writable; no more than `count` events come.
            unsafe { out.wrapping_add(index).write(event) };
        };
        if ring == SEALWIRE_AUDIT_PROVEN {
            audit.proven().take(count).enumerate().for_each(put);
        } else {
            audit.unproven().take(count).enumerate().for_each(put);
        }
        Ok(())
    };
    status(tell())
}
