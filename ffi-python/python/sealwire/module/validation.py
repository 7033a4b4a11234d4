"""Checks the `safety_metadata` of a message against what is demanded of it.

Decides the order: copies, the old text form where it is named, then the validator. What is
believed is what the validator accepted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sealwire._native import Accepted, Context, ModuleId
from sealwire.errors import SecurityError
from sealwire.levels import Level
from sealwire.module.body import FIELD, Body, NoBody, body_bytes, body_of
from sealwire.module.context import SecurityContext
from sealwire.module.legacy import LegacyAccepted, LegacyGate, OrLegacy, is_legacy
from sealwire.module.metadata import Metadata, check_sender, check_whole, differs, read

__all__ = ["MessageSecurityFilter", "SecurityValidator"]

_LOG = logging.getLogger("sealwire")


class SecurityValidator:
    """Checks messages about one thing. One for all threads.

    Args:
        context: this module's.
        about: what the messages are about: a `Context`, or a topic's name.
        body: how a message becomes a body: a function, or `NO_BODY`.
        field: the message's field.
        names: the senders' names by ID; with them `sender_name` must be right, without it says
            nothing.
        legacy: takes the old text form, where a requirement names that: see `LegacyGate`.
    """

    def __init__(
        self,
        context: SecurityContext,
        about: Context | str,
        *,
        body: Body = None,
        field: str = FIELD,
        names: Mapping[ModuleId, str] | None = None,
        legacy: LegacyGate | None = None,
    ) -> None:
        self.context = context
        self.about = Context.topic(about) if isinstance(about, str) else about
        self._body = body
        self._field = field
        self._names = names
        self._legacy = legacy

    def validate_metadata(
        self,
        metadata: Metadata,
        required_level: int | OrLegacy,
        additional_data: bytes | NoBody | None = None,
    ) -> Accepted | LegacyAccepted:
        """All checks of a message by its metadata: gives what was proven, or raises why not.

        Args:
            metadata: any object with the attributes.
            required_level: at least this; `OrLegacy(level)` takes the old text form too.
            additional_data: the message's body, or `NO_BODY`.

        Raises:
            MalformedError: METADATA_COPY if a readable field differs from what was sealed, or is
                missing.
            InvalidSecurityLevelError, SignatureValidationError, TimestampValidationError,
            NonceValidationError, SessionExpiredError: what their names say.
            ForbiddenError: BODY_MISSING without a body at level 4 or 5; LEGACY_NOT_ALLOWED.
        """
        demand = required_level if isinstance(required_level, OrLegacy) else None
        level = Level(
            required_level.level if isinstance(required_level, OrLegacy) else required_level
        )
        check_whole(metadata)
        if is_legacy(metadata):
            return LegacyGate.decide(self._legacy, metadata, demand, additional_data)
        body = body_bytes(level, additional_data)
        form = read(metadata, body)
        validator = self.context.validator
        if form.key_id is not None and validator is not None:
            # Before the nonce is recorded: a changed copy costs the sender nothing.
            known = validator.sender_under(form.key_id)
            if known is not None:
                check_sender(metadata, known)
        self._check_name(metadata)
        accepted = self.context.open(self.about, form.data, additional_data, level)
        if accepted.sender is not None:
            check_sender(metadata, accepted.sender)
        if self._legacy is not None:
            self._legacy.saw_native(accepted)
        return accepted

    def validate_message(
        self, message: Any, required_level: int | OrLegacy
    ) -> Accepted | LegacyAccepted:
        """`validate_metadata` of the message's field, with its body by the function for it."""
        metadata = getattr(message, self._field, None)
        if metadata is None:
            raise differs(f"{self._field} is missing")
        return self.validate_metadata(metadata, required_level, body_of(message, self._body))

    def _check_name(self, metadata: Metadata) -> None:
        if self._names is None:
            return
        try:
            name = self._names.get(ModuleId(metadata.sender_id))
        except (SecurityError, TypeError):
            name = None
        if name != metadata.sender_name:
            raise differs("sender_name")


class MessageSecurityFilter:
    """Lets through what passes, and drops the rest: `filter(message)` is true or false.

    Args:
        validator: what checks.
        required_level: at least this.
    """

    def __init__(self, validator: SecurityValidator, required_level: int | OrLegacy) -> None:
        self._validator = validator
        self._required = required_level

    def check(self, message: Any) -> Accepted | LegacyAccepted:
        """What was proven, or raises why not."""
        return self._validator.validate_message(message, self._required)

    def __call__(self, message: Any) -> bool:
        try:
            self.check(message)
        except SecurityError as refusal:
            _LOG.debug("message dropped: %s", refusal)
            return False
        return True
