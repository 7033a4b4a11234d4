//! The five messages of the exchange, byte by byte (`PROTOCOL.md` §12.2).
//!
//! What is decoded is encoded again and compared: a message has one encoding. Decides nothing
//! about who sent it.

use serde::{Deserialize, Serialize};

use crate::access::engines::{CHAIN, KEY, SECRET};
use crate::access::role::RoleName;
use crate::crypto::p256::{PublicKey, Signature};
use crate::error::Error;
use crate::id::ModuleId;
use crate::key::TagLength;
use crate::level::Level;
use crate::time::{TimeRule, Timestamp};

/// The most bytes of any message but a proof.
pub const MAX_ACCESS_MESSAGE: usize = 256;
/// The most bytes of a proof.
pub const MAX_PROOF: usize = 320;

/// The most bytes of a request; the fields add up to 156.
pub(crate) const MAX_REQUEST: usize = 160;
/// The most bytes of a challenge; the fields add up to 123.
pub(crate) const MAX_CHALLENGE: usize = 128;
/// The most bytes of a grant; the fields add up to 188.
pub(crate) const MAX_GRANT: usize = 192;

pub(crate) const MAC_LEN: usize = 32;
/// A signature and a MAC.
const PROVEN: usize = Signature::LEN + MAC_LEN;
pub(crate) const NONCE_LEN: usize = 16;
pub(crate) const COOKIE_LEN: usize = 16;

const REQUEST: u8 = 0x18;
const CHALLENGE: u8 = 0x19;
const PROOF: u8 = 0x1a;
const GRANT: u8 = 0x1b;
const REFUSAL: u8 = 0x1c;

/// Which message some bytes claim to be, by the first of them: version 1 above, 8 to 12 below,
/// where a frame has its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AccessMessage {
    /// Requester to granter: who asks whom for what.
    Request,
    /// Granter to requester: what the proof must contain.
    Challenge,
    /// Requester to granter: who it is.
    Proof,
    /// Granter to requester: who it is, and the session.
    Grant,
    /// Granter to requester, in the grant's place: why not.
    Refusal,
}

impl AccessMessage {
    /// The message that `bytes` begins as, if it begins as one: a frame doesn't.
    #[must_use]
    pub const fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.first() {
            Some(&REQUEST) => Some(Self::Request),
            Some(&CHALLENGE) => Some(Self::Challenge),
            Some(&PROOF) => Some(Self::Proof),
            Some(&GRANT) => Some(Self::Grant),
            Some(&REFUSAL) => Some(Self::Refusal),
            _ => None,
        }
    }

    /// Checks that `bytes` is this message and not another.
    ///
    /// # Errors
    /// [`Error::AccessKind`] for another one, [`Error::AccessMalformed`] for none.
    pub(crate) fn expect(self, bytes: &[u8]) -> Result<(), Error> {
        match Self::of(bytes) {
            Some(kind) if kind == self => Ok(()),
            Some(_) => Err(Error::AccessKind),
            None => Err(Error::AccessMalformed),
        }
    }
}

/// A request, as it travels.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Request<'a> {
    head: u8,
    requester: [u8; 16],
    granter: [u8; 16],
    pub(crate) nonce: [u8; NONCE_LEN],
    x: [u8; 32],
    y: [u8; 32],
    credential: u8,
    wanted: u8,
    lowest: u8,
    algorithm: u8,
    stamped: u8,
    pub(crate) key_id: u32,
    role: &'a [u8],
}

/// What a request says, once it was found to say it rightly.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) requester: ModuleId,
    pub(crate) granter: ModuleId,
    pub(crate) credential: u8,
    pub(crate) wanted: Level,
    pub(crate) lowest: Level,
    pub(crate) tag: TagLength,
    pub(crate) time: TimeRule,
    pub(crate) role: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        asked: &Asked<'a>,
        key_id: u32,
        nonce: [u8; NONCE_LEN],
        ephemeral: &PublicKey,
    ) -> Self {
        let (x, y) = halves(ephemeral.as_xy());
        Self {
            head: REQUEST,
            requester: *asked.requester.as_bytes(),
            granter: *asked.granter.as_bytes(),
            nonce,
            x,
            y,
            credential: asked.credential,
            wanted: asked.wanted.number(),
            lowest: asked.lowest.number(),
            algorithm: asked.tag.algorithm().number(),
            stamped: u8::from(asked.time == TimeRule::Stamped),
            key_id,
            role: asked.role,
        }
    }

    /// A request and nothing behind it.
    ///
    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`].
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<(Self, Asked<'a>), Error> {
        let (request, asked, rest) = Self::parse_front(bytes)?;
        if rest.is_empty() { Ok((request, asked)) } else { Err(Error::AccessMalformed) }
    }

    fn parse_front(bytes: &'a [u8]) -> Result<(Self, Asked<'a>, &'a [u8]), Error> {
        AccessMessage::Request.expect(bytes)?;
        let (request, rest) = read::<Self>(bytes)?;
        let asked = request.asked().ok_or(Error::AccessMalformed)?;
        Ok((request, asked, rest))
    }

    fn asked(&self) -> Option<Asked<'a>> {
        let asked = Asked {
            requester: ModuleId::new(self.requester).ok()?,
            granter: ModuleId::new(self.granter).ok()?,
            credential: matches!(self.credential, SECRET | KEY | CHAIN)
                .then_some(self.credential)?,
            wanted: proven(self.wanted)?,
            lowest: proven(self.lowest)?,
            tag: tag_of(self.algorithm)?,
            time: match self.stamped {
                0 => TimeRule::CounterOnly,
                1 => TimeRule::Stamped,
                _ => return None,
            },
            role: self.role,
        };
        RoleName::from_bytes(self.role).ok()?;
        (asked.requester != asked.granter && asked.lowest <= asked.wanted).then_some(asked)
    }

    pub(crate) fn ephemeral(&self) -> PublicKey {
        whole(&self.x, &self.y)
    }
}

/// The tag of an algorithm of level 4.
const fn tag_of(algorithm: u8) -> Option<TagLength> {
    match algorithm {
        1 => Some(TagLength::Full),
        2 => Some(TagLength::Short),
        _ => None,
    }
}

/// A session has level 4 or 5.
fn proven(number: u8) -> Option<Level> {
    Level::from_number(number).ok().filter(|level| level.is_proven())
}

/// A challenge, as it travels.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Challenge {
    head: u8,
    /// The request's nonce.
    pub(crate) answers: [u8; NONCE_LEN],
    nonce: [u8; NONCE_LEN],
    x: [u8; 32],
    y: [u8; 32],
    pub(crate) issued: u64,
    pub(crate) cookie: [u8; COOKIE_LEN],
}

impl Challenge {
    pub(crate) fn new(
        answers: [u8; NONCE_LEN],
        nonce: [u8; NONCE_LEN],
        ephemeral: &PublicKey,
        issued: u64,
        cookie: [u8; COOKIE_LEN],
    ) -> Self {
        let (x, y) = halves(ephemeral.as_xy());
        Self { head: CHALLENGE, answers, nonce, x, y, issued, cookie }
    }

    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`].
    #[inline(never)]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        AccessMessage::Challenge.expect(bytes)?;
        read_all(bytes)
    }

    pub(crate) fn ephemeral(&self) -> PublicKey {
        whole(&self.x, &self.y)
    }
}

/// What a proof adds to the request that it repeats.
#[derive(Serialize, Deserialize)]
struct Ticket {
    issued: u64,
    cookie: [u8; COOKIE_LEN],
}

/// A proof, taken apart.
pub(crate) struct Proof<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) asked: Asked<'a>,
    /// The request's bytes.
    pub(crate) asked_in: &'a [u8],
    pub(crate) issued: u64,
    pub(crate) cookie: [u8; COOKIE_LEN],
    pub(crate) authenticator: Authenticator<'a>,
}

impl<'a> Proof<'a> {
    /// Writes all but the authenticator; gives how many bytes.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`].
    pub(crate) fn begin(
        request: &[u8],
        challenge: &Challenge,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let room = out.len();
        let (head, rest) = out.split_first_mut().ok_or(Error::BufferTooSmall)?;
        *head = PROOF;
        let place = rest.get_mut(..request.len()).ok_or(Error::BufferTooSmall)?;
        place.iter_mut().zip(request).for_each(|(place, byte)| *place = *byte);
        let rest = rest.get_mut(request.len()..).ok_or(Error::BufferTooSmall)?;
        let ticket = Ticket { issued: challenge.issued, cookie: challenge.cookie };
        let written = write(&ticket, rest)?;
        let left = rest.len().saturating_sub(written);
        Ok(room.saturating_sub(left))
    }

    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`].
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        AccessMessage::Proof.expect(bytes)?;
        let inner = bytes.get(1..).unwrap_or_default();
        let (request, asked, rest) =
            Request::parse_front(inner).map_err(|_| Error::AccessMalformed)?;
        let asked_in = before(inner, rest);
        let (ticket, rest) = read::<Ticket>(rest)?;
        let authenticator = Authenticator::parse(rest, asked.credential)?;
        let Ticket { issued, cookie } = ticket;
        Ok(Self { request, asked, asked_in, issued, cookie, authenticator })
    }
}

/// What proves a message: a MAC, and before it a signature if the credential is a key.
#[derive(Clone, Copy)]
pub(crate) struct Authenticator<'a> {
    /// Both, as they travel.
    pub(crate) bytes: &'a [u8],
    /// 64 bytes, or none.
    pub(crate) signature: &'a [u8],
    pub(crate) mac: &'a [u8; MAC_LEN],
    /// What follows it: a chain, if the credential is one.
    #[cfg(feature = "x509")]
    pub(crate) tail: &'a [u8],
}

impl<'a> Authenticator<'a> {
    fn parse(bytes: &'a [u8], credential: u8) -> Result<Self, Error> {
        #[cfg_attr(not(feature = "x509"), allow(unused_variables))]
        let (bytes, tail) = match credential {
            CHAIN => bytes.split_at_checked(PROVEN).ok_or(Error::AccessMalformed)?,
            _ => (bytes, Default::default()),
        };
        let (signature, mac) = bytes.split_last_chunk().ok_or(Error::AccessMalformed)?;
        let expected = if credential == SECRET { 0 } else { Signature::LEN };
        if signature.len() != expected {
            return Err(Error::AccessMalformed);
        }
        Ok(Self {
            bytes,
            signature,
            mac,
            #[cfg(feature = "x509")]
            tail,
        })
    }

    /// # Errors
    /// [`Error::AccessMalformed`] if there is none.
    pub(crate) fn signature(&self) -> Result<Signature, Error> {
        self.signature.try_into().map(Signature::from_bytes).map_err(|_| Error::AccessMalformed)
    }
}

/// A group's key, as a grant carries it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Group {
    id: [u8; 16],
    pub(crate) key_id: u32,
    algorithm: u8,
    pub(crate) masked: [u8; 32],
}

impl Group {
    pub(crate) const fn new(id: ModuleId, key_id: u32, tag: TagLength, masked: [u8; 32]) -> Self {
        Self { id: *id.as_bytes(), key_id, algorithm: tag.algorithm().number(), masked }
    }

    /// # Errors
    /// [`Error::AccessMalformed`] for an ID or an algorithm that is none.
    pub(crate) fn parts(&self) -> Result<(ModuleId, TagLength), Error> {
        let id = ModuleId::new(self.id).map_err(|_| Error::AccessMalformed)?;
        Ok((id, tag_of(self.algorithm).ok_or(Error::AccessMalformed)?))
    }
}

/// What a grant says, without its proof.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Grant {
    head: u8,
    /// The request's nonce.
    pub(crate) answers: [u8; NONCE_LEN],
    level: u8,
    pub(crate) key_id: u32,
    /// Seconds.
    pub(crate) life: u32,
    /// The granter's µs since the Unix epoch; 0 without a clock.
    time: u64,
    pub(crate) group: Option<Group>,
}

impl Grant {
    pub(crate) fn new(
        answers: [u8; NONCE_LEN],
        level: Level,
        key_id: u32,
        life: u32,
        time: Option<Timestamp>,
        group: Option<Group>,
    ) -> Self {
        let time = time.unwrap_or(Timestamp::ZERO).as_micros();
        Self { head: GRANT, answers, level: level.number(), key_id, life, time, group }
    }

    /// The grant, its bytes without the proof, and the proof.
    ///
    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`].
    pub(crate) fn parse(
        bytes: &[u8],
        credential: u8,
    ) -> Result<(Self, &[u8], Authenticator<'_>), Error> {
        AccessMessage::Grant.expect(bytes)?;
        let (grant, rest) = read::<Self>(bytes)?;
        let authenticator = Authenticator::parse(rest, credential)?;
        Ok((grant, before(bytes, rest), authenticator))
    }

    /// # Errors
    /// [`Error::AccessMalformed`] for a level that isn't proven.
    pub(crate) fn level(&self) -> Result<Level, Error> {
        proven(self.level).ok_or(Error::AccessMalformed)
    }

    /// # Errors
    /// [`Error::AccessMalformed`] for a time out of range.
    pub(crate) fn time(&self) -> Result<Option<Timestamp>, Error> {
        match self.time {
            0 => Ok(None),
            time => Timestamp::from_micros(time).map(Some).map_err(|_| Error::AccessMalformed),
        }
    }
}

/// Why there is no grant: a class and no more.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Refusal {
    head: u8,
    pub(crate) answers: [u8; NONCE_LEN],
    class: u8,
}

const FORBIDDEN: u8 = 1;
const UNAVAILABLE: u8 = 2;

impl Refusal {
    pub(crate) fn new(answers: [u8; NONCE_LEN], why: Error) -> Self {
        let class = match why.class() {
            crate::error::Class::Unavailable => UNAVAILABLE,
            _ => FORBIDDEN,
        };
        Self { head: REFUSAL, answers, class }
    }

    /// # Errors
    /// [`Error::AccessKind`], [`Error::AccessMalformed`].
    pub(crate) fn parse(bytes: &[u8]) -> Result<(Self, &[u8], Authenticator<'_>), Error> {
        AccessMessage::Refusal.expect(bytes)?;
        let (refusal, rest) = read::<Self>(bytes)?;
        let authenticator = Authenticator::parse(rest, SECRET)?;
        Ok((refusal, before(bytes, rest), authenticator))
    }

    /// What the requester is told.
    ///
    /// # Errors
    /// [`Error::AccessMalformed`] for an unknown class.
    pub(crate) const fn error(&self) -> Result<Error, Error> {
        match self.class {
            FORBIDDEN => Ok(Error::AccessForbidden),
            UNAVAILABLE => Ok(Error::AccessUnavailable),
            _ => Err(Error::AccessMalformed),
        }
    }
}

/// Writes a message, or the part of one, at the front of `out`; gives how many bytes.
///
/// # Errors
/// [`Error::BufferTooSmall`].
pub(crate) fn write(value: &impl Serialize, out: &mut [u8]) -> Result<usize, Error> {
    postcard::to_slice(value, out).map(|written| written.len()).map_err(|_| Error::BufferTooSmall)
}

fn read_all<'b, T: Serialize + Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Error> {
    match read(bytes)? {
        (value, []) => Ok(value),
        _ => Err(Error::AccessMalformed),
    }
}

/// Reads a value, and refuses what it would not have written: postcard takes varints that are
/// too long. A frame of its own: its room must not lie beneath curve arithmetic.
#[inline(never)]
fn read<'b, T: Serialize + Deserialize<'b>>(bytes: &'b [u8]) -> Result<(T, &'b [u8]), Error> {
    let (value, rest) =
        postcard::take_from_bytes::<T>(bytes).map_err(|_| Error::AccessMalformed)?;
    let mut again = [0; MAX_REQUEST];
    let len = write(&value, &mut again).map_err(|_| Error::AccessMalformed)?;
    if again.get(..len) == Some(before(bytes, rest)) {
        Ok((value, rest))
    } else {
        Err(Error::AccessMalformed)
    }
}

/// What is in `bytes` before its last part.
fn before<'b>(bytes: &'b [u8], last: &[u8]) -> &'b [u8] {
    bytes.get(..bytes.len().saturating_sub(last.len())).unwrap_or_default()
}

fn halves(xy: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (x, y) = xy.split_at(32);
    (x.try_into().unwrap_or([0; 32]), y.try_into().unwrap_or([0; 32]))
}

fn whole(x: &[u8; 32], y: &[u8; 32]) -> PublicKey {
    let mut xy = [0; 64];
    xy.iter_mut().zip(x.iter().chain(y)).for_each(|(place, byte)| *place = *byte);
    PublicKey::from_xy(xy)
}
