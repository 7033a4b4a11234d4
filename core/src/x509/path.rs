//! A chain before anything is verified: its certificates, that their names lead from one to the
//! next, and all that can be refused without arithmetic (`PROTOCOL.md` §14.3, steps 1 to 6).
//!
//! No name may occur twice. So `rustls-webpki` has one candidate at every step, and a chain of
//! four costs four signatures, not more.

use heapless::Vec;

use crate::crypto::p256::PublicKey;
use crate::error::Error;
use crate::time::Timestamp;
use crate::x509::certificate::{Certificate, MAX_CERTIFICATE};
use crate::x509::der::{self, Reader};
use crate::x509::identity::Identity;
use crate::x509::issuer::IssuerSlot;
use crate::x509::revocation::ChainLinks;

/// The most certificates of a chain, without its anchor's.
pub const MAX_CHAIN: usize = 4;

/// The most bytes of a chain.
pub const MAX_CHAIN_BYTES: usize = 3_072;

/// The certificates of a chain: the module's first, then its issuer's, and so on. The anchor's
/// own is not among them.
#[derive(Clone, Debug)]
pub struct Chain<'c>(pub(crate) Vec<&'c [u8], MAX_CHAIN>);

impl<'c> Chain<'c> {
    /// From certificates in DER, in their order.
    ///
    /// # Errors
    /// [`Error::ChainLength`] for none and for more than 4, [`Error::CertificateTooLong`] for one
    /// above 1,024 bytes and for more than 3,072 together.
    pub fn new(certificates: &[&'c [u8]]) -> Result<Self, Error> {
        let chain = Vec::from_slice(certificates).map_err(|_| Error::ChainLength)?;
        if chain.is_empty() {
            return Err(Error::ChainLength);
        }
        let total = chain.iter().fold(0_usize, |sum, one| sum.saturating_add(one.len()));
        if total > MAX_CHAIN_BYTES || chain.iter().any(|one| one.len() > MAX_CERTIFICATE) {
            return Err(Error::CertificateTooLong);
        }
        Ok(Self(chain))
    }

    /// From certificates in DER that follow each other without anything between, as a chain
    /// travels.
    ///
    /// # Errors
    /// Those of [`Chain::new`], and [`Error::CertificateMalformed`].
    pub fn from_bytes(bytes: &'c [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_CHAIN_BYTES {
            return Err(Error::CertificateTooLong);
        }
        let mut certificates = Vec::<&[u8], MAX_CHAIN>::new();
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let (_, certificate) = reader.read_whole(der::SEQUENCE)?;
            certificates.push(certificate).map_err(|_| Error::ChainLength)?;
        }
        Self::new(&certificates)
    }

    /// The key in the first certificate, of which nothing is checked yet.
    ///
    /// # Errors
    /// Those of a certificate.
    pub(crate) fn claimed_key(&self) -> Result<PublicKey, Error> {
        let leaf = self.0.first().ok_or(Error::ChainLength)?;
        Certificate::parse(leaf).map(|leaf| PublicKey::from_xy(*leaf.xy))
    }

    /// The name of the anchor, of which nothing is checked yet.
    ///
    /// # Errors
    /// Those of a certificate.
    pub(crate) fn claimed_anchor(&self) -> Result<&'c [u8], Error> {
        let top = self.0.last().ok_or(Error::ChainLength)?;
        Certificate::parse(top).map(|top| top.issuer)
    }

    /// Each certificate, the module's first, and the key that must have signed it.
    pub(crate) fn links(
        &self,
        anchor: &PublicKey,
    ) -> impl DoubleEndedIterator<Item = Result<(Certificate<'c>, PublicKey), Error>> {
        self.0.iter().enumerate().map(move |(at, certificate)| {
            let certificate = Certificate::parse(certificate)?;
            let issuer = match self.0.get(at.saturating_add(1)) {
                Some(above) => PublicKey::from_xy(*Certificate::parse(above)?.xy),
                None => *anchor,
            };
            Ok((certificate, issuer))
        })
    }

    /// The second at which the first of its certificates ends, of which nothing is checked.
    ///
    /// # Errors
    /// Those of a certificate.
    pub(crate) fn claimed_end(&self) -> Result<u64, Error> {
        let mut end = u64::MAX;
        for certificate in &self.0 {
            end = end.min(Certificate::parse(certificate)?.not_after);
        }
        Ok(end)
    }

    /// The certificates in DER, the module's first.
    pub fn certificates(&self) -> impl Iterator<Item = &'c [u8]> {
        self.0.iter().copied()
    }

    /// How many certificates, 1 to 4.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a chain is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// When a chain is to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainTime {
    /// Now, by a clock.
    Now(Timestamp),
    /// At some time from this one on: a device without a clock knows only when it was built, or
    /// what it stored. Check again with [`CheckedChain::holds_at`] when the time is known.
    ///
    /// [`CheckedChain::holds_at`]: crate::CheckedChain::holds_at
    NotBefore(Timestamp),
}

impl ChainTime {
    /// The moment at which something that is valid from `begin` to `end` (in seconds, both in)
    /// is looked at.
    ///
    /// # Errors
    /// [`Error::CertificateNotYetValid`], [`Error::CertificateExpired`].
    pub(crate) fn within(self, begin: u64, end: u64) -> Result<u64, Error> {
        let (moment, is_begun) = match self {
            Self::Now(now) => (seconds(now), seconds(now) >= begin),
            Self::NotBefore(floor) => (seconds(floor).max(begin), true),
        };
        if moment > end {
            Err(Error::CertificateExpired)
        } else if !is_begun {
            Err(Error::CertificateNotYetValid)
        } else {
            Ok(moment)
        }
    }

    /// The earliest time that it may be, in seconds.
    pub(crate) const fn earliest(self) -> u64 {
        match self {
            Self::Now(time) | Self::NotBefore(time) => seconds(time),
        }
    }
}

/// Whole seconds since the Unix epoch, rounded down: certificates know no finer.
pub(crate) const fn seconds(time: Timestamp) -> u64 {
    time.as_micros() / 1_000_000
}

/// A chain's certificates, taken apart.
pub(crate) struct Path<'c>(Vec<Certificate<'c>, MAX_CHAIN>);

impl<'c> Path<'c> {
    /// Every certificate by itself, the module's first.
    pub(crate) fn parse(chain: &Chain<'c>) -> Result<Self, Error> {
        let mut path = Vec::new();
        for certificate in &chain.0 {
            let parsed = Certificate::parse(certificate)?;
            path.push(parsed).map_err(|_| Error::ChainLength)?;
        }
        Ok(Self(path))
    }

    fn leaf(&self) -> Result<&Certificate<'c>, Error> {
        self.0.first().ok_or(Error::ChainLength)
    }

    fn issuers(&self) -> impl Iterator<Item = (usize, &Certificate<'c>)> {
        self.0.iter().skip(1).enumerate()
    }

    /// The names lead upwards, each occurs once; gives the one of the anchor.
    pub(crate) fn anchor_name(&self) -> Result<&'c [u8], Error> {
        let mut wanted = None;
        for (index, certificate) in self.0.iter().enumerate() {
            let leads_here = wanted.is_none_or(|issuer| issuer == certificate.subject);
            // Above a certificate its name stands neither as an authority's nor as the anchor's.
            let mut above = self.0.iter().skip(index);
            if !leads_here || above.any(|above| above.issuer == certificate.subject) {
                return Err(Error::ChainNames);
            }
            wanted = Some(certificate.issuer);
        }
        wanted.ok_or(Error::ChainLength)
    }

    /// The module's own certificate: no authority's, for signatures, for this purpose, and whose.
    pub(crate) fn identity(&self) -> Result<(Identity<'c>, &'c [u8; 64]), Error> {
        let leaf = self.leaf()?;
        if leaf.is_ca {
            return Err(Error::LeafIsIssuer);
        }
        if !leaf.may_sign_messages() {
            return Err(Error::LeafKeyUsage);
        }
        if leaf.has_purpose()? != Some(true) {
            return Err(Error::PurposeMissing);
        }
        Ok((Identity::parse(leaf.names)?, leaf.xy))
    }

    /// The certificates above it: authorities all, for this purpose where they say one, and no
    /// more of them than each allows.
    pub(crate) fn check_issuers(&self, anchor: &IssuerSlot) -> Result<(), Error> {
        let is_too_long =
            |limit: Option<u8>, below: usize| limit.is_some_and(|most| usize::from(most) < below);
        for (below, issuer) in self.issuers() {
            if !issuer.may_issue() {
                return Err(Error::NotAnIssuer);
            }
            if issuer.has_purpose()? == Some(false) {
                return Err(Error::PurposeMissing);
            }
            if is_too_long(issuer.path_length, below) {
                return Err(Error::PathLength);
            }
        }
        if is_too_long(anchor.path_length, self.issuers().count()) {
            return Err(Error::PathLength);
        }
        Ok(())
    }

    /// What anchor and authorities are registered for.
    pub(crate) fn check_scope<'s>(
        &self,
        anchor: &IssuerSlot,
        identity: &Identity<'_>,
        registered: impl Fn(&[u8; 64]) -> Option<&'s IssuerSlot>,
    ) -> Result<(), Error> {
        anchor.allows(identity)?;
        // From the anchor downwards: whoever is trusted with any authority vouches for those
        // below it.
        let mut any_authority = anchor.any_authority;
        for issuer in self.0.iter().skip(1).rev() {
            match registered(issuer.xy) {
                Some(slot) => {
                    slot.allows(identity)?;
                    any_authority |= slot.any_authority;
                }
                None if any_authority => {}
                None => return Err(Error::IssuerUnregistered),
            }
        }
        Ok(())
    }

    /// From when to when all of it is valid, in seconds, both in.
    pub(crate) fn window(&self, anchor: &IssuerSlot) -> (u64, u64) {
        self.0.iter().fold((anchor.not_before, anchor.not_after), |(begin, end), one| {
            (begin.max(one.not_before), end.min(one.not_after))
        })
    }

    /// What revocation lists are asked for.
    pub(crate) fn links(&self, anchor: &IssuerSlot) -> ChainLinks {
        let above = self.0.iter().skip(1).map(|one| one.xy).chain([anchor.key.as_xy()]);
        let mut links = ChainLinks::NONE;
        for (one, issuer) in self.0.iter().zip(above) {
            links.push(one.serial, one.xy, issuer);
        }
        links
    }
}
