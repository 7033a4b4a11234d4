//! A chain of certificates as a credential: this side's chain and key, and the store that the
//! other's chain is checked by.
//!
//! It never changes. Who renews makes another and hands it over; what is under way with the one
//! before goes on with that.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sealwire::{Chain, ChainTime, Error, Revocation, SignP256, Timestamp};

use crate::bytes::Input;
use crate::clock::Moment;
use crate::engine::Signer;
use crate::error::{detailed, raise};
use crate::keys::{PublicKey, SigningKey, not_copied};
use crate::trust::TrustStore;
use crate::trusted::Trusted;

/// Where the other side's certificates are looked up.
#[derive(Clone, Copy)]
enum Lookup {
    Lists,
    Crls,
    Unchecked,
}

/// What the credential holds, shared with whoever uses it.
pub(crate) struct Certified {
    /// The certificates, one behind the other.
    pub(crate) chain: Vec<u8>,
    key: Py<SigningKey>,
    pub(crate) trust: Arc<Trusted>,
    lookup: Lookup,
    floor: Option<Timestamp>,
}

impl Certified {
    pub(crate) fn key(&self) -> &SigningKey {
        self.key.get()
    }

    /// Something that signs with the chain's key.
    pub(crate) fn signer(&self) -> Result<Signer, Error> {
        self.key.get().signer(false)
    }

    /// The time of a check, or the floor where there is no clock.
    ///
    /// # Errors
    /// [`Error::NoClock`] without either.
    pub(crate) fn time(&self, now: Option<Timestamp>) -> Result<ChainTime, Error> {
        let now = now.map(ChainTime::Now);
        now.or_else(|| self.floor.map(ChainTime::NotBefore)).ok_or(Error::NoClock)
    }

    /// Calls `job` with the core's credential, under the lock of the store.
    pub(crate) fn with<T>(
        &self,
        time: ChainTime,
        job: impl FnOnce(&sealwire::ChainCredential<'_>) -> T,
    ) -> T {
        let held = self.trust.lock();
        let (lists, crls): (Vec<_>, Vec<_>) = match self.lookup {
            Lookup::Lists => (held.lists(), Vec::new()),
            Lookup::Crls => {
                (Vec::new(), held.crls().iter().map(|crl| crl.bytes.as_slice()).collect())
            }
            Lookup::Unchecked => (Vec::new(), Vec::new()),
        };
        let revocation = match self.lookup {
            Lookup::Lists => Revocation::Lists(&lists),
            Lookup::Crls => Revocation::Crls(&crls),
            Lookup::Unchecked => Revocation::Unchecked,
        };
        let trust = held.store.view();
        job(&sealwire::ChainCredential { own: &self.chain, trust, revocation, time })
    }

    /// Whether the store's lists, or its CRLs, revoke a chain that was good before.
    pub(crate) fn revokes(&self, chain: &[u8]) -> bool {
        let check = |credential: &sealwire::ChainCredential<'_>| {
            let chain = Chain::from_bytes(chain)?;
            let verifier = crate::engine::verifier();
            let trust = credential.trust;
            trust.check(&chain, credential.time, credential.revocation, &verifier).map(drop)
        };
        // Whether it is still in its time is not the question.
        let ever = ChainTime::NotBefore(Timestamp::from_secs(0));
        self.with(ever, check) == Err(Error::CertificateRevoked)
    }
}

/// This side's chain and key, and what the other side's chain is checked by: for `Exchange.begin`,
/// `Granter` and `Granter.use_chain`. It never changes; a renewed certificate is another one.
///
/// Args:
///     chain: up to 4 certificates in DER, this module's first, without the anchor's.
///     key: the key pair of the first.
///     trust: whom this side trusts. Shared: what is installed and taken there later counts too.
///     revocation: "lists": every certificate of the other side must be covered by a list that
///         the store took (`TrustStore.take_list`); "crls": by a CRL of its issuer
///         (`TrustStore.take_crl`); "unchecked": it isn't looked at.
///     floor: for a requester without a clock: the other's chain must be good at some time from
///         this one on, in µs since 1970, and at the time that the grant says.
///
/// Raises:
///     CertificateValidationError: CHAIN_LENGTH, CERTIFICATE_TOO_LONG, CERTIFICATE_MALFORMED and
///         the others of a single certificate.
///     MisuseError: KEY_KIND if the chain is for another key; INVALID_ARGUMENT.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct ChainCredential(pub(crate) Arc<Certified>);

#[pymethods]
impl ChainCredential {
    #[new]
    #[pyo3(signature = (chain, key, trust, *, revocation = "lists", floor = None))]
    fn new(
        chain: Vec<Input<'_>>,
        key: Py<SigningKey>,
        trust: &Bound<'_, TrustStore>,
        revocation: &str,
        floor: Option<Moment>,
    ) -> PyResult<Self> {
        let lookup = match revocation {
            "lists" => Lookup::Lists,
            "crls" => Lookup::Crls,
            "unchecked" => Lookup::Unchecked,
            _ => {
                let what = "revocation is 'lists', 'crls' or 'unchecked'";
                return Err(detailed(Error::InvalidArgument, what));
            }
        };
        let parts: Vec<&[u8]> = chain.iter().map(Input::get).collect();
        Chain::new(&parts).map_err(raise)?;
        let (trust, floor) = (Arc::clone(&trust.get().0), floor.map(|floor| floor.0));
        let certified = Certified { chain: parts.concat(), key, trust, lookup, floor };
        let public = certified.signer().map_err(raise)?.public_key();
        let ever = ChainTime::NotBefore(Timestamp::from_secs(0));
        certified.with(ever, |credential| credential.fits(&public)).map_err(raise)?;
        Ok(Self(Arc::new(certified)))
    }

    /// The certificates in DER, this module's first.
    #[getter]
    fn chain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let chain = Chain::from_bytes(&self.0.chain).map_err(raise)?;
        let parts: Vec<_> =
            chain.certificates().map(|one| pyo3::types::PyBytes::new(py, one)).collect();
        PyTuple::new(py, parts)
    }

    /// The public key of the first certificate.
    #[getter]
    fn public_key(&self) -> PyResult<PublicKey> {
        self.0.signer().map(|signer| PublicKey(signer.public_key())).map_err(raise)
    }

    fn __repr__(&self) -> String {
        format!("ChainCredential({} bytes)", self.0.chain.len())
    }

    #[allow(clippy::unused_self, reason = "it has a key")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("ChainCredential"))
    }
}
