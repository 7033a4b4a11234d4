"""A granting module and one that asked it, with their contexts; and messages of ROS 2 as CDR."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sealwire as sw
from sealwire import pki
from sealwire.module import (
    AccessClient,
    CdrBody,
    ModuleSession,
    SafetyMetadata,
    SecurityManager,
)

METADATA = """
uint8 security_level
string sender_name
string sender_id
builtin_interfaces/Time timestamp
uint64 nonce
string security_payload
string algorithm_id
"""
MESSAGES = {
    "pump_msgs/msg/Text": "string data\nsafety_msgs/SafetyMetadata safety_metadata",
    "pump_msgs/msg/Reading": "safety_msgs/SafetyMetadata safety_metadata\n"
    "std_msgs/Header header\nfloat64 value\nint32[] history",
    "pump_msgs/msg/Pose": "bool valid\nuint8 kind\nsafety_msgs/SafetyMetadata safety_metadata\n"
    "geometry_msgs/Pose pose\nfloat32[3] offsets\nstring[] labels",
}


@cache
def store() -> Any:
    """A type store of `rosbags` with our messages."""
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore  # noqa: PLC0415

    made = get_typestore(Stores.ROS2_HUMBLE)
    types = get_types_from_msg(METADATA, "safety_msgs/msg/SafetyMetadata")
    for name, text in MESSAGES.items():
        types |= get_types_from_msg(text, name)
    made.register(types)
    return made


def cdr() -> CdrBody:
    return CdrBody.rosbags(store())


def empty_metadata() -> Any:
    types = store().types
    time = types["builtin_interfaces/msg/Time"](0, 0)
    return types["safety_msgs/msg/SafetyMetadata"](0, "", "", time, 0, "", "")


def message(name: str) -> Any:
    """One of the messages, filled with something."""
    import numpy as np  # noqa: PLC0415 - where rosbags is

    types = store().types
    if name == "pump_msgs/msg/Text":
        return types[name]("4.2 bar", empty_metadata())
    if name == "pump_msgs/msg/Reading":
        stamp = types["builtin_interfaces/msg/Time"](5, 6)
        header = types["std_msgs/msg/Header"](stamp, "pump")
        return types[name](empty_metadata(), header, 4.2, np.array([1, -2, 3], dtype=np.int32))
    point = types["geometry_msgs/msg/Point"](1.0, 2.0, 3.0)
    turn = types["geometry_msgs/msg/Quaternion"](0.0, 0.0, 0.0, 1.0)
    pose = types["geometry_msgs/msg/Pose"](point, turn)
    offsets = np.array([0.5, 1.5, 2.5], dtype=np.float32)
    return types[name](True, 3, empty_metadata(), pose, offsets, ["left", "right"])


@dataclass
class Text:
    """A message without ROS."""

    data: str = ""
    safety_metadata: SafetyMetadata = field(default_factory=SafetyMetadata)


def text_body(message: Text) -> bytes:
    return message.data.encode()


@dataclass
class Pair:
    """A manager and a module with a session of it."""

    by: str = "secret"
    level: int = 4
    duration: int = 3600
    module: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    own: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    secret: sw.PeerSecret = field(default_factory=sw.PeerSecret.generate)
    key: sw.SigningKey = field(default_factory=sw.SigningKey.generate)
    managers_key: sw.SigningKey = field(default_factory=sw.SigningKey.generate)

    def __post_init__(self) -> None:
        if self.by == "chain":
            self.root = pki.Certificate.create_ca("Plant 7")
        self.manager = SecurityManager(
            module_id=self.own,
            **(
                {"chain": self.chain(self.own)}
                if self.by == "chain"
                else {"key": self.managers_key}
            ),
            session_duration_seconds=self.duration,
            session_tokens=True,
            per_source=(1000, 1000),
            sender_name="panel",
        )
        if self.by == "secret":
            self.manager.register_module(self.module, secret=self.secret)
            self.client = AccessClient(self.module, secret=self.secret)
        elif self.by == "chain":
            self.client = AccessClient(self.module, chain=lambda: self.chain(self.module))
        else:
            self.manager.register_module(self.module, public_key=self.key.public_key)
            self.client = AccessClient(
                self.module, key=self.key, granter_key=self.managers_key.public_key
            )

    def chain(self, module: sw.ModuleId) -> sw.ChainCredential:
        """A new certificate each time: as if it had just been renewed."""
        trust = sw.TrustStore(1)
        trust.install_anchor(self.root.chain[0], fleets=[(bytes(16), 0)], any_role=True)
        made = self.root.create_signed_certificate(module, roles=["operator"])
        return made.credential(trust, revocation="unchecked")

    def ask(self, message: bytes) -> bytes:
        return self.manager.request_access(message, b"here").message

    def session(self) -> ModuleSession:
        return self.client.request_access(self.own, self.ask, security_level=self.level)

    def in_use(self) -> ModuleSession:
        """A session of which a frame came."""
        session = self.session()
        context = session.context()
        about = sw.Context.topic("hello")
        form, body = context.seal(about, b"hello")
        self.manager.security_context().open(about, form, body, self.level)
        return session
