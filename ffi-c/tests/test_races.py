"""C objects used from several threads as the header says, under valgrind's race detector.

Minutes on a busy machine, so not among the other C tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from building import ROOT, TESTS, need, run
from test_programs import build, checks, static


@pytest.mark.parametrize("name", ["threads", "access_threads"])
def test_no_two_threads_touch_the_same_without_a_lock(name: str, tmp_path: Path) -> None:
    program = build("gcc", TESTS / f"{name}.c", tmp_path / name, link=static())
    options = ("--tool=helgrind", "--quiet", "--error-exitcode=9")
    checks(run(need("valgrind"), *options, program, cwd=ROOT, timeout=600), name)
