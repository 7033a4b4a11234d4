"""A request for a certificate (PKCS #10): what it asks for, and that its own signature is right.

It proves that whoever made it has the key, and nothing more. Which device that is, the operator
must know otherwise, say by the key's fingerprint on a display or on the line in the factory.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.pki import profile
from sealwire.pki.keystore import PrivateKey
from sealwire.pki.profile import Identity

__all__ = ["SigningRequest"]

MAX_BYTES = 8192
"""No request that is looked at is longer."""


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request whose signature was found right.

    Attributes:
        key: the key that is to be certified.
        asked: what it asks for. Nothing of that is copied into a certificate.
    """

    key: ec.EllipticCurvePublicKey
    asked: Identity

    @staticmethod
    def read(data: bytes) -> SigningRequest:
        """A request in PEM or DER.

        Raises:
            CertificateValidationError: CERTIFICATE_MALFORMED; CERTIFICATE_ALGORITHM for a key or
                signature that isn't P-256 with SHA-256; CERTIFICATE_SIGNATURE.
        """
        if len(data) > MAX_BYTES:
            raise error_for(ErrorCode.CERTIFICATE_TOO_LONG)
        try:
            is_pem = b"-----BEGIN" in data
            load = x509.load_pem_x509_csr if is_pem else x509.load_der_x509_csr
            request = load(data)
            key = profile.public_key(request)
            if not isinstance(request.signature_hash_algorithm, hashes.SHA256):
                raise error_for(ErrorCode.CERTIFICATE_ALGORITHM)
            asked = Identity.of(request)
            is_signed = request.is_signature_valid
        except SecurityError:
            raise
        except Exception:
            # pyca/cryptography raises ValueError, UnsupportedAlgorithm and others, by version.
            raise error_for(ErrorCode.CERTIFICATE_MALFORMED, "a signing request") from None
        if not is_signed:
            raise error_for(ErrorCode.CERTIFICATE_SIGNATURE, "of the signing request")
        return SigningRequest(key, asked)

    @staticmethod
    def create(key: PrivateKey, identity: Identity) -> bytes:
        """A request in PEM, as devices write it: an empty subject, the names that are asked for.

        Raises:
            MisuseError: INVALID_ARGUMENT.
        """
        request = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([]))
            .add_extension(identity.alt_names(), critical=False)
            .sign(key, hashes.SHA256())
        )
        return request.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of x ‖ y of the key, in hexadecimal digits."""
        return fingerprint(self.key)


def fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of x ‖ y, in hexadecimal digits: what operator and device compare."""
    return hashlib.sha256(profile.xy(key)).hexdigest()
