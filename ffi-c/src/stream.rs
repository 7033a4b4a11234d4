//! Frames on a byte stream: COBS, and a zero after each.

use core::mem::size_of;

use sealwire_core::{Error, StreamDecoder, encode_stream, max_stream_len};

use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint};

/// Bytes of a stream decoder's storage.
pub const SEALWIRE_STREAM_SIZE: usize = 96;

/// Takes frames out of a byte stream. Opaque storage of the caller's; see "Objects".
#[repr(C)]
pub struct sealwire_stream {
    /// The library's business.
    pub opaque: [u64; 12],
}

const _: () = assert!(size_of::<sealwire_stream>() == SEALWIRE_STREAM_SIZE);
const _: () = assert!(object::fits::<Body>());

struct Body {
    decoder: StreamDecoder<&'static mut [u8]>,
    /// Where the decoder's buffer is.
    buffer: Span,
}

impl Object for Body {
    type Opaque = sealwire_stream;
    const KIND: usize = 0xc0b5_0001;
}

/// The most bytes that a frame of `frame_len` bytes takes on a stream, its closing zero included.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_max_stream_len(frame_len: usize) -> usize {
    max_stream_len(frame_len)
}

/// Writes a frame for a byte stream to `out`: COBS, and a zero.
///
/// `*len` becomes the number of bytes; or the size needed, sealwire_max_stream_len(frame_len), if
/// `cap` is below that. Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_stream_encode(
    frame: *const u8,
    frame_len: usize,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let encode = || -> Result<(), Error> {
        let frame = Input::new(frame, frame_len)?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[frame.span])?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(max_stream_len(frame_len)) }?;
        let (out, len) = out.parts();
        // SAFETY: readable and writable by the caller's word, and apart.
        let written = unsafe { encode_stream(frame.read(), out.write()) }?;
        // SAFETY: writable by the caller's word.
        unsafe { len.set(written) };
        Ok(())
    };
    status(encode())
}

/// Makes a decoder with room for frames of up to `buffer_size` bytes. `size` is `sizeof *stream`.
///
/// The buffer is lent until sealwire_stream_destroy. Returns 0, SEALWIRE_ERR_OBJECT_SIZE,
/// SEALWIRE_ERR_OVERLAP, or misuse of pointers; the object is not initialised then. A decoder is
/// used by one thread at a time, or by one interrupt.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_stream_init(
    stream: *mut sealwire_stream,
    size: usize,
    buffer: *mut u8,
    buffer_size: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let buffer = Output::new(buffer, buffer_size)?;
        disjoint(&[Span::of_one(stream), buffer.span], &[])?;
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<Body>(stream, size) }?;
        let body = Body {
            // SAFETY: lent for as long as the object lives, and apart from it.
            decoder: StreamDecoder::new(unsafe { buffer.write() }),
            buffer: buffer.span,
        };
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(body) };
        Ok(())
    };
    status(init())
}

/// Takes bytes of the stream up to the end of a packet, or all of them.
///
/// `*used` becomes the number of bytes taken; go on with the rest. If a packet ended, `*packet`
/// points into the decoder's buffer, good until the next call, and `*packet_len` is its length;
/// else `*packet` is null. A packet is a frame that nobody has believed yet.
///
/// Returns 0; SEALWIRE_ERR_COBS or SEALWIRE_ERR_STREAM_TOO_LONG for a packet that was dropped
/// (see sealwire_count_lost), after which the stream goes on; or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_stream_push(
    stream: *mut sealwire_stream,
    bytes: *const u8,
    bytes_len: usize,
    used: *mut usize,
    packet: *mut *const u8,
    packet_len: *mut usize,
) -> i32 {
    let push = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(stream) }?;
        let bytes = Input::new(bytes, bytes_len)?;
        let (used, packet) = (Place::new(used)?, Place::new(packet)?);
        let packet_len = Place::new(packet_len)?;
        // SAFETY: alive.
        let buffer = unsafe { (*body).buffer };
        disjoint(
            &[Span::of_one(stream), buffer, used.span, packet.span, packet_len.span],
            &[bytes.span],
        )?;
        // SAFETY: writable by the caller's word.
        unsafe {
            used.set(bytes_len);
            packet.set(core::ptr::null());
            packet_len.set(0);
        }
        // SAFETY: alive, nobody else's by the caller's word.
        let decoder = unsafe { &mut (*body).decoder };
        // SAFETY: readable by the caller's word, apart from all that is written.
        for (index, byte) in unsafe { bytes.read() }.iter().enumerate() {
            let Some(ended) = decoder.push(*byte) else {
                continue;
            };
            // SAFETY: writable by the caller's word.
            unsafe { used.set(index.wrapping_add(1)) };
            let found = ended?;
            // SAFETY: as above.
            unsafe {
                packet.set(found.as_ptr());
                packet_len.set(found.len());
            }
            break;
        }
        Ok(())
    };
    status(push())
}

/// Drops what was taken of the current packet; the next byte begins one.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_stream_reset(stream: *mut sealwire_stream) -> i32 {
    let reset = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(stream) }?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).decoder.reset() };
        Ok(())
    };
    status(reset())
}

/// Ends a decoder and wipes its storage; the buffer is the caller's again, as it is.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_stream_destroy(stream: *mut sealwire_stream) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(stream) }?;
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(stream, body) };
        Ok(())
    };
    status(destroy())
}

/// The size of a decoder's storage in this library: SEALWIRE_STREAM_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_stream_size() -> usize {
    SEALWIRE_STREAM_SIZE
}
