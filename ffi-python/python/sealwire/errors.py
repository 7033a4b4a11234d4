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

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from sealwire import _native
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


class ErrorCode(IntEnum):
    """The reasons. Numbers never change; hundreds are areas. `sentence` says what each means."""

    TRUNCATED = 101
    TRAILING_BYTES = 102
    UNKNOWN_VERSION = 103
    UNKNOWN_LEVEL = 104
    UNKNOWN_ALGORITHM = 105
    PAIR_MISMATCH = 106
    VARINT = 107
    PAYLOAD_TOO_LONG = 108
    TIMESTAMP_RANGE = 109
    LENGTH_MISMATCH = 110
    COBS = 111
    STREAM_TOO_LONG = 112
    UNSUPPORTED_ALGORITHM = 113
    SIGNATURE_RANGE = 114
    SIGNATURE_HIGH_S = 115
    BURST_SHAPE = 116
    LEVEL_TOO_LOW = 201
    LEVEL_NOT_EXACT = 202
    GROUP_NOT_ALLOWED = 203
    POLICY_REFUSED = 204
    POLICY_MISSING = 205
    UNKNOWN_SENDER = 301
    UNKNOWN_KEY = 302
    KEY_EXPIRED = 303
    KEY_REVOKED = 304
    KEY_ALGORITHM = 305
    KEY_CHANGED = 306
    NO_CLOCK = 401
    TOO_OLD = 402
    TOO_NEW = 403
    BEFORE_RESTART = 404
    CLOCK_STEPPED_BACK = 405
    TIMESTAMP_NOT_ZERO = 406
    REPLAYED = 501
    NONCE_TOO_OLD = 502
    NONCE_LIMIT = 503
    NONCE_CACHE_FULL = 504
    NO_WINDOW_STATE = 505
    TAG_WRONG = 601
    SIGNATURE_WRONG = 602
    NO_ENGINE = 603
    ENGINE_FAILED = 604
    VERIFICATION_BUDGET = 605
    NONCES_SPENT = 701
    KEY_SPENT = 702
    NO_ENTROPY = 703
    NULL_POINTER = 801
    OVERLAP = 802
    BUFFER_TOO_SMALL = 803
    OBJECT_SIZE = 804
    NOT_INITIALISED = 805
    KEY_LENGTH = 806
    KEY_INVALID = 807
    KEY_KIND = 808
    INVALID_ID = 809
    DUPLICATE_KEY_ID = 810
    DUPLICATE_KEY = 811
    TABLE_FULL = 812
    ROLLOVER_PENDING = 813
    INVALID_CONTEXT = 814
    INVALID_LIMITS = 815
    INVALID_STATE = 816
    INVALID_NONCE_START = 817
    INVALID_ARGUMENT = 818
    ABI_MISMATCH = 819
    ABSURD_LENGTH = 820
    NONCE_QUOTA = 821
    BURST_STORAGE = 822

    @property
    def kind(self) -> str:
        """The class: malformed, stale, unauthenticated, forbidden, unavailable or misuse."""
        return _TABLE[self][0]

    @property
    def sentence(self) -> str:
        """One sentence for a person."""
        return _TABLE[self][1]


_TABLE = {number: (kind, sentence) for number, _, kind, sentence in _native.ERRORS}


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
