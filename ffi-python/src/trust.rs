//! Anchors, authorities and the check of chains: the core's `TrustStore` as an object.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sealwire::{
    Chain, ChainTime, Entry, Error, Fleet, IssuerId, IssuerRecord, IssuerSlot, Revocation,
    RevocationList, RoleName, Timestamp,
};

use crate::bytes::Input;
use crate::checked_chain::CheckedChain;
use crate::clock::Now;
use crate::engine::verifier;
use crate::error::{detailed, raise};
use crate::id::ModuleId;
use crate::keys::PublicKey;
use crate::number::{Number, Pair};
use crate::trusted::{Held, HeldCrl, Trusted};

/// The most bytes of a CRL that are looked at.
const MAX_CRL: usize = 1 << 20;

/// Whom this side trusts to say who is who, and how far. One serves all threads.
///
/// Nothing is allowed that wasn't said: without `fleets` no module ID is right, without `roles`
/// or `any_role` no role.
///
/// Args:
///     capacity: the most anchors and authorities.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT for 0 and above 65,535.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct TrustStore(pub(crate) Arc<Trusted>);

impl TrustStore {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock()
    }

    fn register<'py>(
        &self,
        py: Python<'py>,
        source: &Source,
        rights: &Rights,
        time: ChainTime,
    ) -> PyResult<Bound<'py, PyBytes>> {
        py.detach(|| {
            let record = match source {
                Source::Anchor(certificate) => IssuerRecord::anchor(certificate),
                Source::Authority(key) => IssuerRecord::authority(*key),
            };
            let mut record = record.fleets(&rights.fleets).roles(&rights.roles);
            if rights.any_role {
                record = record.any_role();
            }
            if rights.any_authority {
                record = record.any_authority();
            }
            if rights.time_sources {
                record = record.time_sources();
            }
            let record = record.lowest_list(rights.lowest_list);
            let store = &mut self.lock().store;
            if rights.renew {
                store.renew(&record, time, &verifier())
            } else {
                store.install(&record, time, &verifier())
            }
        })
        .map(|id| PyBytes::new(py, id.as_bytes()))
        .map_err(raise)
    }
}

enum Source {
    Anchor(Vec<u8>),
    Authority(sealwire::PublicKey),
}

/// What an issuer may issue.
struct Rights {
    fleets: Vec<Fleet>,
    roles: Vec<RoleName>,
    any_role: bool,
    any_authority: bool,
    time_sources: bool,
    lowest_list: u64,
    /// In the place of the one that is there.
    renew: bool,
}

/// The first bits that module IDs have in common: 16 bytes, and how many bits of them count; 0 is
/// all modules.
struct FleetArg(Fleet);

impl FromPyObject<'_, '_> for FleetArg {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let Pair(id, Number(bits)) = object.extract::<Pair<Input<'_>, Number<u32>>>()?;
        let Ok(id) = id.get().try_into() else {
            return Err(detailed(Error::InvalidArgument, "a fleet is (16 bytes, bits)"));
        };
        let fleet = if bits == 0 { Ok(Fleet::ALL) } else { Fleet::new(id, bits) };
        fleet.map(Self).map_err(raise)
    }
}

fn role_names(roles: &[String]) -> PyResult<Vec<RoleName>> {
    roles.iter().map(|role| RoleName::new(role).map_err(raise)).collect()
}

/// The time of a check: without a clock there is none to check by.
fn time_of(now: Option<Now>) -> PyResult<ChainTime> {
    Now::or_system(now).map(ChainTime::Now).ok_or_else(|| raise(Error::NoClock))
}

#[pymethods]
impl TrustStore {
    #[new]
    #[pyo3(signature = (capacity = Number(8)), text_signature = "(capacity=8)")]
    fn new(capacity: Number<u16>) -> PyResult<Self> {
        if capacity.0 == 0 {
            return Err(detailed(Error::InvalidArgument, "a store has room for one issuer"));
        }
        let slots = vec![IssuerSlot::EMPTY; usize::from(capacity.0)];
        let held =
            Held { store: sealwire::TrustStore::new(slots), lists: Vec::new(), crls: Vec::new() };
        Ok(Self(Arc::new(Trusted { held: Mutex::new(held), news: AtomicU64::new(0) })))
    }

    /// Registers an anchor: chains may end at its key.
    ///
    /// Args:
    ///     certificate: its certificate in DER.
    ///     fleets: for which modules: up to 4 pairs of 16 bytes and the number of bits that count,
    ///         0 for all modules.
    ///     roles: the names of up to 8 roles that it may give.
    ///     any_role: it may give every role.
    ///     any_authority: authorities below it needn't be registered.
    ///     time_sources: it may say that modules are sources of time.
    ///     lowest_list: its revocation lists below this number are refused.
    ///     renew: it is a renewed certificate of the same name and key, and takes the place of the
    ///         one that is installed, without a moment in between. Numbers of lists stay known.
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Returns:
    ///     16 bytes, by which lists and this store know it.
    ///
    /// Raises:
    ///     CertificateValidationError: the certificate is none of an authority, not in its time,
    ///         or not signed by its own key; DUPLICATE_ISSUER; UNKNOWN_ANCHOR if there is none to
    ///         renew.
    ///     MisuseError: KEY_INVALID, INVALID_ARGUMENT, INVALID_ROLE, TABLE_FULL.
    #[pyo3(signature = (certificate, /, *, fleets = Vec::new(), roles = Vec::new(),
        any_role = false, any_authority = false, time_sources = false, lowest_list = Number(0),
        renew = false, now = None),
        text_signature = "($self, certificate, /, *, fleets=(), roles=(), any_role=False, any_authority=False, time_sources=False, lowest_list=0, renew=False, now=None)")]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn install_anchor<'py>(
        &self,
        py: Python<'py>,
        certificate: Input<'_>,
        fleets: Vec<FleetArg>,
        roles: Vec<String>,
        any_role: bool,
        any_authority: bool,
        time_sources: bool,
        lowest_list: Number<u64>,
        renew: bool,
        now: Option<Now>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let fleets = fleets.into_iter().map(|FleetArg(fleet)| fleet).collect();
        let (roles, lowest_list) = (role_names(&roles)?, lowest_list.0);
        let rights =
            Rights { fleets, roles, any_role, any_authority, time_sources, lowest_list, renew };
        let source = Source::Anchor(certificate.get().to_vec());
        self.register(py, &source, &rights, time_of(now)?)
    }

    /// Registers an authority that some anchor certifies: it issues within its own registration
    /// and its anchor's.
    ///
    /// Args:
    ///     key: its public key.
    ///     fleets, roles, any_role, any_authority, time_sources, lowest_list: as for an anchor.
    ///
    /// Returns:
    ///     16 bytes, by which lists and this store know it.
    ///
    /// Raises:
    ///     CertificateValidationError: DUPLICATE_ISSUER.
    ///     MisuseError: KEY_INVALID, INVALID_ARGUMENT, INVALID_ROLE, TABLE_FULL.
    #[pyo3(signature = (key, /, *, fleets = Vec::new(), roles = Vec::new(), any_role = false,
        any_authority = false, time_sources = false, lowest_list = Number(0)),
        text_signature = "($self, key, /, *, fleets=(), roles=(), any_role=False, any_authority=False, time_sources=False, lowest_list=0)")]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn install_authority<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'_, PublicKey>,
        fleets: Vec<FleetArg>,
        roles: Vec<String>,
        any_role: bool,
        any_authority: bool,
        time_sources: bool,
        lowest_list: Number<u64>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let fleets = fleets.into_iter().map(|FleetArg(fleet)| fleet).collect();
        let (roles, lowest_list) = (role_names(&roles)?, lowest_list.0);
        let renew = false;
        let rights =
            Rights { fleets, roles, any_role, any_authority, time_sources, lowest_list, renew };
        // A key has no time of its own.
        let time = ChainTime::NotBefore(Timestamp::from_secs(0));
        self.register(py, &Source::Authority(key.get().0), &rights, time)
    }

    /// Forgets an issuer; peers and sessions that its chains made stay.
    ///
    /// Raises:
    ///     CertificateValidationError: UNKNOWN_ANCHOR.
    #[pyo3(signature = (issuer, /))]
    fn remove(&self, issuer: Input<'_>) -> PyResult<()> {
        let issuer = issuer_id(&issuer)?;
        let mut held = self.lock();
        held.store.remove(issuer).map_err(raise)?;
        held.lists.retain(|(of, _)| *of != issuer);
        held.crls.retain(|crl| crl.issuer != issuer);
        Ok(())
    }

    /// Takes a revocation list of Sealwire's: its issuer's older ones are refused from now on, and
    /// whoever checks by this store with `revocation="lists"` goes by it. Sessions that came from a
    /// chain which it revokes end before the next frame.
    ///
    /// Args:
    ///     data: the list.
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Returns:
    ///     Its number.
    ///
    /// Raises:
    ///     CertificateValidationError: REVOCATION_MALFORMED, REVOCATION_SIGNATURE,
    ///         REVOCATION_OLD, REVOCATION_STALE.
    ///     SignatureValidationError: SIGNATURE_RANGE, SIGNATURE_HIGH_S.
    ///     TimestampValidationError: NO_CLOCK.
    #[pyo3(signature = (data, /, *, now = None))]
    fn take_list(&self, py: Python<'_>, data: Input<'_>, now: Option<Now>) -> PyResult<u64> {
        let (time, data) = (time_of(now)?, data.get().to_vec());
        let number = py.detach(|| {
            let mut held = self.lock();
            let list = held.store.take_list(&data, time, &verifier())?;
            let (issuer, number) = (list.issuer(), list.number());
            held.lists.retain(|(of, _)| *of != issuer);
            held.lists.push((issuer, data));
            self.0.news.fetch_add(1, Ordering::Release);
            Ok(number)
        });
        number.map_err(raise)
    }

    /// Takes a CRL: its issuer's older ones, by the CRL's number, are refused from now on, and whoever
    /// checks by this store with `revocation="crls"` goes by it. Sessions that came from a chain
    /// which it revokes end before the next frame. Its issuer must be registered here.
    ///
    /// Args:
    ///     data: the CRL in DER, at most 1 MiB.
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Raises:
    ///     CertificateValidationError: REVOCATION_MALFORMED, REVOCATION_SIGNATURE,
    ///         REVOCATION_OLD, REVOCATION_STALE.
    ///     TimestampValidationError: NO_CLOCK.
    #[pyo3(signature = (data, /, *, now = None))]
    fn take_crl(&self, py: Python<'_>, data: Input<'_>, now: Option<Now>) -> PyResult<()> {
        let time = time_of(now)?;
        if data.get().len() > MAX_CRL {
            return Err(raise(Error::RevocationMalformed));
        }
        let bytes = data.get().to_vec();
        let taken = py.detach(|| {
            let mut held = self.lock();
            let taken = held.store.take_crl(&bytes, time, &verifier())?;
            let issuer = taken.issuer();
            let mut entries: Vec<Entry> = taken.entries().collect();
            entries.sort_unstable();
            held.crls.retain(|crl| crl.issuer != issuer);
            held.crls.push(HeldCrl { issuer, bytes, entries });
            self.0.news.fetch_add(1, Ordering::Release);
            Ok(())
        });
        taken.map_err(raise)
    }

    /// Refuses lists of this issuer below `number` from now on: what a granter demanded
    /// (`Session.demanded_list`). A list that was taken and is older no longer counts.
    ///
    /// Raises:
    ///     CertificateValidationError: UNKNOWN_ANCHOR.
    #[pyo3(signature = (issuer, number, /))]
    fn demand_list(&self, issuer: Input<'_>, number: Number<u64>) -> PyResult<()> {
        self.lock().store.demand_list(issuer_id(&issuer)?, number.0).map_err(raise)
    }

    /// The lowest number of a revocation list of this issuer that is still taken: to be stored,
    /// and given as `lowest_list` after a restart.
    ///
    /// Raises:
    ///     CertificateValidationError: UNKNOWN_ANCHOR.
    #[pyo3(signature = (issuer, /))]
    fn lowest_list(&self, issuer: Input<'_>) -> PyResult<u64> {
        self.lock().store.lowest_list(issuer_id(&issuer)?).map_err(raise)
    }

    /// Checks a chain, from the module's certificate to an anchor that is registered here.
    ///
    /// Args:
    ///     chain: up to 4 certificates in DER, the module's first, without the anchor's.
    ///     lists: Sealwire's revocation lists. Each is checked and taken: older ones of the same
    ///         issuer are refused from now on. Every certificate must be covered by one.
    ///     crls: CRLs in DER instead, one of each issuer of the chain. If the chain is good, their
    ///         numbers are remembered: older ones of issuers that are registered are refused from
    ///         now on.
    ///     unchecked: revocation isn't looked at. One of these three is to be given.
    ///     now: µs since 1970; the system clock where it is left out.
    ///
    /// Raises:
    ///     CertificateValidationError: what is wrong with the chain, the first of PROTOCOL.md
    ///         §14.3; SIGNATURE_HIGH_S and other codes for a list's signature.
    ///     TimestampValidationError: NO_CLOCK.
    ///     MisuseError: INVALID_ARGUMENT unless one of `lists`, `crls`, `unchecked` is given.
    #[pyo3(signature = (chain, /, *, lists = None, crls = None, unchecked = false, now = None))]
    fn check(
        &self,
        py: Python<'_>,
        chain: Vec<Input<'_>>,
        lists: Option<Vec<Input<'_>>>,
        crls: Option<Vec<Input<'_>>>,
        unchecked: bool,
        now: Option<Now>,
    ) -> PyResult<CheckedChain> {
        let given = [lists.is_some(), crls.is_some(), unchecked];
        if given.iter().filter(|one| **one).count() != 1 {
            return Err(detailed(
                Error::InvalidArgument,
                "one of lists, crls and unchecked=True is to be given",
            ));
        }
        let time = time_of(now)?;
        let chain: Vec<Vec<u8>> = chain.iter().map(|one| one.get().to_vec()).collect();
        let owned = |inputs: Option<Vec<Input<'_>>>| {
            let inputs = inputs.unwrap_or_default();
            inputs.iter().map(|one| one.get().to_vec()).collect::<Vec<_>>()
        };
        let has_lists = lists.is_some();
        let (lists, crls) = (owned(lists), owned(crls));
        if crls.iter().any(|crl| crl.len() > MAX_CRL) {
            return Err(raise(Error::RevocationMalformed));
        }
        py.detach(|| {
            let parts: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
            let chain = Chain::new(&parts)?;
            let store = &mut self.lock().store;
            let mut taken: Vec<RevocationList<'_>> = Vec::new();
            for list in &lists {
                taken.push(store.take_list(list, time, &verifier())?);
            }
            let crls: Vec<&[u8]> = crls.iter().map(Vec::as_slice).collect();
            let revocation = if unchecked {
                Revocation::Unchecked
            } else if has_lists {
                Revocation::Lists(&taken)
            } else {
                Revocation::Crls(&crls)
            };
            let checked = CheckedChain::of(&store.check(&chain, time, revocation, &verifier())?);
            for crl in crls {
                // Of an issuer that is registered; the check has said all else.
                let _ = store.take_crl(crl, time, &verifier());
            }
            Ok(checked)
        })
        .map_err(raise)
    }

    fn __repr__(&self) -> &'static str {
        "TrustStore(…)"
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::keys::not_copied("TrustStore"))
    }
}

/// Who the value of a subject alternative name (DER) says that a module is: its ID, its roles, and
/// whether it is a source of time. Private: see `sealwire.tls`.
#[pyfunction]
#[pyo3(signature = (names, /))]
pub(crate) fn identity_in(names: Input<'_>) -> PyResult<(ModuleId, Vec<String>, bool)> {
    let identity = sealwire::Identity::of_names(names.get()).map_err(raise)?;
    let roles = identity.roles().map(str::to_owned).collect();
    Ok((ModuleId(identity.module()), roles, identity.is_time_source()))
}

fn issuer_id(bytes: &Input<'_>) -> PyResult<IssuerId> {
    bytes.get().try_into().map(IssuerId::from_bytes).map_err(|_| {
        detailed(Error::InvalidArgument, "an issuer is the 16 bytes that its registration gave")
    })
}
