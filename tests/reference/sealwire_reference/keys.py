"""A key as a receiver registers it (PROTOCOL.md §4.3), and the check of a tag under it."""

import hmac
from dataclasses import dataclass, field

from . import authenticated, burst, signature
from .burst import Budget
from .errors import Refused
from .forms import Parsed
from .metadata import BURST
from .window import Cache, Window

NOBODY = (bytes(16), b"\xff" * 16)
HMAC_OF_TAG = {32: 1, 16: 2}
RECEIVER, GROUP = 1, 2


@dataclass
class Key:
    """One registered key. `material` is a peer secret, or x ‖ y at algorithm 3."""

    key_id: int
    sender: bytes
    algorithm: int
    material: bytes
    group: bytes | None = None
    counter_only: bool = False
    random_quota: int | None = None
    role: int = 0
    expires: int | None = None  # µs
    unused: bool = False
    burst_rate: int | None = None
    revoked: bool = False
    partner: "Key | None" = None  # the other key of a rollover
    window: Window = field(default_factory=Window)
    cache: Cache | None = None
    floor: int = -1  # what is stamped up to then could be a repetition
    window_lost: bool = False
    budget: Budget | None = None

    def check_form(self, own: bytes) -> None:
        """What can be refused by looking at this key alone (R16, R23)."""
        if self.burst_rate is not None and self.algorithm != 3:
            raise Refused("KEY_KIND")
        if self.counter_only and self.random_quota is not None:
            raise Refused("INVALID_ARGUMENT")
        if self.sender in NOBODY or self.sender == own:
            raise Refused("INVALID_ID")
        if self.algorithm == 3:
            signature.load_public(self.material)
        elif len(self.material) != 32:
            raise Refused("KEY_LENGTH")
        elif self.material == bytes(32):
            raise Refused("KEY_INVALID")

    def check_against(self, other: "Key") -> None:
        """One ID, one key; one key, one identity. Members of a group share a secret; a module
        signs for several audiences with one key."""
        if self.key_id == other.key_id:
            raise Refused("DUPLICATE_KEY_ID")
        if self.material != other.material:
            return
        same_audience, same_sender = self.group == other.group, self.sender == other.sender
        if self.algorithm == 3:
            shared = same_sender and not same_audience
        else:
            same_group = self.group is not None and same_audience
            shared = same_group and self.algorithm == other.algorithm and not same_sender
        if not shared:
            raise Refused("DUPLICATE_KEY")

    def takes(self, algorithm: int) -> bool:
        """Whether frames of this algorithm come under this key."""
        return algorithm == self.algorithm or (algorithm == BURST and self.burst_rate is not None)

    def dead(self, now: int) -> bool:
        """Whether the expiry is reached, both in whole seconds rounded down (R8)."""
        return self.expires is not None and now // 1_000_000 >= self.expires // 1_000_000

    def audience(self, own: bytes) -> tuple[int, bytes]:
        """Kind and ID of whom the key's frames are for."""
        return (RECEIVER, own) if self.group is None else (GROUP, self.group)

    def verify(self, own: bytes, frame: Parsed, context: bytes, now: int | None) -> None:
        """Step 6, over the bytes that came."""
        kind, audience = self.audience(own)
        covered = frame.raw + frame.payload + context
        if self.algorithm == 3:
            self._verify_signature(frame, kind, audience, covered, now)
            return
        made_by = authenticated.frame_key(
            self.material, self.algorithm, kind, self.sender, audience
        )
        tag = authenticated.mac(made_by, covered)[: len(frame.tag)]
        if not hmac.compare_digest(tag, frame.tag):
            raise Refused("TAG_WRONG")

    def _verify_signature(
        self, frame: Parsed, kind: int, audience: bytes, covered: bytes, now: int | None
    ) -> None:
        signed = frame.tag[-64:]
        signature.check_range(signed)
        if frame.meta.algorithm == BURST:
            self.budget.pay(now)
            parties = self.sender, audience
            message = authenticated.signed_prefix(kind, *parties, algorithm=BURST) + covered
            index, size = frame.tag[0], frame.tag[1] + 1
            root = burst.root_of_path(burst.leaf(message, index, size), frame.tag)
            message = authenticated.signed_root(kind, *parties, size, root)
        else:
            message = authenticated.signed_prefix(kind, self.sender, audience) + covered
        if not signature.verify(self.material, signed, message):
            raise Refused("SIGNATURE_WRONG")
