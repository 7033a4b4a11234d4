"""Why a TLS connection was refused: OpenSSL's verdicts as codes of this library.

A refusal is a `SecurityError` and, unlike every other of them, also an `ssl.SSLError` (and so an
`OSError`): asyncio, urllib3 and socketserver end a handshake properly only on those.
"""

from __future__ import annotations

import ssl
import time

from sealwire.errors import (
    CertificateValidationError,
    ErrorCode,
    ForbiddenError,
    MalformedError,
    SecurityError,
    StaleError,
    UnauthenticatedError,
    UnavailableError,
)
from sealwire.log import logger

__all__ = ["TlsRefusedError", "WrongHostError"]

LOGGED_PER_SECOND = 10


class TlsRefusedError(CertificateValidationError, ssl.SSLCertVerificationError):
    """The peer's certificate is refused. `code` says why; `verify_code` is OpenSSL's, if its."""

    verify_code: int = 0
    verify_message: str = ""


class WrongHostError(TlsRefusedError, UnauthenticatedError):
    """IDENTITY_MISMATCH: the certificate is for another host name or address."""


def _both(kind: type[SecurityError]) -> type[TlsRefusedError]:
    """The class of a refusal that has this class too."""
    body = {"__doc__": TlsRefusedError.__doc__, "__module__": __name__}
    return type("TlsRefusedError", (TlsRefusedError, kind), body)


_CLASSES = {
    kind.kind: _both(kind)
    for kind in (MalformedError, UnauthenticatedError, ForbiddenError, StaleError, UnavailableError)
}

# X509_V_ERR_*, from OpenSSL's x509_vfy.h. What isn't here is CERTIFICATE_MALFORMED.
_OPENSSL = {
    2: ErrorCode.UNKNOWN_ANCHOR,
    3: ErrorCode.REVOCATION_UNKNOWN,
    5: ErrorCode.REVOCATION_SIGNATURE,
    7: ErrorCode.CERTIFICATE_SIGNATURE,
    8: ErrorCode.REVOCATION_SIGNATURE,
    9: ErrorCode.CERTIFICATE_NOT_YET_VALID,
    10: ErrorCode.CERTIFICATE_EXPIRED,
    11: ErrorCode.REVOCATION_STALE,
    12: ErrorCode.REVOCATION_STALE,
    18: ErrorCode.UNKNOWN_ANCHOR,
    19: ErrorCode.UNKNOWN_ANCHOR,
    20: ErrorCode.UNKNOWN_ANCHOR,
    21: ErrorCode.UNKNOWN_ANCHOR,
    22: ErrorCode.CHAIN_LENGTH,
    23: ErrorCode.CERTIFICATE_REVOKED,
    24: ErrorCode.NOT_AN_ISSUER,
    25: ErrorCode.PATH_LENGTH,
    26: ErrorCode.PURPOSE_MISSING,
    32: ErrorCode.NOT_AN_ISSUER,
    33: ErrorCode.REVOCATION_UNKNOWN,
    34: ErrorCode.CRITICAL_EXTENSION,
    35: ErrorCode.REVOCATION_UNKNOWN,
    44: ErrorCode.REVOCATION_UNKNOWN,
    47: ErrorCode.NAME_CONSTRAINT,
    48: ErrorCode.NAME_CONSTRAINT,
    79: ErrorCode.NOT_AN_ISSUER,
}
_WRONG_HOST = (62, 64)


def refused(code: ErrorCode, detail: str) -> TlsRefusedError:
    """A refusal with this reason, of its class."""
    return _CLASSES[code.kind](code, detail)


def wrong_host(detail: str) -> WrongHostError:
    """A refusal of a certificate for another host."""
    return WrongHostError(ErrorCode.IDENTITY_MISMATCH, detail)


def from_ssl(error: ssl.SSLError) -> TlsRefusedError | None:
    """What OpenSSL refused, in our words; None if it's no refusal of the peer's certificate."""
    if isinstance(error, TlsRefusedError):
        return error
    if error.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return refused(ErrorCode.CHAIN_LENGTH, "the peer sent no certificate")
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    if error.verify_code in _WRONG_HOST:
        made: TlsRefusedError = wrong_host(error.verify_message)
    else:
        code = _OPENSSL.get(error.verify_code, ErrorCode.CERTIFICATE_MALFORMED)
        made = refused(code, error.verify_message)
    made.verify_code, made.verify_message = error.verify_code, error.verify_message
    return made


class Reporter:
    """Logs refusals, so many a second: anybody who reaches the port can cause one."""

    def __init__(self) -> None:
        self._second = 0
        self._logged = 0
        self._suppressed = 0

    def log(self, refusal: SecurityError) -> None:
        """Logs one, or counts it."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._logged = second, 0
        if self._logged >= LOGGED_PER_SECOND:
            self._suppressed += 1
            return
        more = f"; {self._suppressed} more were not logged" if self._suppressed else ""
        self._logged, self._suppressed = self._logged + 1, 0
        logger.warning("TLS refused: %s%s", refusal, more)
