"""Looks at certificates: what they say, when they end, and by the core whether they count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from cryptography import x509

import sealwire
from sealwire._native import CheckedChain, TrustStore
from sealwire.pki import profile
from sealwire.pki.certificate import DAY, Certificate
from sealwire.pki.request import fingerprint

__all__ = ["CertificateInfo", "CertificateInspector", "Expiration"]


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What one certificate says, unchecked.

    Attributes:
        serial: in hexadecimal digits.
        subject, issuer: names as RFC 4514 writes them.
        module: the module's ID, if it is one's.
        roles: names of roles.
        time_source: whether others may take their time from it.
        hosts: host names and IP addresses.
        is_authority: whether it may issue.
        purposes: extended key usages: "sealwire", "serverAuth", "clientAuth", or numbers.
        not_before, not_after: µs since 1970.
        key: SHA-256 of x ‖ y, in hexadecimal digits.
        sha256: of the certificate's bytes, in hexadecimal digits.
        bytes: how long it is; at most 1,024 are taken.
    """

    serial: str
    subject: str
    issuer: str
    module: str | None
    roles: tuple[str, ...]
    time_source: bool
    hosts: tuple[str, ...]
    is_authority: bool
    purposes: tuple[str, ...]
    not_before: int
    not_after: int
    key: str
    sha256: str
    bytes: int

    def to_dict(self) -> dict[str, object]:
        """The members by name, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Expiration:
    """How long a certificate has still to go.

    Attributes:
        state: "good", "soon" (fewer days than the threshold), "expired" or "not yet valid".
        days_left: until its end; below 0 after it.
    """

    state: str
    days_left: float

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be done."""
        return self.state == "good"


class CertificateInspector:
    """Checks chains under anchors, by the core's rules and no others.

    Args:
        anchors: certificates of anchors.
        fleets: for which modules they may issue: up to 4 pairs of 16 bytes and the number of bits
            that count; 0 is all modules.
        roles: which roles they may give, up to 8; None for all.
        authorities: whether authorities below them needn't be registered.
        time_sources: whether they may make sources of time.
        now: µs since 1970 at which the anchors must be valid; the system clock where it is left
            out.

    Raises:
        CertificateValidationError: an anchor is none.
    """

    def __init__(
        self,
        anchors: Iterable[x509.Certificate],
        *,
        fleets: Sequence[tuple[bytes, int]] = ((bytes(16), 0),),
        roles: Sequence[str] | None = None,
        authorities: bool = True,
        time_sources: bool = True,
        now: int | None = None,
    ) -> None:
        anchors = list(anchors)
        self._store = TrustStore(max(1, len(anchors)))
        for anchor in anchors:
            self._store.install_anchor(
                profile.der(anchor),
                fleets=fleets,
                roles=roles or (),
                any_role=roles is None,
                any_authority=authorities,
                time_sources=time_sources,
                now=now,
            )

    def validate_certificate_chain(
        self,
        certificate: Certificate | Sequence[bytes],
        *,
        lists: Sequence[bytes] | None = None,
        crls: Sequence[bytes] | None = None,
        unchecked: bool = False,
        now: int | None = None,
    ) -> CheckedChain:
        """Checks a chain as a validator does.

        Args:
            certificate: with its issuers; or a chain in DER, the module's first.
            lists, crls: of revoked certificates; see `TrustStore.check`.
            unchecked: revocation isn't looked at. One of these three is to be given.
            now: µs since 1970; the system clock where it is left out.

        Raises:
            CertificateValidationError: why it is refused.
            MisuseError: INVALID_ARGUMENT.
        """
        chain = certificate.chain if isinstance(certificate, Certificate) else certificate
        return self._store.check(chain, lists=lists, crls=crls, unchecked=unchecked, now=now)

    @staticmethod
    def get_certificate_info(certificate: Certificate | x509.Certificate) -> CertificateInfo:
        """What a certificate says. Nothing of it is checked.

        Raises:
            CertificateValidationError: CERTIFICATE_MALFORMED, CERTIFICATE_ALGORITHM.
        """
        one = certificate.own if isinstance(certificate, Certificate) else certificate
        identity = profile.Identity.of(one)
        return CertificateInfo(
            serial=f"{one.serial_number:x}",
            subject=one.subject.rfc4514_string(),
            issuer=one.issuer.rfc4514_string(),
            module=None if identity.module is None else str(identity.module),
            roles=identity.roles,
            time_source=identity.time_source,
            hosts=identity.hosts,
            is_authority=_is_authority(one),
            purposes=_purposes(one),
            not_before=profile.micros(one.not_valid_before_utc),
            not_after=profile.micros(one.not_valid_after_utc),
            key=fingerprint(profile.public_key(one)),
            sha256=hashlib.sha256(profile.der(one)).hexdigest(),
            bytes=len(profile.der(one)),
        )

    @staticmethod
    def check_expiration(
        certificate: Certificate, *, threshold_days: float = 30, now: int | None = None
    ) -> Expiration:
        """When the first certificate of the chain ends, its anchor's among them.

        Args:
            certificate: with its chain.
            threshold_days: below that it is "soon".
            now: µs since 1970; the system clock where it is left out.
        """
        now = sealwire.now() if now is None else now
        every = (certificate.own, *certificate.issuers, certificate.anchor)
        begin = max(profile.micros(one.not_valid_before_utc) for one in every)
        end = min(profile.micros(one.not_valid_after_utc) for one in every)
        days = (end - now) / DAY
        # Certificates count to the end of their last second.
        if now >= end + 1_000_000:
            return Expiration("expired", days)
        if now < begin:
            return Expiration("not yet valid", days)
        return Expiration("soon" if days < threshold_days else "good", days)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def _purposes(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return ()
    names = {
        profile.PURPOSE.dotted_string: "sealwire",
        "1.3.6.1.5.5.7.3.1": "serverAuth",
        "1.3.6.1.5.5.7.3.2": "clientAuth",
    }
    return tuple(names.get(one.dotted_string, one.dotted_string) for one in found.value)
