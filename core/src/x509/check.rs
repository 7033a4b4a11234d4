//! The check of a chain: all that costs nothing first, then `rustls-webpki` with the caller's
//! engine (`PROTOCOL.md` §14.3).
//!
//! The signatures are verified last, when `rustls-webpki` is off the stack; with CRLs, by it.
//! `rustls-webpki` finds the same path again and repeats most of the checks; what it leaves out
//! (key usage, absent purposes, anchors' validity, the whole key of an anchor) is done before.
//! It allocates nothing here. Its code has assertions and indices that no input reaches by its
//! own invariants; they are not ours to prove.

use core::time::Duration;

use heapless::Vec;
use pki_types::{CertificateDer, Der, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage,
    RevocationCheckDepth, RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy,
};

use crate::crypto::p256::{PublicKey, VerifyP256};
use crate::error::Error;
use crate::storage::Storage;
use crate::x509::certificate::{KEY_ALGORITHM, PURPOSE};
use crate::x509::checked::CheckedChain;
use crate::x509::crl::Crl;
use crate::x509::engine::{Asked, Counted, verify_all};
use crate::x509::issuer::{IssuerId, IssuerSlot, Trust, TrustStore};
use crate::x509::path::{Chain, ChainTime, MAX_CHAIN, Path};
use crate::x509::revocation::Revocation;
use crate::x509::verdict::Verdict;

impl<S: Storage<IssuerSlot>> TrustStore<S> {
    /// Checks a chain: [`Trust::check`].
    ///
    /// # Errors
    /// As there.
    pub fn check<'c, V: VerifyP256>(
        &self,
        chain: &Chain<'c>,
        time: ChainTime,
        revocation: Revocation<'_>,
        verifier: &V,
    ) -> Result<CheckedChain<'c>, Error> {
        self.view().check(chain, time, revocation, verifier)
    }
}

impl Trust<'_> {
    /// Checks a chain, from the module's certificate to an anchor that is installed here.
    ///
    /// Costs at most one signature a certificate, and one more a certificate with
    /// [`Revocation::Crls`]; twice that with `hardened`, of a chain that is accepted. None is
    /// checked for a chain that can be refused without.
    ///
    /// A skipped instruction where the caller passes `revocation` may leave [`Revocation::Unchecked`]
    /// there: [`CheckedChain::status_until`] says whether anything was looked up.
    ///
    /// # Errors
    /// The first thing wrong, in the order of `PROTOCOL.md` §14.3: [`Error::CertificateMalformed`],
    /// [`Error::CertificateAlgorithm`], [`Error::CriticalExtension`], [`Error::ChainNames`],
    /// [`Error::UnknownAnchor`], [`Error::LeafIsIssuer`], [`Error::LeafKeyUsage`],
    /// [`Error::PurposeMissing`], [`Error::IdentityMissing`], [`Error::IdentityAmbiguous`],
    /// [`Error::IdentityMalformed`], [`Error::NotAnIssuer`], [`Error::PathLength`],
    /// [`Error::IdentityOutside`], [`Error::RoleOutside`], [`Error::TimeSourceOutside`],
    /// [`Error::IssuerUnregistered`], [`Error::CertificateExpired`],
    /// [`Error::CertificateNotYetValid`], [`Error::RevocationUnknown`],
    /// [`Error::RevocationStale`], [`Error::CertificateRevoked`],
    /// [`Error::CertificateSignature`], [`Error::NameConstraint`], [`Error::RevocationOld`],
    /// [`Error::RevocationMalformed`], [`Error::RevocationSignature`], [`Error::EngineFailed`].
    pub fn check<'c, V: VerifyP256>(
        &self,
        chain: &Chain<'c>,
        time: ChainTime,
        revocation: Revocation<'_>,
        verifier: &V,
    ) -> Result<CheckedChain<'c>, Error> {
        Verdict::of(
            chain,
            |chain| self.found(chain, time, &revocation, verifier),
            |chain| self.signed(chain, &revocation, verifier),
        )
    }

    /// Everything but the signatures; with CRLs those too.
    #[inline(never)]
    fn found<'c, V: VerifyP256>(
        &self,
        chain: &Chain<'c>,
        time: ChainTime,
        revocation: &Revocation<'_>,
        verifier: &V,
    ) -> Result<CheckedChain<'c>, Error> {
        let (mut checked, anchor, moment) = self.before_signatures(chain, time, revocation)?;
        match revocation {
            Revocation::Crls(crls) => {
                checked.status_until =
                    verify_with_crls(self, chain, anchor, moment, crls, verifier)?;
            }
            Revocation::Lists(_) | Revocation::Unchecked => {
                let asked = Asked::new(chain, &anchor.key);
                find_path(chain, anchor, moment, None, &asked)?;
                if !asked.is_complete() {
                    return Err(Error::ChainNames);
                }
            }
        }
        // No lookup has this result, but one that was led past.
        if checked.status_until < moment {
            return Err(Error::RevocationUnknown);
        }
        Ok(checked)
    }

    /// The signatures, as far as they weren't verified with the CRLs, and the module's key.
    #[inline(never)]
    fn signed<V: VerifyP256>(
        &self,
        chain: &Chain<'_>,
        revocation: &Revocation<'_>,
        verifier: &V,
    ) -> Result<(), Error> {
        if !matches!(revocation, Revocation::Crls(_)) {
            let anchor = self.anchor_named(chain.claimed_anchor()?).ok_or(Error::UnknownAnchor)?;
            verify_all(chain, &anchor.key, verifier)?;
        }
        let is_key = verifier.accepts(&chain.claimed_key()?);
        if is_key { Ok(()) } else { Err(Error::CertificateMalformed) }
    }

    /// Everything but the signatures. What it says is not yet true.
    #[inline(never)]
    fn before_signatures<'c>(
        &self,
        chain: &Chain<'c>,
        time: ChainTime,
        revocation: &Revocation<'_>,
    ) -> Result<(CheckedChain<'c>, &IssuerSlot, u64), Error> {
        let path = Path::parse(chain)?;
        let anchor = self.anchor_named(path.anchor_name()?).ok_or(Error::UnknownAnchor)?;
        let (identity, xy) = path.identity()?;
        path.check_issuers(anchor)?;
        path.check_scope(anchor, &identity, |xy| self.with_key(xy))?;
        let window = path.window(anchor);
        let moment = time.within(window.0, window.1)?;
        let links = path.links(anchor);
        let status_until = match revocation {
            Revocation::Unchecked => u64::MAX,
            Revocation::Lists(lists) => links.status(lists, moment)?,
            Revocation::Crls(_) if !anchor.may_revoke => return Err(Error::RevocationUnknown),
            Revocation::Crls(_) => 0,
        };
        let anchor_id = IssuerId::of(&anchor.key);
        let verdict = Verdict::NONE;
        let checked =
            CheckedChain { identity, xy, anchor: anchor_id, window, status_until, links, verdict };
        Ok((checked, anchor, moment))
    }
}

/// The signatures, with CRLs of the same issuers. Gives when the first of them is to be replaced.
#[inline(never)]
fn verify_with_crls<V: VerifyP256>(
    trust: &Trust<'_>,
    chain: &Chain<'_>,
    anchor: &IssuerSlot,
    moment: u64,
    crls: &[&[u8]],
    verifier: &V,
) -> Result<u64, Error> {
    let mut parsed = Vec::<CertRevocationList<'_>, MAX_CHAIN>::new();
    let mut until = u64::MAX;
    for crl in crls {
        let read = Crl::parse(crl)?;
        let mut is_asked = false;
        for link in chain.links(&anchor.key) {
            let (certificate, issuer) = link?;
            if certificate.issuer == read.issuer {
                is_asked = true;
                let known = trust.with_key(issuer.as_xy());
                if known.is_some_and(|known| read.is_older_than(known)) {
                    return Err(Error::RevocationOld);
                }
            }
        }
        if !is_asked {
            continue;
        }
        until = until.min(read.next_update);
        let crl = BorrowedCertRevocationList::from_der(crl).map_err(in_crl)?;
        parsed.push(crl.into()).map_err(|_| Error::InvalidArgument)?;
    }
    let mut borrowed = Vec::<&CertRevocationList<'_>, MAX_CHAIN>::new();
    for crl in &parsed {
        borrowed.push(crl).map_err(|_| Error::InvalidArgument)?;
    }
    let options = RevocationOptionsBuilder::new(&borrowed)
        .map_err(|_| Error::RevocationUnknown)?
        .with_depth(RevocationCheckDepth::Chain)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    // A certificate and its list.
    let most = u8::try_from(chain.len()).unwrap_or(0).saturating_mul(2);
    let engine = Counted::new(verifier, most);
    let found = find_path(chain, anchor, moment, Some(options), &engine);
    if engine.failed() {
        return Err(Error::EngineFailed);
    }
    found?;
    // Every signature by the engine's own word.
    if engine.verified() == most { Ok(until) } else { Err(Error::CertificateSignature) }
}

/// Hands the chain to `rustls-webpki`, which asks `engine` for its signatures.
#[inline(never)]
fn find_path(
    chain: &Chain<'_>,
    anchor: &IssuerSlot,
    moment: u64,
    revocation: Option<RevocationOptions<'_>>,
    engine: &dyn SignatureVerificationAlgorithm,
) -> Result<(), Error> {
    let (leaf, others) = chain.0.split_first().ok_or(Error::ChainLength)?;
    let leaf = CertificateDer::from(*leaf);
    let mut issuers = Vec::<_, MAX_CHAIN>::new();
    for issuer in others {
        issuers.push(CertificateDer::from(*issuer)).map_err(|_| Error::ChainLength)?;
    }
    let info = key_info(&anchor.key);
    let anchor = TrustAnchor {
        subject: Der::from_slice(&anchor.name),
        subject_public_key_info: Der::from_slice(&info),
        name_constraints: None,
    };
    let algorithms: [&dyn SignatureVerificationAlgorithm; 1] = [engine];
    let leaf = EndEntityCert::try_from(&leaf).map_err(named)?;
    let found = leaf.verify_for_usage(
        &algorithms,
        core::slice::from_ref(&anchor),
        &issuers,
        UnixTime::since_unix_epoch(Duration::from_secs(moment)),
        // The module's own certificate was asked before; an authority's may leave it open.
        KeyUsage::required_if_present(PURPOSE),
        revocation,
        None,
    );
    // The whole chain and nothing less.
    let path = found.map_err(named)?;
    let is_whole = path.intermediate_certificates().count() == issuers.len();
    if is_whole { Ok(()) } else { Err(Error::ChainNames) }
}

/// The contents of a SubjectPublicKeyInfo (RFC 5480 §2).
fn key_info(key: &PublicKey) -> [u8; 89] {
    let mut info = [0_u8; 89];
    let parts: [&[u8]; 4] = [&[0x30, 0x13], KEY_ALGORITHM, &[0x03, 0x42, 0x00, 0x04], key.as_xy()];
    info.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    info
}

/// What went wrong with a CRL before it was looked up.
fn in_crl(_: webpki::Error) -> Error {
    Error::RevocationMalformed
}

/// The refusals that are left to `rustls-webpki`, by our names.
fn named(error: webpki::Error) -> Error {
    use webpki::Error as Their;
    match error {
        Their::InvalidSignatureForPublicKey => Error::CertificateSignature,
        Their::CertExpired { .. } => Error::CertificateExpired,
        Their::CertNotValidYet { .. } => Error::CertificateNotYetValid,
        Their::NameConstraintViolation => Error::NameConstraint,
        Their::UnknownIssuer => Error::UnknownAnchor,
        Their::CaUsedAsEndEntity => Error::LeafIsIssuer,
        Their::EndEntityUsedAsCa => Error::NotAnIssuer,
        Their::PathLenConstraintViolated => Error::PathLength,
        Their::RequiredEkuNotFoundContext(_) => Error::PurposeMissing,
        Their::UnsupportedCriticalExtension => Error::CriticalExtension,
        Their::CertRevoked => Error::CertificateRevoked,
        Their::UnknownRevocationStatus => Error::RevocationUnknown,
        Their::CrlExpired { .. } => Error::RevocationStale,
        Their::InvalidCrlSignatureForPublicKey
        | Their::IssuerNotCrlSigner
        | Their::UnsupportedCrlSignatureAlgorithmContext(_)
        | Their::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => {
            Error::RevocationSignature
        }
        Their::InvalidSerialNumber
        | Their::InvalidCrlNumber
        | Their::UnsupportedRevocationReason
        | Their::UnsupportedIndirectCrl => Error::RevocationMalformed,
        Their::UnsupportedSignatureAlgorithmContext(_)
        | Their::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Error::CertificateAlgorithm,
        _ => Error::CertificateMalformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use webpki::Error as Their;

    /// What is left to `rustls-webpki` is checked here before, so no chain shows these names.
    #[test]
    fn each_refusal_of_webpki_has_the_name_of_ours() {
        for (theirs, ours) in [
            (Their::InvalidSignatureForPublicKey, Error::CertificateSignature),
            (Their::NameConstraintViolation, Error::NameConstraint),
            (Their::UnknownIssuer, Error::UnknownAnchor),
            (Their::CaUsedAsEndEntity, Error::LeafIsIssuer),
            (Their::EndEntityUsedAsCa, Error::NotAnIssuer),
            (Their::PathLenConstraintViolated, Error::PathLength),
            (Their::UnsupportedCriticalExtension, Error::CriticalExtension),
            (Their::CertRevoked, Error::CertificateRevoked),
            (Their::UnknownRevocationStatus, Error::RevocationUnknown),
            (Their::InvalidCrlSignatureForPublicKey, Error::RevocationSignature),
            (Their::IssuerNotCrlSigner, Error::RevocationSignature),
            (Their::InvalidSerialNumber, Error::RevocationMalformed),
            (Their::InvalidCrlNumber, Error::RevocationMalformed),
            (Their::UnsupportedRevocationReason, Error::RevocationMalformed),
            (Their::UnsupportedIndirectCrl, Error::RevocationMalformed),
            (Their::BadDer, Error::CertificateMalformed),
        ] {
            assert_eq!(named(theirs.clone()), ours, "{theirs:?}");
        }
        let time = UnixTime::since_unix_epoch(Duration::from_secs(1));
        let (early, late) = (
            Their::CertNotValidYet { time, not_before: time },
            Their::CertExpired { time, not_after: time },
        );
        assert_eq!(named(early), Error::CertificateNotYetValid);
        assert_eq!(named(late), Error::CertificateExpired);
        assert_eq!(named(Their::CrlExpired { time, next_update: time }), Error::RevocationStale);
    }
}
