//! A frame as a view over received bytes: metadata, payload and tag, each where it stands
//! (`PROTOCOL.md` §3.2).
//!
//! A [`Frame`] is well formed and nothing more. Its payload is not shown here: only
//! `Accepted` shows a payload.

use crate::error::Error;
use crate::level::Algorithm;
use crate::wire::metadata::Metadata;
use crate::wire::shape::Shape;

/// A parsed frame that nobody has believed yet.
///
/// Made by [`Frame::parse`] and [`Frame::parse_detached`], after which every part has the
/// length that the metadata says.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    metadata: Metadata,
    /// Encoded metadata and payload: in one part and an empty one if the frame is attached.
    front: [&'a [u8]; 2],
    tag: &'a [u8],
}

impl<'a> Frame<'a> {
    /// An attached frame: metadata ‖ payload ‖ tag, and not a byte more.
    ///
    /// # Errors
    /// Those of [`Metadata::parse`]; [`Error::Truncated`], [`Error::TrailingBytes`],
    /// [`Error::BurstShape`].
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::read(bytes, |metadata, rest| {
            let tag = rest.get(metadata.payload_len()..).ok_or(Error::Truncated)?;
            check_tag_len(metadata, tag)?;
            Ok(Self { metadata: *metadata, front: [before(bytes, tag), &[]], tag })
        })
    }

    /// A detached form, metadata ‖ tag, and the message that travelled beside it.
    ///
    /// # Errors
    /// Those of [`Metadata::parse`]; [`Error::Truncated`], [`Error::TrailingBytes`],
    /// [`Error::BurstShape`], and
    /// [`Error::LengthMismatch`] if `payload` isn't as long as the metadata says.
    #[inline]
    pub fn parse_detached(form: &'a [u8], payload: &'a [u8]) -> Result<Self, Error> {
        Self::read(form, |metadata, tag| {
            check_tag_len(metadata, tag)?;
            if payload.len() != metadata.payload_len() {
                return Err(Error::LengthMismatch);
            }
            Ok(Self { metadata: *metadata, front: [before(form, tag), payload], tag })
        })
    }

    /// Reads the metadata and makes of it, and of what is left, what `then` says. Where there is a
    /// fast way to read it, the two don't meet: what one has in registers the other has in memory.
    #[inline(always)]
    fn read(
        bytes: &'a [u8],
        then: impl Fn(&Metadata, &'a [u8]) -> Result<Self, Error>,
    ) -> Result<Self, Error> {
        #[cfg(target_pointer_width = "64")]
        if let Some((metadata, rest)) = Metadata::parse_row(bytes) {
            return then(&metadata, rest);
        }
        Self::read_slowly(bytes, then)
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(always))]
    fn read_slowly(
        bytes: &'a [u8],
        then: impl Fn(&Metadata, &'a [u8]) -> Result<Self, Error>,
    ) -> Result<Self, Error> {
        match &Metadata::parse(bytes) {
            Ok((metadata, rest)) => then(metadata, rest),
            Err(error) => Err(*error),
        }
    }

    /// What the frame says of itself.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The tag or signature, as it came: 0, 16, 32 or 64 bytes; in a burst with
    /// index, size and path before it, at most 322.
    #[must_use]
    pub const fn tag(&self) -> &'a [u8] {
        self.tag
    }

    /// Metadata and payload as they travelled, one after the other.
    #[inline]
    pub(crate) const fn front(&self) -> [&'a [u8]; 2] {
        self.front
    }

    /// The payload, before anybody believes it.
    #[inline]
    pub(crate) fn unproven_payload(&self) -> &'a [u8] {
        match self.front {
            [first, []] => {
                let before = first.len().saturating_sub(self.metadata.payload_len());
                first.get(before..).unwrap_or_default()
            }
            [_, payload] => payload,
        }
    }
}

/// What is in `bytes` before its last part.
#[inline]
fn before<'a>(bytes: &'a [u8], last: &[u8]) -> &'a [u8] {
    bytes.get(..bytes.len().saturating_sub(last.len())).unwrap_or_default()
}

#[inline]
fn check_tag_len(metadata: &Metadata, tag: &[u8]) -> Result<(), Error> {
    let expected = match metadata.algorithm() {
        Algorithm::EcdsaP256Burst => Shape::parse(tag)?.tag_len(),
        algorithm => algorithm.tag_len(),
    };
    match tag.len() {
        len if len < expected => Err(Error::Truncated),
        len if len > expected => Err(Error::TrailingBytes),
        _ => Ok(()),
    }
}

impl core::fmt::Debug for Frame<'_> {
    /// The metadata; the payload is not shown before it is accepted.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Frame").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}
