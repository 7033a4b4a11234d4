"""Who a module is and what it sends and takes with: what the secure publishers and clients share.

Decides where a context's keys come from: a session, a granter's sessions, or keys that were
provisioned. Holds no rule of the protocol: it calls a sealer and a validator.
"""

from __future__ import annotations

import hmac
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, TypeAlias
from uuid import UUID

from sealwire._native import (
    Accepted,
    Context,
    ModuleId,
    NonceStart,
    PeerSecret,
    Requirement,
    Sealer,
    Session,
    SessionToken,
    Validator,
    tick,
)
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.levels import Level
from sealwire.module.body import NoBody, body_bytes
from sealwire.module.status import AccessStatus

__all__ = ["ModuleSession", "SecurityContext", "create_security_context"]

ModuleIdLike: TypeAlias = ModuleId | UUID | str | bytes
"""Whatever names a module."""


class Sealing(Protocol):
    """What seals: a `Sealer`, or a granter that knows whom an answer is for."""

    def seal_detached(self, payload: bytes, context: Context, /) -> bytes:
        """The detached form beside a payload."""


@dataclass(frozen=True)
class SecurityContext:
    """What a module sends and takes with. One for all threads.

    Attributes:
        module_id: this module.
        security_level: of what it sends.
        sealer: seals; None for a module that only takes.
        validator: checks; None for one that only sends.
        name: written into `sender_name`, for people.
        groups: frames of groups are taken at level 4, which any member could have made.
        session: by which it sends, if that is a session.
        sealer_for: seals for one of many, by module ID: a granter's.
        explain: what else is known of a refusal.
    """

    module_id: ModuleId
    security_level: Level
    sealer: Sealing | None = field(default=None, repr=False)
    validator: Validator | None = field(default=None, repr=False)
    name: str = ""
    groups: bool = False
    session: Session | None = None
    sealer_for: Callable[[ModuleId], Sealing] | None = field(default=None, repr=False)
    explain: Callable[[SecurityError], SecurityError] | None = field(default=None, repr=False)

    def seal(
        self, about: Context, body: bytes | NoBody | None, to: ModuleId | None = None
    ) -> tuple[bytes, bytes]:
        """Seals a body: gives the detached form, and the body's bytes.

        Args:
            about: what it is about.
            body: its bytes, or `NO_BODY`.
            to: whom it is for, where this is one of many.

        Raises:
            ForbiddenError: BODY_MISSING.
            SessionExpiredError: SESSION_UNKNOWN.
            MisuseError: INVALID_ARGUMENT for a context that only takes.
            UnavailableError: as `Sealer.seal`.
        """
        data = body_bytes(self.security_level, body)
        if self.session is not None and tick() >= self.session.ends_at_tick:
            raise error_for(ErrorCode.SESSION_UNKNOWN, "its time is over")
        sealer = self.sealer
        if to is not None and self.sealer_for is not None:
            sealer = self.sealer_for(to)
        if sealer is None:
            raise error_for(ErrorCode.INVALID_ARGUMENT, "this context has nobody to send to")
        return sealer.seal_detached(data, about), data

    def open(
        self, about: Context, form: bytes, body: bytes | NoBody | None, level: int
    ) -> Accepted:
        """Checks a detached form and its body: gives the message, or raises why not.

        Raises:
            SecurityError: as `Validator.validate_detached`; ForbiddenError: BODY_MISSING;
                MisuseError: INVALID_ARGUMENT for a context that only sends.
        """
        if self.validator is None:
            raise error_for(ErrorCode.INVALID_ARGUMENT, "this context takes nothing")
        requirement = Requirement.at_least(level, about, groups=self.groups)
        try:
            return self.validator.validate_detached(form, body_bytes(level, body), requirement)
        except SecurityError as refusal:
            if self.explain is None:
                raise
            told = self.explain(refusal)
            if told is refusal:
                raise
            raise told from refusal


class ModuleSession:
    """A module's side of a session: what `AccessClient.request_access` gives.

    Attributes:
        status: GRANTED.
        session: the session itself.
        sealer: seals what goes under it: the only one.
        validator: knows its keys.
    """

    status = AccessStatus.GRANTED

    def __init__(self, session: Session, sealer: Sealer, validator: Validator) -> None:
        self.session = session
        self.validator = validator
        self.sealer = sealer
        with _LOCK:
            _LIVE[_name(session.token)] = self

    @property
    def module_id(self) -> ModuleId:
        """This module."""
        return self.session.own

    @property
    def security_level(self) -> Level:
        """Of every frame of the session."""
        return self.session.level

    @property
    def session_token(self) -> SessionToken:
        """Stands for the module at level 2 and no higher."""
        return self.session.token

    @property
    def hmac_key(self) -> PeerSecret:
        """A key for the interface of the framework before; frames have others."""
        return self.session.hmac_key

    def context(self, *, name: str = "", groups: bool = False) -> SecurityContext:
        """What the module sends and takes with."""
        return SecurityContext(
            self.module_id,
            self.security_level,
            self.sealer,
            self.validator,
            name=name,
            groups=groups,
            session=self.session,
            explain=self._explain,
        )

    def _explain(self, refusal: SecurityError) -> SecurityError:
        """A frame of this session after its end."""
        is_ours = refusal.key_id == self.session.key_id
        if refusal.code == ErrorCode.UNKNOWN_KEY and is_ours:
            return error_for(ErrorCode.SESSION_UNKNOWN, "its time is over", refusal.step)
        return refusal

    def __repr__(self) -> str:
        return f"ModuleSession({self.session!r})"


_LOCK = threading.Lock()
_LIVE: weakref.WeakValueDictionary[bytes, ModuleSession] = weakref.WeakValueDictionary()


def _name(token: SessionToken) -> bytes:
    """Under which a session of this process is found: a hash, so that none lies about."""
    return sha256(b"sealwire module session" + token.secret_bytes()).digest()


def create_security_context(
    *,
    module_id: ModuleIdLike,
    security_level: int,
    session_token: SessionToken | bytes | None = None,
    hmac_key: PeerSecret | bytes | None = None,
    sealer: Sealing | None = None,
    validator: Validator | None = None,
    name: str = "",
    groups: bool = False,
) -> SecurityContext:
    """What a module sends and takes with.

    With a token: by the session of this process that has it. With `sealer` and `validator`: by keys
    that were provisioned. At levels 1 to 3 without either: unproven, counting from the clock on.

    Args:
        module_id: this module.
        security_level: what it sends at least.
        session_token: of the session that was granted.
        hmac_key: of the same session; compared, and then not needed.
        sealer, validator: provisioned keys.
        name: written into `sender_name`, for people.
        groups: takes frames of groups at level 4, which any member could have made.

    Raises:
        SessionExpiredError: TOKEN_UNKNOWN.
        InvalidSecurityLevelError: LEVEL_NOT_GRANTED above the session's or the sealer's level.
        MisuseError: INVALID_ID, KEY_INVALID for a key of another session, INVALID_ARGUMENT without
            anything to prove with.
    """
    own, level = ModuleId(module_id), Level(security_level)
    if session_token is not None:
        context = _of_session(session_token, hmac_key).context(name=name, groups=groups)
        if context.module_id != own:
            raise error_for(ErrorCode.INVALID_ID, "the session is another module's")
        if level > context.security_level:
            raise error_for(ErrorCode.LEVEL_NOT_GRANTED)
        return context
    if sealer is None and validator is None and level <= Level.TIMESTAMP:
        sealer = Sealer.unproven(level=level, sender=own, start=NonceStart.from_clock())
    if sealer is None and validator is None:
        detail = "level 4 and 5 need a session's token, or a sealer or validator"
        raise error_for(ErrorCode.INVALID_ARGUMENT, detail)
    if isinstance(sealer, Sealer) and sealer.level < level:
        raise error_for(ErrorCode.LEVEL_NOT_GRANTED)
    return SecurityContext(own, level, sealer, validator, name=name, groups=groups)


def _of_session(token: SessionToken | bytes, hmac_key: PeerSecret | bytes | None) -> ModuleSession:
    shown = token if isinstance(token, SessionToken) else SessionToken.from_bytes(token)
    with _LOCK:
        found = _LIVE.get(_name(shown))
    if found is None:
        raise error_for(ErrorCode.TOKEN_UNKNOWN, "no session of this process")
    if hmac_key is not None:
        given = hmac_key.secret_bytes() if isinstance(hmac_key, PeerSecret) else bytes(hmac_key)
        if not hmac.compare_digest(given, found.hmac_key.secret_bytes()):
            raise error_for(ErrorCode.KEY_INVALID, "hmac_key is of another session")
    return found
