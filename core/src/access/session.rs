//! What an exchange ends with: fresh keys, and what both sides hold of each other.
//!
//! A session's secret takes a peer secret's place in the derivation of frame keys, so frames
//! of a session are frames like all others, with one key per direction.

use core::fmt;

use crate::access::clock::TimeReport;
use crate::access::group::GroupKey;
use crate::access::schedule::Outputs;
use crate::crypto::p256::PublicKey;
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::key::{PeerSecret, TagLength};
use crate::level::{Algorithm, Level};
use crate::time::{TimeRule, Timestamp};

/// A session, as one of its two sides holds it.
///
/// Register what the peer sends with [`SessionKeys::install`](crate::SessionKeys::install) (a
/// [`Validator`](crate::Validator) has it), send with
/// [`Sealer::for_session`](crate::Sealer::for_session), then drop it: its secrets are wiped.
pub struct Session {
    pub(crate) own: ModuleId,
    pub(crate) peer: ModuleId,
    pub(crate) peer_key: Option<PublicKey>,
    /// What the peer puts into its frames.
    pub(crate) key_id: KeyId,
    /// What this side puts into its frames.
    pub(crate) peer_key_id: KeyId,
    pub(crate) level: Level,
    pub(crate) tag: TagLength,
    pub(crate) time: TimeRule,
    pub(crate) peer_role: RoleId,
    pub(crate) life: u32,
    pub(crate) ends: u64,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) report: Option<TimeReport>,
    pub(crate) group: Option<GroupKey>,
    pub(crate) first_frame_by: u64,
    pub(crate) is_granter: bool,
    /// What the granter demands of lists, if its credential is a chain.
    #[cfg(feature = "x509")]
    pub(crate) lowest_list: Option<u64>,
    pub(crate) outputs: Outputs,
}

impl Session {
    /// This side.
    #[must_use]
    pub const fn own(&self) -> ModuleId {
        self.own
    }

    /// The lowest number of a revocation list of this module's own anchor that the granter takes,
    /// if the credential is a chain: for [`TrustStore::demand_list`](crate::TrustStore::demand_list).
    #[cfg(feature = "x509")]
    #[must_use]
    pub const fn demanded_list(&self) -> Option<u64> {
        self.lowest_list
    }

    /// The other side, which proved itself.
    #[must_use]
    pub const fn peer(&self) -> ModuleId {
        self.peer
    }

    /// The key ID of the frames that come: this side chose it.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The key ID of the frames that go: the peer chose it.
    #[must_use]
    pub const fn peer_key_id(&self) -> KeyId {
        self.peer_key_id
    }

    /// The level of every frame, in both directions: 4 or 5.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The algorithm of every frame.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.level {
            Level::DigitalSignature => Algorithm::EcdsaP256,
            _ => self.tag.algorithm(),
        }
    }

    /// Whether frames carry a time.
    #[must_use]
    pub const fn time_rule(&self) -> TimeRule {
        self.time
    }

    /// The peer's role: on the granter's side the one that it granted.
    #[must_use]
    pub const fn peer_role(&self) -> RoleId {
        self.peer_role
    }

    /// How many seconds it lives, counted from the granting.
    #[must_use]
    pub const fn life_seconds(&self) -> u32 {
        self.life
    }

    /// The tick, in µs, at which it is over on this side. A requester counts from when it sent
    /// the proof, so it never ends later than the granter.
    #[must_use]
    pub const fn ends_at_tick(&self) -> u64 {
        self.ends
    }

    /// The tick before which the module's first frame must have reached the granter, or the
    /// granter forgets the session.
    #[must_use]
    pub const fn first_frame_by_tick(&self) -> u64 {
        self.first_frame_by
    }

    /// The time at which it is over, if its frames carry a time.
    #[must_use]
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// What [`DeviceClock::learn`](crate::DeviceClock::learn) takes, if the granter is
    /// registered as a source of time and gave one.
    #[must_use]
    pub const fn time_report(&self) -> Option<&TimeReport> {
        self.report.as_ref()
    }

    /// The key of the granter's group, if the module is in it. Only the module's side has it
    /// here; the granter has its own.
    #[must_use]
    pub const fn group(&self) -> Option<&GroupKey> {
        self.group.as_ref()
    }

    /// The session token, which both sides derived and nobody sent. Whoever shows it is taken
    /// for the module, at level 2 and no higher. Keep it out of logs.
    #[must_use]
    pub fn secret_token(&self) -> &[u8; 32] {
        &self.outputs.token
    }

    /// A key for the interface of the framework that came before; frames have others.
    #[must_use]
    pub fn secret_hmac_key(&self) -> &[u8; 32] {
        &self.outputs.hmac_key
    }

    /// The secret from which frame keys are derived, for other implementations' tests.
    #[must_use]
    pub const fn secret_frames(&self) -> &PeerSecret {
        &self.outputs.secret
    }

    /// What signatures under this session contain, beside what they always do. Not secret.
    #[must_use]
    pub const fn binder(&self) -> &[u8; 16] {
        &self.outputs.binder
    }

    /// A granter sends by [`Granter::send`](crate::Granter::send), which knows whether it may.
    ///
    /// # Errors
    /// [`Error::SessionUnconfirmed`].
    pub(crate) const fn may_send(&self) -> Result<(), Error> {
        if self.is_granter { Err(Error::SessionUnconfirmed) } else { Ok(()) }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("own", &self.own)
            .field("peer", &self.peer)
            .field("key_id", &self.key_id)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
