"""Writes the two lists of revoked certificates: a CRL (RFC 5280 §5), and the list for validators
without room for one (PROTOCOL.md §14.5). The core reads both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from sealwire.errors import ErrorCode, MisuseError
from sealwire.pki import profile
from sealwire.pki.certificate import Certificate
from sealwire.pki.keystore import PrivateKey

_HEAD = b"\x1d"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

REASONS = {
    "unspecified": x509.ReasonFlags.unspecified,
    "key-compromise": x509.ReasonFlags.key_compromise,
    "affiliation-changed": x509.ReasonFlags.affiliation_changed,
    "superseded": x509.ReasonFlags.superseded,
    "cessation": x509.ReasonFlags.cessation_of_operation,
}
"""Why a certificate is revoked, by the names of the command."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that no longer counts.

    Attributes:
        serial: its serial number.
        when: µs since 1970.
        reason: one of `REASONS`.
        key: its public key where that is revoked too, under whatever certificate.
    """

    serial: int
    when: int
    reason: str
    key: ec.EllipticCurvePublicKey | None = None


def crl(
    authority: Certificate, revoked: Iterable[Revoked], number: int, issued: int, next_update: int
) -> bytes:
    """The CRL, in DER. Times in µs since 1970."""
    public = profile.public_key(authority.own)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.own.subject)
        .last_update(profile.moment(issued))
        .next_update(profile.moment(next_update))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial)
        entry = entry.revocation_date(profile.moment(one.when))
        if one.reason != "unspecified":
            entry = entry.add_extension(x509.CRLReason(REASONS[one.reason]), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(_key(authority), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def compact_list(
    authority: Certificate, revoked: Iterable[Revoked], number: int, issued: int, next_update: int
) -> bytes:
    """The list of 107 bytes and 16 an entry. Times in µs since 1970.

    Raises:
        MisuseError: INVALID_ARGUMENT for more than 65,535 entries.
    """
    issuer = profile.xy(profile.public_key(authority.own))
    entries = set()
    for one in revoked:
        contents = one.serial.to_bytes(one.serial.bit_length() // 8 + 1)
        entries.add(_front(b"sealwire/1 revoked serial", issuer, contents))
        if one.key is not None:
            entries.add(_front(b"sealwire/1 revoked key", profile.xy(one.key)))
    if len(entries) >= 1 << 16:
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "a list has at most 65,535 entries")
    signed = b"".join(
        (
            _HEAD,
            _front(b"sealwire/1 issuer", issuer),
            number.to_bytes(8),
            # To the second, like the CRL of the same number.
            (issued // 1_000_000 * 1_000_000).to_bytes(8),
            (next_update // 1_000_000 * 1_000_000).to_bytes(8),
            len(entries).to_bytes(2),
            *sorted(entries),
        )
    )
    label = b"sealwire/1 revocation list"
    r, s = utils.decode_dss_signature(
        _key(authority).sign(label + signed, ec.ECDSA(hashes.SHA256()))
    )
    return signed + r.to_bytes(32) + min(s, _ORDER - s).to_bytes(32)


def _front(*parts: bytes) -> bytes:
    """The first half of a digest."""
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def _key(authority: Certificate) -> PrivateKey:
    if authority.key is None:
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the authority's private key isn't here")
    return authority.key
