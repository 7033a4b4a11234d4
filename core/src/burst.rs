//! Many frames, one signature: sealing a burst, and what a validator remembers of one
//! (`PROTOCOL.md` §5.1).
//!
//! Each frame stands alone: in any order, with loss, with its own nonce. It costs bytes, 32 for
//! each level of the tree, and saves signatures.

use crate::crypto::p256::{PublicKey, Signature};
use crate::crypto::sha256;
use crate::error::Error;
use crate::level::{Algorithm, Level};
use crate::signed::SignedPrefix;
use crate::time::{TimeRule, Timestamp};
use crate::tree::{self, BurstNode};
use crate::wire::context::Context;
use crate::wire::metadata::{Claim, MAX_METADATA, Metadata};
use crate::wire::shape::{MAX_BURST, Shape};

/// One message of a burst. Payload and context stay where they are until its frame is written.
#[derive(Clone, Copy, Debug)]
pub struct BurstItem<'a> {
    /// The message.
    pub payload: &'a [u8],
    /// What it is about.
    pub context: Context<'a>,
    /// When it is sealed; none under a counter-only key.
    pub now: Option<Timestamp>,
}

/// The leaf of a frame: what a single frame would sign, and where it stands.
pub(crate) fn leaf(
    prefix: &SignedPrefix,
    shape: Shape,
    front: [&[u8]; 2],
    context: &Context<'_>,
) -> BurstNode {
    prefix.with_message(front, context, |message| {
        let mut hasher = sha256::Hasher::new();
        hasher.update(tree::LEAF);
        message.iter().for_each(|part| hasher.update(part));
        hasher.update(&shape.bytes());
        sha256::to_bytes(&hasher.finish())
    })
}

/// What the metadata of all frames of a burst have in common.
#[derive(Clone, Copy)]
pub(crate) struct BurstHead {
    pub(crate) claim: Claim,
    pub(crate) time: TimeRule,
    pub(crate) first_nonce: u64,
}

impl BurstHead {
    fn metadata(&self, index: usize, item: &BurstItem<'_>) -> Result<Metadata, Error> {
        let timestamp = match self.time {
            TimeRule::CounterOnly => Timestamp::ZERO,
            TimeRule::Stamped => item.now.ok_or(Error::NoClock)?,
        };
        let index = u64::try_from(index).map_err(|_| Error::BurstShape)?;
        let nonce = self.first_nonce.saturating_add(index);
        let level = Level::DigitalSignature;
        let algorithm = Algorithm::EcdsaP256Burst;
        Metadata::for_payload(level, algorithm, self.claim, timestamp, nonce, item.payload.len())
    }
}

/// A burst that is signed: its frames can be written, in any order, more than once.
pub struct Burst<'a> {
    pub(crate) items: &'a [BurstItem<'a>],
    pub(crate) nodes: &'a [BurstNode],
    pub(crate) head: BurstHead,
    pub(crate) signature: Signature,
}

impl Burst<'_> {
    /// How many frames it has.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a burst is never empty")]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Bytes of the attached frame `index`.
    ///
    /// # Errors
    /// [`Error::BurstShape`] if there is no such frame.
    pub fn frame_len(&self, index: usize) -> Result<usize, Error> {
        let (metadata, shape, item) = self.frame(index)?;
        Ok(metadata
            .encoded_len()
            .saturating_add(item.payload.len())
            .saturating_add(shape.tag_len()))
    }

    /// Writes the attached frame `index` to `out`; gives the number of bytes written.
    ///
    /// # Errors
    /// [`Error::BurstShape`] if there is no such frame, [`Error::BufferTooSmall`]
    /// ([`Burst::frame_len`] says what is needed). `out` is unchanged then.
    pub fn write(&self, index: usize, out: &mut [u8]) -> Result<usize, Error> {
        let (metadata, shape, item) = self.frame(index)?;
        let len = self.frame_len(index)?;
        let rest = out.get_mut(..len).ok_or(Error::BufferTooSmall)?;
        let head = metadata.emit(rest).ok_or(Error::BufferTooSmall)?;
        let rest = rest.get_mut(head..).ok_or(Error::BufferTooSmall)?;
        let rest = put(item.payload, rest);
        let rest = put(&shape.bytes(), rest);
        let rest =
            tree::path(self.nodes, index, shape.size()).fold(rest, |rest, node| put(node, rest));
        put(self.signature.as_bytes(), rest);
        Ok(len)
    }

    fn frame(&self, index: usize) -> Result<(Metadata, Shape, &BurstItem<'_>), Error> {
        let item = self.items.get(index).ok_or(Error::BurstShape)?;
        let shape = Shape::new(index, self.items.len())?;
        Ok((self.head.metadata(index, item)?, shape, item))
    }
}

/// Copies `part` to the front of `out`, which was measured to hold it; gives what is left.
fn put<'o>(part: &[u8], out: &'o mut [u8]) -> &'o mut [u8] {
    let (place, rest) = out.split_at_mut_checked(part.len()).unwrap_or_default();
    place.iter_mut().zip(part).for_each(|(place, byte)| *place = *byte);
    rest
}

impl core::fmt::Debug for Burst<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Burst").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Leaves of all `items`, and the tree over them, in `nodes`; gives the part that was used.
///
/// # Errors
/// [`Error::InvalidArgument`] for no items or more than [`MAX_BURST`],
/// [`Error::BufferTooSmall`] if `nodes` are fewer than `burst_nodes` says.
pub(crate) fn plant<'n>(
    items: &[BurstItem<'_>],
    nodes: &'n mut [BurstNode],
    prefix: &SignedPrefix,
    head: &BurstHead,
) -> Result<&'n [BurstNode], Error> {
    if items.is_empty() || items.len() > MAX_BURST {
        return Err(Error::InvalidArgument);
    }
    let nodes = nodes.get_mut(..tree::burst_nodes(items.len())).ok_or(Error::BufferTooSmall)?;
    for (index, (item, node)) in items.iter().zip(nodes.iter_mut()).enumerate() {
        let metadata = head.metadata(index, item)?;
        let mut encoded = [0; MAX_METADATA];
        let len = metadata.emit(&mut encoded).ok_or(Error::BufferTooSmall)?;
        let encoded = encoded.get(..len).ok_or(Error::BufferTooSmall)?;
        let shape = Shape::new(index, items.len())?;
        *node = leaf(prefix, shape, [encoded, item.payload], &item.context);
    }
    tree::grow(nodes, items.len());
    Ok(nodes)
}

/// What a validator remembers of one key's bursts. Storage of the caller's, one for each
/// [`Slot`](crate::Slot); begins as [`BurstEntry::EMPTY`].
///
/// A cost cache: what isn't here is verified, never refused for that. Verifications are paid
/// from a bucket of tokens that fills at the rate registered with the key.
#[derive(Clone, Copy, Debug)]
pub struct BurstEntry {
    /// The last bursts whose signature verified, by [`known_root`].
    roots: [BurstNode; 2],
    newest: bool,
    /// Verifications a second; as many can be saved up.
    rate: u16,
    tokens: u16,
    filled_at: Timestamp,
}

impl BurstEntry {
    /// An entry that remembers nothing.
    pub const EMPTY: Self =
        Self { roots: [[0; 32]; 2], newest: false, rate: 0, tokens: 0, filled_at: Timestamp::ZERO };

    /// For a key whose bursts may cost `rate` verifications a second.
    pub(crate) const fn full(rate: u16, now: Timestamp) -> Self {
        Self { rate, tokens: rate, filled_at: now, ..Self::EMPTY }
    }

    /// What a check needs to know of it.
    pub(crate) fn memory(&self, now: Option<Timestamp>) -> BurstMemory {
        let may_verify = now.is_none_or(|now| self.refilled(now).tokens > 0);
        BurstMemory { roots: self.roots, may_verify }
    }

    /// Pays for one verification.
    pub(crate) fn pay(&mut self, now: Option<Timestamp>) {
        if let Some(now) = now {
            *self = self.refilled(now);
            self.tokens = self.tokens.saturating_sub(1);
        }
    }

    /// Remembers a burst whose signature verified, in the place of the older of two.
    pub(crate) fn remember(&mut self, root: BurstNode) {
        self.newest = !self.newest;
        let [a, b] = &mut self.roots;
        *(if self.newest { a } else { b }) = root;
    }

    /// The bucket as it is at `now`; what is left of a token's time is kept.
    fn refilled(mut self, now: Timestamp) -> Self {
        let elapsed = now.as_micros().saturating_sub(self.filled_at.as_micros());
        let gained = elapsed.saturating_mul(self.rate.into()) / 1_000_000;
        let missing = u64::from(self.rate.saturating_sub(self.tokens));
        if gained >= missing {
            self.tokens = self.rate;
            self.filled_at = self.filled_at.max(now);
        } else if let (Ok(whole), Some(micros)) =
            (u16::try_from(gained), gained.saturating_mul(1_000_000).checked_div(self.rate.into()))
        {
            self.tokens = self.tokens.saturating_add(whole);
            self.filled_at = self.filled_at.saturating_add(micros);
        }
        self
    }
}

/// An entry as it was when a check began.
#[derive(Clone, Copy)]
pub(crate) struct BurstMemory {
    roots: [BurstNode; 2],
    may_verify: bool,
}

impl BurstMemory {
    /// Nothing is remembered, nothing may be verified.
    pub(crate) const NONE: Self = Self { roots: [[0; 32]; 2], may_verify: false };

    pub(crate) fn knows(&self, root: &BurstNode) -> bool {
        self.roots.contains(root)
    }

    pub(crate) const fn may_verify(&self) -> bool {
        self.may_verify
    }
}

/// Under what a verified burst is remembered: key, what was signed, and the signature's bytes.
/// So the same verdict comes from memory and from the engine for every bit of a frame.
pub(crate) fn known_root(
    key: &PublicKey,
    key_id: u32,
    signed: &[&[u8]],
    signature: &Signature,
) -> BurstNode {
    let mut hasher = sha256::Hasher::new();
    hasher.update(b"sealwire/1 root");
    hasher.update(key.as_xy());
    hasher.update(&key_id.to_be_bytes());
    signed.iter().for_each(|part| hasher.update(part));
    hasher.update(signature.as_bytes());
    sha256::to_bytes(&hasher.finish())
}
