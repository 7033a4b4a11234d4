"""Why something was refused: one code each, and one exception per thing that a caller can do.

    SecurityError
    ├── MalformedError        also a ValueError: the bytes are not what the protocol writes
    ├── StaleError            too old, too new, or seen before
    ├── UnauthenticatedError  nobody known proved to have sent it
    ├── ForbiddenError        proven or not, it is not allowed here
    ├── UnavailableError      this side can't decide or act now: no clock, no room, no key left
    └── MisuseError           also a ValueError: the program called wrongly

Six more names are for reasons that one looks for by themselves, whatever their class; such an
exception is of both, say `SignatureValidationError` and `UnauthenticatedError`:

    SecurityError
    ├── InvalidSecurityLevelError   the level is too low, another, or not to be had
    ├── SignatureValidationError    a tag, signature or MAC doesn't fit
    ├── CertificateValidationError  the credential is unknown, of another kind, or over
    ├── TimestampValidationError    too old, too new, or there is no clock
    ├── SessionExpiredError         the session, its key or its token is over
    └── NonceValidationError        seen before, or nothing is known of it any more

An argument of a wrong Python type raises `TypeError`; text with lone surrogates, which has no
UTF-8, `UnicodeEncodeError`, as everywhere in Python. Numbers, names, classes and sentences are the
core's; a test compares them. None of these is an `OSError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sealwire import _native
from sealwire.codes import ErrorCode
from sealwire.levels import Level

if TYPE_CHECKING:
    from sealwire._native import ModuleId

__all__ = [
    "CertificateValidationError",
    "ErrorCode",
    "ForbiddenError",
    "InvalidSecurityLevelError",
    "MalformedError",
    "MisuseError",
    "NonceValidationError",
    "SecurityError",
    "SessionExpiredError",
    "SignatureValidationError",
    "StaleError",
    "TimestampValidationError",
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

    def __reduce__(self) -> tuple[Any, ...]:
        return error_for, self.args

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


class InvalidSecurityLevelError(SecurityError):
    """The level is too low, another than the one demanded, or not to be had."""


class SignatureValidationError(SecurityError):
    """A tag, signature or MAC doesn't fit: another key, or something was changed."""


class CertificateValidationError(SecurityError):
    """The credential is unknown, of another kind, or over."""


class TimestampValidationError(SecurityError):
    """Too old, too new, or there is no clock to tell by."""


class SessionExpiredError(SecurityError):
    """The session, its key or its token is over: ask for access again."""


class NonceValidationError(SecurityError):
    """Seen before, or nothing is known of it any more."""


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
_CERTIFICATES = 10  # the hundreds of their codes

_NAMED: dict[type[SecurityError], str] = {
    InvalidSecurityLevelError: "LEVEL_TOO_LOW LEVEL_NOT_EXACT LEVEL_NOT_GRANTED SECRET_LEVEL "
    "UNKNOWN_LEVEL PAIR_MISMATCH",
    SignatureValidationError: "TAG_WRONG SIGNATURE_WRONG SIGNATURE_RANGE SIGNATURE_HIGH_S "
    "ACCESS_MAC_WRONG ACCESS_SIGNATURE_WRONG",
    CertificateValidationError: "CREDENTIAL_KIND CREDENTIAL_EXPIRED ACCESS_UNKNOWN_MODULE "
    "KEY_REVOKED",
    TimestampValidationError: "TOO_OLD TOO_NEW BEFORE_RESTART CLOCK_STEPPED_BACK NO_CLOCK "
    "TIMESTAMP_NOT_ZERO TIMESTAMP_RANGE",
    SessionExpiredError: "KEY_EXPIRED SESSION_UNKNOWN TOKEN_UNKNOWN",
    NonceValidationError: "REPLAYED NONCE_TOO_OLD NONCE_LIMIT NONCE_CACHE_FULL NO_WINDOW_STATE "
    "ACCESS_REPLAYED",
}


def _both(named: type[SecurityError], kind: type[SecurityError]) -> type[SecurityError]:
    """The class of an exception that has a name of its own and a class."""
    body = {"__doc__": named.__doc__, "__module__": __name__}
    return type(named.__name__, (named, kind), body)


def _classes() -> dict[int, type[SecurityError]]:
    """The exception of each code."""
    classes = {number: _CLASSES[kind] for number, _, kind, _ in _native.ERRORS}
    for named, codes in _NAMED.items():
        made: dict[type[SecurityError], type[SecurityError]] = {}
        listed = [ErrorCode[name] for name in codes.split()]
        if named is CertificateValidationError:
            listed += [code for code in ErrorCode if code // 100 == _CERTIFICATES]
        for code in listed:
            kind = classes[code]
            made.setdefault(kind, _both(named, kind))
            classes[code] = made[kind]
    return classes


_CLASS_OF = _classes()


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
