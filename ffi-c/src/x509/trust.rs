//! Trust stores: anchors and authorities, what each may issue, and the check of a chain.

use core::mem::size_of;

use sealwire_core::{
    Error, Fleet, IssuerId, IssuerRecord, IssuerSlot, MAX_CERTIFIED_ROLES, MAX_FLEETS, PublicKey,
    RoleName, TakenCrl, TrustStore,
};

use crate::access::exchange::role_name;
use crate::engine::{Verifier, sealwire_bytes, sealwire_verify_engine};
use crate::errors::status;
use crate::id::sealwire_id;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint, reference};
use crate::x509::checked;
use crate::x509::convert::{apart, parts, slots as slots_in};
use crate::x509::given::{
    SEALWIRE_ISSUER_SLOT_SIZE, SEALWIRE_TRUST_STORE_SIZE, sealwire_chain, sealwire_chain_time,
    sealwire_checked_chain, sealwire_issuer_slot, sealwire_revocation, sealwire_revocation_list,
    sealwire_trust_store,
};
use crate::x509::list;

/// The most prefixes of module IDs of one issuer.
pub const SEALWIRE_MAX_FLEETS: usize = 4;

/// In `bits` of a fleet: all modules, whatever its ID.
pub const SEALWIRE_ALL_MODULES: u16 = 256;

/// In `flags` of an issuer: it may give every role.
pub const SEALWIRE_ISSUER_ANY_ROLE: u8 = 1;
/// In `flags` of an issuer: authorities below it needn't be registered, and issue all that it may.
pub const SEALWIRE_ISSUER_ANY_AUTHORITY: u8 = 2;
/// In `flags` of an issuer: it may make sources of time.
pub const SEALWIRE_ISSUER_TIME_SOURCES: u8 = 4;

/// Module IDs that begin alike: a fleet, one module, or all.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_fleet {
    /// An ID that begins so; what is behind the first `bits` bits counts for nothing.
    pub prefix: sealwire_id,
    /// How many bits, 1 to 128, or SEALWIRE_ALL_MODULES.
    pub bits: u16,
}

/// An anchor or an authority, and what it may issue: nothing that isn't said. Zero what isn't
/// needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_issuer_record {
    /// An anchor's certificate in DER, at which chains may end; null for an authority.
    pub certificate: *const u8,
    /// Bytes of the certificate.
    pub certificate_len: usize,
    /// The public key of an authority that an anchor certifies, 64 bytes x ‖ y or 65 with 04
    /// before them: it issues within its own registration *and* its anchor's. Null for an anchor.
    pub key: *const u8,
    /// Bytes of the key.
    pub key_len: usize,
    /// For which modules, at most SEALWIRE_MAX_FLEETS.
    pub fleets: *const sealwire_fleet,
    /// How many.
    pub fleets_len: usize,
    /// The names of the roles that it may give, at most SEALWIRE_MAX_CERTIFIED_ROLES.
    pub roles: *const sealwire_bytes,
    /// How many.
    pub roles_len: usize,
    /// SEALWIRE_ISSUER_….
    pub flags: u8,
    /// Its revocation lists below this number are refused: what was stored at the last stop, or 0.
    pub lowest_list: u64,
}

/// The name by which lists and this interface know an issuer's key: a hash of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_issuer_id {
    /// The bytes.
    pub bytes: [u8; 16],
}

impl sealwire_issuer_id {
    pub(crate) const fn of(id: IssuerId) -> Self {
        Self { bytes: *id.as_bytes() }
    }
}

const _: () = assert!(SEALWIRE_MAX_FLEETS == MAX_FLEETS);
const _: () = assert!(object::fits::<Body>());

pub(crate) type Core = TrustStore<&'static mut [IssuerSlot]>;

pub(crate) struct Body {
    core: Core,
    slots: Output<IssuerSlot>,
}

impl Object for Body {
    type Opaque = sealwire_trust_store;
    const KIND: usize = 0x509_0001;
}

/// A live store, for reading.
///
/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is readable and nobody writes to it for `'a`.
pub(crate) unsafe fn shared<'a>(store: *const sealwire_trust_store) -> Result<&'a Core, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(store) }?;
    // SAFETY: alive; nobody writes to it by the caller's word.
    Ok(unsafe { &(*body).core })
}

/// # Errors
/// As [`object::live`].
///
/// # Safety
/// The object is nobody else's for `'a`.
unsafe fn exclusive<'a>(store: *mut sealwire_trust_store) -> Result<&'a mut Core, Error> {
    // SAFETY: readable by the caller's word.
    let body = unsafe { object::live::<Body>(store) }?;
    // SAFETY: alive; nobody else uses it by the caller's word.
    Ok(unsafe { &mut (*body).core })
}

/// Makes a store that trusts nobody. `size` is `sizeof *store`; the slots, `slots_size` bytes of
/// them, are lent to it until sealwire_trust_store_destroy.
///
/// Returns 0, SEALWIRE_ERR_OBJECT_SIZE, or misuse of pointers. Threads: _check, _lowest_list and
/// exchanges that it is lent to read only; all others alone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_init(
    store: *mut sealwire_trust_store,
    size: usize,
    slots: *mut sealwire_issuer_slot,
    slots_size: usize,
) -> i32 {
    let init = || -> Result<(), Error> {
        let slots = slots_in::<_, IssuerSlot>(slots, slots_size)?;
        disjoint(&[Span::of_one(store), slots.span], &[])?;
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<Body>(store, size) }?;
        // SAFETY: lent for as long as the object lives, and apart from all else.
        let core = TrustStore::new(unsafe { slots.emptied(|| IssuerSlot::EMPTY) });
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(Body { core, slots }) };
        Ok(())
    };
    status(init())
}

/// Registers an anchor or an authority. An anchor's certificate must be an authority's, in its
/// time, and right by its own key if that signed it. `time` is looked at for an anchor. `verifier`
/// is SEALWIRE_PORTABLE_VERIFICATION, SEALWIRE_HOST_VERIFICATION or the caller's. `issuer`, which
/// may be null, becomes the name of its key.
///
/// Returns 0, SEALWIRE_ERR_CERTIFICATE_TOO_LONG (also for a name above 128 bytes),
/// SEALWIRE_ERR_CERTIFICATE_MALFORMED, SEALWIRE_ERR_CERTIFICATE_ALGORITHM,
/// SEALWIRE_ERR_CRITICAL_EXTENSION, SEALWIRE_ERR_NOT_AN_ISSUER, SEALWIRE_ERR_PURPOSE_MISSING,
/// SEALWIRE_ERR_NAME_CONSTRAINT, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
/// SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_CERTIFICATE_SIGNATURE,
/// SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_DUPLICATE_ISSUER,
/// SEALWIRE_ERR_INVALID_ROLE, SEALWIRE_ERR_INVALID_ARGUMENT for a certificate and a key at once or
/// neither, too many fleets or roles, bits that are none or an unknown flag,
/// SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_ENGINE_FAILED, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the
/// store is unchanged then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_install(
    store: *mut sealwire_trust_store,
    record: *const sealwire_issuer_record,
    time: *const sealwire_chain_time,
    verifier: *const sealwire_verify_engine,
    issuer: *mut sealwire_issuer_id,
) -> i32 {
    let install = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(store) }?;
        let place = Place::optional(issuer)?;
        let written = [Span::of_one(store), place.span];
        let read = [Span::of_one(record), Span::of_one(time), Span::of_one(verifier)];
        disjoint(&written, &read)?;
        // SAFETY: readable by the caller's word, apart from what is written.
        let (given, time) = unsafe { (reference(record)?, reference(time)?.checked()?) };
        // SAFETY: as above.
        let engine = Verifier::new(unsafe { reference(verifier) }?)?;
        // SAFETY: as above.
        let registered =
            unsafe { given.read(&written, |record| core.install(record, time, &engine)) }?;
        // SAFETY: writable by the caller's word.
        unsafe { place.set(sealwire_issuer_id::of(registered)) };
        Ok(())
    };
    status(install())
}

impl sealwire_issuer_record {
    /// # Errors
    /// Those of the header, and what `take` says.
    ///
    /// # Safety
    /// What it points to is readable and unchanged.
    unsafe fn read(
        &self,
        written: &[Span],
        take: impl FnOnce(&IssuerRecord<'_>) -> Result<IssuerId, Error>,
    ) -> Result<IssuerId, Error> {
        const ALL: u8 =
            SEALWIRE_ISSUER_ANY_ROLE | SEALWIRE_ISSUER_ANY_AUTHORITY | SEALWIRE_ISSUER_TIME_SOURCES;
        let certificate = Input::new(self.certificate, self.certificate_len)?;
        let key = Input::new(self.key, self.key_len)?;
        let given = Input::new(self.fleets, self.fleets_len)?;
        disjoint(written, &[certificate.span, key.span, given.span])?;
        // SAFETY: the caller's word.
        unsafe { apart(written, self.roles, self.roles_len) }?;
        let mut fleets = [Fleet::ALL; MAX_FLEETS];
        let fleets = fleets.get_mut(..self.fleets_len).ok_or(Error::InvalidArgument)?;
        // SAFETY: the caller's word.
        for (fleet, given) in fleets.iter_mut().zip(unsafe { given.read() }) {
            *fleet = given.checked()?;
        }
        // SAFETY: the caller's word.
        let (names, len) = unsafe {
            parts::<MAX_CERTIFIED_ROLES>(self.roles, self.roles_len, Error::InvalidArgument)
        }?;
        let mut roles: [RoleName; MAX_CERTIFIED_ROLES] = Default::default();
        for (role, name) in roles.iter_mut().zip(names.iter().take(len)) {
            *role = role_name(name)?;
        }
        // SAFETY: the caller's word.
        let (certificate, key): (&[u8], &[u8]) = unsafe { (certificate.read(), key.read()) };
        let mut record = match (certificate, key) {
            ([_, ..], []) => IssuerRecord::anchor(certificate),
            ([], [_, ..]) => IssuerRecord::authority(PublicKey::from_slice(key)?),
            _ => return Err(Error::InvalidArgument),
        };
        let has = |flag: u8| self.flags & flag != 0;
        if self.flags & !ALL != 0 {
            return Err(Error::InvalidArgument);
        }
        record = record.fleets(fleets).roles(roles.get(..len).unwrap_or_default());
        record = record.lowest_list(self.lowest_list);
        record = if has(SEALWIRE_ISSUER_ANY_ROLE) { record.any_role() } else { record };
        record = if has(SEALWIRE_ISSUER_ANY_AUTHORITY) { record.any_authority() } else { record };
        record = if has(SEALWIRE_ISSUER_TIME_SOURCES) { record.time_sources() } else { record };
        take(&record)
    }
}

impl sealwire_fleet {
    fn checked(&self) -> Result<Fleet, Error> {
        match self.bits {
            SEALWIRE_ALL_MODULES => Ok(Fleet::ALL),
            bits => Fleet::new(self.prefix.bytes, bits.into()),
        }
    }
}

/// Checks a chain, from the module's certificate to an anchor that is installed here. `checked` is
/// initialised on success only and untouched else; `size` is `sizeof *checked`. The certificates
/// are lent to it until sealwire_checked_chain_destroy.
///
/// Costs at most one signature a certificate, and one more a certificate with
/// SEALWIRE_REVOCATION_CRLS; none for a chain that can be refused without.
///
/// Returns 0, or the first thing wrong: SEALWIRE_ERR_CHAIN_LENGTH,
/// SEALWIRE_ERR_CERTIFICATE_TOO_LONG, SEALWIRE_ERR_CERTIFICATE_MALFORMED,
/// SEALWIRE_ERR_CERTIFICATE_ALGORITHM, SEALWIRE_ERR_CRITICAL_EXTENSION, SEALWIRE_ERR_CHAIN_NAMES,
/// SEALWIRE_ERR_UNKNOWN_ANCHOR, SEALWIRE_ERR_LEAF_IS_ISSUER, SEALWIRE_ERR_LEAF_KEY_USAGE,
/// SEALWIRE_ERR_PURPOSE_MISSING, SEALWIRE_ERR_IDENTITY_MISSING, SEALWIRE_ERR_IDENTITY_AMBIGUOUS,
/// SEALWIRE_ERR_IDENTITY_MALFORMED, SEALWIRE_ERR_NOT_AN_ISSUER, SEALWIRE_ERR_PATH_LENGTH,
/// SEALWIRE_ERR_IDENTITY_OUTSIDE, SEALWIRE_ERR_ROLE_OUTSIDE, SEALWIRE_ERR_TIME_SOURCE_OUTSIDE,
/// SEALWIRE_ERR_ISSUER_UNREGISTERED, SEALWIRE_ERR_CERTIFICATE_EXPIRED,
/// SEALWIRE_ERR_CERTIFICATE_NOT_YET_VALID, SEALWIRE_ERR_REVOCATION_UNKNOWN,
/// SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_CERTIFICATE_REVOKED,
/// SEALWIRE_ERR_CERTIFICATE_SIGNATURE, SEALWIRE_ERR_NAME_CONSTRAINT, SEALWIRE_ERR_REVOCATION_OLD,
/// SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE, SEALWIRE_ERR_ENGINE_FAILED;
/// SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse. Reads the store only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_check(
    store: *const sealwire_trust_store,
    chain: *const sealwire_chain,
    time: *const sealwire_chain_time,
    revocation: *const sealwire_revocation,
    verifier: *const sealwire_verify_engine,
    checked: *mut sealwire_checked_chain,
    size: usize,
) -> i32 {
    let check = || -> Result<(), Error> {
        let fresh = checked::place(checked, size)?;
        let written = [fresh.span];
        let (chain_at, time_at) = (Span::of_one(chain), Span::of_one(time));
        let (lists_at, engine_at) = (Span::of_one(revocation), Span::of_one(verifier));
        disjoint(&written, &[Span::of_one(store), chain_at, time_at, lists_at, engine_at])?;
        // SAFETY: readable by the caller's word, apart from what is written.
        let core = unsafe { shared(store) }?;
        // SAFETY: as above.
        let time = unsafe { reference(time) }?.checked()?;
        // SAFETY: as above.
        let engine = Verifier::new(unsafe { reference(verifier) }?)?;
        // SAFETY: as above; lent until the checked chain is destroyed.
        let chain = unsafe { reference(chain)?.read(&written) }?;
        // SAFETY: as above.
        let looked_up = unsafe { reference(revocation)?.read(&written) }?;
        let found = core.check(&chain, time, looked_up.revocation(), &engine)?;
        // SAFETY: the caller's word.
        unsafe { checked::fill(fresh, found) };
        Ok(())
    };
    status(check())
}

/// Checks a revocation list and takes it: older ones of its issuer are refused from now on. The
/// same may come again; another with its number may not. `list` is initialised on success only and
/// untouched else; `size` is `sizeof *list`. The bytes are lent to it until
/// sealwire_revocation_list_destroy.
///
/// Returns 0, SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE (also for an
/// issuer that isn't registered), SEALWIRE_ERR_SIGNATURE_RANGE, SEALWIRE_ERR_SIGNATURE_HIGH_S,
/// SEALWIRE_ERR_REVOCATION_OLD, SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_ENGINE_FAILED,
/// SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the store is unchanged
/// then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_take_list(
    store: *mut sealwire_trust_store,
    bytes: *const u8,
    bytes_len: usize,
    time: *const sealwire_chain_time,
    verifier: *const sealwire_verify_engine,
    list: *mut sealwire_revocation_list,
    size: usize,
) -> i32 {
    let take = || -> Result<(), Error> {
        let fresh = list::place(list, size)?;
        let bytes = Input::new(bytes, bytes_len)?;
        let read = [bytes.span, Span::of_one(time), Span::of_one(verifier)];
        disjoint(&[Span::of_one(store), fresh.span], &read)?;
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(store) }?;
        // SAFETY: readable by the caller's word, apart from what is written.
        let time = unsafe { reference(time) }?.checked()?;
        // SAFETY: as above.
        let engine = Verifier::new(unsafe { reference(verifier) }?)?;
        // SAFETY: as above; lent until the list is destroyed.
        let taken = core.take_list(unsafe { bytes.read() }, time, &engine)?;
        // SAFETY: the caller's word.
        unsafe { list::fill(fresh, taken) };
        Ok(())
    };
    status(take())
}

/// Checks a CRL (DER) and remembers its number: from now on chains are refused with an older one of
/// this issuer, or with one that has no number. The same may come again. `issuer`, which may be
/// null, becomes who signed it. Sessions are ended by sealwire_granter_revoke_crl.
///
/// The issuer must be registered. An anchor is found by its name; of authorities each one's key is
/// tried. Returns 0, SEALWIRE_ERR_REVOCATION_MALFORMED, SEALWIRE_ERR_REVOCATION_SIGNATURE (also for
/// an issuer that isn't registered, and for an anchor that may sign no CRLs),
/// SEALWIRE_ERR_REVOCATION_OLD, SEALWIRE_ERR_REVOCATION_STALE, SEALWIRE_ERR_ENGINE_FAILED,
/// SEALWIRE_ERR_INVALID_ARGUMENT, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the store is unchanged
/// then.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_take_crl(
    store: *mut sealwire_trust_store,
    crl: *const u8,
    crl_len: usize,
    time: *const sealwire_chain_time,
    verifier: *const sealwire_verify_engine,
    issuer: *mut sealwire_issuer_id,
) -> i32 {
    let take = || -> Result<(), Error> {
        let place = Place::optional(issuer)?;
        let written = [Span::of_one(store), place.span];
        // SAFETY: the caller's word.
        let taken = unsafe { take_crl(store, (crl, crl_len), time, verifier, &written) }?;
        // SAFETY: writable by the caller's word.
        unsafe { place.set(sealwire_issuer_id::of(taken.issuer())) };
        Ok(())
    };
    status(take())
}

/// # Errors
/// As the header says.
///
/// # Safety
/// The store is nobody else's, all else is readable and unchanged for `'l`.
pub(crate) unsafe fn take_crl<'l>(
    store: *mut sealwire_trust_store,
    (crl, crl_len): (*const u8, usize),
    time: *const sealwire_chain_time,
    verifier: *const sealwire_verify_engine,
    written: &[Span],
) -> Result<TakenCrl<'l>, Error> {
    let crl = Input::new(crl, crl_len)?;
    disjoint(written, &[crl.span, Span::of_one(time), Span::of_one(verifier)])?;
    // SAFETY: nobody else's by the caller's word.
    let core = unsafe { exclusive(store) }?;
    // SAFETY: readable by the caller's word, apart from what is written.
    let time = unsafe { reference(time) }?.checked()?;
    // SAFETY: as above.
    let engine = Verifier::new(unsafe { reference(verifier) }?)?;
    // SAFETY: as above.
    core.take_crl(unsafe { crl.read() }, time, &engine)
}

/// Forgets an issuer. Peers and sessions that its chains made stay until they are removed.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_remove(
    store: *mut sealwire_trust_store,
    issuer: *const sealwire_issuer_id,
) -> i32 {
    let remove = || -> Result<(), Error> {
        disjoint(&[Span::of_one(store)], &[Span::of_one(issuer)])?;
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(store) }?;
        // SAFETY: readable by the caller's word.
        core.remove(IssuerId::from_bytes(unsafe { reference(issuer) }?.bytes))
    };
    status(remove())
}

/// The lowest number of a revocation list of this issuer that is still taken: to be stored, and
/// given in its record after a restart.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_lowest_list(
    store: *const sealwire_trust_store,
    issuer: *const sealwire_issuer_id,
    number: *mut u64,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(number)?;
        disjoint(&[place.span], &[Span::of_one(store), Span::of_one(issuer)])?;
        // SAFETY: readable by the caller's word.
        let core = unsafe { shared(store) }?;
        // SAFETY: as above.
        let issuer = IssuerId::from_bytes(unsafe { reference(issuer) }?.bytes);
        let lowest = core.lowest_list(issuer)?;
        // SAFETY: writable by the caller's word.
        unsafe { place.set(lowest) };
        Ok(())
    };
    status(tell())
}

/// Refuses lists of this issuer below `number` from now on: what a granter demanded.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_ANCHOR, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_demand_list(
    store: *mut sealwire_trust_store,
    issuer: *const sealwire_issuer_id,
    number: u64,
) -> i32 {
    let demand = || -> Result<(), Error> {
        disjoint(&[Span::of_one(store)], &[Span::of_one(issuer)])?;
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(store) }?;
        // SAFETY: readable by the caller's word.
        core.demand_list(IssuerId::from_bytes(unsafe { reference(issuer) }?.bytes), number)
    };
    status(demand())
}

/// Ends a store and wipes it, slots included.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_trust_store_destroy(store: *mut sealwire_trust_store) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(store) }?;
        // SAFETY: alive.
        let slots = unsafe { (*body).slots };
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(store, body) };
        // SAFETY: lent until now, and used by nobody any more.
        unsafe { slots.write() }.fill_with(|| IssuerSlot::EMPTY);
        Ok(())
    };
    status(destroy())
}

/// The size of a trust store's storage in this library: SEALWIRE_TRUST_STORE_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_trust_store_size() -> usize {
    SEALWIRE_TRUST_STORE_SIZE
}

/// The size of an issuer's slot in this library: SEALWIRE_ISSUER_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_issuer_slot_size() -> usize {
    SEALWIRE_ISSUER_SLOT_SIZE
}

const _: () = assert!(size_of::<IssuerSlot>() <= SEALWIRE_ISSUER_SLOT_SIZE);
