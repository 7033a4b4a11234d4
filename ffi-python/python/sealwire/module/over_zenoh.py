"""The same over Zenoh: the key expression is the context, the detached form the attachment.

The payload travels as it is. An answer is bound to its query by the query's tag. Needs the package
`eclipse-zenoh` (the extra `zenoh`); this module imports it only for its types.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sealwire._native import Accepted, Context
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.module.client import Ask
from sealwire.module.context import SecurityContext
from sealwire.module.metadata import parse_form
from sealwire.module.status import REFUSED

if TYPE_CHECKING:
    from sealwire.module.manager import SecurityManager

__all__ = ["ZenohClient", "ZenohPublisher", "ZenohService", "ZenohSubscriber", "ask_over",
           "serve_access"]  # fmt: skip

_PAUSE = 0.05  # s
_LOG = logging.getLogger("sealwire")


def _parts(message: Any) -> tuple[bytes, bytes]:
    """Attachment and payload of a sample or query; nothing is an empty one."""
    attachment, payload = message.attachment, message.payload
    form = b"" if attachment is None else attachment.to_bytes()
    return form, b"" if payload is None else payload.to_bytes()


def serve_access(session: Any, key_expr: str, manager: SecurityManager) -> Any:
    """Answers requests for access at a key expression. Gives the queryable, to be undeclared.

    Zenoh tells no source, so all are one: set the manager's `per_source` accordingly.
    """

    def answer(query: Any) -> None:
        with query:
            _, message = _parts(query)
            response = manager.request_access(message)
            if response.error is not None:
                _LOG.debug("access refused: %s", response.error)
            query.reply(key_expr, response.message)

    return session.declare_queryable(key_expr, answer)


def ask_over(session: Any, key_expr: str, timeout: float = 2.0) -> Ask:
    """A transport for `AccessClient.request_access`: a query for each message, and again while
    nobody is there to answer it, until `timeout` seconds are over.
    """

    def once(message: bytes, seconds: float) -> bytes | None:
        last = None
        for reply in session.get(key_expr, payload=message, timeout=seconds):
            if reply.ok is None:
                continue
            last = bytes(reply.ok.payload.to_bytes())
            if last != REFUSED:
                break
        return last

    def ask(message: bytes) -> bytes | None:
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            answer = once(message, left)
            if answer is not None:
                return answer
            time.sleep(min(_PAUSE, left))
        return None

    return ask


class ZenohPublisher:
    """Puts payloads with their seal beside them.

    Args:
        session: Zenoh's.
        key_expr: one key, without wildcards: the context.
        context: what it is sent with.
    """

    def __init__(self, session: Any, key_expr: str, context: SecurityContext) -> None:
        self._context = context
        self._about = Context.topic(key_expr)
        self._publisher = session.declare_publisher(key_expr)

    def put(self, payload: bytes) -> None:
        """Seals and puts.

        Raises:
            SecurityError: as `SecurityContext.seal`.
        """
        form, data = self._context.seal(self._about, payload)
        self._publisher.put(data, attachment=form)


class ZenohSubscriber:
    """Hands on the payloads that pass, and drops the rest.

    Args:
        session: Zenoh's.
        key_expr: may have wildcards: each sample's own key is its context.
        callback: called with an `Accepted`, in Zenoh's thread.
        context: what it is checked with.
        required_level: at least this; what the context sends, where it is left out.
        on_refused: called with the refusal.
    """

    def __init__(
        self,
        session: Any,
        key_expr: str,
        callback: Callable[[Accepted], Any],
        context: SecurityContext,
        *,
        required_level: int | None = None,
        on_refused: Callable[[SecurityError], Any] | None = None,
    ) -> None:
        self._context = context
        self._level = context.security_level if required_level is None else required_level
        self._callback = callback
        self._on_refused = on_refused
        self._subscriber = session.declare_subscriber(key_expr, self._receive)

    def _receive(self, sample: Any) -> None:
        form, payload = _parts(sample)
        about = Context.topic(str(sample.key_expr))
        try:
            accepted = self._context.open(about, form, payload, self._level)
        except SecurityError as refusal:
            if self._on_refused is not None:
                self._on_refused(refusal)
            return
        self._callback(accepted)


class ZenohClient:
    """Asks a service, and takes the answer that is bound to the query.

    Args:
        session: Zenoh's.
        key_expr: the service's key: the context.
        context: what it is sent and checked with.
        timeout: seconds.
    """

    def __init__(
        self, session: Any, key_expr: str, context: SecurityContext, timeout: float = 2.0
    ) -> None:
        self._session = session
        self._key_expr = key_expr
        self._context = context
        self._timeout = timeout

    def get(self, payload: bytes) -> Accepted:
        """The first answer that passes.

        Raises:
            SecurityError: the last refusal if none passes; UnauthenticatedError: ACCESS_ELSEWHERE
                if the service only says `refused`; UnavailableError: ACCESS_UNAVAILABLE if nobody
                answers.
        """
        form, data = self._context.seal(Context.request(self._key_expr), payload)
        about = Context.response(self._key_expr, parse_form(form, data).tag)
        last = error_for(ErrorCode.ACCESS_UNAVAILABLE, "no answer")
        replies = self._session.get(
            self._key_expr, payload=data, attachment=form, timeout=self._timeout
        )
        for reply in replies:
            if reply.ok is None:
                continue
            answer, body = _parts(reply.ok)
            if not answer and body == REFUSED:
                last = error_for(ErrorCode.ACCESS_ELSEWHERE, "the service refuses the request")
                continue
            try:
                return self._context.open(about, answer, body, self._context.security_level)
            except SecurityError as refusal:
                last = refusal
        raise last


class ZenohService:
    """Serves queries that pass, and seals each answer for the one who asked.

    Args:
        session: Zenoh's.
        key_expr: the service's key: the context.
        callback: called with an `Accepted`, gives the answer's payload.
        context: what it is checked and sent with.
        required_level: of requests, 4 or 5; what the context sends, where it is left out.
        on_refused: called with the refusal; whoever asked hears `refused`.
    """

    def __init__(
        self,
        session: Any,
        key_expr: str,
        callback: Callable[[Accepted], bytes],
        context: SecurityContext,
        *,
        required_level: int | None = None,
        on_refused: Callable[[SecurityError], Any] | None = None,
    ) -> None:
        self._key_expr = key_expr
        self._context = context
        self._level = context.security_level if required_level is None else required_level
        self._callback = callback
        self._on_refused = on_refused
        self._queryable = session.declare_queryable(key_expr, self._serve)

    def _serve(self, query: Any) -> None:
        # Whoever asked waits until the query is closed.
        with query:
            self._answer(query)

    def _answer(self, query: Any) -> None:
        form, payload = _parts(query)
        about = Context.request(self._key_expr)
        try:
            accepted = self._context.open(about, form, payload, self._level)
        except SecurityError as refusal:
            if self._on_refused is not None:
                self._on_refused(refusal)
            query.reply(self._key_expr, REFUSED)
            return
        answer = self._callback(accepted)
        about = Context.response(self._key_expr, accepted.tag)
        sealed, data = self._context.seal(about, answer, accepted.sender)
        query.reply(self._key_expr, data, attachment=sealed)
