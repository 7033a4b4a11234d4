//! A request for a certificate (PKCS #10, RFC 2986), written on the device that holds the key.
//!
//! It says which module asks and in which roles, as the names that the certificate will have.
//! The subject is empty: the common name is never looked at. Who issues decides what becomes of
//! it; a request proves that its sender has the key, and nothing of who it is.

use core::fmt::Write as _;

use heapless::String;

use crate::access::RoleName;
use crate::crypto::p256::SignP256;
use crate::error::Error;
use crate::id::ModuleId;
use crate::x509::certificate::{KEY_ALGORITHM, SIGNATURE_ALGORITHM};
use crate::x509::der;
use crate::x509::identity::MAX_CERTIFIED_ROLES;

/// The most bytes of a request: 8 roles of 32 characters.
pub const MAX_SIGNING_REQUEST: usize = 768;

/// Of these, without the signature.
const INFO: usize = MAX_SIGNING_REQUEST - 96 - 4;

/// extensionRequest (RFC 2985 §5.4.2) and subjectAltName, as OIDs with their tags.
const EXTENSION_REQUEST: &[u8] =
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
const SUBJECT_ALT_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

/// uniformResourceIdentifier [6].
const URI: u8 = 0x86;

/// Writes a request for `module` with these roles, signed by the key that it is for. Gives how
/// many bytes, at most [`MAX_SIGNING_REQUEST`].
///
/// # Errors
/// [`Error::InvalidArgument`] for more than 8 roles, [`Error::InvalidRole`] for an empty one,
/// [`Error::BufferTooSmall`], or the signer's.
pub fn write_signing_request(
    module: ModuleId,
    roles: &[RoleName],
    signer: &mut impl SignP256,
    out: &mut [u8],
) -> Result<usize, Error> {
    if roles.len() > MAX_CERTIFIED_ROLES {
        return Err(Error::InvalidArgument);
    }
    let mut info = Backwards::<INFO>::new();
    for role in roles.iter().rev() {
        if role.as_bytes().is_empty() {
            return Err(Error::InvalidRole);
        }
        let end = info.mark();
        info.put(role.as_bytes())?;
        info.put(b"urn:sealwire:role:")?;
        info.wrap(URI, end)?;
    }
    let end = info.mark();
    let mut uuid = String::<36>::new();
    write!(uuid, "{module}").map_err(|_| Error::BufferTooSmall)?;
    info.put(uuid.as_bytes())?;
    info.put(b"urn:uuid:")?;
    info.wrap(URI, end)?;
    info.wrap(der::SEQUENCE, 0)?;
    info.wrap(der::OCTET_STRING, 0)?;
    info.put(SUBJECT_ALT_NAME)?;
    // Extension, Extensions, the set of the attribute's values, the attribute, attributes [0].
    for tag in [der::SEQUENCE, der::SEQUENCE, der::SET] {
        info.wrap(tag, 0)?;
    }
    info.put(EXTENSION_REQUEST)?;
    info.wrap(der::SEQUENCE, 0)?;
    info.wrap(0xa0, 0)?;
    let end = info.mark();
    info.put(signer.public_key().as_xy())?;
    info.put(&[der::BIT_STRING, 0x42, 0, 4])?;
    let before = info.mark();
    info.put(KEY_ALGORITHM)?;
    info.wrap(der::SEQUENCE, before)?;
    info.wrap(der::SEQUENCE, end)?;
    // Version 1, which is 0, and an empty subject.
    info.put(&[der::INTEGER, 1, 0, der::SEQUENCE, 0])?;
    info.wrap(der::SEQUENCE, 0)?;

    let signature = signer.sign(&[info.written()])?.normalised();
    let mut proof = Backwards::<96>::new();
    let (r, s) = signature.as_bytes().split_at(32);
    proof.put_unsigned(s)?;
    proof.put_unsigned(r)?;
    proof.wrap(der::SEQUENCE, 0)?;
    proof.put(&[0])?;
    proof.wrap(der::BIT_STRING, 0)?;
    let end = proof.mark();
    proof.put(SIGNATURE_ALGORITHM)?;
    proof.wrap(der::SEQUENCE, end)?;

    let mut head = Backwards::<4>::new();
    let len = info.mark().saturating_add(proof.mark());
    head.put_head(der::SEQUENCE, len)?;
    let len = len.saturating_add(head.mark());
    let place = out.get_mut(..len).ok_or(Error::BufferTooSmall)?;
    let bytes = [head.written(), info.written(), proof.written()].into_iter().flatten();
    place.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Ok(len)
}

/// A buffer that is filled from its end, so that a length is known before it is written.
struct Backwards<const N: usize> {
    bytes: [u8; N],
    free: usize,
}

impl<const N: usize> Backwards<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], free: N }
    }

    fn written(&self) -> &[u8] {
        self.bytes.get(self.free..).unwrap_or_default()
    }

    /// How many bytes there are: what comes in front of them is counted from here.
    fn mark(&self) -> usize {
        self.written().len()
    }

    fn put(&mut self, part: &[u8]) -> Result<(), Error> {
        let free = self.free.checked_sub(part.len()).ok_or(Error::BufferTooSmall)?;
        let place = self.bytes.iter_mut().skip(free);
        place.zip(part).for_each(|(to, from)| *to = *from);
        self.free = free;
        Ok(())
    }

    /// Makes what was put since `mark` the contents of a value.
    fn wrap(&mut self, tag: u8, mark: usize) -> Result<(), Error> {
        self.put_head(tag, self.mark().saturating_sub(mark))
    }

    fn put_head(&mut self, tag: u8, len: usize) -> Result<(), Error> {
        let len = u16::try_from(len).map_err(|_| Error::BufferTooSmall)?;
        match len.to_be_bytes() {
            [0, short @ 0..=0x7f] => self.put(&[tag, short]),
            [0, long] => self.put(&[tag, 0x81, long]),
            [high, low] => self.put(&[tag, 0x82, high, low]),
        }
    }

    /// A big-endian number as an INTEGER.
    fn put_unsigned(&mut self, number: &[u8]) -> Result<(), Error> {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let significant = number.get(zeros..).unwrap_or_default();
        let end = self.mark();
        self.put(significant)?;
        if significant.first().is_none_or(|first| *first > 0x7f) {
            self.put(&[0])?;
        }
        self.wrap(der::INTEGER, end)
    }
}
