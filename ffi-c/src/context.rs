//! What a frame is about, as C says it. Authenticated, never sent.

use sealwire_core::{Context, ContextKind, Error};

use crate::raw::{Input, Span};

/// A stream of messages without answers.
pub const SEALWIRE_TOPIC: u8 = 1;
/// A request to a service.
pub const SEALWIRE_REQUEST: u8 = 2;
/// The answer to one request, whose tag is part of the context.
pub const SEALWIRE_RESPONSE: u8 = 3;
/// Anything else that a policy knows by name.
pub const SEALWIRE_RESOURCE: u8 = 4;

/// The longest name of a context, in bytes.
pub const SEALWIRE_MAX_CONTEXT_NAME: usize = 255;

const _: () = assert!(SEALWIRE_MAX_CONTEXT_NAME == sealwire_core::MAX_CONTEXT_NAME);

/// What a frame is about. Both sides know it; the receiver's counts. It is authenticated at
/// levels 4 and 5 and never sent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_context {
    /// SEALWIRE_TOPIC, SEALWIRE_REQUEST, SEALWIRE_RESPONSE or SEALWIRE_RESOURCE.
    pub kind: u8,
    /// The name, at most SEALWIRE_MAX_CONTEXT_NAME bytes; needs no NUL.
    pub name: *const u8,
    /// Bytes of the name.
    pub name_len: usize,
    /// For a response the tag of the request that it answers; null for other kinds.
    pub request_tag: *const u8,
    /// 16, 32 or 64 for a response, else 0.
    pub request_tag_len: usize,
}

/// A context whose pointers were looked at.
pub(crate) struct Named {
    kind: ContextKind,
    name: Input<u8>,
    request_tag: Input<u8>,
}

impl Named {
    pub(crate) fn new(context: &sealwire_context) -> Result<Self, Error> {
        Ok(Self {
            name: Input::new(context.name, context.name_len)?,
            request_tag: Input::new(context.request_tag, context.request_tag_len)?,
            kind: ContextKind::from_number(context.kind)?,
        })
    }

    pub(crate) const fn spans(&self) -> [Span; 2] {
        [self.name.span, self.request_tag.span]
    }

    /// # Safety
    /// Name and tag are readable and unchanged for `'a`.
    pub(crate) unsafe fn read<'a>(&self) -> Result<Context<'a>, Error> {
        // SAFETY: the caller's word.
        let (name, request_tag) = unsafe { (self.name.read(), self.request_tag.read()) };
        Context::new(self.kind, name, request_tag)
    }
}
