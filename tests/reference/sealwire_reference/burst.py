"""Many frames, one signature (PROTOCOL.md §5.1): a Merkle tree as in RFC 9162 §2.1."""

from dataclasses import dataclass
from hashlib import sha256

from .errors import Refused

FIXED = 66  # index, size, signature
SECOND = 1_000_000


def tag_bytes(tag: bytes) -> int:
    """How long a tag is, by its first two bytes."""
    if len(tag) < 2:
        raise Refused("TRUNCATED")
    index, size = tag[0], tag[1] + 1
    if index >= size:
        raise Refused("BURST_SHAPE")
    return FIXED + 32 * len(sides(index, size))


def sides(index: int, size: int) -> list[bool]:
    """For each step from the leaf to the root whether the sibling is on the left; RFC 9162's
    recursion, turned round."""
    if size == 1:
        return []
    left = 1 << (size - 1).bit_length() - 1  # the largest power of two below the size
    if index < left:
        return [*sides(index, left), False]
    return [*sides(index - left, size - left), True]


def leaf(covered: bytes, index: int, size: int) -> bytes:
    """A frame's place in the tree. `covered` is what a single frame would sign."""
    return sha256(b"\0" + covered + bytes([index, size - 1])).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Two hashes under one."""
    return sha256(b"\1" + left + right).digest()


def root_of_path(start: bytes, tag: bytes) -> bytes:
    """The root that a frame's path leads to."""
    index, size = tag[0], tag[1] + 1
    value = start
    for step, sibling_is_left in enumerate(sides(index, size)):
        sibling = tag[2 + 32 * step : 34 + 32 * step]
        value = node(sibling, value) if sibling_is_left else node(value, sibling)
    return value


def root(leaves: list[bytes]) -> bytes:
    """The root over all leaves (RFC 9162 §2.1.1)."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:left]), root(leaves[left:]))


def path(leaves: list[bytes], index: int) -> list[bytes]:
    """The siblings from leaf to root (RFC 9162 §2.1.3)."""
    if len(leaves) == 1:
        return []
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if index < left:
        return [*path(leaves[:left], index), root(leaves[left:])]
    return [*path(leaves[left:], index - left), root(leaves[:left])]


@dataclass
class Budget:
    """Verifications of bursts under one key: `rate` of them, and `rate` more each second (R22).

    Nothing is remembered here of a burst that verified, so every frame of one costs again; a
    case can't tell, as what may be remembered changes no verdict while there is room."""

    rate: int
    left: int = 0  # µs · verifications
    at: int | None = None

    def pay(self, now: int | None) -> None:
        """Takes one, or refuses. Without a clock nothing is bounded."""
        if now is None:
            return
        full = self.rate * SECOND
        gained = full if self.at is None else (now - self.at) * self.rate
        self.left, self.at = min(full, self.left + gained), now
        if self.left < SECOND:
            raise Refused("VERIFICATION_BUDGET")
        self.left -= SECOND
