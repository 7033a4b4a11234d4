"""The bridge: owns the pump's serial line, and is where an attacker would sit.

Every packet that comes from the pump goes to the Python module and to the C program, unless a
scene holds it; both must say of every untouched one what `EXPECTED` says. What goes to the pump
comes from here alone.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from pathlib import Path
from types import TracebackType
from typing import IO

import sealwire
from plant import ANSWER, HEALTH, TELEMETRY
from station import PAST, Report, Station, Verdict

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from qemu import Machine

PATIENCE = 10.0  # seconds that a single thing may take
# Untouched, by channel: what Python and C must say. Answers are the station's alone.
EXPECTED = {
    TELEMETRY: ("ACCEPTED", "ACCEPTED"),
    HEALTH: ("ACCEPTED", "ACCEPTED"),
    ANSWER: ("ACCEPTED", "UNKNOWN_KEY"),
}


class DemoError(Exception):
    """Something that must not happen did."""


class Listener:
    """The C program behind its pipes."""

    def __init__(self, program: Path, keys: Path, own: bytes, mode: str) -> None:
        self.process = subprocess.Popen(
            [program, keys, own.decode(), mode, str(PAST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin and self.process.stdout
        self.stdin: IO[bytes] = self.process.stdin
        self.stdout: IO[bytes] = self.process.stdout
        os.set_blocking(self.stdout.fileno(), False)
        self.waiting = b""

    def validate(self, packet: bytes) -> Verdict:
        """What the C program says of a packet."""
        self.stdin.write(sealwire.encode_stream(packet))
        self.stdin.flush()
        _channel, name, nanoseconds = self.line().split()
        return Verdict(name.decode(), int(nanoseconds))

    def line(self) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdout, selectors.EVENT_READ)
            while b"\n" not in self.waiting:
                if not selector.select(PATIENCE):
                    raise DemoError("the C program doesn't answer")
                came = os.read(self.stdout.fileno(), 4096)
                if not came:
                    raise DemoError("the C program ended")
                self.waiting += came
        line, self.waiting = self.waiting.split(b"\n", 1)
        return line

    def close(self) -> None:
        self.stdin.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stdout.close()


class Bridge:
    """The pump in QEMU, its line, and who listens on it."""

    def __init__(
        self, image: Path, flash: Path, folder: Path, station: Station, listener: Listener
    ) -> None:
        self.station = station
        self.listener = listener
        self.untouched: Counter[int] = Counter()
        # The last untouched packet on each channel, and what was said of it.
        self.last: dict[int, tuple[bytes, Verdict, Verdict]] = {}
        # After a restart without state: what is refused until the clock is past it.
        self.tolerated = ""
        self.packets: deque[bytes] = deque()
        self.reports: deque[Report] = deque(maxlen=100)
        self.decoder = sealwire.StreamDecoder(512)
        path = str(folder / "line.sock")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            server.settimeout(PATIENCE)
            self.log = (folder / "pump.defmt").open("wb")
            self.machine = Machine(
                image,
                serial=f"unix:{path}",
                arguments=["pump", f"flash={flash}"],
                stdout=self.log,
                stderr=subprocess.DEVNULL,
            )
            try:
                self.line, _address = server.accept()
            except TimeoutError:
                self.machine.__exit__(None, None, None)
                raise DemoError("QEMU doesn't open its serial line") from None

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.machine.__exit__(kind, error, trace)
        self.line.close()
        self.log.close()

    def catch(self, channel: int) -> bytes:
        """The next packet of the pump on `channel`, which nobody has seen yet. What comes before
        it goes its way."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.receive(deadline)
            while self.packets:
                packet = self.packets.popleft()
                if packet[0] == channel:
                    return packet
                self.pass_on(packet)
        raise DemoError(f"nothing came on channel {channel}")

    def receive(self, deadline: float) -> None:
        """Waits for bytes, and takes the packets out of them."""
        self.line.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            came = self.line.recv(4096)
        except TimeoutError:
            return
        if not came:
            raise DemoError("the pump stopped")
        self.packets += [packet for packet in self.decoder.feed(came) if isinstance(packet, bytes)]

    def pass_on(self, packet: bytes) -> None:
        """Gives an untouched packet to both; what they say must be what is expected."""
        verdicts = self.station.validate(packet), self.listener.validate(packet)
        channel = packet[0]
        expected = EXPECTED.get(channel, ("", ""))
        pairs = zip(verdicts, expected, strict=True)
        if any(one.name not in (name, self.tolerated) for one, name in pairs):
            names = " and ".join(verdict.name for verdict in verdicts)
            raise DemoError(f"an untouched packet on channel {channel}: {names}")
        self.untouched[channel] += 1
        self.last[channel] = (packet, *verdicts)
        if channel == TELEMETRY and verdicts[0].accepted:
            self.reports.append(Report.of(verdicts[0].payload))

    def report(self) -> Report:
        """The pump's next word about itself."""
        self.reports.clear()
        while not self.reports:
            self.pass_on(self.catch(TELEMETRY))
        return self.reports[-1]

    def idle(self, seconds: float) -> None:
        """Lets everything go its way for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.pass_on(self.catch(TELEMETRY))

    def give(self, packet: bytes) -> Verdict:
        """Gives a packet to the pump, and learns from its telemetry what it said."""
        before = self.report()
        self.line.sendall(sealwire.encode_stream(packet))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            after = self.report()
            if after.accepted > before.accepted:
                return Verdict("ACCEPTED", after.validating * 1000)
            if after.refused > before.refused:
                name = sealwire.ErrorCode(after.last_refusal).name
                return Verdict(name, after.validating * 1000)
        raise DemoError("the pump says nothing of a packet")
