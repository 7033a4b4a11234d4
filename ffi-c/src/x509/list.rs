//! Revocation lists that were taken. They come from sealwire_trust_store_take_list.

use sealwire_core::{Error, RevocationList};

use crate::errors::status;
use crate::object::{self, Fresh, Object};
use crate::raw::{Place, Span, disjoint};
use crate::x509::given::{SEALWIRE_REVOCATION_LIST_SIZE, sealwire_revocation_list};
use crate::x509::trust::sealwire_issuer_id;

/// What a revocation list says of itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_list_info {
    /// Who signed it.
    pub issuer: sealwire_issuer_id,
    /// Its number: rises with every list of an issuer.
    pub number: u64,
    /// When it was made, in µs since the Unix epoch.
    pub issued: u64,
    /// Until when there is another.
    pub next_update: u64,
    /// How many entries it has.
    pub entries: usize,
}

pub(crate) struct Body(RevocationList<'static>);

const _: () = assert!(object::fits::<Body>());

impl Object for Body {
    type Opaque = sealwire_revocation_list;
    const KIND: usize = 0x509_0003;
}

/// Storage that waits for a list; untouched until there is one.
///
/// # Errors
/// As [`object::prepare`].
pub(crate) fn place(
    list: *mut sealwire_revocation_list,
    size: usize,
) -> Result<Fresh<Body>, Error> {
    object::place::<Body>(list, size)
}

/// # Safety
/// The storage is writable, and nobody else uses it; the list's bytes are lent to it.
pub(crate) unsafe fn fill(fresh: Fresh<Body>, list: RevocationList<'static>) {
    // SAFETY: the caller's word.
    unsafe { fresh.wipe() };
    // SAFETY: writable, and nobody else's, by the caller's word.
    unsafe { fresh.fill(Body(list)) };
}

/// A live list.
///
/// # Errors
/// [`Error::Overlap`] if what a call writes lies in it, or as [`object::live`].
///
/// # Safety
/// The object is readable, and the list's bytes are as they were.
pub(crate) unsafe fn shared(
    list: *const sealwire_revocation_list,
    written: &[Span],
) -> Result<RevocationList<'static>, Error> {
    disjoint(written, &[Span::of_one(list)])?;
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(list) }?;
    // SAFETY: alive; nobody writes to it by the caller's word.
    Ok(unsafe { (*body).0 })
}

/// What a list says of itself.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_revocation_list_read(
    list: *const sealwire_revocation_list,
    info: *mut sealwire_list_info,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(info)?;
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(list, &[place.span]) }?;
        let told = sealwire_list_info {
            issuer: sealwire_issuer_id::of(core.issuer()),
            number: core.number(),
            issued: core.issued().as_micros(),
            next_update: core.next_update().as_micros(),
            entries: core.len(),
        };
        // SAFETY: writable by the caller's word.
        unsafe { place.set(told) };
        Ok(())
    };
    status(tell())
}

/// Ends a list. Its bytes are the caller's again; its number stays with the store.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_revocation_list_destroy(
    list: *mut sealwire_revocation_list,
) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<Body>(list) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(list, body) };
    }))
}

/// The size of a list's storage in this library: SEALWIRE_REVOCATION_LIST_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_revocation_list_size() -> usize {
    SEALWIRE_REVOCATION_LIST_SIZE
}
