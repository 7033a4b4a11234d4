#!/usr/bin/env python3
"""Builds the fuzz targets with AddressSanitizer and runs them, without cargo-fuzz.

  run.py [--seconds 60] [TARGET…]

Decides: the compiler in use is told to take unstable flags, since libFuzzer's coverage needs them;
new inputs go to target/fuzz/corpus, the committed ones stay as they are; a crash's input is kept
under target/fuzz/crashes and fails the run. Hours are added up in target/fuzz/seconds.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "target/fuzz"
TARGETS = ("frame", "mutated", "stream", "state", "burst", "window", "chain")
# A chain and what comes with it.
LONGEST = {"chain": 3_200}
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
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    targets = options.targets or TARGETS
    if unknown := set(targets) - set(TARGETS):
        raise SystemExit(f"no such target: {unknown}")
    build()
    crashes, executions = 0, 0
    for target in targets:
        code, text = fuzz(target, options.seconds)
        runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
        edges = re.findall(r"cov: (\d+)", text)
        executions += int(runs[1]) if runs else 0
        crashes += code != 0
        told = "ok" if code == 0 else "CRASH"
        counted, seen = runs[1] if runs else "?", edges[-1] if edges else "?"
        print(f"{target:<8} {told:<5} {counted:>9} runs, {seen} edges")
        if code != 0:
            print("\n".join(text.splitlines()[-30:]))
    print(f"assure: fuzz_crashes = {crashes}")
    print(f"assure: fuzz_executions = {executions}")
    print(f"assure: fuzz_seconds_in_all = {add_up(options.seconds * len(targets))}")
    return int(crashes != 0)


def build() -> None:
    host = re.search(r"host: (\S+)", subprocess.check_output(["rustc", "-vV"], text=True))
    assert host
    environment = os.environ | {
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": f"--cfg fuzzing -Zsanitizer=address {COVERAGE} -Ccodegen-units=1",
        "CARGO_TARGET_DIR": str(WORK / "build"),
    }
    # With a target named, build scripts and macros are not instrumented.
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--target", host[1]]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    link = WORK / "bin"
    link.unlink(missing_ok=True)
    link.symlink_to(WORK / "build" / host[1] / "release")


def fuzz(target: str, seconds: int) -> tuple[int, str]:
    grown, crashes = WORK / "corpus" / target, WORK / "crashes" / target
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


def add_up(seconds: int) -> int:
    file = WORK / "seconds.json"
    total = seconds + (json.loads(file.read_text()) if file.exists() else 0)
    file.write_text(json.dumps(total))
    return int(total)


if __name__ == "__main__":
    sys.exit(main())
