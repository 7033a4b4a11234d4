//! Validators: how one is made, with which engine it verifies, what it saves, how it ends.
//! Keys are in `register.rs`; frames in `check.rs` and `validate.rs`; the audit in `audit.rs`.

use core::mem::size_of;

use sealwire_core::{
    BurstEntry, Error, Limits, NonceEntry, PortableVerifier, PublicKey, Restart, Signature, Slot,
    Timestamp, Validator, VerifyP256, max_saved_len,
};

use crate::audit::Sink;
use crate::engine::{Verifier, sealwire_verify_engine};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint, reference};

/// Bytes of a validator's storage.
pub const SEALWIRE_VALIDATOR_SIZE: usize = 2048;
/// Bytes of one slot: one key or one known module.
pub const SEALWIRE_SLOT_SIZE: usize = 192;
/// Bytes of one entry of the nonce cache.
pub const SEALWIRE_NONCE_ENTRY_SIZE: usize = 16;
/// Bytes of what is remembered of one key's bursts.
pub const SEALWIRE_BURST_ENTRY_SIZE: usize = 80;

/// The usual limit into the past, in µs: 10 s.
pub const SEALWIRE_DEFAULT_PAST: u64 = 10_000_000;
/// The usual limit into the future, in µs: 1 s.
pub const SEALWIRE_DEFAULT_FUTURE: u64 = 1_000_000;

const _: () = assert!(SEALWIRE_DEFAULT_PAST == Limits::DEFAULT.past());
const _: () = assert!(SEALWIRE_DEFAULT_FUTURE == Limits::DEFAULT.future());

/// A receiver: its keys, windows, limits and audit. Opaque storage of the caller's; see "Objects".
#[repr(C)]
pub struct sealwire_validator {
    /// The library's business.
    pub opaque: [u64; 256],
}

/// Storage for one key or one known module. Holds secrets; the validator wipes it at its end.
#[repr(C)]
pub struct sealwire_slot {
    /// The library's business.
    pub opaque: [u64; 24],
}

/// Storage for one remembered nonce, for level 3 and for keys with random nonces.
#[repr(C)]
pub struct sealwire_nonce_entry {
    /// The library's business.
    pub opaque: [u64; 2],
}

const _: () = assert!(size_of::<sealwire_validator>() == SEALWIRE_VALIDATOR_SIZE);
const _: () = assert!(size_of::<sealwire_slot>() == SEALWIRE_SLOT_SIZE);
const _: () = assert!(size_of::<Slot>() == SEALWIRE_SLOT_SIZE);
const _: () = assert!(align_of::<Slot>() <= align_of::<sealwire_slot>());
const _: () = assert!(size_of::<sealwire_nonce_entry>() == SEALWIRE_NONCE_ENTRY_SIZE);
const _: () = assert!(size_of::<NonceEntry>() == SEALWIRE_NONCE_ENTRY_SIZE);
const _: () = assert!(align_of::<NonceEntry>() <= align_of::<sealwire_nonce_entry>());
/// Storage for what is remembered of one key's bursts, so that each costs one verification.
#[repr(C)]
pub struct sealwire_burst_entry {
    /// The library's business.
    pub opaque: [u64; 10],
}

const _: () = assert!(size_of::<sealwire_burst_entry>() == SEALWIRE_BURST_ENTRY_SIZE);
const _: () = assert!(size_of::<BurstEntry>() == SEALWIRE_BURST_ENTRY_SIZE);
const _: () = assert!(align_of::<BurstEntry>() <= align_of::<sealwire_burst_entry>());
const _: () = assert!(object::fits::<Body>());

/// None of the keys was ever used with this receiver.
pub const SEALWIRE_RESTART_FRESH_KEYS: u8 = 1;
/// The state that sealwire_save wrote at the last stop. Older state lets through again what was
/// accepted since: delete it once it is loaded.
pub const SEALWIRE_RESTART_SAVED: u8 = 2;
/// Nothing was kept, and it is now `now`. What was stamped before now + the future limit is
/// refused, and so is all under counter-only keys.
pub const SEALWIRE_RESTART_NOT_BEFORE: u8 = 3;

/// What is known of the time before a validator was made. There is no default: what it says must
/// be true, or old frames count as new.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_restart {
    /// SEALWIRE_RESTART_…; 0 is refused.
    pub kind: u8,
    /// For SEALWIRE_RESTART_NOT_BEFORE: µs since the Unix epoch. Else 0.
    pub now: u64,
    /// For SEALWIRE_RESTART_SAVED: the state. Else null.
    pub saved: *const u8,
    /// Bytes of the state.
    pub saved_len: usize,
}

/// What a validator is made of.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_validator_config {
    /// This receiver's ID.
    pub own: sealwire_id,
    /// How old a frame may be, in µs; see SEALWIRE_DEFAULT_PAST. At most a day, not 0.
    pub past: u64,
    /// How far ahead a sender's clock may be, in µs; see SEALWIRE_DEFAULT_FUTURE.
    pub future: u64,
    /// What is known of the time before.
    pub restart: sealwire_restart,
    /// Storage for keys and known modules, one slot each.
    pub slots: *mut sealwire_slot,
    /// Its size in bytes, a multiple of SEALWIRE_SLOT_SIZE.
    pub slots_size: usize,
    /// Storage of the nonce cache; null without level 3 and random nonces.
    pub nonces: *mut sealwire_nonce_entry,
    /// Its size in bytes, a multiple of SEALWIRE_NONCE_ENTRY_SIZE.
    pub nonces_size: usize,
    /// Storage for bursts, one entry for each slot; null if no key may send them.
    pub bursts: *mut sealwire_burst_entry,
    /// Its size in bytes, a multiple of SEALWIRE_BURST_ENTRY_SIZE.
    pub bursts_size: usize,
}

pub(crate) type Core =
    Validator<&'static mut [Slot], &'static mut [NonceEntry], Chosen, &'static mut [BurstEntry]>;

pub(crate) struct Body {
    pub(crate) core: Core,
    /// What signatures are verified with. Known by its functions only: a program that chooses
    /// nothing links no P-256.
    pub(crate) engine: Option<&'static dyn VerifyP256>,
    /// The engine from outside, if it is one.
    external: Option<Verifier>,
    pub(crate) sink: Option<Sink>,
    slots: Output<Slot>,
}

impl Object for Body {
    type Opaque = sealwire_validator;
    const KIND: usize = 0x7a1d_0001;
}

/// The verifier of the core's part: asks the object that it lies in which engine was chosen.
#[derive(Clone, Copy)]
pub(crate) struct Chosen(*const Option<&'static dyn VerifyP256>);

// SAFETY: read only while checks may run, and written under the caller's lock.
unsafe impl Send for Chosen {}
// SAFETY: as above.
unsafe impl Sync for Chosen {}

impl Chosen {
    fn engine(&self) -> Option<&'static dyn VerifyP256> {
        // SAFETY: a field of the object that the validator lies in, which keeps its address.
        unsafe { *self.0 }
    }
}

impl VerifyP256 for Chosen {
    fn accepts(&self, key: &PublicKey) -> bool {
        self.engine().is_some_and(|engine| engine.accepts(key))
    }

    fn verify(
        &self,
        key: &PublicKey,
        message: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), Error> {
        self.engine().ok_or(Error::NoEngine)?.verify(key, message, signature)
    }
}

/// Whether a validator has an engine for signatures: without one, none of their keys is good.
///
/// # Safety
/// The object is alive.
pub(crate) unsafe fn has_engine(validator: *const sealwire_validator) -> bool {
    // SAFETY: alive by the caller's word.
    unsafe { object::live::<Body>(validator).is_ok_and(|body| (*body).engine.is_some()) }
}

/// The core's part of a live validator, for reading.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is readable and nobody writes to it for `'a`.
pub(crate) unsafe fn shared<'a>(validator: *const sealwire_validator) -> Result<&'a Core, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(validator) }?;
    // SAFETY: alive, so the field was written; nobody writes to it by the caller's word.
    Ok(unsafe { &(*body).core })
}

/// The core's part of a live validator, for writing, and where its audit's events go.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is nobody else's for `'a`.
pub(crate) unsafe fn exclusive<'a>(
    validator: *mut sealwire_validator,
) -> Result<(&'a mut Core, Option<Sink>), Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(validator) }?;
    // SAFETY: alive, so the fields were written; nobody else uses them by the caller's word.
    Ok(unsafe { (&mut (*body).core, (*body).sink) })
}

/// Makes a validator with nobody registered. `size` is `sizeof *validator`.
///
/// Slots and nonces are lent to it until sealwire_validator_destroy, at their addresses; the rest
/// of the config is copied. It verifies no signatures before sealwire_use_portable_verifier or
/// sealwire_use_verify_engine.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_LIMITS, SEALWIRE_ERR_INVALID_STATE,
/// SEALWIRE_ERR_TABLE_FULL if the state has more keys than there are slots,
/// SEALWIRE_ERR_INVALID_ARGUMENT for an unknown kind of restart, SEALWIRE_ERR_TIMESTAMP_RANGE,
/// SEALWIRE_ERR_OBJECT_SIZE if a size is not what the header says or storage isn't aligned,
/// SEALWIRE_ERR_OVERLAP, or misuse of pointers; the object is not initialised then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_validator_init(
    validator: *mut sealwire_validator,
    size: usize,
    config: *const sealwire_validator_config,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { init(validator, size, config) })
}

/// # Safety
/// As the header says.
unsafe fn init(
    validator: *mut sealwire_validator,
    size: usize,
    config: *const sealwire_validator_config,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word; overlap is refused below.
    let settings = unsafe { reference(config) }?;
    let slots = storage::<Slot>(settings.slots.cast(), settings.slots_size)?;
    let nonces = storage::<NonceEntry>(settings.nonces.cast(), settings.nonces_size)?;
    let bursts = storage::<BurstEntry>(settings.bursts.cast(), settings.bursts_size)?;
    let saved = Input::new(settings.restart.saved, settings.restart.saved_len)?;
    disjoint(
        &[Span::of_one(validator), slots.span, nonces.span, bursts.span],
        &[Span::of_one(config), saved.span],
    )?;
    // SAFETY: the caller's word.
    let fresh = unsafe { object::prepare::<Body>(validator, size) }?;
    let own = settings.own.checked()?;
    let limits = Limits::new(settings.past, settings.future)?;
    let restart = match (settings.restart.kind, settings.restart.now) {
        (SEALWIRE_RESTART_FRESH_KEYS, 0) => Restart::FreshKeys,
        // SAFETY: readable by the caller's word, apart from all storage.
        (SEALWIRE_RESTART_SAVED, 0) => Restart::Saved(unsafe { saved.read() }),
        (SEALWIRE_RESTART_NOT_BEFORE, now) => Restart::NotBefore(Timestamp::from_micros(now)?),
        _ => return Err(Error::InvalidArgument),
    };
    // SAFETY: lent for as long as the object lives, and apart from all else.
    let (slots_now, nonces_now, bursts_now) = unsafe {
        (
            slots.emptied(|| Slot::EMPTY),
            nonces.emptied(|| NonceEntry::EMPTY),
            bursts.emptied(|| BurstEntry::EMPTY),
        )
    };
    // SAFETY: inside the storage.
    let chosen = Chosen(unsafe { &raw const (*fresh.body()).engine });
    let core = Validator::with_storage(own, limits, restart, slots_now, nonces_now)?;
    let body = Body {
        core: core.with_bursts(chosen, bursts_now),
        engine: None,
        external: None,
        sink: None,
        slots,
    };
    // SAFETY: writable, and nobody else's, by the caller's word.
    unsafe { fresh.fill(body) };
    Ok(())
}

/// An array that C gives with its size in bytes.
pub(crate) fn storage<T>(pointer: *mut T, size: usize) -> Result<Output<T>, Error> {
    let one = size_of::<T>();
    if isize::try_from(size).is_err() {
        return Err(Error::AbsurdLength);
    }
    match (size.checked_div(one), size.checked_rem(one)) {
        (Some(count), Some(0)) => Output::new(pointer, count),
        _ => Err(Error::ObjectSize),
    }
}

/// Verifies signatures with the library's own P-256 from now on. Call it before registering
/// signature keys, while no frame is being checked.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_use_portable_verifier(validator: *mut sealwire_validator) -> i32 {
    let set = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        // SAFETY: alive, nobody else's by the caller's word.
        unsafe { (*body).engine = Some(&PortableVerifier) };
        Ok(())
    };
    status(set())
}

/// Verifies signatures with an engine of the caller's from now on. Call it before registering
/// signature keys, while no frame is being checked.
///
/// The functions are copied; they and `user` must stay usable as long as the validator. Returns 0
/// or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_use_verify_engine(
    validator: *mut sealwire_validator,
    engine: *const sealwire_verify_engine,
) -> i32 {
    let set = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let functions = Verifier::new(unsafe { reference(engine) }?)?;
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        // SAFETY: alive, nobody else's by the caller's word; the object keeps its address.
        unsafe {
            (*body).engine = None;
            (*body).external = Some(functions);
            let external = (&raw const (*body).external).as_ref();
            (*body).engine =
                external.and_then(Option::as_ref).map(|engine| -> &dyn VerifyP256 { engine });
        }
        Ok(())
    };
    status(set())
}

/// Bytes that are enough for sealwire_save now.
///
/// Returns 0 or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_saved_len(
    validator: *const sealwire_validator,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        let len = Place::new(len)?;
        disjoint(&[len.span], &[Span::of_one(validator)])?;
        // SAFETY: alive; writable by the caller's word.
        unsafe { len.set(max_saved_len((*body).slots.cap())) };
        Ok(())
    };
    status(tell())
}

/// Writes what SEALWIRE_RESTART_SAVED takes: the windows of all keys, no secret. To be called
/// after the last frame was admitted.
///
/// `*len` becomes the length, or the size needed (sealwire_saved_len) if `cap` is below that.
/// Returns 0, SEALWIRE_ERR_BUFFER_TOO_SMALL, SEALWIRE_ERR_TIMESTAMP_RANGE at the end of time, or
/// misuse. Like sealwire_check it only reads.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_save(
    validator: *const sealwire_validator,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let save = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        let out = FixedOutput::new(out, cap, len)?;
        // SAFETY: alive.
        let slots = unsafe { (*body).slots };
        disjoint(&out.spans(), &[Span::of_one(validator), slots.span])?;
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(max_saved_len(slots.cap())) }?;
        let (out, len) = out.parts();
        // SAFETY: alive, nobody writes to it; the output is writable and apart.
        let written = unsafe { (*body).core.save(out.write()) }?;
        // SAFETY: writable by the caller's word.
        unsafe { len.set(written) };
        Ok(())
    };
    status(save())
}

/// Ends a validator and wipes its storage and its slots, which are the caller's again.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_validator_destroy(validator: *mut sealwire_validator) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(validator) }?;
        // SAFETY: alive.
        let slots = unsafe { (*body).slots };
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(validator, body) };
        // SAFETY: lent until now, and used by nobody any more. Emptying drops, and so wipes.
        unsafe { slots.write() }.fill_with(|| Slot::EMPTY);
        Ok(())
    };
    status(destroy())
}

/// The size of a validator's storage in this library: SEALWIRE_VALIDATOR_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_validator_size() -> usize {
    SEALWIRE_VALIDATOR_SIZE
}

/// The size of a slot in this library: SEALWIRE_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_slot_size() -> usize {
    SEALWIRE_SLOT_SIZE
}

/// The size of a burst's entry in this library: SEALWIRE_BURST_ENTRY_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_burst_entry_size() -> usize {
    SEALWIRE_BURST_ENTRY_SIZE
}

/// The size of an entry of the nonce cache: SEALWIRE_NONCE_ENTRY_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_nonce_entry_size() -> usize {
    SEALWIRE_NONCE_ENTRY_SIZE
}
