//! Chains that were checked: what they say, and the peers that they make.

use core::ffi::c_char;

use sealwire_core::{CheckedChain, Error, PublicKey, Timestamp};

use crate::engine::sealwire_bytes;
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::id::sealwire_id;
use crate::keys::SEALWIRE_PUBLIC_KEY_SIZE;
use crate::object::{self, Fresh, Object};
use crate::raw::{Input, Place, Span, disjoint};
use crate::register::{SEALWIRE_KEY_EXPIRES, sealwire_peer_key};
use crate::sealer::SEALWIRE_ECDSA_P256;
use crate::time::SEALWIRE_NO_CLOCK;
use crate::x509::given::{
    SEALWIRE_CHECKED_CHAIN_SIZE, SEALWIRE_MAX_CERTIFIED_ROLES, sealwire_checked_chain,
    sealwire_revocation_list,
};
use crate::x509::list;
use crate::x509::trust::sealwire_issuer_id;

/// A module that an anchor vouches for: who it is, by which key, in which roles, until when.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_chain_info {
    /// The module's ID, from the subject alternative name.
    pub module: sealwire_id,
    /// Its public key, x ‖ y.
    pub key: [u8; SEALWIRE_PUBLIC_KEY_SIZE],
    /// The anchor at which the chain ends.
    pub anchor: sealwire_issuer_id,
    /// When the first certificate of the chain, or its anchor, ends: µs since the Unix epoch.
    pub expires: u64,
    /// When the first of the lists that were looked at is to be replaced; SEALWIRE_NO_CLOCK if none
    /// was.
    pub status_until: u64,
    /// 1: other modules may take their time from it. Else 0.
    pub is_time_source: u8,
    /// How many roles.
    pub roles_len: u8,
    /// Their names, inside the certificate, without a NUL; null behind the last.
    pub roles: [sealwire_bytes; SEALWIRE_MAX_CERTIFIED_ROLES],
}

pub(crate) struct Body(CheckedChain<'static>);

const _: () = assert!(object::fits::<Body>());

impl Object for Body {
    type Opaque = sealwire_checked_chain;
    const KIND: usize = 0x509_0002;
}

/// Storage that waits for a checked chain; untouched until there is one.
///
/// # Errors
/// As [`object::prepare`].
pub(crate) fn place(
    checked: *mut sealwire_checked_chain,
    size: usize,
) -> Result<Fresh<Body>, Error> {
    object::place::<Body>(checked, size)
}

/// # Safety
/// The storage is writable, and nobody else uses it; the certificates are lent to it.
pub(crate) unsafe fn fill(fresh: Fresh<Body>, checked: CheckedChain<'static>) {
    // SAFETY: the caller's word.
    unsafe { fresh.wipe() };
    // SAFETY: writable, and nobody else's, by the caller's word.
    unsafe { fresh.fill(Body(checked)) };
}

/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is readable, and the certificates are as they were.
unsafe fn shared<'a>(
    checked: *const sealwire_checked_chain,
) -> Result<&'a CheckedChain<'static>, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(checked) }?;
    // SAFETY: alive; nobody writes to it by the caller's word.
    Ok(unsafe { &(*body).0 })
}

/// What a chain says.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_read(
    checked: *const sealwire_checked_chain,
    info: *mut sealwire_chain_info,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(info)?;
        disjoint(&[place.span], &[Span::of_one(checked)])?;
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(checked) }?;
        let mut told = sealwire_chain_info {
            module: sealwire_id::of(Some(core.module())),
            key: *core.key().as_xy(),
            anchor: sealwire_issuer_id::of(core.anchor()),
            expires: core.expires().as_micros(),
            status_until: core.status_until().map_or(SEALWIRE_NO_CLOCK, |time| time.as_micros()),
            is_time_source: u8::from(core.is_time_source()),
            roles_len: 0,
            roles: [sealwire_bytes { data: core::ptr::null(), len: 0 };
                SEALWIRE_MAX_CERTIFIED_ROLES],
        };
        for (place, role) in told.roles.iter_mut().zip(core.roles()) {
            *place = sealwire_bytes { data: role.as_ptr(), len: role.len() };
            told.roles_len = told.roles_len.saturating_add(1);
        }
        // SAFETY: writable by the caller's word.
        unsafe { place.set(told) };
        Ok(())
    };
    status(tell())
}

/// Whether the chain gives the module this role: `*has` becomes 1 or 0.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_has_role(
    checked: *const sealwire_checked_chain,
    name: *const c_char,
    name_len: usize,
    has: *mut u8,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let (name, place) = (Input::new(name.cast::<u8>(), name_len)?, Place::new(has)?);
        disjoint(&[place.span], &[Span::of_one(checked), name.span])?;
        // SAFETY: readable by the caller's word, apart from the output.
        let (core, name) = unsafe { (shared(checked)?, name.read()) };
        let has = core.roles().any(|role| role.as_bytes() == name);
        // SAFETY: writable by the caller's word.
        unsafe { place.set(u8::from(has)) };
        Ok(())
    };
    status(tell())
}

/// Asks again, for another time `now` in µs, and costs no signature: what was checked against
/// SEALWIRE_CHAIN_NOT_BEFORE goes on when the time is known.
///
/// Returns 0, SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
/// SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_holds_at(
    checked: *const sealwire_checked_chain,
    now: u64,
) -> i32 {
    // SAFETY: readable by the caller's word.
    let core = unsafe { shared(checked) };
    status(core.and_then(|core| core.holds_at(Timestamp::from_micros(now)?)))
}

/// Whether the list revokes a certificate of the chain that its issuer made, or that was made below
/// it, for a peer that is registered already: `*is_revoked` becomes 1 or 0. sealwire_remove its key
/// then.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_is_revoked_by(
    checked: *const sealwire_checked_chain,
    list: *const sealwire_revocation_list,
    is_revoked: *mut u8,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(is_revoked)?;
        disjoint(&[place.span], &[Span::of_one(checked)])?;
        // SAFETY: readable by the caller's word, apart from the output.
        let (core, list) = unsafe { (shared(checked)?, list::shared(list, &[place.span])?) };
        // SAFETY: writable by the caller's word.
        unsafe { place.set(u8::from(core.is_revoked_by(&list))) };
        Ok(())
    };
    status(tell())
}

/// The module as a peer for level 5, under this key ID: what sealwire_register and
/// sealwire_rollover take. It ends with its chain; role and the like are the caller's to add. The
/// public key goes to `out`, SEALWIRE_PUBLIC_KEY_SIZE bytes, to which `key->key` points then. From
/// now on a frame costs one signature.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_peer_key(
    checked: *const sealwire_checked_chain,
    key_id: u32,
    key: *mut sealwire_peer_key,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(key)?;
        let bytes = FixedOutput::new(out, cap, len)?;
        let [bytes_at, len_at] = bytes.spans();
        disjoint(&[place.span, bytes_at, len_at], &[Span::of_one(checked)])?;
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(checked) }?;
        // SAFETY: writable by the caller's word.
        unsafe { bytes.is_large_enough(PublicKey::LEN) }?;
        let told = sealwire_peer_key {
            key_id,
            algorithm: SEALWIRE_ECDSA_P256,
            flags: SEALWIRE_KEY_EXPIRES,
            role: 0,
            quota: 0,
            burst_rate: 0,
            sender: sealwire_id::of(Some(core.module())),
            group: sealwire_id::ZERO,
            expires: core.expires().as_micros(),
            key: out,
            key_len: PublicKey::LEN,
        };
        // SAFETY: writable by the caller's word, apart from all else.
        unsafe {
            bytes.fill(core.key().as_xy());
            place.set(told);
        }
        Ok(())
    };
    status(tell())
}

/// Ends a checked chain. The certificates are the caller's again; peers that it made stay.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_checked_chain_destroy(
    checked: *mut sealwire_checked_chain,
) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<Body>(checked) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(checked, body) };
    }))
}

/// The size of a checked chain's storage in this library: SEALWIRE_CHECKED_CHAIN_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_checked_chain_size() -> usize {
    SEALWIRE_CHECKED_CHAIN_SIZE
}
