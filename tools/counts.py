"""Reads from a log how many tests ran and how many were skipped inside a part.

Understands the closing lines of cargo test, pytest, unittest, ctest, and the plain line
`N passed, N failed[, N skipped]`. Tests that Rust's harness calls `ignored` are counted
apart: they are the long ones, which another part runs by `--ignored`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
# pytest's closing line stands between equals signs (or bare with -q) and ends in seconds.
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.MULTILINE)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
UNITTEST_SKIPPED = re.compile(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", re.MULTILINE)
CTEST = re.compile(r"(\d+) tests failed out of (\d+)$", re.MULTILINE)


@dataclass
class Counts:
    run: int = 0
    skipped: int = 0
    ignored: int = 0

    def __str__(self) -> str:
        if not (self.run or self.skipped or self.ignored):
            return ""
        apart = [
            f"{number} {word}"
            for number, word in ((self.skipped, "skipped"), (self.ignored, "ignored"))
            if number
        ]
        return f"{self.run} ({', '.join(apart)})" if apart else str(self.run)


def count(log: str) -> Counts:
    total = Counts()
    for passed, failed, ignored in CARGO.findall(log):
        total.run += int(passed) + int(failed)
        total.ignored += int(ignored)
    for summary in PYTEST.findall(log):
        words = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", summary)}
        total.run += sum(words.get(word, 0) for word in ("passed", "failed", "xfailed", "xpassed"))
        total.skipped += words.get("skipped", 0)
    for passed, failed, skipped in PLAIN.findall(log):
        total.run += int(passed) + int(failed)
        total.skipped += int(skipped or 0)
    total.run += sum(map(int, UNITTEST.findall(log)))
    total.skipped += sum(map(int, UNITTEST_SKIPPED.findall(log)))
    total.run += sum(int(of) for _failed, of in CTEST.findall(log))
    return total
