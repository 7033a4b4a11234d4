//! Looking at frames without believing them: for tools, logs and gateways.

use sealwire_core::{Claim, Error, Frame, Metadata};

use crate::errors::status;
use crate::id::sealwire_id;
use crate::raw::{Input, Place, disjoint};

/// What a frame says of itself. Nothing of it is proven.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_metadata {
    /// The level that it claims: SEALWIRE_LEVEL_….
    pub level: u8,
    /// Its algorithm, which belongs to the level.
    pub algorithm: u8,
    /// Levels 4 and 5: the key that it names.
    pub key_id: u32,
    /// Levels 1 to 3: the module that it names.
    pub module: sealwire_id,
    /// When it says that it was sealed: µs since the Unix epoch.
    pub timestamp: u64,
    /// The nonce.
    pub nonce: u64,
    /// Bytes of metadata; in an attached frame the payload begins there.
    pub metadata_len: usize,
    /// Bytes of payload.
    pub payload_len: usize,
    /// Bytes of tag; from sealwire_inspect_front those of a burst without its path, which the
    /// metadata doesn't tell.
    pub tag_len: usize,
}

impl sealwire_metadata {
    fn of(metadata: &Metadata, tag_len: usize) -> Self {
        let (key_id, module) = match metadata.claim() {
            Claim::Key(id) => (id.0, None),
            Claim::Module(id) => (0, Some(id)),
        };
        Self {
            level: metadata.level().number(),
            algorithm: metadata.algorithm().number(),
            key_id,
            module: sealwire_id::of(module),
            timestamp: metadata.timestamp().as_micros(),
            nonce: metadata.nonce(),
            metadata_len: metadata.encoded_len(),
            payload_len: metadata.payload_len(),
            tag_len,
        }
    }
}

/// Reads the metadata of an attached frame that is whole. Nothing is proven by it.
///
/// Returns 0, one of the malformed errors (1xx), or misuse; `metadata` is unchanged then. Any
/// thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_inspect(
    frame: *const u8,
    frame_len: usize,
    metadata: *mut sealwire_metadata,
) -> i32 {
    let parse = |bytes| {
        Frame::parse(bytes).map(|frame| sealwire_metadata::of(frame.metadata(), frame.tag().len()))
    };
    // SAFETY: the caller's word.
    status(unsafe { inspect(frame, frame_len, metadata, parse) })
}

/// Reads metadata from the front of some bytes: the beginning of a frame, a detached form.
///
/// Returns as sealwire_inspect. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_inspect_front(
    bytes: *const u8,
    bytes_len: usize,
    metadata: *mut sealwire_metadata,
) -> i32 {
    let parse = |bytes| {
        Metadata::parse(bytes)
            .map(|(found, _)| sealwire_metadata::of(&found, found.algorithm().tag_len()))
    };
    // SAFETY: the caller's word.
    status(unsafe { inspect(bytes, bytes_len, metadata, parse) })
}

/// # Safety
/// Readable and writable as the lengths say.
unsafe fn inspect(
    bytes: *const u8,
    bytes_len: usize,
    place: *mut sealwire_metadata,
    parse: impl FnOnce(&'static [u8]) -> Result<sealwire_metadata, Error>,
) -> Result<(), Error> {
    let bytes = Input::new(bytes, bytes_len)?;
    let place = Place::new(place)?;
    disjoint(&[place.span], &[bytes.span])?;
    // SAFETY: readable by the caller's word, apart from the output.
    let metadata = parse(unsafe { bytes.read() })?;
    // SAFETY: writable by the caller's word.
    unsafe { place.set(metadata) };
    Ok(())
}
