"""What both examples share: packets in COBS over stdin and stdout, as over a UART, and what was
provisioned: the same as in ffi-c/examples/line.h, so that each side may be either language.
"""

from __future__ import annotations

import os
import select
import sys
import time

import sealwire as sw

PANEL = sw.ModuleId(b"panel-00000-0001")
PUMPS = sw.ModuleId(b"pump-000000-0001"), sw.ModuleId(b"pump-000000-0002")
# In reality 32 random bytes each, and no module has the other's.
SECRET = sw.PeerSecret.from_bytes(b"\x01" + bytes(31))
PANELS_KEY = sw.SigningKey.from_bytes(b"the panel's private key, 32 byte")
PUMPS_KEY = sw.SigningKey.from_bytes(b"the pump's private key, 32 bytes")
PRESSURE = sw.Context.topic("pump/pressure")
VALVE = sw.Context.topic("pump/valve")


class Line:
    """Packets over stdin and stdout."""

    def __init__(self) -> None:
        self._decoder = sw.StreamDecoder(max_frame=512)
        self._packets: list[bytes] = []

    def send(self, packet: bytes) -> None:
        """Writes a packet.

        Raises:
            EOFError: the line ended.
        """
        data = sw.encode_stream(packet)
        while data:
            try:
                data = data[os.write(1, data) :]
            except ConnectionError:  # of a pipe or a socket
                raise EOFError from None

    def next(self, seconds: float) -> bytes | None:
        """The next packet, or None if none came in time.

        Raises:
            EOFError: the line ended.
        """
        end = time.monotonic() + seconds
        while not self._packets:
            left = end - time.monotonic()
            if left <= 0 or not select.select([0], [], [], left)[0]:
                return None
            try:
                data = os.read(0, 512)
            except ConnectionError:
                data = b""
            if not data:
                raise EOFError
            # What is no packet is noise on the line.
            self._packets += [got for got in self._decoder.feed(data) if isinstance(got, bytes)]
        return self._packets.pop(0)


def say(text: str) -> None:
    """What happened, where it doesn't disturb the line."""
    print(text, file=sys.stderr, flush=True)
