#!/usr/bin/env python3
"""Builds the fuzz targets with AddressSanitizer and runs them, without cargo-fuzz.

  run.py [--seconds 60] [--log] [TARGET…]   fuzzes; --log adds seconds and runs to HOURS.md
  run.py --break                            a bug is planted for each target: it must be found

Decides: the compiler in use is told to take unstable flags, since libFuzzer's coverage needs them;
new inputs go to target/fuzz/corpus, the committed ones stay as they are; a crash's input is kept
under target/fuzz/crashes and fails the run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import c_calls
import hours
import planted

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "target/fuzz"
TARGETS = (
    "frame",
    "mutated",
    "stream",
    "state",
    "burst",
    "window",
    "chain",
    "access",
    "access_chains",
    "tokens",
    "c_abi",
)
# A chain and what comes with it.
# Seconds in which a planted bug must be found.
PATIENCE = 30
LONGEST = {"chain": 3_200, "c_abi": 1_024}
COVERAGE = (
    "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 "
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters "
    "-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--break", action="store_true", dest="is_broken")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    targets = options.targets or TARGETS
    if unknown := set(targets) - set(TARGETS):
        raise SystemExit(f"no such target: {unknown}")
    if options.is_broken:
        return find_planted(targets)
    build(HERE)
    crashes, executions = 0, 0
    for target in targets:
        code, text = fuzz(target, options.seconds)
        runs, edges = counted(text)
        executions += runs
        crashes += code != 0
        print(f"{target:<8} {'ok' if code == 0 else 'CRASH':<5} {runs:>9,} runs, {edges} edges")
        if code != 0:
            print("\n".join(text.splitlines()[-30:]))
        elif options.log:
            hours.add(target, options.seconds, runs, edges)
    print(f"assure: fuzz_crashes = {crashes}")
    print(f"assure: fuzz_executions = {executions}")
    return int(crashes != 0)


def find_planted(targets: tuple[str, ...]) -> int:
    """Whether each target finds the bug that was planted for it."""
    build(planted.plant())
    found = 0
    for target in targets:
        # Away from the inputs that the right code has led to.
        code, text = fuzz(target, PATIENCE, WORK / "planted-corpus" / target)
        is_found = code != 0 and re.search(planted.BUGS[target].shows, text) is not None
        found += is_found
        told = "found" if is_found else "NOT FOUND" if code == 0 else "found something else"
        print(f"{target:<8} {told} after {counted(text)[0]:,} runs")
        if code != 0 and not is_found:
            print("\n".join(text.splitlines()[-30:]))
    build(HERE)
    print(f"assure: fuzz_planted_missed = {len(targets) - found}")
    return int(found != len(targets))


def counted(text: str) -> tuple[int, int]:
    """Runs and edges, from libFuzzer's report."""
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", text)
    edges = re.findall(r"cov: (\d+)", text)
    return int(runs[-1]) if runs else 0, int(edges[-1]) if edges else 0


def build(folder: Path) -> None:
    host = re.search(r"host: (\S+)", subprocess.check_output(["rustc", "-vV"], text=True))
    assert host
    calls = WORK / "c_calls.rs"
    calls.parent.mkdir(parents=True, exist_ok=True)
    text = c_calls.generate()
    # Only what changed is built again.
    if not calls.exists() or calls.read_text() != text:
        calls.write_text(text)
    environment = os.environ | {
        "SEALWIRE_C_CALLS": str(calls),
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": f"--cfg fuzzing -Zsanitizer=address {COVERAGE} -Ccodegen-units=1",
        "CARGO_TARGET_DIR": str(WORK / "build"),
    }
    # With a target named, build scripts and macros are not instrumented.
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--target", host[1]]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    link = WORK / "bin"
    link.unlink(missing_ok=True)
    link.symlink_to(WORK / "build" / host[1] / "release")


def fuzz(target: str, seconds: int, grown: Path | None = None) -> tuple[int, str]:
    crashes = (WORK / "crashes" if grown is None else grown.parent / "crashes") / target
    grown = grown or WORK / "corpus" / target
    for folder in (grown, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST.get(target, 512)}",
        "-timeout=20",
        "-rss_limit_mb=2048",
    ]
    options += ["-print_final_stats=1", f"-artifact_prefix={crashes}/"]
    command = [WORK / "bin" / target, *options, grown, HERE / "corpus" / target]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done.returncode, done.stderr


if __name__ == "__main__":
    sys.exit(main())
