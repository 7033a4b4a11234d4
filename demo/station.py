"""The Python module: checks what the pump says, commands it, and seals what the host measures.

`Validators` is one receiver with its keys; the station is one, and so is a stranger who holds the
same keys as if they were meant for him.
"""

from __future__ import annotations

import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import plant
import sealwire
from plant import ALARM, ANSWER, COMMAND, HEALTH, STATION_HOST, TELEMETRY, Secrets

PAST = 2_000_000  # µs: short, so that holding a frame back past it takes no patience
LIMITS = sealwire.Limits(PAST, 1_000_000)
REPORT = struct.Struct("<7I")


@dataclass(frozen=True)
class Verdict:
    """What a validator said of a frame, and how long it took."""

    name: str
    nanoseconds: int = 0
    payload: bytes = b""

    @property
    def accepted(self) -> bool:
        return self.name == "ACCEPTED"


@dataclass(frozen=True)
class Report:
    """The pump's state, as `firmware-example/src/report.rs` writes it."""

    uptime: int
    stack: int
    accepted: int
    refused: int
    last_refusal: int
    sealing: int
    validating: int

    @classmethod
    def of(cls, payload: bytes) -> Report:
        return cls(*REPORT.unpack(payload))


class Station:
    """A validator that knows the pump, and sealers towards it and the plant."""

    def __init__(self, secrets: Secrets, *, own: bytes | None = None, alone: bool = False) -> None:
        self.secrets = secrets
        self.own = sealwire.ModuleId(own) if own else plant.STATION
        self.alone = alone
        self.request_tag = bytes(32)
        self.restart(sealwire.Restart.fresh_keys())
        self.commands = self.sealer(plant.STATION_TO_PUMP)
        self.host = sealwire.Sealer.hmac(
            key_id=plant.STATION_IN_PLANT,
            sender=plant.STATION,
            group=plant.PLANT,
            secret=secrets.plant,
            start=sealwire.NonceStart.fresh(),
        )

    def sealer(self, key_id: int) -> sealwire.Sealer:
        return sealwire.Sealer.hmac(
            key_id=key_id,
            sender=plant.STATION,
            receiver=plant.PUMP,
            secret=self.secrets.station,
            start=sealwire.NonceStart.fresh(),
        )

    def restart(self, restart: sealwire.Restart) -> None:
        """A new validator with the same keys, and what `restart` says of the past."""
        group = None if self.alone else plant.PLANT
        public = self.secrets.pump.public_key
        self.validator = sealwire.Validator(
            self.own, policy=sealwire.AnyPeer(), restart=restart, limits=LIMITS
        )
        keys = [
            sealwire.PeerKey.hmac(plant.PUMP_IN_PLANT, plant.PUMP, self.secrets.plant, group=group),
            sealwire.PeerKey.ecdsa(plant.PUMP_SIGNS, plant.PUMP, public, group=group),
            sealwire.PeerKey.hmac(plant.PUMP_TO_STATION, plant.PUMP, self.secrets.station),
        ]
        for key in keys:
            self.validator.register(key)

    def validate(self, packet: bytes) -> Verdict:
        """What this validator says of a packet: a channel and a frame."""
        channel, frame = packet[0], packet[1:]
        begun = time.perf_counter_ns()
        try:
            accepted = self.validator.validate(frame, self.demanded(channel))
        except sealwire.SecurityError as refusal:
            return Verdict(refusal.name, time.perf_counter_ns() - begun)
        took = time.perf_counter_ns() - begun
        return Verdict("ACCEPTED", took, accepted.payload)

    def demanded(self, channel: int) -> sealwire.Requirement:
        """What a frame on `channel` is about, and how well it must be proven."""
        is_signed = channel in (HEALTH, ALARM)
        level = sealwire.Level.DIGITAL_SIGNATURE if is_signed else sealwire.Level.HMAC
        context = plant.TOPICS.get(channel)
        if channel == ANSWER or context is None:
            context = sealwire.Context.response("pump/command", self.request_tag)
        groups = channel in (TELEMETRY, HEALTH, STATION_HOST, ALARM)
        return sealwire.Requirement.exactly(level, context, groups=groups)

    def command(self, text: bytes) -> bytes:
        """A sealed command, as a packet."""
        frame = self.commands.seal(text, plant.TOPICS[COMMAND])
        self.request_tag = sealwire.tag_of(frame)
        return bytes([COMMAND]) + frame

    def measurement(self) -> bytes:
        """Load and free memory of this host, sealed for the plant, as a packet."""
        return bytes([STATION_HOST]) + self.host.seal(measured(), plant.TOPICS[STATION_HOST])


def measured() -> bytes:
    load = os.getloadavg()[0]
    info = Path("/proc/meminfo")
    free = info.read_text().split("MemAvailable:")[1].split()[0] if info.exists() else "?"
    return f"load {load:.2f}, {free} kB free".encode()
