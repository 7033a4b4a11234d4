//! Sealers: how one is made, what it counts, how it ends. Sealing itself is in `seal.rs`.

use core::mem::{ManuallyDrop, size_of};

use sealwire_core::{
    Audience, Error, KeyId, ModuleId, NoSigner, NonceStart, PeerSecret, Sealer, SignP256,
    TagLength, Timestamp,
};

use crate::errors::status;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Input, Place, Span, disjoint, reference};
use crate::requirement::{level, truth};
use crate::seal::Seal;
use crate::signer::{Borrowed, sealwire_signer};

/// No tag: levels 1 to 3.
pub const SEALWIRE_ALGORITHM_NONE: u8 = 0;
/// HMAC-SHA256 with tags of 32 bytes: level 4.
pub const SEALWIRE_HMAC_SHA256: u8 = 1;
/// HMAC-SHA256 with tags of 16 bytes, for narrow links: level 4.
pub const SEALWIRE_HMAC_SHA256_128: u8 = 2;
/// ECDSA over P-256 with SHA-256, r ‖ s, 64 bytes: level 5.
pub const SEALWIRE_ECDSA_P256: u8 = 3;

/// The same over the root of a tree of frames: a burst, level 5.
pub const SEALWIRE_ECDSA_P256_BURST: u8 = 4;

/// The frames are for one receiver.
pub const SEALWIRE_AUDIENCE_PEER: u8 = 1;
/// The frames are for all members of a group, any of which can make its HMAC tags.
pub const SEALWIRE_AUDIENCE_GROUP: u8 = 2;

/// The key was never used: nonces from 0.
pub const SEALWIRE_NONCE_FRESH: u8 = 1;
/// A block that was stored as spent before it is used: from `from`, and not `until` itself.
pub const SEALWIRE_NONCE_RESERVED: u8 = 2;
/// The clock's µs, in `from`: for a sender that seals fewer than a million frames a second and
/// whose clock doesn't step back over a restart.
pub const SEALWIRE_NONCE_FROM_CLOCK: u8 = 3;
/// Each frame brings 64 random bits of its own: sealwire_seal_with_nonce.
pub const SEALWIRE_NONCE_RANDOM: u8 = 4;

/// Where a sealer's nonces begin. There is no default: beginning again is a repetition.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_nonce_start {
    /// SEALWIRE_NONCE_…; 0 is refused.
    pub kind: u8,
    /// The first nonce of a reserved block; µs since the Unix epoch for a start from the clock;
    /// else 0.
    pub from: u64,
    /// The first nonce behind a reserved block; else 0.
    pub until: u64,
}

impl sealwire_nonce_start {
    fn checked(&self) -> Result<NonceStart, Error> {
        match (self.kind, self.from, self.until) {
            (SEALWIRE_NONCE_FRESH, 0, 0) => Ok(NonceStart::Fresh),
            (SEALWIRE_NONCE_RESERVED, from, until) => Ok(NonceStart::Reserved { from, until }),
            (SEALWIRE_NONCE_FROM_CLOCK, now, 0) => {
                Timestamp::from_micros(now).map(NonceStart::FromClock)
            }
            (SEALWIRE_NONCE_RANDOM, 0, 0) => Ok(NonceStart::Random),
            _ => Err(Error::InvalidNonceStart),
        }
    }
}

/// Who seals, for whom, under which key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_sealer_config {
    /// Under what the receiver registered the key.
    pub key_id: u32,
    /// SEALWIRE_AUDIENCE_PEER or SEALWIRE_AUDIENCE_GROUP.
    pub audience_kind: u8,
    /// 1: the sender has no clock, its frames carry the time 0, and the receiver registered the
    /// key so. Else 0.
    pub counter_only: u8,
    /// Who seals.
    pub sender: sealwire_id,
    /// The receiver or the group.
    pub audience: sealwire_id,
    /// Where nonces begin.
    pub start: sealwire_nonce_start,
}

/// Bytes of a sealer's storage.
pub const SEALWIRE_SEALER_SIZE: usize = 320;

/// Seals frames of one level under one key. Opaque storage of the caller's; see "Objects".
#[repr(C)]
pub struct sealwire_sealer {
    /// The library's business.
    pub opaque: [u64; 40],
}

const _: () = assert!(size_of::<sealwire_sealer>() == SEALWIRE_SEALER_SIZE);
const _: () = assert!(object::fits::<Body>());

/// A sealer of one of two types, known by its functions: what doesn't sign links no signing.
pub(crate) struct Body {
    /// Points to the sealer in `storage`.
    pub(crate) sealer: *mut dyn Seal,
    storage: Storage,
}

#[allow(dead_code, reason = "members say how large and how aligned the place must be")]
union Storage {
    plain: ManuallyDrop<Sealer<NoSigner>>,
    signing: ManuallyDrop<Sealer<Borrowed>>,
}

impl Object for Body {
    type Opaque = sealwire_sealer;
    const KIND: usize = 0x5ea1_e401;
}

impl Drop for Body {
    fn drop(&mut self) {
        // SAFETY: made together with its storage, dropped once.
        unsafe { core::ptr::drop_in_place(self.sealer) };
    }
}

/// Puts a sealer into a fresh object.
///
/// # Safety
/// `size` bytes at `object` are writable and nobody else's.
pub(crate) unsafe fn install<S: SignP256 + 'static>(
    object: *mut sealwire_sealer,
    size: usize,
    read: &[Span],
    make: impl FnOnce() -> Result<Sealer<S>, Error>,
) -> Result<(), Error> {
    const { assert!(size_of::<Sealer<S>>() <= size_of::<Storage>()) };
    disjoint(&[Span::of_one(object)], read)?;
    // SAFETY: the caller's word.
    let fresh = unsafe { object::prepare::<Body>(object, size) }?;
    let made = make()?;
    let body = fresh.body();
    // SAFETY: inside the storage. Every member of the union begins where the union does.
    let place = unsafe { &raw mut (*body).storage }.cast::<Sealer<S>>();
    // SAFETY: as above; the sealer is one of the members, so there is room, and it is aligned.
    unsafe { place.write(made) };
    // SAFETY: inside the storage.
    unsafe { (&raw mut (*body).sealer).write(place) };
    // SAFETY: both fields are written.
    unsafe { fresh.finish() };
    Ok(())
}

struct Config {
    key_id: KeyId,
    sender: ModuleId,
    audience: Audience,
    counter_only: bool,
    start: NonceStart,
}

impl sealwire_sealer_config {
    fn checked(&self) -> Result<Config, Error> {
        let audience = self.audience.checked()?;
        Ok(Config {
            key_id: KeyId(self.key_id),
            sender: self.sender.checked()?,
            audience: match self.audience_kind {
                SEALWIRE_AUDIENCE_PEER => Audience::Peer(audience),
                SEALWIRE_AUDIENCE_GROUP => Audience::Group(audience),
                _ => return Err(Error::InvalidArgument),
            },
            counter_only: truth(self.counter_only)?,
            start: self.start.checked()?,
        })
    }
}

fn with_time_rule<S: SignP256>(sealer: Sealer<S>, config: &Config) -> Result<Sealer<S>, Error> {
    if config.counter_only { sealer.counter_only() } else { Ok(sealer) }
}

/// The tags of an HMAC algorithm.
///
/// # Errors
/// [`Error::InvalidArgument`].
pub(crate) const fn tag_length(algorithm: u8) -> Result<TagLength, Error> {
    match algorithm {
        SEALWIRE_HMAC_SHA256 => Ok(TagLength::Full),
        SEALWIRE_HMAC_SHA256_128 => Ok(TagLength::Short),
        _ => Err(Error::InvalidArgument),
    }
}

/// Makes a sealer for level 1, 2 or 3: without proof.
///
/// `size` is `sizeof *sealer`. Returns 0, SEALWIRE_ERR_KEY_KIND for level 4 or 5,
/// SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_NONCE_START, SEALWIRE_ERR_INVALID_ARGUMENT,
/// SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers; the object is not initialised then. A sealer
/// is used by one thread at a time, never copied and never shared between processes.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_init_unproven(
    sealer: *mut sealwire_sealer,
    size: usize,
    level_number: u8,
    sender: *const sealwire_id,
    start: *const sealwire_nonce_start,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word; overlap is refused in `install`.
        let (id, nonces) = unsafe { (reference(sender)?, reference(start)?) };
        let read = [Span::of_one(sender), Span::of_one(start)];
        let (level, id, nonces) = (level(level_number), id.checked(), nonces.checked());
        // SAFETY: the caller's word.
        unsafe { install(sealer, size, &read, || Sealer::unproven(level?, id?, nonces?)) }
    };
    status(init())
}

/// Makes a sealer for level 4: HMAC-SHA256 under a key that is derived from a peer secret.
///
/// `algorithm` is SEALWIRE_HMAC_SHA256 or SEALWIRE_HMAC_SHA256_128. The secret is not kept; wipe
/// your own. Returns 0, SEALWIRE_ERR_KEY_LENGTH (not 32 bytes), SEALWIRE_ERR_KEY_INVALID (all
/// zeros), SEALWIRE_ERR_KEY_KIND (counter-only with random nonces), and otherwise as
/// sealwire_sealer_init_unproven.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_init_hmac(
    sealer: *mut sealwire_sealer,
    size: usize,
    config: *const sealwire_sealer_config,
    algorithm: u8,
    secret: *const u8,
    secret_len: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let secret = Input::new(secret, secret_len)?;
        // SAFETY: readable by the caller's word; overlap is refused in `install`.
        let settings = unsafe { reference(config) }?.checked();
        let read = [Span::of_one(config), secret.span];
        // SAFETY: the caller's word; the secret is apart from the object.
        unsafe {
            install(sealer, size, &read, || {
                let config = settings?;
                let secret = PeerSecret::from_slice(secret.read())?;
                let sealer = Sealer::hmac(
                    config.key_id,
                    config.sender,
                    config.audience,
                    &secret,
                    tag_length(algorithm)?,
                    config.start,
                )?;
                with_time_rule(sealer, &config)
            })
        }
    };
    status(init())
}

/// Makes a sealer for level 5, which borrows a signer: that must outlive it at its address, and
/// is used by this sealer's thread. One signer serves many sealers.
///
/// Returns as sealwire_sealer_init_hmac; SEALWIRE_ERR_NOT_INITIALISED is about the signer.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_init_ecdsa(
    sealer: *mut sealwire_sealer,
    size: usize,
    config: *const sealwire_sealer_config,
    signer: *mut sealwire_signer,
) -> i32 {
    let init = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word; overlap is refused in `install`.
        let settings = unsafe { reference(config) }?.checked();
        let read = [Span::of_one(config), Span::of_one(signer)];
        // SAFETY: the caller's word.
        unsafe {
            install(sealer, size, &read, || {
                let config = settings?;
                let sealer = Sealer::ecdsa(
                    config.key_id,
                    config.sender,
                    config.audience,
                    Borrowed::new(signer)?,
                    config.start,
                )?;
                with_time_rule(sealer, &config)
            })
        }
    };
    status(init())
}

/// The nonce of the next frame: what a device compares with the block that it stored.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_next_nonce(
    sealer: *const sealwire_sealer,
    nonce: *mut u64,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { tell(sealer, nonce, |sealer| Ok(sealer.next_nonce())) })
}

/// How many frames can be sealed before the block of nonces, or the key, is used up.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_nonces_left(
    sealer: *const sealwire_sealer,
    count: *mut u64,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { tell(sealer, count, |sealer| Ok(sealer.nonces_left())) })
}

/// Goes on counting to `until`, a border that was stored as spent before.
///
/// Returns 0, SEALWIRE_ERR_INVALID_NONCE_START if that is not beyond the present border or above
/// 2^63, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_extend(sealer: *mut sealwire_sealer, until: u64) -> i32 {
    let extend = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(sealer) }?;
        // SAFETY: alive, so its pointer is to the sealer in its storage; one call at a time.
        unsafe { (*(*body).sealer).extend(until) }
    };
    status(extend())
}

/// Bytes of the next attached frame around `payload_len` bytes at `now`.
///
/// `now` is in µs since the Unix epoch, or SEALWIRE_NO_CLOCK. Returns 0, what sealwire_seal would
/// refuse, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_frame_len(
    sealer: *const sealwire_sealer,
    payload_len: usize,
    now: u64,
    len: *mut usize,
) -> i32 {
    let frame_len = |sealer: &dyn Seal| sealer.frame_len(payload_len, crate::time::now(now)?);
    // SAFETY: the caller's word.
    status(unsafe { tell(sealer, len, frame_len) })
}

/// Bytes of the next detached form beside `payload_len` bytes at `now`. As sealwire_frame_len.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_detached_len(
    sealer: *const sealwire_sealer,
    payload_len: usize,
    now: u64,
    len: *mut usize,
) -> i32 {
    let detached_len = |sealer: &dyn Seal| sealer.detached_len(payload_len, crate::time::now(now)?);
    // SAFETY: the caller's word.
    status(unsafe { tell(sealer, len, detached_len) })
}

/// # Safety
/// The object is readable, the place writable.
unsafe fn tell<T>(
    sealer: *const sealwire_sealer,
    place: *mut T,
    question: impl FnOnce(&dyn Seal) -> Result<T, Error>,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(sealer) }?;
    let place = Place::new(place)?;
    disjoint(&[place.span], &[Span::of_one(sealer)])?;
    // SAFETY: alive, so its pointer is to the sealer in its storage.
    let answer = question(unsafe { &*(*body).sealer })?;
    // SAFETY: the caller's word.
    unsafe { place.set(answer) };
    Ok(())
}

/// Ends a sealer and wipes its storage. A signer that it borrowed stays.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_sealer_destroy(sealer: *mut sealwire_sealer) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(sealer) }?;
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(sealer, body) };
        Ok(())
    };
    status(destroy())
}

/// The size of a sealer's storage in this library: SEALWIRE_SEALER_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_sealer_size() -> usize {
    SEALWIRE_SEALER_SIZE
}
