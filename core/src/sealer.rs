//! Sealing: one sender, one key, one counter.
//!
//! Decides where nonces begin and end (`PROTOCOL.md` §7) and in which order nothing is lost: an
//! output too small, a clock missing or a signer that fails leaves counter and output as they
//! were. A sealer is neither copied nor shared between processes: two counters under one key
//! make frames that refuse each other.

use core::ops::Range;

use zeroize::Zeroize;

use crate::burst::{self, Burst, BurstHead, BurstItem};
use crate::crypto::hmac::{KeyState, Mac};
use crate::crypto::kdf;
use crate::crypto::p256::{NoSigner, SignP256, Signature};
use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::key::{Audience, PeerSecret, TagLength};
use crate::level::{Algorithm, Level};
use crate::replay::NONCE_LIMIT;
use crate::signed::{self, SignedPrefix};
use crate::time::{TimeRule, Timestamp};
use crate::tree::{self, BurstNode};
use crate::wire::context::Context;
use crate::wire::metadata::{Claim, MAX_METADATA, Metadata};
use crate::wire::shape::Shape;

/// Where a sealer's nonces begin. There is no default: beginning again is a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceStart {
    /// The key was never used: from 0.
    Fresh,
    /// A block that was stored as spent before it is used: from `from`, and not `until` itself.
    Reserved {
        /// The first nonce.
        from: u64,
        /// The first that isn't reserved.
        until: u64,
    },
    /// The clock's µs: for a sender that seals fewer than a million frames a second, and whose
    /// clock doesn't step back over a restart.
    FromClock(Timestamp),
    /// Each frame brings 64 random bits: [`Sealer::seal_with_nonce`]. The receiver must have
    /// registered the key with a quota of its nonce cache.
    Random,
}

/// What proves a sealer's frames.
enum Proof<S> {
    Nothing(Level),
    Hmac { key: KeyState, tag: TagLength },
    Ecdsa { signer: S, prefix: SignedPrefix },
}

/// Seals frames of one level under one key.
///
/// `S` signs, if there is a level 5; a sealer of another level links no signing.
pub struct Sealer<S = NoSigner> {
    proof: Proof<S>,
    claim: Claim,
    time: TimeRule,
    next: u64,
    /// The first nonce that may not be used.
    until: u64,
    random: bool,
}

/// A frame that was written: its length, its nonce and where its tag is.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    len: usize,
    nonce: u64,
    tag_len: usize,
}

impl Sealed {
    /// Bytes written.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a frame is never empty")]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The frame's nonce.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// The tag in `frame`, which is what was written, attached or detached: what the context of
    /// a response contains. Empty below level 4.
    #[must_use]
    pub fn tag<'f>(&self, frame: &'f [u8]) -> &'f [u8] {
        let start = self.len.saturating_sub(self.tag_len);
        frame.get(start..self.len).unwrap_or_default()
    }
}

impl Sealer<NoSigner> {
    /// Seals at level 1, 2 or 3: without proof.
    ///
    /// # Errors
    /// [`Error::KeyKind`] for level 4 and 5, [`Error::InvalidNonceStart`].
    pub fn unproven(level: Level, sender: ModuleId, start: NonceStart) -> Result<Self, Error> {
        if level.is_proven() {
            return Err(Error::KeyKind);
        }
        Self::new(Proof::Nothing(level), Claim::Module(sender), start)
    }

    /// Seals at level 4, from `sender` for `audience`, with a key derived from `secret`. `id` is
    /// under what the receiver registered it.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if sender and audience are the same, [`Error::InvalidNonceStart`].
    pub fn hmac(
        id: KeyId,
        sender: ModuleId,
        audience: Audience,
        secret: &PeerSecret,
        tag: TagLength,
        start: NonceStart,
    ) -> Result<Self, Error> {
        distinct(&sender, &audience)?;
        let key = kdf::frame_key(secret, &sender, &audience, tag.algorithm());
        Self::with_key(id, key, tag, start)
    }

    /// [`Sealer::hmac`] with a key that was derived before.
    pub(crate) fn with_key(
        id: KeyId,
        key: KeyState,
        tag: TagLength,
        start: NonceStart,
    ) -> Result<Self, Error> {
        Self::new(Proof::Hmac { key, tag }, Claim::Key(id), start)
    }
}

impl<S: SignP256> Sealer<S> {
    /// Seals at level 5, from `sender` for `audience`, signed by `signer`.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if sender and audience are the same, [`Error::InvalidNonceStart`].
    pub fn ecdsa(
        id: KeyId,
        sender: ModuleId,
        audience: Audience,
        signer: S,
        start: NonceStart,
    ) -> Result<Self, Error> {
        distinct(&sender, &audience)?;
        let prefix = SignedPrefix::new(Algorithm::EcdsaP256, &audience, &sender);
        Self::new(Proof::Ecdsa { signer, prefix }, Claim::Key(id), start)
    }

    /// Signatures bind the session with this binder, too.
    #[cfg(feature = "access")]
    pub(crate) fn bound_to(mut self, binder: [u8; 16]) -> Self {
        if let Proof::Ecdsa { prefix, .. } = &mut self.proof {
            *prefix = prefix.bound_to(binder);
        }
        self
    }

    fn new(proof: Proof<S>, claim: Claim, start: NonceStart) -> Result<Self, Error> {
        let (next, until) = match start {
            NonceStart::Fresh | NonceStart::Random => (0, NONCE_LIMIT),
            NonceStart::Reserved { from, until } => (from, until),
            NonceStart::FromClock(now) => (now.as_micros(), NONCE_LIMIT),
        };
        if next >= until || until > NONCE_LIMIT {
            return Err(Error::InvalidNonceStart);
        }
        let random = start == NonceStart::Random;
        Ok(Self { proof, claim, time: TimeRule::Stamped, next, until, random })
    }

    /// For a sender without a clock: frames carry the timestamp 0. The receiver must have
    /// registered the key so.
    ///
    /// # Errors
    /// [`Error::KeyKind`] below level 4: without a key and without a time nothing is fresh.
    pub fn counter_only(mut self) -> Result<Self, Error> {
        if !self.level().is_proven() || self.random {
            return Err(Error::KeyKind);
        }
        self.time = TimeRule::CounterOnly;
        Ok(self)
    }

    /// The level of every frame.
    #[must_use]
    pub const fn level(&self) -> Level {
        match &self.proof {
            Proof::Nothing(level) => *level,
            Proof::Hmac { .. } => Level::Hmac,
            Proof::Ecdsa { .. } => Level::DigitalSignature,
        }
    }

    /// The algorithm of every frame.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match &self.proof {
            Proof::Nothing(_) => Algorithm::None,
            Proof::Hmac { tag, .. } => tag.algorithm(),
            Proof::Ecdsa { .. } => Algorithm::EcdsaP256,
        }
    }

    /// The nonce of the next frame.
    #[must_use]
    pub const fn next_nonce(&self) -> u64 {
        self.next
    }

    /// How many frames can be sealed before the block of nonces, or the key, is used up.
    #[must_use]
    pub const fn nonces_left(&self) -> u64 {
        self.until.saturating_sub(self.next)
    }

    /// Goes on counting to `until`, a border that was stored before.
    ///
    /// # Errors
    /// [`Error::InvalidNonceStart`] if that is not beyond the present one, or above 2^63.
    pub const fn extend(&mut self, until: u64) -> Result<(), Error> {
        if until <= self.until || until > NONCE_LIMIT || self.random {
            return Err(Error::InvalidNonceStart);
        }
        self.until = until;
        Ok(())
    }

    /// Bytes of the next attached frame around `payload_len` bytes; with random nonces, at most.
    ///
    /// # Errors
    /// As [`Sealer::seal`], but for the output.
    pub fn frame_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error> {
        // A random nonce isn't known yet; the largest takes the most bytes.
        let nonce = if self.random { u64::MAX } else { self.next };
        let metadata = self.metadata(payload_len, now, nonce)?;
        Ok(self.overhead(&metadata).saturating_add(payload_len))
    }

    /// Bytes of the next detached form beside `payload_len` bytes.
    ///
    /// # Errors
    /// As [`Sealer::seal`], but for the output.
    pub fn detached_len(&self, payload_len: usize, now: Option<Timestamp>) -> Result<usize, Error> {
        Ok(self.overhead(&self.metadata(payload_len, now, self.next)?))
    }

    /// Writes an attached frame around `payload` to `out`.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] ([`Sealer::frame_len`] says what is needed),
    /// [`Error::PayloadTooLong`], [`Error::NoClock`], [`Error::NoncesSpent`],
    /// [`Error::KeySpent`], and the signer's. Counter and output are unchanged then.
    pub fn seal(
        &mut self,
        payload: &[u8],
        context: &Context<'_>,
        now: Option<Timestamp>,
        out: &mut [u8],
    ) -> Result<Sealed, Error> {
        let nonce = self.counted()?;
        self.attached(payload, context, now, nonce, out).inspect(|_| self.step())
    }

    /// [`Sealer::seal`] with a nonce of the caller's: 64 random bits, for a sealer that began
    /// with [`NonceStart::Random`].
    ///
    /// # Errors
    /// As [`Sealer::seal`]; [`Error::InvalidNonceStart`] if this sealer counts.
    pub fn seal_with_nonce(
        &mut self,
        nonce: u64,
        payload: &[u8],
        context: &Context<'_>,
        now: Option<Timestamp>,
        out: &mut [u8],
    ) -> Result<Sealed, Error> {
        if !self.random {
            return Err(Error::InvalidNonceStart);
        }
        self.attached(payload, context, now, nonce, out)
    }

    /// Writes the detached form of `payload` to `out`; the payload travels by itself.
    ///
    /// # Errors
    /// As [`Sealer::seal`]; [`Sealer::detached_len`] says what is needed.
    pub fn seal_detached(
        &mut self,
        payload: &[u8],
        context: &Context<'_>,
        now: Option<Timestamp>,
        out: &mut [u8],
    ) -> Result<Sealed, Error> {
        let nonce = self.counted()?;
        let metadata = self.metadata(payload.len(), now, nonce)?;
        let len = self.overhead(&metadata);
        let place = out.get_mut(..len).ok_or(Error::BufferTooSmall)?;
        let signature = self.signature(&metadata, payload, context)?;
        let (head, tag) = split(place, metadata.encoded_len())?;
        metadata.emit(head).ok_or(Error::BufferTooSmall)?;
        self.write_tag(tag, [head, payload], context, &signature);
        self.step();
        Ok(Sealed { len, nonce, tag_len: tag.len() })
    }

    /// Writes metadata and tag around a payload that lies in `buffer` at `payload` already, and
    /// gives where the frame is. [`MAX_METADATA`] bytes before it and
    /// [`MAX_TAG`](crate::MAX_TAG) after it are
    /// always enough.
    ///
    /// # Errors
    /// As [`Sealer::seal`]; [`Error::InvalidArgument`] if the range isn't inside the buffer.
    pub fn seal_in_place(
        &mut self,
        buffer: &mut [u8],
        payload: Range<usize>,
        context: &Context<'_>,
        now: Option<Timestamp>,
    ) -> Result<(Range<usize>, Sealed), Error> {
        let nonce = self.counted()?;
        let bytes = buffer.get(payload.clone()).ok_or(Error::InvalidArgument)?;
        let metadata = self.metadata(bytes.len(), now, nonce)?;
        let len = self.overhead(&metadata).saturating_add(bytes.len());
        let start =
            payload.start.checked_sub(metadata.encoded_len()).ok_or(Error::BufferTooSmall)?;
        let end = start.saturating_add(len);
        if end > buffer.len() {
            return Err(Error::BufferTooSmall);
        }
        let signature = self.signature(&metadata, bytes, context)?;
        let frame = buffer.get_mut(start..end).ok_or(Error::BufferTooSmall)?;
        let sealed = self.write(&metadata, frame, None, context, &signature)?;
        self.step();
        Ok((start..end, sealed))
    }

    /// Signs `items` as one burst, of at most [`MAX_BURST`](crate::MAX_BURST) frames, and gives
    /// it for its frames to be written. `nodes` holds its tree:
    /// [`burst_nodes`](crate::burst_nodes) says how many.
    ///
    /// # Errors
    /// [`Error::KeyKind`] below level 5, [`Error::InvalidArgument`] for no items or too many,
    /// [`Error::BufferTooSmall`] for too few nodes, [`Error::PayloadTooLong`],
    /// [`Error::NoClock`], [`Error::NoncesSpent`], [`Error::KeySpent`], and the signer's. The
    /// counter is unchanged then.
    pub fn seal_burst<'a>(
        &mut self,
        items: &'a [BurstItem<'a>],
        nodes: &'a mut [BurstNode],
    ) -> Result<Burst<'a>, Error> {
        let first_nonce = self.counted()?;
        let count = u64::try_from(items.len()).map_err(|_| Error::InvalidArgument)?;
        let Proof::Ecdsa { signer, prefix } = &mut self.proof else { return Err(Error::KeyKind) };
        let head = BurstHead { claim: self.claim, time: self.time, first_nonce };
        let prefix = prefix.for_burst();
        let nodes = burst::plant(items, nodes, &prefix, &head)?;
        let next = first_nonce.saturating_add(count);
        if next > self.until {
            let is_last = self.until == NONCE_LIMIT;
            return Err(if is_last { Error::KeySpent } else { Error::NoncesSpent });
        }
        let shape = Shape::new(0, items.len())?;
        let root = tree::root_of(nodes, items.len()).ok_or(Error::BufferTooSmall)?;
        let signature = prefix.with_root(shape, root, |message| signer.sign(message))?;
        let signature = written(signature)?;
        self.next = next;
        Ok(Burst { items, nodes, head, signature })
    }

    fn attached(
        &mut self,
        payload: &[u8],
        context: &Context<'_>,
        now: Option<Timestamp>,
        nonce: u64,
        out: &mut [u8],
    ) -> Result<Sealed, Error> {
        let metadata = self.metadata(payload.len(), now, nonce)?;
        let len = self.overhead(&metadata).saturating_add(payload.len());
        let frame = out.get_mut(..len).ok_or(Error::BufferTooSmall)?;
        let signature = self.signature(&metadata, payload, context)?;
        self.write(&metadata, frame, Some(payload), context, &signature)
    }

    /// Writes an attached frame; nothing fails from here on. `payload` is none if it lies in
    /// its place already.
    fn write(
        &self,
        metadata: &Metadata,
        frame: &mut [u8],
        payload: Option<&[u8]>,
        context: &Context<'_>,
        signature: &Option<Signature>,
    ) -> Result<Sealed, Error> {
        let len = frame.len();
        let tag_len = self.algorithm().tag_len();
        let (front, tag) = split(frame, len.saturating_sub(tag_len))?;
        let (head, body) = split(front, metadata.encoded_len())?;
        metadata.emit(head).ok_or(Error::BufferTooSmall)?;
        if let Some(payload) = payload {
            copy_front(body, payload);
        }
        self.write_tag(tag, [front, &[]], context, signature);
        Ok(Sealed { len, nonce: metadata.nonce(), tag_len })
    }

    /// The next nonce of a sealer that counts.
    const fn counted(&self) -> Result<u64, Error> {
        if self.random {
            return Err(Error::InvalidNonceStart);
        }
        if self.next >= NONCE_LIMIT {
            return Err(Error::KeySpent);
        }
        if self.next >= self.until {
            return Err(Error::NoncesSpent);
        }
        Ok(self.next)
    }

    const fn step(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    fn metadata(
        &self,
        payload_len: usize,
        now: Option<Timestamp>,
        nonce: u64,
    ) -> Result<Metadata, Error> {
        let timestamp = match (self.time, now) {
            (TimeRule::CounterOnly, _) => Timestamp::ZERO,
            (TimeRule::Stamped, Some(now)) => now,
            // Nobody looks at the time of levels 1 and 2.
            (TimeRule::Stamped, None) if self.level() < Level::Timestamp => Timestamp::ZERO,
            (TimeRule::Stamped, None) => return Err(Error::NoClock),
        };
        let (level, algorithm) = (self.level(), self.algorithm());
        Metadata::for_payload(level, algorithm, self.claim, timestamp, nonce, payload_len)
    }

    const fn overhead(&self, metadata: &Metadata) -> usize {
        metadata.encoded_len().saturating_add(self.algorithm().tag_len())
    }

    /// At level 5, the signature: before anything is written, since a signer may fail.
    fn signature(
        &mut self,
        metadata: &Metadata,
        payload: &[u8],
        context: &Context<'_>,
    ) -> Result<Option<Signature>, Error> {
        let Proof::Ecdsa { signer, prefix } = &mut self.proof else {
            return Ok(None);
        };
        let mut encoded = [0; MAX_METADATA];
        let encoded_len = metadata.emit(&mut encoded).ok_or(Error::BufferTooSmall)?;
        let encoded = encoded.get(..encoded_len).ok_or(Error::BufferTooSmall)?;
        let signature =
            prefix.with_message([encoded, payload], context, |message| signer.sign(message))?;
        written(signature).map(Some)
    }

    /// Writes the tag over `front` and the context, or the signature that was made before.
    fn write_tag(
        &self,
        tag: &mut [u8],
        front: [&[u8]; 2],
        context: &Context<'_>,
        signature: &Option<Signature>,
    ) {
        if let Proof::Hmac { key, .. } = &self.proof {
            let mut mac = Mac::new(key);
            signed::feed_mac(&mut mac, front, context);
            copy_front(tag, &mac.finish());
        } else if let Some(signature) = signature {
            copy_front(tag, signature.as_bytes());
        }
    }
}

/// A signature as it goes out: with the low s. An engine that gives r or s out of range is
/// broken; nothing of it goes out.
fn written(signature: Signature) -> Result<Signature, Error> {
    let signature = signature.normalised();
    signature.check_range().map_err(|_| Error::EngineFailed)?;
    Ok(signature)
}

/// Fills `place` with the first bytes of `whole`, which is as long or longer; a copy that
/// checks that would link a message for a panic.
fn copy_front(place: &mut [u8], whole: &[u8]) {
    place.iter_mut().zip(whole).for_each(|(place, byte)| *place = *byte);
}

fn split(bytes: &mut [u8], at: usize) -> Result<(&mut [u8], &mut [u8]), Error> {
    bytes.split_at_mut_checked(at).ok_or(Error::BufferTooSmall)
}

impl<S> Drop for Sealer<S> {
    fn drop(&mut self) {
        if let Proof::Hmac { key, .. } = &mut self.proof {
            key.zeroize();
        }
    }
}

impl<S> core::fmt::Debug for Sealer<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sealer")
            .field("claim", &self.claim)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// Nobody seals for himself: in such a frame the directions would be one.
fn distinct(sender: &ModuleId, audience: &Audience) -> Result<(), Error> {
    if sender == audience.id() { Err(Error::InvalidId) } else { Ok(()) }
}
