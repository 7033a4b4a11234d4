"""What both examples share: Zenoh on this machine alone, and what was provisioned.

The file of credentials is made once, by whoever sets the modules up:

    python line.py credentials.json
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import sealwire as sw
import zenoh


@dataclass(frozen=True)
class Credentials:
    """Two modules and the secret that they share."""

    panel: sw.ModuleId
    pump: sw.ModuleId
    secret: sw.PeerSecret


def provision(path: Path) -> None:
    """Makes new credentials; only the owner can read the file."""
    made = {
        "panel": str(sw.ModuleId.random()),
        "pump": str(sw.ModuleId.random()),
        "secret": b64encode(sw.PeerSecret.generate().secret_bytes()).decode(),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made, file)


def load(path: Path) -> Credentials:
    """What was provisioned."""
    read = json.loads(path.read_text())
    secret = sw.PeerSecret.from_bytes(b64decode(read["secret"], validate=True))
    return Credentials(sw.ModuleId(read["panel"]), sw.ModuleId(read["pump"]), secret)


def session(*, listen: str | None = None, connect: str | None = None) -> zenoh.Session:
    """A Zenoh session that finds nobody by itself and listens only where it is told."""
    config = zenoh.Config()
    config.insert_json5("mode", '"peer"')
    config.insert_json5("scouting/multicast/enabled", "false")
    config.insert_json5("scouting/gossip/enabled", "false")
    config.insert_json5("listen/endpoints", json.dumps([listen] if listen else []))
    config.insert_json5("connect/endpoints", json.dumps([connect] if connect else []))
    return zenoh.open(config)


if __name__ == "__main__":
    provision(Path(sys.argv[1]))
