"""A module's folder: its key and certificate in versions, of which one is current.

    FOLDER/                    mode 0700
      current -> versions/0002
      versions/0001/           mode 0700
        key.pem                private key, mode 0600; none where a device keeps it
        certificate.pem        the module's, then its issuers', the anchor's last
        chain.pem              the same without the anchor's, as TLS sends it
        anchor.pem             the anchor's alone

Key and certificate change together, by one renaming of the link. A program that opens
`FOLDER/current/...` gets a pair that fits, before, during and after.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sealwire.errors import ErrorCode, MisuseError
from sealwire.pki import files, profile
from sealwire.pki.certificate import Certificate
from sealwire.pki.keystore import FileKeyStore

__all__ = ["Node"]

KEY = "key"
CURRENT = "current"


class Node:
    """The folder of one module.

    Args:
        folder: as `create` made it.

    Raises:
        OSError: it isn't there.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / CURRENT).exists():
            raise FileNotFoundError(f"{folder} is no module's folder")

    @staticmethod
    def create(
        folder: str | Path, certificate: Certificate, *, passphrase: bytes | None = None
    ) -> Node:
        """A new folder, there whole or not at all.

        Args:
            folder: must not be there.
            certificate: with its key, unless a device keeps that.
            passphrase: encrypts the key.

        Raises:
            FileExistsError: there is something at `folder`.
            OSError: there is nothing at `folder`.
        """
        with files.new_folder(Path(folder)) as beside:
            (beside / "versions").mkdir(mode=files.PRIVATE_FOLDER)
            first = beside / "versions" / "0001"
            _fill(first, certificate, passphrase)
            files.point(beside / CURRENT, "versions/0001")
        return Node(folder)

    @property
    def version(self) -> int:
        """The number of the current version.

        Raises:
            MisuseError: INVALID_ARGUMENT if `current` points elsewhere.
        """
        name = Path(os.readlink(self.folder / CURRENT)).name
        if not name.isdecimal():
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, f"{self.folder}: no current version")
        return int(name)

    def versions(self) -> list[int]:
        """The numbers of all versions, rising."""
        return sorted(int(p.name) for p in (self.folder / "versions").iterdir()
                      if p.name.isdecimal())  # fmt: skip

    def path(self, version: int | None = None) -> Path:
        """The folder of a version; of the current one where it is left out."""
        return self.folder / "versions" / f"{version or self.version:04}"

    def certificate(self, version: int | None = None) -> Certificate:
        """A version's certificate, without the key; the current one where it is left out.

        Raises:
            OSError: there is none.
            CertificateValidationError: CERTIFICATE_MALFORMED.
        """
        return Certificate.from_pem((self.path(version) / "certificate.pem").read_bytes())

    def load(self, *, passphrase: bytes | None = None) -> Certificate:
        """The current certificate with its key.

        Raises:
            OSError: there is none.
            MisuseError: INVALID_ARGUMENT, KEY_INVALID, as `FileKeyStore.retrieve_private_key`.
            CertificateValidationError: CERTIFICATE_MALFORMED.
        """
        path = self.path()
        found = Certificate.from_pem((path / "certificate.pem").read_bytes())
        return found.with_key(FileKeyStore(path).retrieve_private_key(KEY, passphrase))

    def has_key(self, version: int | None = None) -> bool:
        """Whether the key is here, or with the device."""
        return (self.path(version) / f"{KEY}.pem").exists()

    def add(self, certificate: Certificate, *, passphrase: bytes | None = None) -> int:
        """A new version, which isn't current yet. Gives its number.

        Raises:
            OSError: there is no new version.
        """
        with files.locked(self.folder):
            number = max(self.versions(), default=0) + 1
            _fill(self.folder / "versions" / f"{number:04}", certificate, passphrase)
        return number

    def switch(self, version: int) -> None:
        """Makes a version the current one, in one step.

        Raises:
            OSError: there is no such version, or the one before is still current.
        """
        with files.locked(self.folder):
            if not self.path(version).is_dir():
                raise FileNotFoundError(f"{self.folder} has no version {version}")
            files.point(self.folder / CURRENT, f"versions/{version:04}")

    def remove(self, version: int) -> None:
        """Removes a version with its key.

        Raises:
            MisuseError: INVALID_ARGUMENT for the current one.
        """
        with files.locked(self.folder):
            if version == self.version:
                raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the current version stays")
            shutil.rmtree(self.path(version))


def _fill(folder: Path, certificate: Certificate, passphrase: bytes | None) -> None:
    """Writes the folder of a version."""
    with files.new_folder(folder) as beside:
        if certificate.key is not None:
            FileKeyStore(beside).store_private_key(KEY, certificate.key, passphrase)
        chain = profile.pem((certificate.own, *certificate.issuers))
        for name, data in (
            ("certificate.pem", certificate.to_pem()),
            ("chain.pem", chain),
            ("anchor.pem", profile.pem([certificate.anchor])),
        ):
            files.write_whole(beside / name, data, files.PUBLIC_FILE)
