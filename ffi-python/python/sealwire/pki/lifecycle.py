"""Renews modules' certificates before they end, and goes back to the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sealwire
from sealwire.errors import ErrorCode, MisuseError, error_for
from sealwire.pki.authority import CertificateAuthority
from sealwire.pki.certificate import BACKDATED, DAY
from sealwire.pki.inspector import CertificateInspector
from sealwire.pki.node import Node

__all__ = ["CertificateLifecycleManager", "Renewal"]

THRESHOLD_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class Renewal:
    """What became of a module's certificate.

    Attributes:
        node: the module's folder.
        version: the version that is current now.
        renewed: whether that is a new one.
        error: why it couldn't be renewed, if it was to be; the one before is current then.
    """

    node: Node
    version: int
    renewed: bool
    error: Exception | None = None


class CertificateLifecycleManager:
    """Renews from one authority. The certificate before stays good until its own end: peers take
    both meanwhile, and no message is refused.

    Args:
        authority: with its key.
        threshold_days: fewer days than these, and a certificate is renewed.
        deploy: called with the folder when a new version is current, say to let a server load it.
            If it raises, the version before is made current again.
    """

    def __init__(
        self,
        authority: CertificateAuthority,
        *,
        threshold_days: float = THRESHOLD_DAYS,
        deploy: Callable[[Node], object] | None = None,
    ) -> None:
        self._authority = authority
        self._threshold = threshold_days
        self._deploy = deploy

    def renew(
        self,
        node: Node,
        *,
        days: float | None = None,
        passphrase: bytes | None = None,
        now: int | None = None,
    ) -> Renewal:
        """A new key and certificate for the same identity, made current. What fails leaves the
        version before current.

        Args:
            node: whose key is in its folder.
            days: how long the new one is valid; as long as the one before where it is left out.
            passphrase: encrypts the new key.
            now: µs since 1970; the system clock where it is left out.

        Raises:
            MisuseError: INVALID_ARGUMENT if the device keeps the key: it makes a new request.
            CertificateValidationError: UNKNOWN_ANCHOR for a certificate of another authority,
                CERTIFICATE_REVOKED for one that was taken back; as `CertificateAuthority.issue`.
            Exception: whatever `deploy` raised.
        """
        before, version = node.certificate(), node.version
        if not node.has_key():
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT, "the device keeps its key, and asks with a new request"
            )
        if passphrase is None and _is_encrypted(node):
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the new key needs a passphrase too")
        self._must_be_ours(node, version)
        identity = before.identity
        if identity.module is None:
            raise error_for(ErrorCode.IDENTITY_MISSING)
        info = CertificateInspector.get_certificate_info(before)
        lasted = (info.not_after - info.not_before - BACKDATED) / DAY
        made = self._authority.issue(
            identity.module,
            roles=identity.roles,
            time_source=identity.time_source,
            alt_names=identity.hosts,
            is_client_cert=_tls_side(info.purposes),
            days=lasted if days is None else days,
            now=now,
        )
        fresh = node.add(made, passphrase=passphrase)
        node.switch(fresh)
        if self._deploy is not None:
            try:
                self._deploy(node)
            except BaseException:
                node.switch(version)
                raise
        return Renewal(node, fresh, renewed=True)

    def auto_renew_certificates(
        self,
        nodes: Iterable[Node],
        *,
        passphrase: bytes | None = None,
        now: int | None = None,
    ) -> list[Renewal]:
        """Renews those that have fewer days left than the threshold. One that fails doesn't stop
        the others; its `error` says why.

        Args:
            nodes: modules whose keys are in their folders.
            passphrase: encrypts the new keys.
            now: µs since 1970; the system clock where it is left out.
        """
        now = sealwire.now() if now is None else now
        done = []
        for node in nodes:
            version = node.version
            try:
                state = CertificateInspector.check_expiration(
                    node.certificate(), threshold_days=self._threshold, now=now
                )
                if state.is_good:
                    done.append(Renewal(node, version, renewed=False))
                else:
                    done.append(self.renew(node, passphrase=passphrase, now=now))
            except Exception as error:
                done.append(Renewal(node, node.version, renewed=False, error=error))
        return done

    def certificate_rollback(self, node: Node, *, now: int | None = None) -> Renewal:
        """Makes the version before the current one current again, if it still counts.

        Args:
            node: with more than one version.
            now: µs since 1970; the system clock where it is left out.

        Raises:
            MisuseError: INVALID_ARGUMENT if there is none before.
            CertificateValidationError: why the one before doesn't count any more, such as
                CERTIFICATE_EXPIRED or CERTIFICATE_REVOKED.
        """
        current = node.version
        before = [version for version in node.versions() if version < current]
        if not before:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "there is no version before this one")
        self._must_be_ours(node, before[-1])
        node.certificate(before[-1]).check(now=now)
        node.switch(before[-1])
        return Renewal(node, before[-1], renewed=False)

    def _must_be_ours(self, node: Node, version: int) -> None:
        """Refuses a certificate that isn't this authority's, or was revoked by it."""
        own = self._authority.certificate
        certificate = node.certificate(version)
        try:
            certificate.own.verify_directly_issued_by(own.own)
        except Exception:
            # ValueError, TypeError or InvalidSignature: all say that it isn't.
            raise error_for(ErrorCode.UNKNOWN_ANCHOR, "another authority issued it") from None
        if self._authority.is_revoked(certificate):
            raise error_for(ErrorCode.CERTIFICATE_REVOKED)


def _tls_side(purposes: tuple[str, ...]) -> bool | None:
    """What `is_client_cert` was."""
    if "serverAuth" in purposes:
        return None if "clientAuth" in purposes else False
    return True


def _is_encrypted(node: Node) -> bool:
    return b"BEGIN ENCRYPTED PRIVATE KEY" in (node.path() / "key.pem").read_bytes()
