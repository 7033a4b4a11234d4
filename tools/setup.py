#!/usr/bin/env python3
"""Finds what the parts need, and installs it where that is safe.

Decides: what is there is left alone. What this project keeps for itself (Python environment,
bare-metal Rust, QEMU) goes under target/, for any user. Debian packages are installed only as
root, only by name from tools/needs.py, and only where apt removes nothing for them. Never a
Rust compiler. What is missing in the end is told in one line to copy, with exit code 77.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import needs
import parts
from house import SKIP, has, say


def wanted(suite: str | None) -> list[str]:
    """Everything that the parts of a suite (or of all) need, without repeats."""
    chosen = [part for part in parts.PARTS if suite is None or suite in part.suites.split()]
    return sorted({name for part in chosen for name in part.needs.split()})


def install(packages: list[str]) -> bool:
    """apt-get as root; True when it ran through."""
    options = ["-y", "-q", "--no-install-recommends", "--no-remove", "--no-upgrade"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", *options, *packages]
    for attempt in (command, ["apt-get", "update", "-q"], command):
        say(f"setup: {' '.join(attempt)}")
        done = subprocess.run(
            attempt,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            check=False,
        )
        if attempt is command and done.returncode == 0:
            return True
    return False


def lists_are_there() -> bool:
    done = subprocess.run(
        ["apt-cache", "search", "--names-only", "^qemu-system-arm$"],
        capture_output=True,
        check=False,
    )
    return bool(done.stdout.strip())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--for", dest="suite", choices=parts.SUITES, help="only what it needs")
    options = parser.parse_args()
    names = wanted(options.suite)
    debian_root = has("apt-get") and os.geteuid() == 0
    if debian_root and not lists_are_there():
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
    missing = {name: why for name in names if (why := needs.why_not(name))}
    packages = sorted(
        {
            package
            for name in missing
            for package in needs.NEEDS.get(name, needs.Need()).packages.split()
        }
    )
    if packages and debian_root and install(packages):
        missing = {name: why for name in missing if (why := needs.why_not(name))}
    for name in names:
        if name not in missing:
            say(f"setup: {name}: here")
    if not missing:
        return 0
    for name, why in missing.items():
        say(f"setup: {name}: {why}")
    if packages and has("apt-get"):
        say(f"run: sudo apt-get install --no-install-recommends {' '.join(packages)}")
    else:
        say(f"missing: {', '.join(missing)}")
    return SKIP


if __name__ == "__main__":
    sys.exit(main())
