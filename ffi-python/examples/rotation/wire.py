"""Messages on a TCP stream: u32 length, u8 kind, bytes. Frames and messages of access are told
apart by their kind; a report is JSON."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

FRAME, ACCESS, REPORT = 0, 1, 2
HEAD = struct.Struct("<IB")


def packed(kind: int, data: bytes) -> bytes:
    return HEAD.pack(len(data), kind) + data


class Line:
    """One side of a connection. Threads may send; one reads."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._socket.sendall(data)

    def report(self, **members: object) -> None:
        self.send(packed(REPORT, json.dumps(members).encode()))

    def batches(self) -> Iterator[list[tuple[int, bytes]]]:
        """What came in one go, again and again, until the other side is gone."""
        left = bytearray()
        while data := self._socket.recv(1 << 16):
            left += data
            at, found = 0, []
            while len(left) - at >= HEAD.size:
                length, kind = HEAD.unpack_from(left, at)
                end = at + HEAD.size + length
                if end > len(left):
                    break
                found.append((kind, bytes(left[at + HEAD.size : end])))
                at = end
            del left[:at]
            if found:
                yield found

    def close_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)


def read_report(data: bytes) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(data)
    return report
