"""The keys of an audit log: the auditor's, for whom its first key is sealed, and the module's.

Sealing is ECIES (SEC 1 version 2.0 §5.1) with P-256, HKDF-SHA256 and AES-256-GCM; the key is
derived over both public keys, as in RFC 9180 §4.1. A sealed key is of use once, so its nonce is
zero. Anybody can seal a key for the auditor: only the signature says whose log it is.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sealwire._native import SigningKey
from sealwire.errors import ErrorCode, MisuseError
from sealwire.keyfile import KeyFile

__all__ = ["fingerprint", "keygen", "load_private", "load_public", "seal", "sign", "unseal"]

StrPath: TypeAlias = str | os.PathLike[str]
PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey
KEY_BYTES, POINT_BYTES = 32, 65
_SEAL, _SIGN = b"sealwire/1 audit sealed key", b"sealwire/1 audit signature"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def point(key: PublicKey) -> bytes:
    """A public key as an uncompressed point, 65 bytes."""
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(serialization.Encoding.X962, form)


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of the point, in hexadecimal."""
    return hashlib.sha256(point(key)).hexdigest()


def seal(key: bytes, auditor: PublicKey, log: bytes) -> bytes:
    """A log's first key, to be opened by the auditor only; bound to the log's ID."""
    once = ec.generate_private_key(ec.SECP256R1())
    begin = point(once.public_key())
    secret = _derived(once.exchange(ec.ECDH(), auditor), begin, auditor)
    return begin + AESGCM(secret).encrypt(bytes(12), key, log)


def unseal(sealed: bytes, auditor: PrivateKey, log: bytes) -> bytes | None:
    """The key in `sealed`; None if it isn't for this auditor, or was changed."""
    begin = sealed[:POINT_BYTES]
    try:
        once = PublicKey.from_encoded_point(ec.SECP256R1(), begin)
        secret = _derived(auditor.exchange(ec.ECDH(), once), begin, auditor.public_key())
        key = AESGCM(secret).decrypt(bytes(12), sealed[POINT_BYTES:], log)
    except (ValueError, InvalidTag):
        return None
    return key if len(key) == KEY_BYTES else None


def _derived(shared: bytes, begin: bytes, auditor: PublicKey) -> bytes:
    info = _SEAL + begin + point(auditor)
    return HKDF(hashes.SHA256(), KEY_BYTES, None, info).derive(shared)


def signed(log: bytes, count: int, head: bytes) -> bytes:
    """What a signature is over."""
    return _SIGN + log + count.to_bytes(8) + head


def sign(key: PrivateKey, message: bytes) -> bytes:
    """r and s, 64 bytes, with a low s."""
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + min(s, _ORDER - s).to_bytes(32)


def is_signed(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature of `sign` fits."""
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if len(signature) != 64 or s > _ORDER // 2:
        return False
    try:
        der = utils.encode_dss_signature(r, s)
        key.verify(der, message, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def private(key: SigningKey | PrivateKey) -> PrivateKey:
    """A module's key as pyca/cryptography's."""
    if isinstance(key, SigningKey):
        number = int.from_bytes(key.secret_bytes())
        return ec.derive_private_key(number, ec.SECP256R1())
    _p256(key.public_key(), "the key")
    return key


def keygen(path: StrPath, public: StrPath) -> str:
    """Makes an auditor's key pair: PEM, mode 0600 and 0644. Never overwrites.

    Returns:
        The fingerprint.

    Raises:
        FileExistsError: one of the two is there.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    half = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = serialization.Encoding.PEM
    _write(path, key.private_bytes(pem, form, plain), 0o600)
    try:
        _write(public, key.public_key().public_bytes(pem, half), 0o644)
    except OSError:
        Path(path).unlink()
        raise
    return fingerprint(key.public_key())


def _write(path: StrPath, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load_private(path: StrPath, password: bytes | None = None) -> PrivateKey:
    """A private key from PEM; nobody else may read or write its file.

    Raises:
        MisuseError: INVALID_ARGUMENT.
        OSError: it can't be read.
    """
    if os.name == "posix" and stat.S_IMODE(Path(path).stat().st_mode) & 0o077:
        raise _bad(f"others than the owner may use it; run: chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(Path(path).read_bytes(), password)
    except (ValueError, TypeError) as error:
        raise _bad(f"{path}: no private key ({error})") from None
    if not isinstance(key, PrivateKey):
        raise _bad(f"{path}: its key is not P-256")
    _p256(key.public_key(), str(path))
    return key


def load_public(path: StrPath) -> PublicKey:
    """A public key: PEM, a certificate in PEM (unchecked), or a key file of `sealwire keygen`.

    Raises:
        MisuseError: INVALID_ARGUMENT.
        OSError: it can't be read.
    """
    data = Path(path).read_bytes()
    try:
        if data.lstrip().startswith(b"{"):
            raw = bytes(KeyFile.load(path).without_secret().public or b"")
            return PublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + raw)
        if b"-----BEGIN CERTIFICATE-----" in data:
            return _p256(x509.load_pem_x509_certificate(data).public_key(), str(path))
        return _p256(serialization.load_pem_public_key(data), str(path))
    except ValueError as error:
        if isinstance(error, MisuseError):
            raise
        raise _bad(f"{path}: no public key") from None


def _p256(key: object, whose: str) -> PublicKey:
    if not isinstance(key, PublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _bad(f"{whose}: not P-256")
    return key


def _bad(detail: str) -> MisuseError:
    return MisuseError(ErrorCode.INVALID_ARGUMENT, detail)
