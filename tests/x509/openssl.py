"""OpenSSL's command: chains that it makes, and what it says of everybody's."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

CONFIGURATION = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = replaced by -subj
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[pump]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = 2.25.264026262878152930549538977271733003891
subjectAltName = URI:urn:uuid:5ea1317e-0001-4000-8000-000000000001
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[roles]
keyUsage = critical, digitalSignature
extendedKeyUsage = 2.25.264026262878152930549538977271733003891, serverAuth, clientAuth
subjectAltName = @names
[names]
URI.1 = urn:uuid:5ea1317e-0001-4000-8000-000000000001
URI.2 = urn:sealwire:role:operator
URI.3 = urn:sealwire:role:pump.controller
DNS.1 = pump.example
IP.1 = 127.0.0.1
[tls]
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = URI:urn:uuid:5ea1317e-0001-4000-8000-000000000001
[nobody]
keyUsage = critical, digitalSignature
extendedKeyUsage = 2.25.264026262878152930549538977271733003891
"""

BEGIN, DAYS = "20251014000000Z", "20261113000000Z"


def run(*arguments: str, folder: Path, data: bytes = b"") -> bytes:
    command = [shutil.which("openssl") or "openssl", *arguments]
    return subprocess.run(command, input=data, cwd=folder, check=True, capture_output=True).stdout


def version() -> str:
    return run("version", folder=Path()).decode().split(" (")[0].strip()


def chains() -> list[dict[str, Any]]:
    """Chains that the command makes with keys of its own: other bytes every time."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "openssl.cnf").write_text(CONFIGURATION)

        def new_key(name: str) -> None:
            run(
                "ecparam",
                "-name",
                "prime256v1",
                "-genkey",
                "-noout",
                "-out",
                f"{name}.key",
                folder=folder,
            )

        def certificate(name: str, section: str, subject: str, issuer: str = "") -> bytes:
            """With `openssl ca`: `openssl x509` can't set both times in this version."""
            new_key(name)
            run(
                "req",
                "-new",
                "-config",
                "openssl.cnf",
                "-key",
                f"{name}.key",
                "-subj",
                subject,
                "-out",
                f"{name}.csr",
                folder=folder,
            )
            for file, text in (("index.txt", ""), ("serial", f"{len(list(folder.iterdir())):04x}")):
                (folder / file).write_text(text)
            (folder / "ca.cnf").write_text(
                CONFIGURATION + "[ca]\ndefault_ca = here\n[here]\ndatabase = index.txt\n"
                "new_certs_dir = .\nserial = serial\ndefault_md = sha256\npolicy = any\n"
                "unique_subject = no\n[any]\ncommonName = optional\n"
            )
            signer = ["-selfsign", "-keyfile", f"{name}.key"]
            if issuer:
                signer = ["-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key"]
            run(
                "ca",
                "-batch",
                "-notext",
                "-config",
                "ca.cnf",
                *signer,
                "-in",
                f"{name}.csr",
                "-out",
                f"{name}.pem",
                "-extensions",
                section,
                "-startdate",
                BEGIN,
                "-enddate",
                DAYS,
                folder=folder,
            )
            return run("x509", "-in", f"{name}.pem", "-outform", "DER", folder=folder)

        root = certificate("root", "root", "/CN=OpenSSL root")
        sub = certificate("sub", "sub", "/CN=OpenSSL sub", "root")
        cases = [
            ("a module, by OpenSSL", "pump", "root", None, []),
            ("under an authority, by OpenSSL", "pump", "sub", None, []),
            (
                "roles, host name and address, by OpenSSL",
                "roles",
                "sub",
                None,
                ["operator", "pump.controller"],
            ),
            ("for TLS alone, by OpenSSL", "tls", "sub", "PURPOSE_MISSING", None),
            ("no identity, by OpenSSL", "nobody", "sub", "IDENTITY_MISSING", None),
        ]
        out = []
        for number, (comment, section, issuer, error, roles) in enumerate(cases):
            leaf = certificate(f"leaf{number}", section, f"/CN=leaf {number}", issuer)
            chain = [leaf] if issuer == "root" else [leaf, sub]
            out.append(
                {
                    "comment": comment,
                    "anchor": root.hex(),
                    "roles": roles,
                    "chain": [one.hex() for one in chain],
                    "error": error,
                }
            )
        return out


def pem(der: bytes) -> bytes:
    import base64  # noqa: PLC0415

    return b"".join(
        (b"-----BEGIN CERTIFICATE-----\n", base64.encodebytes(der), b"-----END CERTIFICATE-----\n")
    )


def verdict(anchors: list[bytes], chain: list[bytes], when: int, crls: list[bytes] | None) -> str:
    """`ok`, or the first thing that `openssl verify` says against it."""
    if not chain:
        return "nothing to verify"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "anchors.pem").write_bytes(b"".join(map(pem, anchors)))
        (folder / "rest.pem").write_bytes(b"".join(map(pem, chain[1:])))
        (folder / "leaf.pem").write_bytes(pem(chain[0]))
        extra: list[str] = []
        if chain[1:]:
            extra += ["-untrusted", "rest.pem"]
        if crls is not None:
            extra.append("-crl_check_all")
            for number, crl in enumerate(crls):
                text = pem(crl).replace(b"CERTIFICATE", b"X509 CRL")
                (folder / f"{number}.crl").write_bytes(text)
                extra += ["-CRLfile", f"{number}.crl"]
        command = [
            shutil.which("openssl") or "openssl",
            "verify",
            "-attime",
            str(when),
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            "anchors.pem",
            *extra,
            "leaf.pem",
        ]
        said = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
        if said.returncode == 0:
            return "ok"
        for line in said.stderr.splitlines():
            if line.startswith("error ") and ": " in line:
                return line.split(": ", 1)[1].strip()
        return "not loaded"
