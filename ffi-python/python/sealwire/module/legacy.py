"""The old text form, so that half a fleet can move first. Opt-in, with an end.

Decides who is still taken by it, and that no level is satisfied by it: a requirement must name it
with `OrLegacy`. It proves the ID, the second, the nonce and, through a digest, the body; not the
level, the context or the receiver.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sealwire._native import Accepted, Limits, ModuleId, now
from sealwire.errors import ErrorCode, error_for
from sealwire.levels import Level
from sealwire.module.body import NoBody
from sealwire.module.metadata import Metadata, whole

__all__ = ["LEGACY", "LegacyAccepted", "LegacyGate", "OrLegacy", "is_legacy", "legacy_code"]

LEGACY: Final = 0
"""The verdict on a message in the old text form: below every level."""

_CODE: Final = re.compile(r"[0-9a-f]{64}")
_SECOND: Final = 1_000_000


@dataclass(frozen=True)
class OrLegacy:
    """A requirement that names the old text form.

    Attributes:
        level: what native frames must have.
        without_body: old messages need not prove their body.
    """

    level: int = Level.HMAC
    without_body: bool = False


@dataclass(frozen=True)
class LegacyAccepted:
    """An old message that may be taken for what it is.

    Attributes:
        sender: by whose key it was made.
        seconds: when, by the sender's clock.
        nonce: its nonce.
        payload: the body that its digest proves; None where that was waived.
    """

    sender: ModuleId
    seconds: int
    nonce: int
    payload: bytes | None = field(default=None, repr=False)

    @property
    def level(self) -> int:
        """LEGACY, which no level satisfies."""
        return LEGACY


def is_legacy(metadata: Metadata) -> bool:
    """Whether a message is in the old text form: 64 hexadecimal digits in lower case. A native form
    begins with a capital letter.
    """
    payload = metadata.security_payload
    return isinstance(payload, str) and _CODE.fullmatch(payload) is not None


def legacy_code(key: str, sender_id: str, seconds: int, nonce: int, data: str = "") -> str:
    """The old code: HMAC-SHA256 in hex over `sender_id|seconds|nonce` and `|data` if there is any.

    Args:
        key: in hex.
        sender_id: as the old side writes it.
        seconds: since 1970.
        nonce: the message's.
        data: additional data: the body's SHA-256 in hex, or empty.

    Raises:
        MalformedError: LEGACY_FORM for a `|` in the ID, which would make two texts one.
        MisuseError: KEY_INVALID.
    """
    if "|" in sender_id or not sender_id:
        raise error_for(ErrorCode.LEGACY_FORM, "sender_id")
    parts = [sender_id, str(int(seconds)), str(int(nonce))]
    text = "|".join([*parts, data] if data else parts)
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        raise error_for(ErrorCode.KEY_INVALID, "a key of the old form is in hex") from None
    try:
        said = text.encode()
    except UnicodeEncodeError:
        raise error_for(ErrorCode.LEGACY_FORM, "no UTF-8") from None
    return hmac.new(secret, said, hashlib.sha256).hexdigest()


class LegacyGate:
    """Takes the old text form of known senders until a date, and of each until it moved.

    Args:
        keys: the senders' keys in hex, by their ID as the old side writes it.
        until: when it ends for all, in µs since 1970.
        limits: how old and how new messages may be.
        capacity: how many nonces are remembered; when it is full, messages are refused.

    Raises:
        MisuseError: INVALID_ID; KEY_INVALID for keys below 16 bytes.
        MalformedError: LEGACY_FORM for a `|` in an ID.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        *,
        until: int,
        limits: Limits | None = None,
        capacity: int = 4096,
    ) -> None:
        self._keys: dict[str, str] = {}
        for sender_id, key in keys.items():
            ModuleId(sender_id)
            legacy_code(key, sender_id, 0, 0)
            if len(bytes.fromhex(key)) < 16:
                raise error_for(ErrorCode.KEY_INVALID, "a key has 16 bytes or more")
            self._keys[sender_id] = key
        self._until = until
        self._limits = limits or Limits()
        self._capacity = capacity
        self._lock = threading.Lock()
        self._moved: set[ModuleId] = set()
        self._seen: dict[tuple[ModuleId, int], int] = {}
        self._latest = 0

    @staticmethod
    def decide(
        gate: LegacyGate | None,
        metadata: Metadata,
        demand: OrLegacy | None,
        body: bytes | NoBody | None,
        at: int | None = None,
    ) -> LegacyAccepted:
        """The verdict on an old message, or why it is refused; `at` is the time, the system's where
        it is left out.
        """
        if gate is None or demand is None:
            raise error_for(ErrorCode.LEGACY_NOT_ALLOWED)
        return gate._validate(metadata, demand, body, now() if at is None else at)

    def saw_native(self, accepted: Accepted) -> None:
        """Ends migration for who proved that it moved."""
        if accepted.level >= Level.HMAC and accepted.group is None and accepted.sender is not None:
            with self._lock:
                self._moved.add(accepted.sender)

    def _validate(
        self, metadata: Metadata, demand: OrLegacy, body: bytes | NoBody | None, at: int
    ) -> LegacyAccepted:
        if not demand.without_body and (body is None or isinstance(body, NoBody)):
            raise error_for(ErrorCode.BODY_MISSING)
        payload = None if demand.without_body else bytes(body)  # type: ignore[arg-type]
        seconds, nonce = whole(getattr(metadata.timestamp, "sec", None)), whole(metadata.nonce)
        if seconds is None or nonce is None or seconds < 0 or nonce < 0:
            raise error_for(ErrorCode.LEGACY_FORM)
        if metadata.algorithm_id != "HMAC-SHA256" or not isinstance(metadata.sender_id, str):
            raise error_for(ErrorCode.LEGACY_FORM)
        key = self._keys.get(metadata.sender_id)
        # Of somebody unknown too, so that the refusals come at one pace.
        data = "" if payload is None else hashlib.sha256(payload).hexdigest()
        code = legacy_code(key or "00" * 32, metadata.sender_id, seconds, nonce, data)
        is_right = hmac.compare_digest(code, metadata.security_payload)
        if key is None:
            raise error_for(ErrorCode.UNKNOWN_SENDER)
        if not is_right:
            raise error_for(ErrorCode.TAG_WRONG)
        sender = ModuleId(metadata.sender_id)
        with self._lock:
            self._record(sender, seconds, nonce, at)
        return LegacyAccepted(sender, seconds, nonce, payload)

    def _record(self, sender: ModuleId, seconds: int, nonce: int, at: int) -> None:
        """Time and repetition, under the lock."""
        at = self._latest = max(self._latest, at)
        if at >= self._until or sender in self._moved:
            raise error_for(ErrorCode.LEGACY_NOT_ALLOWED)
        stamp = seconds * _SECOND
        # The old form cuts its time to the second.
        good_until = stamp + _SECOND + self._limits.past
        if at > good_until:
            raise error_for(ErrorCode.TOO_OLD)
        if stamp > at + self._limits.future:
            raise error_for(ErrorCode.TOO_NEW)
        if (sender, nonce) in self._seen:
            raise error_for(ErrorCode.REPLAYED)
        if len(self._seen) >= self._capacity:
            self._seen = {seen: end for seen, end in self._seen.items() if end >= at}
        if len(self._seen) >= self._capacity:
            raise error_for(ErrorCode.NONCE_CACHE_FULL)
        self._seen[sender, nonce] = good_until
