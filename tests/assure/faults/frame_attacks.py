"""Attacks on a receiver of frames. A win is whoever reaches `acted` with the attack's payload.

forged   a frame with a wrong tag
twin     the same, made so that a verdict on the frame before it would fit
reused   a frame with a fresh nonce and the tag of the frame before it
level    a level 1 frame where level 4 is required
replay   a valid frame a second time
role     a valid frame of a peer whose role may not
group    a valid frame under a group's key where groups aren't allowed
expired  a valid frame under a key that has ended
stale    a valid frame of an hour ago
signed   a level 5 frame with a wrong signature
burst    the first frame of a burst with a wrong signature
path     a later frame, whose burst is known, with a wrong path to the root
leaf     the same with another nonce
"""

from __future__ import annotations

import struct

from attacked import Target

BUFFER = 256
PAYLOAD = b"speed=9000"
TAGGED, SIGNED = ("attack_validate", "attack_admit"), ("attack_validate5", "attack_admit5")
BY_TAG = ("forged", "twin", "reused", "level", "replay", "role", "group", "expired", "stale")
# By attack: the valid frame before it.
BEFORE = dict.fromkeys(BY_TAG, 0) | {"signed": 5, "burst": 6, "path": 6, "leaf": 6}
# By group of attacks, where they are tried.
GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "": dict.fromkeys(BY_TAG, TAGGED),
    "level5_": {"signed": SIGNED},
    "burst_": {"burst": SIGNED, "path": SIGNED[:1], "leaf": SIGNED[1:]},
    "planted_": {"signed": ("attack_planted",)},
}


class FrameTarget(Target):
    def good(self) -> bytes:
        return self.frame(BEFORE[self.attack])

    def is_won(self, shown: bytes) -> bool:
        return PAYLOAD in shown

    def bad(self, good: bytes) -> bytes:
        bad_tag = good[:-32] + bytes(byte ^ 0xA5 for byte in good[-32:])
        tag = len(good) - 32
        match self.attack:
            case "forged":
                return with_next_nonce(bad_tag)
            case "twin":
                # The nonce's lowest bit changes, and with it that of the tag's first word.
                twin = bytearray(with_next_nonce(good))
                twin[tag + 3] ^= 1
                return bytes(twin)
            case "reused":
                return with_next_nonce(good)
            case "level":
                # No algorithm, a module ID in place of the key's; the rest is the valid frame's.
                return bytes([0x11, 0]) + bytes([0xA0] * 16) + good[3:-32]
            case "replay":
                return good
            case "role" | "group" | "expired" | "stale":
                return self.frame(("role", "group", "expired", "stale").index(self.attack) + 1)
            case "signed":
                return with_next_nonce(with_wrong_signature(good))
            case "burst":
                return with_wrong_signature(self.frame(8))
            case "path":
                frame = bytearray(self.frame(7))
                frame[-64 - 32] ^= 0xA5  # the highest node
                return bytes(frame)
            case "leaf":
                return with_next_nonce(self.frame(7), 0x40)
        raise ValueError(self.attack)

    def frame(self, number: int) -> bytes:
        at = self.symbols["FRAMES"] + BUFFER * number
        (length,) = struct.unpack("<I", self.walker.read(at, 4))
        return self.walker.read(at + 4, length)


def with_wrong_signature(frame: bytes) -> bytes:
    # s stays below half of the order: its highest bytes are left alone.
    return frame[:-8] + bytes(byte ^ 0xA5 for byte in frame[-8:])


def with_next_nonce(frame: bytes, nonce: int = 1) -> bytes:
    """Another nonce: the frame falls at its tag and nowhere else."""
    # head, algorithm, key ID in one byte, eight of time, then the nonce: below 128.
    at = 3
    while frame[at] & 0x80:
        at += 1
    return frame[: at + 1] + bytes([nonce]) + frame[at + 2 :]
