#!/usr/bin/env python3
"""Runs every mutant of the core that cargo-mutants lists, and shows those that no test sees.

  run.py --critical      those of the window, the comparison, levels, policy, the pipeline, proofs
                         and what hardens them, roles, tokens and cookies
  run.py --files REGEX   those of some files
  run.py                 all of them

After them, those of the tokens run without one test, and some must survive.

Decides: cargo-mutants says what is changed; all changes are woven into one copy of the tree under
target/ (`src/`), which is built once for each set of features, and one of them is switched on as
a test program starts. Each test runs once to see which changes it comes by; then each mutant
meets the tests that do, those of its file first, until one fails or uses far too much time; tests
of a second and more meet only the mutants of their own file and of the critical ones, whose
survivors meet the tests again with `hardened`. A mutant that doesn't compile is none. A survivor
that changes nothing stands in `unchanging.json` with a reason, which counts it as no mutant at all;
an entry without one, and one that no longer survives, fails. Of the critical files none may
survive, of the rest one in ten. What the compiler works out (constants) is not run and counts as
unseen; the return of an iterator of another type is not run and doesn't count.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from house import printed  # noqa: E402

FOLDER = ROOT / "target/assure/mutants"
TREE = FOLDER / "tree"
# Every verdict as it falls: what a run that was stopped has found.
JOURNAL = FOLDER / "journal.jsonl"
VERSION = "27.1.0"
CARGO_MUTANTS = ROOT / "target/tools/bin/cargo-mutants"
CRITICAL = (
    r"core/src/(replay|ct|level|look|policy|proof|validator|hardened"
    r"|access/(role|tokens|cookie))\.rs$"
)
UNSEEN = ("survived", "const")
BUILDS = (("std", "x509"), ("std", "x509", "hardened"))
DEFAULT = ("default", "access", "ecdsa")
# Of the tests that a mutant meets, so many at first; then the others below these seconds.
FIRST = 8
TIERS = (0.1, 1.0, float("inf"))
# Tests that take longer meet only the mutants of their own file, and of the critical ones.
SLOW = 1.0
# Of a thousand mutants of the other files so many must be caught.
LEAST = 900
# Without this test, changes of this file must survive.
MISSING = (
    "core/src/access/tokens.rs",
    "access::a_module_has_one_token_and_leaves_others_theirs",
)
# Of a test that waits for ever.
ASLEEP = 300
STARTED = time.monotonic()
MEMORY = 4 << 30
FAILED = re.compile(r"test (\S+).* FAILED")


@dataclass
class Mutant:
    id: int
    name: str
    entry: dict
    state: str = ""  # caught, survived, unviable, const, or why there is no place for it
    seen_by: str = ""
    tests: list[Test] = field(default_factory=list)

    @property
    def file(self) -> str:
        return self.entry["file"]

    @property
    def key(self) -> dict[str, str]:
        """What it is called in unchanging.json: stays the same when lines above it change."""
        start = self.entry["span"]["start"]
        lines = (ROOT / self.file).read_text().splitlines()
        change = re.sub(r"^\S+:\d+:\d+: ", "", self.name)
        return {
            "file": self.file,
            "change": change,
            "line": lines[start["line"] - 1].strip(),
            "column": start["column"],
        }


@dataclass(frozen=True)
class Test:
    program: Path
    name: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", default="")
    parser.add_argument("--critical", action="store_const", dest="files", const=CRITICAL)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    mutants = [one for one in listed() if re.search(options.files, one.file)]
    for number, features in enumerate(BUILDS):
        mine = [one for one in mutants if number == 0 or is_for_the_second_build(one)]
        if not mine:
            continue
        before = {one.id: one.state for one in mine}
        programs = built(mine, features)
        say(f"{len(programs)} programs with features {', '.join(features)} built")
        woven = [one for one in mine if not one.state]
        meet(woven, programs, options.jobs)
        say(f"tests met {len(woven)} mutants")
        judge(woven, options.jobs)
        if number == 0:
            print(f"assure: mutants_seen_missing_tests = {broken(woven, options.jobs)}")
        for one in mine:
            if before[one.id] == "survived" and one.state != "caught":
                one.state = "survived"
    return report(mutants, options.files)


def is_for_the_second_build(one: Mutant) -> bool:
    return one.state == "cfg" or (one.state == "survived" and is_critical(one))


def is_critical(one: Mutant) -> bool:
    return re.search(CRITICAL, one.file) is not None


def listed() -> list[Mutant]:
    found = CARGO_MUTANTS.exists() and printed([CARGO_MUTANTS, "mutants", "--version"])
    if not found or VERSION not in found:
        install = ["cargo", "install", "--quiet", "--locked", "cargo-mutants"]
        printed([*install, "--version", VERSION, "--force", "--root", ROOT / "target/tools"])
    listing = printed([CARGO_MUTANTS, "mutants", "--list", "--json", "-p", "sealwire"])
    return [Mutant(i, one["name"], one) for i, one in enumerate(json.loads(listing))]


def built(mutants: list[Mutant], features: Sequence[str]) -> list[Path]:
    """The test programs with all of these in them; marks those that can't be there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wrapper = FOLDER / "rustc"
    wrapper.write_text('#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec "$@" --cap-lints=allow\n')
    wrapper.chmod(0o755)
    for one in mutants:
        one.state = ""
    remembered = FOLDER / f"unviable-{'-'.join(features)}.json"
    known = set(json.loads(remembered.read_text())) if remembered.exists() else set()
    while True:
        woven(mutants, features, known)
        messages = compiled(["check", "--lib"], features)
        errors = [one for one in messages if one.get("message", {}).get("level") == "error"]
        if not errors:
            break
        known |= blamed(mutants, errors)
    remembered.write_text(json.dumps(sorted(known)))
    for one in mutants:
        if one.name in known:
            one.state = "unviable"
    messages = compiled(["test", "--lib", "--test", "core", "--no-run"], features)
    programs = [Path(one["executable"]) for one in messages if one.get("executable")]
    if len(programs) != 2:
        raise SystemExit("the copy's tests can't be built")
    return programs


def woven(mutants: list[Mutant], features: Sequence[str], unviable: set[str]) -> None:
    on = [*features, *DEFAULT]
    entries = [
        one.entry | {"id": one.id, "features": on} for one in mutants if one.name not in unviable
    ]
    library = "core/src/lib.rs"
    names = printed(["git", "ls-files", "-co", "--exclude-standard"]).splitlines()
    for name in {*names} - {library} - {entry["file"] for entry in entries}:
        if (ROOT / name).is_file():
            put(TREE / name, (ROOT / name).read_bytes())
    unstable = b"#![feature(core_intrinsics, const_eval_select)]\n"
    put(TREE / library, unstable + (ROOT / library).read_bytes() + b"\nmod mutant;\n")
    put(TREE / "core/src/mutant.rs", (HERE / "chosen.rs").read_bytes())
    weaver = ["cargo", "run", "--quiet", "--locked", "-p", "mutants", "--", ROOT, TREE]
    placed = json.loads(printed(weaver, text=json.dumps(entries)))
    for one in mutants:
        told = placed.get(str(one.id))
        one.state = "" if told in ("woven", None) else told


def put(to: Path, content: bytes) -> None:
    """Leaves alone what is the same, so that cargo does."""
    if not to.exists() or to.read_bytes() != content:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)


def compiled(command: Sequence[str], features: Sequence[str]) -> list[dict]:
    command = ["cargo", *command, "--locked", "-p", "sealwire", "--message-format=json"]
    command += ["--quiet", "--features", ",".join(features)]
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(ROOT / "target"),
        "RUSTC_WORKSPACE_WRAPPER": str(FOLDER / "rustc"),
    }
    done = subprocess.run(
        command, cwd=TREE, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def blamed(mutants: list[Mutant], errors: list[dict]) -> set[str]:
    """The names of those whose change the compiler refuses."""
    names = {one.id: one.name for one in mutants}
    texts: dict[str, bytes] = {}
    found, unclear = set(), []
    for error in errors:
        spans = error["message"]["spans"]
        ids = {id for span in spans for id in around(span, texts)}
        found |= ids
        if spans and not ids:
            unclear.append(error["message"]["rendered"])
    if not found:
        raise SystemExit("\n".join(unclear[:5]) or "the copy doesn't compile")
    return {names[id] for id in found}


def around(span: dict, texts: dict[str, bytes]) -> Iterable[int]:
    """The changes that this place is in, by the markers around it."""
    name = span["file_name"]
    text = texts.setdefault(name, (TREE / name).read_bytes() if (TREE / name).exists() else b"")
    start, end = span["byte_start"], span["byte_end"]
    for opened in re.finditer(rb"/\*<(\d+)\*/", text[:end]):
        closed = text.find(b"/*%s>*/" % opened[1], opened.end())
        if closed >= start:
            yield int(opened[1])


def meet(mutants: list[Mutant], programs: list[Path], jobs: int) -> None:
    """Gives each mutant the tests that come by it: those of its file, then the quickest."""
    meetings: dict[int, list[Test]] = defaultdict(list)
    unchanging = json.loads((HERE / "unchanging.json").read_text())
    for program in programs:
        kept = FOLDER / f"meetings-{program.name}-{digest(program)}.json"
        if not kept.exists():
            for old in FOLDER.glob(f"meetings-{program.name}-*"):
                old.unlink()
            kept.write_text(json.dumps(meetings_of(program, jobs)))
        for name, seconds, ids in json.loads(kept.read_text()):
            for one in ids:
                meetings[one].append(Test(program, name, seconds))
    for one in mutants:
        own = re.compile(rf"(access::|x509::|wire::|crypto::)?{Path(one.file).stem}::")
        met = meetings[one.id]
        if not is_critical(one) or any(one.key.items() <= entry.items() for entry in unchanging):
            met = [test for test in met if test.seconds < SLOW or own.match(test.name)]
        one.tests = sorted(met, key=lambda test: (not own.match(test.name), test.seconds))


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def meetings_of(program: Path, jobs: int) -> list[tuple[str, float, list[int]]]:
    """Runs each test alone: its name, its seconds of the processor and what it comes by."""
    listing = printed([program, "--list", "--format=terse"], where=TREE / "core")
    names = re.findall(r"^(.+): test$", listing, re.MULTILINE)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda name: meeting_of(program, name), names)
        return [one for one in found if one]


def meeting_of(program: Path, name: str) -> tuple[str, float, list[int]] | None:
    reached = FOLDER / f"reached-{name.replace(':', '.')}"
    reached.write_text("")
    process = subprocess.Popen(
        [program, "--exact", name],
        cwd=TREE / "core",
        env=os.environ | {"SEALWIRE_REACHED": str(reached)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ids = [int(line) for line in reached.read_text().split()]
    reached.unlink()
    return (name, used.ru_utime + used.ru_stime, ids) if "1 passed" in text else None


def judge(mutants: list[Mutant], jobs: int) -> None:
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool, JOURNAL.open("a") as journal:
        for number, one in enumerate(pool.map(tried, mutants), 1):
            print(json.dumps([one.name, one.state, one.seen_by]), file=journal, flush=True)
            if one.state != "caught":
                told = f"survives {len(one.tests)} tests" if one.tests else "no test comes by"
                say(f"{number} of {len(mutants)}: {told}: {one.name}")
            elif number % 100 == 0:
                say(f"{number} of {len(mutants)}")


def broken(mutants: list[Mutant], jobs: int) -> int:
    """How many that are caught survive where one test is missing."""
    file, missing = MISSING
    again = [
        Mutant(one.id, one.name, one.entry, tests=[x for x in one.tests if x.name != missing])
        for one in mutants
        if one.state == "caught" and one.file == file
    ]
    print(f"without {missing}:")
    judge(again, jobs)
    return sum(one.state == "survived" for one in again)


def tried(one: Mutant) -> Mutant:
    one.state = "survived"
    for tests in tiers(one.tests):
        for program in dict.fromkeys(test.program for test in tests):
            names = [test.name for test in tests if test.program == program]
            allowed = 2 + int(4 * sum(test.seconds for test in tests))
            seen = fails([program, "--exact", *names], one.id, allowed)
            if seen:
                one.state, one.seen_by = "caught", seen
                return one
    return one


def tiers(tests: list[Test]) -> Iterable[list[Test]]:
    """Those that are run together: a few, then the quick ones, then the others."""
    rest = tests
    for below in TIERS:
        these = [test for test in rest if test.seconds < below]
        rest = [test for test in rest if test.seconds >= below]
        yield from (these[:FIRST], these[FIRST:])


def fails(command: Sequence[str | Path], id: int, seconds: int) -> str:
    """The first test that fails with that mutant; nothing if all pass. Seconds are the
    processor's, which other work on the machine doesn't use up."""
    process = subprocess.Popen(
        [str(word) for word in command] + ["--test-threads=1"],
        cwd=TREE / "core",
        env=os.environ | {"SEALWIRE_MUTANT": str(id), "RUST_BACKTRACE": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    timer = threading.Timer(ASLEEP, process.kill)
    timer.start()
    assert process.stdout
    with process.stdout as lines:
        failed = next(filter(None, (FAILED.match(line) for line in lines)), None)
    if failed:
        process.kill()
    code = process.wait()
    timer.cancel()
    if failed:
        return failed[1]
    return "" if code == 0 else f"left with {code}"


def report(mutants: list[Mutant], files: str) -> int:
    entries = json.loads((HERE / "unchanging.json").read_text())
    entries = [entry | {"used": False} for entry in entries if re.search(files, entry["file"])]
    survivors = []
    for one in mutants:
        if one.state != "survived":
            continue
        key = one.key
        known = [entry for entry in entries if all(entry[name] == key[name] for name in key)]
        for entry in known:
            entry["used"] = True
            one.state = "unchanging"
        if not known:
            survivors.append(one)
    stale = [entry for entry in entries if not entry["used"] or not entry["reason"].strip()]
    for entry in stale:
        told = "no reason" if entry["used"] else "stale"
        print(f"{told}: {entry['file']}: {entry['change']}: {entry['line']}")
    for one in survivors:
        print(f"survivor: {json.dumps(one.key, ensure_ascii=False)}")
    (FOLDER / "states.json").write_text(
        json.dumps({one.name: [one.state, one.seen_by] for one in mutants}, indent=1)
    )
    critical = [one for one in mutants if is_critical(one)]
    rest = [one for one in mutants if not is_critical(one)]
    for title, group in (("critical", critical), ("rest", rest)):
        print(title, dict(Counter(one.state for one in group)))
    print(f"assure: mutants_critical_run = {len(counted(critical))}")
    print(f"assure: mutants_critical_missed = {missed(critical)}")
    print(f"assure: mutants_stale = {len(stale)}")
    seen = 1000
    if counted(rest):
        seen = 1000 * (len(counted(rest)) - missed(rest)) // len(counted(rest))
        print(f"assure: mutants_rest_run = {len(counted(rest))}")
        print(f"assure: mutants_rest_seen_permille = {seen}")
    return int(bool(stale) or missed(critical) != 0 or seen < LEAST)


def counted(mutants: list[Mutant]) -> list[Mutant]:
    return [one for one in mutants if one.state in ("caught", *UNSEEN)]


def missed(mutants: list[Mutant]) -> int:
    return sum(one.state in UNSEEN for one in mutants)


def say(text: str) -> None:
    print(f"{time.monotonic() - STARTED:5.0f} s: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
