"""The numbers of the protocol that have names: levels, algorithms, kinds of context.

Each is an `IntEnum`: `Level.HMAC == 4`, and where a level is asked for its number will do.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Algorithm", "ContextKind", "Level"]


class Level(IntEnum):
    """How much a frame proves. A requirement names one; the frame has no say in it."""

    NONE = 1
    """The frame is well formed. Nothing else."""
    BASIC_AUTH = 2
    """It names a module that is known. Anybody can do that."""
    TIMESTAMP = 3
    """It is fresh and no repetition, unless somebody wrote it himself."""
    HMAC = 4
    """HMAC-SHA256 by the holder of the key, fresh, once."""
    DIGITAL_SIGNATURE = 5
    """ECDSA P-256 by the sender, fresh, once."""


class Algorithm(IntEnum):
    """What makes a frame's tag."""

    NONE = 0
    """No tag: levels 1 to 3."""
    HMAC_SHA256 = 1
    """All 32 bytes."""
    HMAC_SHA256_128 = 2
    """The first 16 bytes."""
    ECDSA_P256 = 3
    """r and s, 64 bytes."""
    ECDSA_P256_BURST = 4
    """Many frames, one signature: index, size, path and signature, 66 to 322 bytes."""

    @property
    def text(self) -> str:
        """The name as the protocol writes it, such as "HMAC-SHA256-128"."""
        return self.name.replace("_", "-")


class ContextKind(IntEnum):
    """What kind of thing a context names."""

    TOPIC = 1
    """A stream of messages without answers."""
    REQUEST = 2
    """A request to a service."""
    RESPONSE = 3
    """The answer to one request."""
    RESOURCE = 4
    """Anything else that a policy knows by name."""
