"""Attached, detached and stream (PROTOCOL.md §3.2): from bytes to metadata, payload and tag."""

from dataclasses import dataclass

from . import burst, cobs, metadata
from .errors import Refused
from .metadata import BURST, TAG_BYTES, Metadata


@dataclass(frozen=True)
class Parsed:
    """A well-formed frame. `raw` are the metadata's bytes as they came."""

    meta: Metadata
    raw: bytes
    payload: bytes
    tag: bytes


def parse_attached(frame: bytes) -> Parsed:
    """metadata ‖ payload ‖ tag, and nothing after it."""
    meta, used = metadata.decode(frame)
    rest = frame[used:]
    _check_length(len(rest), meta.length + _tag_bytes(meta, rest[meta.length :]))
    return Parsed(meta, frame[:used], rest[: meta.length], rest[meta.length :])


def parse_detached(frame: bytes, payload: bytes) -> Parsed:
    """metadata ‖ tag beside its payload (R4: the frame's own bytes are looked at first)."""
    meta, used = metadata.decode(frame)
    _check_length(len(frame) - used, _tag_bytes(meta, frame[used:]))
    if len(payload) != meta.length:
        raise Refused("LENGTH_MISMATCH")
    return Parsed(meta, frame[:used], payload, frame[used:])


def read_stream(stream: bytes, buffer: int) -> tuple[bytes, bytes]:
    """The first packet that isn't empty, decoded, and what follows it (R5 on the buffer)."""
    while stream.startswith(b"\0"):
        stream = stream[1:]
    packet, end, rest = stream.partition(b"\0")
    if not end:
        raise Refused("TRUNCATED")
    if len(packet) > buffer:
        raise Refused("STREAM_TOO_LONG")
    return cobs.decode(packet), rest


def _tag_bytes(meta: Metadata, tag: bytes) -> int:
    return burst.tag_bytes(tag) if meta.algorithm == BURST else TAG_BYTES[meta.algorithm]


def _check_length(got: int, wanted: int) -> None:
    if got < wanted:
        raise Refused("TRUNCATED")
    if got > wanted:
        raise Refused("TRAILING_BYTES")
