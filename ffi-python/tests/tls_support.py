"""An authority for tests of TLS: certificates as core/PROTOCOL.md §14.8 wants them, and others."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sealwire import tls

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
FRAMES = x509.ObjectIdentifier("2.25.264026262878152930549538977271733003891")
DAY = timedelta(days=1)
Uris = list[str] | None


def usage(*bits: str) -> x509.KeyUsage:
    every = [
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ]
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass
class Authority:
    """A root with its files in `folder`."""

    folder: Path
    name: str = "fleet"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        builder = self._builder(self.key, named(self.name), timedelta(0), 30 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(True, 1), critical=True)
        builder = builder.add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.anchor = self._write("anchor.pem", self.certificate)
        self.crl = self.publish()

    def publish(self, next_update: timedelta = DAY, name: str = "crl.pem") -> Path:
        """Writes the CRL."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder()
        builder = builder.issuer_name(named(self.name)).last_update(now - 2 * DAY)
        builder = builder.next_update(now + next_update)
        for serial in self.revoked:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(one.build())
        return self._write(name, builder.sign(self.key, hashes.SHA256()))

    def issue(
        self,
        name: str,
        module: uuid.UUID | None = None,
        *,
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        purposes: tuple[x509.ObjectIdentifier, ...] = (SERVER, CLIENT),
        roles: tuple[str, ...] = (),
        uris: Uris = None,
        since: timedelta = -DAY,
        until: timedelta = DAY,
        bits: tuple[str, ...] = ("digital_signature",),
        curve: ec.EllipticCurve | None = None,
        crls: bool = True,
    ) -> tls.Credentials:
        """A certificate with its key, as files; its serial number goes by `serial`."""
        key = ec.generate_private_key(curve or ec.SECP256R1())
        builder = self._builder(key, named(name), since, until)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(usage(*bits), critical=True)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        if uris is None:
            uris = [f"urn:uuid:{module}", *(f"urn:sealwire:role:{role}" for role in roles)]
        names = [*map(x509.UniformResourceIdentifier, uris), *map(general, hosts)]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        self.folder.joinpath(f"{name}.key").unlink(missing_ok=True)
        path = self.folder / f"{name}.key"
        path.touch(0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return tls.Credentials(
            certificate=self._write(f"{name}.pem", certificate),
            key=path,
            anchors=[self.anchor],
            crls=[self.crl] if crls else tls.NO_REVOCATION,
        )

    def _builder(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, since: Any, until: Any
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(named(self.name))
        builder = builder.public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now + since).not_valid_after(now + until)

    def _write(self, name: str, what: Any) -> Path:
        path = self.folder / name
        path.write_bytes(what.public_bytes(serialization.Encoding.PEM))
        return path


def serial(credentials: tls.Credentials) -> int:
    pem = Path(credentials.certificate).read_bytes()
    return x509.load_pem_x509_certificate(pem).serial_number


@contextmanager
def server_process(kind: str, **settings: Any) -> Iterator[tuple[int, Any]]:
    """A server in a process of its own: its port, and a call for what it says next.

    `kind` is "sockets" or "asyncio"; `settings` go to `tls_server.py` as JSON.
    """
    script = Path(__file__).with_name("tls_server.py")
    process = subprocess.Popen(
        [sys.executable, script, kind, json.dumps(settings, default=str)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def ask(line: str = "") -> dict[str, Any]:
        if line:
            print(line, file=process.stdin, flush=True)
        said: dict[str, Any] = json.loads(process.stdout.readline())
        return said

    try:
        yield ask()["port"], ask
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()


def files(credentials: tls.Credentials) -> dict[str, Any]:
    """Credentials as JSON."""
    return {
        "certificate": credentials.certificate,
        "key": credentials.key,
        "anchors": credentials.anchors,
        "crls": credentials.crls,
    }
