"""The other side: nonces counted from a start, frames written (PROTOCOL.md §3-5, §7)."""

from . import authenticated, burst, cobs, signature
from .errors import Refused
from .metadata import BURST, MAX_PAYLOAD, Metadata
from .window import NONCE_LIMIT


class Sealer:
    """Seals for one audience at one level.

    `start` is ("Fresh",), ("Reserved", from, until) or ("FromClock", now); `material` a peer
    secret, or a private scalar at algorithm 3; at levels 1-3 there is none and no key ID.
    """

    def __init__(
        self,
        *,
        level: int,
        algorithm: int,
        sender: bytes,
        start: tuple,
        key_id: int | None = None,
        material: bytes | None = None,
        audience: tuple[int, bytes] | None = None,
        counter_only: bool = False,
    ) -> None:
        self.level, self.algorithm, self.sender = level, algorithm, sender
        self.key_id, self.material, self.audience = key_id, material, audience
        self.counter_only = counter_only
        self.next, self.until = {
            "Fresh": lambda: (0, NONCE_LIMIT),
            "Reserved": lambda: (start[1], start[2]),
            "FromClock": lambda: (start[1], NONCE_LIMIT),
        }[start[0]]()
        # An empty block is none (R18).
        self.reserved = start[0] == "Reserved"
        if self.next >= self.until or self.until > NONCE_LIMIT:
            raise Refused("INVALID_NONCE_START")

    def seal(
        self, form: str, context: tuple[int, bytes, bytes | None], payload: bytes, now: int | None
    ) -> bytes:
        """One frame; a refusal spends no nonce."""
        covered_context = authenticated.context_bytes(*context)
        if len(payload) > MAX_PAYLOAD:
            raise Refused("PAYLOAD_TOO_LONG")
        if now is None and not self.counter_only:
            raise Refused("NO_CLOCK")
        if self.next >= self.until:
            raise Refused("NONCES_SPENT" if self.reserved else "KEY_SPENT")
        meta = Metadata(
            level=self.level,
            algorithm=self.algorithm,
            sender=self.sender if self.level <= 3 else None,
            key_id=self.key_id,
            timestamp=0 if self.counter_only else now,
            nonce=self.next,
            length=len(payload),
        ).encode()
        tag = self._tag(meta + payload + covered_context)
        self.next += 1
        if form == "detached":
            return meta + tag
        attached = meta + payload + tag
        return cobs.encode(attached) + b"\0" if form == "stream" else attached

    def seal_burst(self, items: list[tuple[tuple, bytes, int | None]]) -> list[bytes]:
        """A frame for each of (context, payload, now), under one signature."""
        size = len(items)
        if not self.counter_only and None in {now for _context, _payload, now in items}:
            raise Refused("NO_CLOCK")
        if self.next + size > self.until:
            raise Refused("NONCES_SPENT" if self.reserved else "KEY_SPENT")
        kind, audience = self.audience
        prefix = authenticated.signed_prefix(kind, self.sender, audience, algorithm=BURST)
        heads, leaves = [], []
        for index, (context, payload, now) in enumerate(items):
            stamp = 0 if self.counter_only else now
            meta = Metadata(5, BURST, None, self.key_id, stamp, self.next + index, len(payload))
            heads.append(meta.encode())
            covered = heads[-1] + payload + authenticated.context_bytes(*context)
            leaves.append(burst.leaf(prefix + covered, index, size))
        root = burst.root(leaves)
        signed = authenticated.signed_root(kind, self.sender, audience, size, root)
        signature_bytes = signature.sign(self.material, signed)
        self.next += size
        return [
            head
            + payload
            + bytes([index, size - 1])
            + b"".join(burst.path(leaves, index))
            + signature_bytes
            for index, (head, (_context, payload, _now)) in enumerate(
                zip(heads, items, strict=True)
            )
        ]

    def _tag(self, covered: bytes) -> bytes:
        if self.algorithm == 0:
            return b""
        kind, audience = self.audience
        if self.algorithm == 3:
            prefix = authenticated.signed_prefix(kind, self.sender, audience)
            return signature.sign(self.material, prefix + covered)
        key = authenticated.frame_key(self.material, self.algorithm, kind, self.sender, audience)
        return authenticated.mac(key, covered)[: 32 if self.algorithm == 1 else 16]
