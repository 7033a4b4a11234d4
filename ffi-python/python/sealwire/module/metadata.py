"""The field `safety_metadata` of a message: the sealed form, and copies of what stands in it.

Decides which field repeats what. Only `security_payload` is checked, by a validator; a message in
which a copy differs from it is malformed. `sender_name` is in no form: it is compared with names
that the receiver knows, or says nothing.
"""

from __future__ import annotations

import base64
import binascii
import operator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, SupportsIndex

from sealwire import _native
from sealwire._native import ModuleId
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.levels import Algorithm

__all__ = ["Form", "Metadata", "SafetyMetadata", "Time", "fill", "read"]

ALGORITHM_IDS: Final = {
    Algorithm.NONE: "NONE",
    Algorithm.HMAC_SHA256: "HMAC-SHA256",
    Algorithm.HMAC_SHA256_128: "HMAC-SHA256",
    Algorithm.ECDSA_P256: "ECDSA-P256",
    Algorithm.ECDSA_P256_BURST: "ECDSA-P256",
}
_MAX_SEC: Final = 2**31 - 1
_SECOND: Final = 1_000_000


@dataclass
class Time:
    """A time since 1970-01-01T00:00:00 UTC."""

    sec: int = 0
    nanosec: int = 0


@dataclass
class SafetyMetadata:
    """The field, for messages without a generated class for it."""

    security_level: int = 0
    sender_name: str = ""
    sender_id: str = ""
    timestamp: Time = field(default_factory=Time)
    nonce: int = 0
    security_payload: str = ""
    algorithm_id: str = ""


class Metadata(Protocol):
    """Any object with these attributes will do."""

    security_level: int
    sender_name: str
    sender_id: str
    timestamp: Any
    nonce: int
    security_payload: str
    algorithm_id: str


_FIELDS: Final = tuple(Metadata.__annotations__)


class Form(NamedTuple):
    """What a detached form says, before anybody proved it."""

    data: bytes
    level: int
    algorithm: Algorithm
    key_id: int | None
    sender: ModuleId | None
    timestamp: int
    nonce: int
    tag: bytes


def parse_form(data: bytes, body: bytes) -> Form:
    """Takes a detached form apart.

    Raises:
        MalformedError: as a validator.
    """
    parsed = _native.parse(data, body)
    return Form(
        data,
        parsed["level"],
        parsed["algorithm"],
        parsed["key_id"],
        parsed["sender"],
        parsed["timestamp"],
        parsed["nonce"],
        data[parsed["metadata_length"] :],
    )


def fill(metadata: Metadata, data: bytes, body: bytes, sender: ModuleId, name: str = "") -> None:
    """Writes a sealed form and its copies into the field.

    Args:
        metadata: any object with the attributes.
        data: the detached form.
        body: what was sealed.
        sender: this module.
        name: for people.

    Raises:
        UnavailableError: NO_CLOCK for a time that doesn't fit into `timestamp.sec`, from 2038 on.
    """
    form = parse_form(data, body)
    seconds, micros = divmod(form.timestamp, _SECOND)
    if seconds > _MAX_SEC:
        raise error_for(ErrorCode.NO_CLOCK, "timestamp.sec has 31 bits")
    metadata.security_level = int(form.level)
    metadata.sender_name = name
    metadata.sender_id = str(sender)
    metadata.timestamp.sec = seconds
    metadata.timestamp.nanosec = micros * 1000
    metadata.nonce = form.nonce
    metadata.security_payload = encode(data)
    metadata.algorithm_id = ALGORITHM_IDS[form.algorithm]


def read(metadata: Metadata, body: bytes) -> Form:
    """The form in the field, if the copies say what it says. The sender at levels 4 and 5 is not in
    it: `validation.py` compares that.

    Raises:
        MalformedError: METADATA_COPY; UNSUPPORTED_ALGORITHM for RSA-SHA256; as a validator.
    """
    if metadata.algorithm_id == "RSA-SHA256":
        raise error_for(ErrorCode.UNSUPPORTED_ALGORITHM, "RSA-SHA256")
    form = parse_form(decode(metadata.security_payload), body)
    seconds, micros = divmod(form.timestamp, _SECOND)
    stamp = metadata.timestamp
    numbers = {
        "security_level": (metadata.security_level, int(form.level)),
        "timestamp.sec": (getattr(stamp, "sec", None), seconds),
        "timestamp.nanosec": (getattr(stamp, "nanosec", None), micros * 1000),
        "nonce": (metadata.nonce, form.nonce),
    }
    for name, (copied, sealed) in numbers.items():
        if whole(copied) != sealed:
            raise differs(name)
    if metadata.algorithm_id != ALGORITHM_IDS[form.algorithm]:
        raise differs("algorithm_id")
    if form.sender is not None:
        check_sender(metadata, form.sender)
    return form


def check_whole(metadata: object) -> None:
    """Whether the field has all its attributes: what came over a line may have left some out.

    Raises:
        MalformedError: METADATA_COPY.
    """
    for name in _FIELDS:
        if not hasattr(metadata, name):
            raise differs(f"{name} is missing")


def whole(value: object) -> int | None:
    """A whole number, of whatever type it is; None for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    return operator.index(value)


def check_sender(metadata: Metadata, sender: ModuleId) -> None:
    """The copy of the sender's ID.

    Raises:
        MalformedError: METADATA_COPY.
    """
    if metadata.sender_id != str(sender):
        raise differs("sender_id")


def differs(name: str) -> SecurityError:
    """The refusal for a copy that isn't one."""
    return error_for(ErrorCode.METADATA_COPY, name)


def encode(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes, if the text is their one encoding.

    Raises:
        MalformedError: METADATA_COPY.
    """
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (AttributeError, UnicodeEncodeError, binascii.Error, ValueError):
        raise differs("security_payload is no base64url") from None
    if encode(data) != text:
        raise differs("security_payload is no base64url")
    return data
