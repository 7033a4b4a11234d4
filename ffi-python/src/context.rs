//! What a frame is about, and what is demanded of it: made once, used for every frame.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use sealwire::{ContextKind, Level, Policy};

use crate::bytes::{Input, Name};
use crate::enums::{self, KindArg, LevelArg};
use crate::error;
use crate::id::hash_of;

/// What a frame is about: authenticated with every frame of levels 4 and 5, never sent.
///
/// Made by `Context.topic`, `.request`, `.response` or `.resource`. A name is text, of which the
/// UTF-8 bytes count, or bytes; 0 to 255 of them.
#[pyclass(frozen, eq, hash, module = "sealwire")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Context {
    kind: ContextKind,
    name: Vec<u8>,
    request_tag: Vec<u8>,
}

impl Context {
    fn of(kind: ContextKind, name: Name, request_tag: &[u8]) -> PyResult<Self> {
        let made = Self { kind, name: name.0, request_tag: request_tag.to_vec() };
        made.get().map_err(error::raise)?;
        Ok(made)
    }

    /// As the core knows it.
    #[inline]
    pub(crate) fn get(&self) -> Result<sealwire::Context<'_>, sealwire::Error> {
        sealwire::Context::new(self.kind, &self.name, &self.request_tag)
    }
}

#[pymethods]
impl Context {
    /// A stream of messages without answers.
    ///
    /// Raises:
    ///     MisuseError: INVALID_CONTEXT if the name has more than 255 bytes.
    #[staticmethod]
    #[pyo3(signature = (name, /))]
    fn topic(name: Name) -> PyResult<Self> {
        Self::of(ContextKind::Topic, name, &[])
    }

    /// A request to the service `name`.
    ///
    /// Raises:
    ///     MisuseError: INVALID_CONTEXT if the name has more than 255 bytes.
    #[staticmethod]
    #[pyo3(signature = (name, /))]
    fn request(name: Name) -> PyResult<Self> {
        Self::of(ContextKind::Request, name, &[])
    }

    /// The answer of the service `name` to the one request whose frame had the tag `request_tag`:
    /// `Accepted.tag` where it was received, `tag_of(frame)` where it was sealed.
    ///
    /// Raises:
    ///     MisuseError: INVALID_CONTEXT if the name has more than 255 bytes, or the tag not 16, 32
    ///         or 64.
    #[staticmethod]
    #[pyo3(signature = (name, request_tag, /))]
    fn response(name: Name, request_tag: Input<'_>) -> PyResult<Self> {
        Self::of(ContextKind::Response, name, request_tag.get())
    }

    /// Anything else that a policy knows by name.
    ///
    /// Raises:
    ///     MisuseError: INVALID_CONTEXT if the name has more than 255 bytes.
    #[staticmethod]
    #[pyo3(signature = (name, /))]
    fn resource(name: Name) -> PyResult<Self> {
        Self::of(ContextKind::Resource, name, &[])
    }

    /// By kind, as tools have it: `request_tag` is empty but for a response.
    ///
    /// Raises:
    ///     MisuseError: INVALID_CONTEXT.
    #[new]
    #[pyo3(signature = (kind, name, request_tag = None))]
    fn new(kind: KindArg, name: Name, request_tag: Option<Input<'_>>) -> PyResult<Self> {
        let tag = request_tag.as_ref().map_or(&[][..], Input::get);
        Self::of(kind.0, name, tag)
    }

    /// The kind.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::kind(py, self.kind)
    }

    /// The name's bytes.
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.name)
    }

    /// The request's tag in a response's context, else empty.
    #[getter]
    fn request_tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.request_tag)
    }

    fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<String> {
        let make = match self.kind {
            ContextKind::Topic => "topic",
            ContextKind::Request => "request",
            ContextKind::Response => "response",
            ContextKind::Resource => "resource",
        };
        let name = self.name(py).repr()?;
        if self.kind == ContextKind::Response {
            let tag = self.request_tag(py).repr()?;
            return Ok(format!("Context.{make}({name}, {tag})"));
        }
        Ok(format!("Context.{make}({name})"))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (this, py) = (slf.get(), slf.py());
        let arguments = (this.kind.number(), this.name(py), this.request_tag(py));
        (slf.get_type(), arguments).into_pyobject(py)
    }
}

/// What a frame must fulfil: a level and a context; the validator adds its policy. There is no
/// default, and the frame has no say in it.
///
/// Made once by `Requirement.at_least` or `Requirement.exactly`, and used for every frame.
#[pyclass(frozen, eq, module = "sealwire")]
#[derive(PartialEq, Eq)]
pub(crate) struct Requirement {
    level: Level,
    exact: bool,
    groups: bool,
    context: Context,
}

impl Requirement {
    /// As the core knows it.
    #[inline]
    pub(crate) fn with<'a>(
        &'a self,
        policy: &'a dyn Policy,
    ) -> Result<sealwire::Requirement<'a>, sealwire::Error> {
        let context = self.context.get()?;
        let requirement = if self.exact {
            sealwire::Requirement::exactly(self.level, context, policy)
        } else {
            sealwire::Requirement::at_least(self.level, context, policy)
        };
        Ok(if self.groups { requirement.allow_groups() } else { requirement })
    }

    fn of(level: LevelArg, context: &Bound<'_, Context>, exact: bool, groups: bool) -> Self {
        Self { level: level.0, exact, groups, context: context.get().clone() }
    }
}

#[pymethods]
impl Requirement {
    /// This level or a higher one.
    ///
    /// Args:
    ///     level: a `Level` or its number.
    ///     context: what the frame must be about.
    ///     groups: whether a group's HMAC key will do, though any member could have made the frame.
    ///
    /// Raises:
    ///     MisuseError: INVALID_ARGUMENT if there is no such level.
    #[staticmethod]
    #[pyo3(signature = (level, context, *, groups = false))]
    fn at_least(level: LevelArg, context: &Bound<'_, Context>, groups: bool) -> Self {
        Self::of(level, context, false, groups)
    }

    /// This level and no other. Arguments and errors as for `at_least`.
    #[staticmethod]
    #[pyo3(signature = (level, context, *, groups = false))]
    fn exactly(level: LevelArg, context: &Bound<'_, Context>, groups: bool) -> Self {
        Self::of(level, context, true, groups)
    }

    /// The level.
    #[getter]
    fn level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        enums::level(py, self.level)
    }

    /// Whether no higher level will do.
    #[getter]
    fn exact(&self) -> bool {
        self.exact
    }

    /// Whether a group's HMAC key will do.
    #[getter]
    fn groups(&self) -> bool {
        self.groups
    }

    /// The context.
    #[getter]
    fn context(&self) -> Context {
        self.context.clone()
    }

    fn __hash__(&self) -> u64 {
        hash_of(&(self.level.number(), self.exact, self.groups, &self.context))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let make = if self.exact { "exactly" } else { "at_least" };
        let groups = if self.groups { ", groups=True" } else { "" };
        let context = self.context.__repr__(py)?;
        let level = self.level.name();
        Ok(format!("Requirement.{make}(Level.{level}, {context}{groups})"))
    }

    #[allow(clippy::unused_self, reason = "made anew where it is needed")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(crate::keys::not_copied("Requirement"))
    }
}
