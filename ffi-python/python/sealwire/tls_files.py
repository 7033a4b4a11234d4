"""The files of one side of a TLS connection: which, and how they are loaded into an `SSLContext`.

Decides that a key file is its owner's alone, that anchors sign themselves and that a file of CRLs
brings no anchor along. Whether certificate, chain and CRLs fit each other is asked in a handshake.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sealwire.errors import ErrorCode, MisuseError

__all__ = ["NO_REVOCATION", "Credentials"]

StrPath = str | os.PathLike[str]
_CRL = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)
NO_REVOCATION: tuple[()] = ()
"""Instead of CRLs: revocation isn't asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The files of one side, in PEM (a CRL in DER will do). They are read again at every reload."""

    certificate: StrPath
    """This side's certificate, then those of the authorities between it and the anchor."""
    key: StrPath
    """Its private key; nobody else may read or write the file."""
    anchors: Sequence[StrPath]
    """The roots that vouch for peers; each file one or more certificates that sign themselves."""
    crls: Sequence[StrPath]
    """A list of each issuer that occurs in a chain, the root's too; or NO_REVOCATION."""
    password: bytes | Callable[[], bytes] | None = field(default=None, repr=False)
    """Of the key, if it is encrypted. Without it an encrypted key is refused, never asked for."""

    def stamp(self) -> tuple[object, ...]:
        """Another one once a file was replaced or written."""
        files = (self.certificate, self.key, *self.anchors, *self.crls)
        states = [Path(path).stat() for path in files]
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in states)

    def load_trust(self, context: ssl.SSLContext) -> dict[bytes, int]:
        """Loads anchors and CRLs; with CRLs, every certificate of a chain is looked up in one.

        Returns:
            Of each issuer, by name and key, the number of its CRL; -1 for one without.

        Raises:
            MisuseError: INVALID_ARGUMENT, with what is wrong.
            OSError: a file can't be read.
        """
        anchors = [(path, one) for path in self.anchors for one in certificates(path)]
        if not anchors:
            raise bad("there is no anchor")
        for path, one in anchors:
            if one.issuer != one.subject:
                raise bad(f"{path}: an anchor signs itself")
            context.load_verify_locations(cadata=one.public_bytes(Encoding.DER))
        # OpenSSL takes lists from files only, and would take certificates in them for anchors.
        found = [one for path in self.crls for one in lists(path)]
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(b"".join(one.public_bytes(Encoding.PEM) for one in found))
            file.flush()
            if self.crls:
                context.load_verify_locations(cafile=file.name)
        if self.crls:
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        return {_issuer(one): _number(one) for one in found}

    def load_own(self, context: ssl.SSLContext) -> bytes:
        """Loads certificate and key; gives the certificate in DER.

        Raises:
            MisuseError: INVALID_ARGUMENT, also if others than its owner may use the key.
            OSError: a file can't be read.
        """
        if os.name == "posix" and stat.S_IMODE(Path(self.key).stat().st_mode) & 0o077:
            raise bad(f"others than the owner may use it; run: chmod 600 {self.key}")
        der = certificates(self.certificate)[0].public_bytes(Encoding.DER)
        try:
            context.load_cert_chain(self.certificate, self.key, self.password or _no_password)
        except ssl.SSLError as error:
            raise bad(f"{self.key}: {error.reason or 'not the key of this certificate'}") from None
        return der


def _issuer(crl: x509.CertificateRevocationList) -> bytes:
    try:
        known = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return crl.issuer.public_bytes()
    return crl.issuer.public_bytes() + (known.value.key_identifier or b"")


def _number(crl: x509.CertificateRevocationList) -> int:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return -1


def bad(detail: str) -> MisuseError:
    """What is wrong with a file or an argument."""
    return MisuseError(ErrorCode.INVALID_ARGUMENT, detail)


def certificates(path: StrPath) -> list[x509.Certificate]:
    """The certificates of a PEM file."""
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except ValueError:
        raise bad(f"{path}: no certificate in PEM") from None


def lists(path: StrPath) -> list[x509.CertificateRevocationList]:
    """The CRLs of a file, in PEM, or one in DER."""
    data = Path(path).read_bytes()
    try:
        if b"-----BEGIN" not in data:
            return [x509.load_der_x509_crl(data)]
        found = [x509.load_pem_x509_crl(one) for one in _CRL.findall(data)]
    except ValueError:
        found = []
    if not found:
        raise bad(f"{path}: no CRL")
    return found


def _no_password() -> bytes:
    # Without a callback OpenSSL asks on the terminal.
    return b""
