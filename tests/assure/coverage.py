#!/usr/bin/env python3
"""Measures which lines and branches of the core its own tests reach.

Decides: every file of core/src/ counts, with all features but `hardened` and `defmt` (other code
for the same rule, measured by faults and on targets). Lines and branches as LLVM counts them
from the instrumented tests (`-C instrument-coverage`, source-based); generic code counts as
reached when one of its instances is. Prints the files with the most left out; the whole list, line
by line, is in target/assure/coverage/report.txt. With --break only the tests of one file run, and
the figures fall. The limits are in tools/assurance_claims.py.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target/assure/coverage"
SOURCE = ROOT / "core/src"
SHOWN = 12

sys.path.insert(0, str(ROOT / "tools"))

from baremetal import find_tool  # noqa: E402
from house import printed  # noqa: E402

CARGO = ("cargo", "test", "--locked", "-p", "sealwire", "--lib", "--tests")
FEATURES = ("--features", "std,x509")
# Branches are counted behind an unstable flag of the same compiler.
FLAGS = "-Cinstrument-coverage\x1f-Zcoverage-options=branch"


def main() -> int:
    only = ["metadata::"] if "--break" in sys.argv else []
    shutil.rmtree(FOLDER / "raw", ignore_errors=True)
    environment = os.environ | {
        "RUSTC_BOOTSTRAP": "1",
        "CARGO_ENCODED_RUSTFLAGS": FLAGS,
        "CARGO_TARGET_DIR": str(FOLDER / "build"),
        "LLVM_PROFILE_FILE": str(FOLDER / "raw/%p-%m.profraw"),
    }
    programs = built(environment)
    for program in programs:
        printed([program, "-q", *only], environment, where=ROOT / "core")
    data = FOLDER / "core.profdata"
    profiles = sorted((FOLDER / "raw").glob("*.profraw"))
    printed([find_tool("profdata"), "merge", "-sparse", *profiles, "-o", data])
    first, *others = programs
    about = [first, f"-instr-profile={data}"]
    about += [word for one in others for word in ("-object", one)]
    about += ["-sources", SOURCE]
    exported = json.loads(printed([find_tool("cov"), "export", "-summary-only", *about]))
    shown = printed([find_tool("cov"), "show", "-show-branches=count", *about])
    (FOLDER / "report.txt").write_text(shown)
    (whole,) = exported["data"]
    tell(whole["files"])
    totals = whole["totals"]
    print(f"assure: coverage_lines_permille = {permille(totals['lines'])}")
    print(f"assure: coverage_branches_permille = {permille(totals['branches'])}")
    return 0


def built(environment: dict[str, str]) -> list[Path]:
    """The test programs."""
    command = [*CARGO, *FEATURES, "--no-run", "--message-format=json"]
    messages = map(json.loads, printed(command, environment).splitlines())
    return [Path(one["executable"]) for one in messages if one.get("executable")]


def tell(files: list[dict]) -> None:
    def missed(file: dict) -> int:
        kinds = (file["summary"][kind] for kind in ("lines", "branches"))
        return sum(kind["count"] - kind["covered"] for kind in kinds)

    print(f"{'file':<32} {'lines':>16} {'branches':>16}")
    for file in sorted(files, key=missed, reverse=True)[:SHOWN]:
        name = Path(file["filename"]).relative_to(SOURCE)
        lines, branches = file["summary"]["lines"], file["summary"]["branches"]
        print(f"{name!s:<32} {of(lines):>16} {of(branches):>16}")


def of(kind: dict) -> str:
    return f"{kind['covered']} of {kind['count']}"


def permille(kind: dict) -> int:
    return 1000 * kind["covered"] // kind["count"]


if __name__ == "__main__":
    sys.exit(main())
