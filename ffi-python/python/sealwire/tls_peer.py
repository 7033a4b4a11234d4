"""Who a certificate for TLS names, and whether that is whom the program expects.

OpenSSL has checked chain, time, revocation and, for a client, the host name. What is decided here
is what it doesn't ask: that the certificate is a module's (core/PROTOCOL.md §14.2 and §14.8), which
module's, and, for a server, which host's. Names are read by the core.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC
from enum import Enum
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from sealwire._native import ModuleId, identity_in
from sealwire.errors import ErrorCode, MisuseError, SecurityError
from sealwire.tls_errors import refused, wrong_host

__all__ = ["ANY_HOST", "ANY_MODULE", "PEER_ADDRESS", "TlsPeer", "Unasked"]

FRAMES = x509.ObjectIdentifier("2.25.264026262878152930549538977271733003891")
"""The purpose of certificates for frames and access. One for TLS needs none of it."""
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
_T = TypeVar("_T", bound=x509.ExtensionType)


class Unasked(Enum):
    """What says aloud that something isn't asked."""

    ANY_MODULE = "any module"
    ANY_HOST = "any host"
    PEER_ADDRESS = "the address that the connection comes from"


Modules = ModuleId | str | Collection[ModuleId | str] | Unasked
ANY_MODULE = Unasked.ANY_MODULE
"""Whatever module the authority vouches for."""
ANY_HOST = Unasked.ANY_HOST
"""A client's host isn't asked."""
PEER_ADDRESS = Unasked.PEER_ADDRESS
"""A client's certificate must be for the address that it connects from. Not behind asyncio, which
shows no address during a handshake: there every client is refused."""


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """Who is at the other end, as its certificate says and its authority vouches."""

    module_id: ModuleId
    roles: tuple[str, ...]
    is_time_source: bool
    hosts: tuple[str, ...]
    """DNS names and IP addresses."""
    not_after: int
    """When the certificate ends, in µs since 1970. An open connection isn't ended by it."""
    serial_number: int
    certificate: bytes = field(repr=False)
    """In DER."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom the program expects at the other end."""

    modules: frozenset[ModuleId] | None
    hosts: frozenset[str] | Unasked

    def check(self, peer: TlsPeer, address: str | None) -> None:
        """Refuses another module, or another host. `address` is where the connection comes from.

        Raises:
            TlsRefusedError: IDENTITY_MISMATCH.
            WrongHostError: IDENTITY_MISMATCH.
        """
        if self.modules is not None and peer.module_id not in self.modules:
            raise refused(ErrorCode.IDENTITY_MISMATCH, f"it is {peer.module_id}")
        if self.hosts is ANY_HOST:
            return
        if isinstance(self.hosts, Unasked):
            if address is None:
                raise wrong_host("the address of the connection isn't known here")
            wanted = frozenset({host(address)})
        else:
            wanted = self.hosts
        if wanted.isdisjoint(peer.hosts):
            raise wrong_host(f"it is for {', '.join(peer.hosts) or 'no host'}")


def host(text: str) -> str:
    """A name or an address in the one form in which they are compared. No wildcards."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text.rstrip(".").lower()
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def modules(given: Modules) -> frozenset[ModuleId] | None:
    """One ID, several, or ANY_MODULE (None)."""
    if isinstance(given, Unasked):
        if given is ANY_MODULE:
            return None
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "a module is named, or said to be ANY_MODULE")
    many = [given] if isinstance(given, (ModuleId, str)) else given
    found = frozenset(one if isinstance(one, ModuleId) else ModuleId(one) for one in many)
    if not found:
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "no module is named; or say ANY_MODULE")
    return found


def hosts(given: Collection[str] | Unasked) -> frozenset[str] | Unasked:
    """Names and addresses, or one of ANY_HOST and PEER_ADDRESS."""
    if given is ANY_HOST or given is PEER_ADDRESS:
        return given
    if isinstance(given, (str, Unasked)) or not given:
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "hosts are a list; or say ANY_HOST")
    return frozenset(host(one) for one in given)


def read(der: bytes, purpose: x509.ObjectIdentifier) -> TlsPeer:
    """Who a certificate names, if it is a module's and for this purpose.

    Raises:
        TlsRefusedError: CERTIFICATE_MALFORMED, CERTIFICATE_ALGORITHM, LEAF_IS_ISSUER,
            LEAF_KEY_USAGE, PURPOSE_MISSING, IDENTITY_MISSING, IDENTITY_AMBIGUOUS,
            IDENTITY_MALFORMED.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
        key = certificate.public_key()
        names = _extension(extensions, x509.SubjectAlternativeName)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise refused(ErrorCode.CERTIFICATE_MALFORMED, str(error)) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise refused(ErrorCode.CERTIFICATE_ALGORITHM, "its key is not P-256")
    constraints = _extension(extensions, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise refused(ErrorCode.LEAF_IS_ISSUER, "")
    usage = _extension(extensions, x509.KeyUsage)
    if usage is None or not usage.digital_signature or usage.key_cert_sign:
        raise refused(ErrorCode.LEAF_KEY_USAGE, "")
    purposes = _extension(extensions, x509.ExtendedKeyUsage)
    if purposes is None or purpose not in purposes:
        raise refused(ErrorCode.PURPOSE_MISSING, f"{purpose._name} is needed")
    if names is None:
        raise refused(ErrorCode.IDENTITY_MISSING, "it has no alternative name")
    try:
        module_id, roles, is_time_source = identity_in(names.public_bytes())
    except SecurityError as error:
        raise refused(error.code, error.detail) from None
    return TlsPeer(
        module_id,
        tuple(roles),
        is_time_source,
        (
            *(host(name) for name in names.get_values_for_type(x509.DNSName)),
            *(str(one) for one in names.get_values_for_type(x509.IPAddress)),
        ),
        int(certificate.not_valid_after_utc.astimezone(UTC).timestamp()) * 1_000_000,
        certificate.serial_number,
        der,
    )


def is_for_frames(der: bytes) -> bool:
    """Whether a certificate is also one for frames."""
    purposes = _extension(x509.load_der_x509_certificate(der).extensions, x509.ExtendedKeyUsage)
    return purposes is not None and FRAMES in purposes


def _extension(extensions: x509.Extensions, kind: type[_T]) -> _T | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
