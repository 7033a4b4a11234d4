//! Who was taken back: CRLs, which `rustls-webpki` reads, and a list of our own for a
//! microcontroller, which is searched where it lies (`PROTOCOL.md` §14.5).
//!
//! Entries are hashes of an issuer's key with a serial number, or of a subject's key; never of a
//! certificate's bytes, which its maker can write again with another signature. A list speaks
//! for what its signer issued and for all below that.

use heapless::Vec;

use crate::crypto::p256::{PublicKey, SignP256, Signature, VerifyP256};
use crate::crypto::sha256;
use crate::error::Error;
use crate::storage::Storage;
use crate::time::Timestamp;
use crate::x509::issuer::{IssuerId, IssuerSlot, Trust, TrustStore, front};
use crate::x509::path::{ChainTime, MAX_CHAIN, seconds};

/// Version 1 above, 13 below, where a frame has its level.
const HEAD: u8 = 0x1d;

/// Head, issuer, number, issue, next update, count.
const FRONT: usize = 43;

const LABEL: &[u8] = b"sealwire/1 revocation list";

/// How a chain's certificates are looked up.
#[derive(Clone, Copy, Debug)]
pub enum Revocation<'r> {
    /// Not at all: for certificates that live shorter than a list would take to come.
    Unchecked,
    /// In lists of Sealwire's. Every certificate must be covered by one that is current.
    Lists(&'r [RevocationList<'r>]),
    /// In CRLs (RFC 5280 §5, DER), one of each issuer in the chain; all current, and none older
    /// than one that [`TrustStore::take_crl`] took. Others are passed over. The anchor's
    /// certificate must allow the signing of CRLs.
    Crls(&'r [&'r [u8]]),
}

/// What stands for a revoked certificate in a list: 16 bytes of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry([u8; 16]);

impl Entry {
    /// Bytes of an entry.
    pub const LEN: usize = 16;

    /// The certificate with this serial number (the contents of the INTEGER) from the issuer with
    /// this key.
    #[must_use]
    pub fn of_serial(issuer: &PublicKey, serial: &[u8]) -> Self {
        by_serial(issuer.as_xy(), serial)
    }

    /// Every certificate for this key.
    #[must_use]
    pub fn of_key(subject: &PublicKey) -> Self {
        by_key(subject.as_xy())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

pub(crate) fn by_serial(issuer: &[u8; 64], serial: &[u8]) -> Entry {
    Entry(front(&sha256::digest(&[b"sealwire/1 revoked serial", issuer, serial])))
}

pub(crate) fn by_key(subject: &[u8; 64]) -> Entry {
    Entry(front(&sha256::digest(&[b"sealwire/1 revoked key", subject])))
}

/// A list of revoked certificates whose signature was found right. Borrowed from its bytes.
#[derive(Clone, Copy, Debug)]
pub struct RevocationList<'l> {
    issuer: IssuerId,
    number: u64,
    issued: Timestamp,
    next_update: Timestamp,
    entries: &'l [[u8; Entry::LEN]],
}

impl<'l> RevocationList<'l> {
    /// Who signed it.
    #[must_use]
    pub const fn issuer(&self) -> IssuerId {
        self.issuer
    }

    /// Its number: rises with every list of an issuer.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When it was made.
    #[must_use]
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Until when there is another.
    #[must_use]
    pub const fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// How many entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it has this entry. Takes the logarithm of its length.
    #[must_use]
    pub fn contains(&self, entry: &Entry) -> bool {
        self.entries.binary_search(&entry.0).is_ok()
    }

    /// The list, what is signed of it, and the signature.
    fn parse(bytes: &'l [u8]) -> Result<(Self, &'l [u8], Signature), Error> {
        let (signed, signature) =
            bytes.split_last_chunk::<{ Signature::LEN }>().ok_or(Error::RevocationMalformed)?;
        let (front, rest) =
            signed.split_first_chunk::<FRONT>().ok_or(Error::RevocationMalformed)?;
        let mut front = front.as_slice();
        if take::<1>(&mut front) != [HEAD] {
            return Err(Error::RevocationMalformed);
        }
        let issuer = IssuerId(take(&mut front));
        let number = u64::from_be_bytes(take(&mut front));
        let time = |bytes| Timestamp::from_micros(u64::from_be_bytes(bytes));
        let malformed = |_| Error::RevocationMalformed;
        let issued = time(take(&mut front)).map_err(malformed)?;
        let next_update = time(take(&mut front)).map_err(malformed)?;
        let count = usize::from(u16::from_be_bytes(take(&mut front)));
        let (entries, rest) = rest.as_chunks();
        let is_sorted = entries.iter().zip(entries.iter().skip(1)).all(|(one, next)| one < next);
        if !rest.is_empty() || entries.len() != count || !is_sorted || issued > next_update {
            return Err(Error::RevocationMalformed);
        }
        let list = Self { issuer, number, issued, next_update, entries };
        Ok((list, signed, Signature::from_bytes(*signature)))
    }
}

/// The first bytes of `from`, which it loses; zeros where there are none.
fn take<const N: usize>(from: &mut &[u8]) -> [u8; N] {
    match from.split_first_chunk() {
        Some((taken, rest)) => {
            *from = rest;
            *taken
        }
        None => [0; N],
    }
}

impl<S: Storage<IssuerSlot>> TrustStore<S> {
    /// Checks a list and takes it: its issuer's older ones are refused from now on. The same list
    /// may come again; another with its number may not.
    ///
    /// # Errors
    /// [`Error::RevocationMalformed`]; [`Error::RevocationSignature`], also for an issuer that is
    /// not registered; [`Error::SignatureRange`] and [`Error::SignatureHighS`];
    /// [`Error::EngineFailed`]; [`Error::RevocationOld`]; [`Error::RevocationStale`].
    pub fn take_list<'l, V: VerifyP256>(
        &mut self,
        bytes: &'l [u8],
        time: ChainTime,
        verifier: &V,
    ) -> Result<RevocationList<'l>, Error> {
        let (list, signed, signature) = RevocationList::parse(bytes)?;
        let slot = self.slot_mut(list.issuer).map_err(|_| Error::RevocationSignature)?;
        if list.number < slot.lowest_list {
            return Err(Error::RevocationOld);
        }
        if seconds(list.next_update) < time.earliest() {
            return Err(Error::RevocationStale);
        }
        signature.check_range()?;
        verifier.verify(&slot.key, &[LABEL, signed], &signature).map_err(|error| match error {
            Error::EngineFailed => error,
            _ => Error::RevocationSignature,
        })?;
        let digest = front(&sha256::digest(&[signed]));
        if list.number == slot.lowest_list && slot.list.is_some_and(|known| known != digest) {
            return Err(Error::RevocationOld);
        }
        slot.lowest_list = list.number;
        slot.list = Some(digest);
        Ok(list)
    }
}

impl Trust<'_> {
    /// A list that was taken, from its bytes again: for whoever keeps them beside the store. Costs
    /// a hash and no signature. Its next update is looked at when a chain is checked.
    ///
    /// # Errors
    /// [`Error::RevocationMalformed`]; [`Error::RevocationOld`] unless it is the one that was
    /// taken last of its issuer.
    pub fn taken_list<'l>(&self, bytes: &'l [u8]) -> Result<RevocationList<'l>, Error> {
        let (list, signed, _) = RevocationList::parse(bytes)?;
        let digest = front(&sha256::digest(&[signed]));
        let is_it = self.slot(list.issuer).is_some_and(|slot| slot.list == Some(digest));
        if is_it { Ok(list) } else { Err(Error::RevocationOld) }
    }
}

/// What lists are asked for about one certificate.
#[derive(Clone, Copy, Debug)]
struct Link {
    by_serial: Entry,
    by_key: Entry,
    issuer: IssuerId,
}

/// The same for each certificate of a chain, the module's first. Outlives the chain's bytes.
#[derive(Clone, Debug)]
pub(crate) struct ChainLinks(Vec<Link, MAX_CHAIN>);

impl ChainLinks {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// The next certificate, from below. A chain has no more than there is room for.
    pub(crate) fn push(&mut self, serial: &[u8], subject: &[u8; 64], issuer: &[u8; 64]) {
        let _ = self.0.push(Link {
            by_serial: by_serial(issuer, serial),
            by_key: by_key(subject),
            issuer: IssuerId::of_xy(issuer),
        });
    }

    /// Every certificate with the issuers above it.
    fn each(&self) -> impl Iterator<Item = (&Link, &[Link])> {
        self.0.iter().enumerate().map(|(at, link)| (link, self.0.get(at..).unwrap_or_default()))
    }

    /// Whether the list revokes one of them that it speaks for.
    pub(crate) fn are_revoked_by(&self, list: &RevocationList<'_>) -> bool {
        self.each().any(|(link, above)| {
            above.iter().any(|above| above.issuer == list.issuer)
                && (list.contains(&link.by_serial) || list.contains(&link.by_key))
        })
    }

    /// Whether one of them is the issuer's and is among the entries.
    pub(crate) fn are_among(&self, issuer: IssuerId, entries: &[Entry]) -> bool {
        self.0
            .iter()
            .any(|link| link.issuer == issuer && entries.binary_search(&link.by_serial).is_ok())
    }

    /// Whether each certificate is covered by a current list, and none revokes it. Gives the
    /// second until which that can be said.
    ///
    /// # Errors
    /// [`Error::CertificateRevoked`], [`Error::RevocationUnknown`], [`Error::RevocationStale`].
    pub(crate) fn status(&self, lists: &[RevocationList<'_>], moment: u64) -> Result<u64, Error> {
        if lists.iter().any(|list| self.are_revoked_by(list)) {
            return Err(Error::CertificateRevoked);
        }
        let mut until = u64::MAX;
        for (_, above) in self.each() {
            let covers =
                |list: &&RevocationList<'_>| above.iter().any(|link| link.issuer == list.issuer);
            let ends = lists.iter().filter(covers).map(|list| seconds(list.next_update)).max();
            let ends = ends.ok_or(Error::RevocationUnknown)?;
            if ends < moment {
                return Err(Error::RevocationStale);
            }
            until = until.min(ends);
        }
        Ok(until)
    }
}

/// Writes and signs a list; `entries` are put in order, the same twice counts once. Gives how many
/// bytes: 107, and 16 an entry.
///
/// # Errors
/// [`Error::InvalidArgument`] for more than 65,535 entries and for a next update before the issue,
/// [`Error::BufferTooSmall`], or the signer's.
pub fn write_revocation_list(
    number: u64,
    issued: Timestamp,
    next_update: Timestamp,
    entries: &mut [Entry],
    signer: &mut impl SignP256,
    out: &mut [u8],
) -> Result<usize, Error> {
    entries.sort_unstable();
    let distinct = || {
        let before = core::iter::once(None).chain(entries.iter().map(Some));
        entries.iter().zip(before).filter(|(one, before)| Some(*one) != *before)
    };
    let count = u16::try_from(distinct().count()).map_err(|_| Error::InvalidArgument)?;
    if issued > next_update {
        return Err(Error::InvalidArgument);
    }
    let mut front = Vec::<u8, FRONT>::new();
    for part in [
        &[HEAD][..],
        IssuerId::of(&signer.public_key()).as_bytes(),
        &number.to_be_bytes(),
        &issued.as_micros().to_be_bytes(),
        &next_update.as_micros().to_be_bytes(),
        &count.to_be_bytes(),
    ] {
        front.extend_from_slice(part).map_err(|_| Error::BufferTooSmall)?;
    }
    let signed_len = FRONT.saturating_add(usize::from(count).saturating_mul(Entry::LEN));
    let len = signed_len.saturating_add(Signature::LEN);
    let out = out.get_mut(..len).ok_or(Error::BufferTooSmall)?;
    let (signed, place) = out.split_at_mut(signed_len);
    let bytes = front.iter().chain(distinct().flat_map(|(entry, _)| &entry.0));
    signed.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    let signature = signer.sign(&[LABEL, signed])?.normalised();
    place.iter_mut().zip(signature.as_bytes()).for_each(|(to, from)| *to = *from);
    Ok(len)
}
