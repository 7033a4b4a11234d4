"""Renewed certificates, anchors, lists and CRLs, taken from their files while a program runs.

Decides what counts as changed, and that each file stands alone: a bad list doesn't hold back a
good certificate. What is bad leaves what was there before in use, and is tried again. Sessions go
on; those of whom a new list revokes end (`TrustStore.take_list`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sealwire._native import ChainCredential, TrustStore
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.log import logger
from sealwire.pki import profile
from sealwire.pki.certificate import Certificate
from sealwire.pki.node import Node

__all__ = ["Rights", "Rotation"]

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an anchor may issue, as for `TrustStore.install_anchor`. Nothing that isn't said."""

    fleets: tuple[tuple[bytes, int], ...] = ()
    roles: tuple[str, ...] = ()
    any_role: bool = False
    any_authority: bool = False
    time_sources: bool = False


class UsesChain(Protocol):
    """A `Granter`, or a `sealwire.module.SecurityManager`."""

    def use_chain(self, chain: ChainCredential, /) -> None: ...


@dataclass(slots=True)
class _Watched:
    """Files that belong together, and what to do when they are others."""

    files: Callable[[], tuple[Path, ...]]
    take: Callable[[], object]
    seen: Stamp | None = None

    def refresh(self) -> bool:
        states = [path.stat() for path in self.files()]
        stamp = tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in states)
        if stamp == self.seen:
            return False
        self.take()
        self.seen = stamp
        return True


class Rotation:
    """One side's certificate and key, and whom it trusts, as their files are now.

    Args:
        node: the module's own folder.
        trust: what anchors, lists and CRLs go into. Granter and exchanges check by it.
        anchors: files of anchors (PEM, one or more in each) with what they may issue. A renewed
            certificate of the same name and key takes the old one's place; a new anchor needs a
            new name, and an anchor that is no longer in its file is removed.
        lists: files of Sealwire's lists (`ca.list`).
        crls: files of CRLs (`ca.crl`), in DER or PEM.
        revocation: how the other side's certificates are looked up: as for `ChainCredential`.
        passphrase: of the key, if it is encrypted.

    Raises:
        SecurityError, OSError: as `refresh`: at the beginning everything must be good.
    """

    def __init__(
        self,
        node: Node | str | Path,
        trust: TrustStore,
        *,
        anchors: Mapping[str | Path, Rights] | None = None,
        lists: Iterable[str | Path] = (),
        crls: Iterable[str | Path] = (),
        revocation: Literal["lists", "crls", "unchecked"] = "lists",
        passphrase: bytes | None = None,
    ) -> None:
        self._node = node if isinstance(node, Node) else Node(node)
        self._trust, self._revocation, self._passphrase = trust, revocation, passphrase
        self._lock = threading.RLock()
        self._current: tuple[Certificate, ChainCredential]
        self._granters: list[UsesChain] = []
        self._installed: dict[Path, dict[bytes, bytes]] = {}
        self._watched = [
            *(self._watch(Path(path), self._anchors, rights)
              for path, rights in (anchors or {}).items()),
            *(self._watch(Path(path), lambda p: trust.take_list(p.read_bytes())) for path in lists),
            *(self._watch(Path(path), lambda p: trust.take_crl(_der(p))) for path in crls),
            _Watched(self._own_files, self._own),
        ]  # fmt: skip
        self.refresh()

    @property
    def credential(self) -> ChainCredential:
        """This side's chain and key, for the next `Exchange.begin`. Another object once they were
        renewed."""
        return self._current[1]

    @property
    def certificate(self) -> Certificate:
        """This side's certificate, with its key."""
        return self._current[0]

    def attach(self, granter: UsesChain) -> None:
        """Lets a granter, or a manager, go on with each renewed chain, from this one on."""
        with self._lock:
            granter.use_chain(self.credential)
            self._granters.append(granter)

    def refresh(self) -> bool:
        """Takes what has changed. Gives whether something has.

        Raises:
            SecurityError: what is wrong with the first file that is bad, such as REVOCATION_OLD for
                a list that goes back, or IDENTITY_MISMATCH for a certificate of another module.
                What it should replace stays; all other files were looked at.
            OSError: a file can't be read; likewise.
        """
        failures: list[Exception] = []
        changed = False
        with self._lock:
            for one in self._watched:
                try:
                    changed |= one.refresh()
                except (SecurityError, OSError) as failure:
                    failures.append(failure)
        if failures:
            raise failures[0]
        return changed

    @contextmanager
    def watch(
        self, every: float = 1.0, on_error: Callable[[Exception], object] | None = None
    ) -> Iterator[None]:
        """Looks at the files in a thread of its own, as long as the `with` lasts.

        Args:
            every: seconds.
            on_error: called with what `refresh` raises. It is logged too, once each.
        """
        over = threading.Event()
        thread = threading.Thread(
            target=self._look, args=(over, every, on_error), name="sealwire rotation", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look(
        self,
        over: threading.Event,
        every: float,
        on_error: Callable[[Exception], object] | None,
    ) -> None:
        said = ""
        while not over.wait(every):
            try:
                self.refresh()
                said = ""
            except (SecurityError, OSError) as failure:
                if said != (said := str(failure)):
                    logger.warning("certificates stay as they were: %s", failure)
                if on_error is not None:
                    on_error(failure)

    @staticmethod
    def _watch(path: Path, take: Callable[..., object], *more: object) -> _Watched:
        return _Watched(lambda: (path,), lambda: take(path, *more))

    def _own_files(self) -> tuple[Path, ...]:
        folder = self._node.path()
        return folder / "certificate.pem", folder / "key.pem"

    def _own(self) -> None:
        """A renewed chain: tried by the core, then handed to the granters."""
        certificate = self._node.load(passphrase=self._passphrase)
        module = certificate.check().module
        before = getattr(self, "_current", None)
        if before is not None and before[0].identity.module != module:
            raise error_for(ErrorCode.IDENTITY_MISMATCH, f"the new certificate is {module}'s")
        credential = certificate.credential(self._trust, revocation=self._revocation)
        self._current = certificate, credential
        for granter in self._granters:
            granter.use_chain(credential)

    def _anchors(self, path: Path, rights: Rights) -> None:
        """Installs what is new in the file, renews what has a new certificate, removes the rest."""
        known = self._installed.setdefault(path, {})
        found = {profile.der(one) for one in profile.read_certificates(path.read_bytes())}
        kept = {known[der] for der in found if der in known}
        for der in found - known.keys():
            try:
                issuer = self._trust.install_anchor(der, **asdict(rights))
            except SecurityError as failure:
                if failure.code is not ErrorCode.DUPLICATE_ISSUER:
                    raise
                issuer = self._trust.install_anchor(der, renew=True, **asdict(rights))
            known[der] = issuer
            kept.add(issuer)
        for der, issuer in list(known.items()):
            if der not in found:
                del known[der]
                if issuer not in kept:
                    self._trust.remove(issuer)


def _der(path: Path) -> bytes:
    """A CRL as it is, or out of PEM."""
    data = path.read_bytes()
    if b"-----BEGIN" not in data:
        return data
    try:
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError:
        raise error_for(ErrorCode.REVOCATION_MALFORMED, str(path)) from None
