"""Looks after certificates: days left, chain, revocation, who may read what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

import sealwire
from sealwire.errors import SecurityError
from sealwire.pki import files, profile
from sealwire.pki.certificate import Certificate
from sealwire.pki.inspector import CertificateInspector
from sealwire.pki.node import Node

__all__ = ["CertificateHealth", "SecurityMonitor"]


@dataclass(frozen=True, slots=True)
class CertificateHealth:
    """How a certificate does.

    Attributes:
        path: the module's folder, or the file.
        module: the module's ID, where it can be read.
        days_left: until the first certificate of its chain ends; None where that can't be read.
        problems: what is to be done about; empty if all is well.
    """

    path: str
    module: str | None
    days_left: float | None
    problems: tuple[str, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether there is nothing to be done."""
        return not self.problems


class SecurityMonitor:
    """Judges certificates as a validator would.

    Args:
        anchors: certificates of the anchors that count. Never the ones that lie beside a
            certificate: those its thief may have put there.
        threshold_days: fewer days left than these is a problem.
    """

    def __init__(self, anchors: Iterable[x509.Certificate], *, threshold_days: float = 30) -> None:
        self._anchors = list(anchors)
        self._threshold = threshold_days

    def monitor_certificate_health(
        self,
        paths: Iterable[str | Path],
        *,
        lists: Sequence[bytes] | None = None,
        crls: Sequence[bytes] | None = None,
        now: int | None = None,
    ) -> list[CertificateHealth]:
        """Looks at each.

        Args:
            paths: modules' folders, or files with a certificate and its issuers.
            lists, crls: of revoked certificates; see `TrustStore.check`. Without either,
                revocation isn't looked at, and that is a problem.
            now: µs since 1970; the system clock where it is left out.
        """
        now = sealwire.now() if now is None else now
        return [self._look(Path(path), lists, crls, now) for path in paths]

    def _look(
        self,
        path: Path,
        lists: Sequence[bytes] | None,
        crls: Sequence[bytes] | None,
        now: int,
    ) -> CertificateHealth:
        problems = []
        module, days = None, None
        try:
            if path.is_dir():
                problems += _open_to_others(path)
                certificate = Node(path).certificate()
            else:
                certificate = Certificate.from_pem(path.read_bytes())
            expiration = CertificateInspector.check_expiration(
                certificate, threshold_days=self._threshold, now=now
            )
            days = expiration.days_left
            if expiration.state == "soon":
                problems.append(f"ends in {days:.1f} days")
            identity = certificate.identity
            module = None if identity.module is None else str(identity.module)
            problems += self._refused(certificate, lists, crls, now)
            if path.is_dir() and Node(path).has_key():
                problems += _wrong_key(Node(path), certificate)
        except SecurityError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(error.strerror or str(error))
        return CertificateHealth(str(path), module, days, tuple(problems))

    def _refused(
        self,
        certificate: Certificate,
        lists: Sequence[bytes] | None,
        crls: Sequence[bytes] | None,
        now: int,
    ) -> list[str]:
        """Why a validator would refuse the chain."""
        unchecked = lists is None and crls is None
        try:
            CertificateInspector(self._anchors, now=now).validate_certificate_chain(
                certificate, lists=lists, crls=crls, unchecked=unchecked, now=now
            )
        except SecurityError as error:
            return [str(error)]
        return ["revocation isn't looked at: no list was given"] if unchecked else []


def _open_to_others(folder: Path) -> list[str]:
    """What others than the owner may do something with."""
    private = [folder, *folder.glob("versions"), *folder.glob("versions/[0-9]*"),
               *folder.glob("versions/*/key.pem")]  # fmt: skip
    return [f"others may use {one}" for one in private if not files.is_private(one)]


def _wrong_key(node: Node, certificate: Certificate) -> list[str]:
    """Whether the key that lies beside fits, where it isn't encrypted."""
    pem = (node.path() / "key.pem").read_bytes()
    if b"BEGIN ENCRYPTED PRIVATE KEY" in pem or not files.is_private(node.path() / "key.pem"):
        return []
    key = node.load().key
    assert key is not None
    fits = profile.xy(key.public_key()) == profile.xy(profile.public_key(certificate.own))
    return [] if fits else ["key and certificate are not of one pair"]
