#!/usr/bin/env python3
"""Keeps target/venv in step with tools/requirements.txt, and prints its Python.

Decides: the environment is made anew when the pins or the interpreter changed (a stamp inside
it says with what it was made); otherwise nothing is done. Several callers make it only once.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from house import ROOT, TARGET, MissingError, locked, output, say, skip

VENV = TARGET / "venv"
PYTHON = VENV / "bin/python"
PINS = ROOT / "tools/requirements.txt"
OLDEST = (3, 11)


def wanted() -> str:
    """What an up-to-date environment was made of."""
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    return f"{sys.version_info[:3]} {VENV} {pins}\n"


def ensure() -> Path:
    """The environment's Python, after making it where it is missing or out of date."""
    if sys.version_info < OLDEST:
        raise MissingError("Python 3.11 or later is needed; run: make PYTHON=/path/to/python3.11")
    stamp = VENV / "made-of"
    with locked("venv"):
        if not stamp.exists() or stamp.read_text() != wanted():
            say("venv: installing tools/requirements.txt into target/venv")
            make()
            stamp.write_text(wanted())
    return PYTHON


def make() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    base = Path(getattr(sys, "_base_executable", sys.executable))
    try:
        output([base, "-m", "venv", VENV])
        quiet = ["-q", "--disable-pip-version-check", "--no-input"]
        output([PYTHON, "-m", "pip", "install", *quiet, "-r", PINS], timeout=600)
    except (MissingError, subprocess.TimeoutExpired) as error:
        raise MissingError(
            f"no Python environment ({error}); on Debian run: sudo apt-get install python3-venv"
        ) from None


def main() -> int:
    try:
        print(ensure())
    except MissingError as error:
        return skip(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
