"""What became of a request for access, by the names and numbers of the framework before.

Decides which refusal is which status; who hears it is `manager.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from sealwire._native import Session
from sealwire.errors import (
    CertificateValidationError,
    ErrorCode,
    ForbiddenError,
    MalformedError,
    SecurityError,
    SignatureValidationError,
    StaleError,
    UnauthenticatedError,
    error_for,
)

__all__ = ["REFUSED", "AccessResponse", "AccessStatus", "status_of"]

REFUSED = b"refused"
"""All that a stranger hears; shorter than any message of the exchange."""


class AccessStatus(IntEnum):
    """What became of a request for access."""

    GRANTED = 0
    """There is a session."""
    DENIED = 1
    """The module is who it says, and may not have what it asks for."""
    INVALID_REQUEST = 2
    """The bytes are no message of the exchange, or not for here."""
    EXPIRED = 3
    """Too late: a cookie, a proof or a session that is over."""
    INVALID_SIGNATURE = 4
    """The proof doesn't fit."""
    CERTIFICATE_ERROR = 5
    """The credential is unknown, of another kind, or over."""
    INTERNAL_ERROR = 6
    """This side can't decide now."""


def status_of(code: ErrorCode) -> AccessStatus:
    """The status that a refusal counts as."""
    kind = type(error_for(code))
    for classes, status in _STATUS:
        if issubclass(kind, classes):
            return status
    return AccessStatus.INTERNAL_ERROR


_STATUS: tuple[tuple[type[SecurityError], AccessStatus], ...] = (
    (SignatureValidationError, AccessStatus.INVALID_SIGNATURE),
    (CertificateValidationError, AccessStatus.CERTIFICATE_ERROR),
    (StaleError, AccessStatus.EXPIRED),
    (ForbiddenError, AccessStatus.DENIED),
    (MalformedError, AccessStatus.INVALID_REQUEST),
    (UnauthenticatedError, AccessStatus.INVALID_REQUEST),
)


@dataclass(frozen=True)
class AccessResponse:
    """A granter's answer to one message.

    Attributes:
        message: the bytes to send back.
        status: what became of the request; None while it is under way (a challenge).
        session: the new session, unconfirmed until a frame of it came.
        error: why not; stays here, and does not go over the line.
    """

    message: bytes = field(repr=False)
    status: AccessStatus | None = None
    session: Session | None = None
    error: SecurityError | None = None
