#!/usr/bin/env python3
"""From `ca init` to refusal after revocation, with no step by hand: an operator's `sealwire`
commands, a granter in Python, and a pump in QEMU that makes its own key.

  certificates.py IMAGE [--seconds N]

IMAGE is the firmware `identity`. The pump's certificates live N seconds (30); it asks for the next
one when a quarter of that is over. Shows who did what, and ends with 1 if anything isn't as it must
be. What the pump's display shows, the fingerprint of the key that asks, is the only thing that the
operator believes.
"""

from __future__ import annotations

import argparse
import logging
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import sealwire as sw
from desk import Granter, Operator, WrongError, anchor_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from qemu import Machine

LONGEST = 180  # seconds, then SIGALRM ends it
ACCESS, REQUEST, CHAIN = 1, 2, 3  # channels of the line, as in the firmware
PUMP = uuid.UUID("5ea1317e-0001-4000-8000-000000000001")


class Story:
    """The whole of it, step by step."""

    def __init__(self, folder: Path, image: Path, seconds: float) -> None:
        self.folder, self.image, self.seconds = folder, image, seconds
        self.rows: list[tuple[str, str, str]] = []
        self.operator = Operator(folder)
        self.display: list[str] = []
        self.signed: dict[str, Future[bytes]] = {}
        self.is_struck = False
        self.delivered: list[tuple[str, float]] = []
        self.heard = b""
        self.decoder = sw.StreamDecoder(4096)
        self.pool = ThreadPoolExecutor(1)

    def row(self, who: str, what: str, outcome: str) -> None:
        self.rows.append((who, what, outcome))

    def prepare(self) -> Path:
        """The authority, the granter's certificate, and the pump's flash from the factory."""
        must, granter = self.operator.must, uuid.uuid4()
        must("ca", "init", "--ca", "plant", "--name", "Plant 7")
        self.row("operator", "ca init", "an authority")
        issue = ["ca", "issue", "--ca", "plant", "--module-id", str(granter), "--role", "granter"]
        must(*issue, "--time-source", "--days", "1", "--output", "granter")
        must("ca", "crl", "--ca", "plant", "--days", "1")
        self.row("operator", "ca issue, ca crl", "the granter's certificate, an empty list")
        anchor = anchor_of(self.folder / "plant")
        flash = bytearray(b"\xff" * 16_384)
        flash[:32] = PUMP.bytes + granter.bytes
        flash[32:34] = len(anchor).to_bytes(2, "little")
        flash[34 : 34 + len(anchor)] = anchor
        path = self.folder / "flash"
        path.write_bytes(flash)
        self.granter = Granter(self.folder, anchor, PUMP, sw.ModuleId(granter.bytes))
        return path

    def play(self, flash: Path, chapters: Callable[[], None]) -> None:
        """Lets the pump run from its reset on, and the chapters follow."""
        path = self.folder / f"line-{len(self.display)}"
        self.decoder = sw.StreamDecoder(4096)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen(1)
            server.settimeout(20)
            machine = Machine(
                self.image,
                serial=f"unix:{path}",
                arguments=["identity", f"flash={flash}"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            with machine, server.accept()[0] as self.line:
                threading.Thread(target=self.watch, args=[machine], daemon=True).start()
                chapters()

    def watch(self, machine: Machine) -> None:
        assert machine.process.stdout
        for line in machine.process.stdout:
            self.display.append(line.decode().strip())

    def told(self, flash: Path) -> None:
        """From the first key to the last refusal."""
        self.comes_to_life()
        self.renews()
        self.is_revoked()
        written = flash.read_bytes()
        keys = [written[place : place + 32] for place in (4096, 8192)]
        self.must(all(key not in self.heard for key in keys), "a private key was on the line")
        self.row("pump", "its two private keys", "never on the line")

    def comes_to_life(self) -> None:
        granter = self.granter
        self.until(lambda: len(self.delivered) == 1 and granter.granted)
        key = self.shown()[0]
        self.row("pump", "makes a key, asks for a certificate", f"fingerprint {key[:16]}")
        self.row("operator", "ca sign, another fingerprint", "refused")
        self.row("operator", "ca sign, the one on the display", f"good for {self.seconds:.0f} s")
        self.must(granter.granted[0].level == sw.Level.DIGITAL_SIGNATURE, "not level 5")
        self.row("granter", "checks the pump's chain", "a session, level 5")
        self.until(lambda: len(granter.accepted) >= 3)
        self.row("granter", "frames", "accepted, level 5")

    def renews(self) -> None:
        granter, (first, begun) = self.granter, self.delivered[0]
        self.until(lambda: len(self.delivered) == 2)
        second, renewed = self.delivered[1]
        left = begun + self.seconds - renewed
        self.must(left > 0 and first != second, "not renewed in time")
        self.row("pump", "makes the next key, asks again", f"fingerprint {self.shown()[1][:16]}")
        self.row("operator", "ca sign", f"renewed, {left:.0f} s before the first one ends")
        sessions = len(granter.granted)
        self.until(lambda: len(granter.granted) > sessions)
        over = begun + self.seconds + 2
        self.until(lambda: any(at > over for at in granter.accepted))
        refused = granter.refused + granter.denied
        self.must(not refused, f"refused on the way: {refused[:3]}")
        count = len(granter.accepted)
        self.row("granter", "frames after the first one's end", f"accepted, {count} in all")

    def is_revoked(self) -> None:
        granter = self.granter
        # What is being signed is revoked with the rest; from then on nothing more is signed.
        self.until(lambda: len(self.delivered) == len(self.signed))
        self.is_struck = True
        self.operator.must("ca", "revoke", "--ca", "plant", "--module-id", str(PUMP))
        self.operator.must("ca", "crl", "--ca", "plant", "--days", "1")
        granter.take_list()
        self.row("operator", "ca revoke, ca crl", "the granter takes the list")
        before = len(granter.accepted)
        self.until(lambda: granter.refused)
        self.must(len(granter.accepted) == before, "a frame was accepted after the revocation")
        self.must(granter.refused[0] == "UNKNOWN_KEY", f"refused, {granter.refused[0]}")
        self.row("granter", "the next frame", f"refused, {granter.refused[0]}: the session is over")
        self.until(lambda: granter.denied)
        self.must(granter.denied[0] == "CERTIFICATE_REVOKED", f"denied, {granter.denied[0]}")
        self.must(granter.granter.session_count() == (0, 0), "a session is left")
        self.row("granter", "the pump asks for another session", f"refused, {granter.denied[0]}")

    def shown(self) -> list[str]:
        return [line.removeprefix("asks ") for line in self.display if line.startswith("asks ")]

    def must(self, holds: object, what: str) -> None:
        if not holds:
            raise WrongError(what)

    def until(self, holds: Callable[[], object]) -> None:
        """Serves the line until it holds."""
        deadline = time.monotonic() + self.seconds * 2 + 30
        while not holds():
            self.must(time.monotonic() < deadline, f"nothing more happens; {self.display[-5:]}")
            self.granter.granter.run()
            self.deliver()
            if select.select([self.line], [], [], 0.05)[0]:
                got = self.line.recv(4096)
                self.must(got, f"the pump stopped: {self.display[-3:]}")
                for packet in self.decoder.feed(got):
                    self.must(isinstance(packet, bytes), f"a broken packet: {packet}")
                    self.take(bytes(packet))

    def take(self, packet: bytes) -> None:
        self.heard += packet
        channel, body = packet[0], packet[1:]
        if channel == REQUEST:
            # The display shows the key; the operator is asked once for each.
            deadline = time.monotonic() + 5
            while len(self.shown()) <= len(self.delivered) and time.monotonic() < deadline:
                time.sleep(0.01)
            key = self.shown()[-1]
            if key not in self.signed and not self.is_struck:
                sign = self.operator.sign
                self.signed[key] = self.pool.submit(sign, body, PUMP, key, self.seconds)
        elif channel == ACCESS:
            answer = self.granter.take(body)
            if answer is not None:
                self.send(ACCESS, answer)

    def deliver(self) -> None:
        for key, chain in self.signed.items():
            if chain.done() and key not in [one for one, _ in self.delivered]:
                self.send(CHAIN, chain.result())
                self.delivered.append((key, time.time()))

    def send(self, channel: int, body: bytes) -> None:
        self.line.sendall(sw.encode_stream(bytes([channel]) + body))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"not done after {LONGEST} s"))
    signal.alarm(LONGEST)
    logging.getLogger("sealwire").addHandler(logging.NullHandler())  # the table tells it
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sealwire-story-") as folder:
        story, wrong = Story(Path(folder), options.image, options.seconds), ""
        try:
            flash = story.prepare()
            story.play(flash, lambda: story.told(flash))
        except WrongError as error:
            wrong = str(error)
        story.pool.shutdown(cancel_futures=True)
    for who, what, outcome in story.rows:
        print(f"{who:9} {what:36} {outcome}")
    verdict = f"WRONG: {wrong}" if wrong else "All as it must be."
    print(f"\n{verdict} {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
