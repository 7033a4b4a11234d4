"""How long each target was fuzzed so far: HOURS.md, which `run.py --log` keeps.

Decides: only runs that ended without a finding are added.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

FILE = Path(__file__).with_name("HOURS.md")
HEAD = """# Fuzzing so far

Kept by `tests/fuzz/run.py --log`: what was fuzzed on purpose, with AddressSanitizer, without a
finding. Runs of `make assure` and of development come on top and aren't counted. Of `python`, which
has no coverage to be led by, the edges are kinds of calls.

| target | seconds | runs | edges | last |
| --- | ---: | ---: | ---: | --- |
"""
ROW = re.compile(r"\| (\w+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| (\S+) \|")


def add(target: str, seconds: int, runs: int, edges: int) -> None:
    """Adds a run; `edges` are those of the last one."""
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else HEAD
    rows = {found[1]: [int(found[n].replace(",", "")) for n in (2, 3)] + [found[4], found[5]]
            for found in ROW.finditer(text)}  # fmt: skip
    before = rows.get(target, [0, 0])
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    rows[target] = [before[0] + seconds, before[1] + runs, f"{edges:,}", today]
    table = [
        f"| {name} | {row[0]:,} | {row[1]:,} | {row[2]} | {row[3]} |" for name, row in rows.items()
    ]
    FILE.write_text(HEAD + "\n".join(table) + "\n", encoding="utf-8")
