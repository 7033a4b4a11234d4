"""Where private keys lie. Files now; a store on PKCS#11 or in a cloud implements `KeyStore`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sealwire.errors import ErrorCode, MisuseError, error_for
from sealwire.pki import files

__all__ = ["FileKeyStore", "KeyStore"]

PrivateKey = ec.EllipticCurvePrivateKey
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeyStore(ABC):
    """Keeps P-256 private keys under names.

    A store whose keys never leave it gives objects of a subclass of pyca/cryptography's
    `EllipticCurvePrivateKey` that sign in there; nothing here asks such an object for its number.
    """

    @abstractmethod
    def store_private_key(
        self, name: str, key: PrivateKey, passphrase: bytes | None = None
    ) -> None:
        """Keeps a key, in the place of the one that had this name.

        Args:
            name: letters, digits, dots, hyphens, underscores; at most 64.
            key: on P-256.
            passphrase: encrypts it, where the store does that.

        Raises:
            MisuseError: INVALID_ARGUMENT, KEY_INVALID.
            OSError: the old one is still there.
        """

    @abstractmethod
    def retrieve_private_key(self, name: str, passphrase: bytes | None = None) -> PrivateKey:
        """The key with this name.

        Raises:
            MisuseError: INVALID_ARGUMENT for a wrong or missing passphrase and for a key that
                others may read; KEY_INVALID for another kind of key.
            OSError: there is none, or it can't be read.
        """


class FileKeyStore(KeyStore):
    """Keys as PKCS #8 in PEM, one file each: `NAME.pem`, mode 0600, in a folder with mode 0700.

    A key is written whole or not at all. With a passphrase it is encrypted as pyca/cryptography
    deems best (PBES2, AES-256).

    Args:
        folder: is made where it is missing; its parent must be there.

    Raises:
        OSError: the folder can't be made.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            self._folder.mkdir(mode=files.PRIVATE_FOLDER)

    def path(self, name: str) -> Path:
        """The file of the key with this name.

        Raises:
            MisuseError: INVALID_ARGUMENT for what is no name.
        """
        if not _NAME.fullmatch(name):
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, f"{name!r} is no name for a key")
        return self._folder / f"{name}.pem"

    def store_private_key(
        self, name: str, key: PrivateKey, passphrase: bytes | None = None
    ) -> None:
        """As `KeyStore.store_private_key`."""
        check_curve(key)
        if passphrase == b"":
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the passphrase is empty")
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(passphrase)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        files.write_whole(self.path(name), pem)

    def retrieve_private_key(self, name: str, passphrase: bytes | None = None) -> PrivateKey:
        """As `KeyStore.retrieve_private_key`."""
        pem = files.read_private(self.path(name))
        if passphrase is not None and not self.is_encrypted(name):
            passphrase = None
        try:
            key = serialization.load_pem_private_key(pem, passphrase)
        except TypeError:
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT, f"the key {name!r} needs its passphrase"
            ) from None
        except ValueError:
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT, f"the key {name!r} is damaged, or its passphrase wrong"
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise error_for(ErrorCode.KEY_INVALID, f"the key {name!r} is not on P-256")
        check_curve(key)
        return key

    def is_encrypted(self, name: str) -> bool:
        """Whether the key with this name can't be had without a passphrase.

        Raises:
            OSError: there is none.
        """
        return b"BEGIN ENCRYPTED PRIVATE KEY" in self.path(name).read_bytes()


def check_curve(key: PrivateKey | ec.EllipticCurvePublicKey) -> None:
    """Refuses a key that is not on P-256.

    Raises:
        MisuseError: KEY_INVALID.
    """
    if not isinstance(key.curve, ec.SECP256R1):
        raise error_for(ErrorCode.KEY_INVALID, "the key is not on P-256")
