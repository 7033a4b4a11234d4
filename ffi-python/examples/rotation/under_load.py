"""Certificates rotate while messages flow: none is lost, none refused.

    under_load.py [--seconds 20] [--rotations 10] [--rate4 10000] [--rate5 1000] [--json]

The operator's desk: it makes an authority and three modules, starts a panel and two pumps as
processes, one pump at level 4 and one at level 5, and renews all three certificates, with a new
list each time, ROTATIONS times while they send. The next renewal comes when both pumps have a
session from the one before. Ends with 1 if a message was lost or refused.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sealwire import ModuleId
from sealwire.pki import CertificateAuthority, CertificateLifecycleManager, Node

HERE = Path(__file__).resolve().parent


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    text = process.stdout.readline().strip()
    if not text:
        raise RuntimeError(f"{process.args[1]} ended")  # type: ignore[index]
    return text


def rotate(folder: Path, rotations: int, seconds: float, rates: dict[int, float]) -> list[Any]:
    """The pumps' reports."""
    authority = CertificateAuthority.create(folder / "plant", "Plant 7")
    authority.revocation_lists()
    ids = {name: ModuleId.random() for name in ("panel", "pump4", "pump5")}
    nodes = [
        Node.create(
            folder / name, authority.issue(module, roles=[] if name == "panel" else ["pump"])
        )
        for name, module in ids.items()
    ]
    manager = CertificateLifecycleManager(authority)
    panel = start("panel.py", folder)
    pumps = []
    try:
        port = line(panel)
        for level, rate in rates.items():
            count = round(rate * seconds)
            name = f"pump{level}"
            pump = start("pump.py", folder, name, ids["panel"], port, level, rate, count, rotations)
            pumps.append(pump)
        for pump in pumps:
            while line(pump) != "session 1":
                pass
        pause = seconds / (rotations + 1)
        for rotation in range(rotations):
            time.sleep(pause)
            authority.revocation_lists()
            for node in nodes:
                manager.renew(node)
            for pump in pumps:
                while line(pump) != f"session {rotation + 2}":
                    pass
        return [json.loads(line(pump)) for pump in pumps]
    finally:
        for process in (*pumps, panel):
            process.terminate()
            process.wait()


def is_whole(report: dict[str, Any], rotations: int) -> bool:
    """Whether every message came through, and the sessions were renewed as often as said."""
    return (
        report["refused"] == {}
        and report["missing"] == 0
        and report["accepted"] == {str(report["level"]): report["sent"]}
        and report["sessions"] == rotations + 1
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Certificates rotate while messages flow.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rotations", type=int, default=10)
    parser.add_argument("--rate4", type=float, default=10_000, help="messages a second, level 4")
    parser.add_argument("--rate5", type=float, default=1_000, help="messages a second, level 5")
    parser.add_argument("--json", action="store_true", help="one object for each level instead")
    options = parser.parse_args()
    rates = {4: options.rate4, 5: options.rate5}
    with tempfile.TemporaryDirectory() as folder:
        reports = rotate(Path(folder), options.rotations, options.seconds, rates)
    good = all(is_whole(report, options.rotations) for report in reports)
    if options.json:
        for report in reports:
            print(json.dumps(report))
        return 0 if good else 1
    print(f"{options.rotations} rotations of every certificate, and of the list")
    for report in reports:
        lost = report["sent"] - sum(report["accepted"].values())
        print(
            f"level {report['level']}: {report['sent']} sent, {report['a_second']} a second,"
            f" {lost} lost, {sum(report['refused'].values())} refused,"
            f" {report['sessions']} sessions"
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
