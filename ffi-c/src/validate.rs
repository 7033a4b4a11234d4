//! All steps in a row: one frame, a detached form, or an array of frames.

use sealwire_core::{Accepted, Error};

use crate::audit::told;
use crate::engine::sealwire_bytes;
use crate::errors::status;
use crate::raw::{Input, Output, Span, disjoint};
use crate::requirement::{Demand, sealwire_requirement};
use crate::result::{Refused, Verdict, sealwire_result};
use crate::validator::{exclusive, sealwire_validator};

/// Proves and records the attached frame in `frame`, and fills in `result`, which is wiped first.
///
/// `now` is the receiver's clock in µs since the Unix epoch, or SEALWIRE_NO_CLOCK. The result's
/// pointers are into `frame`. Gate: `SEALWIRE_ACCEPTED(&result)`.
///
/// Returns 0 for an accepted frame, the refusal (which is counted), or misuse. Exclusive: see
/// "Threads". Level 4 is short enough for an interrupt.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_validate(
    validator: *mut sealwire_validator,
    frame: *const u8,
    frame_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    result: *mut sealwire_result,
) -> i32 {
    // SAFETY: writable by the caller's word.
    let verdict = match unsafe { Verdict::begin(result, &[Span::of_one(validator)]) } {
        Ok(verdict) => verdict,
        Err(error) => return status(Err(error)),
    };
    let frame = Input::new(frame, frame_len);
    // SAFETY: the caller's word.
    unsafe { verdict.end(one(validator, frame, requirement, now, verdict.place.span)) }
}

/// sealwire_validate for a detached form and the message beside it. The result's payload is the
/// message, its tag is in `form`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_validate_detached(
    validator: *mut sealwire_validator,
    form: *const u8,
    form_len: usize,
    message: *const u8,
    message_len: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    result: *mut sealwire_result,
) -> i32 {
    // SAFETY: writable by the caller's word.
    let verdict = match unsafe { Verdict::begin(result, &[Span::of_one(validator)]) } {
        Ok(verdict) => verdict,
        Err(error) => return status(Err(error)),
    };
    let written = verdict.place.span;
    let validate = || {
        // SAFETY: nobody else's by the caller's word.
        let (core, sink) = unsafe { exclusive(validator) }?;
        let form = Input::new(form, form_len)?;
        let message = Input::new(message, message_len)?;
        // SAFETY: readable by the caller's word.
        let demand = unsafe { Demand::new(requirement) }?;
        let now = crate::time::now(now)?;
        let [demanded, name, tag] = demand.spans();
        disjoint(
            &[written, Span::of_one(validator)],
            &[form.span, message.span, demanded, name, tag],
        )?;
        // SAFETY: readable by the caller's word, apart from all that is written.
        let (form, message) = unsafe { (form.read(), message.read()) };
        // SAFETY: as above.
        let requirement = unsafe { demand.read(&demand.policy) }?;
        Ok(told(sink, core.validate_detached(form, message, &requirement, now))?)
    };
    // SAFETY: writable by the caller's word.
    unsafe { verdict.end(validate()) }
}

/// sealwire_validate for each of `count` frames, in order, with the verdicts and the effect of as
/// many single calls; `results` has `count` places.
///
/// Returns 0 if all were accepted, else the first refusal; each result tells its own, also in
/// `status`. SEALWIRE_ACCEPTED(&results[i]) is the gate. For misuse that concerns all, no frame is
/// looked at and all results are wiped. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_validate_many(
    validator: *mut sealwire_validator,
    frames: *const sealwire_bytes,
    count: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    results: *mut sealwire_result,
) -> i32 {
    // SAFETY: the caller's word.
    match unsafe { many(validator, frames, count, requirement, now, results) } {
        Ok(first_refusal) => first_refusal,
        Err(error) => status(Err(error)),
    }
}

/// # Safety
/// As the header says.
unsafe fn many(
    validator: *mut sealwire_validator,
    frames: *const sealwire_bytes,
    count: usize,
    requirement: *const sealwire_requirement,
    now: u64,
    results: *mut sealwire_result,
) -> Result<i32, Error> {
    let places = Output::new(results, count)?;
    let object = Span::of_one(validator);
    disjoint(&[places.span], &[object])?;
    let place = |index| results.wrapping_add(index);
    for index in 0..count {
        // SAFETY: writable by the caller's word, apart from the object.
        unsafe { Verdict::begin(place(index), &[object]) }?;
    }
    // SAFETY: nobody else's by the caller's word.
    unsafe { exclusive(validator) }?;
    let frames = Input::new(frames, count)?;
    // SAFETY: readable by the caller's word.
    let [demanded, name, tag] = unsafe { Demand::new(requirement) }?.spans();
    crate::time::now(now)?;
    disjoint(&[places.span, object], &[frames.span, demanded, name, tag])?;
    let mut first_refusal = 0;
    // SAFETY: readable by the caller's word, apart from all that is written.
    for (index, frame) in unsafe { frames.read() }.iter().enumerate() {
        let frame = Input::new(frame.data, frame.len);
        // SAFETY: the caller's word.
        let status = unsafe {
            let verdict = Verdict::begin(place(index), &[object])?;
            verdict.end(one(validator, frame, requirement, now, places.span))
        };
        if first_refusal == 0 {
            first_refusal = status;
        }
    }
    Ok(first_refusal)
}

/// All steps for one frame; `written` is where results go.
///
/// # Safety
/// As the header says of [`sealwire_validate`].
#[inline]
unsafe fn one<'f>(
    validator: *mut sealwire_validator,
    frame: Result<Input<u8>, Error>,
    requirement: *const sealwire_requirement,
    now: u64,
    written: Span,
) -> Result<Accepted<'f>, Refused> {
    // SAFETY: nobody else's by the caller's word.
    let (core, sink) = unsafe { exclusive(validator) }?;
    let frame = frame?;
    // SAFETY: readable by the caller's word.
    let demand = unsafe { Demand::new(requirement) }?;
    let now = crate::time::now(now)?;
    let [demanded, name, tag] = demand.spans();
    disjoint(&[written, Span::of_one(validator)], &[frame.span, demanded, name, tag])?;
    // SAFETY: readable by the caller's word, apart from all that is written.
    let (frame, requirement) = unsafe { (frame.read(), demand.read(&demand.policy)?) };
    Ok(told(sink, core.validate(frame, &requirement, now))?)
}
