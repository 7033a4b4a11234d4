//! One validator for messages between modules: who sent it, is it fresh, did nobody touch it.
//! It doesn't hide them: **payloads travel in clear**.
//!
//! A [`Sealer`] writes frames of one of five [`Level`]s, a [`Validator`] proves them:
//!
//! ```
//! use sealwire::*;
//!
//! # fn main() -> Result<(), Error> {
//! let pump = ModuleId::new(*b"pump-000000-0001")?;
//! let panel = ModuleId::new(*b"panel-00000-0001")?;
//! let secret = PeerSecret::from_slice(&[7; 32])?; // 32 random bytes from provisioning
//! let context = Context::topic(b"pump/pressure")?;
//! let now = Some(Timestamp::from_secs(1_790_000_000));
//!
//! let mut sealer = Sealer::hmac(
//!     KeyId(1), pump, Audience::Peer(panel), &secret, TagLength::Full, NonceStart::Fresh)?;
//! let mut frame = [0; 128];
//! let sealed = sealer.seal(b"4.2 bar", &context, now, &mut frame)?;
//!
//! let slots = [const { Slot::EMPTY }; 4];
//! let mut validator = Validator::new(panel, Limits::DEFAULT, Restart::FreshKeys, slots)?;
//! validator.register(&PeerKey::hmac(KeyId(1), pump, &secret, TagLength::Full))?;
//! let requirement = Requirement::at_least(Level::Hmac, context, &AnyPeer);
//! let accepted = validator.validate(&frame[..sealed.len()], &requirement, now).map_err(|r| r.error())?;
//! assert_eq!(accepted.payload(), b"4.2 bar");
//!
//! let again = validator.validate(&frame[..sealed.len()], &requirement, now);
//! assert_eq!(again.unwrap_err().error(), Error::Replayed);
//! # Ok(()) }
//! ```
//!
//! `no_std`, no allocation, no panic on any input, no `unsafe`. Storage is the caller's. Time is
//! an argument. What is refused says why: [`Error`].
//!
//! The bytes are specified in `PROTOCOL.md`, beside this crate's manifest.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod accepted;
#[cfg(feature = "access")]
mod access;
mod audit;
mod burst;
mod crypto;
mod ct;
mod error;
mod fixed;
mod hardened;
mod id;
mod key;
mod level;
mod look;
mod policy;
mod proof;
mod register;
mod replay;
mod saved;
mod sealer;
mod signed;
mod slot;
mod steps;
mod storage;
mod table;
mod time;
mod tree;
mod validator;
mod wire;
#[cfg(feature = "x509")]
mod x509;

pub use accepted::{Accepted, Authenticated};
#[cfg(feature = "access")]
pub use access::{
    AccessMessage, AccessPlan, AccessRecord, AccessSlot, AwaitChallenge, AwaitGrant, Budget,
    Confirmation, Credential, DeviceClock, Engines, Exchange, ExchangeError, ExchangeState,
    Granted, Granter, GranterSettings, GroupKey, HeldSessions, MAX_ACCESS_MESSAGE, MAX_PROOF,
    MAX_ROUND_TRIP, Moment, Outcome, Refused, RoleName, Session, SessionKeys, SourceSlot,
    TimeReport, TokenSlot, Tokens, UNCONFIRMED,
};
#[cfg(feature = "x509")]
pub use access::{CertifiedSlot, ChainCredential, MAX_CERTIFIED_MESSAGE, chain_of_grant};
pub use audit::{Audit, Event, RING, Rejection, Step};
pub use burst::{Burst, BurstEntry, BurstItem};
pub use crypto::nonce::{Deterministic, Hedged, Hedging, SignatureNonces, message_digest};
pub use crypto::p256::{
    AgreeP256, Entropy, EphemeralKey, GenerateP256, NoSigner, NoVerifier, PublicKey, SharedSecret,
    SignP256, Signature, VerifyP256,
};
#[cfg(feature = "ecdsa")]
pub use crypto::portable::{PortableAgreement, PortableSigner, PortableVerifier, SecretScalar};
pub use error::{Class, Error};
pub use fixed::{FixedPeer, FixedPeers};
pub use id::{KeyId, ModuleId, RoleId};
pub use key::{Audience, KnownModule, PeerKey, PeerSecret, TagLength};
pub use level::{Algorithm, Level};
pub use policy::{AnyPeer, NamePattern, NoPolicy, Peer, Policy, Requirement, Rule, Rules};
pub use proof::{Begun, SignatureJob};
pub use replay::{NONCE_LIMIT, NonceEntry, WINDOW};
pub use saved::{Restart, max_saved_len};
pub use sealer::{NonceStart, Sealed, Sealer};
pub use slot::Slot;
pub use storage::Storage;
pub use time::{Limits, TimeRule, Timestamp};
pub use tree::{BurstNode, burst_nodes};
pub use validator::Validator;
pub use wire::cobs::{StreamDecoder, encode_stream, max_stream_len};
pub use wire::context::{Context, ContextKind, MAX_CONTEXT_NAME};
pub use wire::frame::Frame;
pub use wire::metadata::{
    Claim, MAX_METADATA, MAX_OVERHEAD, MAX_PAYLOAD, MAX_TAG, Metadata, PROTOCOL_VERSION,
};
pub use wire::shape::MAX_BURST;
#[cfg(feature = "x509")]
pub use x509::{
    CertifiedRoles, Chain, ChainTime, CheckedChain, Entry, Fleet, Identity, IssuerId, IssuerRecord,
    IssuerSlot, MAX_CERTIFICATE, MAX_CERTIFIED_ROLES, MAX_CHAIN, MAX_CHAIN_BYTES, MAX_FLEETS,
    MAX_ISSUER_NAME, MAX_SIGNING_REQUEST, PURPOSE, Revocation, RevocationList, TakenCrl, Trust,
    TrustStore, write_revocation_list, write_signing_request,
};
