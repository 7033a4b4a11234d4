"""What stands in a certificate (PROTOCOL.md §14.2), on pyca/cryptography's types.

Writes names and reads them back to show them. Whether a certificate counts is for the core to say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sealwire._native import ModuleId
from sealwire.errors import ErrorCode, MisuseError, SecurityError, error_for

__all__ = ["PURPOSE", "Identity"]

PURPOSE = x509.ObjectIdentifier("2.25.264026262878152930549538977271733003891")
"""The extended key usage for frames and access."""

_UUID, _ROLE, _TIME_SOURCE = "urn:uuid:", "urn:sealwire:role:", "urn:sealwire:time-source"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a certificate is for.

    Attributes:
        module: the module's ID; None where the certificate has none.
        roles: names of roles.
        time_source: whether others may take their time from it.
        hosts: host names and IP addresses, for TLS.
    """

    module: ModuleId | None
    roles: tuple[str, ...] = ()
    time_source: bool = False
    hosts: tuple[str, ...] = ()

    def alt_names(self) -> x509.SubjectAlternativeName:
        """The identity as a certificate's subject alternative name.

        Raises:
            MisuseError: INVALID_ARGUMENT for a name that isn't ASCII.
        """
        uris = [f"{_UUID}{self.module}"] if self.module is not None else []
        uris += [_ROLE + role for role in self.roles]
        uris += [_TIME_SOURCE] if self.time_source else []
        try:
            names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in uris]
            names += [_host(host) for host in self.hosts]
            return x509.SubjectAlternativeName(names)
        except ValueError:
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT, "a role or host name has other characters than ASCII"
            ) from None

    @staticmethod
    def of(holder: x509.Certificate | x509.CertificateSigningRequest) -> Identity:
        """What a certificate or a request says, unchecked.

        Raises:
            CertificateValidationError: IDENTITY_MALFORMED, CERTIFICATE_MALFORMED.
        """
        try:
            names = holder.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return Identity(None)
        except (ValueError, x509.DuplicateExtension):
            raise error_for(ErrorCode.CERTIFICATE_MALFORMED) from None
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        modules = [uri[len(_UUID) :] for uri in uris if uri.lower().startswith(_UUID)]
        ours = [uri for uri in uris if uri.lower().startswith("urn:sealwire:")]
        try:
            module = ModuleId(modules[0]) if modules else None
        except SecurityError:
            raise error_for(ErrorCode.IDENTITY_MALFORMED) from None
        hosts = [*names.get_values_for_type(x509.DNSName)]
        hosts += [str(address) for address in names.get_values_for_type(x509.IPAddress)]
        return Identity(
            module=module,
            roles=tuple(uri[len(_ROLE) :] for uri in ours if uri.lower().startswith(_ROLE)),
            time_source=any(uri.lower() == _TIME_SOURCE for uri in ours),
            hosts=tuple(hosts),
        )


def _host(text: str) -> x509.GeneralName:
    """A host name or, where it is one, an IP address."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def moment(micros: int) -> datetime:
    """A time of ours as a certificate has it: whole seconds."""
    return _EPOCH + timedelta(seconds=micros // 1_000_000)


def micros(when: datetime) -> int:
    """A certificate's time as one of ours."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def xy(key: ec.EllipticCurvePublicKey) -> bytes:
    """x and y, 64 bytes."""
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )[1:]


def public_key(
    holder: x509.Certificate | x509.CertificateSigningRequest,
) -> ec.EllipticCurvePublicKey:
    """The key in a certificate or a request.

    Raises:
        CertificateValidationError: CERTIFICATE_ALGORITHM if it isn't on P-256.
    """
    try:
        key = holder.public_key()
    except ValueError:
        raise error_for(ErrorCode.CERTIFICATE_ALGORITHM) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise error_for(ErrorCode.CERTIFICATE_ALGORITHM)
    return key


def der(certificate: x509.Certificate) -> bytes:
    """Its bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Certificates as text, one after the other."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def read_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates in a text, or the one in DER.

    Raises:
        CertificateValidationError: CERTIFICATE_MALFORMED.
    """
    try:
        if b"-----BEGIN" in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except ValueError:
        raise error_for(ErrorCode.CERTIFICATE_MALFORMED) from None
