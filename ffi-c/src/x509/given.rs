//! Chains, times and revocation as C hands them in, and the storage of what is kept.

use crate::engine::sealwire_bytes;

/// The most certificates of a chain, without its anchor's.
pub const SEALWIRE_MAX_CHAIN: usize = 4;
/// The most bytes of a certificate.
pub const SEALWIRE_MAX_CERTIFICATE: usize = 1024;
/// The most bytes of a chain.
pub const SEALWIRE_MAX_CHAIN_BYTES: usize = 3072;
/// The most roles in a certificate, and in an issuer's registration.
pub const SEALWIRE_MAX_CERTIFIED_ROLES: usize = 8;
/// The most revocation lists that one check looks at: one of each issuer.
pub const SEALWIRE_MAX_LISTS: usize = 4;
/// The most bytes of a proof with a chain behind it.
pub const SEALWIRE_MAX_CERTIFIED_MESSAGE: usize = 3392;

/// A chain of certificates in DER: the module's first, then its issuer's, and so on, without the
/// anchor's. Either each by itself, or `joined`: one behind the other, as a chain travels; the
/// other is null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_chain {
    /// The certificates, each by itself.
    pub certificates: *const sealwire_bytes,
    /// How many.
    pub certificates_len: usize,
    /// The certificates, one behind the other.
    pub joined: *const u8,
    /// Bytes of all of them.
    pub joined_len: usize,
}

/// The chain is to be good at `time`, by a clock.
pub const SEALWIRE_CHAIN_NOW: u8 = 1;
/// The chain is to be good at `time` or later: a device without a clock knows only when it was
/// built, or what it stored. sealwire_checked_chain_holds_at asks again when the time is known.
pub const SEALWIRE_CHAIN_NOT_BEFORE: u8 = 2;

/// When a chain, an anchor or a list is to be good.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_chain_time {
    /// SEALWIRE_CHAIN_NOW or SEALWIRE_CHAIN_NOT_BEFORE; 0 is refused.
    pub kind: u8,
    /// µs since the Unix epoch.
    pub time: u64,
}

/// Revocation isn't looked up: for certificates that live shorter than a list takes to come.
pub const SEALWIRE_REVOCATION_UNCHECKED: u8 = 1;
/// Revocation is looked up in `lists`. Each certificate must be covered by a current one.
pub const SEALWIRE_REVOCATION_LISTS: u8 = 2;
/// Revocation is looked up in `crls`: one current CRL of each issuer in the chain. The anchor's
/// certificate must allow the signing of CRLs.
pub const SEALWIRE_REVOCATION_CRLS: u8 = 3;

/// How a chain's certificates are looked up.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_revocation {
    /// SEALWIRE_REVOCATION_…; 0 is refused.
    pub kind: u8,
    /// Lists that sealwire_trust_store_take_list found right, at most SEALWIRE_MAX_LISTS; else null.
    pub lists: *const *const sealwire_revocation_list,
    /// How many.
    pub lists_len: usize,
    /// CRLs in DER, at most SEALWIRE_MAX_CHAIN; else null.
    pub crls: *const sealwire_bytes,
    /// How many.
    pub crls_len: usize,
}

/// One side's chain in an exchange, and what the other's is checked against.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_chain_credential {
    /// This side's certificates, one behind the other: the one for the signer's key first, without
    /// the anchor's.
    pub own: *const u8,
    /// Bytes of all of them.
    pub own_len: usize,
    /// Anchors and authorities.
    pub trust: *const sealwire_trust_store,
    /// Where the other's certificates are looked up.
    pub revocation: sealwire_revocation,
    /// When, at the requester. A granter goes by the arrival's `now`, and this is 0.
    pub time: sealwire_chain_time,
}

/// Bytes of a trust store's storage.
pub const SEALWIRE_TRUST_STORE_SIZE: usize = 96;
/// Bytes of the storage for one anchor or authority.
pub const SEALWIRE_ISSUER_SLOT_SIZE: usize = 768;
/// Bytes of a checked chain's storage.
pub const SEALWIRE_CHECKED_CHAIN_SIZE: usize = 384;
/// Bytes of a revocation list's storage, the list itself not among them.
pub const SEALWIRE_REVOCATION_LIST_SIZE: usize = 128;
/// Bytes of what a granter keeps of one module's chains.
pub const SEALWIRE_CERTIFIED_SLOT_SIZE: usize = 448;

/// Anchors and authorities of a validator or a granter. Opaque storage of the caller's; see
/// "Objects". Holds no secret.
#[repr(C)]
pub struct sealwire_trust_store {
    /// The library's business.
    pub opaque: [u64; 12],
}

/// Storage for one anchor or authority.
#[repr(C)]
pub struct sealwire_issuer_slot {
    /// The library's business.
    pub opaque: [u64; 96],
}

/// What a chain was found to say. Opaque storage of the caller's; see "Objects". Points into the
/// certificates that it was made from.
#[repr(C)]
pub struct sealwire_checked_chain {
    /// The library's business.
    pub opaque: [u64; 48],
}

/// A revocation list whose signature was found right. Opaque storage of the caller's; see
/// "Objects". Points into the bytes that it was made from.
#[repr(C)]
pub struct sealwire_revocation_list {
    /// The library's business.
    pub opaque: [u64; 16],
}

/// Storage for what a granter keeps of one module that came with a chain.
#[repr(C)]
pub struct sealwire_certified_slot {
    /// The library's business.
    pub opaque: [u64; 56],
}

const _: () = {
    assert!(size_of::<sealwire_trust_store>() == SEALWIRE_TRUST_STORE_SIZE);
    assert!(size_of::<sealwire_issuer_slot>() == SEALWIRE_ISSUER_SLOT_SIZE);
    assert!(size_of::<sealwire_checked_chain>() == SEALWIRE_CHECKED_CHAIN_SIZE);
    assert!(size_of::<sealwire_revocation_list>() == SEALWIRE_REVOCATION_LIST_SIZE);
    assert!(size_of::<sealwire_certified_slot>() == SEALWIRE_CERTIFIED_SLOT_SIZE);
};
