"""What a manager keeps of the sessions that it granted: who, until when, and the tokens' hashes.

Decides nothing about who has a session: what is live is what the validator still knows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from sealwire._native import Granter, ModuleId, Session, SessionToken, SessionTokens, Validator
from sealwire.errors import ErrorCode, SessionExpiredError, error_for
from sealwire.levels import Level

__all__ = ["SessionInfo", "State", "forget", "is_live", "module_of_token", "remember"]


@dataclass(frozen=True)
class SessionInfo:
    """What a manager keeps of a session: no secret.

    Attributes:
        module_id: whose it is.
        security_level: of every frame.
        role: as it was granted; 0 for none.
        key_id: what the module puts into its frames.
        ends_at_tick: when it is over, by `sealwire.tick()`.
        expires: the same by the clock, in µs since 1970, if its frames carry a time.
    """

    module_id: ModuleId
    security_level: Level
    role: int
    key_id: int
    ends_at_tick: int
    expires: int | None
    table: int = field(default=0, repr=False)


@dataclass
class State:
    """All that a manager is made of."""

    own: ModuleId
    validator: Validator
    granter: Granter
    # Of up to two sessions of a module, one table each.
    tokens: tuple[SessionTokens, SessionTokens] | None
    remembered: int
    name: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    sessions: dict[ModuleId, list[SessionInfo]] = field(default_factory=dict)
    granted: OrderedDict[int, ModuleId] = field(default_factory=OrderedDict)


def is_live(state: State, info: SessionInfo) -> bool:
    return state.validator.sender_under(info.key_id) == info.module_id


def remember(state: State, session: Session) -> None:
    """Keeps what is to be known of a session, beside the one before: a grant that got lost costs
    the module neither its session nor its token.
    """
    module = session.peer
    with state.lock:
        live = [info for info in state.sessions.get(module, ()) if is_live(state, info)][-1:]
        table = 1 - live[0].table if live else 0
        info = SessionInfo(
            module,
            session.level,
            session.role,
            session.key_id,
            session.ends_at_tick,
            session.expires,
            table,
        )
        state.sessions[module] = [*live, info]
        state.granted[session.key_id] = module
        while len(state.granted) > state.remembered:
            state.granted.popitem(last=False)
        if state.tokens is not None:
            state.tokens[table].keep(session)


def forget(state: State, module: ModuleId) -> None:
    """Its tokens are of no session any more, and go when their time is over."""
    with state.lock:
        state.sessions.pop(module, None)


def module_of_token(state: State, session_token: SessionToken) -> ModuleId:
    """Whose live session a token is of.

    Raises:
        SessionExpiredError: TOKEN_UNKNOWN.
    """
    state.granter.run()
    for table, tokens in enumerate(state.tokens or ()):
        try:
            module, _ = tokens.check(session_token)
        except SessionExpiredError:
            continue
        with state.lock:
            known = list(state.sessions.get(module, ()))
        if any(info.table == table and is_live(state, info) for info in known):
            return module
    raise error_for(ErrorCode.TOKEN_UNKNOWN)
