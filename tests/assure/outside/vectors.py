#!/usr/bin/env python3
"""Brings NIST's files (PyPI package cryptography-vectors) to target/assure/vectors; prints where.

Decides: the pinned version, without installing it, unpacked once; without a network that is
exit code 77 and one line.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "target/assure/vectors"
PIN = "cryptography-vectors==50.0.2"
WANTED = ("cryptography_vectors/hashes/SHA2/SHA256", "cryptography_vectors/asymmetric/ECDSA/")


def main() -> int:
    stamp = FOLDER / PIN
    if not stamp.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", FOLDER, PIN]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheel = next(FOLDER.glob("cryptography_vectors-*.whl"), None)
        if done.returncode != 0 or wheel is None:
            print(f"no {PIN}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
            return 77
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(WANTED)]
            archive.extractall(FOLDER, names)
        wheel.unlink()
        stamp.touch()
    print(FOLDER / "cryptography_vectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
