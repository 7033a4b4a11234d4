//! Access by chains: the granter's answer to one, and what a revocation list ends.

use sealwire_core::{CertifiedSlot, ChainTime, Error, Timestamp};

use crate::access::credential::sealwire_access_engines;
use crate::access::granter::{both, certified, sealwire_granter};
use crate::access::granting::{Proving, sealwire_access_arrival, sealwire_granted};
use crate::access::message::SEALWIRE_MAX_GRANT;
use crate::access::session::{self, sealwire_session};
use crate::engine::sealwire_verify_engine;
use crate::errors::status;
use crate::raw::{Place, Span, disjoint};
use crate::validator::sealwire_validator;
use crate::x509::Lent;
use crate::x509::given::{
    SEALWIRE_CERTIFIED_SLOT_SIZE, sealwire_chain_credential, sealwire_chain_time,
    sealwire_revocation_list, sealwire_trust_store,
};
use crate::x509::{list, trust};

const _: () = assert!(size_of::<CertifiedSlot>() <= SEALWIRE_CERTIFIED_SLOT_SIZE);

/// Bytes between a grant and the chain behind it.
const NUMBER: usize = 8;

/// Bytes of room for the answer to a chain: a grant, and this granter's chain of `own_len` bytes.
pub const SEALWIRE_MAX_CERTIFIED_GRANT: usize = 3272;

/// As sealwire_granter_grant, and takes chains of certificates too: a proof, and the module's chain
/// right behind it. Nobody registers such a module, its chain does. It takes a free slot; where
/// there is none, that of such a module without a session.
///
/// `credential` is this granter's own chain, its trust, and where modules' chains are looked up;
/// they are checked at the arrival's `now`. The granter's config lent it a certified slot for each
/// module. `cap` is at least SEALWIRE_MAX_GRANT, 8 and the bytes of this granter's chain, else
/// `*len` becomes that: SEALWIRE_MAX_CERTIFIED_GRANT is always enough.
///
/// Returns as sealwire_granter_grant and as sealwire_trust_store_check;
/// SEALWIRE_ERR_IDENTITY_MISMATCH for another module's chain, SEALWIRE_ERR_NO_CLOCK without a time,
/// SEALWIRE_ERR_KEY_KIND if this side's chain isn't for the signer's key,
/// SEALWIRE_ERR_INVALID_ARGUMENT for fewer certified slots than modules. Nothing is sent then, and
/// nothing changed. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_grant_certified(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    proof: *const sealwire_access_arrival,
    engines: *const sealwire_access_engines,
    credential: *const sealwire_chain_credential,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
    granted: *mut sealwire_granted,
    session: *mut sealwire_session,
    session_size: usize,
) -> i32 {
    let grant = || -> Result<(), Error> {
        // SAFETY: the caller's word.
        let mut step = unsafe {
            Proving::new(
                (granter, validator),
                proof,
                engines,
                (out, cap, len),
                granted,
                (session, session_size),
            )
        }?;
        // The core goes by the arrival's time, and refuses a chain where there is none.
        let unused = ChainTime::NotBefore(Timestamp::from_secs(0));
        // SAFETY: readable by the caller's word, apart from all that is written.
        let lent = unsafe { Lent::read(credential, Some(unused), &step.written) }?;
        let needed = SEALWIRE_MAX_GRANT.saturating_add(NUMBER).saturating_add(lent.own_len());
        // SAFETY: writable by the caller's word.
        unsafe { step.place.is_large_enough(needed) }?;
        // SAFETY: nobody else's by the caller's word; the slots are no part of what `both` gives.
        let (kept, (core, mut keys)) =
            unsafe { (certified(granter)?, both(granter, validator, &[])?) };
        let (bytes, length) = step.place.parts();
        // SAFETY: writable by the caller's word, apart from all else.
        let bytes = unsafe { bytes.write() };
        let given = core.grant_certified(
            step.message,
            step.source,
            step.at,
            &mut step.chosen.engines,
            &lent.credential(),
            kept,
            &mut keys,
            bytes,
        )?;
        // SAFETY: writable by the caller's word.
        unsafe {
            length.set(given.len());
            step.tell(given.outcome);
        }
        Ok(())
    };
    status(grant())
}

/// Ends at once every session that came from a chain which the list revokes; `*ended` becomes how
/// many, and may be null. New chains are refused by the credential's revocation.
///
/// Returns 0 or misuse. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_revoke_listed(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    list: *const sealwire_revocation_list,
    ended: *mut usize,
) -> i32 {
    let revoke = || -> Result<(), Error> {
        let place = Place::optional(ended)?;
        let written = [Span::of_one(granter), Span::of_one(validator), place.span];
        disjoint(&written, &[])?;
        // SAFETY: readable by the caller's word, apart from all that is written.
        let list = unsafe { list::shared(list, &written) }?;
        // SAFETY: nobody else's by the caller's word; the slots are no part of what `both` gives.
        let (kept, (core, mut keys)) =
            unsafe { (certified(granter)?, both(granter, validator, &[])?) };
        let count = core.revoke_listed(&list, kept, &mut keys);
        // SAFETY: writable by the caller's word.
        unsafe { place.set(count) };
        Ok(())
    };
    status(revoke())
}

/// Takes a CRL into the store, as sealwire_trust_store_take_crl, and ends at once every session that
/// came from a chain with a certificate that it revokes; `*ended` becomes how many, and may be null.
///
/// Returns as sealwire_trust_store_take_crl; no session ends then. Exclusive: see "Threads".
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_granter_revoke_crl(
    granter: *mut sealwire_granter,
    validator: *mut sealwire_validator,
    store: *mut sealwire_trust_store,
    crl: *const u8,
    crl_len: usize,
    time: *const sealwire_chain_time,
    verifier: *const sealwire_verify_engine,
    ended: *mut usize,
) -> i32 {
    let revoke = || -> Result<(), Error> {
        let place = Place::optional(ended)?;
        let [one, two] = [Span::of_one(granter), Span::of_one(validator)];
        let written = [one, two, Span::of_one(store), place.span];
        disjoint(&written, &[])?;
        // SAFETY: nobody else's by the caller's word; the slots are no part of what `both` gives.
        let (kept, (core, mut keys)) =
            unsafe { (certified(granter)?, both(granter, validator, &[])?) };
        // SAFETY: the caller's word.
        let taken = unsafe { trust::take_crl(store, (crl, crl_len), time, verifier, &written) }?;
        let issuer = taken.issuer();
        let count = taken.entries().fold(0_usize, |count, entry| {
            count.saturating_add(core.revoke_entries(issuer, &[entry], kept, &mut keys))
        });
        // SAFETY: writable by the caller's word.
        unsafe { place.set(count) };
        Ok(())
    };
    status(revoke())
}

/// The lowest number of a revocation list of this module's own anchor that the granter takes, for
/// sealwire_trust_store_demand_list: of a session that a chain made, on the side that asked.
///
/// Returns 0, SEALWIRE_ERR_CREDENTIAL_KIND for any other session, or misuse. Reads only.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_session_demanded_list(
    session: *const sealwire_session,
    number: *mut u64,
) -> i32 {
    let tell = || -> Result<(), Error> {
        let place = Place::new(number)?;
        disjoint(&[place.span], &[Span::of_one(session)])?;
        // SAFETY: readable by the caller's word.
        let demanded = unsafe { session::shared(session) }?.demanded_list();
        // SAFETY: writable by the caller's word.
        unsafe { place.set(demanded.ok_or(Error::CredentialKind)?) };
        Ok(())
    };
    status(tell())
}

/// The size of a certified slot in this library: SEALWIRE_CERTIFIED_SLOT_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_certified_slot_size() -> usize {
    SEALWIRE_CERTIFIED_SLOT_SIZE
}
