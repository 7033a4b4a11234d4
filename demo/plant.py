"""Who is who in the demo: the same names as `firmware-example/src/plant.rs` and `listener.c`.

Secrets are new in every run, and reach each module as provisioning would bring them: the pump in
its flash, the listener in a file, the station in memory. No program contains one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import sealwire

PUMP = sealwire.ModuleId(b"pump-000000-0001")
STATION = sealwire.ModuleId(b"station-000-0001")
PLANT = sealwire.ModuleId(b"plant-00000-0001")
LISTENER = b"listener-0000001"
STRANGER = b"stranger-0000001"

TELEMETRY, HEALTH, COMMAND, ANSWER, STATION_HOST, ALARM = 1, 2, 3, 4, 5, 6
PUMP_IN_PLANT, PUMP_SIGNS, PUMP_TO_STATION = 0x11, 0x12, 0x13
STATION_TO_PUMP, STATION_IN_PLANT = 0x21, 0x22
UNKNOWN_KEY = 0x7F

TOPICS = {
    TELEMETRY: sealwire.Context.topic("pump/telemetry"),
    HEALTH: sealwire.Context.topic("pump/health"),
    COMMAND: sealwire.Context.request("pump/command"),
    STATION_HOST: sealwire.Context.topic("station/host"),
    ALARM: sealwire.Context.topic("pump/alarm"),
}


@dataclass(frozen=True)
class Secrets:
    """What provisioning made up."""

    station: sealwire.PeerSecret
    plant: sealwire.PeerSecret
    pump: sealwire.SigningKey


def provision(flash: Path, keys: Path) -> Secrets:
    """New secrets; the pump's flash (an erased counter, then secrets) and the listener's keys."""
    secrets = Secrets(
        sealwire.PeerSecret.generate(),
        sealwire.PeerSecret.generate(),
        sealwire.SigningKey.generate(),
    )
    shared, plant = secrets.station.secret_bytes(), secrets.plant.secret_bytes()
    write(flash, b"\xff" * 32 + shared + plant + secrets.pump.secret_bytes())
    write(keys, plant + bytes(secrets.pump.public_key))
    return secrets


def write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
