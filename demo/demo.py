#!/usr/bin/env python3
"""One sealed frame, three callers: a pump in QEMU, this Python module, and a C program.

  demo.py IMAGE LISTENER

plays every scene of scenes.py over a live serial line and shows a table: each frame, its level,
what was done to it, what each validator said, and what that cost. Ends with 1 if any verdict
differs from what it must be. IMAGE is the firmware `telemetry`, LISTENER the program of
listener.c. Takes less than half a minute; ends everything that it started, however it ends.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import plant
import sealwire
from bridge import Bridge, DemoError, Listener
from scenes import Play, Row, play_all
from station import Station, Verdict

LONGEST = 80  # seconds, then SIGALRM ends it


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=Path)
    parser.add_argument("listener", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"demo: not done after {LONGEST} s"))
    signal.alarm(LONGEST)
    logging.getLogger("sealwire").addHandler(logging.NullHandler())  # the table tells it
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sealwire-demo-")))
        play = begin(stack, folder, options.image, options.listener)
        try:
            play_all(play)
        except DemoError as error:
            print(table(play.rows))
            print(f"demo: {error}", file=sys.stderr)
            return 1
        untouched = sum(play.bridge.untouched.values())
    print(table(play.rows))
    print(f"\n{reasons(play.rows)}")
    wrong = sum(row.wrong for row in play.rows)
    print(
        f"\n{untouched} more packets passed untouched; every one was accepted by whom it was for."
        f"\nThe pump's µs are QEMU's; `make bench` counts instructions."
        f"\nPayloads were in clear all the time: Sealwire proves, it doesn't hide."
        f"\n{len(play.rows) - wrong} passed, {wrong} failed"
        f"\n{time.monotonic() - begun:.0f} s"
    )
    return 1 if wrong else 0


def begin(stack: ExitStack, folder: Path, image: Path, program: Path) -> Play:
    """Provisions and starts everything; `stack` ends it."""
    flash, keys = folder / "flash", folder / "keys"
    secrets = plant.provision(flash, keys)

    def listener(own: bytes, mode: str) -> Listener:
        started = Listener(program, keys, own, mode)
        stack.callback(started.close)
        return started

    station = Station(secrets)
    in_c = listener(plant.LISTENER, "group")
    stranger = Station(secrets, own=plant.STRANGER, alone=True)
    stranger_in_c = listener(plant.STRANGER, "alone")
    bridge = stack.enter_context(Bridge(image, flash, folder, station, in_c))
    return Play(bridge, station, in_c, stranger, stranger_in_c)


def table(rows: list[Row]) -> str:
    """The rows, aligned; a verdict that is wrong has an exclamation mark."""
    heads = ("frame", "level", "what was done to it", "Python", "µs", "C", "µs", "pump", "µs")
    lines = [heads, tuple("-" * len(head) for head in heads)]
    for row in rows:
        cells = [row.frame, str(row.level), row.done]
        for verdict in (row.python, row.c, row.pump):
            cells += shown(verdict)
        lines.append((*cells, "!!! wrong") if row.wrong else tuple(cells))
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    right = {4, 6, 8}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, [*widths, 9], strict=False))
        ).rstrip()
        for line in lines
    )


def reasons(rows: list[Row]) -> str:
    """Each refusal that occurs, in a sentence."""
    said = {verdict.name for row in rows for verdict in (row.python, row.c, row.pump) if verdict}
    codes = sorted(sealwire.ErrorCode[name] for name in said - {"ACCEPTED"})
    width = max(len(code.name) for code in codes)
    return "\n".join(f"{code.name.ljust(width)}  {code.sentence}" for code in codes)


def shown(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "", ""
    name = "accepted" if verdict.accepted else verdict.name
    return name, f"{verdict.nanoseconds / 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
