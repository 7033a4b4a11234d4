//! Certificates: a module's key that an authority vouches for (`PROTOCOL.md` §14).
//!
//! A [`chain`](path) of at most four certificates becomes a [`CheckedChain`] by a
//! [`TrustStore`], and by nothing else; that becomes a peer, whose frames then cost one signature
//! each. The order of the check is the order of its cost: [`path`] refuses what needs no
//! arithmetic, [`check`] lets `rustls-webpki` verify the rest with the caller's [`engine`].
//! What an issuer may issue stands in its registration here ([`issuer`]); time, lists and engines
//! are arguments. A [`request`] for a certificate is written on the device, and its key stays
//! there.

mod certificate;
mod check;
mod checked;
mod crl;
mod der;
mod engine;
mod identity;
mod issuer;
mod path;
mod request;
mod revocation;
mod verdict;

pub use certificate::{MAX_CERTIFICATE, PURPOSE};
pub use checked::CheckedChain;
pub use crl::TakenCrl;
pub use identity::{CertifiedRoles, Identity, MAX_CERTIFIED_ROLES};
pub use issuer::{
    Fleet, IssuerId, IssuerRecord, IssuerSlot, MAX_FLEETS, MAX_ISSUER_NAME, Trust, TrustStore,
};
pub use path::{Chain, ChainTime, MAX_CHAIN, MAX_CHAIN_BYTES};
pub use request::{MAX_SIGNING_REQUEST, write_signing_request};
pub(crate) use revocation::ChainLinks;
pub use revocation::{Entry, Revocation, RevocationList, write_revocation_list};
