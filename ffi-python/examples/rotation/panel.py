"""Receives, under load, while its certificate, the list and its peers' certificates change.

    panel.py FOLDER

FOLDER is laid out by `under_load.py`. Prints its port. It grants sessions to whoever has a
certificate, and answers each connection's end with what it accepted, refused and missed.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections import Counter
from itertools import groupby
from pathlib import Path

import sealwire as sw
from sealwire.pki import Rights, Rotation
from wire import ACCESS, FRAME, Line, packed

CONTEXT = sw.Context.topic("pump/pressure")
ALL = Rights(fleets=((bytes(16), 0),), roles=("pump",), any_authority=True)


class Panel:
    def __init__(self, folder: Path) -> None:
        trust = sw.TrustStore()
        self.rotation = Rotation(
            folder / "panel",
            trust,
            anchors={folder / "plant/ca.pem": ALL},
            lists=[folder / "plant/ca.list"],
        )
        own = self.rotation.certificate.check().module
        self.validator = sw.Validator(
            own,
            policy=sw.AnyPeer(),
            restart=sw.Restart.fresh_keys(),
            # On a busy machine a message may lie in the line for a while.
            limits=sw.Limits(past=60_000_000),
        )
        self.granter = sw.Granter(
            self.validator, chain=self.rotation.credential, per_source=(100, 100)
        )
        self.granter.define_role("pump", 1)
        self.rotation.attach(self.granter)

    def serve(self, connection: socket.socket, source: bytes) -> None:
        """One connection, to its end."""
        line, seen, refused = Line(connection), 0, Counter[str]()
        missing = 0
        levels = Counter[int]()
        for batch in line.batches():
            for kind, group in groupby(batch, key=lambda one: one[0]):
                messages = [data for _, data in group]
                if kind == ACCESS:
                    for message in messages:
                        self.answer(line, message, source)
                elif kind == FRAME:
                    about = sw.Requirement.at_least(sw.Level.HMAC, CONTEXT)
                    for one in self.validator.validate_many(messages, about):
                        if isinstance(one, sw.Rejection):
                            refused[one.name] += 1
                            continue
                        (number,) = struct.unpack("<Q", one.payload)
                        missing += number - seen
                        seen = number + 1
                        levels[int(one.level)] += 1
        line.report(accepted=levels, refused=refused, missing=missing)
        connection.close()

    def answer(self, line: Line, message: bytes, source: bytes) -> None:
        try:
            if sw.access_kind(message) == "request":
                line.send(packed(ACCESS, self.granter.challenge(message, source)))
            else:
                line.send(packed(ACCESS, self.granter.grant(message, source).answer))
        except sw.SecurityError as refusal:
            print(f"panel: an exchange was refused: {refusal}", file=sys.stderr)


def main() -> None:
    panel = Panel(Path(sys.argv[1]))
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    with panel.rotation.watch(every=0.02):
        while True:
            connection, address = listening.accept()
            source = f"{address[0]}:{address[1]}".encode()
            threading.Thread(target=panel.serve, args=(connection, source), daemon=True).start()


if __name__ == "__main__":
    main()
