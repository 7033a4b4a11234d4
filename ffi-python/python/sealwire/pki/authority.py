"""An authority in a folder: its key, its certificate, what it issued, what it took back.

    FOLDER/            mode 0700
      ca.pem           its certificate, those above it, its anchor's last
      keys/ca.pem      its private key, unless another key store has it
      issued/SERIAL    one record of JSON for each certificate
      lists.json       the number of the last revocation lists
      ca.crl, ca.list  the last lists

Every record is written before the certificate is handed out: what is out there can be revoked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

import sealwire
from sealwire._native import ModuleId
from sealwire.errors import ErrorCode, MisuseError, error_for
from sealwire.pki import files, profile, records, revocation
from sealwire.pki.certificate import DAY, Certificate
from sealwire.pki.keystore import FileKeyStore, KeyStore
from sealwire.pki.records import IssuedCertificate
from sealwire.pki.request import SigningRequest

__all__ = ["CertificateAuthority"]

KEY = "ca"


class CertificateAuthority:
    """Issues, revokes and lists; made by `create` or `load`. Several processes may use one folder.

    Attributes:
        folder: where it is.
        certificate: its certificate, with its key where that was loaded.
    """

    def __init__(self, folder: Path, certificate: Certificate) -> None:
        self.folder = folder
        self.certificate = certificate

    @staticmethod
    def create(
        folder: str | Path,
        name: str,
        *,
        days: float = 3650,
        path_length: int | None = None,
        parent: CertificateAuthority | None = None,
        passphrase: bytes | None = None,
        keys: KeyStore | None = None,
        now: int | None = None,
    ) -> CertificateAuthority:
        """A new authority in a new folder, which is there whole or not at all.

        Args:
            folder: must not be there.
            name, days, path_length, now: as for `Certificate.create_ca`.
            parent: the authority above, with its key; none for a root.
            passphrase: encrypts the key.
            keys: where the key goes, under the name "ca"; the folder itself where it is left out.

        Raises:
            FileExistsError: there is something at `folder`.
            MisuseError, CertificateValidationError: as `Certificate.create_ca`.
        """
        folder = Path(folder)
        issuer = None if parent is None else parent.certificate
        made = Certificate.create_ca(
            name, days=days, path_length=path_length, issuer=issuer, now=now
        )
        assert made.key is not None
        with files.new_folder(folder) as beside:
            (beside / "issued").mkdir(mode=files.PRIVATE_FOLDER)
            store = FileKeyStore(beside / "keys") if keys is None else keys
            store.store_private_key(KEY, made.key, passphrase)
            files.write_whole(beside / "ca.pem", made.to_pem(), files.PUBLIC_FILE)
            files.write_whole(beside / "lists.json", records.to_json({"number": 0}))
            if parent is not None:
                parent._record(made, name)
        return CertificateAuthority(folder, made)

    @staticmethod
    def load(
        folder: str | Path,
        *,
        passphrase: bytes | None = None,
        keys: KeyStore | None = None,
        without_key: bool = False,
    ) -> CertificateAuthority:
        """The authority in a folder.

        Args:
            folder: as `create` made it.
            passphrase, keys: as there.
            without_key: leaves the key alone, to look only.

        Raises:
            OSError: it isn't there.
            MisuseError: INVALID_ARGUMENT, KEY_INVALID for a key that can't be used.
            CertificateValidationError: CERTIFICATE_MALFORMED.
        """
        folder = Path(folder)
        certificate = Certificate.from_pem((folder / "ca.pem").read_bytes())
        if not without_key:
            if keys is None:
                _is_there(folder / "keys")
            store = FileKeyStore(folder / "keys") if keys is None else keys
            certificate = certificate.with_key(store.retrieve_private_key(KEY, passphrase))
        return CertificateAuthority(folder, certificate)

    def issue(
        self,
        module_id: ModuleId | str,
        *,
        public_key: ec.EllipticCurvePublicKey | None = None,
        roles: Iterable[str] = (),
        time_source: bool = False,
        alt_names: Iterable[str] = (),
        is_client_cert: bool | None = None,
        days: float = 365,
        now: int | None = None,
    ) -> Certificate:
        """A certificate for a module, recorded; arguments and errors are those of
        `Certificate.create_signed_certificate`.
        """
        made = self.certificate.create_signed_certificate(
            module_id,
            public_key=public_key,
            roles=roles,
            time_source=time_source,
            alt_names=alt_names,
            is_client_cert=is_client_cert,
            days=days,
            now=now,
        )
        self._record(made, str(ModuleId(module_id)))
        return made

    def sign_request(
        self,
        request: SigningRequest | bytes,
        module_id: ModuleId | str,
        *,
        roles: Iterable[str] = (),
        time_source: bool = False,
        alt_names: Iterable[str] = (),
        is_client_cert: bool | None = None,
        days: float = 365,
        now: int | None = None,
    ) -> Certificate:
        """A certificate for the key in a request. Of what the request asks for nothing is copied:
        who calls this has made sure which device it comes from, and says what it gets.

        Args:
            request: in PEM or DER, or read already.
            module_id: the device; if the request names one, it must be the same.

        Raises:
            CertificateValidationError: CERTIFICATE_SIGNATURE, CERTIFICATE_MALFORMED,
                CERTIFICATE_ALGORITHM; IDENTITY_MISMATCH; and as `issue`.
        """
        if isinstance(request, bytes):
            request = SigningRequest.read(request)
        if request.asked.module not in (None, ModuleId(module_id)):
            raise error_for(
                ErrorCode.IDENTITY_MISMATCH, f"the request is by {request.asked.module}"
            )
        return self.issue(
            module_id,
            public_key=request.key,
            roles=roles,
            time_source=time_source,
            alt_names=alt_names,
            is_client_cert=is_client_cert,
            days=days,
            now=now,
        )

    def issued(self) -> Iterator[IssuedCertificate]:
        """The records, in no order."""
        for path in (self.folder / "issued").iterdir():
            if not path.name.startswith("."):
                yield records.read(path)

    def is_revoked(self, certificate: Certificate) -> bool:
        """Whether this authority's records say so, by serial number or by key."""
        own = profile.xy(profile.public_key(certificate.own))
        return any(
            int(one.serial, 16) == certificate.own.serial_number
            or (one.key_revoked and profile.xy(records.key_in(one)) == own)
            for one in self.issued()
            if one.revoked is not None
        )

    def revoke(
        self,
        *,
        serial: int | None = None,
        module_id: ModuleId | str | None = None,
        reason: str = "unspecified",
        now: int | None = None,
    ) -> list[IssuedCertificate]:
        """Takes a certificate back, or all of a module. Counts where the next list is.

        Args:
            serial: of one certificate.
            module_id: all certificates of this module that aren't revoked.
            reason: "unspecified", "key-compromise" (revokes the key under whatever certificate),
                "affiliation-changed", "superseded" or "cessation".
            now: µs since 1970; the system clock where it is left out.

        Returns:
            What was revoked now; empty if all was already.

        Raises:
            MisuseError: INVALID_ARGUMENT for an unknown reason or certificate.
        """
        if reason not in revocation.REASONS:
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT, f"a reason is one of {', '.join(revocation.REASONS)}"
            )
        if (serial is None) == (module_id is None):
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "a serial number or a module is named")
        subject = None if module_id is None else str(ModuleId(module_id))
        now = sealwire.now() if now is None else now
        with files.locked(self.folder):
            meant = [
                one
                for one in self.issued()
                if one.subject == subject or (serial is not None and int(one.serial, 16) == serial)
            ]
            if not meant:
                raise MisuseError(ErrorCode.INVALID_ARGUMENT, "nothing of it was issued here")
            done = []
            for one in meant:
                if one.revoked is not None:
                    continue
                revoked = replace(
                    one, revoked=now, reason=reason, key_revoked=reason == "key-compromise"
                )
                self._write(revoked)
                done.append(revoked)
        return done

    def revocation_lists(self, *, days: float = 7, now: int | None = None) -> tuple[bytes, bytes]:
        """New lists, with the next number; also written to `ca.crl` and `ca.list`.

        Args:
            days: until the next ones; without them nothing of this authority is taken after that.
            now: µs since 1970; the system clock where it is left out.

        Returns:
            The CRL in DER, and the list for validators without room for it.

        Raises:
            MisuseError: INVALID_ARGUMENT.
        """
        if not 0 < days <= 3650:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "days are more than 0 and at most 3650")
        now = sealwire.now() if now is None else now
        with files.locked(self.folder):
            revoked = [records.as_revoked(one) for one in self.issued() if one.revoked is not None]
            path = self.folder / "lists.json"
            number = int(json.loads(path.read_bytes())["number"]) + 1
            arguments = (revoked, number, now, now + round(days * DAY))
            made = revocation.crl(self.certificate, *arguments)
            compact = revocation.compact_list(self.certificate, *arguments)
            # First the number: none is given to two lists.
            files.write_whole(path, records.to_json({"number": number}))
            files.write_whole(self.folder / "ca.crl", made, files.PUBLIC_FILE)
            files.write_whole(self.folder / "ca.list", compact, files.PUBLIC_FILE)
        return made, compact

    def _record(self, made: Certificate, subject: str) -> None:
        certificate = made.own
        record = IssuedCertificate(
            serial=f"{certificate.serial_number:x}",
            subject=subject,
            not_after=profile.micros(certificate.not_valid_after_utc),
            certificate=profile.pem([certificate]).decode(),
        )
        with files.locked(self.folder):
            self._write(record)

    def _write(self, record: IssuedCertificate) -> None:
        files.write_whole(self.folder / "issued" / record.serial, record.to_json())


def _is_there(folder: Path) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not there")
