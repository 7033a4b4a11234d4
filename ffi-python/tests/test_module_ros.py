"""Claim: nodes with rclpy's signatures send and take sealed messages in several threads, and an
answer counts only for the request that it answers. rclpy itself was not run: it is in no registry.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import sealwire as sw
from module_support import Pair, Text, cdr, message, text_body
from sealwire.module import (
    SecurePublisher,
    SecureService,
    SecureServiceClient,
    SecureSubscriber,
    SecurityContext,
    SecurityManager,
    SignatureValidationError,
)
from stand_in import Bus, Node

BODY = {"body": text_body}


class OpenValve:
    Request = Text
    Response = Text


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_every_message_arrives_once_through_many_threads(bus: Bus) -> None:
    pair = Pair()
    context = pair.session().context(name="pump")
    heard: list[str] = []
    refused: list[str] = []
    SecureSubscriber(
        Node("panel", bus=bus), Text, "pressure",
        lambda got, accepted: heard.append(f"{got.data} of {accepted.sender}"),
        pair.manager.security_context(),
        with_accepted=True, on_refused=lambda _, why: refused.append(why.name), **BODY,
    )  # fmt: skip
    publisher = SecurePublisher(Node("pump", bus=bus), Text, "pressure", context, **BODY)

    def publish(part: int) -> None:
        for number in range(50):
            publisher.publish(Text(f"{part}.{number}"))

    threads = [threading.Thread(target=publish, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bus.settle()
    wanted = {f"{part}.{number} of {pair.module}" for part in range(4) for number in range(50)}
    assert set(heard) == wanted and len(heard) == 200 and not refused
    for _, again in bus.sent[:5]:
        bus.publish("pressure", again)
    bus.publish("pressure", Text("unsealed"))
    bus.settle()
    assert len(heard) == 200
    assert refused.count("REPLAYED") == 5 and len(refused) == 6


def test_a_real_ros_message_goes_through_a_publisher(bus: Bus) -> None:
    pair, heard = Pair("key", 5), []
    panel = pair.manager.security_context()
    SecureSubscriber(
        Node("panel", bus=bus), Text, "reading", heard.append, panel, required_level=5, body=cdr()
    )
    publisher = SecurePublisher(
        Node("pump", bus=bus), Text, "reading", pair.session().context(), body=cdr()
    )
    publisher.publish(message("pump_msgs/msg/Reading"))
    bus.settle()
    assert [got.value for got in heard] == [4.2]
    assert heard[0].safety_metadata.algorithm_id == "ECDSA-P256"


def test_a_group_has_one_publisher_and_subscribers_that_got_its_key_in_a_grant(bus: Bus) -> None:
    own = sw.ModuleId.random()
    group = sw.GroupKey(sw.ModuleId.random(), key_id=9, secret=sw.PeerSecret.generate())
    manager = SecurityManager(module_id=own, per_source=(100, 100))
    manager.set_group(group)
    start = sw.NonceStart.fresh()
    sealer = sw.Sealer.hmac(key_id=9, sender=own, group=group.id, secret=group.secret, start=start)
    publisher = SecurePublisher(
        Node("owner", bus=bus), Text, "state", SecurityContext(own, sw.Level.HMAC, sealer), **BODY
    )
    heard: list[tuple[str, Any]] = []
    for _ in range(3):
        pair = Pair()
        manager.register_module(pair.module, secret=pair.secret, in_group=True)
        ask = lambda message: manager.request_access(message).message  # noqa: E731
        session = pair.client.request_access(own, ask)
        key = session.session.group
        assert key is not None
        session.validator.register(key.peer_key(own))
        take = lambda got, accepted: heard.append((got.data, accepted.group))  # noqa: E731
        SecureSubscriber(
            Node("member", bus=bus), Text, "state", take, session.context(groups=True),
            with_accepted=True, **BODY,
        )  # fmt: skip
        SecureSubscriber(
            Node("strict", bus=bus), Text, "state", take, session.context(), with_accepted=True,
            **BODY,
        )  # fmt: skip
    publisher.publish(Text("on"))
    bus.settle()
    assert heard == [("on", group.id)] * 3


def test_an_answer_is_bound_to_its_request(bus: Bus) -> None:
    pair = Pair()
    context = pair.session().context()
    served: list[str] = []

    def serve(request: Text, response: Text) -> Text:
        served.append(request.data)
        return Text(f"done {request.data}")

    panel = pair.manager.security_context()
    SecureService(Node("panel", bus=bus), OpenValve, "valve", serve, panel, **BODY)
    client = SecureServiceClient(Node("pump", bus=bus), OpenValve, "valve", context, **BODY)
    assert client.call(Text("1")).data == "done 1"
    future = client.call_async(Text("2"))
    bus.settle()
    assert future.done() and future.result().data == "done 2" and future.result().data == "done 2"
    called: list[Any] = []
    future.add_done_callback(called.append)
    assert called == [future]

    async def wait() -> Text:
        return await client.call_async(Text("3"))

    assert asyncio.run(wait()).data == "done 3"
    # The answer to one request, given to another
    first = client.call_async(Text("4"))
    bus.settle()
    held = first._future.result()
    second = client.call_async(Text("5"))
    bus.settle()
    second._future._result = held
    with pytest.raises(SignatureValidationError):
        second.result()
    assert first.result().data == "done 4"
    assert served == ["1", "2", "3", "4", "5"]


def test_a_request_that_is_refused_is_not_served_and_its_answer_has_no_seal(bus: Bus) -> None:
    pair = Pair()
    context = pair.session().context()
    served: list[Text] = []
    SecureService(
        Node("panel", bus=bus), OpenValve, "valve",
        lambda request, response, accepted: served.append(request) or response,
        pair.manager.security_context(), with_accepted=True, **BODY,
    )  # fmt: skip
    client = SecureServiceClient(Node("pump", bus=bus), OpenValve, "valve", context, **BODY)

    def change(message: Text) -> Text:
        message.data += "!"
        return message

    bus.on_way = change
    with pytest.raises(sw.SecurityError):
        client.call(Text("1"))
    assert not served
    with pytest.raises(sw.MisuseError):
        SecureService(
            Node("low", bus=bus), OpenValve, "low", lambda *_: None, context, required_level=3,
            **BODY,
        )  # fmt: skip


def test_without_a_body_function_and_without_rclpy_nothing_is_sent(bus: Bus) -> None:
    publisher = SecurePublisher(Node("pump", bus=bus), Text, "x", Pair().session().context())
    with pytest.raises(sw.ForbiddenError, match="BODY_MISSING"):
        publisher.publish(Text("1"))
    assert not bus.sent
