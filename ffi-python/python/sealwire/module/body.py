"""What of a message is proven: its body, as bytes that both sides make alike.

Decides what counts as a body, and that levels 4 and 5 have one: a message that is given without
is refused unless both sides say `NO_BODY`. Checks nothing of what is in it.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, TypeVar, final

from sealwire.errors import ErrorCode, error_for
from sealwire.levels import Level

__all__ = ["NO_BODY", "Body", "CdrBody", "NoBody", "body_bytes", "body_of", "with_field"]

FIELD: Final = "safety_metadata"
_LITTLE_ENDIAN: Final = b"\x00\x01\x00\x00"
_Message = TypeVar("_Message")


@final
class NoBody:
    """The type of `NO_BODY`."""

    def __repr__(self) -> str:
        return "NO_BODY"


NO_BODY: Final = NoBody()
"""Says that there is no body to prove: only that the sender spoke, when, and about what."""

Body: TypeAlias = Callable[[Any], bytes] | NoBody | None
"""How a message becomes a body: a function, or `NO_BODY`; None leaves it open."""


def body_bytes(level: int, body: bytes | bytearray | memoryview | NoBody | None) -> bytes:
    """The bytes that are sealed or checked.

    Raises:
        ForbiddenError: BODY_MISSING for None at level 4 or 5.
    """
    if isinstance(body, NoBody):
        return b""
    if body is None:
        if level >= Level.HMAC:
            raise error_for(ErrorCode.BODY_MISSING)
        return b""
    return bytes(body)


def body_of(message: object, body: Body) -> bytes | NoBody | None:
    """The body of a message, by the function that was given for it."""
    return body(message) if callable(body) else body


class CdrBody:
    """The body of a ROS 2 message: its little-endian CDR with `safety_metadata` at its default.

    Args:
        serialize: gives a message's CDR with its header of 4 bytes.
        field: the name of the field that is put to its default.

    Raises:
        MisuseError: INVALID_ARGUMENT if the message has no such field, or what `serialize` gives
            isn't little-endian CDR.
    """

    def __init__(self, serialize: Callable[[Any], Any], field: str = FIELD) -> None:
        self._serialize = serialize
        self._field = field

    @classmethod
    def rclpy(cls, field: str = FIELD) -> CdrBody:
        """With `rclpy.serialization`. Raises ImportError without rclpy."""
        serialization = importlib.import_module("rclpy.serialization")
        return cls(serialization.serialize_message, field)

    @classmethod
    def rosbags(cls, store: Any, field: str = FIELD) -> CdrBody:
        """With a type store of the package `rosbags`."""
        return cls(lambda message: store.serialize_cdr(message, message.__msgtype__), field)

    def __call__(self, message: object) -> bytes:
        bare = with_field(message, self._field, default_of(_field_of(message, self._field)))
        body = bytes(self._serialize(bare))
        if not body.startswith(_LITTLE_ENDIAN):
            raise error_for(ErrorCode.INVALID_ARGUMENT, "this isn't little-endian CDR")
        return body


def _field_of(message: object, field: str) -> Any:
    try:
        return getattr(message, field)
    except AttributeError:
        detail = f"a {type(message).__name__} has no field {field}"
        raise error_for(ErrorCode.INVALID_ARGUMENT, detail) from None


def with_field(message: _Message, field: str, value: object) -> _Message:
    """A copy of the message with another value in one field; the message is as it was."""
    if dataclasses.is_dataclass(message) and not isinstance(message, type):
        return dataclasses.replace(message, **{field: value})
    made = copy.copy(message)
    setattr(made, field, value)
    return made


def default_of(value: Any) -> Any:
    """A value of the same type as it is before anybody filled it in: zeros and nothing."""
    try:
        return type(value)()
    except TypeError:
        # A class that wants all of its fields.
        names = list(_names_of(value))
        made = {name: default_of(getattr(value, name)) for name in names}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.replace(value, **made)
        fresh = copy.copy(value)
        for name, field in made.items():
            setattr(fresh, name, field)
        return fresh


def _names_of(value: Any) -> Iterable[str]:
    if dataclasses.is_dataclass(value):
        return (field.name for field in dataclasses.fields(value) if field.init)
    return list(vars(value))
