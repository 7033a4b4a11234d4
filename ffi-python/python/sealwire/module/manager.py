"""The granting side: who may ask, who has a session, and what is sent to whom.

Decides nothing about who gets what: that is the core's granter. As a mixin it keeps all of its
state in one attribute, and none of its names is one of rclpy's `Node`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealwire._native import (
    AnyPeer,
    ChainCredential,
    Context,
    Granter,
    GroupKey,
    Limits,
    ModuleId,
    PeerSecret,
    PublicKey,
    Restart,
    Rules,
    SessionToken,
    SessionTokens,
    SigningKey,
    Validator,
    access_kind,
)
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.levels import Level
from sealwire.module.context import ModuleIdLike, SecurityContext
from sealwire.module.kept import (
    SessionInfo,
    State,
    forget,
    is_live,
    module_of_token,
    remember,
)
from sealwire.module.status import REFUSED, AccessResponse, AccessStatus, status_of

__all__ = ["SecurityManager", "SessionInfo"]


class _ToModule:
    """Seals what a granter sends to one module."""

    def __init__(self, granter: Granter, module: ModuleId) -> None:
        self._granter = granter
        self._module = module

    def seal_detached(self, payload: bytes, context: Context, /) -> bytes:
        return self._granter.seal_detached(self._module, payload, context)


class SecurityManager:
    """Grants sessions to modules. Alone, or as a mixin: `class MyModule(Node, SecurityManager)`.

    As a mixin its `__init__` is called by name, after `Node.__init__`; before that every call
    raises MANAGER_MISSING.

    Args:
        module_id: this module.
        max_security_level: the highest level of any session, 4 or 5.
        session_duration_seconds: how long a session lives.
        key: this module's key pair, for modules that are registered with one; or
        chain: its chain of certificates and key, for these and for modules that nobody registers:
            they come with a chain of their own, whose roles count as far as `define_role` names
            them.
        policy: who may do what, by role and context.
        limits: how old and how new frames may be.
        capacity: of how many modules.
        session_tokens: keeps the tokens of live sessions, for `module_of_token`.
        per_source: (a second, saved up): exchanges of one transport source. Where a transport tells
            no source, all are one.
        sender_name: written into `sender_name` of what is sent, for people.
    """

    def __init__(
        self,
        *,
        module_id: ModuleIdLike,
        max_security_level: int = Level.DIGITAL_SIGNATURE,
        session_duration_seconds: int = 3600,
        key: SigningKey | None = None,
        chain: ChainCredential | None = None,
        policy: AnyPeer | Rules | None = None,
        limits: Limits | None = None,
        capacity: int = 64,
        session_tokens: bool = False,
        per_source: tuple[int, int] = (5, 10),
        sender_name: str = "",
    ) -> None:
        own = ModuleId(module_id)
        # Every key here is a session's, and so was never used before.
        validator = Validator(
            own,
            policy=AnyPeer() if policy is None else policy,
            restart=Restart.fresh_keys(),
            limits=limits,
            capacity=2 * capacity + 16,
        )
        granter = Granter(
            validator,
            key=key,
            chain=chain,
            max_level=max_security_level,
            life=session_duration_seconds,
            capacity=capacity,
            per_source=per_source,
        )
        tokens = (SessionTokens(capacity), SessionTokens(capacity)) if session_tokens else None
        self._sealwire_state = State(own, validator, granter, tokens, 4 * capacity, sender_name)

    def _sealwire(self) -> State:
        state = getattr(self, "_sealwire_state", None)
        if not isinstance(state, State):
            raise error_for(ErrorCode.MANAGER_MISSING, "SecurityManager.__init__ wasn't called")
        return state

    # Who may ask

    def use_chain(self, chain: ChainCredential) -> None:
        """Goes on with a renewed chain and key; sessions go on too: see `Granter.use_chain`. With
        `sealwire.pki.Rotation(...).attach(manager)` it happens by itself.
        """
        self._sealwire().granter.use_chain(chain)

    def define_role(self, role: str, number: int) -> None:
        """Gives a role its name; policies see `number`, 1 to 255."""
        self._sealwire().granter.define_role(role, number)

    def register_module(
        self,
        module_id: ModuleIdLike,
        *,
        secret: PeerSecret | None = None,
        public_key: PublicKey | None = None,
        max_security_level: int | None = None,
        roles: Sequence[int] = (),
        expires: int | None = None,
        in_group: bool = False,
    ) -> None:
        """Lets a module ask for access, by a secret or a public key: see `Granter.register`."""
        self._sealwire().granter.register(
            ModuleId(module_id),
            secret=secret,
            public_key=public_key,
            max_level=max_security_level,
            roles=roles,
            expires=expires,
            in_group=in_group,
        )

    def remove_module(self, module_id: ModuleIdLike) -> None:
        """Forgets a module and ends its sessions at once."""
        state, module = self._sealwire(), ModuleId(module_id)
        state.granter.remove(module)
        forget(state, module)

    def set_group(self, group: GroupKey | None) -> None:
        """Sets the key that modules registered with `in_group` get with their next grant."""
        self._sealwire().granter.set_group(group)

    # The exchange

    def request_access(self, message: bytes, source: bytes = b"") -> AccessResponse:
        """Answers a message of the exchange: a request, or a proof.

        Args:
            message: the bytes as they came.
            source: where they came from, as the transport tells it; at most 64 bytes.

        Returns:
            What to send back, and what became of it. A stranger hears `refused` and no more; the
            reason stays in `error`.
        """
        state = self._sealwire()
        try:
            if access_kind(message) == "request":
                return AccessResponse(state.granter.challenge(message, source))
            granted = state.granter.grant(message, source)
        except SecurityError as refusal:
            return AccessResponse(REFUSED, status_of(refusal.code), error=refusal)
        if granted.refusal is not None:
            error = error_for(granted.refusal)
            return AccessResponse(granted.answer, status_of(granted.refusal), error=error)
        if granted.session is not None:
            remember(state, granted.session)
        return AccessResponse(granted.answer, AccessStatus.GRANTED, granted.session)

    # The sessions

    def get_session(self, module_id: ModuleIdLike) -> SessionInfo | None:
        """The newest session of a module that is not over; it may be unconfirmed."""
        state, module = self._sealwire(), ModuleId(module_id)
        state.granter.run()
        with state.lock:
            known = list(state.sessions.get(module, ()))
        for session in reversed(known):
            if is_live(state, session):
                return session
        return None

    def cleanup_expired_sessions(self) -> int:
        """Forgets what is over, and says how many sessions that were. Frames are checked against
        what is over without it; it frees memory.
        """
        state = self._sealwire()
        state.granter.run()
        removed = 0
        with state.lock:
            for module, sessions in list(state.sessions.items()):
                left = [session for session in sessions if is_live(state, session)]
                removed += len(sessions) - len(left)
                if left:
                    state.sessions[module] = left
                else:
                    del state.sessions[module]
        return removed

    def get_session_count(self) -> int:
        """How many sessions there are, unconfirmed ones included."""
        state = self._sealwire()
        state.granter.run()
        return state.granter.session_count()[0]

    def get_active_modules(self) -> list[ModuleId]:
        """The modules whose session is in use."""
        state = self._sealwire()
        state.granter.run()
        with state.lock:
            modules = list(state.sessions)
        return [module for module in modules if state.granter.session_of(module) is not None]

    def end_session(self, module_id: ModuleIdLike) -> None:
        """Ends all sessions of a module at once. It may ask for another."""
        state, module = self._sealwire(), ModuleId(module_id)
        state.granter.end_sessions(module)
        forget(state, module)

    def module_of_token(self, session_token: SessionToken | bytes) -> ModuleId:
        """Whose live session a token is of: proof at level 2, and no higher.

        Raises:
            SessionExpiredError: TOKEN_UNKNOWN.
            MisuseError: INVALID_ARGUMENT without `session_tokens=True`.
        """
        state = self._sealwire()
        if state.tokens is None:
            raise error_for(ErrorCode.INVALID_ARGUMENT, "session_tokens is off")
        if not isinstance(session_token, SessionToken):
            session_token = SessionToken.from_bytes(session_token)
        return module_of_token(state, session_token)

    # What the secure publishers and services take

    def security_context(
        self, module_id: ModuleIdLike | None = None, *, groups: bool = False
    ) -> SecurityContext:
        """What this module takes with from all, and sends with to one: `module_id`, or whom an
        answer is for.
        """
        state = self._sealwire()
        to = None if module_id is None else ModuleId(module_id)
        return SecurityContext(
            state.own,
            Level.HMAC,
            None if to is None else _ToModule(state.granter, to),
            state.validator,
            name=state.name,
            groups=groups,
            sealer_for=lambda module: _ToModule(state.granter, module),
            explain=self._sealwire_explain,
        )

    def _sealwire_explain(self, refusal: SecurityError) -> SecurityError:
        """A frame of a session that was granted here and is over."""
        state = self._sealwire()
        if refusal.code != ErrorCode.UNKNOWN_KEY or refusal.key_id is None:
            return refusal
        with state.lock:
            was_granted = refusal.key_id in state.granted
        if not was_granted:
            return refusal
        return error_for(ErrorCode.SESSION_UNKNOWN, "", refusal.step, refusal.key_id)
