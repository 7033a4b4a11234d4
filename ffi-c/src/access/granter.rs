//! Granters: how one is made, how its sessions come to life and end. Who may ask is in
//! `registry.rs`, its two steps of an exchange and sending are in `granting.rs`.

use core::mem::size_of;

#[cfg(feature = "x509")]
use sealwire_core::CertifiedSlot;
use sealwire_core::{
    AccessSlot, Budget, Confirmation, Error, Granter, GranterSettings, KeyId, SourceSlot,
};

use crate::access::keys::Keys;
use crate::entropy::{Source, sealwire_entropy};
use crate::errors::status;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Output, Place, Span, disjoint, reference};
use crate::requirement::level;
use crate::result::sealwire_result;
use crate::validator::{sealwire_validator, storage};
use crate::x509::given::sealwire_certified_slot;

/// Bytes of a granter's storage.
pub const SEALWIRE_GRANTER_SIZE: usize = 2048;
/// Bytes of the storage for one module that may ask: its registration, the sending halves of its
/// two sessions (64 each; with the validator's SEALWIRE_SLOT_SIZE a session takes 256 in both
/// directions), and the answer that a repeated proof gets again.
pub const SEALWIRE_ACCESS_SLOT_SIZE: usize = 480;
/// Bytes of the storage for one transport source.
pub const SEALWIRE_SOURCE_SLOT_SIZE: usize = 24;

/// Grants access to registered modules. Opaque storage of the caller's; see "Objects".
#[repr(C)]
pub struct sealwire_granter {
    /// The library's business.
    pub opaque: [u64; 256],
}

/// Storage for one module that may ask for access. Holds secrets; the granter wipes it at its
/// end.
#[repr(C)]
pub struct sealwire_access_slot {
    /// The library's business.
    pub opaque: [u64; 60],
}

/// Storage for the work that one transport source may cause.
#[repr(C)]
pub struct sealwire_source_slot {
    /// The library's business.
    pub opaque: [u64; 3],
}

const _: () = assert!(size_of::<sealwire_granter>() == SEALWIRE_GRANTER_SIZE);
const _: () = assert!(object::fits::<Body>());
const _: () = assert!(size_of::<sealwire_access_slot>() == SEALWIRE_ACCESS_SLOT_SIZE);
const _: () = assert!(size_of::<AccessSlot>() == SEALWIRE_ACCESS_SLOT_SIZE);
const _: () = assert!(align_of::<AccessSlot>() <= align_of::<sealwire_access_slot>());
const _: () = assert!(size_of::<sealwire_source_slot>() == SEALWIRE_SOURCE_SLOT_SIZE);
const _: () = assert!(size_of::<SourceSlot>() == SEALWIRE_SOURCE_SLOT_SIZE);
const _: () = assert!(align_of::<SourceSlot>() <= align_of::<sealwire_source_slot>());

/// Seconds that a session usually lives.
pub const SEALWIRE_DEFAULT_LIFE: u32 = 3600;
/// How long, in µs, the old session of a module usually stays beside a new one in use.
pub const SEALWIRE_DEFAULT_OVERLAP: u64 = 10_000_000;
/// The usual budget over all sources: exchanges a second, and how many at once.
pub const SEALWIRE_DEFAULT_PER_SECOND: u32 = 200;
/// See SEALWIRE_DEFAULT_PER_SECOND.
pub const SEALWIRE_DEFAULT_BURST: u32 = 400;
/// The usual budget of one source: exchanges a second, and how many at once.
pub const SEALWIRE_DEFAULT_SOURCE_PER_SECOND: u32 = 5;
/// See SEALWIRE_DEFAULT_SOURCE_PER_SECOND.
pub const SEALWIRE_DEFAULT_SOURCE_BURST: u32 = 10;

const _: () = {
    let usual = GranterSettings::DEFAULT;
    assert!(SEALWIRE_DEFAULT_LIFE == usual.life && SEALWIRE_DEFAULT_OVERLAP == usual.overlap);
    assert!(SEALWIRE_DEFAULT_PER_SECOND == usual.overall.per_second);
    assert!(SEALWIRE_DEFAULT_BURST == usual.overall.burst);
    assert!(SEALWIRE_DEFAULT_SOURCE_PER_SECOND == usual.per_source.per_second);
    assert!(SEALWIRE_DEFAULT_SOURCE_BURST == usual.per_source.burst);
};

/// What a granter is made of, what it gives at most, and how much work it does. There are no
/// defaults for zeros; SEALWIRE_DEFAULT_… are the usual values.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_granter_config {
    /// This granter's ID, which is also that of the validator that it works with.
    pub own: sealwire_id,
    /// The highest level of any session: 4 or 5.
    pub max_level: u8,
    /// Seconds that a session lives; not 0.
    pub life_seconds: u32,
    /// How long, in µs, the old session of a module stays beside a new one in use.
    pub overlap: u64,
    /// Exchanges' curve arithmetic a second, over all sources.
    pub per_second: u32,
    /// How many of them at once, after a silence.
    pub burst: u32,
    /// The same, for one transport source.
    pub source_per_second: u32,
    /// How many of them at once.
    pub source_burst: u32,
    /// Storage for modules, one slot each.
    pub modules: *mut sealwire_access_slot,
    /// Its size in bytes, a multiple of SEALWIRE_ACCESS_SLOT_SIZE.
    pub modules_size: usize,
    /// Storage for transport sources, one slot each; null for no limit per source.
    pub sources: *mut sealwire_source_slot,
    /// Its size in bytes, a multiple of SEALWIRE_SOURCE_SLOT_SIZE.
    pub sources_size: usize,
    /// Storage for what is kept of modules that come with chains of certificates, one slot for each
    /// of `modules`; null without chains. In a library with certificates.
    pub certified: *mut sealwire_certified_slot,
    /// Its size in bytes, a multiple of SEALWIRE_CERTIFIED_SLOT_SIZE.
    pub certified_size: usize,
}

pub(crate) type Core = Granter<&'static mut [AccessSlot], &'static mut [SourceSlot]>;

pub(crate) struct Body {
    core: Core,
    modules: Output<AccessSlot>,
    #[cfg(feature = "x509")]
    certified: Output<CertifiedSlot>,
}

impl Object for Body {
    type Opaque = sealwire_granter;
    const KIND: usize = 0xacce_5505;
}

/// The core's part of a live granter, for writing.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is nobody else's for `'a`.
pub(crate) unsafe fn exclusive<'a>(granter: *mut sealwire_granter) -> Result<&'a mut Core, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(granter) }?;
    // SAFETY: alive, so the field was written; nobody else uses it by the caller's word.
    Ok(unsafe { &mut (*body).core })
}

/// The core's part of a live granter, for reading.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// Nobody writes to the object for `'a`.
pub(crate) unsafe fn shared<'a>(granter: *const sealwire_granter) -> Result<&'a Core, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(granter) }?;
    // SAFETY: alive, so the field was written; nobody writes to it by the caller's word.
    Ok(unsafe { &(*body).core })
}

/// What a live granter keeps of chains: lent to it, and no part of its core.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is nobody else's for `'a`.
#[cfg(feature = "x509")]
pub(crate) unsafe fn certified<'a>(
    granter: *mut sealwire_granter,
) -> Result<&'a mut [CertifiedSlot], Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(granter) }?;
    // SAFETY: alive, so the field was written; lent, and nobody else's by the caller's word.
    Ok(unsafe { (*body).certified.write() })
}

/// Makes a granter with nobody registered. `size` is `sizeof *granter`.
///
/// Modules, sources and certified slots are lent to it until sealwire_granter_destroy, at their addresses; the rest
/// of the config is copied, entropy is used during the call only.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ARGUMENT for a life of 0, a level that
/// isn't one, certified slots without certificates, or more than 2^24 modules, SEALWIRE_ERR_NO_ENTROPY, SEALWIRE_ERR_OBJECT_SIZE if a size
/// is not what the header says or storage isn't aligned, SEALWIRE_ERR_OVERLAP, or misuse of
/// pointers; the object is not initialised then. A granter and its validator are used by one
/// thread at a time, together: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_init(
    granter: *mut sealwire_granter,
    size: usize,
    config: *const sealwire_granter_config,
    entropy: *const sealwire_entropy,
) -> i32 {
    // SAFETY: the caller's word.
    status(unsafe { init(granter, size, config, entropy) })
}

/// # Safety
/// As the header says.
unsafe fn init(
    granter: *mut sealwire_granter,
    size: usize,
    config: *const sealwire_granter_config,
    entropy: *const sealwire_entropy,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word; overlap is refused below.
    let settings = unsafe { reference(config) }?;
    // SAFETY: as above.
    let mut source = Source::new(unsafe { reference(entropy) }?)?;
    let modules = storage::<AccessSlot>(settings.modules.cast(), settings.modules_size)?;
    let sources = storage::<SourceSlot>(settings.sources.cast(), settings.sources_size)?;
    #[cfg(feature = "x509")]
    let certified =
        crate::x509::slots::<_, CertifiedSlot>(settings.certified, settings.certified_size)?;
    #[cfg(feature = "x509")]
    disjoint(&[certified.span], &[Span::of_one(granter), modules.span, sources.span])?;
    #[cfg(feature = "x509")]
    disjoint(&[certified.span], &[Span::of_one(config), Span::of_one(entropy)])?;
    #[cfg(not(feature = "x509"))]
    if settings.certified_size != 0 {
        return Err(Error::InvalidArgument);
    }
    disjoint(
        &[Span::of_one(granter), modules.span, sources.span],
        &[Span::of_one(config), Span::of_one(entropy)],
    )?;
    // SAFETY: the caller's word.
    let fresh = unsafe { object::prepare::<Body>(granter, size) }?;
    let limits = GranterSettings {
        max_level: level(settings.max_level)?,
        life: settings.life_seconds,
        overlap: settings.overlap,
        overall: Budget { per_second: settings.per_second, burst: settings.burst },
        per_source: Budget { per_second: settings.source_per_second, burst: settings.source_burst },
    };
    let own = settings.own.checked()?;
    // SAFETY: lent for as long as the object lives, and apart from all else.
    let (modules_now, sources_now) =
        unsafe { (modules.emptied(|| AccessSlot::EMPTY), sources.emptied(|| SourceSlot::EMPTY)) };
    let core = Granter::new(own, limits, modules_now, sources_now, &mut source)?;
    #[cfg(feature = "x509")]
    // SAFETY: as above.
    unsafe {
        certified.emptied(|| CertifiedSlot::EMPTY);
    }
    let body = Body {
        core,
        modules,
        #[cfg(feature = "x509")]
        certified,
    };
    // SAFETY: writable, and nobody else's, by the caller's word.
    unsafe { fresh.fill(body) };
    Ok(())
}

/// Ends what is over at `tick`: sessions past their life, old ones past their overlap, those that
/// nobody confirmed, and secrets that are too old. Costs next to nothing while nothing is over. To
/// be called before frames are validated.
///
/// Returns 0 or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_run(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    tick: u64,
) -> i32 {
    let run = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, mut keys) = unsafe { both(granter, validator, &[]) }?;
        core.run(tick, &mut keys);
        Ok(())
    };
    status(run())
}

/// What the first frame of a session changed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_confirmation {
    /// 1: the session is in use now, and may be sent on. 0: nothing changed, and all else is 0.
    pub is_confirmed: u8,
    /// 1: it takes over from `replaces`. Else 0.
    pub has_replaced: u8,
    /// The session that ends, at once or after the overlap.
    pub replaces: u32,
    /// The module whose session it is.
    pub module: sealwire_id,
}

/// Says that a frame was accepted. The first one of a session confirms it: from now on it may be
/// sent on, and the one before ends, at once if it had a higher level or another role, else after
/// the overlap. To be called with every accepted frame, whoever sent it.
///
/// `confirmation` may be null. Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if the session was over at
/// `tick` (sealwire_granter_run wasn't called before; what the frame says must not be acted on),
/// SEALWIRE_ERR_INVALID_ARGUMENT for a result that SEALWIRE_ACCEPTED says no to, or misuse.
/// Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_confirm(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    result: *const sealwire_result,
    tick: u64,
    confirmation: *mut sealwire_confirmation,
) -> i32 {
    let confirm = || -> Result<(), Error> {
        let place = Place::optional(confirmation)?;
        let written = place.span;
        disjoint(&[written], &[Span::of_one(result)])?;
        // SAFETY: nobody else's by the caller's word.
        let (core, mut keys) =
            unsafe { both(granter, validator, &[written, Span::of_one(result)]) }?;
        // SAFETY: readable by the caller's word, apart from all that is written.
        let proven_by = unsafe { reference(result) }?.proven_by()?;
        let confirmed = match proven_by {
            Some((id, sender)) => core.confirm_key(id, &sender, tick, &mut keys)?,
            None => Confirmation::Nothing,
        };
        let told = match confirmed {
            Confirmation::Nothing => sealwire_confirmation {
                is_confirmed: 0,
                has_replaced: 0,
                replaces: 0,
                module: sealwire_id::ZERO,
            },
            Confirmation::Confirmed { module, replaces } => sealwire_confirmation {
                is_confirmed: 1,
                has_replaced: u8::from(replaces.is_some()),
                replaces: replaces.map_or(0, |id| id.0),
                module: sealwire_id::of(Some(module)),
            },
        };
        // SAFETY: writable by the caller's word.
        unsafe { place.set(told) };
        Ok(())
    };
    status(confirm())
}

/// Both of a granter's objects, apart from each other and from `others`.
///
/// # Errors
/// [`Error::Overlap`], or as [`object::live`].
///
/// # Safety
/// Both objects are nobody else's for `'a`.
pub(crate) unsafe fn both<'a>(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    others: &[Span],
) -> Result<(&'a mut Core, Keys<'a>), Error> {
    disjoint(&[Span::of_one(granter), Span::of_one(validator)], others)?;
    // SAFETY: the caller's word.
    unsafe { Ok((exclusive(granter)?, Keys::of(validator)?)) }
}

/// Ends all sessions of a module at once. It may ask for another.
///
/// Returns 0, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_end_sessions(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    module: *const sealwire_id,
) -> i32 {
    let end = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, mut keys) = unsafe { both(granter, validator, &[Span::of_one(module)]) }?;
        // SAFETY: readable by the caller's word, apart from both objects.
        core.end_sessions(&unsafe { reference(module) }?.checked()?, &mut keys)
    };
    status(end())
}

/// The session of a module that is to be sent on: the newest that is confirmed.
///
/// `*key_id` is what sealwire_granter_seal takes, and `*level` its level; `level` may be null.
/// Returns 0, SEALWIRE_ERR_SESSION_UNKNOWN if there is none, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_session_of(
    granter: *const sealwire_granter,
    module: *const sealwire_id,
    key_id: *mut u32,
    level: *mut u8,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(granter) }?;
        let (id_place, level_place) = (Place::new(key_id)?, Place::optional(level)?);
        let written = [id_place.span, level_place.span];
        disjoint(&written, &[Span::of_one(granter), Span::of_one(module)])?;
        // SAFETY: readable by the caller's word, apart from the outputs.
        let module = unsafe { reference(module) }?.checked()?;
        let id = core.session_of(&module).ok_or(Error::SessionUnknown)?;
        let level = core.level_of(id).ok_or(Error::SessionUnknown)?;
        let KeyId(number) = id;
        // SAFETY: writable by the caller's word.
        unsafe { id_place.set(number) };
        // SAFETY: as above.
        unsafe { level_place.set(level.number()) };
        Ok(())
    };
    status(tell())
}

/// How many sessions there are, and how many of them nobody used yet. Looks at every slot.
///
/// Returns 0 or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_session_count(
    granter: *const sealwire_granter,
    count: *mut usize,
    unconfirmed: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(granter) }?;
        let (all, unused) = (Place::new(count)?, Place::new(unconfirmed)?);
        disjoint(&[all.span, unused.span], &[Span::of_one(granter)])?;
        let (total, of_these) = core.session_count();
        // SAFETY: writable by the caller's word.
        unsafe {
            all.set(total);
            unused.set(of_these);
        }
        Ok(())
    };
    status(tell())
}

/// Ends a granter and wipes its storage, modules included. Sessions stay with the validator until
/// that is destroyed, or sealwire_granter_end_sessions ended them before.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_destroy(granter: *mut sealwire_granter) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(granter) }?;
        // SAFETY: alive.
        let modules = unsafe { (*body).modules };
        #[cfg(feature = "x509")]
        // SAFETY: as above.
        let certified = unsafe { (*body).certified };
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(granter, body) };
        // SAFETY: lent until now, and used by nobody any more. Emptying drops, and so wipes.
        unsafe { modules.write() }.fill_with(|| AccessSlot::EMPTY);
        #[cfg(feature = "x509")]
        // SAFETY: as above.
        unsafe { certified.write() }.fill_with(|| CertifiedSlot::EMPTY);
        Ok(())
    };
    status(destroy())
}

/// The size of a granter's storage in this library: SEALWIRE_GRANTER_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_granter_size() -> usize {
    SEALWIRE_GRANTER_SIZE
}

/// The size of a module's slot in this library: SEALWIRE_ACCESS_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_access_slot_size() -> usize {
    SEALWIRE_ACCESS_SLOT_SIZE
}

/// The size of a source's slot in this library: SEALWIRE_SOURCE_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_source_slot_size() -> usize {
    SEALWIRE_SOURCE_SLOT_SIZE
}
