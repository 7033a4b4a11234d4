"""The firmware page's figures are those of the benchmarks, and another one is noticed."""

from __future__ import annotations

import sys

import pytest
from house import ROOT

sys.path.append(str(ROOT / "bench"))  # last: it has a `run` too

import firmware_page as page

PAGE = (ROOT / "docs/firmware.md").read_text()
FOUND = page.figures((ROOT / "docs/benchmarks.md").read_text())


def test_every_metric_of_the_page_is_measured() -> None:
    cells = [cell for _, cells in page.ROWS for cell in cells if cell]
    cells += [cell for _, cell in page.WORDS]
    assert {name for name, _ in cells} <= FOUND.keys()


def test_a_figure_of_another_run_is_replaced_in_rows_and_sentences() -> None:
    for name in ("m4.hmac.validate_64B.instructions", "m4.hmac.flash_bytes"):
        other = page.written(PAGE, FOUND | {name: 123_450})
        assert other != page.written(PAGE, FOUND)
        assert "123,450" in other
        assert page.written(other, FOUND) == page.written(PAGE, FOUND)


def test_a_row_that_is_gone_is_no_silent_success() -> None:
    with pytest.raises(page.MismatchError):
        page.written(PAGE.replace("| `admit` |", "| `admitted` |"), FOUND)
    with pytest.raises(page.MismatchError):
        page.written(PAGE.replace("hardened)", "with checks)"), FOUND)
