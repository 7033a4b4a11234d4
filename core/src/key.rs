//! Keys as they are handed in: secrets, audiences, and what a receiver registers of a peer.
//!
//! A peer secret never makes a tag; `crypto::kdf` derives from it what does.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crypto::p256::{Entropy, PublicKey};
use crate::error::Error;
use crate::id::{KeyId, ModuleId, RoleId};
use crate::level::Algorithm;
use crate::time::{TimeRule, Timestamp};

/// 32 secret bytes that two modules, or the members of a group, were provisioned with.
///
/// Not copied, not shown, wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PeerSecret([u8; 32]);

impl PeerSecret {
    /// Bytes of a secret.
    pub const LEN: usize = 32;

    /// The secret with these bytes, which must be random: 32 of them, not all zero.
    ///
    /// # Errors
    /// [`Error::KeyLength`], [`Error::KeyInvalid`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_| Error::KeyLength)?;
        if crate::ct::eq(bytes, &[0; 32]) {
            return Err(Error::KeyInvalid);
        }
        Ok(Self(*bytes))
    }

    /// A new secret.
    ///
    /// # Errors
    /// [`Error::NoEntropy`], also for a source that gives zeros only.
    pub fn generate(entropy: &mut impl Entropy) -> Result<Self, Error> {
        let mut secret = Self([0; 32]);
        entropy.fill(&mut secret.0)?;
        if crate::ct::eq(&secret.0, &[0; 32]) {
            return Err(Error::NoEntropy);
        }
        Ok(secret)
    }

    /// The 32 bytes, for storing them.
    #[must_use]
    pub const fn secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PeerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerSecret(…)")
    }
}

/// Whom a key's frames are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// One receiver.
    Peer(ModuleId),
    /// All members of a group, any of which can make its HMAC tags.
    Group(ModuleId),
}

impl Audience {
    /// The kind of a single receiver.
    pub(crate) const PEER: u8 = 1;
    /// The kind of a group.
    pub(crate) const GROUP: u8 = 2;

    /// The number that is derived from and signed: 1 or 2.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Peer(_) => Self::PEER,
            Self::Group(_) => Self::GROUP,
        }
    }

    /// The receiver's or the group's ID.
    #[must_use]
    pub const fn id(&self) -> &ModuleId {
        match self {
            Self::Peer(id) | Self::Group(id) => id,
        }
    }
}

/// How many bytes of HMAC-SHA256 a key's tags have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TagLength {
    /// 32.
    Full,
    /// 16: for narrow links. A forger's chance is 2^-128 a try.
    Short,
}

impl TagLength {
    /// The algorithm that makes such tags.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::Full => Algorithm::HmacSha256,
            Self::Short => Algorithm::HmacSha256Short,
        }
    }
}

/// How a key's repetitions are told from new frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NonceRule {
    /// Nonces count; a window of 512.
    Counter,
    /// Nonces are random; a region of so many entries in the nonce cache.
    Random { quota: u16 },
}

/// What proves a peer's frames.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'k> {
    Hmac { secret: &'k PeerSecret, tag: TagLength },
    Ecdsa(PublicKey),
}

/// A peer's key, as a receiver registers it: who seals with it, and by which rules.
///
/// Made by [`PeerKey::hmac`] or [`PeerKey::ecdsa`]; the rest has the strictest setting until
/// it is changed: for this receiver alone, stamped with a time, counting nonces, no role, no
/// expiry.
#[derive(Clone, Copy, Debug)]
pub struct PeerKey<'k> {
    pub(crate) id: KeyId,
    pub(crate) sender: ModuleId,
    pub(crate) proof: Proof<'k>,
    pub(crate) group: Option<ModuleId>,
    pub(crate) time: TimeRule,
    pub(crate) nonces: NonceRule,
    pub(crate) role: RoleId,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) unused: bool,
    pub(crate) bursts: Option<u16>,
}

impl<'k> PeerKey<'k> {
    /// A key for level 4: `sender` seals with HMAC-SHA256 under what is derived from `secret`.
    #[must_use]
    pub const fn hmac(id: KeyId, sender: ModuleId, secret: &'k PeerSecret, tag: TagLength) -> Self {
        Self::new(id, sender, Proof::Hmac { secret, tag })
    }

    /// A key for level 5: `sender` signs with the private half of `key`.
    #[must_use]
    pub const fn ecdsa(id: KeyId, sender: ModuleId, key: PublicKey) -> Self {
        Self::new(id, sender, Proof::Ecdsa(key))
    }

    const fn new(id: KeyId, sender: ModuleId, proof: Proof<'k>) -> Self {
        Self {
            id,
            sender,
            proof,
            group: None,
            time: TimeRule::Stamped,
            nonces: NonceRule::Counter,
            role: RoleId::NONE,
            expires: None,
            unused: false,
            bursts: None,
        }
    }

    /// The frames are for a group. At level 4 any member can make them.
    #[must_use]
    pub const fn group(mut self, group: ModuleId) -> Self {
        self.group = Some(group);
        self
    }

    /// The sender has no clock: its frames carry the time 0, and nothing is said of their age.
    #[must_use]
    pub const fn counter_only(mut self) -> Self {
        self.time = TimeRule::CounterOnly;
        self
    }

    /// The sender's nonces are random: `quota` entries of the nonce cache are set aside for it,
    /// at least its rate × (past limit + future limit).
    #[must_use]
    pub const fn random_nonces(mut self, quota: u16) -> Self {
        self.nonces = NonceRule::Random { quota };
        self
    }

    /// The sender's role, for the policy.
    #[must_use]
    pub const fn role(mut self, role: RoleId) -> Self {
        self.role = role;
        self
    }

    /// The key ends at `time`, rounded down to the second.
    #[must_use]
    pub const fn expires(mut self, time: Timestamp) -> Self {
        self.expires = Some(time);
        self
    }

    /// The key was never used with this receiver, though its windows were lost in a restart. A
    /// counter-only key can then be used at once. If that isn't true, old frames count as new.
    #[must_use]
    pub const fn unused(mut self) -> Self {
        self.unused = true;
        self
    }

    /// The sender may sign many frames at once, at level 5. So many bursts a second are verified;
    /// more are refused, whoever sent them, while frames of bursts that were verified go on.
    /// Without a clock nothing is bounded.
    #[must_use]
    pub const fn bursts(mut self, per_second: u16) -> Self {
        self.bursts = Some(per_second);
        self
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self.proof {
            Proof::Hmac { tag, .. } => tag.algorithm(),
            Proof::Ecdsa(_) => Algorithm::EcdsaP256,
        }
    }
}

/// A module that is known by its ID alone, for levels 2 and 3.
#[derive(Clone, Copy, Debug)]
pub struct KnownModule {
    pub(crate) id: ModuleId,
    pub(crate) role: RoleId,
    pub(crate) quota: u16,
}

impl KnownModule {
    /// The module `id`, without a role, for level 2.
    #[must_use]
    pub const fn new(id: ModuleId) -> Self {
        Self { id, role: RoleId::NONE, quota: 0 }
    }

    /// Its role, for the policy. Anybody can claim it: levels 2 and 3 prove nothing.
    #[must_use]
    pub const fn role(mut self, role: RoleId) -> Self {
        self.role = role;
        self
    }

    /// For level 3 too: `quota` entries of the nonce cache are set aside for it, at least its
    /// rate × (past limit + future limit).
    #[must_use]
    pub const fn timestamps(mut self, quota: u16) -> Self {
        self.quota = quota;
        self
    }
}
