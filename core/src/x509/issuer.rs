//! Whom a validator trusts to say who is who, and how far: anchors and authorities below them,
//! in storage of the caller's.
//!
//! What an issuer may issue stands here and not in certificates: name constraints can't say it,
//! and `rustls-webpki` refuses those on URIs. Nothing is allowed that wasn't written: without a
//! fleet no module ID is right, without a role none. An anchor is its whole key; its name only
//! finds it, so two anchors can't have one name.

use core::fmt;

use heapless::Vec;

use crate::access::RoleName;
use crate::crypto::p256::{PublicKey, VerifyP256};
use crate::crypto::sha256;
use crate::error::Error;
use crate::id::ModuleId;
use crate::storage::Storage;
use crate::x509::certificate::Certificate;
use crate::x509::crl;
use crate::x509::engine::Counted;
use crate::x509::identity::{Identity, MAX_CERTIFIED_ROLES};
use crate::x509::path::ChainTime;

/// The most bytes of an anchor's name, the contents of its SEQUENCE.
pub const MAX_ISSUER_NAME: usize = 128;

/// The most prefixes of module IDs of one issuer.
pub const MAX_FLEETS: usize = 4;

/// Module IDs that begin alike: a fleet, one module, or all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    prefix: [u8; 16],
    mask: [u8; 16],
}

impl Fleet {
    /// All modules.
    pub const ALL: Self = Self { prefix: [0; 16], mask: [0; 16] };

    /// The modules whose ID begins with the first `bits` bits of `id`; the rest of it counts for
    /// nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0 bits (see [`Fleet::ALL`]) and above 128.
    pub const fn new(id: [u8; 16], bits: u32) -> Result<Self, Error> {
        if bits == 0 || bits > 128 {
            return Err(Error::InvalidArgument);
        }
        let mask = u128::MAX.wrapping_shl(128_u32.wrapping_sub(bits));
        let prefix = u128::from_be_bytes(id) & mask;
        Ok(Self { prefix: prefix.to_be_bytes(), mask: mask.to_be_bytes() })
    }

    /// Whether the module is one of them.
    #[must_use]
    pub const fn contains(&self, module: &ModuleId) -> bool {
        let (id, mask) = (u128::from_be_bytes(*module.as_bytes()), u128::from_be_bytes(self.mask));
        id & mask == u128::from_be_bytes(self.prefix)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.mask).count_ones();
        write!(f, "Fleet({:032x}/{bits})", u128::from_be_bytes(self.prefix))
    }
}

enum Source<'a> {
    Anchor(&'a [u8]),
    Authority(PublicKey),
}

/// An anchor or an authority, and what it may issue: nothing, until it is said.
pub struct IssuerRecord<'a> {
    source: Source<'a>,
    fleets: &'a [Fleet],
    roles: &'a [RoleName],
    any_role: bool,
    any_authority: bool,
    time_sources: bool,
    lowest_list: u64,
}

impl<'a> IssuerRecord<'a> {
    /// The anchor with this certificate (DER): chains may end at it.
    #[must_use]
    pub const fn anchor(certificate: &'a [u8]) -> Self {
        Self::new(Source::Anchor(certificate))
    }

    /// An authority with this key that some anchor certifies: it issues within its own
    /// registration *and* its anchor's.
    #[must_use]
    pub const fn authority(key: PublicKey) -> Self {
        Self::new(Source::Authority(key))
    }

    const fn new(source: Source<'a>) -> Self {
        Self {
            source,
            fleets: &[],
            roles: &[],
            any_role: false,
            any_authority: false,
            time_sources: false,
            lowest_list: 0,
        }
    }

    /// For which modules; at most 4 prefixes.
    #[must_use]
    pub const fn fleets(mut self, fleets: &'a [Fleet]) -> Self {
        self.fleets = fleets;
        self
    }

    /// Which roles it may give; at most 8.
    #[must_use]
    pub const fn roles(mut self, roles: &'a [RoleName]) -> Self {
        self.roles = roles;
        self
    }

    /// It may give every role.
    #[must_use]
    pub const fn any_role(mut self) -> Self {
        self.any_role = true;
        self
    }

    /// Authorities directly or further below it needn't be registered. They issue all that it
    /// may.
    #[must_use]
    pub const fn any_authority(mut self) -> Self {
        self.any_authority = true;
        self
    }

    /// It may make sources of time.
    #[must_use]
    pub const fn time_sources(mut self) -> Self {
        self.time_sources = true;
        self
    }

    /// Its revocation lists below this number are refused: what was stored at the last stop.
    #[must_use]
    pub const fn lowest_list(mut self, number: u64) -> Self {
        self.lowest_list = number;
        self
    }
}

impl fmt::Debug for IssuerRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerRecord").field("fleets", &self.fleets).finish_non_exhaustive()
    }
}

/// A place for an issuer, in storage of the caller's.
#[derive(Clone)]
pub struct IssuerSlot {
    pub(crate) is_taken: bool,
    pub(crate) key: PublicKey,
    /// Anchors: the contents of the name; authorities: empty.
    pub(crate) name: Vec<u8, MAX_ISSUER_NAME>,
    /// Anchors: seconds since the Unix epoch.
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
    pub(crate) path_length: Option<u8>,
    pub(crate) may_revoke: bool,
    fleets: Vec<Fleet, MAX_FLEETS>,
    roles: Vec<RoleName, MAX_CERTIFIED_ROLES>,
    any_role: bool,
    pub(crate) any_authority: bool,
    time_sources: bool,
    /// The lowest number of a list that is taken, and the list that has it, once one came.
    pub(crate) lowest_list: u64,
    pub(crate) list: Option<[u8; 16]>,
    /// The number of the newest CRL that was taken.
    pub(crate) lowest_crl: [u8; crl::NUMBER],
}

impl IssuerSlot {
    /// A free place.
    pub const EMPTY: Self = Self {
        is_taken: false,
        key: PublicKey::from_xy([0; 64]),
        name: Vec::new(),
        not_before: 0,
        not_after: 0,
        path_length: None,
        may_revoke: false,
        fleets: Vec::new(),
        roles: Vec::new(),
        any_role: false,
        any_authority: false,
        time_sources: false,
        lowest_list: 0,
        list: None,
        lowest_crl: [0; crl::NUMBER],
    };

    fn is_anchor(&self) -> bool {
        self.is_taken && !self.name.is_empty()
    }

    /// Whether this issuer may have made such a certificate.
    pub(crate) fn allows(&self, identity: &Identity<'_>) -> Result<(), Error> {
        if !self.fleets.iter().any(|fleet| fleet.contains(&identity.module)) {
            return Err(Error::IdentityOutside);
        }
        let may_give = |role: &str| self.roles.iter().any(|known| known.as_str() == role);
        if !self.any_role && !identity.roles().all(may_give) {
            return Err(Error::RoleOutside);
        }
        if identity.is_time_source && !self.time_sources {
            return Err(Error::TimeSourceOutside);
        }
        Ok(())
    }
}

impl fmt::Debug for IssuerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerSlot")
            .field("is_taken", &self.is_taken)
            .field("key", &self.key)
            .field("fleets", &self.fleets)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// The name under which lists and the API know an issuer's key: the first 16 bytes of
/// SHA-256("sealwire/1 issuer" ‖ x ‖ y).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IssuerId(pub(crate) [u8; 16]);

impl IssuerId {
    /// The issuer with this key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self::of_xy(key.as_xy())
    }

    pub(crate) fn of_xy(xy: &[u8; 64]) -> Self {
        Self(front(&sha256::digest(&[b"sealwire/1 issuer", xy])))
    }

    /// From its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The first half of a digest.
pub(crate) fn front(digest: &[u8; 32]) -> [u8; 16] {
    let (front, _) = digest.split_at(16);
    front.try_into().unwrap_or([0; 16])
}

/// The anchors and authorities of a validator or a granter.
#[derive(Debug)]
pub struct TrustStore<S>(pub(crate) S);

impl<S: Storage<IssuerSlot>> TrustStore<S> {
    /// A store that trusts nobody. It takes over the storage and forgets what is in it.
    #[must_use]
    pub fn new(mut slots: S) -> Self {
        slots.as_mut().fill(IssuerSlot::EMPTY);
        Self(slots)
    }

    /// Registers an anchor or an authority. An anchor's certificate must be an authority's, in
    /// its time, and fit its own key if it is signed by it.
    ///
    /// # Errors
    /// Those of a certificate (see [`TrustStore::check`]); [`Error::CertificateTooLong`] for an
    /// anchor's name above 128 bytes; [`Error::NameConstraint`] for one with name constraints;
    /// [`Error::KeyInvalid`] for a point that isn't on the curve; [`Error::DuplicateIssuer`];
    /// [`Error::InvalidArgument`] for too many fleets or roles; [`Error::TableFull`].
    pub fn install<V: VerifyP256>(
        &mut self,
        record: &IssuerRecord<'_>,
        time: ChainTime,
        verifier: &V,
    ) -> Result<IssuerId, Error> {
        let fresh = slot_of(record, time, verifier)?;
        let is_same = |slot: &IssuerSlot| {
            slot.is_taken
                && (slot.key == fresh.key || (slot.is_anchor() && slot.name == fresh.name))
        };
        if self.0.as_ref().iter().any(is_same) {
            return Err(Error::DuplicateIssuer);
        }
        let place = self.0.as_mut().iter_mut().find(|slot| !slot.is_taken);
        let place = place.ok_or(Error::TableFull)?;
        let id = IssuerId::of(&fresh.key);
        *place = fresh;
        Ok(id)
    }

    /// An anchor's renewed certificate: of the same name and key, in the place of the one that is
    /// installed, with the rights of this record. The numbers of lists and CRLs that were taken
    /// stay known. There is no moment in between.
    ///
    /// # Errors
    /// As [`TrustStore::install`]; [`Error::UnknownAnchor`] unless an anchor of this name and key is
    /// installed. What was installed stays then.
    pub fn renew<V: VerifyP256>(
        &mut self,
        record: &IssuerRecord<'_>,
        time: ChainTime,
        verifier: &V,
    ) -> Result<IssuerId, Error> {
        let mut fresh = slot_of(record, time, verifier)?;
        let id = IssuerId::of(&fresh.key);
        let place = self.slot_mut(id)?;
        if !fresh.is_anchor() || place.name != fresh.name {
            return Err(Error::UnknownAnchor);
        }
        fresh.lowest_list = fresh.lowest_list.max(place.lowest_list);
        fresh.list = place.list.filter(|_| fresh.lowest_list == place.lowest_list);
        fresh.lowest_crl = place.lowest_crl;
        *place = fresh;
        Ok(id)
    }

    /// Forgets an issuer. Peers and sessions that its chains made stay until they are removed.
    ///
    /// # Errors
    /// [`Error::UnknownAnchor`].
    pub fn remove(&mut self, issuer: IssuerId) -> Result<(), Error> {
        *self.slot_mut(issuer)? = IssuerSlot::EMPTY;
        Ok(())
    }

    /// The lowest number of a revocation list of this issuer that is still taken: to be stored
    /// and given to [`IssuerRecord::lowest_list`] after a restart.
    ///
    /// # Errors
    /// [`Error::UnknownAnchor`].
    pub fn lowest_list(&self, issuer: IssuerId) -> Result<u64, Error> {
        self.view().lowest_list(issuer)
    }

    /// Refuses lists of this issuer below `number` from now on: what a granter demanded.
    ///
    /// # Errors
    /// [`Error::UnknownAnchor`].
    pub fn demand_list(&mut self, issuer: IssuerId, number: u64) -> Result<(), Error> {
        let slot = self.slot_mut(issuer)?;
        if number > slot.lowest_list {
            slot.lowest_list = number;
            slot.list = None;
        }
        Ok(())
    }

    /// The same to look at: what a chain is checked against.
    #[must_use]
    pub fn view(&self) -> Trust<'_> {
        Trust(self.0.as_ref())
    }

    pub(crate) fn slot_mut(&mut self, issuer: IssuerId) -> Result<&mut IssuerSlot, Error> {
        let mut slots = self.0.as_mut().iter_mut();
        slots
            .find(|slot| slot.is_taken && IssuerId::of(&slot.key) == issuer)
            .ok_or(Error::UnknownAnchor)
    }
}

/// A [`TrustStore`] to look at. A copy is as good.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'t>(&'t [IssuerSlot]);

impl<'t> Trust<'t> {
    /// The lowest number of a revocation list of this issuer that is still taken.
    ///
    /// # Errors
    /// [`Error::UnknownAnchor`].
    pub fn lowest_list(&self, issuer: IssuerId) -> Result<u64, Error> {
        self.slot(issuer).map(|slot| slot.lowest_list).ok_or(Error::UnknownAnchor)
    }

    pub(crate) fn slot(&self, issuer: IssuerId) -> Option<&'t IssuerSlot> {
        self.0.iter().find(|slot| slot.is_taken && IssuerId::of(&slot.key) == issuer)
    }

    pub(crate) fn anchor_named(&self, name: &[u8]) -> Option<&'t IssuerSlot> {
        self.0.iter().find(|slot| slot.is_anchor() && slot.name.as_slice() == name)
    }

    pub(crate) fn with_key(&self, xy: &[u8; 64]) -> Option<&'t IssuerSlot> {
        self.0.iter().find(|slot| slot.is_taken && slot.key.as_xy() == xy)
    }
}

/// A place with all that a record says.
fn slot_of<V: VerifyP256>(
    record: &IssuerRecord<'_>,
    time: ChainTime,
    verifier: &V,
) -> Result<IssuerSlot, Error> {
    let mut fresh = match &record.source {
        Source::Anchor(certificate) => anchor(certificate, time, verifier)?,
        Source::Authority(key) => IssuerSlot { key: *key, ..IssuerSlot::EMPTY },
    };
    if !verifier.accepts(&fresh.key) {
        return Err(Error::KeyInvalid);
    }
    fresh.is_taken = true;
    fresh.fleets = Vec::from_slice(record.fleets).map_err(|_| Error::InvalidArgument)?;
    fresh.roles = Vec::from_slice(record.roles).map_err(|_| Error::InvalidArgument)?;
    fresh.any_role = record.any_role;
    fresh.any_authority = record.any_authority;
    fresh.time_sources = record.time_sources;
    fresh.lowest_list = record.lowest_list;
    Ok(fresh)
}

/// What is kept of an anchor's certificate.
fn anchor<V: VerifyP256>(der: &[u8], time: ChainTime, verifier: &V) -> Result<IssuerSlot, Error> {
    let certificate = Certificate::parse(der)?;
    if !certificate.may_issue() {
        return Err(Error::NotAnIssuer);
    }
    if certificate.has_purpose()? == Some(false) {
        return Err(Error::PurposeMissing);
    }
    if certificate.has_name_constraints {
        return Err(Error::NameConstraint);
    }
    time.within(certificate.not_before, certificate.not_after)?;
    if certificate.issuer == certificate.subject {
        Counted::new(verifier, 1).verify_own(&certificate)?;
    }
    Ok(IssuerSlot {
        key: PublicKey::from_xy(*certificate.xy),
        name: Vec::from_slice(certificate.subject).map_err(|_| Error::CertificateTooLong)?,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        path_length: certificate.path_length,
        may_revoke: certificate.may_revoke(),
        ..IssuerSlot::EMPTY
    })
}
