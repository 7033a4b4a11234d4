"""What a Python module's author writes: access, and messages with a `safety_metadata` field.

The names are those of the framework that Sealwire replaces; `docs/from-the-old-framework.md` has
them one by one.

    class MyModule(Node, SecurityManager): ...      # grants sessions
    session = AccessClient(...).request_access(...)  # asks for one
    context = create_security_context(...)           # sends and takes with it
    SecurePublisher(node, MsgType, "topic", context).publish(message)
"""

from __future__ import annotations

from sealwire.errors import (
    CertificateValidationError,
    InvalidSecurityLevelError,
    NonceValidationError,
    SecurityError,
    SessionExpiredError,
    SignatureValidationError,
    TimestampValidationError,
)
from sealwire.levels import Level as SecurityLevel
from sealwire.module.body import NO_BODY, Body, CdrBody, NoBody
from sealwire.module.client import AccessClient
from sealwire.module.context import ModuleSession, SecurityContext, create_security_context
from sealwire.module.guard import security_required
from sealwire.module.legacy import LEGACY, LegacyAccepted, LegacyGate, OrLegacy, legacy_code
from sealwire.module.manager import SecurityManager, SessionInfo
from sealwire.module.metadata import SafetyMetadata, Time
from sealwire.module.ros import (
    SecureFuture,
    SecurePublisher,
    SecureService,
    SecureServiceClient,
    SecureSubscriber,
)
from sealwire.module.status import AccessResponse, AccessStatus
from sealwire.module.validation import MessageSecurityFilter, SecurityValidator

__all__ = [
    "LEGACY",
    "NO_BODY",
    "AccessClient",
    "AccessResponse",
    "AccessStatus",
    "Body",
    "CdrBody",
    "CertificateValidationError",
    "InvalidSecurityLevelError",
    "LegacyAccepted",
    "LegacyGate",
    "MessageSecurityFilter",
    "ModuleSession",
    "NoBody",
    "NonceValidationError",
    "OrLegacy",
    "SafetyMetadata",
    "SecureFuture",
    "SecurePublisher",
    "SecureService",
    "SecureServiceClient",
    "SecureSubscriber",
    "SecurityContext",
    "SecurityError",
    "SecurityLevel",
    "SecurityManager",
    "SecurityValidator",
    "SessionExpiredError",
    "SessionInfo",
    "SignatureValidationError",
    "Time",
    "TimestampValidationError",
    "create_security_context",
    "legacy_code",
    "security_required",
]
