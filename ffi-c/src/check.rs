//! Proving and recording apart, for programs with several threads: `check` changes nothing and
//! runs beside others, `admit` needs the lock. For signatures without any lock `begin` and
//! `finish` divide the check once more.

use core::mem::size_of;

use sealwire_core::{
    Accepted, Authenticated, Begun, Error, Frame, ModuleId, Rejection, Requirement, SignatureJob,
    Timestamp,
};

use crate::audit::told;
use crate::errors::status;
use crate::object::{self, Object};
use crate::policy::Listed;
use crate::raw::{Input, Span, disjoint};
use crate::requirement::{Demand, sealwire_requirement};
use crate::result::{Refused, Verdict, sealwire_result};
use crate::validator::{Chosen, exclusive, sealwire_validator, shared};

/// Bytes of a check's storage.
pub const SEALWIRE_CHECKED_SIZE: usize = 704;

/// What a check found, on its way to sealwire_admit. Opaque storage of the caller's; see
/// "Objects". Holds no secret and needs no end.
#[repr(C)]
pub struct sealwire_checked {
    /// The library's business.
    pub opaque: [u64; 88],
}

const _: () = assert!(size_of::<sealwire_checked>() == SEALWIRE_CHECKED_SIZE);
const _: () = assert!(object::fits::<Body>());

struct Body {
    /// For which validator: its address and its ID.
    validator: usize,
    own: ModuleId,
    policy: Listed,
    /// Points to `policy`.
    requirement: Requirement<'static>,
    /// Points to `requirement`.
    state: State,
}

#[allow(clippy::large_enum_variant, reason = "no heap; it lies in storage of the caller's")]
enum State {
    Done(Result<Authenticated<'static, 'static>, Rejection>),
    /// The signature is still to be verified.
    Signature(SignatureJob<'static, 'static, Chosen>),
    /// Inside `finish`, or behind `admit`.
    Taken,
}

impl Object for Body {
    type Opaque = sealwire_checked;
    const KIND: usize = 0xc4ec_4ed0;
}

/// The bytes of a frame: attached, or a detached form and its message.
enum Bytes {
    Attached(Input<u8>),
    Detached(Input<u8>, Input<u8>),
}

impl Bytes {
    const fn spans(&self) -> [Span; 2] {
        match self {
            Self::Attached(frame) => [frame.span, frame.span],
            Self::Detached(form, message) => [form.span, message.span],
        }
    }

    /// # Safety
    /// Readable and unchanged for `'a`.
    unsafe fn parse<'a>(&self) -> Result<Frame<'a>, Error> {
        // SAFETY: the caller's word.
        unsafe {
            match self {
                Self::Attached(frame) => Frame::parse(frame.read()),
                Self::Detached(form, message) => Frame::parse_detached(form.read(), message.read()),
            }
        }
    }
}

/// Steps 1 to 5, and 6 at level 4, into `checked`.
///
/// # Safety
/// As the header says.
unsafe fn begin(
    validator: *const sealwire_validator,
    bytes: Result<Bytes, Error>,
    requirement: *const sealwire_requirement,
    now: u64,
    checked: *mut sealwire_checked,
    size: usize,
) -> Result<(), Error> {
    disjoint(&[Span::of_one(checked)], &[Span::of_one(validator)])?;
    // Whatever comes of this, nothing from before is admitted by it.
    // SAFETY: writable by the caller's word.
    let fresh = unsafe { object::prepare::<Body>(checked, size) }?;
    // SAFETY: readable by the caller's word.
    let core = unsafe { shared(validator) }?;
    let bytes = bytes?;
    // SAFETY: readable by the caller's word, until `admit`.
    let demand = unsafe { Demand::new(requirement) }?;
    let now: Option<Timestamp> = crate::time::now(now)?;
    let [one, other] = bytes.spans();
    let [demanded, name, tag] = demand.spans();
    let read = [Span::of_one(validator), one, other, demanded, name, tag];
    disjoint(&[fresh.span], &read)?;
    let body = fresh.body();
    // SAFETY: inside the storage.
    let policy = unsafe { &raw mut (*body).policy };
    // SAFETY: as above.
    unsafe { policy.write(demand.policy) };
    // SAFETY: inside the storage.
    let requirement = unsafe { &raw mut (*body).requirement };
    // SAFETY: as above; the policy is written, and not again before the object's next beginning.
    unsafe { requirement.write(demand.read(&*policy)?) };
    // SAFETY: written just now, and not again before the object's next beginning.
    let requirement = unsafe { &*requirement };
    // SAFETY: readable and unchanged until `admit`, by the caller's word.
    let frame = unsafe { bytes.parse() };
    let state = match core.begin(frame, requirement, now) {
        Ok(Begun::Authenticated(authenticated)) => State::Done(Ok(authenticated)),
        Ok(Begun::Signature(job)) => State::Signature(job),
        Err(rejection) => State::Done(Err(rejection)),
    };
    let refused = match &state {
        State::Done(Err(rejection)) => Err(rejection.error()),
        _ => Ok(()),
    };
    // SAFETY: inside the storage.
    unsafe {
        (&raw mut (*body).validator).write(validator.addr());
        (&raw mut (*body).own).write(core.own_id());
        (&raw mut (*body).state).write(state);
    }
    // SAFETY: all five fields are written.
    unsafe { fresh.finish() };
    refused
}

/// Step 6 at level 5.
///
/// # Safety
/// As the header says.
unsafe fn finish(checked: *mut sealwire_checked) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(checked) }?;
    // SAFETY: alive, nobody else's.
    let state = unsafe { &mut (*body).state };
    *state = match core::mem::replace(state, State::Taken) {
        State::Signature(job) => State::Done(job.verify()),
        other => other,
    };
    match state {
        State::Done(Ok(_)) => Ok(()),
        State::Done(Err(rejection)) => Err(rejection.error()),
        State::Signature(_) | State::Taken => Err(Error::NotInitialised),
    }
}

/// Steps 7 and 8.
///
/// # Safety
/// As the header says.
unsafe fn admit<'f>(
    validator: *mut sealwire_validator,
    checked: *mut sealwire_checked,
) -> Result<Accepted<'f>, Refused> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(checked) }?;
    // SAFETY: nobody else's by the caller's word.
    let (core, sink) = unsafe { exclusive(validator) }?;
    // SAFETY: alive.
    let (owner, own) = unsafe { ((*body).validator, (*body).own) };
    if owner != validator.addr() || own != core.own_id() {
        return Err(Error::InvalidArgument.into());
    }
    // SAFETY: alive, nobody else's.
    let state = unsafe { &mut (*body).state };
    let found = match core::mem::replace(state, State::Taken) {
        State::Done(found) => found,
        unfinished => {
            // The signature was never verified.
            *state = unfinished;
            return Err(Error::InvalidArgument.into());
        }
    };
    let verdict = core.admit(found);
    // SAFETY: just seen alive; the policy in it was asked for the last time.
    unsafe { object::destroy(checked, body) };
    Ok(told(sink, verdict)?)
}

/// Proves the attached frame in `frame` without changing the validator: steps 1 to 6.
///
/// What was found goes into `checked` (`size` is `sizeof *checked`), a refusal too; hand it to
/// sealwire_admit, which records or counts it. Until then `frame`, `requirement` and all that it
/// points to stay where they are, unchanged. `now` is the receiver's clock in µs since the Unix
/// epoch, or SEALWIRE_NO_CLOCK.
///
/// Returns 0 for a frame that is proven and not yet accepted; the refusal; or misuse, with
/// `checked` not initialised. Reads the validator only: any number of threads may check at once,
/// none of them beside an exclusive call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_check(
    validator: *const sealwire_validator,
    frame: *const u8,
    frame_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    checked: *mut sealwire_checked,
    size: usize,
) -> i32 {
    let frame = Input::new(frame, frame_len).map(Bytes::Attached);
    // SAFETY: the caller's word.
    let begun = unsafe { begin(validator, frame, requirement, now, checked, size) };
    // SAFETY: as above.
    status(begun.and_then(|()| unsafe { finish(checked) }))
}

/// sealwire_check for a detached form and the message beside it, which stays in place as well.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_check_detached(
    validator: *const sealwire_validator,
    form: *const u8,
    form_len: usize,
    message: *const u8,
    message_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    checked: *mut sealwire_checked,
    size: usize,
) -> i32 {
    let bytes = detached(form, form_len, message, message_len);
    // SAFETY: the caller's word.
    let begun = unsafe { begin(validator, bytes, requirement, now, checked, size) };
    // SAFETY: as above.
    status(begun.and_then(|()| unsafe { finish(checked) }))
}

/// sealwire_check without verifying a signature, which is left to sealwire_finish: for programs
/// that hold a lock here, and none while a signature is verified. Level 4 is checked in full.
///
/// Returns as sealwire_check; 0 says only that nothing speaks against the frame so far.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_begin(
    validator: *const sealwire_validator,
    frame: *const u8,
    frame_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    checked: *mut sealwire_checked,
    size: usize,
) -> i32 {
    let frame = Input::new(frame, frame_len).map(Bytes::Attached);
    // SAFETY: the caller's word.
    status(unsafe { begin(validator, frame, requirement, now, checked, size) })
}

/// sealwire_begin for a detached form and the message beside it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_begin_detached(
    validator: *const sealwire_validator,
    form: *const u8,
    form_len: usize,
    message: *const u8,
    message_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    checked: *mut sealwire_checked,
    size: usize,
) -> i32 {
    let bytes = detached(form, form_len, message, message_len);
    // SAFETY: the caller's word.
    status(unsafe { begin(validator, bytes, requirement, now, checked, size) })
}

/// Verifies the signature that sealwire_begin left, if it left one. Touches no validator and needs
/// no lock; the validator must not be destroyed nor given another engine meanwhile.
///
/// Returns as sealwire_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_finish(checked: *mut sealwire_checked) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { finish(checked) })
}

/// Records what was checked: steps 7 and 8, after a second look at the key. Counts it if it was
/// refused. Fills in `result`, which is wiped first; `checked` is spent.
///
/// Returns 0 for an accepted frame; the check's refusal, or a new one (the key was exchanged, the
/// nonce was taken meanwhile, the policy refuses); SEALWIRE_ERR_NOT_INITIALISED for a check that
/// failed as misuse or is spent; SEALWIRE_ERR_INVALID_ARGUMENT for one of another validator, or
/// one that sealwire_finish hasn't seen; or misuse. Exclusive: see "Threads". Short enough for an
/// interrupt.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_admit(
    validator: *mut sealwire_validator,
    checked: *mut sealwire_checked,
    result: *mut sealwire_result,
) -> i32 {
    let objects = [Span::of_one(validator), Span::of_one(checked)];
    // SAFETY: writable by the caller's word.
    let verdict = match unsafe { Verdict::begin(result, &objects) } {
        Ok(verdict) => verdict,
        Err(error) => return status(Err(error)),
    };
    // SAFETY: the caller's word; the result is apart from both objects.
    unsafe { verdict.end(admit(validator, checked)) }
}

/// The size of a check's storage in this library: SEALWIRE_CHECKED_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_checked_size() -> usize {
    SEALWIRE_CHECKED_SIZE
}

fn detached(
    form: *const u8,
    form_len: usize,
    message: *const u8,
    message_len: usize,
) -> Result<Bytes, Error> {
    Ok(Bytes::Detached(Input::new(form, form_len)?, Input::new(message, message_len)?))
}
