"""What a tag covers (PROTOCOL.md §4.1, §5): the key's derivation, the context, the bytes."""

from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from .errors import Refused
from .metadata import BURST, TAG_BYTES

RESPONSE = 3
NO_BINDER = bytes(16)


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256."""
    state = hmac.HMAC(key, SHA256())
    state.update(message)
    return state.finalize()


def extract(secret: bytes) -> bytes:
    """HKDF-Extract with the label of frame keys."""
    return mac(b"sealwire/1 key", secret)


def key_info(algorithm: int, kind: int, sender: bytes, audience: bytes) -> bytes:
    """The `info` of HKDF-Expand."""
    return b"frame" + bytes([algorithm, TAG_BYTES[algorithm], kind]) + sender + audience


def frame_key(secret: bytes, algorithm: int, kind: int, sender: bytes, audience: bytes) -> bytes:
    """What makes the tags of one direction."""
    info = key_info(algorithm, kind, sender, audience)
    return HKDFExpand(SHA256(), 32, info).derive(extract(secret))


def context_bytes(kind: int, name: bytes, request_tag: bytes | None) -> bytes:
    """The context as it is authenticated; INVALID_CONTEXT if it can't be one."""
    if kind not in (1, 2, 3, 4) or len(name) > 255:
        raise Refused("INVALID_CONTEXT")
    out = bytes([kind, len(name)]) + name
    if kind == RESPONSE:
        if request_tag is None or len(request_tag) not in (16, 32, 64):
            raise Refused("INVALID_CONTEXT")
        return out + bytes([len(request_tag)]) + request_tag
    if request_tag is not None:
        raise Refused("INVALID_CONTEXT")
    return out


def signed_prefix(kind: int, sender: bytes, audience: bytes, algorithm: int = 3) -> bytes:
    """Label and binding of what is signed at level 5, outside of a session."""
    return b"sealwire/1 frame" + bytes([algorithm, kind]) + sender + audience + NO_BINDER


def signed_root(kind: int, sender: bytes, audience: bytes, size: int, root: bytes) -> bytes:
    """What is signed of a burst."""
    parties = bytes([BURST, kind]) + sender + audience + NO_BINDER
    return b"sealwire/1 burst" + parties + bytes([size - 1]) + root
