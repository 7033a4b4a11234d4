//! Time for a device without a clock: learned from a grant, kept by a tick.

use core::mem::size_of;

use sealwire_core::{DeviceClock, Error, Limits, MAX_ROUND_TRIP, Timestamp};

use crate::access::session::{self, sealwire_session};
use crate::errors::status;
use crate::object::{self, Object};
use crate::raw::{Place, Span, disjoint};
use crate::time::SEALWIRE_NO_CLOCK;

/// Bytes of a clock's storage.
pub const SEALWIRE_CLOCK_SIZE: usize = 128;
/// The longest way from proof to grant on which a time is learned, in µs: 2 s.
pub const SEALWIRE_MAX_ROUND_TRIP: u64 = 2_000_000;

/// A clock made of a tick and of times from grants. Opaque storage of the caller's; see
/// "Objects". Holds no secret.
#[repr(C)]
pub struct sealwire_clock {
    /// The library's business.
    pub opaque: [u64; 16],
}

const _: () = assert!(SEALWIRE_MAX_ROUND_TRIP == MAX_ROUND_TRIP);
const _: () = assert!(size_of::<sealwire_clock>() == SEALWIRE_CLOCK_SIZE);
const _: () = assert!(object::fits::<DeviceClock>());

impl Object for DeviceClock {
    type Opaque = sealwire_clock;
    const KIND: usize = 0xacce_5504;
}

/// Makes a clock that knows no time yet. `size` is `sizeof *clock`. No time before `floor` (µs
/// since the Unix epoch: when the program was built, or a stored time) is believed. `tolerance`
/// is the tick's, in parts per million.
///
/// Returns 0, SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Used by
/// one thread at a time.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_init(
    clock: *mut sealwire_clock,
    size: usize,
    floor: u64,
    tolerance: u32,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<DeviceClock>(clock, size) }?;
        let floor = Timestamp::from_micros(floor)?;
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(DeviceClock::new(floor, tolerance)) };
        Ok(())
    };
    status(init())
}

/// Takes the time of a session's grant. The first one sets the clock; a later one moves it by at
/// most what the tick may have drifted since.
///
/// Returns 0, SEALWIRE_ERR_NOT_TIME_SOURCE for a session without SEALWIRE_SESSION_TIME,
/// SEALWIRE_ERR_TIME_TOO_SLOW above SEALWIRE_MAX_ROUND_TRIP, SEALWIRE_ERR_TIME_BEFORE_FLOOR, or
/// misuse; the clock is unchanged then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_learn(
    clock: *mut sealwire_clock,
    session: *const sealwire_session,
) -> i32 {
    let learn = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<DeviceClock>(clock) }?;
        disjoint(&[Span::of_one(clock)], &[Span::of_one(session)])?;
        // SAFETY: readable by the caller's word, apart from the clock.
        let report = unsafe { session::shared(session) }?.time_report();
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).learn(report) }
    };
    status(learn())
}

/// The time at `tick`, in µs since the Unix epoch; SEALWIRE_NO_CLOCK before one was learned. What
/// sealwire_seal and sealwire_validate take.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_now(
    clock: *const sealwire_clock,
    tick: u64,
    now: *mut u64,
) -> i32 {
    let ask = |clock: &DeviceClock| {
        Ok(clock.now(tick).map_or(SEALWIRE_NO_CLOCK, |time| time.as_micros()))
    };
    // SAFETY: the caller's word.
    status(unsafe { tell(clock, now, ask) })
}

/// How far off, in µs, the time at `tick` may be if its source was right.
///
/// Returns 0, SEALWIRE_ERR_NO_CLOCK before a time was learned, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_error(
    clock: *const sealwire_clock,
    tick: u64,
    error: *mut u64,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { tell(clock, error, |clock| clock.error(tick).ok_or(Error::NoClock)) })
}

/// Makes a validator's limits, each wider by how far off the time at `tick` may be: in µs, in
/// place, as sealwire_validator_config has them.
///
/// Returns 0, SEALWIRE_ERR_NO_CLOCK before a time was learned, SEALWIRE_ERR_INVALID_LIMITS, or
/// misuse; both are unchanged then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_widen(
    clock: *const sealwire_clock,
    tick: u64,
    past: *mut u64,
    future: *mut u64,
) -> i32 {
    let widen = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<DeviceClock>(clock) }?;
        let (past_place, future_place) = (Place::new(past)?, Place::new(future)?);
        disjoint(&[past_place.span, future_place.span], &[Span::of_one(clock)])?;
        // SAFETY: readable by the caller's word; not null and aligned, as `Place::new` saw.
        let limits = unsafe { Limits::new(*past, *future) }?;
        // SAFETY: alive.
        let wider = unsafe { (*body).limits(limits, tick) }?;
        // SAFETY: writable by the caller's word.
        unsafe {
            past_place.set(wider.past());
            future_place.set(wider.future());
        }
        Ok(())
    };
    status(widen())
}

/// # Safety
/// The object is readable, the place writable.
unsafe fn tell<T>(
    clock: *const sealwire_clock,
    place: *mut T,
    question: impl FnOnce(&DeviceClock) -> Result<T, Error>,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<DeviceClock>(clock) }?;
    let place = Place::new(place)?;
    disjoint(&[place.span], &[Span::of_one(clock)])?;
    // SAFETY: alive.
    let answer = question(unsafe { &*body })?;
    // SAFETY: writable by the caller's word.
    unsafe { place.set(answer) };
    Ok(())
}

/// Ends a clock.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_clock_destroy(clock: *mut sealwire_clock) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<DeviceClock>(clock) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(clock, body) };
    }))
}

/// The size of a clock's storage in this library: SEALWIRE_CLOCK_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_clock_size() -> usize {
    SEALWIRE_CLOCK_SIZE
}
