//! Secrets, key pairs, and what a receiver registers of a peer.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use sealwire::{Error, KeyId, RoleId, SignP256, TagLength, Timestamp};

use crate::bytes::Input;
use crate::clock::Moment;
use crate::engine::{KeyPair, Signer, System};
use crate::error;
use crate::id::{IdArg, hash_of};
use crate::number::Number;

/// Refuses to be pickled or copied.
pub(crate) fn not_copied(name: &str) -> PyErr {
    let article = if name.starts_with(['A', 'E']) { "an" } else { "a" };
    PyTypeError::new_err(format!("{article} {name} is neither pickled nor copied"))
}

/// The exception for bytes that are no key: how many there were, where that is what is wrong.
#[cold]
fn no_key(error: Error, needed: &str, data: &[u8]) -> PyErr {
    match error {
        Error::KeyLength => {
            error::detailed(error, &format!("{needed} are needed, not {}", data.len()))
        }
        other => error::raise(other),
    }
}

/// 32 secret bytes that two modules, or the members of a group, were provisioned with.
///
/// Made by `PeerSecret.generate()` or `PeerSecret.from_bytes(...)`. Not shown by `repr`, not
/// pickled, wiped when it goes.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct PeerSecret(pub(crate) sealwire::PeerSecret);

#[pymethods]
impl PeerSecret {
    /// A new secret from the operating system's random numbers.
    ///
    /// Raises:
    ///     UnavailableError: NO_ENTROPY.
    #[staticmethod]
    fn generate() -> PyResult<Self> {
        sealwire::PeerSecret::generate(&mut System).map(Self).map_err(error::raise)
    }

    /// The secret with these 32 bytes, which must be random.
    ///
    /// Raises:
    ///     MisuseError: KEY_LENGTH; KEY_INVALID if all are zero.
    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(data: Input<'_>) -> PyResult<Self> {
        let data = data.get();
        sealwire::PeerSecret::from_slice(data)
            .map(Self)
            .map_err(|error| no_key(error, "32 bytes", data))
    }

    /// The 32 bytes, for storing them. Python can't wipe this copy.
    fn secret_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.secret_bytes())
    }

    #[allow(clippy::unused_self, reason = "shows nothing of it")]
    fn __repr__(&self) -> &'static str {
        "PeerSecret(…)"
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("PeerSecret"))
    }
}

/// A P-256 key pair that signs at level 5.
///
/// Made by `SigningKey.generate()` or `SigningKey.from_bytes(...)`. Not shown by `repr`, not
/// pickled, wiped when it goes.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct SigningKey(KeyPair);

impl SigningKey {
    /// A signer with the same key.
    pub(crate) fn signer(&self, deterministic: bool) -> Result<Signer, Error> {
        Signer::from_secret(self.0.secret_bytes().as_slice(), deterministic)
    }
}

#[pymethods]
impl SigningKey {
    /// A new key pair from the operating system's random numbers.
    ///
    /// Raises:
    ///     UnavailableError: NO_ENTROPY.
    #[staticmethod]
    fn generate(py: Python<'_>) -> PyResult<Self> {
        py.detach(KeyPair::generate).map(Self).map_err(error::raise)
    }

    /// The key pair with this secret scalar: 32 bytes, big-endian.
    ///
    /// Raises:
    ///     MisuseError: KEY_LENGTH; KEY_INVALID for 0 and from the group order on.
    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(py: Python<'_>, data: Input<'_>) -> PyResult<Self> {
        let scalar = data.get();
        py.detach(|| KeyPair::from_secret(scalar))
            .map(Self)
            .map_err(|error| no_key(error, "32 bytes", scalar))
    }

    /// The 32 bytes of the secret scalar, for storing them. Python can't wipe this copy.
    fn secret_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.secret_bytes().as_slice())
    }

    /// The public half, for the receivers.
    #[getter]
    fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }

    #[allow(clippy::unused_self, reason = "shows nothing of it")]
    fn __repr__(&self) -> &'static str {
        "SigningKey(…)"
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("SigningKey"))
    }
}

/// A P-256 public key: x ‖ y, big-endian, 64 bytes.
///
/// Whether it is a point of the curve is asked when it is registered.
#[pyclass(frozen, eq, module = "sealwire")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PublicKey(pub(crate) sealwire::PublicKey);

#[pymethods]
impl PublicKey {
    /// From the 64 bytes x ‖ y, or the 65 of an uncompressed SEC 1 point.
    ///
    /// Raises:
    ///     MisuseError: KEY_LENGTH; KEY_INVALID if 65 bytes don't begin with 04.
    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(data: Input<'_>) -> PyResult<Self> {
        let data = data.get();
        let needed = "64 bytes (or the 65 of an uncompressed point)";
        sealwire::PublicKey::from_slice(data).map(Self).map_err(|error| no_key(error, needed, data))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_xy())
    }

    fn __hash__(&self) -> u64 {
        hash_of(&self.0)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let make = slf.get_type().getattr("from_bytes")?;
        (make, (slf.get().__bytes__(slf.py()),)).into_pyobject(slf.py())
    }
}

/// The tag length by its name.
pub(crate) fn tag_length(name: &str) -> PyResult<TagLength> {
    match name {
        "full" => Ok(TagLength::Full),
        "short" => Ok(TagLength::Short),
        _ => Err(error::detailed(Error::InvalidArgument, "tag is 'full' or 'short'")),
    }
}

enum Proof {
    Hmac(Py<PeerSecret>, TagLength),
    Ecdsa(sealwire::PublicKey),
}

/// A peer's key, as a receiver registers it: who seals with it, and by which rules.
///
/// Made by `PeerKey.hmac(...)` or `PeerKey.ecdsa(...)`; `Validator.register` takes it.
#[pyclass(frozen, module = "sealwire")]
pub(crate) struct PeerKey {
    id: KeyId,
    sender: sealwire::ModuleId,
    proof: Proof,
    rules: Rules,
}

/// What both kinds of keys have in common.
struct Rules {
    group: Option<sealwire::ModuleId>,
    role: u8,
    expires: Option<Timestamp>,
    counter_only: bool,
    random_nonces: u16,
    unused: bool,
    bursts: Option<u16>,
}

impl PeerKey {
    /// A group's key, as a member registers it of one of the senders.
    pub(crate) const fn of_group(
        id: KeyId,
        sender: sealwire::ModuleId,
        secret: Py<PeerSecret>,
        tag: TagLength,
        group: sealwire::ModuleId,
        role: u8,
    ) -> Self {
        let rules = Rules {
            group: Some(group),
            role,
            expires: None,
            counter_only: false,
            random_nonces: 0,
            unused: false,
            bursts: None,
        };
        Self { id, sender, proof: Proof::Hmac(secret, tag), rules }
    }

    /// Hands the key as the core knows it to `use_it`.
    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&sealwire::PeerKey<'_>) -> T) -> T {
        let mut key = match &self.proof {
            Proof::Hmac(secret, tag) => {
                sealwire::PeerKey::hmac(self.id, self.sender, &secret.get().0, *tag)
            }
            Proof::Ecdsa(public) => sealwire::PeerKey::ecdsa(self.id, self.sender, *public),
        };
        let rules = &self.rules;
        key = key.role(RoleId(rules.role));
        if let Some(group) = rules.group {
            key = key.group(group);
        }
        if let Some(end) = rules.expires {
            key = key.expires(end);
        }
        if rules.counter_only {
            key = key.counter_only();
        }
        if rules.random_nonces > 0 {
            key = key.random_nonces(rules.random_nonces);
        }
        if rules.unused {
            key = key.unused();
        }
        if let Some(per_second) = rules.bursts {
            key = key.bursts(per_second);
        }
        use_it(&key)
    }
}

#[pymethods]
impl PeerKey {
    /// A key for level 4: `sender` seals with HMAC-SHA256 under what is derived from `secret`.
    ///
    /// Args:
    ///     key_id: under what the frames name it, 0 to 2**32 - 1.
    ///     sender: who seals with it.
    ///     secret: what both sides were provisioned with.
    ///     tag: "full" for tags of 32 bytes, "short" for 16.
    ///     group: the frames are for this group; any member can make them.
    ///     role: the sender's role for the policy, 1 to 255; 0 for none.
    ///     expires: when the key ends, in µs since 1970, rounded down to the second.
    ///     counter_only: the sender has no clock; nothing is said of the age of its frames.
    ///     random_nonces: how many entries of the nonce cache are set aside because the sender's
    ///         nonces are random: its frames a second × (past + future limit in seconds). 0 if
    ///         they count.
    ///     unused: the key was never used with this receiver, though its windows were lost.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID.
    #[staticmethod]
    #[pyo3(signature = (key_id, sender, secret, *, tag = "full", group = None, role = Number(0),
        expires = None, counter_only = false, random_nonces = Number(0), unused = false),
        text_signature = "(key_id, sender, secret, *, tag='full', group=None, role=0, \
        expires=None, counter_only=False, random_nonces=0, unused=False)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn hmac(
        key_id: Number<u32>,
        sender: IdArg,
        secret: Py<PeerSecret>,
        tag: &str,
        group: Option<IdArg>,
        role: Number<u8>,
        expires: Option<Moment>,
        counter_only: bool,
        random_nonces: Number<u16>,
        unused: bool,
    ) -> PyResult<Self> {
        Ok(Self {
            id: KeyId(key_id.0),
            sender: sender.0,
            proof: Proof::Hmac(secret, tag_length(tag)?),
            rules: Rules {
                group: group.map(|id| id.0),
                role: role.0,
                expires: expires.map(|time| time.0),
                counter_only,
                random_nonces: random_nonces.0,
                unused,
                bursts: None,
            },
        })
    }

    /// A key for level 5: `sender` signs with the private half of `public_key`.
    ///
    /// Args:
    ///     key_id: under what the frames name it, 0 to 2**32 - 1.
    ///     sender: who signs with it.
    ///     public_key: the public half.
    ///     group: the frames are for this group; the signature still proves the sender.
    ///     role, expires, counter_only, random_nonces, unused: as for `PeerKey.hmac`.
    ///     bursts: the sender may sign many frames at once (`Sealer.seal_burst`): how many bursts a
    ///         second are verified at most, 1 to 65535. None if it may not.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT, INVALID_ID.
    #[staticmethod]
    #[pyo3(signature = (key_id, sender, public_key, *, group = None, role = Number(0),
        expires = None, counter_only = false, random_nonces = Number(0), unused = false,
        bursts = None),
        text_signature = "(key_id, sender, public_key, *, group=None, role=0, expires=None, \
        counter_only=False, random_nonces=0, unused=False, bursts=None)")]
    #[allow(clippy::too_many_arguments, reason = "by name in Python")]
    fn ecdsa(
        key_id: Number<u32>,
        sender: IdArg,
        public_key: &Bound<'_, PublicKey>,
        group: Option<IdArg>,
        role: Number<u8>,
        expires: Option<Moment>,
        counter_only: bool,
        random_nonces: Number<u16>,
        unused: bool,
        bursts: Option<Number<u16>>,
    ) -> Self {
        Self {
            id: KeyId(key_id.0),
            sender: sender.0,
            proof: Proof::Ecdsa(public_key.get().0),
            rules: Rules {
                group: group.map(|id| id.0),
                role: role.0,
                expires: expires.map(|time| time.0),
                counter_only,
                random_nonces: random_nonces.0,
                unused,
                bursts: bursts.map(|rate| rate.0),
            },
        }
    }

    fn __repr__(&self) -> String {
        format!("PeerKey({}, sender {})", self.id, self.sender)
    }

    #[allow(clippy::unused_self, reason = "gives nothing of it")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("PeerKey"))
    }
}
