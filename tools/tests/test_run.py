"""What the part runner promises, as claims."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import run
from counts import count
from parts import PARTS, SUITES, Part


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "LOGS", tmp_path)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "GRACE", 0.5)
    return tmp_path


def verdicts(*parts: Part, jobs: int = 2) -> dict[str, tuple[str, str]]:
    results = run.Runner(list(parts), jobs, quick=False).run()
    return {one.part.name: (one.verdict, one.reason) for one in results}


def test_an_exit_code_of_zero_passes_and_any_other_fails() -> None:
    told = verdicts(Part("good", "true"), Part("bad", "echo why; exit 3"))
    assert told == {"good": ("PASSED", ""), "bad": ("FAILED", "exit code 3")}


def test_a_command_in_the_middle_that_fails_fails_the_part() -> None:
    assert verdicts(Part("pipe", "false | cat; true"))["pipe"][0] == "FAILED"


def test_77_is_a_skip_with_the_last_line_as_its_reason() -> None:
    told = verdicts(Part("cannot", "echo noise; echo run this; exit 77"))
    assert told["cannot"] == ("SKIPPED", "run this")


def test_a_missing_program_is_a_skip_that_names_it() -> None:
    told = verdicts(Part("part", "true", needs="no-such-program"))
    assert told["part"] == ("SKIPPED", "no-such-program isn't here")


def test_a_part_does_not_start_before_what_it_comes_after() -> None:
    told = verdicts(
        Part("late", "test -e made", after="early", lane="b"),
        Part("early", "sleep 0.2; touch made", lane="a"),
    )
    assert [verdict for verdict, _ in told.values()] == ["PASSED", "PASSED"]


def test_what_comes_after_a_failure_is_skipped_not_passed() -> None:
    told = verdicts(Part("early", "false"), Part("late", "true", after="early"))
    assert told["late"] == ("SKIPPED", "early has not passed")


def test_parts_of_one_lane_and_the_lane_alone_never_overlap() -> None:
    busy = "test ! -e busy; touch busy; sleep 0.2; rm busy"
    told = verdicts(*(Part(name, busy, lane="same") for name in "abc"))
    assert [told[name][0] for name in "abc"] == ["PASSED"] * 3
    mixed = [Part(name, busy, lane=lane) for name, lane in (("x", "alone"), ("y", "other"))]
    assert [verdict for verdict, _ in verdicts(*mixed).values()] == ["PASSED"] * 2


def test_a_timeout_ends_the_whole_process_group() -> None:
    started = time.monotonic()
    told = verdicts(Part("stuck", "trap '' TERM; sleep 60 & sleep 60", timeout=1))
    assert told["stuck"] == ("FAILED", "timeout of 1 s")
    assert time.monotonic() - started < 10


def test_a_process_left_behind_fails_the_part_and_is_ended() -> None:
    assert verdicts(Part("leaky", "sleep 60 & true"))["leaky"] == ("FAILED", "left behind: sleep")


def test_no_executed_test_is_a_failure_where_tests_are_counted() -> None:
    assert verdicts(Part("none", "echo nothing", counts=True))["none"][0] == "FAILED"


@pytest.mark.parametrize(
    ("outcomes", "strict", "code"),
    [
        ("PASSED PASSED", False, 0),
        ("PASSED SKIPPED", False, 77),
        ("PASSED SKIPPED", True, 1),
        ("FAILED SKIPPED", False, 1),
    ],
)
def test_the_exit_code_tells_a_skip_from_a_pass(outcomes: str, strict: bool, code: int) -> None:
    results = [run.Result(Part("part", ""), verdict) for verdict in outcomes.split()]
    assert run.exit_code(results, strict) == code


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured", "3 (1 ignored)"),
        ("test result: ok. 3 passed; 0 failed; 0 ignored\n" * 2, "6"),
        ("===== 4 passed, 2 skipped in 0.31s =====", "4 (2 skipped)"),
        ("5 passed in 1.02s", "5"),
        ("100% tests passed, 0 tests failed out of 7", "7"),
        ("Ran 2 tests in 0.1s\n\nOK (skipped=1)", "2 (1 skipped)"),
        ("8 passed, 0 failed", "8"),
        ("nothing of the kind", ""),
    ],
)
def test_counts_are_read_from_the_usual_closing_lines(log: str, told: str) -> None:
    assert str(count(log)) == told


def test_the_declared_parts_make_sense() -> None:
    names = [part.name for part in PARTS]
    assert len(set(names)) == len(names)
    for part in PARTS:
        assert set(part.suites.split()) <= set(SUITES), part.name
        assert set(part.after.split()) <= set(names), part.name
