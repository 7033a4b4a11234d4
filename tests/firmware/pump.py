"""The pump of firmware-example, alive in QEMU, beside a station made from the second
implementation: what leaves the firmware is judged by code that isn't ours twice over."""

from __future__ import annotations

import socket
import struct
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import qemu
from cryptography.hazmat.primitives.asymmetric import ec
from sealwire_reference import ANYBODY, Key, Limits, Offered, Requirement, Sealer, Validator, cobs

PUMP, STATION, PLANT = b"pump-000000-0001", b"station-000-0001", b"plant-00000-0001"
TELEMETRY, HEALTH, COMMAND, ANSWER, HOST = 1, 2, 3, 4, 5
SHARED, OF_PLANT, SCALAR = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
ERASED = b"\xff" * 32
PATIENCE = 15.0
TOPIC, REQUEST, RESPONSE = 1, 2, 3


def now() -> int:
    return time.time_ns() // 1000


def provisioned(path: Path, counter: bytes = ERASED) -> Path:
    """A pump's flash: its counter, then its secrets."""
    path.write_bytes(counter + SHARED + OF_PLANT + SCALAR)
    return path


def public_key() -> bytes:
    point = ec.derive_private_key(int.from_bytes(SCALAR), ec.SECP256R1()).public_key()
    numbers = point.public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


@dataclass
class Word:
    """A packet of the pump that was accepted."""

    channel: int
    nonce: int
    payload: bytes

    @property
    def report(self) -> tuple[int, ...]:
        """Uptime, stack, accepted, refused, last refusal, µs of sealing and of validating."""
        return struct.unpack("<7I", self.payload)


def listener() -> Validator:
    """The station's validator: with the pump's three keys."""
    validator = Validator(STATION, Limits())
    validator.register(Key(0x11, PUMP, 1, OF_PLANT, group=PLANT))
    validator.register(Key(0x12, PUMP, 3, public_key(), group=PLANT))
    validator.register(Key(0x13, PUMP, 1, SHARED))
    return validator


@dataclass
class Station:
    """What outlives the pump's resets: the validator and the sealer of commands."""

    validator: Validator = field(default_factory=listener)
    commands: Sealer = field(
        default_factory=lambda: Sealer(
            level=4,
            algorithm=1,
            sender=STATION,
            start=("Fresh",),
            key_id=0x21,
            material=SHARED,
            audience=(1, PUMP),
        )
    )
    asked: bytes = bytes(32)

    def judge(self, packet: bytes) -> Word:
        channel, frame = packet[0], packet[1:]
        kind, name, tag = {
            TELEMETRY: (TOPIC, b"pump/telemetry", None),
            HEALTH: (TOPIC, b"pump/health", None),
            ANSWER: (RESPONSE, b"pump/command", self.asked),
        }[channel]
        level = 5 if channel == HEALTH else 4
        wanted = Requirement(level, True, kind, name, ANYBODY, tag, groups=True)
        checked = self.validator.check(Offered("attached", frame), wanted, now())
        accepted = self.validator.admit(checked)
        return Word(channel, accepted.nonce, accepted.payload)

    def command(self, text: bytes) -> bytes:
        frame = self.commands.seal("attached", (REQUEST, b"pump/command", None), text, now())
        self.asked = frame[-32:]
        return bytes([COMMAND]) + frame


class Running:
    """A pump that runs until the end of the `with` block: then its power fails."""

    def __init__(self, image: Path, flash: Path, station: Station) -> None:
        self.station = station
        self.waiting = b""
        self.log = flash.with_suffix(".log")
        path = flash.with_suffix(".sock")
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server, self.log.open("wb") as log:
            server.bind(str(path))
            server.listen()
            server.settimeout(PATIENCE)
            self.machine = qemu.Machine(
                image,
                serial=f"unix:{path}",
                arguments=["pump", f"flash={flash}"],
                stdout=log,
                stderr=subprocess.DEVNULL,
            )
            self.line, _address = server.accept()
        self.line.settimeout(PATIENCE)

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.machine.__exit__(kind, error, trace)
        self.line.close()

    def packet(self) -> bytes:
        """The next packet that isn't empty; none once the pump has stopped."""
        while True:
            while b"\0" not in self.waiting:
                came = self.line.recv(4096)
                if not came:
                    return b""
                self.waiting += came
            packet, self.waiting = self.waiting.split(b"\0", 1)
            if packet:
                return cobs.decode(packet)

    def hear(self, channel: int) -> Word:
        """The next word on `channel`; all before it must be good too."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            word = self.station.judge(self.packet())
            if word.channel == channel:
                return word
        raise AssertionError(f"nothing on channel {channel}")

    def send(self, packet: bytes) -> None:
        self.line.sendall(cobs.encode(packet) + b"\0")

    def verdict(self, packet: bytes) -> int:
        """0 if the pump accepts the packet, else the number of its refusal."""
        before = self.hear(TELEMETRY).report
        self.send(packet)
        for _ in range(40):
            after = self.hear(TELEMETRY).report
            if after[2] > before[2]:
                return 0
            if after[3] > before[3]:
                return after[4]
        raise AssertionError("the pump says nothing of it")

    def settle(self) -> None:
        """Until nothing is before the restart any more: the future limit, and a second for a
        clock that knows seconds."""
        deadline = time.monotonic() + 2.3
        while time.monotonic() < deadline:
            self.hear(TELEMETRY)
