"""The table falls short where a figure is missing or breaks its limit."""

from __future__ import annotations

import json
from pathlib import Path

import assurance
import pytest
from assurance_claims import CLAIMS, NOT_CLAIMED
from parts import PARTS


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, path in (("FOLDER", "."), ("FIGURES", "figures"), ("RESULTS", "results.json")):
        monkeypatch.setattr(assurance, name, tmp_path / path)
    (tmp_path / "figures").mkdir()
    for claim in CLAIMS:
        write(tmp_path / "figures", claim.name, int(claim.limit.split()[1]))
    return tmp_path / "figures"


def write(folder: Path, name: str, value: int) -> None:
    (folder / f"{name}.json").write_text(json.dumps({"value": value, "date": "2026-01-01"}))


def test_figures_at_their_limits_pass(figures: Path) -> None:
    assert assurance.table() == 0
    checks = json.loads((figures.parent / "results.json").read_text())["checks"]
    assert all(one["pass"] for one in checks.values())


def test_one_accepted_forgery_falls_short(figures: Path) -> None:
    write(figures, "faults_s_hardened_skip1", 1)
    assert assurance.table() == 1


def test_a_figure_that_nobody_measured_falls_short(figures: Path) -> None:
    (figures / "outside_passed.json").unlink()
    assert assurance.table() == 1


def test_every_claim_has_a_part_and_says_what_is_not_claimed() -> None:
    names = {part.name for part in PARTS}
    assert {claim.part for claim in CLAIMS} <= names
    assert {claim.part for claim in CLAIMS} == set(NOT_CLAIMED)
