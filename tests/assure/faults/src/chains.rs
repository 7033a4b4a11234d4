//! Who checks chains of certificates, for tests/assure/faults/inject.py.
//!
//! `prepare` installs an anchor and an authority below it, and takes a list; the functions
//! `attack_…` are what an application writes: the peer of a checked chain is handed to `acted`.
//! What is GIVEN comes from the injector.
#![no_std]
#![no_main]
#![allow(static_mut_refs, reason = "one thread; the emulator calls one function at a time")]

mod engine;
mod motor;

use sealwire::{
    Chain, ChainTime, CheckedChain, Error, Fleet, IssuerRecord, IssuerSlot, PublicKey, Revocation,
    RevocationList, RoleName, Timestamp, TrustStore,
};

use engine::Engine;
use motor::{Buffer, acted};

const NOW: u64 = 1_763_000_000;

/// The anchor's certificate, an authority's key, a list, a CRL of each.
#[unsafe(no_mangle)]
pub static mut GIVEN: [Buffer<508>; 5] = [const { Buffer::EMPTY }; 5];

type Store = TrustStore<[IssuerSlot; 2]>;

static mut STORE: Option<Store> = None;
static mut LIST: Option<[RevocationList<'static>; 1]> = None;
static mut CRLS: Option<[&[u8]; 2]> = None;
static mut TIME: Option<ChainTime> = None;

fn set_up(given: &'static [Buffer<508>; 5]) -> Result<(), Error> {
    let [anchor, authority, list, crls @ ..] =
        given.each_ref().map(|one| one.bytes.get(..one.len as usize).unwrap_or_default());
    let time = ChainTime::Now(Timestamp::from_secs(NOW));
    let fleets = [Fleet::new([0x5e, 0xa1, 0x31, 0x7e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 32)?];
    let (operator, controller) = (RoleName::new("operator")?, RoleName::new("pump.controller")?);
    let mut store = Store::new([const { IssuerSlot::EMPTY }; 2]);
    let both = [operator.clone(), controller];
    let record = IssuerRecord::anchor(anchor).fleets(&fleets).roles(&both).time_sources();
    store.install(&record, time, &Engine)?;
    let one = [operator];
    let record = IssuerRecord::authority(PublicKey::from_slice(authority)?);
    store.install(&record.fleets(&fleets).roles(&one), time, &Engine)?;
    let list = store.take_list(list, time, &Engine)?;
    // SAFETY: one thread, and no other reference lives.
    unsafe { (STORE, LIST, CRLS, TIME) = (Some(store), Some([list]), Some(crls), Some(time)) };
    Ok(())
}

/// 0 when all is installed.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn prepare() -> u32 {
    // SAFETY: one thread; the injector wrote it before.
    u32::from(set_up(unsafe { &GIVEN }).is_err())
}

/// The gate of an application that looks up what was revoked.
#[inline(always)]
fn obey(verdict: Result<CheckedChain<'_>, Error>) {
    if let Ok(checked) = verdict
        && checked.status_until().is_some()
    {
        let peer = (*checked.key().as_xy(), *checked.module().as_bytes());
        acted((&raw const peer).cast(), size_of_val(&peer));
    }
}

/// With lists, with CRLs.
macro_rules! attack {
    ($($name:ident($lookup:ident, $status:ident);)*) => { $(
        /// # Safety
        /// `chain` points to `len` bytes.
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub unsafe extern "C" fn $name(chain: *const u8, len: usize) {
            // SAFETY: the emulator's promise; one thread.
            let (bytes, store, status, time) = unsafe {
                let bytes = core::slice::from_raw_parts(chain, len);
                (bytes, STORE.as_ref(), $status.as_ref(), TIME)
            };
            let (Some(store), Some(status), Some(time)) = (store, status, time) else { return };
            let Ok(chain) = Chain::from_bytes(bytes) else { return };
            obey(store.check(&chain, time, Revocation::$lookup(status), &Engine));
        }
    )* };
}

attack! {
    attack_list(Lists, LIST);
    attack_crl(Crls, CRLS);
}

/// An application that goes by the answer's branch alone.
///
/// # Safety
/// As the others.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn attack_planted(chain: *const u8, len: usize) {
    // SAFETY: the emulator's promise; one thread.
    let (bytes, store, time) =
        unsafe { (core::slice::from_raw_parts(chain, len), STORE.as_ref(), TIME) };
    let (Some(store), Some(time), Ok(chain)) = (store, time, Chain::from_bytes(bytes)) else {
        return;
    };
    if store.check(&chain, time, Revocation::Unchecked, &Engine).is_ok() {
        acted(bytes.as_ptr(), bytes.len());
    }
}
