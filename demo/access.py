#!/usr/bin/env python3
"""Who gets a session of whom: a module and a granter, in Python and in C, over one line.

  access.py FOLDER

runs the examples of ffi-python/examples/line and, from FOLDER, those of ffi-c/examples, each with
each, by a secret and by a key, and shows what each side said. Ends with 1 if a session isn't what
it must be. The line loses the second packet, so that something has to be sent again.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import sealwire as sw

PANEL = sw.ModuleId(b"panel-00000-0001")
PYTHON = Path(__file__).resolve().parent.parent / "ffi-python/examples/line"
LOST = 1
KINDS = {"secret": 4, "key4": 4, "key5": 5}


def command(language: str, name: str, folder: Path) -> list[str | Path]:
    return [folder / name] if language == "C" else [sys.executable, PYTHON / f"{name}.py"]


def carry(source: socket.socket, sink: socket.socket, lose: int | None) -> None:
    """Hands packets on in one direction, but for the one with the number `lose`."""
    rest, count = b"", 0
    try:
        while got := source.recv(4096):
            *packets, rest = (rest + got).split(b"\0")
            for packet in packets:
                if count != lose:
                    sink.sendall(packet + b"\0")
                count += 1
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # who isn't there any more


def wait_for_granter(line: socket.socket) -> None:
    """Until it answers a request, for which it keeps nothing."""
    request = sw.Exchange().begin(
        own=sw.ModuleId.random(), granter=PANEL, secret=sw.PeerSecret.generate()
    )
    line.sendall(sw.encode_stream(request))
    while not line.recv(512).endswith(b"\0"):
        pass


def talk(granter: list[str | Path], module: list[str | Path]) -> tuple[list[str], list[str]]:
    """What both say, line by line."""
    lines = [socket.socketpair() for _ in range(2)]
    running = []
    for words, (own, end) in zip((granter, module), lines, strict=True):
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(words, stdin=end, stdout=end, stderr=pipe, text=True))
        end.close()
        if len(running) == 1:
            wait_for_granter(own)
    (to_granter, _), (to_module, _) = lines
    for ends in ((to_module, to_granter, LOST), (to_granter, to_module, None)):
        threading.Thread(target=carry, args=ends, daemon=True).start()
    module_said = running[1].communicate(timeout=30)[1]
    granter_said = running[0].communicate(timeout=30)[1]
    return granter_said.splitlines(), module_said.splitlines()


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder, wrong = Path(sys.argv[1]), 0
    print(f"{'granter':8} {'module':8} {'by':7} {'session':34} the module heard")
    for granter, module in (("Python", "C"), ("C", "Python"), ("Python", "Python"), ("C", "C")):
        for kind, level in KINDS.items():
            heard, said = talk(
                command(granter, "granter", folder), [*command(module, "requester", folder), kind]
            )
            is_right = (
                said == [f"level {level}, valve: open"] * 2
                and heard
                == [
                    f"granted level {level}",
                    f"confirmed, level {level}: 4.2 bar",
                ]
                * 2
            )
            wrong += not is_right
            session = f"{heard[0]}, {heard[1][:18]}" if is_right else "WRONG"
            print(f"{granter:8} {module:8} {kind[:6]:7} {session:34} {said[0]}, and again renewed")
    print("\nThe module's second packet was lost each time; no key ever went over the line.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
