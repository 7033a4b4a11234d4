#!/usr/bin/env python3
"""Builds the bare-metal C library from two copies of the tree and compares the bytes.

Decides: what git tracks is copied to two folders of different depth; each is built by its own
ffi-c/baremetal.py with its own target folder, and the libraries must be equal. With --break one
copy is changed first, and then they must differ. Where they differ without it, both folders stay.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "target/assure/reproducible"
TRIPLE = "thumbv6m-none-eabi"


def main() -> int:
    shutil.rmtree(BASE, ignore_errors=True)
    copies = [BASE / "one", BASE / "another/and/deeper"]
    for copy in copies:
        unpack(copy)
    if "--break" in sys.argv:
        file = copies[1] / "core/src/time.rs"
        file.write_text(file.read_text().replace("past: 10_000_000", "past: 10_000_001"))
    built = [library(copy) for copy in copies]
    differs = int(built[0] != built[1])
    sizes = " and ".join(str(len(one)) for one in built)
    print(f"{TRIPLE}: {sizes} bytes, {'different' if differs else 'equal'}")
    if not differs or "--break" in sys.argv:
        shutil.rmtree(BASE)
    print(f"assure: reproducible_differences = {differs}")
    return differs


def unpack(copy: Path) -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in files.stdout.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name)
    # The unpacked compiler is the same: a link, not a copy.
    (copy / "target").mkdir()
    (copy / "target/baremetal").symlink_to(ROOT / "target/baremetal")


def library(copy: Path) -> bytes:
    command = [sys.executable, "ffi-c/baremetal.py", TRIPLE]
    done = subprocess.run(
        command, cwd=copy, env=os.environ, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return Path(done.stdout.splitlines()[-1]).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
