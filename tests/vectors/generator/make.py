"""Frames and keys, built by hand from PROTOCOL.md §3-5 and `cryptography`.

Knows nothing of the reference implementation, so that the two check each other; and writes
whatever it is told, well formed or not.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NAMES = {0: "NONE", 1: "HMAC-SHA256", 2: "HMAC-SHA256-128", 3: "ECDSA-P256"}
TAG = {0: 0, 1: 32, 2: 16, 3: 64}
SECOND = 1_000_000
T0 = 1_763_000_000 * SECOND  # 2025-11-13T02:13:20Z
LAST = 2**63 - 1


def secret(name: str) -> bytes:
    """32 bytes that are the same in every run."""
    return sha256(b"sealwire vectors: " + name.encode()).digest()


def module_id(name: str) -> bytes:
    """A module's or a group's ID."""
    return secret("id " + name)[:16]


def varint(value: int, extra: int = 0) -> bytes:
    """The postcard varint, made `extra` bytes too long."""
    groups = max(1, -(-value.bit_length() // 7)) + extra
    parts = [(value >> 7 * i) & 127 for i in range(groups)]
    return bytes(p | 128 for p in parts[:-1]) + bytes(parts[-1:])


@dataclass(frozen=True)
class Context:
    """A kind, a name, and for a response the request's tag."""

    kind: int = 1
    name: bytes = b"pump/3"
    request_tag: bytes | None = None

    @property
    def bytes(self) -> bytes:
        """As it is authenticated."""
        out = bytes([self.kind, len(self.name)]) + self.name
        if self.kind == 3:
            out += bytes([len(self.request_tag)]) + self.request_tag
        return out

    def json(self) -> dict:
        """As it stands in the vectors."""
        tag = self.request_tag
        return {
            "kind": self.kind,
            "name": self.name.hex(),
            "request_tag": None if tag is None else tag.hex(),
        }


CONTEXT = Context()
OWN = module_id("receiver")
ALICE = module_id("alice")
BOB = module_id("bob")
CAROL = module_id("carol")
GROUP = module_id("group")


@dataclass(frozen=True)
class Key:
    """A key as it is registered. `material` is a peer secret or a private scalar."""

    key_id: int
    sender: bytes
    algorithm: int
    material: bytes
    group: bytes | None = None
    counter_only: bool = False
    random_quota: int | None = None
    role: int = 0
    expires: int | None = None
    unused: bool = False
    burst_rate: int | None = None

    @property
    def level(self) -> int:
        """The level that its frames have."""
        return 5 if self.algorithm == 3 else 4

    @property
    def public(self) -> bytes:
        """x ‖ y."""
        point = self._private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return point[1:]

    @property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.material), ec.SECP256R1())

    def audience(self, own: bytes) -> bytes:
        """Kind and ID of whom its frames are for."""
        return b"\x01" + own if self.group is None else b"\x02" + self.group

    def info(self, own: bytes = OWN) -> bytes:
        """The last argument of the derivation."""
        numbers = bytes([self.algorithm, TAG[self.algorithm]])
        audience = self.audience(own)
        return b"frame" + numbers + audience[:1] + self.sender + audience[1:]

    def frame_key(self, own: bytes = OWN) -> bytes:
        """What makes its tags."""
        return HKDF(hashes.SHA256(), 32, b"sealwire/1 key", self.info(own)).derive(self.material)

    def prefix(self, own: bytes = OWN, binder: bytes = bytes(16)) -> bytes:
        """What a signed string begins with."""
        audience = self.audience(own)
        start = b"sealwire/1 frame" + bytes([self.algorithm]) + audience[:1]
        return start + self.sender + audience[1:] + binder

    def tag(self, covered: bytes, own: bytes = OWN) -> bytes:
        """Tag or signature of metadata ‖ payload ‖ context."""
        if self.algorithm == 3:
            return self.sign(self.prefix(own) + covered)
        state = hmac.HMAC(self.frame_key(own), hashes.SHA256())
        state.update(covered)
        return state.finalize()[: TAG[self.algorithm]]

    def sign(self, message: bytes) -> bytes:
        """r ‖ s, RFC 6979, low s."""
        scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self._private.sign(message, scheme))
        return r.to_bytes(32) + min(s, N - s).to_bytes(32)

    def json(self) -> dict:
        """As it stands in the vectors."""
        out = {"key_id": self.key_id, "algorithm": NAMES[self.algorithm]}
        if self.algorithm == 3:
            out |= {"public": self.public.hex(), "private": self.material.hex()}
        else:
            out |= {"secret": self.material.hex()}
        return out | {
            "sender": self.sender.hex(),
            "group": None if self.group is None else self.group.hex(),
            "time_rule": "CounterOnly" if self.counter_only else "Stamped",
            "nonce_rule": "Counter" if self.random_quota is None else "Random",
            "nonce_quota": self.random_quota or 0,
            "role": self.role,
            "expires": None if self.expires is None else str(self.expires),
            "unused": self.unused,
            "burst_rate": self.burst_rate,
        }


@dataclass(frozen=True)
class Module:
    """A sender of levels 1-3."""

    module_id: bytes
    role: int = 0
    nonce_quota: int = 0

    def json(self) -> dict:
        """As it stands in the vectors."""
        return {"id": self.module_id.hex(), "role": self.role, "nonce_quota": self.nonce_quota}


@dataclass(frozen=True)
class Frame:
    """A frame before it has a form. Each `raw_*` replaces what would be right."""

    by: Key | Module
    level: int
    timestamp: int = T0
    nonce: int = 1
    payload: bytes = b"21.5 C"
    context: Context = CONTEXT
    own: bytes = OWN
    raw_meta: bytes | None = None
    raw_tag: bytes | None = None

    @property
    def algorithm(self) -> int:
        """What the metadata says unless told otherwise."""
        return self.by.algorithm if isinstance(self.by, Key) else 0

    @cached_property
    def meta(self) -> bytes:
        """The metadata."""
        if self.raw_meta is not None:
            return self.raw_meta
        return self.head() + self.who() + self.numbers()

    def head(self, version: int = 1, level: int | None = None, algorithm: int | None = None):
        """The first two bytes."""
        level = self.level if level is None else level
        return bytes([version << 4 | level, self.algorithm if algorithm is None else algorithm])

    def who(self, extra: int = 0) -> bytes:
        """Key ID or module ID."""
        if isinstance(self.by, Key):
            return varint(self.by.key_id, extra)
        return self.by.module_id

    def numbers(self, extra: tuple[int, int, int] = (0, 0, 0)) -> bytes:
        """Timestamp, nonce and length."""
        values = (self.timestamp, self.nonce, len(self.payload))
        return b"".join(varint(v, e) for v, e in zip(values, extra, strict=True))

    @cached_property
    def tag(self) -> bytes:
        """The tag over the metadata as it stands."""
        if self.raw_tag is not None:
            return self.raw_tag
        if not isinstance(self.by, Key):
            return b""
        return self.by.tag(self.meta + self.payload + self.context.bytes, self.own)

    @property
    def attached(self) -> bytes:
        """metadata ‖ payload ‖ tag."""
        return self.meta + self.payload + self.tag

    @property
    def detached(self) -> bytes:
        """metadata ‖ tag."""
        return self.meta + self.tag

    @property
    def stream(self) -> bytes:
        """COBS(attached) ‖ 00."""
        return cobs(self.attached) + b"\0"

    def but(self, **changes: object) -> "Frame":
        """The same but for what is named."""
        return replace(self, **changes)

    def accepted(self) -> dict:
        """What a validator must say of it, if it takes it."""
        keyed = isinstance(self.by, Key)
        counts = keyed and self.by.counter_only
        sender = self.by.sender if keyed else self.by.module_id
        return {
            "payload": self.payload.hex(),
            "level": self.level,
            "sender": None if self.level == 1 else sender.hex(),
            "role": 0 if self.level == 1 else self.by.role,
            "group": self.by.group.hex() if keyed and self.by.group else None,
            "key_id": self.by.key_id if keyed else None,
            "nonce": str(self.nonce),
            "timestamp": str(self.timestamp) if self.level > 2 and not counts else None,
        }


def cobs(data: bytes) -> bytes:
    """Blocks between zeros, cut after 254 bytes."""
    out = b""
    for part in data.split(b"\0"):
        while len(part) >= 254:
            out, part = out + b"\xff" + part[:254], part[254:]  # noqa: PLW2901
        out += bytes([len(part) + 1]) + part
    return out


def signed(key: Key, **fields: object) -> Frame:
    """A frame under a key."""
    return Frame(key, key.level, **fields)


def plain(module: Module, level: int, **fields: object) -> Frame:
    """A frame of level 1-3."""
    return Frame(module, level, **fields)
