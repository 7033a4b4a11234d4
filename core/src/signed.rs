//! The bytes that a tag or a signature covers, put in order in one place (`PROTOCOL.md` §5).

use crate::crypto::hmac::Mac;
use crate::id::ModuleId;
use crate::key::Audience;
use crate::level::Algorithm;
use crate::slot::{Slot, flag};
use crate::tree::BurstNode;
use crate::wire::context::Context;
use crate::wire::shape::Shape;

/// With this begins all that is signed as a single frame.
const LABEL: &[u8; 16] = b"sealwire/1 frame";

/// With this begins what is signed for a burst.
const BURST_LABEL: &[u8; 16] = b"sealwire/1 burst";

/// The binder outside of a session.
const NO_SESSION: [u8; 16] = [0; 16];

/// Metadata ‖ payload ‖ context, part by part. `front` is metadata and payload: one part and an
/// empty one where they lie one after the other, so that blocks are hashed there.
#[inline]
pub(crate) fn feed(front: [&[u8]; 2], context: &Context<'_>, mut take: impl FnMut(&[u8])) {
    let (kind_and_length, name, tag_length, request_tag) = context.parts();
    let [first, second] = front;
    if !first.is_empty() {
        take(first);
    }
    if !second.is_empty() {
        take(second);
    }
    take(&kind_and_length);
    take(name);
    if !request_tag.is_empty() {
        take(&tag_length);
        take(request_tag);
    }
}

/// The same into a tag that is new. Not made here: moving one costs more than the moves.
#[inline]
pub(crate) fn feed_mac<'m>(
    mac: &mut Mac<'m>,
    [first, second]: [&'m [u8]; 2],
    context: &Context<'_>,
) {
    mac.begin(first);
    feed([second, &[]], context, |part| mac.update(part));
}

/// Label and binding, which go before the frame's own bytes in a signature: 82 bytes.
#[derive(Clone, Copy)]
pub(crate) struct SignedPrefix {
    label: &'static [u8; 16],
    numbers: [u8; 2],
    sender: ModuleId,
    audience: ModuleId,
    binder: [u8; 16],
}

impl SignedPrefix {
    /// What binds a frame outside of a session: its binder is zero.
    pub(crate) const fn new(algorithm: Algorithm, audience: &Audience, sender: &ModuleId) -> Self {
        Self {
            label: LABEL,
            numbers: [algorithm.number(), audience.kind()],
            sender: *sender,
            audience: *audience.id(),
            binder: [0; 16],
        }
    }

    /// What binds a frame under the key in `slot`, for `own` or for the slot's group.
    pub(crate) fn of_slot(slot: &Slot, own: &ModuleId) -> Self {
        Binding::of_slot(slot, own).to_owned()
    }

    /// The same where it lies.
    #[inline]
    pub(crate) const fn binding(&self) -> Binding<'_> {
        Binding {
            label: self.label,
            numbers: self.numbers,
            sender: self.sender.as_bytes(),
            audience: self.audience.as_bytes(),
            binder: &self.binder,
        }
    }

    /// The same for the frames of a burst: another algorithm.
    pub(crate) const fn for_burst(&self) -> Self {
        let [_, audience_kind] = self.numbers;
        Self { numbers: [Algorithm::EcdsaP256Burst.number(), audience_kind], ..*self }
    }

    /// Hands all that is signed for a burst to `engine`, in parts. Begins as no single frame does.
    pub(crate) fn with_root<T>(
        &self,
        shape: Shape,
        root: &BurstNode,
        engine: impl FnOnce(&[&[u8]]) -> T,
    ) -> T {
        let [_, last] = shape.bytes();
        engine(&[
            BURST_LABEL,
            &self.numbers,
            self.sender.as_bytes(),
            self.audience.as_bytes(),
            &self.binder,
            &[last],
            root,
        ])
    }

    /// The same under a session.
    #[cfg(feature = "access")]
    pub(crate) const fn bound_to(self, binder: [u8; 16]) -> Self {
        Self { binder, ..self }
    }

    /// Hands all that is signed to `engine`, in parts.
    pub(crate) fn with_message<T>(
        &self,
        front: [&[u8]; 2],
        context: &Context<'_>,
        engine: impl FnOnce(&[&[u8]]) -> T,
    ) -> T {
        self.binding().with_message(front, context, engine)
    }
}

/// A [`SignedPrefix`] whose parts lie elsewhere: verifying is deep enough on the stack without them.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    label: &'static [u8; 16],
    numbers: [u8; 2],
    sender: &'a [u8; 16],
    audience: &'a [u8; 16],
    binder: &'a [u8; 16],
}

impl<'a> Binding<'a> {
    /// What binds a frame under the key in `slot`, for `own` or for the slot's group.
    #[inline]
    pub(crate) fn of_slot(slot: &'a Slot, own: &'a ModuleId) -> Self {
        let is_group = slot.has(flag::GROUP);
        let kind = if is_group { Audience::GROUP } else { Audience::PEER };
        Self {
            label: LABEL,
            numbers: [slot.algorithm.number(), kind],
            sender: &slot.sender,
            audience: if is_group { &slot.bind } else { own.as_bytes() },
            binder: if slot.has(flag::SESSION) { &slot.bind } else { &NO_SESSION },
        }
    }

    fn to_owned(self) -> SignedPrefix {
        SignedPrefix {
            label: self.label,
            numbers: self.numbers,
            sender: ModuleId::claimed(*self.sender),
            audience: ModuleId::claimed(*self.audience),
            binder: *self.binder,
        }
    }

    /// Hands all that is signed to `engine`, in parts.
    #[inline]
    pub(crate) fn with_message<T>(
        self,
        [metadata, payload]: [&[u8]; 2],
        context: &Context<'_>,
        engine: impl FnOnce(&[&[u8]]) -> T,
    ) -> T {
        let (kind_and_length, name, tag_length, request_tag) = context.parts();
        let tag_length: &[u8] = if request_tag.is_empty() { &[] } else { &tag_length };
        engine(&[
            self.label,
            &self.numbers,
            self.sender,
            self.audience,
            self.binder,
            metadata,
            payload,
            &kind_and_length,
            name,
            tag_length,
            request_tag,
        ])
    }
}
