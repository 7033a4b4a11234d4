//! Where in which burst a frame stands, and how long its path to the root therefore is
//! (`PROTOCOL.md` §5.1). Numbers only; the hashing is `tree.rs`'s.

use crate::error::Error;

/// The most frames of a burst: half a window of 512 nonces.
pub const MAX_BURST: usize = 256;

/// Bytes of a node in a path.
const NODE_LEN: usize = 32;

/// Bytes of the signature behind the path.
const SIGNATURE_LEN: usize = 64;

/// Index below size, size from 1 to [`MAX_BURST`]: the first two bytes of a burst frame's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    index: u8,
    /// Size - 1.
    last: u8,
}

impl Shape {
    /// Bytes of a shape.
    pub(crate) const LEN: usize = 2;

    pub(crate) fn new(index: usize, size: usize) -> Result<Self, Error> {
        let last = size.checked_sub(1).and_then(|last| u8::try_from(last).ok());
        match (u8::try_from(index), last) {
            (Ok(index), Some(last)) if index <= last => Ok(Self { index, last }),
            _ => Err(Error::BurstShape),
        }
    }

    /// The shape with which `tag` begins.
    pub(crate) const fn parse(tag: &[u8]) -> Result<Self, Error> {
        match *tag {
            [index, last, ..] if index <= last => Ok(Self { index, last }),
            [_, _, ..] => Err(Error::BurstShape),
            _ => Err(Error::Truncated),
        }
    }

    pub(crate) fn index(self) -> usize {
        self.index.into()
    }

    pub(crate) fn size(self) -> usize {
        usize::from(self.last).saturating_add(1)
    }

    pub(crate) const fn bytes(self) -> [u8; Self::LEN] {
        [self.index, self.last]
    }

    /// Nodes in the path from this leaf to the root.
    pub(crate) fn path_len(self) -> usize {
        siblings(self.index(), self.size()).filter(|side| *side != Side::None).count()
    }

    /// Bytes of the whole tag: shape, path, signature.
    pub(crate) fn tag_len(self) -> usize {
        // At most eight nodes.
        self.path_len().wrapping_mul(NODE_LEN).wrapping_add(Self::LEN + SIGNATURE_LEN)
    }
}

/// On which side of the way up the sibling is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
    /// The last of an odd number moves up alone.
    None,
}

/// The way from leaf `index` of `size` to the root, level by level.
pub(crate) fn siblings(index: usize, size: usize) -> impl Iterator<Item = Side> {
    let mut place = index;
    let mut width = size;
    core::iter::from_fn(move || {
        if width <= 1 {
            return None;
        }
        let side = match place & 1 {
            1 => Side::Left,
            _ if place.saturating_add(1) < width => Side::Right,
            _ => Side::None,
        };
        place >>= 1;
        width = width.div_ceil(2);
        Some(side)
    })
}
