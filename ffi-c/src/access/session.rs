//! Sessions as one side holds them: what is known of them, their secrets, and what becomes of
//! them: a sealer, a group's key.

use core::mem::size_of;

use sealwire_core::{Error, Sealer, Session, TagLength, TimeRule};

use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::id::sealwire_id;
use crate::object::{self, Fresh, Object};
use crate::raw::{Place, Span, disjoint};
use crate::register::{SEALWIRE_KEY_GROUP, sealwire_peer_key};
use crate::sealer::{SEALWIRE_HMAC_SHA256, SEALWIRE_HMAC_SHA256_128, install, sealwire_sealer};
use crate::signer::{Borrowed, sealwire_signer};
use crate::time::SEALWIRE_NO_CLOCK;

/// Bytes of a session's storage.
pub const SEALWIRE_SESSION_SIZE: usize = 512;
/// Bytes of a session's token and of its hmac_key.
pub const SEALWIRE_TOKEN_SIZE: usize = 32;
/// Bytes of a session's binder.
pub const SEALWIRE_BINDER_SIZE: usize = 16;

/// What an exchange ends with, as one of its two sides holds it. Opaque storage of the caller's;
/// see "Objects". Holds secrets: install it, make a sealer of it, then destroy it.
#[repr(C)]
pub struct sealwire_session {
    /// The library's business.
    pub opaque: [u64; 64],
}

const _: () = assert!(size_of::<sealwire_session>() == SEALWIRE_SESSION_SIZE);
const _: () = assert!(object::fits::<Body>());

pub(crate) struct Body(Session);

impl Object for Body {
    type Opaque = sealwire_session;
    const KIND: usize = 0xacce_5502;
}

/// Storage that waits for a session; untouched until there is one.
///
/// # Errors
/// As [`object::prepare`].
pub(crate) fn place(session: *mut sealwire_session, size: usize) -> Result<Fresh<Body>, Error> {
    object::place::<Body>(session, size)
}

/// # Safety
/// The storage is writable, and nobody else uses it.
pub(crate) unsafe fn fill(fresh: Fresh<Body>, session: Session) {
    // SAFETY: the caller's word.
    unsafe { fresh.wipe() };
    // SAFETY: writable, and nobody else's, by the caller's word.
    unsafe { fresh.fill(Body(session)) };
}

/// A live session, for reading.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is readable and nobody writes to it for `'a`.
pub(crate) unsafe fn shared<'a>(session: *const sealwire_session) -> Result<&'a Session, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(session) }?;
    // SAFETY: alive; nobody writes to it by the caller's word.
    Ok(unsafe { &(*body).0 })
}

/// In `flags` of a session: its frames carry no time.
pub const SEALWIRE_SESSION_COUNTER_ONLY: u8 = 1;
/// In `flags` of a session: `expires` says when it is over by the clock.
pub const SEALWIRE_SESSION_EXPIRES: u8 = 2;
/// In `flags` of a session: the granter is a source of time, and `time` is what it told.
pub const SEALWIRE_SESSION_TIME: u8 = 4;
/// In `flags` of a session: it came with a group's key, sealwire_session_group.
pub const SEALWIRE_SESSION_GROUP: u8 = 8;

/// What is known of a session. Nothing in it is secret.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_session_info {
    /// This side.
    pub own: sealwire_id,
    /// The other side, which proved itself.
    pub peer: sealwire_id,
    /// The key ID of the frames that come: this side chose it.
    pub key_id: u32,
    /// The key ID of the frames that go: the other side chose it.
    pub peer_key_id: u32,
    /// The level of every frame, in both directions: 4 or 5.
    pub level: u8,
    /// The algorithm of every frame.
    pub algorithm: u8,
    /// The other side's role, 0 for none: on the granter's side the one that it granted.
    pub peer_role: u8,
    /// SEALWIRE_SESSION_….
    pub flags: u8,
    /// Seconds that it lives, counted from the granting.
    pub life_seconds: u32,
    /// The tick, in µs, at which it is over on this side.
    pub ends_at_tick: u64,
    /// The tick before which the module's first frame must have reached the granter.
    pub first_frame_by_tick: u64,
    /// When it is over by the clock, in µs since the Unix epoch; SEALWIRE_NO_CLOCK if its frames
    /// carry no time.
    pub expires: u64,
    /// The granter's time when it granted, for sealwire_clock_learn; SEALWIRE_NO_CLOCK without.
    pub time: u64,
    /// µs by this side's tick from proof to grant, with `time`; else 0.
    pub round_trip: u64,
    /// What signatures under this session contain beside what they always do.
    pub binder: [u8; SEALWIRE_BINDER_SIZE],
}

impl sealwire_session_info {
    pub(crate) const NONE: Self = Self {
        own: sealwire_id::ZERO,
        peer: sealwire_id::ZERO,
        key_id: 0,
        peer_key_id: 0,
        level: 0,
        algorithm: 0,
        peer_role: 0,
        flags: 0,
        life_seconds: 0,
        ends_at_tick: 0,
        first_frame_by_tick: 0,
        expires: SEALWIRE_NO_CLOCK,
        time: SEALWIRE_NO_CLOCK,
        round_trip: 0,
        binder: [0; SEALWIRE_BINDER_SIZE],
    };

    pub(crate) fn of(session: &Session) -> Self {
        let flag = |is_set: bool, flag| if is_set { flag } else { 0 };
        let (expires, report) = (session.expires(), session.time_report());
        Self {
            own: sealwire_id::of(Some(session.own())),
            peer: sealwire_id::of(Some(session.peer())),
            key_id: session.key_id().0,
            peer_key_id: session.peer_key_id().0,
            level: session.level().number(),
            algorithm: session.algorithm().number(),
            peer_role: session.peer_role().0,
            flags: flag(
                session.time_rule() == TimeRule::CounterOnly,
                SEALWIRE_SESSION_COUNTER_ONLY,
            ) | flag(expires.is_some(), SEALWIRE_SESSION_EXPIRES)
                | flag(report.is_some(), SEALWIRE_SESSION_TIME)
                | flag(session.group().is_some(), SEALWIRE_SESSION_GROUP),
            life_seconds: session.life_seconds(),
            ends_at_tick: session.ends_at_tick(),
            first_frame_by_tick: session.first_frame_by_tick(),
            expires: expires.map_or(SEALWIRE_NO_CLOCK, |time| time.as_micros()),
            time: report.map_or(SEALWIRE_NO_CLOCK, |report| report.time().as_micros()),
            round_trip: report.map_or(0, |report| report.round_trip()),
            binder: *session.binder(),
        }
    }
}

/// What is known of a session.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_read(
    session: *const sealwire_session,
    info: *mut sealwire_session_info,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(session) }?;
        let info = Place::new(info)?;
        disjoint(&[info.span], &[Span::of_one(session)])?;
        // SAFETY: writable by the caller's word.
        unsafe { info.set(sealwire_session_info::of(core)) };
        Ok(())
    };
    status(tell())
}

/// The session's token, SEALWIRE_TOKEN_SIZE bytes, which both sides derived and nobody sent.
/// Whoever shows it is taken for the module, at level 2 and no higher. Keep it out of logs; wipe
/// `out` with sealwire_wipe.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_token(
    session: *const sealwire_session,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { secret(session, out, cap, len, Session::secret_token) })
}

/// The session's hmac_key, SEALWIRE_TOKEN_SIZE bytes, for the interface of the framework that came
/// before; frames have other keys. Wipe `out` with sealwire_wipe.
///
/// Returns as sealwire_session_token. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_hmac_key(
    session: *const sealwire_session,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { secret(session, out, cap, len, Session::secret_hmac_key) })
}

/// # Safety
/// As the header says.
unsafe fn secret(
    session: *const sealwire_session,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    of: fn(&Session) -> &[u8; 32],
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let core = unsafe { shared(session) }?;
    let out = FixedOutput::new(out, cap, len)?;
    disjoint(&out.spans(), &[Span::of_one(session)])?;
    // SAFETY: writable by the caller's word.
    unsafe { out.is_large_enough(SEALWIRE_TOKEN_SIZE) }?;
    // SAFETY: as above, and apart from all else.
    unsafe { out.fill(of(core)) };
    Ok(())
}

/// The key of the granter's group, if the module is in it: what sealwire_register takes, to check
/// what the granter seals for the group. The secret goes to `out`, SEALWIRE_SECRET_SIZE bytes, to
/// which `key->key` points then; role, quota and expiry are the caller's to add. Wipe `out` when
/// the key is registered.
///
/// `*len` becomes the size written, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_UNKNOWN_KEY if no group's key came with the session,
/// SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_group(
    session: *const sealwire_session,
    key: *mut sealwire_peer_key,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(session) }?;
        let key = Place::new(key)?;
        let place = FixedOutput::new(out, cap, len)?;
        let [bytes, length] = place.spans();
        disjoint(&[key.span, bytes, length], &[Span::of_one(session)])?;
        let group = core.group().ok_or(Error::UnknownKey)?;
        let secret = group.secret().secret_bytes();
        // SAFETY: writable by the caller's word.
        unsafe { place.is_large_enough(secret.len()) }?;
        let told = sealwire_peer_key {
            key_id: group.key_id().0,
            algorithm: match group.tag() {
                TagLength::Full => SEALWIRE_HMAC_SHA256,
                TagLength::Short => SEALWIRE_HMAC_SHA256_128,
            },
            flags: SEALWIRE_KEY_GROUP,
            role: 0,
            quota: 0,
            burst_rate: 0,
            sender: sealwire_id::of(Some(core.peer())),
            group: sealwire_id::of(Some(group.id())),
            expires: 0,
            key: out,
            key_len: secret.len(),
        };
        // SAFETY: writable, and apart from all else.
        unsafe {
            place.fill(secret);
            key.set(told);
        }
        Ok(())
    };
    status(tell())
}

/// Makes a sealer for what goes under a session of level 4, from its first nonce on. One sealer
/// per session: a second one would use its nonces again. A granter sends by sealwire_granter_seal
/// instead.
///
/// `size` is `sizeof *sealer`. Returns 0, SEALWIRE_ERR_KEY_KIND for level 5,
/// SEALWIRE_ERR_SESSION_UNCONFIRMED on the granter's side, SEALWIRE_ERR_OBJECT_SIZE, or misuse; the
/// sealer is not initialised then. Threads as sealwire_sealer_init_hmac.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_init_session(
    sealer: *mut sealwire_sealer,
    size: usize,
    session: *const sealwire_session,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word; overlap is refused in `install`.
        let core = unsafe { shared(session) }?;
        // SAFETY: the caller's word.
        unsafe { install(sealer, size, &[Span::of_one(session)], || Sealer::for_session(core)) }
    };
    status(init())
}

/// The same for a session of level 5, signed by the key that the exchange proved. The sealer
/// borrows the signer, as after sealwire_sealer_init_ecdsa.
///
/// Returns as sealwire_sealer_init_session; SEALWIRE_ERR_KEY_KIND for level 4.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_init_signed_session(
    sealer: *mut sealwire_sealer,
    size: usize,
    session: *const sealwire_session,
    signer: *mut sealwire_signer,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word; overlap is refused in `install`.
        let core = unsafe { shared(session) }?;
        let read = [Span::of_one(session), Span::of_one(signer)];
        // SAFETY: the caller's word.
        unsafe {
            install(sealer, size, &read, || {
                Sealer::for_signed_session(core, Borrowed::new(signer)?)
            })
        }
    };
    status(init())
}

/// Ends a session's object and wipes its storage. What was installed and what seals goes on.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_destroy(session: *mut sealwire_session) -> i32 {
    // SAFETY: readable by the caller's word.
    status(unsafe { object::live::<Body>(session) }.map(|body| {
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(session, body) };
    }))
}

/// The size of a session's storage in this library: SEALWIRE_SESSION_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_session_size() -> usize {
    SEALWIRE_SESSION_SIZE
}
