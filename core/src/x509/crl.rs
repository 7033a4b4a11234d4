//! CRLs (RFC 5280 §5) as far as their number goes: an issuer's numbers rise, and an older one is
//! refused (`PROTOCOL.md` §14.5). What a CRL says of a chain is `rustls-webpki`'s to read.

use webpki::BorrowedCertRevocationList;

use crate::crypto::p256::{PublicKey, VerifyP256};
use crate::error::Error;
use crate::storage::Storage;
use crate::x509::certificate::SIGNATURE_ALGORITHM;
use crate::x509::der::{self, Reader};
use crate::x509::engine::signature_of;
use crate::x509::issuer::{IssuerId, IssuerSlot, TrustStore};
use crate::x509::path::ChainTime;
use crate::x509::revocation::{Entry, by_serial};

/// The most bytes of a CRL's number (RFC 5280 §5.2.3).
pub(crate) const NUMBER: usize = 20;

/// cRLNumber, 2.5.29.20.
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 0x14];

/// A CRL, taken apart; nothing of it is verified.
pub(crate) struct Crl<'l> {
    /// The contents of the name.
    pub(crate) issuer: &'l [u8],
    /// Seconds since the Unix epoch, still in.
    pub(crate) next_update: u64,
    /// Zero where there is none.
    number: [u8; NUMBER],
    algorithm: &'l [u8],
    signed: &'l [u8],
    signature: &'l [u8],
}

impl<'l> Crl<'l> {
    /// # Errors
    /// [`Error::RevocationMalformed`], also without a next update.
    pub(crate) fn parse(bytes: &'l [u8]) -> Result<Self, Error> {
        Self::read(bytes).map_err(|_| Error::RevocationMalformed)
    }

    fn read(bytes: &'l [u8]) -> Result<Self, Error> {
        let all = Long::first_of(bytes)?;
        Reader::new(all.after).end()?;
        let list = Long::first_of(all.contents)?;
        let signed = list.whole;
        let mut proof = Reader::new(list.after);
        let (algorithm, signature) = (proof.read(der::SEQUENCE)?, proof.octets()?);
        proof.end()?;
        let mut list = Reader::new(list.contents);
        list.read(der::INTEGER)?;
        list.read(der::SEQUENCE)?;
        let issuer = list.read(der::SEQUENCE)?;
        list.time()?;
        let next_update = list.time()?;
        let rest = match list.rest() {
            revoked @ [der::SEQUENCE, ..] => Long::first_of(revoked)?.after,
            rest => rest,
        };
        let number = number_in(rest)?;
        Ok(Self { issuer, next_update, number, algorithm, signed, signature })
    }

    /// Whether its issuer made a newer one that is known here.
    pub(crate) fn is_older_than(&self, known: &IssuerSlot) -> bool {
        self.number < known.lowest_crl
    }

    /// # Errors
    /// [`Error::RevocationSignature`], [`Error::EngineFailed`].
    fn verify<V: VerifyP256>(&self, key: &PublicKey, verifier: &V) -> Result<(), Error> {
        let signature = signature_of(self.signature).map_err(|_| Error::RevocationSignature)?;
        if self.algorithm != SIGNATURE_ALGORITHM {
            return Err(Error::RevocationSignature);
        }
        verifier.verify(key, &[self.signed], &signature).map_err(|error| match error {
            Error::EngineFailed => error,
            _ => Error::RevocationSignature,
        })
    }
}

/// The number in a CRL's extensions.
fn number_in(bytes: &[u8]) -> Result<[u8; NUMBER], Error> {
    let mut number = [0; NUMBER];
    let mut outside = Reader::new(bytes);
    let Some(extensions) = outside.optional(0xa0)? else {
        outside.end()?;
        return Ok(number);
    };
    outside.end()?;
    let mut each = Reader::new(Reader::new(extensions).read(der::SEQUENCE)?);
    while !each.is_empty() {
        let mut extension = Reader::new(each.read(der::SEQUENCE)?);
        let id = extension.read(der::OID)?;
        extension.flag()?;
        let value = extension.read(der::OCTET_STRING)?;
        if id == CRL_NUMBER {
            let value = Reader::new(value).read(der::INTEGER).and_then(der::unsigned)?;
            let start = NUMBER.checked_sub(value.len()).ok_or(Error::RevocationMalformed)?;
            number.iter_mut().skip(start).zip(value).for_each(|(to, from)| *to = *from);
        }
    }
    Ok(number)
}

/// A SEQUENCE of up to 16 MiB. `rustls-webpki` looks at how its length is written.
struct Long<'l> {
    contents: &'l [u8],
    /// With tag and length.
    whole: &'l [u8],
    after: &'l [u8],
}

impl<'l> Long<'l> {
    fn first_of(bytes: &'l [u8]) -> Result<Self, Error> {
        let (length, contents) = match bytes {
            [der::SEQUENCE, length @ 0..=0x7f, rest @ ..] => ([0, 0, 0, *length], rest),
            [der::SEQUENCE, 0x81, a, rest @ ..] => ([0, 0, 0, *a], rest),
            [der::SEQUENCE, 0x82, a, b, rest @ ..] => ([0, 0, *a, *b], rest),
            [der::SEQUENCE, 0x83, a, b, c, rest @ ..] => ([0, *a, *b, *c], rest),
            _ => return Err(Error::RevocationMalformed),
        };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let split = contents.split_at_checked(length);
        let (contents, after) = split.ok_or(Error::RevocationMalformed)?;
        let whole = bytes.get(..bytes.len().saturating_sub(after.len())).unwrap_or_default();
        Ok(Self { contents, whole, after })
    }
}

/// A CRL that a [`TrustStore`] took: what its issuer revoked.
pub struct TakenCrl<'l> {
    issuer: PublicKey,
    crl: BorrowedCertRevocationList<'l>,
}

impl TakenCrl<'_> {
    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> IssuerId {
        IssuerId::of(&self.issuer)
    }

    /// What it revokes, as a list of Sealwire's says it: for sessions that came from such a chain
    /// (`Granter::revoke_entries`).
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let each = self.crl.into_iter().filter_map(Result::ok);
        each.map(|revoked| by_serial(self.issuer.as_xy(), revoked.serial_number))
    }
}

impl core::fmt::Debug for TakenCrl<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TakenCrl").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

impl<S: Storage<IssuerSlot>> TrustStore<S> {
    /// Checks a CRL and remembers its number: from now on chains are refused with an older one of
    /// this issuer, or with one that has no number. The same may come again.
    ///
    /// The issuer must be registered. An anchor is found by its name; for authorities, whose names
    /// aren't kept, each one's key is tried.
    ///
    /// # Errors
    /// [`Error::RevocationMalformed`]; [`Error::RevocationSignature`], also for an issuer that is
    /// not registered, and for an anchor that may sign no CRLs; [`Error::EngineFailed`];
    /// [`Error::RevocationOld`]; [`Error::RevocationStale`].
    pub fn take_crl<'l, V: VerifyP256>(
        &mut self,
        bytes: &'l [u8],
        time: ChainTime,
        verifier: &V,
    ) -> Result<TakenCrl<'l>, Error> {
        let read = Crl::parse(bytes)?;
        let malformed = |_| Error::RevocationMalformed;
        let crl = BorrowedCertRevocationList::from_der(bytes).map_err(malformed)?;
        if crl.into_iter().any(|revoked| revoked.is_err()) {
            return Err(Error::RevocationMalformed);
        }
        let is_anchors = self.view().anchor_named(read.issuer).is_some();
        let mut signer = None;
        for slot in self.0.as_mut().iter_mut().filter(|slot| slot.is_taken) {
            let may_be = if is_anchors { slot.name == read.issuer } else { slot.name.is_empty() };
            if !may_be {
                continue;
            }
            match read.verify(&slot.key, verifier) {
                Ok(()) if is_anchors && !slot.may_revoke => {}
                Ok(()) => {
                    signer = Some(slot);
                    break;
                }
                Err(Error::RevocationSignature) => {}
                Err(error) => return Err(error),
            }
        }
        let signer = signer.ok_or(Error::RevocationSignature)?;
        if read.is_older_than(signer) {
            return Err(Error::RevocationOld);
        }
        if read.next_update < time.earliest() {
            return Err(Error::RevocationStale);
        }
        signer.lowest_crl = read.number;
        Ok(TakenCrl { issuer: signer.key, crl })
    }
}
