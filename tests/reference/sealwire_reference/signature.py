"""ECDSA P-256 as r ‖ s with a low s (PROTOCOL.md §4.2)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from .errors import Refused

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def load_public(point: bytes) -> ec.EllipticCurvePublicKey:
    """The key at x ‖ y, if that is a point of the curve."""
    if len(point) != 64:
        raise Refused("KEY_LENGTH")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + point)
    except ValueError:
        raise Refused("KEY_INVALID") from None


def check_range(signature: bytes) -> None:
    """1 ≤ r < n and 1 ≤ s ≤ (n - 1)/2: in step 6, before any arithmetic (R6)."""
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if not (1 <= r < ORDER and 1 <= s < ORDER):
        raise Refused("SIGNATURE_RANGE")
    if s > (ORDER - 1) // 2:
        raise Refused("SIGNATURE_HIGH_S")


def sign(private: bytes, message: bytes) -> bytes:
    """r ‖ s of SHA-256(message), deterministic (RFC 6979), with the low s."""
    key = ec.derive_private_key(int.from_bytes(private), ec.SECP256R1())
    der = key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    s = min(s, ORDER - s)
    return r.to_bytes(32) + s.to_bytes(32)


def verify(point: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature fits."""
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        load_public(point).verify(der, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
