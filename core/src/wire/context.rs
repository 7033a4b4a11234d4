//! What a frame is about: authenticated with every frame of level 4 and 5, never sent
//! (`PROTOCOL.md` §5).
//!
//! Both sides build it from what they know: the topic they publish on and subscribe to, the
//! request they sent and answer. The receiver's is the one that counts.

use crate::error::Error;
use crate::wire::metadata::MAX_TAG;

/// The longest name, in bytes.
pub const MAX_CONTEXT_NAME: usize = 255;

/// What kind of thing a context names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum ContextKind {
    /// A stream of messages without answers.
    Topic = 1,
    /// A request to a service.
    Request = 2,
    /// The answer to one request.
    Response = 3,
    /// Anything else that a policy knows by name.
    Resource = 4,
}

impl ContextKind {
    /// The number that is authenticated.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Topic => 1,
            Self::Request => 2,
            Self::Response => 3,
            Self::Resource => 4,
        }
    }

    /// The kind with this number.
    ///
    /// # Errors
    /// [`Error::InvalidContext`].
    pub const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            1 => Ok(Self::Topic),
            2 => Ok(Self::Request),
            3 => Ok(Self::Response),
            4 => Ok(Self::Resource),
            _ => Err(Error::InvalidContext),
        }
    }
}

/// Kind and name, and for a response the tag of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    kind: ContextKind,
    name: &'a [u8],
    /// Empty but for a response.
    request_tag: &'a [u8],
}

impl<'a> Context<'a> {
    /// A topic: a stream of messages without answers.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] if `name` is longer than [`MAX_CONTEXT_NAME`] bytes.
    pub const fn topic(name: &'a [u8]) -> Result<Self, Error> {
        Self::named(ContextKind::Topic, name)
    }

    /// A request to the service `name`.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] if `name` is longer than [`MAX_CONTEXT_NAME`] bytes.
    pub const fn request(name: &'a [u8]) -> Result<Self, Error> {
        Self::named(ContextKind::Request, name)
    }

    /// The answer of the service `name` to the request whose frame had the tag `request_tag`.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] if `name` is longer than [`MAX_CONTEXT_NAME`] bytes, or the tag
    /// hasn't 16, 32 or 64.
    pub const fn response(name: &'a [u8], request_tag: &'a [u8]) -> Result<Self, Error> {
        if name.len() > MAX_CONTEXT_NAME || !matches!(request_tag.len(), 16 | 32 | MAX_TAG) {
            return Err(Error::InvalidContext);
        }
        Ok(Self { kind: ContextKind::Response, name, request_tag })
    }

    /// Anything else that has a name.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] if `name` is longer than [`MAX_CONTEXT_NAME`] bytes.
    pub const fn resource(name: &'a [u8]) -> Result<Self, Error> {
        Self::named(ContextKind::Resource, name)
    }

    /// By kind, as bindings have it: `request_tag` is empty but for a response.
    ///
    /// # Errors
    /// [`Error::InvalidContext`] as the constructors by name, and for a request tag beside
    /// another kind.
    pub const fn new(
        kind: ContextKind,
        name: &'a [u8],
        request_tag: &'a [u8],
    ) -> Result<Self, Error> {
        match kind {
            ContextKind::Response => Self::response(name, request_tag),
            _ if !request_tag.is_empty() => Err(Error::InvalidContext),
            _ => Self::named(kind, name),
        }
    }

    const fn named(kind: ContextKind, name: &'a [u8]) -> Result<Self, Error> {
        if name.len() > MAX_CONTEXT_NAME {
            return Err(Error::InvalidContext);
        }
        Ok(Self { kind, name, request_tag: &[] })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ContextKind {
        self.kind
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The authenticated bytes, in four parts: kind and name's length, name, the request tag's
    /// length, the request tag. The last two only for a response, whose tag isn't empty.
    #[inline]
    pub(crate) fn parts(&self) -> ([u8; 2], &'a [u8], [u8; 1], &'a [u8]) {
        // Both are below 256 since construction: the low byte is the length.
        let [name_len, ..] = self.name.len().to_le_bytes();
        let [tag_len, ..] = self.request_tag.len().to_le_bytes();
        ([self.kind.number(), name_len], self.name, [tag_len], self.request_tag)
    }
}
