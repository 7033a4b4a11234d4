//! Who a certificate is for, by its subject alternative name and by nothing else: exactly one
//! `urn:uuid:…`, roles as `urn:sealwire:role:…`, and `urn:sealwire:time-source`.
//!
//! URIs, because one line of an OpenSSL configuration writes them and every tool shows them as
//! text. Names of other kinds and URIs of others are passed over: the same certificate may serve
//! TLS. An unknown `urn:sealwire:` is refused, since it may mean a limit.

use crate::access::RoleName;
use crate::error::Error;
use crate::id::ModuleId;
use crate::x509::der::{self, Reader};

/// The most roles in a certificate.
pub const MAX_CERTIFIED_ROLES: usize = 8;

/// uniformResourceIdentifier \[6\] of a GeneralName (RFC 5280 §4.2.1.6).
const URI: u8 = 0x86;

const UUID: &[u8] = b"urn:uuid:";
const OURS: &[u8] = b"urn:sealwire:";
const ROLE: &[u8] = b"role:";
const TIME_SOURCE: &[u8] = b"time-source";

/// What the names of a certificate say to Sealwire.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    pub(crate) module: ModuleId,
    pub(crate) is_time_source: bool,
    names: &'a [u8],
}

enum Name<'a> {
    Module(ModuleId),
    Role(&'a [u8]),
    TimeSource,
    Other,
}

impl<'a> Identity<'a> {
    /// What a subject alternative name says: the extension's value, GeneralNames in DER. For
    /// certificates with another purpose, for TLS say. Whose certificate it is in, and whether that
    /// is to be believed, is for others to find out.
    ///
    /// # Errors
    /// [`Error::IdentityMissing`], [`Error::IdentityAmbiguous`], [`Error::IdentityMalformed`],
    /// [`Error::CertificateMalformed`].
    pub fn of_names(der: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der);
        let names = reader.read(der::SEQUENCE)?;
        reader.end()?;
        Self::parse(Some(names))
    }

    /// The module's ID.
    #[must_use]
    pub const fn module(&self) -> ModuleId {
        self.module
    }

    /// Whether other modules may take their time from it.
    #[must_use]
    pub const fn is_time_source(&self) -> bool {
        self.is_time_source
    }

    /// What it was read from.
    #[cfg(feature = "hardened")]
    pub(crate) const fn names(&self) -> &'a [u8] {
        self.names
    }

    /// From the contents of a certificate's GeneralNames.
    ///
    /// # Errors
    /// [`Error::IdentityMissing`], [`Error::IdentityAmbiguous`], [`Error::IdentityMalformed`],
    /// [`Error::CertificateMalformed`].
    pub(crate) fn parse(names: Option<&'a [u8]>) -> Result<Self, Error> {
        let names = names.ok_or(Error::IdentityMissing)?;
        let (mut module, mut is_time_source, mut roles) = (None, false, 0_usize);
        let mut reader = Reader::new(names);
        while !reader.is_empty() {
            match name(&mut reader)? {
                Name::Module(id) if module.is_none() => module = Some(id),
                Name::Module(_) => return Err(Error::IdentityAmbiguous),
                Name::Role(_) if roles == MAX_CERTIFIED_ROLES => {
                    return Err(Error::IdentityMalformed);
                }
                Name::Role(_) => roles = roles.saturating_add(1),
                Name::TimeSource if is_time_source => return Err(Error::IdentityMalformed),
                Name::TimeSource => is_time_source = true,
                Name::Other => {}
            }
        }
        let module = module.ok_or(Error::IdentityMissing)?;
        Ok(Self { module, is_time_source, names })
    }

    /// The roles' names, in the order of the certificate.
    #[must_use]
    pub fn roles(&self) -> CertifiedRoles<'a> {
        CertifiedRoles(Reader::new(self.names))
    }
}

impl CertifiedRoles<'_> {
    /// None at all.
    pub(crate) const NONE: Self = Self(Reader::new(&[]));
}

impl core::fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Identity")
            .field("module", &self.module)
            .field("roles", &self.roles())
            .finish_non_exhaustive()
    }
}

/// The names of the roles in a certificate, each `[a-z0-9._-]{1,32}`.
#[derive(Clone)]
pub struct CertifiedRoles<'a>(Reader<'a>);

impl<'a> Iterator for CertifiedRoles<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.0.is_empty() {
            if let Name::Role(role) = name(&mut self.0).ok()? {
                return core::str::from_utf8(role).ok();
            }
        }
        None
    }
}

impl core::fmt::Debug for CertifiedRoles<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

fn name<'a>(names: &mut Reader<'a>) -> Result<Name<'a>, Error> {
    let (tag, uri) = names.any()?;
    if tag & 0xc0 != 0x80 {
        return Err(Error::CertificateMalformed);
    }
    if tag != URI {
        return Ok(Name::Other);
    }
    if let Some(uuid) = after(uri, UUID) {
        return parse_uuid(uuid).map(Name::Module);
    }
    let Some(ours) = after(uri, OURS) else { return Ok(Name::Other) };
    if ours == TIME_SOURCE {
        return Ok(Name::TimeSource);
    }
    match ours.strip_prefix(ROLE) {
        Some(role) if !role.is_empty() && RoleName::from_bytes(role).is_ok() => {
            Ok(Name::Role(role))
        }
        _ => Err(Error::IdentityMalformed),
    }
}

/// What follows the prefix of a URN, of which upper and lower case are the same (RFC 8141 §3.1).
fn after<'a>(uri: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (front, rest) = uri.split_at_checked(prefix.len())?;
    front.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4), a module's ID.
fn parse_uuid(text: &[u8]) -> Result<ModuleId, Error> {
    if text.len() != 36 {
        return Err(Error::IdentityMalformed);
    }
    let mut bytes = [0_u8; ModuleId::LEN];
    let mut digits = text.iter().enumerate().filter_map(|(at, &byte)| match (at, byte) {
        (8 | 13 | 18 | 23, b'-') => None,
        (8 | 13 | 18 | 23, _) => Some(None),
        (_, byte) => Some(char::from(byte).to_digit(16)),
    });
    for byte in &mut bytes {
        for _ in 0..2 {
            let digit = digits.next().flatten().and_then(|digit| u8::try_from(digit).ok());
            *byte = *byte << 4 | digit.ok_or(Error::IdentityMalformed)?;
        }
    }
    if digits.next().is_some() {
        return Err(Error::IdentityMalformed);
    }
    ModuleId::new(bytes).map_err(|_| Error::IdentityMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn parse(uris: &[&str]) -> Result<(ModuleId, Vec<&'static str>, bool), Error> {
        let mut names = Vec::new();
        for uri in uris {
            names.extend([URI, u8::try_from(uri.len()).unwrap()]);
            names.extend(uri.as_bytes());
        }
        let names = names.leak();
        let identity = Identity::parse(Some(names))?;
        Ok((identity.module, identity.roles().collect(), identity.is_time_source))
    }

    const PUMP: &str = "urn:uuid:00010203-0405-4607-8809-0a0b0c0d0e0f";

    #[test]
    fn reads_identity_roles_and_time_source() {
        let module = ModuleId::new([0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15]);
        let role = "urn:sealwire:role:pump.controller";
        assert_eq!(parse(&[PUMP]).unwrap().0, module.unwrap());
        let all = parse(&["https://x", role, PUMP, "urn:sealwire:time-source"]).unwrap();
        assert_eq!((all.1, all.2), (std::vec!["pump.controller"], true));
        assert_eq!(parse(&[&PUMP.to_uppercase()]).unwrap().0, module.unwrap());
    }

    #[test]
    fn reads_the_names_of_any_certificate() {
        let mut value = std::vec![der::SEQUENCE, 47, URI, 45];
        value.extend(PUMP.as_bytes());
        let identity = Identity::of_names(&value).unwrap();
        assert_eq!((identity.module().as_bytes()[1], identity.is_time_source()), (1, false));
        assert_eq!(identity.roles().count(), 0);
        for bad in [&value[1..], &value[..20], &[&value[..], &[0]].concat()[..], &[]] {
            assert_eq!(Identity::of_names(bad).err(), Some(Error::CertificateMalformed));
        }
    }

    #[test]
    fn refuses_what_is_no_identity() {
        assert_eq!(Identity::parse(None).err(), Some(Error::IdentityMissing));
        assert_eq!(parse(&[]), Err(Error::IdentityMissing));
        assert_eq!(parse(&["urn:sealwire:role:a"]), Err(Error::IdentityMissing));
        assert_eq!(parse(&[PUMP, PUMP]), Err(Error::IdentityAmbiguous));
        for bad in [
            "urn:uuid:",
            "urn:uuid:000102030405460788090a0b0c0d0e0f",
            "urn:uuid:00010203-0405-4607-8809-0a0b0c0d0e0",
            "urn:uuid:{0010203-0405-4607-8809-0a0b0c0d0e0f",
            "urn:uuid:0001020304-05-4607-8809-0a0b0c0d0e0f",
            "urn:uuid:00010203-0405-4607-8809-0a0b0c0d0e0g",
            "urn:uuid:00000000-0000-0000-0000-000000000000",
            "urn:uuid:ffffffff-ffff-ffff-ffff-ffffffffffff",
            "urn:sealwire:",
            "urn:sealwire:role:",
            "urn:sealwire:role:A",
            "urn:sealwire:time-source2",
            "urn:sealwire:role:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "urn:SEALWIRE:limit:1",
        ] {
            assert_eq!(parse(&[PUMP, bad]), Err(Error::IdentityMalformed), "{bad}");
        }
        let source = "urn:sealwire:time-source";
        assert_eq!(parse(&[PUMP, source, source]), Err(Error::IdentityMalformed));
        let nine = ["urn:sealwire:role:a"; 9];
        assert!(parse(&[&[PUMP], &nine[..8]].concat()).is_ok());
        assert_eq!(parse(&[&[PUMP], &nine[..]].concat()), Err(Error::IdentityMalformed));
    }
}
