//! A chain of certificates as a credential: kind 3 (`PROTOCOL.md` §12.10).
//!
//! The chain travels behind the authenticator, its hash stands in the transcript beside the key.
//! The requester's is checked after its MAC and its signature, for a second token of work, and
//! before anything is kept: nobody registers the module, its chain does. A session remembers what
//! would revoke the chain that it came from.

use crate::access::chain::{self, By};
use crate::access::cookie::RENEWED;
use crate::access::engines::{CHAIN, Engines};
use crate::access::grant::{Granted, Known, Outcome, fingerprint, put};
use crate::access::granter::{Granter, Moment};
use crate::access::install::SessionKeys;
use crate::access::message::{AccessMessage, Grant, MAX_GRANT, Proof};
use crate::access::registry::{bit, hash_credential};
use crate::access::store::{AccessSlot, Held, Phase};
use crate::access::transcript::{self, Tail};
use crate::access::work::SourceSlot;
use crate::crypto::p256::{AgreeP256, PublicKey, SignP256, VerifyP256};
use crate::ct;
use crate::error::Error;
use crate::id::ModuleId;
use crate::level::Level;
use crate::slot;
use crate::storage::Storage;
use crate::table;
use crate::time::Timestamp;
use crate::x509::{
    Chain, ChainLinks, ChainTime, CheckedChain, Entry, IssuerId, MAX_CHAIN_BYTES, Revocation,
    RevocationList, Trust,
};

/// The most bytes of a message with a chain behind it.
pub const MAX_CERTIFIED_MESSAGE: usize = crate::access::message::MAX_PROOF + MAX_CHAIN_BYTES;

/// Bytes of the number of a list, between a grant's authenticator and its chain.
const NUMBER: usize = 8;

/// No cookie is good for longer, in µs: its secret is wiped by then.
const KEPT: u64 = RENEWED * 2;

/// One side's chain, and what the other's is checked against.
#[derive(Clone, Copy, Debug)]
pub struct ChainCredential<'a> {
    /// This side's certificates in DER, one behind the other: the one for the signer's key first,
    /// without the anchor's.
    pub own: &'a [u8],
    /// Anchors and authorities.
    pub trust: Trust<'a>,
    /// Where the other's certificates are looked up.
    pub revocation: Revocation<'a>,
    /// When, at the requester. A granter goes by its [`Moment`].
    pub time: ChainTime,
}

impl ChainCredential<'_> {
    /// Whether this side's chain is for its signer's key. Every exchange asks; who takes a renewed
    /// chain into use asks before.
    ///
    /// # Errors
    /// [`Error::KeyKind`] if it isn't, or those of a chain.
    pub fn fits(&self, own: &PublicKey) -> Result<(), Error> {
        let chain = Chain::from_bytes(self.own)?;
        if chain.claimed_key()? == *own { Ok(()) } else { Err(Error::KeyKind) }
    }

    /// The other side's chain, which must be this module's.
    fn check<'c, A, S, V: VerifyP256>(
        &self,
        chain: &Chain<'c>,
        time: ChainTime,
        peer: ModuleId,
        engines: &Engines<A, S, V>,
    ) -> Result<CheckedChain<'c>, Error> {
        let verifier = engines.verifier.as_ref().ok_or(Error::NoEngine)?;
        let checked = self.trust.check(chain, time, self.revocation, verifier)?;
        let is_unchecked = checked.status_until().is_none();
        if is_unchecked && !matches!(self.revocation, Revocation::Unchecked) {
            return Err(Error::RevocationUnknown);
        }
        if checked.module() == peer { Ok(checked) } else { Err(Error::IdentityMismatch) }
    }
}

/// What a granter keeps beside an [`AccessSlot`] of a module that came with a chain, in storage of
/// the caller's: as many as there are slots.
#[derive(Clone, Debug)]
pub struct CertifiedSlot {
    /// What revokes each of the two sessions.
    chains: [ChainLinks; 2],
    /// The number of a list in the last answer.
    lowest_list: u64,
    /// Of number and chain in the last answer: the front of their hash.
    said: [u8; 8],
}

impl CertifiedSlot {
    /// One that holds nothing.
    pub const EMPTY: Self =
        Self { chains: [const { ChainLinks::NONE }; 2], lowest_list: 0, said: [0; 8] };
}

/// What a granter's chain and its demand say to the requester.
pub(crate) struct FromGrant {
    pub(crate) is_time_source: bool,
    pub(crate) lowest_list: u64,
}

/// The number of a list, and the chain, that follow a grant.
///
/// # Errors
/// [`Error::AccessMalformed`], or those of a chain.
pub(crate) fn split_tail(tail: &[u8]) -> Result<(u64, Chain<'_>), Error> {
    let (number, chain) = tail.split_first_chunk::<NUMBER>().ok_or(Error::AccessMalformed)?;
    Ok((u64::from_be_bytes(*number), Chain::from_bytes(chain)?))
}

/// The chain behind a grant, of which nothing is checked: for who keeps it beside the session that
/// the grant became, to ask again when a new list is there.
///
/// # Errors
/// [`Error::AccessKind`], [`Error::AccessMalformed`], or those of a chain.
pub fn chain_of_grant(grant: &[u8]) -> Result<Chain<'_>, Error> {
    let (_, _, proven_by) = Grant::parse(grant, CHAIN)?;
    split_tail(proven_by.tail).map(|(_, chain)| chain)
}

/// Checks the granter's chain: at the credential's time, and where that is a floor, at the time of
/// the grant too.
///
/// # Errors
/// Those of [`Trust::check`], [`Error::IdentityMismatch`], [`Error::NoEngine`].
pub(crate) fn of_granter<A, S, V: VerifyP256>(
    credential: &ChainCredential<'_>,
    tail: &[u8],
    granter: ModuleId,
    time: Option<Timestamp>,
    engines: &Engines<A, S, V>,
) -> Result<FromGrant, Error> {
    let (lowest_list, chain) = split_tail(tail)?;
    let checked = credential.check(&chain, credential.time, granter, engines)?;
    if let (ChainTime::NotBefore(_), Some(time)) = (credential.time, time) {
        checked.holds_at(time)?;
    }
    Ok(FromGrant { is_time_source: checked.is_time_source(), lowest_list })
}

impl<M, B> Granter<M, B>
where
    M: Storage<AccessSlot>,
    B: Storage<SourceSlot>,
{
    /// As [`Granter::grant`], and takes chains of certificates too. A module that proves itself by
    /// one takes a free slot; where there is none, that of such a module without a session.
    ///
    /// `certified` is the caller's, the same in every call, an entry for each slot; `out` has room
    /// for 200 bytes and this granter's chain.
    ///
    /// # Errors
    /// Those of [`Granter::grant`] and of [`Trust::check`]; [`Error::IdentityMismatch`] for
    /// another module's chain; [`Error::InvalidArgument`] for fewer entries than slots;
    /// [`Error::NoClock`], without which no chain is checked;
    /// [`Error::KeyKind`] if this side's chain isn't for the signer's key. Nothing is sent then,
    /// and nothing changed.
    #[allow(clippy::too_many_arguments, reason = "one step of the exchange, all of it needed")]
    pub fn grant_certified<A: AgreeP256, S: SignP256, V: VerifyP256>(
        &mut self,
        proof: &[u8],
        source: &[u8],
        at: Moment,
        engines: &mut Engines<A, S, V>,
        credential: &ChainCredential<'_>,
        certified: &mut [CertifiedSlot],
        keys: &mut impl SessionKeys,
        out: &mut [u8],
    ) -> Result<Granted, Error> {
        let parsed = Proof::parse(proof)?;
        if parsed.asked.credential != CHAIN {
            return self.grant(proof, source, at, engines, keys, out);
        }
        if certified.len() < self.modules.as_ref().len() {
            return Err(Error::InvalidArgument);
        }
        let room = MAX_GRANT.saturating_add(NUMBER).saturating_add(credential.own.len());
        if out.len() < room {
            return Err(Error::BufferTooSmall);
        }
        let now = at.now.ok_or(Error::NoClock)?;
        credential.fits(&engines.own_key()?)?;
        let challenge = self.challenge_of(&parsed, source, at.tick, keys)?;
        let fingerprint = fingerprint(proof);
        let requester = parsed.asked.requester;
        let found = self.find(&requester);
        if let Some(index) = found {
            let slot = self.modules.as_ref().get(index).ok_or(Error::AccessUnknownModule)?;
            if slot.held != Held::Chain {
                return Err(Error::CredentialKind);
            }
            if let Some(len) = self.again(index, &parsed, &fingerprint, out)? {
                let kept = certified.get(index).ok_or(Error::AccessReplayed)?;
                let number = kept.lowest_list;
                // Another chain since: the answer can't be said again.
                if kept.said != said(&transcript::tail(&[&number.to_be_bytes(), credential.own])) {
                    return Err(Error::AccessReplayed);
                }
                let len = with_tail(len, number, credential.own, out);
                return Ok(Granted { len, outcome: Outcome::Again });
            }
        }
        let shown = parsed.authenticator.tail;
        let chain = Chain::from_bytes(shown)?;
        let known = Known::Key(chain.claimed_key()?);
        let tail = transcript::tail(&[shown]);
        let proven = self.prove(&known, &parsed, tail, &challenge, source, at.tick, engines)?;
        self.pay(source, at.tick)?;
        let checked = credential.check(&chain, ChainTime::Now(now), requester, engines)?;
        let number = credential.trust.lowest_list(checked.anchor())?;
        let own_end = Chain::from_bytes(credential.own)?.claimed_end()?;
        let index = match self.enrol(found, &checked, own_end, at.tick) {
            Ok(index) => index,
            Err(error) => {
                let mut answer = heapless::Vec::new();
                proven.refuse(&parsed, error, &mut answer)?;
                return Ok(Granted { len: put(&answer, out), outcome: Outcome::Refused(error) });
            }
        };
        let tail = transcript::tail(&[&number.to_be_bytes(), credential.own]);
        let mut granted =
            self.answer(index, &parsed, &proven, at, tail, engines, keys, fingerprint, out)?;
        granted.len = with_tail(granted.len, number, credential.own, out);
        let kept = certified.get_mut(index).ok_or(Error::TableFull)?;
        (kept.lowest_list, kept.said) = (number, said(&tail));
        if let Outcome::Granted(session) = &granted.outcome
            && let Some((_, which)) = self.locate(session.key_id)
            && let Some(links) = kept.chains.get_mut(which)
        {
            *links = checked.links.clone();
        }
        Ok(granted)
    }

    /// Ends at once every session that came from a chain which the list revokes. Gives how many.
    /// New chains are refused by [`ChainCredential::revocation`].
    pub fn revoke_listed(
        &mut self,
        list: &RevocationList<'_>,
        certified: &[CertifiedSlot],
        keys: &mut impl SessionKeys,
    ) -> usize {
        self.end_where(certified, keys, |links| links.are_revoked_by(list))
    }

    /// Ends at once every session that came from a chain with a certificate of `issuer` that is
    /// among `entries`, in rising order: what a CRL revokes ([`TakenCrl::entries`]). Gives how
    /// many.
    ///
    /// [`TakenCrl::entries`]: crate::TakenCrl::entries
    pub fn revoke_entries(
        &mut self,
        issuer: IssuerId,
        entries: &[Entry],
        certified: &[CertifiedSlot],
        keys: &mut impl SessionKeys,
    ) -> usize {
        self.end_where(certified, keys, |links| links.are_among(issuer, entries))
    }

    fn end_where(
        &mut self,
        certified: &[CertifiedSlot],
        keys: &mut impl SessionKeys,
        is_revoked: impl Fn(&ChainLinks) -> bool,
    ) -> usize {
        let mut ended = 0_usize;
        for (slot, kept) in self.modules.as_mut().iter_mut().zip(certified) {
            if slot.held != Held::Chain {
                continue;
            }
            for (half, links) in slot.sessions.iter_mut().zip(&kept.chains) {
                if half.phase != Phase::None && is_revoked(links) {
                    keys.end(half.key_id);
                    half.clear();
                    slot.answer.clear();
                    ended = ended.saturating_add(1);
                }
            }
        }
        ended
    }

    /// The slot of a module whose chain was checked, with what the chain says.
    ///
    /// # Errors
    /// [`Error::DuplicateKey`] for a key that is another module's, [`Error::TableFull`].
    fn enrol(
        &mut self,
        found: Option<usize>,
        checked: &CheckedChain<'_>,
        own_end: u64,
        tick: u64,
    ) -> Result<usize, Error> {
        let module = checked.module();
        let credential = *checked.key().as_xy();
        let hash = hash_credential(&credential);
        let is_others = |slot: &AccessSlot| {
            slot.held != Held::Secret
                && slot.module != *module.as_bytes()
                && ct::eq(&slot.credential, &credential)
        };
        if chain::find(self.modules.as_ref(), By::Credential, hash, is_others).is_some() {
            return Err(Error::DuplicateKey);
        }
        let roles = self.roles.iter().enumerate();
        let roles = roles
            .filter(|(_, (name, _))| checked.has_role(name.as_str()))
            .fold(0_u16, |bits, (index, _)| bits | bit(index));
        let index = match found {
            Some(index) => {
                self.forget_key(index);
                index
            }
            None => {
                let index = self.free_slot().or_else(|_| self.give_up(tick))?;
                let hash = table::hash_module(module.as_bytes());
                chain::link(self.modules.as_mut(), By::Module, hash, index);
                index
            }
        };
        let slot = self.modules.as_mut().get_mut(index).ok_or(Error::TableFull)?;
        slot.held = Held::Chain;
        slot.module = *module.as_bytes();
        slot.credential = credential;
        slot.max_level = Level::DigitalSignature;
        slot.roles = roles;
        // A session ends with either side's chain.
        let end = checked.expires().min(Timestamp::from_secs(own_end));
        slot.expires = slot::expiry_seconds(end);
        chain::link(self.modules.as_mut(), By::Credential, hash, index);
        Ok(index)
    }

    /// Takes the key of a slot out of its table.
    fn forget_key(&mut self, index: usize) {
        let Some(slot) = self.modules.as_ref().get(index) else { return };
        let hash = hash_credential(&slot.credential);
        chain::unlink(self.modules.as_mut(), By::Credential, hash, index);
    }

    /// The slot of a module that came with a chain, has no session, and of which no proof can come
    /// again: its cookie is too old.
    fn give_up(&mut self, tick: u64) -> Result<usize, Error> {
        let is_idle = |slot: &AccessSlot| {
            slot.held == Held::Chain
                && slot.sessions.iter().all(|half| half.phase == Phase::None)
                && slot.issued.saturating_add(KEPT) < tick
        };
        let index = self.modules.as_ref().iter().position(is_idle).ok_or(Error::TableFull)?;
        self.forget_key(index);
        let slot = self.modules.as_ref().get(index).ok_or(Error::TableFull)?;
        let hash = table::hash_module(&slot.module);
        chain::unlink(self.modules.as_mut(), By::Module, hash, index);
        if let Some(slot) = self.modules.as_mut().get_mut(index) {
            slot.clear();
        }
        Ok(index)
    }
}

fn said(tail: &Tail) -> [u8; 8] {
    tail.as_ref().and_then(|hash| hash.first_chunk()).copied().unwrap_or_default()
}

/// Puts number and chain behind a grant; a refusal has neither. Gives how many bytes in all.
fn with_tail(len: usize, number: u64, own: &[u8], out: &mut [u8]) -> usize {
    if AccessMessage::of(out) != Some(AccessMessage::Grant) {
        return len;
    }
    let tail = number.to_be_bytes();
    let rest = out.iter_mut().skip(len);
    rest.zip(tail.iter().chain(own)).for_each(|(place, byte)| *place = *byte);
    len.saturating_add(NUMBER).saturating_add(own.len())
}
