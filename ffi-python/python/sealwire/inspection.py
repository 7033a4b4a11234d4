"""A frame taken apart, field by field: for tools and for reading a capture.

Nothing here is believed: an inspected frame may be forged, stale or repeated, and its payload is
shown for reading only. What may be acted on comes from `Validator.validate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sealwire import _native
from sealwire.levels import Algorithm, Level

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from sealwire._native import ModuleId

__all__ = ["Field", "Inspection", "inspect"]

_LEVEL_MEANINGS = {
    Level.NONE: "well formed, proves nothing",
    Level.BASIC_AUTH: "names its sender, proves nothing",
    Level.TIMESTAMP: "names its sender and time, proves nothing",
    Level.HMAC: "a tag proves the holder of the key",
    Level.DIGITAL_SIGNATURE: "a signature proves the sender",
}


_TAG_MEANINGS = {
    Algorithm.ECDSA_P256: "r and s, unproven",
    Algorithm.ECDSA_P256_BURST: "index, size - 1, path, r and s, unproven",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a frame."""

    name: str
    offset: int
    """Where it begins, in bytes from the frame's front."""
    data: bytes
    """Its bytes as they travelled."""
    value: int | str
    """What they say."""
    meaning: str
    """For a person."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A well-formed frame, unproven."""

    version: int
    level: Level
    algorithm: Algorithm
    key_id: int | None
    sender: ModuleId | None
    timestamp: int
    """µs since 1970; 0 under a counter-only key."""
    nonce: int
    unproven_payload: bytes
    """The payload, which nobody has checked."""
    tag: bytes
    fields: tuple[Field, ...]
    """All of it in the order of the bytes."""

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON: bytes as hexadecimal digits, names instead of numbers."""
        return {
            "version": self.version,
            "level": self.level.name,
            "algorithm": self.algorithm.text,
            "key_id": self.key_id,
            "sender": None if self.sender is None else str(self.sender),
            "timestamp": self.timestamp,
            "nonce": self.nonce,
            "unproven_payload": self.unproven_payload.hex(),
            "tag": self.tag.hex(),
            "fields": [
                {
                    "name": field.name,
                    "offset": field.offset,
                    "bytes": field.data.hex(),
                    "value": field.value,
                    "meaning": field.meaning,
                }
                for field in self.fields
            ],
        }


def inspect(frame: Buffer, message: Buffer | None = None) -> Inspection:
    """Takes a frame apart without proving anything.

    Args:
        frame: an attached frame; or, together with `message`, a detached form.
        message: the message beside a detached form.

    Raises:
        MalformedError: the bytes are not what the protocol writes.
    """
    # Not `bytes(frame)`, which takes a number and makes so many zeros of it.
    data = memoryview(frame).tobytes()
    beside = None if message is None else memoryview(message).tobytes()
    found = _native.parse(data, beside)
    head = found["metadata_length"]
    end = head + (found["payload_length"] if beside is None else 0)
    fields = tuple(_fields(data, found, end, beside))
    return Inspection(
        version=data[0] >> 4,
        level=found["level"],
        algorithm=found["algorithm"],
        key_id=found["key_id"],
        sender=found["sender"],
        timestamp=found["timestamp"],
        nonce=found["nonce"],
        unproven_payload=data[head:end] if beside is None else beside,
        tag=data[end:],
        fields=fields,
    )


def _fields(data: bytes, found: _native._Parsed, end: int, beside: bytes | None) -> Iterator[Field]:
    level, algorithm = found["level"], found["algorithm"]
    at = 0

    def take(name: str, length: int, value: int | str, meaning: str) -> Field:
        nonlocal at
        field = Field(name, at, data[at : at + length], value, meaning)
        at += length
        return field

    version = data[0] >> 4
    yield take(
        "head",
        1,
        data[0],
        f"version {version}, level {level} {level.name}: {_LEVEL_MEANINGS[level]}",
    )
    yield take(
        "algorithm", 1, int(algorithm), f"{algorithm.text}, tag of {found['tag_length']} bytes"
    )
    if found["key_id"] is not None:
        key_id = found["key_id"]
        yield take(
            "key id", _varint(data, at), key_id, f"{key_id:#010x}: under what to find the key"
        )
    else:
        yield take("sender", 16, str(found["sender"]), "claimed module ID")
    yield take("timestamp", _varint(data, at), found["timestamp"], _moment(found["timestamp"]))
    yield take("nonce", _varint(data, at), found["nonce"], "a counter, or 64 random bits")
    length = found["payload_length"]
    yield take("length", _varint(data, at), length, f"{length} bytes of payload")
    if beside is None:
        yield take("payload", length, _text(data[at:end]), "in clear, unproven")
    if found["tag_length"]:
        tag = data[end:]
        meaning = _TAG_MEANINGS.get(algorithm, "unproven")
        yield take("tag", len(tag), tag.hex(), meaning)


def _varint(data: bytes, at: int) -> int:
    """The length of the number that begins at `at`, which the core has read before."""
    end = at
    while data[end] & 0x80:
        end += 1
    return end + 1 - at


def _moment(micros: int) -> str:
    if micros == 0:
        return "none: the key counts and has no clock, or the level has no time"
    try:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except OverflowError:
        return "µs since 1970, after the year 9999"
    return when.isoformat(timespec="microseconds")


def _text(payload: bytes) -> str:
    """The payload as text where it is some, else as hexadecimal digits."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return payload.hex()
    return text if text.isprintable() else payload.hex()
