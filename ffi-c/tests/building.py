"""What the C tests share: the library as it is installed, compilers, and running programs."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
EXAMPLES = ROOT / "ffi-c/examples"
TESTS = ROOT / "ffi-c/tests"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
# A field that isn't named is zero, which is what the header asks for.
ZEROED = "-Wno-missing-field-initializers"


def run(*command: str | Path, timeout: float = 120, **keywords: object) -> str:
    """Standard output of a command that must succeed; all of its output if it doesn't."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
        **keywords,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}"
    return str(done.stdout)


@functools.cache
def library() -> Path:
    """The folder with the static and the shared library, built as `make install` builds them."""
    cargo = ("cargo", "build", "--locked", "-q", "-p", "sealwire-c")
    run(*cargo, "--profile", "release-c", "--features", "freestanding", cwd=ROOT, timeout=590)
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release-c"
    # A copy: another part may build the library with other features meanwhile.
    folder = ROOT / "target/c/host"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("libsealwire.a", "libsealwire.so"):
        shutil.copy2(built / name, folder / name)
    return folder


def need(program: str) -> str:
    """The program's path; the test is skipped where it isn't there."""
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} isn't here")
    return path
