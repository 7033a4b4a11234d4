//! Whom a granter grants access: roles, modules, the group whose key it hands out.

use core::ffi::c_char;

use sealwire_core::{AccessRecord, Error, GroupKey, KeyId, PeerSecret, RoleId, Timestamp};

use crate::access::credential::{Held, sealwire_credential};
use crate::access::exchange::role_name;
use crate::access::granter::{both, exclusive, sealwire_granter};
use crate::engine::{Verifier, sealwire_verify_engine};
use crate::errors::status;
use crate::id::sealwire_id;
use crate::raw::{Input, Span, disjoint, reference};
use crate::requirement::level;
use crate::sealer::tag_length;
use crate::validator::sealwire_validator;

/// The most roles that a module may be registered for, and a granter may define.
pub const SEALWIRE_MAX_ROLES: usize = 16;

/// In `flags` of a record: the module gets the granter's group key with every grant.
pub const SEALWIRE_RECORD_IN_GROUP: u8 = 1;
/// In `flags` of a record: the credential, and so every session, ends at `expires`.
pub const SEALWIRE_RECORD_EXPIRES: u8 = 2;

/// A module's registration with a granter. Zero what isn't needed; a field without its flag must
/// be 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_access_record {
    /// The module.
    pub id: sealwire_id,
    /// The secret that it shares with this granter, or its public key. Copied; wipe your own.
    pub credential: sealwire_credential,
    /// The highest level that it may get: 4, or with a key 5.
    pub max_level: u8,
    /// SEALWIRE_RECORD_….
    pub flags: u8,
    /// The roles that it may get, as sealwire_granter_define_role numbered them.
    pub roles: *const u8,
    /// How many.
    pub roles_len: usize,
    /// With SEALWIRE_RECORD_EXPIRES: µs since the Unix epoch.
    pub expires: u64,
}

/// Gives a role its name: at most 32 of a-z, 0-9, dot, underscore and hyphen. `role` is what
/// policies see, not 0. At most SEALWIRE_MAX_ROLES.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ROLE, SEALWIRE_ERR_INVALID_ARGUMENT for 0,
/// SEALWIRE_ERR_DUPLICATE_KEY_ID for a name or number that is taken, SEALWIRE_ERR_TABLE_FULL, or
/// misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_define_role(
    granter: *mut sealwire_granter,
    name: *const c_char,
    name_len: usize,
    role: u8,
) -> i32 {
    let define = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(granter) }?;
        let name = Input::new(name.cast::<u8>(), name_len)?;
        disjoint(&[Span::of_one(granter)], &[name.span])?;
        // SAFETY: readable by the caller's word, apart from the object.
        core.define_role(role_name(unsafe { name.read() })?, RoleId(role))
    };
    status(define())
}

/// Registers a module. `verifier` says whether its key is a point of the curve, and is used for
/// that only: SEALWIRE_PORTABLE_VERIFICATION, say; null will do for a secret.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID (also for this granter itself),
/// SEALWIRE_ERR_DUPLICATE_KEY_ID for a module that is registered, SEALWIRE_ERR_DUPLICATE_KEY for a
/// credential that is another module's, SEALWIRE_ERR_SECRET_LEVEL for level 5 by a secret,
/// SEALWIRE_ERR_KEY_KIND for a level below 4, SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID,
/// SEALWIRE_ERR_NO_ENGINE for a key without a verifier, SEALWIRE_ERR_ROLE_NOT_GRANTED for a role
/// without a name, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_INVALID_ARGUMENT for an unknown kind, flag
/// or level or a field without its flag, SEALWIRE_ERR_TIMESTAMP_RANGE, or misuse; the granter is
/// unchanged then. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_register(
    granter: *mut sealwire_granter,
    record: *const sealwire_access_record,
    verifier: *const sealwire_verify_engine,
) -> i32 {
    let register = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(granter) }?;
        // SAFETY: readable by the caller's word; overlap is refused below.
        let given = unsafe { reference(record) }?;
        let roles = Input::new(given.roles, given.roles_len)?;
        let key = given.credential.bytes()?.span;
        let read = [Span::of_one(record), roles.span, key, Span::of_one(verifier)];
        let written = [Span::of_one(granter)];
        disjoint(&written, &read)?;
        // SAFETY: readable by the caller's word, apart from the object.
        let held = unsafe { given.credential.read(&written) }?;
        let record = match &held {
            Held::Secret(secret) => AccessRecord::secret(given.id.checked()?, secret),
            // Nobody registers who comes with a chain.
            Held::Chain(_) => return Err(Error::InvalidArgument),
            Held::Key(_) if verifier.is_null() => return Err(Error::NoEngine),
            Held::Key(key) => {
                // SAFETY: readable by the caller's word.
                let verifier = Verifier::new(unsafe { reference(verifier) }?)?;
                AccessRecord::key(given.id.checked()?, *key, &verifier)?
            }
        };
        let mut ids = [RoleId::NONE; SEALWIRE_MAX_ROLES];
        let ids = ids.get_mut(..given.roles_len).ok_or(Error::InvalidArgument)?;
        // SAFETY: readable by the caller's word, apart from the object.
        for (id, number) in ids.iter_mut().zip(unsafe { roles.read() }) {
            *id = RoleId(*number);
        }
        core.register(&with_flags(record.max_level(level(given.max_level)?).roles(ids), given)?)
    };
    status(register())
}

/// The flags and the field that belongs to one of them.
fn with_flags<'r>(
    mut record: AccessRecord<'r>,
    given: &sealwire_access_record,
) -> Result<AccessRecord<'r>, Error> {
    let has = |flag: u8| given.flags & flag != 0;
    let is_known = given.flags & !(SEALWIRE_RECORD_IN_GROUP | SEALWIRE_RECORD_EXPIRES) == 0;
    if !is_known || (!has(SEALWIRE_RECORD_EXPIRES) && given.expires != 0) {
        return Err(Error::InvalidArgument);
    }
    if has(SEALWIRE_RECORD_IN_GROUP) {
        record = record.in_group();
    }
    if has(SEALWIRE_RECORD_EXPIRES) {
        record = record.expires(Timestamp::from_micros(given.expires)?);
    }
    Ok(record)
}

/// Forgets a module and ends its sessions at once: revocation.
///
/// Returns 0, SEALWIRE_ERR_ACCESS_UNKNOWN_MODULE, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_remove(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    module: *const sealwire_id,
) -> i32 {
    let remove = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, mut keys) = unsafe { both(granter, validator, &[Span::of_one(module)]) }?;
        // SAFETY: readable by the caller's word, apart from both objects.
        core.remove(&unsafe { reference(module) }?.checked()?, &mut keys)
    };
    status(remove())
}

/// The key of a group of which a granter is a sender: one publisher, many subscribers. Any member
/// can make its tags; who needs proof of the sender uses level 5.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_group_key {
    /// The group.
    pub id: sealwire_id,
    /// What the granter puts into its frames for the group.
    pub key_id: u32,
    /// SEALWIRE_HMAC_SHA256 or SEALWIRE_HMAC_SHA256_128.
    pub algorithm: u8,
    /// The group's secret, SEALWIRE_SECRET_SIZE bytes. Copied; wipe your own.
    pub secret: *const u8,
    /// Bytes of it.
    pub secret_len: usize,
}

/// Sets the key of the group that this granter sends to; takes it away with null. Modules that are
/// in the group get it with their next grant; who has it keeps it, so a member that leaves calls
/// for a new key.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_INVALID_ARGUMENT for another algorithm,
/// SEALWIRE_ERR_KEY_LENGTH, SEALWIRE_ERR_KEY_INVALID, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_set_group(
    granter: *mut sealwire_granter,
    group: *const sealwire_group_key,
) -> i32 {
    let set = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let core = unsafe { exclusive(granter) }?;
        if group.is_null() {
            core.set_group(None);
            return Ok(());
        }
        // SAFETY: readable by the caller's word; overlap is refused below.
        let given = unsafe { reference(group) }?;
        let secret = Input::new(given.secret, given.secret_len)?;
        disjoint(&[Span::of_one(granter)], &[Span::of_one(group), secret.span])?;
        let (id, tag) = (given.id.checked()?, tag_length(given.algorithm)?);
        // SAFETY: readable by the caller's word, apart from the object.
        let secret = PeerSecret::from_slice(unsafe { secret.read() })?;
        core.set_group(Some(GroupKey::new(id, KeyId(given.key_id), tag, secret)));
        Ok(())
    };
    status(set())
}
