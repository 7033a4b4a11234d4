//! One certificate, taken apart: the profile of `PROTOCOL.md` §14.2, as far as a single
//! certificate shows it. Nothing is verified here.

use crate::error::Error;
use crate::x509::der::{self, Reader};

/// The most bytes of a certificate.
pub const MAX_CERTIFICATE: usize = 1_024;

/// id-ecPublicKey with prime256v1 (RFC 5480 §2.1.1), the contents of the AlgorithmIdentifier.
pub(crate) const KEY_ALGORITHM: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];

/// ecdsa-with-SHA256 (RFC 5758 §3.2), the contents of the AlgorithmIdentifier.
pub(crate) const SIGNATURE_ALGORITHM: &[u8] =
    &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// For frames and access: 2.25.264026262878152930549538977271733003891, the UUID
/// c6a19bcb-c765-40b6-9638-304e9a5ba673 (ITU-T X.667 §7).
pub const PURPOSE: &[u8] = &[
    0x69, 0x83, 0x8d, 0xa1, 0xcd, 0xf2, 0xf8, 0xf6, 0xaa, 0x82, 0xed, 0x96, 0x9c, 0x8c, 0x89, 0xe9,
    0xd2, 0xee, 0xcc, 0x73,
];

/// Bits of KeyUsage (RFC 5280 §4.2.1.3), bit 0 at the top of sixteen.
const DIGITAL_SIGNATURE: u16 = 0x8000;
const KEY_CERT_SIGN: u16 = 0x0400;
const CRL_SIGN: u16 = 0x0200;

/// A certificate of this profile. Every field is a part of its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Certificate<'a> {
    /// What is signed, with its tag, and the signature in DER.
    pub(crate) signed: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// Contents of the INTEGER: positive, at most 20 bytes.
    pub(crate) serial: &'a [u8],
    /// Contents of the names' SEQUENCEs.
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    /// Seconds since the Unix epoch, both still in.
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
    /// x ‖ y.
    pub(crate) xy: &'a [u8; 64],
    pub(crate) is_ca: bool,
    pub(crate) path_length: Option<u8>,
    key_usage: Option<u16>,
    /// Contents of the SEQUENCEs of OIDs and of names.
    purposes: Option<&'a [u8]>,
    pub(crate) names: Option<&'a [u8]>,
    pub(crate) has_name_constraints: bool,
}

impl<'a> Certificate<'a> {
    /// # Errors
    /// [`Error::CertificateTooLong`], [`Error::CertificateMalformed`],
    /// [`Error::CertificateAlgorithm`], [`Error::CriticalExtension`].
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, Error> {
        if der.len() > MAX_CERTIFICATE {
            return Err(Error::CertificateTooLong);
        }
        let mut outside = Reader::new(der);
        let mut parts = Reader::new(outside.read(der::SEQUENCE)?);
        outside.end()?;
        let (tbs, signed) = parts.read_whole(der::SEQUENCE)?;
        let algorithm = parts.read(der::SEQUENCE)?;
        let signature = parts.octets()?;
        parts.end()?;
        let mut tbs = Reader::new(tbs);

        // Version 3, which is 2.
        if tbs.read(0xa0)? != [der::INTEGER, 1, 2] {
            return Err(Error::CertificateMalformed);
        }
        let serial = tbs.read(der::INTEGER)?;
        let is_zero = serial == [0];
        if serial.len() > 20 || is_zero || der::unsigned(serial).is_err() {
            return Err(Error::CertificateMalformed);
        }
        if tbs.read(der::SEQUENCE)? != algorithm {
            return Err(Error::CertificateMalformed);
        }
        if algorithm != SIGNATURE_ALGORITHM {
            return Err(Error::CertificateAlgorithm);
        }
        let issuer = tbs.read(der::SEQUENCE)?;
        let mut validity = Reader::new(tbs.read(der::SEQUENCE)?);
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        validity.end()?;
        if not_before > not_after {
            return Err(Error::CertificateMalformed);
        }
        let subject = tbs.read(der::SEQUENCE)?;
        let mut parsed = Self {
            signed,
            signature,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            xy: key(tbs.read(der::SEQUENCE)?)?,
            is_ca: false,
            path_length: None,
            key_usage: None,
            purposes: None,
            names: None,
            has_name_constraints: false,
        };
        let mut extensions = Reader::new(tbs.read(0xa3)?);
        tbs.end()?;
        let mut each = Reader::new(extensions.read(der::SEQUENCE)?);
        extensions.end()?;
        parsed.read_extensions(&mut each)?;
        Ok(parsed)
    }

    fn read_extensions(&mut self, extensions: &mut Reader<'a>) -> Result<(), Error> {
        let mut seen = 0_u64;
        while !extensions.is_empty() {
            let mut extension = Reader::new(extensions.read(der::SEQUENCE)?);
            let id = extension.read(der::OID)?;
            let is_critical = extension.flag()?;
            let mut value = Reader::new(extension.read(der::OCTET_STRING)?);
            extension.end()?;
            // id-ce, 2.5.29 (RFC 5280 §4.2).
            let known = match id {
                [0x55, 0x1d, last] => *last,
                _ => 0,
            };
            if let bit @ 1.. = 1_u64.checked_shl(u32::from(known)).unwrap_or(0) & !1 {
                if seen & bit != 0 {
                    return Err(Error::CertificateMalformed);
                }
                seen |= bit;
            }
            match known {
                15 => self.key_usage = Some(key_usage(&mut value)?),
                17 => self.names = Some(value.read(der::SEQUENCE)?),
                19 => {
                    let mut constraints = Reader::new(value.read(der::SEQUENCE)?);
                    self.is_ca = constraints.flag()?;
                    self.path_length = match constraints.optional(der::INTEGER)? {
                        Some(length) => match der::unsigned(length)? {
                            [length] => Some(*length),
                            _ => return Err(Error::CertificateMalformed),
                        },
                        None => None,
                    };
                    constraints.end()?;
                    if self.path_length.is_some() && !self.is_ca {
                        return Err(Error::CertificateMalformed);
                    }
                }
                30 => {
                    value.read(der::SEQUENCE)?;
                    self.has_name_constraints = true;
                }
                37 => self.purposes = Some(value.read(der::SEQUENCE)?),
                _ if is_critical => return Err(Error::CriticalExtension),
                _ => continue,
            }
            value.end()?;
        }
        Ok(())
    }

    /// Digital signatures and no signing of certificates.
    pub(crate) fn may_sign_messages(&self) -> bool {
        matches!(self.key_usage, Some(bits) if bits & DIGITAL_SIGNATURE != 0 && bits & KEY_CERT_SIGN == 0)
    }

    /// An authority: CA, signing of certificates, and a name.
    pub(crate) fn may_issue(&self) -> bool {
        let may_sign = matches!(self.key_usage, Some(bits) if bits & KEY_CERT_SIGN != 0);
        self.is_ca && may_sign && !self.subject.is_empty()
    }

    /// Signing of revocation lists.
    pub(crate) fn may_revoke(&self) -> bool {
        matches!(self.key_usage, Some(bits) if bits & CRL_SIGN != 0)
    }

    /// Whether the extended key usage names [`PURPOSE`]; none if there is no such extension.
    ///
    /// # Errors
    /// [`Error::CertificateMalformed`] for an empty one.
    pub(crate) fn has_purpose(&self) -> Result<Option<bool>, Error> {
        let Some(purposes) = self.purposes else { return Ok(None) };
        let mut purposes = Reader::new(purposes);
        if purposes.is_empty() {
            return Err(Error::CertificateMalformed);
        }
        let mut found = false;
        while !purposes.is_empty() {
            found |= purposes.read(der::OID)? == PURPOSE;
        }
        Ok(Some(found))
    }
}

/// The point of a SubjectPublicKeyInfo's contents. Whether it lies on the curve is the engine's
/// to say.
fn key(contents: &[u8]) -> Result<&[u8; 64], Error> {
    let mut info = Reader::new(contents);
    if info.read(der::SEQUENCE)? != KEY_ALGORITHM {
        return Err(Error::CertificateAlgorithm);
    }
    let point = info.octets()?;
    info.end()?;
    match point.split_first() {
        Some((4, xy)) => xy.try_into().map_err(|_| Error::CertificateMalformed),
        Some((2 | 3, _)) => Err(Error::CertificateAlgorithm),
        _ => Err(Error::CertificateMalformed),
    }
}

/// The named bits, without trailing zeros (X.690 §11.2.2), at least one.
fn key_usage(value: &mut Reader<'_>) -> Result<u16, Error> {
    let (used, bits) = match value.read(der::BIT_STRING)? {
        [unused @ 0..=7, high] => (8_u8.saturating_sub(*unused), u16::from_be_bytes([*high, 0])),
        [unused @ 0..=7, high, low] => {
            (16_u8.saturating_sub(*unused), u16::from_be_bytes([*high, *low]))
        }
        _ => return Err(Error::CertificateMalformed),
    };
    let last = 16_u32.saturating_sub(bits.trailing_zeros());
    if bits == 0 || last != u32::from(used) {
        return Err(Error::CertificateMalformed);
    }
    Ok(bits)
}
