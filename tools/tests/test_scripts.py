"""A script that says how it is run can be run so, and tells what it is for."""

from __future__ import annotations

import os
import subprocess

import pytest
from house import ROOT, output

SCRIPTS = [
    name
    for name in output(["git", "-C", ROOT, "ls-files", "*.py"]).splitlines()
    if (ROOT / name).read_bytes().startswith(b"#!")
]
FOR_USERS = (
    "ffi-c/baremetal.py",
    "ffi-c/install.py",
    "tools/baremetal.py",
    "tools/firmware.py",
    "tools/qemu.py",
    "tools/run.py",
)


def test_every_script_is_executable() -> None:
    assert set(FOR_USERS) <= set(SCRIPTS)
    assert [name for name in SCRIPTS if not os.access(ROOT / name, os.X_OK)] == []


@pytest.mark.parametrize("name", FOR_USERS)
def test_help_is_there_without_anything_installed(name: str) -> None:
    done = subprocess.run(
        [ROOT / name, "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage:")
