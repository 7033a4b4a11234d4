"""Why something was refused: one code each, and one exception per thing that a caller can do.

    SecurityError
    ├── MalformedError        also a ValueError: the bytes are not what the protocol writes
    ├── StaleError            too old, too new, or seen before
    ├── UnauthenticatedError  nobody known proved to have sent it
    ├── ForbiddenError        proven or not, it is not allowed here
    ├── UnavailableError      this side can't decide or act now: no clock, no room, no key left
    └── MisuseError           also a ValueError: the program called wrongly

An argument of a wrong Python type raises `TypeError`. Numbers, names, classes and sentences are
the core's; a test compares them. None of these is an `OSError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sealwire import _native
from sealwire.codes import ErrorCode
from sealwire.levels import Level

if TYPE_CHECKING:
    from sealwire._native import ModuleId

__all__ = [
    "ErrorCode",
    "ForbiddenError",
    "MalformedError",
    "MisuseError",
    "SecurityError",
    "StaleError",
    "UnauthenticatedError",
    "UnavailableError",
    "error_for",
]


class SecurityError(Exception):
    """Something was refused. One of the subclasses is raised, never this one.

    Attributes:
        code: the reason.
        detail: half a sentence more, where there is one.
        step: the step of the pipeline at which a frame was refused, 1 to 8; None if no frame is
            to blame.
        key_id: the key that the frame named. Like `sender`, `level` and `nonce` it is the frame's
            own word, unproven up to step 6, and None where it could not be read.
        sender: the module that the frame named.
        level: the level that the frame claimed.
        nonce: the nonce that the frame carried.
    """

    kind: ClassVar[str] = ""

    def __init__(  # noqa: PLR0917 - by position, so that it goes through pickle
        self,
        code: int,
        detail: str = "",
        step: int | None = None,
        key_id: int | None = None,
        sender: ModuleId | None = None,
        level: int | None = None,
        nonce: int | None = None,
    ) -> None:
        super().__init__(code, detail, step, key_id, sender, level, nonce)
        self.code = ErrorCode(code)
        self.detail = detail
        self.step = step
        self.key_id = key_id
        self.sender = sender
        self.level = None if level is None else Level(level)
        self.nonce = nonce

    @property
    def name(self) -> str:
        """The reason's name, such as "REPLAYED"."""
        return self.code.name

    def __str__(self) -> str:
        text = f"{self.code.name}: {self.code.sentence}"
        if self.detail:
            text += f" ({self.detail})"
        if self.step is not None:
            text += f" (step {self.step})"
        return text


class MalformedError(SecurityError, ValueError):
    """The bytes are not what the protocol writes."""

    kind = "malformed"


class StaleError(SecurityError):
    """Too old, too new, or seen before."""

    kind = "stale"


class UnauthenticatedError(SecurityError):
    """Nobody known proved to have sent it."""

    kind = "unauthenticated"


class ForbiddenError(SecurityError):
    """Proven or not, it is not allowed here."""

    kind = "forbidden"


class UnavailableError(SecurityError):
    """This side can't decide or act now: no clock, no room, no key left."""

    kind = "unavailable"


class MisuseError(SecurityError, ValueError):
    """The program called wrongly; no message is to blame."""

    kind = "misuse"


_CLASSES: dict[str, type[SecurityError]] = {
    cls.kind: cls
    for cls in (
        MalformedError,
        StaleError,
        UnauthenticatedError,
        ForbiddenError,
        UnavailableError,
        MisuseError,
    )
}
_CLASS_OF = {number: _CLASSES[kind] for number, _, kind, _ in _native.ERRORS}


def error_for(  # noqa: PLR0917 - called by position only, once per refusal
    code: int,
    detail: str = "",
    step: int | None = None,
    key_id: int | None = None,
    sender: ModuleId | None = None,
    level: int | None = None,
    nonce: int | None = None,
) -> SecurityError:
    """The exception for a code, of its class: what the extension module raises."""
    return _CLASS_OF[code](code, detail, step, key_id, sender, level, nonce)
