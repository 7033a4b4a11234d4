"""A node with rclpy's signatures, a bus between nodes, callbacks in several threads. rclpy is in
no registry; this shows that nothing but its signatures is asked for.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# What rclpy's Node has (Jazzy): nothing of ours may hide it.
NODE_NAMES = [
    "add_on_set_parameters_callback",
    "add_post_set_parameters_callback",
    "add_pre_set_parameters_callback",
    "add_waitable",
    "assert_liveliness",
    "clients",
    "context",
    "count_clients",
    "count_publishers",
    "count_services",
    "count_subscribers",
    "create_client",
    "create_guard_condition",
    "create_publisher",
    "create_rate",
    "create_service",
    "create_subscription",
    "create_timer",
    "declare_parameter",
    "declare_parameters",
    "default_callback_group",
    "describe_parameter",
    "describe_parameters",
    "destroy_client",
    "destroy_guard_condition",
    "destroy_node",
    "destroy_publisher",
    "destroy_rate",
    "destroy_service",
    "destroy_subscription",
    "destroy_timer",
    "executor",
    "get_client_names_and_types_by_node",
    "get_clients_info_by_service",
    "get_clock",
    "get_fully_qualified_name",
    "get_logger",
    "get_name",
    "get_namespace",
    "get_node_names",
    "get_node_names_and_namespaces",
    "get_node_names_and_namespaces_with_enclaves",
    "get_parameter",
    "get_parameter_or",
    "get_parameter_type",
    "get_parameter_types",
    "get_parameters",
    "get_parameters_by_prefix",
    "get_publisher_names_and_types_by_node",
    "get_publishers_info_by_topic",
    "get_servers_info_by_service",
    "get_service_names_and_types",
    "get_service_names_and_types_by_node",
    "get_subscriber_names_and_types_by_node",
    "get_subscriptions_info_by_topic",
    "get_topic_names_and_types",
    "guards",
    "handle",
    "has_parameter",
    "list_parameters",
    "publishers",
    "remove_on_set_parameters_callback",
    "remove_post_set_parameters_callback",
    "remove_pre_set_parameters_callback",
    "remove_waitable",
    "resolve_service_name",
    "resolve_topic_name",
    "services",
    "set_descriptor",
    "set_parameters",
    "set_parameters_atomically",
    "subscriptions",
    "timers",
    "undeclare_parameter",
    "wait_for_node",
    "waitables",
]


class Future:
    """As `rclpy.task.Future` has it."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._result: Any = None
        self._callbacks: list[Callable[[Future], Any]] = []

    def done(self) -> bool:
        return self._done.is_set()

    def result(self) -> Any:
        return self._result

    def wait(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def set_result(self, result: Any) -> None:
        self._result = result
        self._done.set()
        for callback in self._callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        if self.done():
            callback(self)
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator[Any, Any, Any]:
        while not self.done():
            yield None
        return self._result


class Bus:
    """What connects nodes: hands each message, copied, to a pool of threads."""

    def __init__(self, threads: int = 4) -> None:
        self.pool = ThreadPoolExecutor(threads)
        self.callbacks: dict[str, list[Callable[[Any], Any]]] = {}
        self.servers: dict[str, tuple[type, Callable[[Any, Any], Any]]] = {}
        self.sent: list[tuple[str, Any]] = []
        self.on_way: Callable[[Any], Any] = lambda message: message
        self.pending: list[Any] = []

    def publish(self, topic: str, message: Any) -> None:
        self.sent.append((topic, copy.deepcopy(message)))
        for callback in self.callbacks.get(topic, []):
            arrived = self.on_way(copy.deepcopy(message))
            self.pending.append(self.pool.submit(callback, arrived))

    def settle(self) -> None:
        """Waits for all callbacks; their failures are raised here."""
        while self.pending:
            self.pending.pop().result(10)


class Publisher:
    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus, self._topic = bus, topic

    def publish(self, msg: Any) -> None:
        self._bus.publish(self._topic, msg)


class Client:
    def __init__(self, bus: Bus, name: str) -> None:
        self._bus, self._name = bus, name

    def call_async(self, request: Any) -> Future:
        future = Future()
        response, serve = self._bus.servers[self._name]

        def run() -> None:
            answer = serve(self._bus.on_way(copy.deepcopy(request)), response())
            future.set_result(self._bus.on_way(copy.deepcopy(answer)))

        self._bus.pending.append(self._bus.pool.submit(run))
        return future

    def call(self, request: Any, timeout_sec: float | None = None) -> Any:
        future = self.call_async(request)
        assert future.wait(timeout_sec or 10)
        return future.result()


class Node:
    """The part of `rclpy.node.Node` that is used, with its signatures."""

    def __init__(self, node_name: str, *, bus: Bus) -> None:
        self._name = node_name
        self._bus = bus

    def get_name(self) -> str:
        return self._name

    def create_publisher(
        self, msg_type: type, topic: str, qos_profile: Any, *, callback_group: Any = None
    ) -> Publisher:
        return Publisher(self._bus, topic)

    def create_subscription(
        self, msg_type: type, topic: str, callback: Callable[[Any], Any], qos_profile: Any,
        *, callback_group: Any = None, raw: bool = False,
    ) -> object:  # fmt: skip
        self._bus.callbacks.setdefault(topic, []).append(callback)
        return object()

    def create_client(self, srv_type: Any, srv_name: str, *, qos_profile: Any = None) -> Client:
        return Client(self._bus, srv_name)

    def create_service(
        self, srv_type: Any, srv_name: str, callback: Callable[[Any, Any], Any],
        *, qos_profile: Any = None,
    ) -> object:  # fmt: skip
        self._bus.servers[srv_name] = (srv_type.Response, callback)
        return object()
