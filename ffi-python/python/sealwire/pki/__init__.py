"""Certificates: an authority in a folder, modules that get theirs from it, renewal, revocation.

    authority = CertificateAuthority.create("ca", "Plant 7")
    pump = authority.issue(ModuleId.random(), roles=["pump"], days=90)
    Node.create("pump", pump)

What is issued was checked by the core's own rules before it is handed out. Needs pyca/cryptography:
`pip install 'sealwire[pki]'`. The command `sealwire` does the same (`docs/certificates.md`).
"""

from __future__ import annotations

try:
    import cryptography as _cryptography  # noqa: F401 - asked for once, here, in clear words
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError(
        "certificates need pyca/cryptography; run: pip install 'sealwire[pki]'",
        name=_missing.name,
    ) from None

from sealwire.pki.authority import CertificateAuthority
from sealwire.pki.certificate import Certificate
from sealwire.pki.inspector import CertificateInfo, CertificateInspector, Expiration
from sealwire.pki.keystore import FileKeyStore, KeyStore
from sealwire.pki.lifecycle import CertificateLifecycleManager, Renewal
from sealwire.pki.monitor import CertificateHealth, SecurityMonitor
from sealwire.pki.node import Node
from sealwire.pki.profile import PURPOSE, Identity
from sealwire.pki.records import IssuedCertificate
from sealwire.pki.request import SigningRequest
from sealwire.pki.rotation import Rights, Rotation

__all__ = [
    "PURPOSE",
    "Certificate",
    "CertificateAuthority",
    "CertificateHealth",
    "CertificateInfo",
    "CertificateInspector",
    "CertificateLifecycleManager",
    "Expiration",
    "FileKeyStore",
    "Identity",
    "IssuedCertificate",
    "KeyStore",
    "Node",
    "Renewal",
    "Rights",
    "Rotation",
    "SecurityMonitor",
    "SigningRequest",
]
