"""The asking side: a module gets its session over any transport, sync or async.

Decides when a message is sent again and when it is given up; what is believed is the core's
exchange. The steps are written once, without a transport.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import TypeAlias

from sealwire._native import (
    AnyPeer,
    ChainCredential,
    Exchange,
    Limits,
    ModuleId,
    PeerSecret,
    PublicKey,
    Restart,
    Rules,
    Sealer,
    Session,
    SigningKey,
    Validator,
)
from sealwire.errors import (
    ErrorCode,
    MalformedError,
    SecurityError,
    UnauthenticatedError,
    error_for,
)
from sealwire.levels import Level
from sealwire.module.context import ModuleIdLike, ModuleSession
from sealwire.module.status import REFUSED

__all__ = ["AccessClient", "Ask", "AskAsync"]

Ask: TypeAlias = Callable[[bytes], bytes | None]
"""Sends a message and gives the answer, or None if none came in time."""
AskAsync: TypeAlias = Callable[[bytes], Awaitable[bytes | None]]
"""The same, to be awaited."""
_Steps: TypeAlias = Generator[bytes, bytes | None, Session]


class AccessClient:
    """Asks granters for sessions, as one module. One for all threads.

    Args:
        module_id: this module.
        secret: what it shares with the granter, for level 4; or
        key: its key pair, and
        granter_key: the granter's public key, for level 4 or 5; or
        chain: its chain of certificates and key, and whom it trusts, for level 4 or 5. A function
            is asked at every request: `lambda: rotation.credential` (`sealwire.pki.Rotation`).
        policy: who may do what at this module.
        limits: how old and how new frames may be.
        validator: this module's own, if it has one.
    """

    def __init__(
        self,
        module_id: ModuleIdLike,
        *,
        secret: PeerSecret | None = None,
        key: SigningKey | None = None,
        granter_key: PublicKey | None = None,
        chain: ChainCredential | Callable[[], ChainCredential] | None = None,
        policy: AnyPeer | Rules | None = None,
        limits: Limits | None = None,
        validator: Validator | None = None,
    ) -> None:
        self.module_id = ModuleId(module_id)
        self._secret, self._key, self._granter_key = secret, key, granter_key
        self._chain = chain
        self.validator = validator or Validator(
            self.module_id,
            policy=AnyPeer() if policy is None else policy,
            restart=Restart.fresh_keys(),
            limits=limits,
        )

    def request_access(
        self,
        granter: ModuleIdLike,
        ask: Ask,
        *,
        security_level: int = Level.HMAC,
        lowest: int | None = None,
        role: str = "",
        tries: int = 3,
    ) -> ModuleSession:
        """Gets a session of `granter`, and puts it in the place of the last one.

        Args:
            granter: whom to ask.
            ask: the transport: sends a message, gives the answer or None.
            security_level: the level wanted, 4 or 5.
            lowest: the lowest that is taken; the one wanted, where it is left out.
            role: its name, or empty for none.
            tries: how often a message is sent.

        Raises:
            SignatureValidationError: ACCESS_MAC_WRONG, ACCESS_SIGNATURE_WRONG: somebody with
                another key than the granter's; or the granter says `refused` to the proof.
            CertificateValidationError: what is wrong with the granter's chain.
            ForbiddenError: ACCESS_FORBIDDEN: the granter knows the module, and it may not.
            UnavailableError: ACCESS_UNAVAILABLE: no answer, or not now.
            InvalidSecurityLevelError: SECRET_LEVEL.
        """
        exchange, steps = self._steps(granter, security_level, lowest, role, tries)
        message = next(steps)
        try:
            while True:
                answer = ask(message)
                try:
                    message = steps.send(answer)
                except StopIteration as done:
                    return self._install(done.value)
        finally:
            exchange.abandon()

    async def request_access_async(
        self,
        granter: ModuleIdLike,
        ask: AskAsync,
        *,
        security_level: int = Level.HMAC,
        lowest: int | None = None,
        role: str = "",
        tries: int = 3,
    ) -> ModuleSession:
        """`request_access` over a transport that is awaited."""
        exchange, steps = self._steps(granter, security_level, lowest, role, tries)
        message = next(steps)
        try:
            while True:
                answer = await ask(message)
                try:
                    message = steps.send(answer)
                except StopIteration as done:
                    return self._install(done.value)
        finally:
            exchange.abandon()

    def _steps(
        self, granter: ModuleIdLike, wanted: int, lowest: int | None, role: str, tries: int
    ) -> tuple[Exchange, _Steps]:
        exchange = Exchange()
        chain = self._chain() if callable(self._chain) else self._chain
        request = exchange.begin(
            own=self.module_id,
            granter=ModuleId(granter),
            secret=self._secret,
            key=self._key,
            granter_key=self._granter_key,
            chain=chain,
            wanted=wanted,
            lowest=wanted if lowest is None else lowest,
            role=role,
        )
        return exchange, _exchange_steps(exchange, request, max(1, tries))

    def _install(self, session: Session) -> ModuleSession:
        self.validator.install(session)
        key = self._key if session.level == Level.DIGITAL_SIGNATURE else None
        return ModuleSession(session, Sealer.for_session(session, key=key), self.validator)


def _exchange_steps(exchange: Exchange, request: bytes, tries: int) -> _Steps:
    """Gives what to send, takes what came, and ends with the session."""
    last = error_for(ErrorCode.ACCESS_UNAVAILABLE, "no answer")
    for _ in range(tries):
        answer = yield request
        if answer is None or answer == REFUSED:
            continue
        try:
            exchange.challenge(answer)
            break
        except (MalformedError, UnauthenticatedError) as refusal:
            last = refusal
    else:
        raise last
    for _ in range(tries):
        answer = yield exchange.proof()
        if answer is None:
            continue
        if answer == REFUSED:
            # Anybody can say so: it counts only if nothing better comes.
            last = _refused()
            continue
        try:
            return exchange.grant(answer)
        except (MalformedError, UnauthenticatedError) as refusal:
            # Somebody else's: the granter's own may still come.
            last = refusal
    raise last


def _refused() -> SecurityError:
    detail = "the granter refuses the proof: an unknown module, another key, a bad certificate"
    return error_for(ErrorCode.ACCESS_MAC_WRONG, detail)
