//! What a chain was found to say. There is no other way to one than [`TrustStore::check`].
//!
//! [`TrustStore::check`]: crate::TrustStore::check

use crate::crypto::p256::PublicKey;
use crate::error::Error;
use crate::id::{KeyId, ModuleId};
use crate::key::PeerKey;
use crate::time::Timestamp;
use crate::x509::identity::{CertifiedRoles, Identity};
use crate::x509::issuer::IssuerId;
use crate::x509::path;
use crate::x509::revocation::{ChainLinks, RevocationList};
use crate::x509::verdict::Verdict;

/// A module that an anchor vouches for: who it is, by which key, in which roles, and until when.
#[derive(Clone)]
pub struct CheckedChain<'c> {
    pub(crate) identity: Identity<'c>,
    pub(crate) xy: &'c [u8; 64],
    pub(crate) anchor: IssuerId,
    /// Seconds, both in.
    pub(crate) window: (u64, u64),
    /// Seconds, still in; the largest number where nothing was looked up.
    pub(crate) status_until: u64,
    pub(crate) links: ChainLinks,
    pub(crate) verdict: Verdict,
}

impl<'c> CheckedChain<'c> {
    /// The module's ID, from the subject alternative name.
    #[must_use]
    pub fn module(&self) -> ModuleId {
        ModuleId::claimed(Verdict::shown(self, self.identity.module.as_bytes()))
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> PublicKey {
        PublicKey::from_xy(Verdict::shown(self, self.xy))
    }

    /// Its roles, by name.
    #[must_use]
    pub fn roles(&self) -> CertifiedRoles<'c> {
        if Verdict::holds(self) { self.identity.roles() } else { CertifiedRoles::NONE }
    }

    /// Whether it has this role.
    #[must_use]
    pub fn has_role(&self, name: &str) -> bool {
        self.roles().any(|role| role == name)
    }

    /// Whether other modules may take their time from it.
    #[must_use]
    pub fn is_time_source(&self) -> bool {
        self.identity.is_time_source && Verdict::holds(self)
    }

    /// When the first certificate of the chain, or its anchor, ends.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        Timestamp::from_secs(self.window.1)
    }

    /// When the first of the revocation lists that were looked at is to be replaced; none if none
    /// was.
    #[must_use]
    pub const fn status_until(&self) -> Option<Timestamp> {
        match self.status_until {
            u64::MAX => None,
            seconds => Some(Timestamp::from_secs(seconds)),
        }
    }

    /// The anchor at which it ends.
    #[must_use]
    pub const fn anchor(&self) -> IssuerId {
        self.anchor
    }

    /// Asks again, for another time, and costs no signature: what was checked against a floor
    /// goes on when the time is known.
    ///
    /// # Errors
    /// [`Error::CertificateNotYetValid`], [`Error::CertificateExpired`],
    /// [`Error::RevocationStale`].
    pub fn holds_at(&self, now: Timestamp) -> Result<(), Error> {
        let (begin, end) = self.window;
        path::ChainTime::Now(now).within(begin, end)?;
        if path::seconds(now) > self.status_until {
            return Err(Error::RevocationStale);
        }
        Ok(())
    }

    /// Whether the list revokes a certificate of the chain that its issuer made, or that was made
    /// below it: for a peer that is registered already.
    #[must_use]
    pub fn is_revoked_by(&self, list: &RevocationList<'_>) -> bool {
        self.links.are_revoked_by(list)
    }

    /// The module as a peer for level 5, under this key ID: its key and the chain's end. Policies
    /// see the role that the caller gives with [`PeerKey::role`]. From now on a frame costs one
    /// signature.
    #[must_use]
    pub fn peer_key(&self, id: KeyId) -> PeerKey<'static> {
        PeerKey::ecdsa(id, self.module(), self.key()).expires(self.expires())
    }
}

impl core::fmt::Debug for CheckedChain<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CheckedChain")
            .field("module", &self.identity.module)
            .field("roles", &self.roles())
            .field("expires", &self.expires())
            .finish_non_exhaustive()
    }
}
