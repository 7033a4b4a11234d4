"""C objects used from several threads as the header says, under valgrind's race detector.

Minutes on a busy machine, so not among the other C tests.
"""

from __future__ import annotations

from pathlib import Path

from building import ROOT, TESTS, need, run
from test_programs import build, checks, static


def test_no_two_threads_touch_the_same_without_a_lock(tmp_path: Path) -> None:
    program = build("gcc", TESTS / "threads.c", tmp_path / "threads", link=static())
    options = ("--tool=helgrind", "--quiet", "--error-exitcode=9")
    checks(run(need("valgrind"), *options, program, cwd=ROOT, timeout=600), "threads")
