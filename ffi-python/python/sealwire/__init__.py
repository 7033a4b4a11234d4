"""Seals messages and checks the seal: who sent it, is it fresh, did nobody touch it.

It does not hide them: payloads travel in clear.

    sealer = Sealer.hmac(key_id=1, sender=PUMP, receiver=PANEL, secret=secret,
                         start=NonceStart.fresh())
    frame = sealer.seal(b"4.2 bar", Context.topic("pump/pressure"))

    validator = Validator(PANEL, policy=AnyPeer(), restart=Restart.fresh_keys())
    validator.register(PeerKey.hmac(1, PUMP, secret))
    requirement = Requirement.at_least(Level.HMAC, Context.topic("pump/pressure"))
    print(validator.validate(frame, requirement).payload)

One `Sealer` and one `Validator` serve all threads of a process; neither goes through a fork.
Times are whole µs since 1970-01-01T00:00:00 UTC. What is refused raises a `SecurityError`.
"""

from __future__ import annotations

from sealwire import _native
from sealwire._native import (
    MAX_OVERHEAD,
    MAX_PAYLOAD,
    NO_CLOCK,
    PROTOCOL_VERSION,
    Accepted,
    AnyPeer,
    ChainCredential,
    CheckedChain,
    Context,
    DeviceClock,
    Exchange,
    Granted,
    Granter,
    GroupKey,
    Limits,
    ModuleId,
    NoClock,
    NonceStart,
    NoPolicy,
    PeerKey,
    PeerSecret,
    PublicKey,
    Rejection,
    Requirement,
    Restart,
    Rule,
    Rules,
    Sealer,
    Session,
    SessionToken,
    SessionTokens,
    SigningKey,
    StreamDecoder,
    TrustStore,
    Validator,
    access_kind,
    encode_stream,
    now,
    tag_of,
    tick,
)
from sealwire.audit import Audit, AuditEvent
from sealwire.errors import (
    CertificateValidationError,
    ErrorCode,
    ForbiddenError,
    InvalidSecurityLevelError,
    MalformedError,
    MisuseError,
    NonceValidationError,
    SecurityError,
    SessionExpiredError,
    SignatureValidationError,
    StaleError,
    TimestampValidationError,
    UnauthenticatedError,
    UnavailableError,
)
from sealwire.inspection import Field, Inspection, inspect
from sealwire.levels import Algorithm, ContextKind, Level

__version__: str = _native.VERSION

__all__ = [
    "MAX_OVERHEAD",
    "MAX_PAYLOAD",
    "NO_CLOCK",
    "PROTOCOL_VERSION",
    "Accepted",
    "Algorithm",
    "AnyPeer",
    "Audit",
    "AuditEvent",
    "CertificateValidationError",
    "ChainCredential",
    "CheckedChain",
    "Context",
    "ContextKind",
    "DeviceClock",
    "ErrorCode",
    "Exchange",
    "Field",
    "ForbiddenError",
    "Granted",
    "Granter",
    "GroupKey",
    "Inspection",
    "InvalidSecurityLevelError",
    "Level",
    "Limits",
    "MalformedError",
    "MisuseError",
    "ModuleId",
    "NoClock",
    "NoPolicy",
    "NonceStart",
    "NonceValidationError",
    "PeerKey",
    "PeerSecret",
    "PublicKey",
    "Rejection",
    "Requirement",
    "Restart",
    "Rule",
    "Rules",
    "Sealer",
    "SecurityError",
    "Session",
    "SessionExpiredError",
    "SessionToken",
    "SessionTokens",
    "SignatureValidationError",
    "SigningKey",
    "StaleError",
    "StreamDecoder",
    "TimestampValidationError",
    "TrustStore",
    "UnauthenticatedError",
    "UnavailableError",
    "Validator",
    "__version__",
    "access_kind",
    "encode_stream",
    "inspect",
    "now",
    "tag_of",
    "tick",
]
