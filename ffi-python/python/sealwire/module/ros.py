"""Publishers, subscriptions, clients and services of a ROS 2 node, with a seal on every message.

By duck typing: any object with `create_publisher`, `create_subscription`, `create_client` and
`create_service` as rclpy's `Node` has them. A topic's or service's name is the context; an answer
is bound to the one request that it answers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from typing import Any

from sealwire._native import Context, ModuleId
from sealwire.errors import ErrorCode, SecurityError, error_for
from sealwire.levels import Level
from sealwire.module.body import FIELD, Body, CdrBody, body_of, default_of, with_field
from sealwire.module.context import SecurityContext
from sealwire.module.legacy import LegacyGate, OrLegacy
from sealwire.module.metadata import fill, parse_form
from sealwire.module.validation import SecurityValidator

__all__ = ["SecureFuture", "SecurePublisher", "SecureService", "SecureServiceClient",
           "SecureSubscriber"]  # fmt: skip

_LOG = logging.getLogger("sealwire")


def _default_body(field: str) -> Body:
    """rclpy's serialization where there is one; else nothing, which level 4 and 5 refuse."""
    try:
        return CdrBody.rclpy(field)
    except ImportError:
        return None


def seal_message(  # noqa: PLR0917 - what a message is made of
    message: Any, context: SecurityContext, about: Context, body: Body, field: str,
    to: ModuleId | None = None,
) -> tuple[Any, bytes]:  # fmt: skip
    """A copy of the message with its metadata filled in, and its tag."""
    form, data = context.seal(about, body_of(message, body), to)
    metadata = default_of(getattr(message, field))
    fill(metadata, form, data, context.module_id, context.name)
    return with_field(message, field, metadata), parse_form(form, data).tag


class SecurePublisher:
    """Publishes sealed messages.

    Args:
        node: rclpy's, or anything with its `create_publisher`.
        msg_type: the message's class.
        topic: the topic's name, which is the context too.
        context: what it is sent with. For many subscribers at level 4 a group's sealer, for
            proof of the sender to many level 5.
        qos_profile: handed on.
        body: how a message becomes a body; rclpy's CDR where it is left out.
        field: the message's field.
    """

    def __init__(
        self,
        node: Any,
        msg_type: type,
        topic: str,
        context: SecurityContext,
        qos_profile: Any = 10,
        *,
        body: Body = None,
        field: str = FIELD,
    ) -> None:
        self._context = context
        self._about = Context.topic(topic)
        self._body = _default_body(field) if body is None else body
        self._field = field
        self._publisher = node.create_publisher(msg_type, topic, qos_profile)

    def publish(self, msg: Any) -> None:
        """Seals and publishes a copy of the message; the message itself is as it was.

        Raises:
            SecurityError: as `SecurityContext.seal`. Nothing is published then.
        """
        sealed, _ = seal_message(msg, self._context, self._about, self._body, self._field)
        self._publisher.publish(sealed)


class SecureSubscriber:
    """Hands on the messages that pass, and drops the rest.

    Args:
        node, msg_type, topic, context, qos_profile, body, field: as for `SecurePublisher`.
        callback: called with the message, and with what was proven if `with_accepted`.
        required_level: at least this; what the context sends, where it is left out.
        with_accepted: calls `callback(message, accepted)`.
        legacy: takes the old text form, where `required_level` names it.
        on_refused: called with the message and the refusal.
    """

    def __init__(
        self,
        node: Any,
        msg_type: type,
        topic: str,
        callback: Callable[..., Any],
        context: SecurityContext,
        *,
        qos_profile: Any = 10,
        required_level: int | OrLegacy | None = None,
        with_accepted: bool = False,
        body: Body = None,
        field: str = FIELD,
        legacy: LegacyGate | None = None,
        on_refused: Callable[[Any, SecurityError], Any] | None = None,
    ) -> None:
        body = _default_body(field) if body is None else body
        self._validator = SecurityValidator(
            context, Context.topic(topic), body=body, field=field, legacy=legacy
        )
        self._level = context.security_level if required_level is None else required_level
        self._callback = callback
        self._with_accepted = with_accepted
        self._on_refused = on_refused
        self._subscription = node.create_subscription(msg_type, topic, self._receive, qos_profile)

    def _receive(self, message: Any) -> None:
        try:
            accepted = self._validator.validate_message(message, self._level)
        except SecurityError as refusal:
            _LOG.debug("message dropped: %s", refusal)
            if self._on_refused is not None:
                self._on_refused(message, refusal)
            return
        if self._with_accepted:
            self._callback(message, accepted)
        else:
            self._callback(message)


class SecureFuture:
    """An answer that is checked once, when it is first asked for. Can be awaited."""

    def __init__(self, future: Any, check: Callable[[Any], Any]) -> None:
        self._future = future
        self._check = check
        self._lock = threading.Lock()
        self._checked: tuple[Any, SecurityError | None] | None = None

    def done(self) -> bool:
        """Whether an answer came."""
        return bool(self._future.done())

    def result(self) -> Any:
        """The answer, or raises why it isn't one."""
        response = self._future.result()
        with self._lock:
            if self._checked is None:
                try:
                    self._checked = (self._check(response), None)
                except SecurityError as refusal:
                    self._checked = (None, refusal)
            answer, error = self._checked
        if error is not None:
            raise error
        return answer

    def add_done_callback(self, callback: Callable[[SecureFuture], Any]) -> None:
        """Calls `callback` with this future when an answer came."""
        self._future.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from self._future.__await__()
        return self.result()


class SecureServiceClient:
    """Calls a service with sealed requests, and takes the answer that is bound to each.

    Args:
        node, context, body, field: as for `SecurePublisher`.
        srv_type: the service's class.
        name: the service's name, which is the context too.
        required_level: of answers; what the context sends, where it is left out.
    """

    def __init__(
        self,
        node: Any,
        srv_type: type,
        name: str,
        context: SecurityContext,
        *,
        required_level: int | None = None,
        body: Body = None,
        field: str = FIELD,
    ) -> None:
        self._context = context
        self._name = name
        self._level = context.security_level if required_level is None else required_level
        self._body = _default_body(field) if body is None else body
        self._field = field
        self._client = node.create_client(srv_type, name)

    def call_async(self, request: Any) -> SecureFuture:
        """Sends the request; `result()` of the future checks the answer."""
        sealed, tag = self._seal(request)
        return SecureFuture(self._client.call_async(sealed), lambda answer: self._open(answer, tag))

    def call(self, request: Any) -> Any:
        """Sends the request, waits, and gives the answer, or raises why it isn't one."""
        sealed, tag = self._seal(request)
        return self._open(self._client.call(sealed), tag)

    def _seal(self, request: Any) -> tuple[Any, bytes]:
        about = Context.request(self._name)
        return seal_message(request, self._context, about, self._body, self._field)

    def _open(self, response: Any, tag: bytes) -> Any:
        about = Context.response(self._name, tag)
        checked = SecurityValidator(self._context, about, body=self._body, field=self._field)
        checked.validate_message(response, self._level)
        return response


class SecureService:
    """Serves requests that pass, and seals each answer for the one who asked.

    Args:
        node, context, body, field: as for `SecurePublisher`. A granter's context
            (`SecurityManager.security_context`) answers each module under its own session.
        srv_type, name: as for `SecureServiceClient`.
        callback: called with request and response, gives the response; and with what was proven if
            `with_accepted`.
        required_level: of requests; what the context sends, where it is left out.
        with_accepted: calls `callback(request, response, accepted)`.
    """

    def __init__(
        self,
        node: Any,
        srv_type: type,
        name: str,
        callback: Callable[..., Any],
        context: SecurityContext,
        *,
        required_level: int | None = None,
        with_accepted: bool = False,
        body: Body = None,
        field: str = FIELD,
    ) -> None:
        self._context = context
        self._name = name
        self._level = Level(context.security_level if required_level is None else required_level)
        self._body = _default_body(field) if body is None else body
        self._field = field
        self._callback = callback
        self._with_accepted = with_accepted
        self._validator = SecurityValidator(
            context, Context.request(name), body=self._body, field=field
        )
        if self._level < Level.HMAC:
            detail = "an answer is bound to its request's tag, which levels 1 to 3 don't have"
            raise error_for(ErrorCode.INVALID_ARGUMENT, detail)
        self._service = node.create_service(srv_type, name, self._serve)

    def _serve(self, request: Any, response: Any) -> Any:
        try:
            accepted = self._validator.validate_message(request, self._level)
        except SecurityError as refusal:
            # ROS wants an answer: this one has no seal, so nobody takes it.
            _LOG.debug("request refused: %s", refusal)
            return response
        given = (request, response, accepted) if self._with_accepted else (request, response)
        answer = self._callback(*given)
        about = Context.response(self._name, accepted.tag)  # type: ignore[union-attr]
        sealed, _ = seal_message(
            answer, self._context, about, self._body, self._field, accepted.sender
        )
        return sealed
