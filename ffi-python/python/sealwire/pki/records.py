"""What an authority remembers of each certificate that it issued."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from sealwire.errors import ErrorCode, MisuseError
from sealwire.pki import profile, revocation

__all__ = ["IssuedCertificate"]


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """The record of a certificate.

    Attributes:
        serial: in hexadecimal digits.
        subject: the module's ID, or the name of an authority.
        not_after: its end, µs since 1970.
        certificate: in PEM.
        revoked: when it was, µs since 1970; None while it counts.
        reason: why it was revoked.
        key_revoked: whether every certificate for its key is.
    """

    serial: str
    subject: str
    not_after: int
    certificate: str
    revoked: int | None = None
    reason: str = ""
    key_revoked: bool = False

    def to_json(self) -> bytes:
        """As it is stored."""
        return to_json(asdict(self))


def to_json(members: dict[str, object]) -> bytes:
    """As it is stored."""
    return json.dumps(members, indent=1).encode() + b"\n"


def read(path: Path) -> IssuedCertificate:
    """The record in a file.

    Raises:
        OSError: there is none.
        MisuseError: INVALID_ARGUMENT if it is damaged.
    """
    try:
        return IssuedCertificate(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, f"{path} is no record") from None


def key_in(record: IssuedCertificate) -> ec.EllipticCurvePublicKey:
    """The key that was certified."""
    (certificate,) = profile.read_certificates(record.certificate.encode())
    return profile.public_key(certificate)


def as_revoked(record: IssuedCertificate) -> revocation.Revoked:
    """As a list has it."""
    return revocation.Revoked(
        serial=int(record.serial, 16),
        when=record.revoked or 0,
        reason=record.reason,
        key=key_in(record) if record.key_revoked else None,
    )
