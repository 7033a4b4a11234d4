"""Sends at a rate, and asks for a new session whenever its certificate was renewed, beside it.

    pump.py FOLDER NAME PANEL-ID PORT LEVEL RATE COUNT ROTATIONS

It ends when it has sent COUNT messages and went through ROTATIONS renewals, and prints what it sent
and what the panel says of it.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

import sealwire as sw
from panel import ALL, CONTEXT
from sealwire.pki import Rotation
from wire import ACCESS, FRAME, Line, packed, read_report

PATIENCE = 5.0
"""Seconds until an exchange without an answer begins again."""


class Pump:
    def __init__(self, folder: Path, name: str, panel: str, port: int, level: int) -> None:
        self.level, self.panel = level, sw.ModuleId(panel)
        self.rotation = Rotation(
            folder / name,
            sw.TrustStore(),
            anchors={folder / "plant/ca.pem": ALL},
            lists=[folder / "plant/ca.list"],
        )
        self.own = self.rotation.certificate.check().module
        fresh = sw.Restart.fresh_keys()
        self.validator = sw.Validator(self.own, policy=sw.AnyPeer(), restart=fresh)
        self.line = Line(socket.create_connection(("127.0.0.1", port)))
        self.asking = sw.Exchange()
        self.asked_with: sw.ChainCredential | None = None
        self.asked_at = 0.0
        self.sealer: sw.Sealer | None = None
        self.sessions = 0
        self.reported: dict[str, Any] | None = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def renew(self) -> None:
        """Asks for a session with the certificate as it is now, unless that was done."""
        credential = self.rotation.credential
        waits = self.asking.state != "idle"
        is_late = waits and time.monotonic() - self.asked_at > PATIENCE
        if (credential is self.asked_with or waits) and not is_late:
            return
        request = self.asking.begin(
            own=self.own,
            granter=self.panel,
            chain=credential,
            role="pump",
            wanted=self.level,
            lowest=self.level,
        )
        self.asked_with, self.asked_at = credential, time.monotonic()
        self.line.send(packed(ACCESS, request))

    def read(self) -> None:
        """What the panel answers."""
        for batch in self.line.batches():
            for kind, data in batch:
                if kind != ACCESS:
                    self.reported = read_report(data)
                    continue
                try:
                    self.take(data)
                except sw.SecurityError as refusal:
                    print(f"pump: an answer was refused: {refusal}", file=sys.stderr)

    def take(self, answer: bytes) -> None:
        """A challenge or a grant."""
        if sw.access_kind(answer) == "challenge":
            self.line.send(packed(ACCESS, self.asking.challenge(answer)))
            return
        session = self.asking.grant(answer)
        self.validator.install(session)
        self.sealer = sw.Sealer.for_session(session)
        self.sessions += 1

    def send(self, first: int, last: int) -> None:
        sealer = self.sealer
        assert sealer is not None
        self.line.send(
            b"".join(
                packed(FRAME, sealer.seal(struct.pack("<Q", number), CONTEXT))
                for number in range(first, last)
            )
        )

    def run(self, rate: float, count: int, rotations: int) -> dict[str, Any]:
        """Sends; gives the report."""
        while self.sealer is None:
            self.renew()
            time.sleep(0.001)
        print("ready", flush=True)
        sent, begin, told = 0, time.monotonic(), 0
        while sent < count or told <= rotations:
            if self.sessions != told:
                told += 1
                print(f"session {told}", flush=True)
            self.renew()
            due = min(int((time.monotonic() - begin) * rate) + 1, sent + 500)
            self.send(sent, due)
            sent = due
            time.sleep(0.002)
        took = time.monotonic() - begin
        self.line.close_sending()
        self.reader.join(60)
        said = self.reported or {}
        return {
            "level": self.level,
            "sent": sent,
            "a_second": round(sent / took),
            "sessions": self.sessions,
            **said,
        }


def main() -> None:
    folder, name, panel, port, level, rate, count, rotations = sys.argv[1:]
    pump = Pump(Path(folder), name, panel, int(port), int(level))
    with pump.rotation.watch(every=0.02):
        report = pump.run(float(rate), int(count), int(rotations))
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
