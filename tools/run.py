#!/usr/bin/env python3
"""Runs the parts of a suite (tools/parts.py), shows progress and ends with one table.

  tools/run.py test                 all of it
  tools/run.py test --only core     one part (may be repeated)
  tools/run.py test --list          what there is
  tools/run.py bench --quick        only the quick parts

Each part's output goes to target/log/PART.log; its tail is shown when the part fails.
What cannot run is SKIPPED with the reason, never passed. The last line is
`N passed, N failed, N skipped`. Exit codes: 0 all passed, 1 something failed, 77 nothing
failed but something was skipped. With CI set (or --strict) a skip counts as a failure, also
one that a test runner reports inside a part. `make` turns every code but 0 into 2.

A part that runs into its timeout is ended with its whole process group, and so is whatever a
part leaves behind, which also fails it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import needs
from counts import Counts, count
from house import ROOT, SKIP, TARGET
from parts import PARTS, SUITES, Part

LOGS = TARGET / "log"
TAIL = 40
GRACE = 3.0  # seconds between SIGTERM and SIGKILL, and for stragglers after a part's end


@dataclass
class Result:
    part: Part
    verdict: str  # PASSED, FAILED or SKIPPED
    reason: str = ""
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)


class Running:
    """One part under way: its process group, its log, its clock."""

    def __init__(self, part: Part, quick: bool) -> None:
        self.part = part
        self.log = LOGS / f"{part.name}.log"
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", part.command],
                cwd=ROOT,
                env=environment(quick),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finished(self) -> Result | None:
        """The result once the part has ended or run out of time."""
        code = self.process.poll()
        seconds = time.monotonic() - self.started
        if code is None and seconds < self.part.timeout:
            return None
        if code is None:
            self.end()
            return Result(self.part, "FAILED", f"timeout of {self.part.timeout} s", seconds)
        left = self.stragglers()
        self.end()
        return self.judged(code, left, seconds)

    def judged(self, code: int, left: list[str], seconds: float) -> Result:
        text = self.log.read_text(errors="replace")
        counted = count(text)
        lines = text.strip().splitlines()

        def result(verdict: str, reason: str = "") -> Result:
            return Result(self.part, verdict, reason, seconds, counted)

        if code == SKIP:
            return result("SKIPPED", lines[-1].strip() if lines else "exit code 77")
        if code != 0:
            return result("FAILED", f"exit code {code}")
        if left:
            return result("FAILED", f"left behind: {', '.join(left)}")
        if self.part.counts and counted.run == 0:
            return result("FAILED", "executed no test")
        return result("PASSED")

    def stragglers(self) -> list[str]:
        """Names of processes of the group that outlive the part by more than a moment."""
        deadline = time.monotonic() + GRACE
        while (alive := members(self.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return alive

    def end(self) -> None:
        """Ends the whole group: politely, then for good."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + GRACE
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            while members(self.process.pid) and time.monotonic() < deadline:
                self.process.poll()
                time.sleep(0.05)
        self.process.wait()

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-TAIL:])


def members(group: int) -> list[str]:
    """Names of the live processes in a process group (Linux; elsewhere none are seen)."""
    names = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it ended meanwhile
        state, _parent, of_group = rest.split()[:3]
        if int(of_group) == group and state not in "ZX":
            names.append(name)
    return names


def environment(quick: bool) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    inherited.pop("MFLAGS", None)
    path = f"{TARGET / 'venv/bin'}{os.pathsep}{inherited.get('PATH', os.defpath)}"
    own = {"PATH": path, "PYTHON": sys.executable}
    own |= {"CARGO_TERM_COLOR": "never", "NO_COLOR": "1", "TERM": "dumb"}  # logs are plain text
    return inherited | own | ({"SEALWIRE_QUICK": "1"} if quick else {})


class Runner:
    """Starts parts as their lane and their predecessors allow, and collects the results."""

    def __init__(self, chosen: list[Part], jobs: int, quick: bool) -> None:
        self.waiting = list(chosen)
        self.jobs = jobs
        self.quick = quick
        self.names = {part.name for part in chosen}
        self.running: list[Running] = []
        self.results: dict[str, Result] = {}

    def run(self) -> list[Result]:
        try:
            while self.waiting or self.running:
                self.collect()
                self.start()
                time.sleep(0.05)
        finally:
            for one in self.running:
                one.end()
        return list(self.results.values())

    def collect(self) -> None:
        for one in list(self.running):
            result = one.finished()
            if result:
                self.running.remove(one)
                self.note(result)
                if result.verdict == "FAILED":
                    print(f"{one.tail()}\n    (all of it: {one.log.relative_to(ROOT)})", flush=True)

    def start(self) -> None:
        for part in list(self.waiting):
            lanes = {one.part.lane for one in self.running}
            busy = len(self.running) >= self.jobs or part.lane in lanes or "alone" in lanes
            if busy or (part.lane == "alone" and lanes):
                continue
            before = [name for name in part.after.split() if name in self.names]
            if any(name not in self.results for name in before):
                continue
            self.waiting.remove(part)
            reason = self.obstacle(part, before)
            if reason:
                self.note(Result(part, "SKIPPED", reason))
                continue
            say(f"...  {part.name}")
            self.running.append(Running(part, self.quick))

    def obstacle(self, part: Part, before: list[str]) -> str | None:
        for name in before:
            # What setup could not bring is told by the parts that need it.
            if self.results[name].verdict != "PASSED" and name != "setup":
                return f"{name} has not passed"
        return next((why for name in part.needs.split() if (why := needs.why_not(name))), None)

    def note(self, result: Result) -> None:
        self.results[result.part.name] = result
        word = {"PASSED": "ok  ", "FAILED": "FAIL", "SKIPPED": "skip"}[result.verdict]
        reason = f"  {result.reason}" if result.reason else ""
        say(f"{word} {result.part.name}  {result.seconds:.1f} s{reason}")


def say(text: str) -> None:
    print(text, flush=True)


def table(results: list[Result]) -> str:
    rows = [("part", "result", "seconds", "tests", "")]
    rows += [
        (one.part.name, one.verdict, f"{one.seconds:.1f}", str(one.counts), one.reason)
        for one in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for name, verdict, seconds, tests, reason in rows:
        left = f"{name:<{widths[0]}}  {verdict:<{widths[1]}}  {seconds:>{widths[2]}}"
        lines.append(f"{left}  {tests:>{widths[3]}}  {reason}".rstrip())
    return "\n".join(lines)


def exit_code(results: list[Result], strict: bool) -> int:
    inner = [one.part.name for one in results if one.counts.skipped]
    skipped = any(one.verdict == "SKIPPED" for one in results)
    if any(one.verdict == "FAILED" for one in results):
        return 1
    if strict and (skipped or inner):
        say(f"strict: a skip is a failure here{': ' if inner else ''}{', '.join(inner)}")
        return 1
    return SKIP if skipped else 0


def chosen_parts(options: argparse.Namespace) -> list[Part]:
    suite = [part for part in PARTS if options.suite in part.suites.split()]
    if options.only:
        unknown = set(options.only) - {part.name for part in suite}
        if unknown:
            raise SystemExit(f"no such part in {options.suite}: {', '.join(sorted(unknown))}")
        return [part for part in suite if part.name in options.only]
    suite = [part for part in suite if part.quick or not options.quick]
    command = f"$PYTHON tools/setup.py --for {options.suite}"
    setup = Part("setup", command, options.suite, timeout=1200, lane="alone")
    return [setup, *suite]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--only", action="append", metavar="PART")
    parser.add_argument("--list", action="store_true", help="show the parts and leave")
    parser.add_argument("--quick", action="store_true", help="only the quick parts")
    parser.add_argument("--strict", action="store_true", default=bool(os.environ.get("CI")))
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    chosen = chosen_parts(options)
    if options.list:
        for part in chosen:
            print(f"{part.name:<20} {part.command}")
        return 0
    LOGS.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    results = Runner(chosen, options.jobs, options.quick).run()
    order = {part.name: place for place, part in enumerate(chosen)}
    results.sort(key=lambda one: order[one.part.name])
    say(f"\n{table(results)}\n\n{time.monotonic() - started:.0f} s in all")
    code = exit_code(results, options.strict)
    verdicts = [one.verdict for one in results]
    passed, failed, skipped = map(verdicts.count, ("PASSED", "FAILED", "SKIPPED"))
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return code


if __name__ == "__main__":
    sys.exit(main())
