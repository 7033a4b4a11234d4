#!/usr/bin/env python3
"""Builds wheel and sdist into dist/, installs the wheel, and tries both where a user would.

    wheel.py build      dist/*.whl and dist/*.tar.gz
    wheel.py install    the wheel into target/venv, for the tests
    wheel.py try        the wheel in an empty environment without Rust, with the quick start;
                        the sdist outside of the tree, built and run there

Decides nothing about what is in them: that is pyproject.toml's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "ffi-python"
DIST = ROOT / "dist"
VENV = ROOT / "target/venv/bin"
QUICKSTART = HERE / "examples/quickstart.py"
PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(
    *command: str | Path, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> None:
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], cwd=folder, env=environment, check=True)


def python() -> Path:
    """The tools' Python, or the one that runs this."""
    found = VENV / "python"
    return found if found.exists() else Path(sys.executable)


def newest(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        sys.exit(f"no {pattern} in dist; run: ffi-python/wheel.py build")
    return found[-1]


def build() -> None:
    for old in (*DIST.glob("sealwire-*.whl"), *DIST.glob("sealwire-*.tar.gz")):
        old.unlink()
    manifest = ["-m", HERE / "Cargo.toml", "-o", DIST]
    run(python(), "-m", "maturin", "build", "--release", "--locked", *manifest)
    run(python(), "-m", "maturin", "sdist", *manifest)


def install() -> None:
    flags = ["--no-index", "--no-deps", "--force-reinstall"]
    run(python(), *PIP, "install", *flags, newest("*.whl"))


def without_rust() -> dict[str, str]:
    """An environment in which no compiler is found."""
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


def try_wheel(folder: Path) -> None:
    run(sys.executable, "-m", "venv", folder / "empty")
    empty = folder / "empty/bin"
    run(empty / "python", *PIP, "install", "--no-index", newest("*.whl"))
    shutil.copy(QUICKSTART, folder)
    run(empty / "python", "quickstart.py", folder=folder, environment=without_rust())
    run(empty / "sealwire", "--version", folder=folder, environment=without_rust())


def try_sdist(folder: Path) -> None:
    with tarfile.open(newest("*.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.glob("sealwire-*")
    # The registry's crates are the wheel's, and so they are compiled already.
    target = {"CARGO_TARGET_DIR": str(ROOT / "target")}
    wheels = ["--no-deps", "--no-build-isolation", "--wheel-dir", folder / "wheels"]
    tools = {"PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}"}
    run(
        python(), *PIP, "wheel", *wheels, tree,
        folder=folder, environment=os.environ | target | tools,
    )  # fmt: skip
    run(sys.executable, "-m", "venv", folder / "built")
    built = folder / "built/bin/python"
    run(built, *PIP, "install", "--no-index", *(folder / "wheels").glob("*.whl"))
    run(built, QUICKSTART, folder=folder, environment=without_rust())


def try_both() -> None:
    with tempfile.TemporaryDirectory(prefix="sealwire-") as name:
        try_wheel(Path(name))
        try_sdist(Path(name))


COMMANDS = {"build": build, "install": install, "try": try_both}


def main(arguments: Sequence[str]) -> int:
    if not arguments or any(argument not in COMMANDS for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    for argument in arguments:
        COMMANDS[argument]()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failed:
        print(f"wheel.py: failed: {failed.cmd[0]}", file=sys.stderr)
        sys.exit(1)
