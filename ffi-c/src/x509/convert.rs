//! From C's structs to the core's: what is read of them, and that outputs don't lie in it.

use core::mem::{align_of, size_of};

use sealwire_core::{
    Chain, ChainCredential, ChainTime, Error, MAX_CERTIFICATE, MAX_CERTIFIED_MESSAGE,
    MAX_CERTIFIED_ROLES, MAX_CHAIN, MAX_CHAIN_BYTES, Revocation, RevocationList, Timestamp,
};

use crate::engine::sealwire_bytes;
use crate::raw::{Input, Output, Span, disjoint, reference};
use crate::x509::given::{
    SEALWIRE_CHAIN_NOT_BEFORE, SEALWIRE_CHAIN_NOW, SEALWIRE_MAX_CERTIFICATE,
    SEALWIRE_MAX_CERTIFIED_MESSAGE, SEALWIRE_MAX_CERTIFIED_ROLES, SEALWIRE_MAX_CHAIN,
    SEALWIRE_MAX_CHAIN_BYTES, SEALWIRE_MAX_LISTS, SEALWIRE_REVOCATION_CRLS,
    SEALWIRE_REVOCATION_LISTS, SEALWIRE_REVOCATION_UNCHECKED, sealwire_chain,
    sealwire_chain_credential, sealwire_chain_time, sealwire_revocation,
};
use crate::x509::{list, trust};

const _: () = {
    assert!(SEALWIRE_MAX_CHAIN == MAX_CHAIN && SEALWIRE_MAX_CHAIN_BYTES == MAX_CHAIN_BYTES);
    assert!(SEALWIRE_MAX_CERTIFICATE == MAX_CERTIFICATE);
    assert!(SEALWIRE_MAX_CERTIFIED_ROLES == MAX_CERTIFIED_ROLES);
    assert!(SEALWIRE_MAX_CERTIFIED_MESSAGE == MAX_CERTIFIED_MESSAGE);
};

/// Storage for `T`s in C's slots `O`, each with room for one on every target: they lie at its
/// front, closer together.
///
/// # Errors
/// [`Error::ObjectSize`] for a size that is no multiple, or as [`Output::new`].
pub(crate) fn slots<O, T>(pointer: *mut O, size: usize) -> Result<Output<T>, Error> {
    const { assert!(size_of::<T>() <= size_of::<O>() && align_of::<T>() <= align_of::<O>()) };
    let whole = crate::validator::storage::<O>(pointer, size)?;
    Output::new(whole.start().cast::<T>(), whole.cap())
}

/// What a pointer and its count say: the bytes of each.
///
/// # Errors
/// `too_many`, or misuse of pointers.
///
/// # Safety
/// The array, and what it points to, is readable and unchanged for `'a`.
pub(crate) unsafe fn parts<'a, const N: usize>(
    array: *const sealwire_bytes,
    len: usize,
    too_many: Error,
) -> Result<([&'a [u8]; N], usize), Error> {
    let array = Input::new(array, len)?;
    let mut read: [&[u8]; N] = [&[]; N];
    let places = read.get_mut(..len).ok_or(too_many)?;
    // SAFETY: the caller's word.
    for (place, part) in places.iter_mut().zip(unsafe { array.read() }) {
        // SAFETY: as above.
        *place = unsafe { Input::new(part.data, part.len)?.read() };
    }
    Ok((read, len))
}

/// That nothing in `written` touches the array or what it points to.
///
/// # Errors
/// [`Error::Overlap`], or misuse of pointers.
///
/// # Safety
/// The array is readable.
pub(crate) unsafe fn apart(
    written: &[Span],
    array: *const sealwire_bytes,
    len: usize,
) -> Result<(), Error> {
    let array = Input::new(array, len)?;
    disjoint(written, &[array.span])?;
    // SAFETY: the caller's word.
    for part in unsafe { array.read() } {
        disjoint(written, &[Input::new(part.data, part.len)?.span])?;
    }
    Ok(())
}

impl sealwire_chain {
    /// # Errors
    /// [`Error::InvalidArgument`] for both forms at once, those of a [`Chain`], or misuse of
    /// pointers.
    ///
    /// # Safety
    /// The certificates are readable and unchanged for `'a`, and apart from what is written.
    pub(crate) unsafe fn read<'a>(&self, written: &[Span]) -> Result<Chain<'a>, Error> {
        // SAFETY: the caller's word.
        unsafe { apart(written, self.certificates, self.certificates_len) }?;
        let joined = Input::new(self.joined, self.joined_len)?;
        disjoint(written, &[joined.span])?;
        if self.joined_len == 0 {
            // SAFETY: the caller's word.
            let (parts, len) = unsafe {
                parts::<MAX_CHAIN>(self.certificates, self.certificates_len, Error::ChainLength)
            }?;
            return Chain::new(parts.get(..len).unwrap_or_default());
        }
        if self.certificates_len != 0 {
            return Err(Error::InvalidArgument);
        }
        // SAFETY: the caller's word.
        Chain::from_bytes(unsafe { joined.read() })
    }
}

impl sealwire_chain_time {
    /// # Errors
    /// [`Error::InvalidArgument`], [`Error::TimestampRange`].
    pub(crate) fn checked(&self) -> Result<ChainTime, Error> {
        let time = Timestamp::from_micros(self.time);
        match self.kind {
            SEALWIRE_CHAIN_NOW => time.map(ChainTime::Now),
            SEALWIRE_CHAIN_NOT_BEFORE => time.map(ChainTime::NotBefore),
            _ => Err(Error::InvalidArgument),
        }
    }
}

/// Lists and CRLs, copied out of C's arrays: what a [`Revocation`] borrows.
pub(crate) enum LookedUp<'a> {
    Unchecked,
    /// Without any.
    NoList,
    Lists([RevocationList<'a>; SEALWIRE_MAX_LISTS], usize),
    Crls([&'a [u8]; MAX_CHAIN], usize),
}

impl LookedUp<'_> {
    pub(crate) fn revocation(&self) -> Revocation<'_> {
        match self {
            Self::Unchecked => Revocation::Unchecked,
            Self::NoList => Revocation::Lists(&[]),
            Self::Lists(lists, len) => Revocation::Lists(lists.get(..*len).unwrap_or_default()),
            Self::Crls(crls, len) => Revocation::Crls(crls.get(..*len).unwrap_or_default()),
        }
    }
}

impl sealwire_revocation {
    /// # Errors
    /// [`Error::InvalidArgument`] for an unknown kind, for what belongs to another and for too
    /// many, [`Error::NotInitialised`] about a list, or misuse of pointers.
    ///
    /// # Safety
    /// All that is pointed to is readable and unchanged for `'a`.
    pub(crate) unsafe fn read<'a>(&self, written: &[Span]) -> Result<LookedUp<'a>, Error> {
        let lists = Input::new(self.lists, self.lists_len)?;
        disjoint(written, &[lists.span])?;
        // SAFETY: the caller's word.
        unsafe { apart(written, self.crls, self.crls_len) }?;
        // SAFETY: as above.
        let lists: &[*const _] = unsafe { lists.read() };
        match (self.kind, lists, self.crls_len) {
            (SEALWIRE_REVOCATION_UNCHECKED, [], 0) => Ok(LookedUp::Unchecked),
            (SEALWIRE_REVOCATION_LISTS, [], 0) => Ok(LookedUp::NoList),
            (SEALWIRE_REVOCATION_LISTS, [first, ..], 0) => {
                // SAFETY: the caller's word.
                let mut all = [unsafe { list::shared(*first, written) }?; SEALWIRE_MAX_LISTS];
                let places = all.get_mut(..lists.len()).ok_or(Error::InvalidArgument)?;
                for (place, one) in places.iter_mut().zip(lists) {
                    // SAFETY: as above.
                    *place = unsafe { list::shared(*one, written) }?;
                }
                Ok(LookedUp::Lists(all, lists.len()))
            }
            (SEALWIRE_REVOCATION_CRLS, [], _) => {
                // SAFETY: as above.
                let (crls, len) =
                    unsafe { parts(self.crls, self.crls_len, Error::InvalidArgument) }?;
                Ok(LookedUp::Crls(crls, len))
            }
            _ => Err(Error::InvalidArgument),
        }
    }
}

/// A chain credential that was looked at: what the core's borrows.
pub(crate) struct Lent<'a> {
    own: &'a [u8],
    trust: &'a trust::Core,
    looked_up: LookedUp<'a>,
    time: ChainTime,
}

impl<'a> Lent<'a> {
    /// `time` is the granter's own, or none for what the struct says.
    ///
    /// # Errors
    /// Those of its parts.
    ///
    /// # Safety
    /// All that is pointed to is readable, unchanged for `'a`, and the store is nobody else's.
    pub(crate) unsafe fn read(
        given: *const sealwire_chain_credential,
        time: Option<ChainTime>,
        written: &[Span],
    ) -> Result<Self, Error> {
        disjoint(written, &[Span::of_one(given)])?;
        // SAFETY: the caller's word.
        let given = unsafe { reference(given) }?;
        let own = Input::new(given.own, given.own_len)?;
        disjoint(written, &[own.span, Span::of_one(given.trust)])?;
        Ok(Self {
            // SAFETY: the caller's word.
            own: unsafe { own.read() },
            // SAFETY: as above.
            trust: unsafe { trust::shared(given.trust) }?,
            // SAFETY: as above.
            looked_up: unsafe { given.revocation.read(written) }?,
            time: time.map_or_else(|| given.time.checked(), Ok)?,
        })
    }

    /// How many bytes this side's chain has.
    pub(crate) const fn own_len(&self) -> usize {
        self.own.len()
    }

    pub(crate) fn credential(&self) -> ChainCredential<'_> {
        ChainCredential {
            own: self.own,
            trust: self.trust.view(),
            revocation: self.looked_up.revocation(),
            time: self.time,
        }
    }
}
