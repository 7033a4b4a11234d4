#!/usr/bin/env python3
"""Collects what the assurance parts found, judges it, and writes docs/assurance.md.

  assurance.py run [--] COMMAND…   runs a part, keeps its `assure: NAME = VALUE` lines
  assurance.py table               one table of all checks; writes target/assure/results.json
  assurance.py write               docs/assurance.md from target/assure/results.json
  assurance.py check               docs/assurance.md names the claims, commands and limits of today

Decides: a figure without a limit in tools/assurance_claims.py is no check, a check without a
figure has failed, and a figure that breaks its limit makes `table` leave with 1.
"""

from __future__ import annotations

import datetime
import json
import operator
import re
import subprocess
import sys
from collections.abc import Callable

from assurance_claims import CLAIMS, NOT_CLAIMED, Claim
from house import ROOT, TARGET

FOLDER = TARGET / "assure"
FIGURES = FOLDER / "figures"
RESULTS = FOLDER / "results.json"
PAGE = ROOT / "docs/assurance.md"
LINE = re.compile(r"^assure: (\w+) = (-?\d+)$")
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "≤": operator.le, "≥": operator.ge,
}  # fmt: skip
Result = dict[str, str | int | bool | None]


def main() -> int:
    match sys.argv[1:]:
        case ["run", *command] if command:
            return run(command[1:] if command[0] == "--" else command)
        case ["table"]:
            return table()
        case ["write"]:
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text(page(json.loads(RESULTS.read_text())["checks"]))
            return 0
        case ["check"]:
            return check()
    print(__doc__)
    return 2


def run(command: list[str]) -> int:
    FIGURES.mkdir(parents=True, exist_ok=True)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        print(line, end="", flush=True)
        found = LINE.match(line.rstrip())
        if found:
            figure = {"value": int(found[2]), "date": today}
            (FIGURES / f"{found[1]}.json").write_text(json.dumps(figure))
    return process.wait()


def judged() -> dict[str, Result]:
    results: dict[str, Result] = {}
    for claim in CLAIMS:
        file = FIGURES / f"{claim.name}.json"
        figure = json.loads(file.read_text()) if file.exists() else {}
        value = figure.get("value")
        sign, limit = claim.limit.split()
        holds = value is not None and COMPARE[sign](value, int(limit))
        date = figure.get("date")
        results[claim.name] = {"value": value, "limit": claim.limit, "pass": holds, "date": date}
    return results


def table() -> int:
    results = judged()
    FOLDER.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"checks": results}, indent=2) + "\n")
    width = max(len(name) for name in results)
    print(f"{'check':<{width}} {'value':>8}  {'limit':<9} result")
    for name, one in results.items():
        value = "none" if one["value"] is None else str(one["value"])
        print(f"{name:<{width}} {value:>8}  {one['limit']:<9} {'ok' if one['pass'] else 'SHORT'}")
    short = sum(not one["pass"] for one in results.values())
    print(f"{len(results) - short} of {len(results)} checks hold")
    return int(short != 0)


def page(results: dict[str, Result]) -> str:
    """The document, from the claims and the figures."""
    text = [
        "# What is assured, and how to see it yourself",
        "",
        "Written by `tools/assurance.py write` from what `make assure` found: don't edit it. Each "
        "part also runs alone (`tools/run.py assure --only PART`). Sealwire was not audited. "
        "**It doesn't hide payloads.**",
        "",
    ]
    for part in dict.fromkeys(claim.part for claim in CLAIMS):
        claims = [claim for claim in CLAIMS if claim.part == part]
        text += [f"## {claims[0].title}", "", f"`tools/run.py assure --only {part}`", ""]
        text += [
            "| claim | how it is checked | figure | limit | date |",
            "| --- | --- | --- | --- | --- |",
        ]
        text += [row(claim, results.get(claim.name, {})) for claim in claims]
        text += ["", f"Not claimed: {NOT_CLAIMED[part]}", ""]
    return "\n".join(text)


def row(claim: Claim, result: Result) -> str:
    value = result.get("value")
    figure = "not measured" if value is None else f"{value:,}"
    if value is not None and not result["pass"]:
        figure = f"**{figure}: falls short**"
    cells = (claim.text, claim.how, figure, claim.limit, result.get("date") or "never")
    return f"| {' | '.join(map(str, cells))} |"


def check() -> int:
    """The page without its figures and dates must be what would be written today."""
    if not PAGE.exists():
        print("docs/assurance.md is missing: tools/assurance.py write")
        return 1

    def bare(text: str) -> str:
        return re.sub(r"\| [^|]*( \| [=≤≥] -?\d+ \|) [^|]* \|", r"| …\1 … |", text)

    if bare(PAGE.read_text()) == bare(page({})):
        return 0
    print("docs/assurance.md doesn't name the claims of today: tools/assurance.py write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
