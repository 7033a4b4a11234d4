//! Sealing: attached, detached, in place, with a nonce of the caller's.
//!
//! Where the output is too small the needed size comes back; on any refusal the output is
//! untouched and the counter where it was.

use core::ops::Range;

use sealwire_core::{
    Burst, BurstItem, BurstNode, Context, Error, Sealed, Sealer, SignP256, Timestamp,
};

use crate::context::{Named, sealwire_context};
use crate::errors::status;
use crate::object;
use crate::raw::{Input, Output, Place, Span, disjoint, reference};
use crate::sealer::{Body, sealwire_sealer};

/// The longest metadata: room before a payload that is always enough to seal in place.
pub const SEALWIRE_MAX_METADATA: usize = 41;
/// The longest tag: room behind a payload that is always enough to seal in place.
pub const SEALWIRE_MAX_TAG: usize = 64;
/// The longest payload.
pub const SEALWIRE_MAX_PAYLOAD: usize = 268_435_455;

const _: () = assert!(SEALWIRE_MAX_METADATA == sealwire_core::MAX_METADATA);
const _: () = assert!(SEALWIRE_MAX_TAG == sealwire_core::MAX_TAG);
const _: () = assert!(SEALWIRE_MAX_PAYLOAD == sealwire_core::MAX_PAYLOAD);

/// What is told of a frame that was sealed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_sealed {
    /// Its nonce.
    pub nonce: u64,
    /// Bytes of the tag: 0, 16, 32 or 64.
    pub tag_len: usize,
    /// The tag, which the context of a response to this frame contains.
    pub tag: [u8; SEALWIRE_MAX_TAG],
}

impl sealwire_sealed {
    fn of(sealed: &Sealed, frame: &[u8]) -> Self {
        let from = sealed.tag(frame);
        let mut tag = [0; SEALWIRE_MAX_TAG];
        for (place, byte) in tag.iter_mut().zip(from) {
            *place = *byte;
        }
        Self { nonce: sealed.nonce(), tag_len: from.len(), tag }
    }
}

/// What both types of sealer do: those that sign and those that don't.
pub(crate) trait Seal {
    fn next_nonce(&self) -> u64;
    fn nonces_left(&self) -> u64;
    fn extend(&mut self, until: u64) -> Result<(), Error>;
    fn frame_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error>;
    fn detached_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error>;
    fn seal(&mut self, nonce: Option<u64>, job: &Job<'_>, out: &mut [u8]) -> Result<Sealed, Error>;
    fn seal_detached(&mut self, job: &Job<'_>, out: &mut [u8]) -> Result<Sealed, Error>;
    fn seal_in_place(
        &mut self,
        buffer: &mut [u8],
        payload: Range<usize>,
        context: &Context<'_>,
        now: Option<Timestamp>,
    ) -> Result<(Range<usize>, Sealed), Error>;
    fn seal_burst(
        &mut self,
        items: &'static [BurstItem<'static>],
        nodes: &'static mut [BurstNode],
    ) -> Result<Burst<'static>, Error>;
}

/// What is to be sealed.
pub(crate) struct Job<'a> {
    payload: &'a [u8],
    context: Context<'a>,
    now: Option<Timestamp>,
}

impl<S: SignP256> Seal for Sealer<S> {
    fn next_nonce(&self) -> u64 {
        Self::next_nonce(self)
    }

    fn nonces_left(&self) -> u64 {
        Self::nonces_left(self)
    }

    fn extend(&mut self, until: u64) -> Result<(), Error> {
        Self::extend(self, until)
    }

    fn frame_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error> {
        Self::frame_len(self, payload_len, now)
    }

    fn detached_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error> {
        Self::detached_len(self, payload_len, now)
    }

    fn seal(&mut self, nonce: Option<u64>, job: &Job<'_>, out: &mut [u8]) -> Result<Sealed, Error> {
        match nonce {
            None => Self::seal(self, job.payload, &job.context, job.now, out),
            Some(nonce) => self.seal_with_nonce(nonce, job.payload, &job.context, job.now, out),
        }
    }

    fn seal_detached(&mut self, job: &Job<'_>, out: &mut [u8]) -> Result<Sealed, Error> {
        Self::seal_detached(self, job.payload, &job.context, job.now, out)
    }

    fn seal_in_place(
        &mut self,
        buffer: &mut [u8],
        payload: Range<usize>,
        context: &Context<'_>,
        now: Option<Timestamp>,
    ) -> Result<(Range<usize>, Sealed), Error> {
        Self::seal_in_place(self, buffer, payload, context, now)
    }

    fn seal_burst(
        &mut self,
        items: &'static [BurstItem<'static>],
        nodes: &'static mut [BurstNode],
    ) -> Result<Burst<'static>, Error> {
        Self::seal_burst(self, items, nodes)
    }
}

/// Writes an attached frame around `payload` to `out`: metadata ‖ payload ‖ tag.
///
/// `now` is the sender's clock in µs since the Unix epoch, or SEALWIRE_NO_CLOCK (levels 1 and 2,
/// and counter-only keys). `*len` becomes the frame's length, or the size needed if `cap` is too
/// small. `sealed` may be null.
///
/// Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_PAYLOAD_TOO_LONG, SEALWIRE_ERR_NO_CLOCK,
/// SEALWIRE_ERR_TIMESTAMP_RANGE, SEALWIRE_ERR_INVALID_CONTEXT, SEALWIRE_ERR_NONCES_SPENT (extend
/// it), SEALWIRE_ERR_KEY_SPENT (exchange the key), SEALWIRE_ERR_INVALID_NONCE_START (this sealer
/// takes its nonces from sealwire_seal_with_nonce), SEALWIRE_ERR_ENGINE_FAILED,
/// SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_OVERLAP, or misuse; then the counter is where it was and
/// `out` untouched. One thread at a time per sealer. Level 4 is short enough for an interrupt.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_seal(
    sealer: *mut sealwire_sealer,
    payload: *const u8,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe {
        Call::of(sealer, context, now, len, sealed).and_then(|(sealer, call)| {
            let seal = |job: &Job<'_>, out: &mut [u8]| Form::Attached.seal(&mut *sealer, job, out);
            call.run(payload, payload_len, out, cap, seal)
        })
    })
}

/// sealwire_seal with a nonce of the caller's, 64 random bits, for a sealer that was made with
/// SEALWIRE_NONCE_RANDOM. The receiver registered the key with a quota of its nonce cache.
///
/// Returns as sealwire_seal; SEALWIRE_ERR_INVALID_NONCE_START if this sealer counts.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_seal_with_nonce(
    sealer: *mut sealwire_sealer,
    nonce: u64,
    payload: *const u8,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    let seal = |sealer: &mut dyn Seal, job: &Job<'_>, out: &mut [u8]| -> Result<Sealed, Failure> {
        sealer.seal(Some(nonce), job, out).map_err(|error| {
            // `frame_len` speaks of the largest nonce, a varint of ten bytes.
            let bits = u64::BITS.wrapping_sub(nonce.leading_zeros());
            let bytes = usize::try_from(bits.div_ceil(7)).unwrap_or(10).max(1);
            let needed = sealer.frame_len(job.payload.len(), job.now);
            let less = 10_usize.saturating_sub(bytes);
            (error, needed.map(|len| len.saturating_sub(less)))
        })
    };
    // SAFETY: the caller's word.
    status(unsafe {
        Call::of(sealer, context, now, len, sealed).and_then(|(sealer, call)| {
            call.run(payload, payload_len, out, cap, |job, out| seal(&mut *sealer, job, out))
        })
    })
}

/// Writes the detached form of `payload` to `out`: metadata ‖ tag. The payload travels by itself,
/// unchanged.
///
/// Returns as sealwire_seal.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_seal_detached(
    sealer: *mut sealwire_sealer,
    payload: *const u8,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe {
        Call::of(sealer, context, now, len, sealed).and_then(|(sealer, call)| {
            let seal = |job: &Job<'_>, out: &mut [u8]| Form::Detached.seal(&mut *sealer, job, out);
            call.run(payload, payload_len, out, cap, seal)
        })
    })
}

/// Seals a payload where it lies: `payload_len` bytes from `payload_at` on in `buffer`. Metadata
/// goes before it and the tag behind it; SEALWIRE_MAX_METADATA and SEALWIRE_MAX_TAG bytes of room
/// are always enough.
///
/// The frame is then `*frame_len` bytes at `buffer + *frame_at`. Returns as sealwire_seal;
/// SEALWIRE_ERR_INVALID_ARGUMENT if the payload isn't inside the buffer;
/// SEALWIRE_ERR_BUFFER_TOO_SMALL if the room before or behind it is too small, with the whole
/// frame's length in `*frame_len`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_seal_in_place(
    sealer: *mut sealwire_sealer,
    buffer: *mut u8,
    buffer_len: usize,
    payload_at: usize,
    payload_len: usize,
    context: *const sealwire_context,
    now: u64,
    frame_at: *mut usize,
    frame_len: *mut usize,
    sealed: *mut sealwire_sealed,
) -> i32 {
    let seal = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let (sealer, call) = unsafe { Call::of(sealer, context, now, frame_len, sealed) }?;
        let buffer = Output::new(buffer, buffer_len)?;
        let frame_at = Place::new(frame_at)?;
        let [object, other, len, sealed] = call.written;
        disjoint(&[object, other, len, sealed, buffer.span, frame_at.span], &call.read)?;
        let end = payload_at.checked_add(payload_len);
        let payload = payload_at..end.ok_or(Error::AbsurdLength)?;
        // SAFETY: writable by the caller's word, apart from all else.
        let buffer = unsafe { buffer.write() };
        // SAFETY: readable by the caller's word, and nothing that is written overlaps it.
        let context = unsafe { call.named.read() }?;
        // SAFETY: alive, so its pointer is to the sealer in its storage; one call at a time.
        let sealer = unsafe { &mut *sealer };
        match sealer.seal_in_place(buffer, payload, &context, call.now) {
            Ok((frame, sealed)) => {
                // SAFETY: writable by the caller's word.
                unsafe {
                    frame_at.set(frame.start);
                    call.finish(&sealed, buffer.get(frame).unwrap_or_default());
                }
                Ok(())
            }
            Err(error) => {
                // SAFETY: as above.
                Err(unsafe { call.refuse(error, sealer.frame_len(payload_len, call.now)) })
            }
        }
    };
    status(seal())
}

/// Why nothing was sealed, and how large the output must be.
pub(crate) type Failure = (Error, Result<usize, Error>);

/// Whether payload and proof travel together.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Attached,
    Detached,
}

impl Form {
    pub(crate) fn seal(
        self,
        sealer: &mut dyn Seal,
        job: &Job<'_>,
        out: &mut [u8],
    ) -> Result<Sealed, Failure> {
        let (len, now) = (job.payload.len(), job.now);
        match self {
            Self::Attached => {
                sealer.seal(None, job, out).map_err(|error| (error, sealer.frame_len(len, now)))
            }
            Self::Detached => sealer
                .seal_detached(job, out)
                .map_err(|error| (error, sealer.detached_len(len, now))),
        }
    }
}

/// What all functions that seal have in common.
pub(crate) struct Call {
    named: Named,
    now: Option<Timestamp>,
    len: Place<usize>,
    sealed: Place<sealwire_sealed>,
    written: [Span; 4],
    read: [Span; 3],
}

impl Call {
    /// # Safety
    /// All pointers are good for what they point to.
    unsafe fn of(
        sealer: *mut sealwire_sealer,
        context: *const sealwire_context,
        now: u64,
        len: *mut usize,
        sealed: *mut sealwire_sealed,
    ) -> Result<(*mut dyn Seal, Self), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(sealer) }?;
        let objects = [Span::of_one(sealer), Span::of_one::<sealwire_sealer>(core::ptr::null())];
        // SAFETY: the caller's word.
        let call = unsafe { Self::new(&objects, context, now, len, sealed) }?;
        // SAFETY: alive, so the field was written.
        Ok((unsafe { (*body).sealer }, call))
    }

    /// `objects` are what seals.
    ///
    /// # Safety
    /// All pointers are good for what they point to.
    pub(crate) unsafe fn new(
        objects: &[Span; 2],
        context: *const sealwire_context,
        now: u64,
        len: *mut usize,
        sealed: *mut sealwire_sealed,
    ) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let named = Named::new(unsafe { reference(context) }?)?;
        let len = Place::new(len)?;
        let sealed = Place::optional(sealed)?;
        let [name, tag] = named.spans();
        let [one, other] = *objects;
        Ok(Self {
            now: crate::time::now(now)?,
            written: [one, other, len.span, sealed.span],
            read: [Span::of_one(context), name, tag],
            named,
            len,
            sealed,
        })
    }

    /// # Safety
    /// As [`Call::new`].
    pub(crate) unsafe fn run(
        self,
        payload: *const u8,
        payload_len: usize,
        out: *mut u8,
        cap: usize,
        seal: impl FnOnce(&Job<'_>, &mut [u8]) -> Result<Sealed, Failure>,
    ) -> Result<(), Error> {
        let payload = Input::new(payload, payload_len)?;
        let out = Output::new(out, cap)?;
        let [one, other, len, sealed] = self.written;
        let [context, name, tag] = self.read;
        disjoint(&[one, other, len, sealed, out.span], &[context, name, tag, payload.span])?;
        // SAFETY: readable by the caller's word, and nothing that is written overlaps it.
        let (payload, context) = unsafe { (payload.read(), self.named.read()?) };
        let job = Job { payload, context, now: self.now };
        // SAFETY: writable by the caller's word, apart from all else.
        let out = unsafe { out.write() };
        match seal(&job, out) {
            Ok(sealed) => {
                // SAFETY: writable by the caller's word.
                unsafe { self.finish(&sealed, out) };
                Ok(())
            }
            // SAFETY: as above.
            Err((error, needed)) => Err(unsafe { self.refuse(error, needed) }),
        }
    }

    /// # Safety
    /// Length and `sealed` are writable.
    unsafe fn finish(&self, sealed: &Sealed, frame: &[u8]) {
        // SAFETY: the caller's word.
        unsafe {
            self.len.set(sealed.len());
            self.sealed.set(sealwire_sealed::of(sealed, frame));
        }
    }

    /// # Safety
    /// The length is writable.
    unsafe fn refuse(&self, error: Error, needed: Result<usize, Error>) -> Error {
        if let (Error::BufferTooSmall, Ok(needed)) = (error, needed) {
            // SAFETY: the caller's word.
            unsafe { self.len.set(needed) };
        }
        error
    }
}
