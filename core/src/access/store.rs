//! What a granter keeps of one module, in storage of the caller's: its registration, its two
//! sessions' sending halves and the last answer that it got.

use heapless::Vec;
use zeroize::Zeroize;

use crate::access::message::{MAX_GRANT, NONCE_LEN};
use crate::error::Error;
use crate::id::{KeyId, RoleId};
use crate::level::{Algorithm, Level};
use crate::slot::{NEVER, Slot};
use crate::time::TimeRule;

/// A grant or a refusal, of the same size on every target.
pub(crate) type Answer = Vec<u8, MAX_GRANT, u8>;

/// What an [`AccessSlot`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    Nothing,
    /// A module with a pre-shared secret.
    Secret,
    /// A module with a P-256 key.
    Key,
    /// A module that came with a chain of certificates: its key is here from the last one.
    #[cfg(feature = "x509")]
    Chain,
}

/// The links of a slot in one hash table: index + 1, 0 for none.
#[derive(Clone, Copy)]
pub(crate) struct Links {
    /// The first slot whose hash leads to this position.
    pub(crate) head: u32,
    /// The next slot after this one.
    pub(crate) next: u32,
}

impl Links {
    const NONE: Self = Self { head: 0, next: 0 };
}

/// Storage for one module that may ask for access. Begins as [`AccessSlot::EMPTY`].
pub struct AccessSlot {
    pub(crate) module: [u8; 16],
    /// 32 bytes of secret, or x ‖ y.
    pub(crate) credential: [u8; 64],
    /// When the last exchange that was answered had its challenge.
    pub(crate) issued: u64,
    /// The nonce of its request.
    pub(crate) nonce: [u8; NONCE_LEN],
    /// The first bytes of a hash of its proof.
    pub(crate) proof: [u8; 16],
    /// The tick until which an unconfirmed session is kept.
    pub(crate) unconfirmed_until: u64,
    /// The answer to that proof, to be sent again; empty once it is of no use.
    pub(crate) answer: Answer,
    pub(crate) sessions: [SendingHalf; 2],
    /// By the module's ID, and by its credential.
    pub(crate) links: [Links; 2],
    /// Seconds since the Unix epoch.
    pub(crate) expires: u32,
    /// A bit per role of the granter's list.
    pub(crate) roles: u16,
    /// Whether it gets the granter's group key.
    pub(crate) in_group: bool,
    pub(crate) held: Held,
    pub(crate) max_level: Level,
}

impl AccessSlot {
    /// Bytes of a slot, on every target: a module's registration with its place in two tables
    /// (160), the sending halves of its two sessions (128), and the answer that a repeated proof
    /// gets byte for byte (192). That one can't be made again: its key and, hedged, its signature
    /// were random, and making it would cost the curve arithmetic that a repetition must not.
    pub const LEN: usize = 480;
    /// Bytes that one session takes in both directions, of this slot and of the validator's: the
    /// half that sends and a [`Slot`] for what comes.
    pub const SESSION_LEN: usize = SendingHalf::LEN + Slot::LEN;
    /// A slot that holds nothing.
    pub const EMPTY: Self = Self {
        module: [0; 16],
        credential: [0; 64],
        issued: 0,
        nonce: [0; NONCE_LEN],
        proof: [0; 16],
        unconfirmed_until: 0,
        answer: Vec::new(),
        sessions: [SendingHalf::EMPTY, SendingHalf::EMPTY],
        links: [Links::NONE; 2],
        expires: NEVER,
        roles: 0,
        in_group: false,
        held: Held::Nothing,
        max_level: Level::Hmac,
    };

    /// Whether a module is registered here.
    pub(crate) const fn is_taken(&self) -> bool {
        !matches!(self.held, Held::Nothing)
    }

    /// Empties the slot, but for the heads of chains that begin here.
    pub(crate) fn clear(&mut self) {
        let links = self.links.map(|links| Links { head: links.head, next: 0 });
        // What was here is dropped, and wiped by that.
        *self = Self::EMPTY;
        self.links = links;
    }
}

impl Drop for AccessSlot {
    fn drop(&mut self) {
        self.credential.zeroize();
        for half in &mut self.sessions {
            half.key.zeroize();
        }
    }
}

impl core::fmt::Debug for AccessSlot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AccessSlot").field("held", &self.held).finish_non_exhaustive()
    }
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There is none.
    None,
    /// Granted; no frame of it came yet, and none goes.
    Unconfirmed,
    /// In use.
    Current,
    /// The older one, until its overlap ends.
    Retiring,
}

/// What a granter needs of a session to send on it: 64 bytes, and 192 are the validator's.
#[repr(C)]
pub(crate) struct SendingHalf {
    /// Level 4: the frame key. Level 5: the binder, in the first half.
    pub(crate) key: [u8; 32],
    /// The next nonce.
    pub(crate) next: u64,
    /// The tick at which it is over.
    pub(crate) ends: u64,
    /// What the module puts into its frames.
    pub(crate) key_id: KeyId,
    /// What goes into the frames to the module.
    pub(crate) peer_key_id: KeyId,
    pub(crate) phase: Phase,
    pub(crate) algorithm: Algorithm,
    pub(crate) time: TimeRule,
    pub(crate) role: RoleId,
}

impl SendingHalf {
    /// Bytes of it.
    pub(crate) const LEN: usize = 64;

    pub(crate) const EMPTY: Self = Self {
        key: [0; 32],
        next: 0,
        ends: 0,
        key_id: KeyId(0),
        peer_key_id: KeyId(0),
        phase: Phase::None,
        algorithm: Algorithm::None,
        time: TimeRule::Stamped,
        role: RoleId::NONE,
    };

    pub(crate) fn clear(&mut self) {
        self.key.zeroize();
        *self = Self::EMPTY;
    }

    pub(crate) fn level(&self) -> Level {
        match self.algorithm {
            Algorithm::HmacSha256 | Algorithm::HmacSha256Short => Level::Hmac,
            Algorithm::None => Level::None,
            _ => Level::DigitalSignature,
        }
    }

    /// # Errors
    /// [`Error::SessionUnknown`], [`Error::SessionUnconfirmed`].
    pub(crate) const fn may_send(&self) -> Result<(), Error> {
        match self.phase {
            Phase::None => Err(Error::SessionUnknown),
            Phase::Unconfirmed => Err(Error::SessionUnconfirmed),
            Phase::Current | Phase::Retiring => Ok(()),
        }
    }
}

const _: () = assert!(size_of::<AccessSlot>() == AccessSlot::LEN);
const _: () = assert!(size_of::<SendingHalf>() == SendingHalf::LEN);
const _: () = assert!(AccessSlot::SESSION_LEN <= 256);
