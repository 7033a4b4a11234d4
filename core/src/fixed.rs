//! Peers that are known when a program is built: a table that is checked as it is compiled, so
//! that a mistake doesn't compile and only the keys are left to derive at start.
//!
//! Refuses what [`Validator::register`] refuses (`PROTOCOL.md` §4.3). What a constant can't say is
//! asked at start: whether the slots are enough, and whether one secret is two peers'. Where
//! [`Restart::Saved`] isn't made, none of registration is linked.

use crate::crypto::kdf;
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::key::{Audience, PeerKey, PeerSecret, TagLength};
use crate::register;
use crate::saved::{Past, Restart};
use crate::slot::{Kind, Slot};
use crate::storage::Storage;
use crate::table;
use crate::time::{Limits, TimeRule};
use crate::validator::Validator;

/// One peer of a [`FixedPeers`]: who seals at level 4, and by which rules.
///
/// As a [`PeerKey`], but without the secret, which isn't known at compile time. For this receiver
/// alone, with nonces that count, without an end; [`Validator::register`] takes other keys later.
#[derive(Clone, Copy, Debug)]
pub struct FixedPeer {
    id: KeyId,
    sender: ModuleId,
    tag: TagLength,
    time: TimeRule,
    role: RoleId,
}

impl FixedPeer {
    /// `sender` seals with HMAC-SHA256 under what is derived from its secret.
    #[must_use]
    pub const fn hmac(id: KeyId, sender: ModuleId, tag: TagLength) -> Self {
        Self { id, sender, tag, time: TimeRule::Stamped, role: RoleId::NONE }
    }

    /// The sender has no clock: its frames carry the time 0, and nothing is said of their age.
    #[must_use]
    pub const fn counter_only(mut self) -> Self {
        self.time = TimeRule::CounterOnly;
        self
    }

    /// The sender's role, for the policy.
    #[must_use]
    pub const fn role(mut self, role: RoleId) -> Self {
        self.role = role;
        self
    }

    /// The same with its secret, as [`Validator::register`] takes it.
    fn with_secret<'k>(&self, secret: &'k PeerSecret) -> PeerKey<'k> {
        let key = PeerKey::hmac(self.id, self.sender, secret, self.tag).role(self.role);
        if self.time == TimeRule::CounterOnly { key.counter_only() } else { key }
    }

    /// Takes a slot of a table in which nobody is remembered. One secret is one peer's.
    fn place(
        &self,
        secret: &PeerSecret,
        own: &ModuleId,
        windows_lost: bool,
        slots: &mut [Slot],
    ) -> Result<(), Error> {
        let fingerprint = register::fingerprint(secret.secret_bytes());
        let index = table::place_once(slots, fingerprint)?;
        let slot = slots.get_mut(index).ok_or(Error::TableFull)?;
        let algorithm = self.tag.algorithm();
        slot.key = kdf::frame_key(secret, &self.sender, &Audience::Peer(*own), algorithm);
        slot.fingerprint = fingerprint;
        slot.sender = *self.sender.as_bytes();
        slot.key_id = self.id.0;
        slot.kind = Kind::Key;
        slot.algorithm = algorithm;
        slot.role = self.role;
        slot.flags = register::time_flags(self.time, windows_lost);
        table::link(slots, index);
        Ok(())
    }
}

/// The peers of a receiver, checked. Keep it in a `static` or a `const`: a mistake is then found
/// by the compiler.
///
/// ```
/// use sealwire::*;
///
/// const fn id(bytes: &[u8; 16]) -> ModuleId {
///     match ModuleId::new(*bytes) {
///         Ok(id) => id,
///         Err(_) => panic!("no ID"),
///     }
/// }
/// static PEERS: FixedPeers<'_> = match FixedPeers::new(
///     id(b"pump-000000-0001"),
///     &[FixedPeer::hmac(KeyId(1), id(b"panel-00000-0001"), TagLength::Full)],
/// ) {
///     Ok(peers) => peers,
///     Err(_) => panic!("two peers with one ID, or the receiver among them"),
/// };
///
/// # fn main() -> Result<(), Error> {
/// let secret = PeerSecret::from_slice(&[7; 32])?; // 32 random bytes from provisioning
/// let slots = [const { Slot::EMPTY }; 1];
/// let restart = Restart::FreshKeys;
/// let validator = Validator::with_peers(&PEERS, &[secret], Limits::DEFAULT, restart, slots)?;
/// assert_eq!(validator.sender_under(KeyId(1)), ModuleId::new(*b"panel-00000-0001").ok());
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FixedPeers<'a> {
    own: ModuleId,
    peers: &'a [FixedPeer],
}

impl<'a> FixedPeers<'a> {
    /// The peers of the receiver `own`.
    ///
    /// # Errors
    /// [`Error::InvalidId`] if the receiver is among them, [`Error::DuplicateKeyId`].
    pub const fn new(own: ModuleId, peers: &'a [FixedPeer]) -> Result<Self, Error> {
        let mut left = peers;
        while let [peer, others @ ..] = left {
            if peer.sender.number() == own.number() {
                return Err(Error::InvalidId);
            }
            left = others;
            let mut others = others;
            while let [other, after @ ..] = others {
                if peer.id.0 == other.id.0 {
                    return Err(Error::DuplicateKeyId);
                }
                others = after;
            }
        }
        Ok(Self { own, peers })
    }
}

impl<S: Storage<Slot>> Validator<S> {
    /// A receiver that knows `peers`, whose secrets stand in the same order in `secrets`, with the
    /// storage and the past of [`Validator::with_storage`]. Others can be registered later.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless there is a secret for each peer; [`Error::DuplicateKey`]
    /// if two have the same, or, once in 2^32 pairs, others whose hashes begin alike;
    /// [`Error::TableFull`] for too few slots; [`Error::InvalidState`] if saved state is damaged.
    pub fn with_peers(
        peers: &FixedPeers<'_>,
        secrets: &[PeerSecret],
        limits: Limits,
        restart: Restart<'_>,
        mut slots: S,
    ) -> Result<Self, Error> {
        let FixedPeers { own, peers } = *peers;
        if peers.len() != secrets.len() {
            return Err(Error::InvalidArgument);
        }
        let known = peers.iter().zip(secrets);
        if let Restart::Saved(_) = restart {
            // Windows are in the table already, and must be found.
            let mut validator = Self::new(own, limits, restart, slots)?;
            for (peer, secret) in known {
                validator.register(&peer.with_secret(secret))?;
            }
            return Ok(validator);
        }
        let table = slots.as_mut();
        table.fill_with(|| Slot::EMPTY);
        let past = Past::of(restart, limits, table)?;
        for (peer, secret) in known {
            peer.place(secret, &own, past.windows_lost, table)?;
        }
        Ok(Self::after(past, own, limits, slots, []))
    }
}
