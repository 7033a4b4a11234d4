"""The access exchange (PROTOCOL.md §12), both sides, from the paper and `cryptography` alone.

Whatever would be drawn at random is an argument. Nothing is refused but what has no encoding:
this makes vectors, it guards nothing.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from . import authenticated, signature

ORDER = signature.ORDER
SECRET, KEY = 1, 2
HMAC_OF_ALGORITHM = {1: 32, 2: 16}


def mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256; also HKDF-Extract, with the salt as key."""
    return hmac.digest(key, b"".join(parts), "sha256")


def expand(key: bytes, label: bytes, transcript: bytes = b"") -> bytes:
    """HKDF-Expand to 32 bytes."""
    return HKDFExpand(algorithm=SHA256(), length=32, info=label + transcript).derive(key)


def varint(value: int) -> bytes:
    """The shortest one."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def private(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key with this scalar."""
    return ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())


def public(scalar: bytes) -> bytes:
    """x ‖ y."""
    numbers = private(scalar).public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def agree(scalar: bytes, point: bytes) -> bytes:
    """The x coordinate of the shared point."""
    return private(scalar).exchange(ec.ECDH(), signature.load_public(point))


def ephemeral(seed: bytes) -> bytes:
    """The first candidate that is a scalar."""
    for attempt in range(8):
        scalar = mac(seed, b"sealwire/1 access ephemeral", bytes([attempt]))
        if 0 < int.from_bytes(scalar) < ORDER:
            return scalar
    raise ValueError("eight times no scalar")


@dataclass(frozen=True)
class Asked:
    """What a request says beside its nonce and its key."""

    requester: bytes
    granter: bytes
    credential: int = SECRET
    wanted: int = 4
    lowest: int = 4
    algorithm: int = 1
    stamped: bool = True
    key_id: int = 1
    role: bytes = b""


@dataclass
class Exchange:
    """One exchange, all that both sides know of it together."""

    asked: Asked
    seed: bytes  # the requester's 32 bytes for its key
    nonce: bytes  # and its nonce
    cookie_secret: bytes
    source: bytes
    issued: int
    level: int
    granted_key_id: int
    life: int
    time: int
    secret: bytes = b""  # credential 1
    requester_key: bytes = b""  # credential 2: scalars
    granter_key: bytes = b""
    group: tuple[bytes, int, int, bytes] | None = None  # ID, key ID, algorithm, secret
    values: dict[str, bytes] = field(default_factory=dict)

    def run(self) -> dict[str, bytes]:
        """Every message and every value on the way, by name."""
        out = self.values
        out["requester_ephemeral"] = ephemeral(self.seed)
        out["granter_ephemeral"] = ephemeral(self.cookie_secret)
        out["request"] = self._request()
        out["challenge"] = self._challenge()
        out["agreement"] = agree(out["requester_ephemeral"], public(out["granter_ephemeral"]))
        other = agree(out["granter_ephemeral"], public(out["requester_ephemeral"]))
        assert out["agreement"] == other
        self._schedule()
        out["proof"] = self._proof()
        out["grant"] = self._grant()
        out["refusal_forbidden"] = self._refusal(1)
        out["refusal_unavailable"] = self._refusal(2)
        self._outputs()
        return out

    def _request(self) -> bytes:
        asked = self.asked
        numbers = [asked.credential, asked.wanted, asked.lowest, asked.algorithm, asked.stamped]
        return b"".join(
            [
                b"\x18",
                asked.requester,
                asked.granter,
                self.nonce,
                public(self.values["requester_ephemeral"]),
                bytes(numbers),
                varint(asked.key_id),
                varint(len(asked.role)),
                asked.role,
            ]
        )

    def _challenge(self) -> bytes:
        out = self.values
        said = b"".join(
            [
                self.issued.to_bytes(8),
                bytes([len(self.source)]),
                self.source,
                out["request"],
            ]
        )
        nonce = mac(self.cookie_secret, b"sealwire/1 access nonce", said)[:16]
        out["cookie"] = mac(self.cookie_secret, b"sealwire/1 access cookie", said)[:16]
        point = public(out["granter_ephemeral"])
        ticket = varint(self.issued) + out["cookie"]
        return b"\x19" + self.nonce + nonce + point + ticket

    def _schedule(self) -> None:
        out = self.values
        by_key = self.asked.credential == KEY
        key = public(self.requester_key) if by_key else b""
        label = b"sealwire/1 access transcript of the proof"
        out["t1"] = sha256(label + out["request"] + out["challenge"] + key).digest()
        out["early"] = mac(b"sealwire/1 access", bytes(32) if by_key else self.secret)
        out["main"] = mac(expand(out["early"], b"derived"), out["agreement"])
        out["mp"] = expand(out["main"] if by_key else out["early"], b"proof", out["t1"])
        out["mg"] = expand(out["main"], b"grant", out["t1"])

    def _authenticator(self, who: bytes, key: bytes, scalar: bytes, transcript: bytes) -> bytes:
        signed = b""
        if self.asked.credential == KEY:
            signed = signature.sign(
                scalar, b"sealwire/1 access " + who + b" signature" + transcript
            )
        tag = mac(key, b"sealwire/1 access " + who + b" MAC", transcript, signed)
        return signed + tag

    def _proof(self) -> bytes:
        out = self.values
        said = self._authenticator(b"proof", out["mp"], self.requester_key, out["t1"])
        out["proof_authenticator"] = said
        return b"\x1a" + out["request"] + varint(self.issued) + out["cookie"] + said

    def _grant(self) -> bytes:
        out = self.values
        numbers = varint(self.granted_key_id) + varint(self.life) + varint(self.time)
        body = b"\x1b" + self.nonce + bytes([self.level]) + numbers + self._group()
        key = public(self.granter_key) if self.asked.credential == KEY else b""
        label = b"sealwire/1 access transcript of the grant"
        said = out["t1"] + out["proof_authenticator"] + body + key
        out["t2"] = sha256(label + said).digest()
        return body + self._authenticator(b"grant", out["mg"], self.granter_key, out["t2"])

    def _group(self) -> bytes:
        if self.group is None:
            return b"\0"
        name, key_id, algorithm, secret = self.group
        mask = expand(self.values["main"], b"group", self.values["t1"])
        masked = bytes(a ^ b for a, b in zip(secret, mask, strict=True))
        return b"\1" + name + varint(key_id) + bytes([algorithm]) + masked

    def _refusal(self, kind: int) -> bytes:
        out = self.values
        body = b"\x1c" + self.nonce + bytes([kind])
        label = b"sealwire/1 access transcript of the refusal"
        transcript = sha256(label + out["t1"] + out["proof_authenticator"] + body).digest()
        return body + mac(out["mg"], b"sealwire/1 access refusal MAC", transcript)

    def _outputs(self) -> None:
        out, asked = self.values, self.asked
        out["session_secret"] = expand(out["main"], b"session", out["t2"])
        out["binder"] = expand(out["main"], b"binder", out["t2"])[:16]
        out["token"] = expand(out["main"], b"token", out["t2"])
        out["hmac_key"] = expand(out["main"], b"hmac_key", out["t2"])
        for name, sender, receiver in (
            ("frame_key_to_granter", asked.requester, asked.granter),
            ("frame_key_to_requester", asked.granter, asked.requester),
        ):
            out[name] = authenticated.frame_key(
                out["session_secret"], asked.algorithm, 1, sender, receiver
            )

    def frame(self, payload: bytes, context: bytes, nonce: int) -> bytes:
        """An attached frame of the requester's under this session, at its `time`."""
        asked, out = self.asked, self.values
        algorithm = 3 if self.level == 5 else asked.algorithm
        stamp = self.time if asked.stamped else 0
        metadata = bytes([0x10 | self.level, algorithm]) + varint(self.granted_key_id)
        metadata += varint(stamp) + varint(nonce) + varint(len(payload))
        covered = metadata + payload + context
        if self.level == 5:
            prefix = b"sealwire/1 frame\x03\x01" + asked.requester + asked.granter + out["binder"]
            return metadata + payload + signature.sign(self.requester_key, prefix + covered)
        tag = mac(out["frame_key_to_granter"], covered)[: HMAC_OF_ALGORITHM[algorithm]]
        return metadata + payload + tag
