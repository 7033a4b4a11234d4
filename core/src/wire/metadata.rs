//! What a frame says of itself: the metadata's fields and their bytes (`PROTOCOL.md` §3.1).
//!
//! The decoder refuses all that the encoder would not have written. It believes nothing:
//! whether the sender is known or the tag fits is decided elsewhere.

use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::level::{Algorithm, Level};
use crate::time::Timestamp;
use crate::wire::varint;

/// The protocol's version, the high four bits of a frame's first byte.
pub const PROTOCOL_VERSION: u8 = 1;

/// The longest metadata: 1 + 1 + 16 (module ID) + 9 + 10 + 4 bytes.
pub const MAX_METADATA: usize = 41;

/// The longest payload, 2^28 - 1 bytes: four bytes of varint.
pub const MAX_PAYLOAD: usize = 0x0fff_ffff;

/// The longest tag of a frame that isn't of a burst: a signature's.
pub const MAX_TAG: usize = 64;

/// The most that an attached frame is longer than its payload.
pub const MAX_OVERHEAD: usize = 1 + 1 + 5 + 9 + 10 + 4 + MAX_TAG;

/// By what a frame says who sealed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Claim {
    /// Levels 1 to 3: the module's own word.
    Module(ModuleId),
    /// Levels 4 and 5: the key that made the tag.
    Key(KeyId),
}

/// A frame's metadata, well formed and not yet believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Metadata {
    level: Level,
    algorithm: Algorithm,
    claim: Claim,
    timestamp: Timestamp,
    nonce: u64,
    payload_len: u32,
}

impl Metadata {
    /// The metadata of a frame that is to be written. Level and claim follow from the
    /// algorithm and the key; the caller keeps them together.
    pub(crate) const fn new(
        level: Level,
        algorithm: Algorithm,
        claim: Claim,
        timestamp: Timestamp,
        nonce: u64,
        payload_len: u32,
    ) -> Self {
        Self { level, algorithm, claim, timestamp, nonce, payload_len }
    }

    /// The same for a payload of `payload_len` bytes.
    ///
    /// # Errors
    /// [`Error::PayloadTooLong`].
    pub(crate) fn for_payload(
        level: Level,
        algorithm: Algorithm,
        claim: Claim,
        timestamp: Timestamp,
        nonce: u64,
        payload_len: usize,
    ) -> Result<Self, Error> {
        match u32::try_from(payload_len) {
            Ok(len) if payload_len <= MAX_PAYLOAD => {
                Ok(Self::new(level, algorithm, claim, timestamp, nonce, len))
            }
            _ => Err(Error::PayloadTooLong),
        }
    }

    /// Reads metadata from the front of `bytes`; gives it and what is left.
    ///
    /// # Errors
    /// The malformed ones: [`Error::Truncated`], [`Error::UnknownVersion`], [`Error::UnknownLevel`],
    /// [`Error::UnknownAlgorithm`], [`Error::UnsupportedAlgorithm`], [`Error::PairMismatch`],
    /// [`Error::Varint`], [`Error::TimestampRange`], [`Error::PayloadTooLong`].
    #[cfg_attr(not(target_pointer_width = "64"), inline)]
    pub fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (&head, rest) = bytes.split_first().ok_or(Error::Truncated)?;
        let level = level_of(head)?;
        let (&algorithm, rest) = rest.split_first().ok_or(Error::Truncated)?;
        let algorithm = algorithm_of(algorithm, level)?;
        let (claim, rest) = if level.is_proven() {
            let (id, rest) = read_u32(rest)?;
            (Claim::Key(KeyId(id)), rest)
        } else {
            let (id, rest) = rest.split_first_chunk().ok_or(Error::Truncated)?;
            (Claim::Module(ModuleId::claimed(*id)), rest)
        };
        let (timestamp, rest) = varint::read(rest)?;
        let timestamp = Timestamp::from_micros(timestamp)?;
        let (nonce, rest) = varint::read(rest)?;
        let (payload_len, rest) = read_u32(rest)?;
        fits_payload(payload_len)?;
        Ok((Self { level, algorithm, claim, timestamp, nonce, payload_len }, rest))
    }

    /// The same at levels 4 and 5, if the numbers can be read in a row. Nothing says only that
    /// [`Metadata::parse`] must look.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    pub(crate) fn parse_row(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&[head, algorithm], rest) = bytes.split_first_chunk()?;
        let level = level_of(head).ok().filter(|level| level.is_proven())?;
        let algorithm = algorithm_of(algorithm, level).ok()?;
        let ([id, timestamp, nonce, payload_len], rest) = varint::read_row(rest)?;
        let claim = Claim::Key(KeyId(fits_u32(id).ok()?));
        let timestamp = Timestamp::from_micros(timestamp).ok()?;
        let payload_len = fits_u32(payload_len).ok()?;
        fits_payload(payload_len).ok()?;
        Some((Self { level, algorithm, claim, timestamp, nonce, payload_len }, rest))
    }

    /// Writes the metadata at the front of `out`; gives how many bytes it took, or nothing if
    /// `out` is smaller than [`Metadata::encoded_len`].
    #[inline]
    pub(crate) fn emit(&self, out: &mut [u8]) -> Option<usize> {
        let room = out.len();
        let (head, rest) = out.split_first_mut()?;
        *head = PROTOCOL_VERSION.wrapping_shl(4) | self.level.number();
        let (algorithm, rest) = rest.split_first_mut()?;
        *algorithm = self.algorithm.number();
        let rest = match self.claim {
            Claim::Key(KeyId(id)) => varint::write(id.into(), rest)?,
            Claim::Module(id) => {
                let (place, rest) = rest.split_first_chunk_mut()?;
                *place = *id.as_bytes();
                rest
            }
        };
        let rest = varint::write(self.timestamp.as_micros(), rest)?;
        let rest = varint::write(self.nonce, rest)?;
        let rest = varint::write(self.payload_len.into(), rest)?;
        room.checked_sub(rest.len())
    }

    /// Bytes of the encoded metadata, at most [`MAX_METADATA`].
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let claim = match self.claim {
            Claim::Key(KeyId(id)) => varint::len(widen(id)),
            Claim::Module(_) => ModuleId::LEN,
        };
        2_usize
            .wrapping_add(claim)
            .wrapping_add(varint::len(self.timestamp.as_micros()))
            .wrapping_add(varint::len(self.nonce))
            .wrapping_add(varint::len(widen(self.payload_len)))
    }

    /// The level that the frame claims for itself.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// What made the tag; belongs to the level.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Who or which key the frame claims to be from.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        self.claim
    }

    /// The same where it lies.
    #[inline]
    pub(crate) const fn claim_ref(&self) -> &Claim {
        &self.claim
    }

    /// Whether it is the same but for the claim: that leads to the sender's slot, if there is one,
    /// and who compares slots need not compare it.
    #[cfg(feature = "hardened")]
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let Self { level, algorithm, claim: _, timestamp, nonce, payload_len } = self;
        *nonce == other.nonce
            && *timestamp == other.timestamp
            && *payload_len == other.payload_len
            && *level == other.level
            && *algorithm == other.algorithm
    }

    /// When the sender says that it sealed.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Bytes of payload, at most [`MAX_PAYLOAD`].
    #[must_use]
    pub fn payload_len(&self) -> usize {
        usize::try_from(self.payload_len).unwrap_or(usize::MAX)
    }
}

/// `u64::from` for constant functions.
#[allow(clippy::as_conversions, reason = "widens; `From` is not const")]
const fn widen(value: u32) -> u64 {
    value as u64
}

/// The level in the first byte, if that has this version.
#[inline]
fn level_of(head: u8) -> Result<Level, Error> {
    if head.wrapping_shr(4) != PROTOCOL_VERSION {
        return Err(Error::UnknownVersion);
    }
    Level::from_number(head & 0x0f)
}

/// The algorithm in the second byte, if it belongs to the level.
#[inline]
fn algorithm_of(number: u8, level: Level) -> Result<Algorithm, Error> {
    let algorithm = Algorithm::from_number(number)?;
    if algorithm.belongs_to(level) { Ok(algorithm) } else { Err(Error::PairMismatch) }
}

#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
fn read_u32(bytes: &[u8]) -> Result<(u32, &[u8]), Error> {
    let (value, rest) = varint::read(bytes)?;
    Ok((fits_u32(value)?, rest))
}

#[inline]
fn fits_u32(value: u64) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::Varint)
}

#[inline]
fn fits_payload(len: u32) -> Result<(), Error> {
    match usize::try_from(len) {
        Ok(len) if len <= MAX_PAYLOAD => Ok(()),
        _ => Err(Error::PayloadTooLong),
    }
}
