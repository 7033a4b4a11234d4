//! Who may do what: lists of the core's rules. A policy is never Python code, which would run
//! under the validator's lock; what else must be asked of a sender is asked of `Accepted`.

use pyo3::Borrowed;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use sealwire::{ContextKind, Error, NamePattern, Peer, RoleId};

use crate::bytes::Name;
use crate::enums::KindArg;
use crate::error;
use crate::number::Number;

/// The policy that lets everybody who is registered do everything: where registering is the policy.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone, Copy)]
pub(crate) struct AnyPeer;

#[pymethods]
impl AnyPeer {
    #[new]
    fn new() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "all are alike")]
    fn __repr__(&self) -> &'static str {
        "AnyPeer()"
    }
}

/// The policy that lets nobody do anything: every frame is refused with POLICY_MISSING.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone, Copy)]
pub(crate) struct NoPolicy;

#[pymethods]
impl NoPolicy {
    #[new]
    fn new() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "all are alike")]
    fn __repr__(&self) -> &'static str {
        "NoPolicy()"
    }
}

#[derive(Clone)]
enum Names {
    Any,
    Exactly(Vec<u8>),
    Prefix(Vec<u8>),
}

/// One thing that is allowed. What a rule leaves open fits everything.
///
/// Args:
///     role: for senders that are registered with this role, 1 to 255.
///     kind: on this kind of context.
///     name: on the context with this name.
///     prefix: on all contexts whose name begins so. Not together with `name`.
///
/// Raises:
///     MisuseError: INVALID_ARGUMENT.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone)]
pub(crate) struct Rule {
    role: Option<RoleId>,
    kind: Option<ContextKind>,
    names: Names,
}

#[pymethods]
impl Rule {
    #[new]
    #[pyo3(signature = (*, role = None, kind = None, name = None, prefix = None))]
    fn new(
        role: Option<Number<u8>>,
        kind: Option<KindArg>,
        name: Option<Name>,
        prefix: Option<Name>,
    ) -> PyResult<Self> {
        let names = match (name, prefix) {
            (None, None) => Names::Any,
            (Some(Name(name)), None) => Names::Exactly(name),
            (None, Some(Name(name))) => Names::Prefix(name),
            (Some(_), Some(_)) => {
                return Err(error::detailed(
                    Error::InvalidArgument,
                    "a rule has a name or a prefix",
                ));
            }
        };
        Ok(Self { role: role.map(|number| RoleId(number.0)), kind: kind.map(|kind| kind.0), names })
    }
}

/// The policy that allows what is listed and refuses the rest.
///
/// Args:
///     rules: `Rule` objects; the first that fits allows.
#[pyclass(frozen, module = "sealwire")]
#[derive(Clone)]
pub(crate) struct Rules(Vec<Rule>);

#[pymethods]
impl Rules {
    #[new]
    #[pyo3(signature = (rules, /))]
    fn new(rules: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut listed = Vec::new();
        for rule in rules.try_iter()? {
            listed.push(rule?.cast::<Rule>()?.get().clone());
        }
        Ok(Self(listed))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

/// A validator's policy.
pub(crate) enum Policy {
    Any,
    Nothing,
    Rules(Vec<Rule>),
}

impl sealwire::Policy for Policy {
    #[inline]
    fn decide(&self, peer: &Peer, context: &sealwire::Context<'_>) -> Result<(), Error> {
        match self {
            Self::Any => sealwire::AnyPeer.decide(peer, context),
            Self::Nothing => sealwire::NoPolicy.decide(peer, context),
            Self::Rules(rules) => rules
                .iter()
                .find_map(|rule| rule.decide(peer, context).ok())
                .ok_or(Error::PolicyRefused),
        }
    }
}

impl Rule {
    /// The core's word on a list of this one rule.
    fn decide(&self, peer: &Peer, context: &sealwire::Context<'_>) -> Result<(), Error> {
        let name = match &self.names {
            Names::Any => NamePattern::Any,
            Names::Exactly(name) => NamePattern::Exactly(name),
            Names::Prefix(name) => NamePattern::Prefix(name),
        };
        let rule = sealwire::Rule { role: self.role, kind: self.kind, name };
        sealwire::Policy::decide(&sealwire::Rules(&[rule]), peer, context)
    }
}

impl FromPyObject<'_, '_> for Policy {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if object.cast::<AnyPeer>().is_ok() {
            Ok(Self::Any)
        } else if object.cast::<NoPolicy>().is_ok() {
            Ok(Self::Nothing)
        } else if let Ok(rules) = object.cast::<Rules>() {
            Ok(Self::Rules(rules.get().0.clone()))
        } else {
            Err(PyTypeError::new_err("a policy is AnyPeer(), Rules([...]) or NoPolicy()"))
        }
    }
}
