//! How a session becomes keys: what the peer sends is registered with a validator, what goes
//! is sealed.
//!
//! A session's slot is a key's like any other, with the session's binder in place of a group.
//! One public key may stand in several sessions of its owner: the binder tells them apart.

use crate::access::session::Session;
use crate::burst::BurstEntry;
use crate::crypto::kdf;
use crate::crypto::p256::{SignP256, VerifyP256};
use crate::error::Error;
use crate::id::KeyId;
use crate::key::Audience;
use crate::level::Level;
use crate::replay::NonceEntry;
use crate::sealer::{NonceStart, Sealer};
use crate::slot::{self, End, Kind, Slot, flag};
use crate::storage::Storage;
use crate::table;
use crate::time::{TimeRule, Timestamp};
use crate::validator::Validator;

/// Where sessions' keys are registered and ended: a [`Validator`], or a lock around one.
pub trait SessionKeys {
    /// Whether a key has this ID already.
    fn knows(&self, id: KeyId) -> bool;

    /// Registers what the session's peer will send.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if the session isn't this receiver's, [`Error::DuplicateKeyId`],
    /// [`Error::TableFull`], [`Error::NoEngine`] for level 5 without a verifier,
    /// [`Error::KeyInvalid`] for a peer's key that is no point.
    fn install(&mut self, session: &Session) -> Result<(), Error>;

    /// Ends the session: its key is forgotten at once. Does nothing to other keys.
    fn end(&mut self, id: KeyId);
}

impl<S, N, V, B> SessionKeys for Validator<S, N, V, B>
where
    S: Storage<Slot>,
    N: Storage<NonceEntry>,
    B: Storage<BurstEntry>,
    V: VerifyP256,
{
    fn knows(&self, id: KeyId) -> bool {
        table::find_key(self.slots.as_ref(), id).is_some()
    }

    fn install(&mut self, session: &Session) -> Result<(), Error> {
        if session.own != self.own {
            return Err(Error::InvalidId);
        }
        if self.knows(session.key_id) {
            return Err(Error::DuplicateKeyId);
        }
        let mut fresh = Slot::EMPTY;
        if session.level == Level::DigitalSignature {
            let key = session.peer_key.ok_or(Error::KeyKind)?;
            let verifier = self.verifier.as_ref().ok_or(Error::NoEngine)?;
            if !verifier.accepts(&key) {
                return Err(Error::KeyInvalid);
            }
            fresh.key = slot::words_of(key.as_xy());
        } else {
            let secret = &session.outputs.secret;
            let audience = Audience::Peer(self.own);
            fresh.key = kdf::frame_key(secret, &session.peer, &audience, session.tag.algorithm());
        }
        fresh.kind = Kind::Key;
        fresh.algorithm = session.algorithm();
        fresh.flags = flag::SESSION;
        if session.time == TimeRule::CounterOnly {
            fresh.flags |= flag::COUNTER_ONLY;
        }
        fresh.bind = session.outputs.binder;
        fresh.key_id = session.key_id.0;
        fresh.sender = *session.peer.as_bytes();
        fresh.role = session.peer_role;
        fresh.end = session.expires.map_or(End::NEVER, End::at);
        // The binder is as fresh as the keys, and tells this session from the one before.
        let [a, b, c, d, ..] = session.outputs.binder;
        fresh.fingerprint = u32::from_be_bytes([a, b, c, d]);
        let index = table::place(self.slots.as_ref(), fresh.fingerprint, self.stale())?;
        self.fill(index, fresh)
    }

    fn end(&mut self, id: KeyId) {
        let slots = self.slots.as_ref();
        let Some(index) = table::find_key(slots, id) else { return };
        if !slots.get(index).is_some_and(|slot| slot.has(flag::SESSION)) {
            return;
        }
        self.retire(index);
    }
}

impl Sealer {
    /// Seals what goes under a session of level 4. A session is sent on by one sealer, from its
    /// first nonce on; a granter sends by
    /// [`Granter::send`](crate::Granter::send).
    ///
    /// # Errors
    /// [`Error::KeyKind`] for level 5, [`Error::SessionUnconfirmed`] on the granter's side.
    pub fn for_session(session: &Session) -> Result<Self, Error> {
        session.may_send()?;
        if session.level != Level::Hmac {
            return Err(Error::KeyKind);
        }
        let sealer = Self::hmac(
            session.peer_key_id,
            session.own,
            Audience::Peer(session.peer),
            &session.outputs.secret,
            session.tag,
            NonceStart::Fresh,
        )?;
        sealer.timed(session.time)
    }
}

impl<S: SignP256> Sealer<S> {
    /// Seals what goes under a session of level 5, signed by the key that the exchange proved.
    ///
    /// # Errors
    /// [`Error::KeyKind`] for level 4, [`Error::SessionUnconfirmed`] on the granter's side.
    pub fn for_signed_session(session: &Session, signer: S) -> Result<Self, Error> {
        session.may_send()?;
        if session.level != Level::DigitalSignature {
            return Err(Error::KeyKind);
        }
        let audience = Audience::Peer(session.peer);
        Self::ecdsa(session.peer_key_id, session.own, audience, signer, NonceStart::Fresh)?
            .bound_to(session.outputs.binder)
            .timed(session.time)
    }

    pub(crate) fn timed(self, time: TimeRule) -> Result<Self, Error> {
        match time {
            TimeRule::Stamped => Ok(self),
            TimeRule::CounterOnly => self.counter_only(),
        }
    }
}

/// An expiry so many seconds after `now`, in whole seconds as slots store it.
pub(crate) fn expiry(now: Timestamp, life: u32) -> Timestamp {
    now.saturating_add(u64::from(life).saturating_mul(1_000_000))
}
