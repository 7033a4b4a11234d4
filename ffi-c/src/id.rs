//! Module IDs: 16 bytes in a struct, and their text.

use core::ffi::c_char;

use sealwire_core::{Error, ModuleId};

use crate::errors::status;
use crate::raw::{Input, Output, Place, disjoint, reference};

/// A module's or group's ID: a UUID's 16 bytes in the order in which its text shows them.
/// Neither all zeros nor all ones. Public, not secret.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_id {
    /// The bytes.
    pub bytes: [u8; 16],
}

impl sealwire_id {
    pub(crate) const ZERO: Self = Self { bytes: [0; 16] };

    pub(crate) fn checked(&self) -> Result<ModuleId, Error> {
        ModuleId::new(self.bytes)
    }

    pub(crate) fn of(id: Option<ModuleId>) -> Self {
        id.map_or(Self::ZERO, |id| Self { bytes: *id.as_bytes() })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.bytes == [0; 16]
    }
}

/// Bytes of an ID as text, with its NUL.
pub const SEALWIRE_ID_TEXT_SIZE: usize = 37;

/// Reads an ID from the 36 characters of a UUID: 8-4-4-4-12 hexadecimal digits, in either case.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ARGUMENT for text of another form, SEALWIRE_ERR_INVALID_ID
/// for all zeros or all ones, or misuse of pointers. `id` is unchanged then. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_id_parse(
    text: *const c_char,
    text_len: usize,
    id: *mut sealwire_id,
) -> i32 {
    let parse = || -> Result<(), Error> {
        let text = Input::new(text.cast::<u8>(), text_len)?;
        let id = Place::new(id)?;
        disjoint(&[id.span], &[text.span])?;
        // SAFETY: readable by the caller's word, apart from the output.
        let bytes = digits(unsafe { text.read() }).ok_or(Error::InvalidArgument)?;
        ModuleId::new(bytes)?;
        // SAFETY: writable by the caller's word.
        unsafe { id.set(sealwire_id { bytes }) };
        Ok(())
    };
    status(parse())
}

/// Writes an ID as text, 36 characters and a NUL.
///
/// `*len` becomes 36, or SEALWIRE_ID_TEXT_SIZE if `cap` is below that: the size needed. Returns
/// 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse of pointers. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_id_format(
    id: *const sealwire_id,
    out: *mut c_char,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let format = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word; overlap is refused below.
        let id = unsafe { reference(id) }?;
        let out = Output::new(out.cast::<u8>(), cap)?;
        let len = Place::new(len)?;
        disjoint(&[out.span, len.span], &[crate::raw::Span::of_one(id)])?;
        if cap < SEALWIRE_ID_TEXT_SIZE {
            // SAFETY: writable by the caller's word.
            unsafe { len.set(SEALWIRE_ID_TEXT_SIZE) };
            return Err(Error::BufferTooSmall);
        }
        // SAFETY: writable by the caller's word, apart from all else.
        let mut places = unsafe { out.write() }.iter_mut();
        let mut put = |byte| {
            if let Some(place) = places.next() {
                *place = byte;
            }
        };
        for (index, byte) in id.bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                put(b'-');
            }
            put(digit(byte.wrapping_shr(4)));
            put(digit(byte & 0x0f));
        }
        put(0);
        // SAFETY: writable by the caller's word.
        unsafe { len.set(SEALWIRE_ID_TEXT_SIZE.wrapping_sub(1)) };
        Ok(())
    };
    status(format())
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_sub(10).wrapping_add(value),
    }
}

fn digits(text: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0_u8; 16];
    let mut rest = text;
    for (index, place) in bytes.iter_mut().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            rest = rest.strip_prefix(b"-")?;
        }
        let (&[high, low], after) = rest.split_first_chunk()?;
        *place = value(high)?.wrapping_shl(4) | value(low)?;
        rest = after;
    }
    rest.is_empty().then_some(bytes)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}
