//! Who a validator knows: keys and modules, as C hands them in.

use sealwire_core::{Error, KeyId, KnownModule, PeerKey, PeerSecret, PublicKey, RoleId, Timestamp};

use crate::errors::status;
use crate::id::sealwire_id;
use crate::raw::{Input, Span, disjoint, reference};
use crate::sealer::{SEALWIRE_ECDSA_P256, tag_length};
use crate::validator::{exclusive, has_engine, sealwire_validator};

/// In `flags` of a key: the frames are for the group in `group`. At level 4 any member can make
/// them.
pub const SEALWIRE_KEY_GROUP: u8 = 1;
/// In `flags` of a key: the sender has no clock; its frames carry the time 0, and nothing is said
/// of their age.
pub const SEALWIRE_KEY_COUNTER_ONLY: u8 = 2;
/// In `flags` of a key: nonces are random, and `quota` entries of the nonce cache are set aside.
pub const SEALWIRE_KEY_RANDOM_NONCES: u8 = 4;
/// In `flags` of a key: it ends at `expires`.
pub const SEALWIRE_KEY_EXPIRES: u8 = 8;
/// In `flags` of a key: it was never used with this receiver, though its windows were lost in a
/// restart. If that isn't true, old frames count as new.
pub const SEALWIRE_KEY_UNUSED: u8 = 16;

/// In `flags` of a key: its owner may send bursts, which cost at most `burst_rate` verifications a
/// second. For SEALWIRE_ECDSA_P256.
pub const SEALWIRE_KEY_BURSTS: u8 = 32;

/// A peer's key, as a receiver registers it: who seals with it, and by which rules. Zero what
/// isn't needed; a field without its flag must be 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_peer_key {
    /// The number under which frames name the key.
    pub key_id: u32,
    /// SEALWIRE_HMAC_SHA256, SEALWIRE_HMAC_SHA256_128 or SEALWIRE_ECDSA_P256.
    pub algorithm: u8,
    /// SEALWIRE_KEY_….
    pub flags: u8,
    /// The sender's role, for the policy; 0 for none.
    pub role: u8,
    /// With SEALWIRE_KEY_RANDOM_NONCES: entries of the nonce cache, at least the sender's rate ×
    /// (past limit + future limit).
    pub quota: u16,
    /// With SEALWIRE_KEY_BURSTS: verifications a second; as many can be saved up.
    pub burst_rate: u16,
    /// Who seals with it.
    pub sender: sealwire_id,
    /// With SEALWIRE_KEY_GROUP: the group.
    pub group: sealwire_id,
    /// With SEALWIRE_KEY_EXPIRES: µs since the Unix epoch, rounded down to the second.
    pub expires: u64,
    /// HMAC: the peer secret of 32 bytes. ECDSA: the public key, 64 bytes x ‖ y or 65 with 04
    /// before them. Copied in derived form; wipe your own secret.
    pub key: *const u8,
    /// Bytes of the key.
    pub key_len: usize,
}

/// A module that is known by its ID alone, for levels 2 and 3. Anybody can claim to be it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_known_module {
    /// Its ID.
    pub id: sealwire_id,
    /// Its role, for the policy; 0 for none.
    pub role: u8,
    /// For level 3: entries of the nonce cache, at least its rate × (past limit + future limit).
    pub quota: u16,
}

/// Registers a peer's key.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID (also for a sender that is this receiver),
/// SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_DUPLICATE_KEY, SEALWIRE_ERR_KEY_LENGTH,
/// SEALWIRE_ERR_KEY_INVALID, SEALWIRE_ERR_KEY_KIND for bursts of a key that doesn't sign,
/// SEALWIRE_ERR_BURST_STORAGE, SEALWIRE_ERR_NO_ENGINE for a signature key before a verifier was set, SEALWIRE_ERR_NONCE_QUOTA, SEALWIRE_ERR_TABLE_FULL, SEALWIRE_ERR_INVALID_ARGUMENT for an
/// unknown algorithm or flag, a field without its flag, or random nonces without a clock, or
/// misuse; the validator is unchanged then. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_register(
    validator: *mut sealwire_validator,
    key: *const sealwire_peer_key,
) -> i32 {
    let register = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        // SAFETY: readable by the caller's word.
        unsafe { with_key(validator, key, |key| core.register(key)) }
    };
    status(register())
}

/// Registers the next key of a peer beside `old_key_id`, which ends at `overlap_end` (µs since
/// the Unix epoch, rounded down to the second). Both are good until then.
///
/// Returns as sealwire_register; SEALWIRE_ERR_UNKNOWN_KEY, SEALWIRE_ERR_KEY_KIND if the new key
/// is not of the same sender and audience, SEALWIRE_ERR_ROLLOVER_PENDING,
/// SEALWIRE_ERR_TIMESTAMP_RANGE. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_rollover(
    validator: *mut sealwire_validator,
    old_key_id: u32,
    next: *const sealwire_peer_key,
    overlap_end: u64,
) -> i32 {
    let rollover = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        let end = Timestamp::from_micros(overlap_end)?;
        // SAFETY: readable by the caller's word.
        unsafe { with_key(validator, next, |key| core.rollover(KeyId(old_key_id), key, end)) }
    };
    status(rollover())
}

/// Refuses the key from now on with SEALWIRE_ERR_KEY_REVOKED.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_KEY, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_revoke(validator: *mut sealwire_validator, key_id: u32) -> i32 {
    // SAFETY: nobody else's by the caller's word.
    let core = unsafe { exclusive(validator) };
    status(core.and_then(|(core, _)| core.revoke(KeyId(key_id))))
}

/// Forgets the key. Its window stays behind until all that it could have accepted is stale.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_KEY, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_remove(validator: *mut sealwire_validator, key_id: u32) -> i32 {
    // SAFETY: nobody else's by the caller's word.
    let core = unsafe { exclusive(validator) };
    status(core.and_then(|(core, _)| core.remove(KeyId(key_id))))
}

/// Registers a module that is known by its ID alone, for levels 2 and 3.
///
/// Returns 0, SEALWIRE_ERR_INVALID_ID, SEALWIRE_ERR_DUPLICATE_KEY_ID, SEALWIRE_ERR_NONCE_QUOTA,
/// SEALWIRE_ERR_TABLE_FULL, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_register_module(
    validator: *mut sealwire_validator,
    module: *const sealwire_known_module,
) -> i32 {
    let register = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        disjoint(&[Span::of_one(validator)], &[Span::of_one(module)])?;
        // SAFETY: readable by the caller's word, and apart from the object.
        let module = unsafe { reference(module) }?;
        let known = KnownModule::new(module.id.checked()?)
            .role(RoleId(module.role))
            .timestamps(module.quota);
        core.register_module(&known)
    };
    status(register())
}

/// Forgets a module that was known by its ID.
///
/// Returns 0, SEALWIRE_ERR_UNKNOWN_SENDER, or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_remove_module(
    validator: *mut sealwire_validator,
    id: *const sealwire_id,
) -> i32 {
    let remove = || -> Result<(), Error> {
        // SAFETY: nobody else's by the caller's word.
        let (core, _) = unsafe { exclusive(validator) }?;
        disjoint(&[Span::of_one(validator)], &[Span::of_one(id)])?;
        // SAFETY: readable by the caller's word, and apart from the object.
        core.remove_module(&unsafe { reference(id) }?.checked()?)
    };
    status(remove())
}

/// # Safety
/// The key and what it points to are readable; the validator is alive.
unsafe fn with_key(
    validator: *const sealwire_validator,
    key: *const sealwire_peer_key,
    take: impl FnOnce(&PeerKey<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    // SAFETY: readable by the caller's word.
    let key_in = unsafe { reference(key) }?;
    disjoint(&[Span::of_one(validator)], &[Span::of_one(key)])?;
    let bytes = Input::new(key_in.key, key_in.key_len)?;
    disjoint(&[Span::of_one(validator)], &[bytes.span])?;
    let (id, sender) = (KeyId(key_in.key_id), key_in.sender.checked()?);
    // SAFETY: readable by the caller's word, and apart from the object.
    let bytes = unsafe { bytes.read() };
    if key_in.algorithm == SEALWIRE_ECDSA_P256 {
        let key = PeerKey::ecdsa(id, sender, PublicKey::from_slice(bytes)?);
        // Without an engine that finds no key good, that is not the key's fault.
        return take(&with_rules(key, key_in)?).map_err(|error| match error {
            // SAFETY: alive by the caller's word.
            Error::KeyInvalid if !unsafe { has_engine(validator) } => Error::NoEngine,
            error => error,
        });
    }
    let tag = tag_length(key_in.algorithm)?;
    let secret = PeerSecret::from_slice(bytes)?;
    take(&with_rules(PeerKey::hmac(id, sender, &secret, tag), key_in)?)
}

/// The flags and the fields that belong to them.
fn with_rules<'k>(key: PeerKey<'k>, key_in: &sealwire_peer_key) -> Result<PeerKey<'k>, Error> {
    const ALL: u8 = SEALWIRE_KEY_GROUP
        | SEALWIRE_KEY_COUNTER_ONLY
        | SEALWIRE_KEY_RANDOM_NONCES
        | SEALWIRE_KEY_EXPIRES
        | SEALWIRE_KEY_UNUSED
        | SEALWIRE_KEY_BURSTS;
    let has = |flag: u8| key_in.flags & flag != 0;
    let is_lost = (!has(SEALWIRE_KEY_GROUP) && !key_in.group.is_zero())
        || (!has(SEALWIRE_KEY_RANDOM_NONCES) && key_in.quota != 0)
        || (!has(SEALWIRE_KEY_BURSTS) && key_in.burst_rate != 0)
        || (!has(SEALWIRE_KEY_EXPIRES) && key_in.expires != 0);
    if key_in.flags & !ALL != 0 || is_lost {
        return Err(Error::InvalidArgument);
    }
    let mut key = key.role(RoleId(key_in.role));
    if has(SEALWIRE_KEY_GROUP) {
        key = key.group(key_in.group.checked()?);
    }
    if has(SEALWIRE_KEY_COUNTER_ONLY) {
        key = key.counter_only();
    }
    if has(SEALWIRE_KEY_RANDOM_NONCES) {
        key = key.random_nonces(key_in.quota);
    }
    if has(SEALWIRE_KEY_EXPIRES) {
        key = key.expires(Timestamp::from_micros(key_in.expires)?);
    }
    if has(SEALWIRE_KEY_BURSTS) {
        key = key.bursts(key_in.burst_rate);
    }
    if has(SEALWIRE_KEY_UNUSED) {
        key = key.unused();
    }
    Ok(key)
}
