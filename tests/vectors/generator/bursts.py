"""Bursts built by hand (PROTOCOL.md §5.1): the tree level by level, from the leaves up, where
the last of an odd number moves up as it is. The reference goes down from the root instead."""

from dataclasses import dataclass
from hashlib import sha256

from .make import OWN, Frame, Key


@dataclass(frozen=True)
class Burst:
    """Frames that share one signature. `own` is whom they were sealed for."""

    key: Key
    frames: tuple[Frame, ...]
    own: bytes = OWN

    @property
    def size(self) -> int:
        """How many frames."""
        return len(self.frames)

    @property
    def leaves(self) -> list[bytes]:
        """What stands at the bottom of the tree."""
        return [
            sha256(
                b"\0"
                + self._prefix(b"sealwire/1 frame")
                + frame.meta
                + frame.payload
                + frame.context.bytes
                + bytes([index, self.size - 1])
            ).digest()
            for index, frame in enumerate(self.frames)
        ]

    def _prefix(self, label: bytes) -> bytes:
        return label + b"\x04" + self.key.prefix(self.own)[17:]

    def signed(self, root: bytes) -> bytes:
        """The one signature."""
        message = self._prefix(b"sealwire/1 burst") + bytes([self.size - 1]) + root
        return self.key.sign(message)

    def tags(self, signature: bytes | None = None) -> list[bytes]:
        """The tag of each frame."""
        paths = [[] for _ in self.frames]
        row = [(leaf, [index]) for index, leaf in enumerate(self.leaves)]
        while len(row) > 1:
            above = []
            for at in range(0, len(row) - 1, 2):
                (left, below_left), (right, below_right) = row[at], row[at + 1]
                for index in below_left:
                    paths[index].append(right)
                for index in below_right:
                    paths[index].append(left)
                above.append((sha256(b"\1" + left + right).digest(), below_left + below_right))
            row = above + row[len(row) - len(row) % 2 :]
        signature = signature or self.signed(row[0][0])
        return [
            bytes([index, self.size - 1]) + b"".join(path) + signature
            for index, path in enumerate(paths)
        ]

    def sealed(self, signature: bytes | None = None) -> list[Frame]:
        """The frames with their tags."""
        tags = self.tags(signature)
        return [frame.but(raw_tag=tag) for frame, tag in zip(self.frames, tags, strict=True)]


def burst(key: Key, size: int, *, first: int = 0, own: bytes = OWN, **fields: object) -> Burst:
    """A burst of `size` frames with consecutive nonces and payloads of their own."""
    frames = []
    for index in range(size):
        payload = b"" if index == 1 else f"item {index}".encode()
        said = {"nonce": first + index, "payload": payload, "own": own} | fields
        frame = Frame(key, 5, **said)
        meta = frame.head(algorithm=4) + frame.who() + frame.numbers()
        frames.append(frame.but(raw_meta=meta))
    return Burst(key, tuple(frames), own)
