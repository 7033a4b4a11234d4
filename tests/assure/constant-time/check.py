#!/usr/bin/env python3
"""Runs the constant-time binary under memcheck and compares its reports with allowed.json.

Decides: a site is the innermost function, inlined or not, outside of the standard library, with
its crate and file, per case: what the compiler inlines where has no say. A site that isn't listed
fails, and so does a listed one that no longer shows. `naive` must be reported, or the check sees
nothing. Software SHA-256 (`sha2_backend="soft"`): valgrind doesn't know the instructions of
hardware, and a microcontroller has none.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = ROOT / "target/assure/constant-time"
STANDARD = re.compile(r"/rustc/|/library/(core|alloc|std)|rust-src")
CRATE = re.compile(r"/registry/src/[^/]+/(.+?)-\d[^/]*/")
FRAMES = ("seal", "register", "check", "forged", "sign", "saved")
CASES = (*FRAMES, "access-secret", "access-key", "token", "request")


def main() -> int:
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(BUILD),
        "RUSTFLAGS": '--cfg sha2_backend="soft" -g',
    }
    cargo = ["cargo", "build", "--quiet", "--locked", "--release", "-p", "constant-time"]
    lto = ["--config", 'profile.release.lto="off"', "--config", "profile.release.codegen-units=16"]
    subprocess.run([*cargo, *lto], cwd=HERE, env=environment, check=True)
    allowed = json.loads((HERE / "allowed.json").read_text())
    unlisted = stale = listed = 0
    for case in CASES:
        found = sites(case)
        known = {entry["site"]: entry for entry in allowed if entry["case"] == case}
        for site, count in sorted(found.items()):
            state = "allowed" if site in known else "UNLISTED"
            print(f"{case:<13} {count:>3}x {state:<8} {site}")
            listed += site in known
            unlisted += site not in known
        for site in known.keys() - found.keys():
            print(f"{case:<13} stale entry: {site}")
            stale += 1
        if not found:
            print(f"{case:<13} nothing depends on a secret")
    naive = sum(sites("naive").values())
    print(f"naive: {naive} reports")
    print(f"assure: constant_time_unlisted = {unlisted}")
    print(f"assure: constant_time_stale = {stale}")
    print(f"assure: constant_time_allowed = {listed}")
    print(f"assure: constant_time_naive_reports = {naive}")
    return int(bool(unlisted or stale or not naive))


def sites(case: str) -> Counter[str]:
    report = BUILD / f"{case}.xml"
    command = ["valgrind", "--tool=memcheck", "--xml=yes", f"--xml-file={report}"]
    command += ["--error-limit=no", "--num-callers=30", "--leak-check=no"]
    subprocess.run([*command, BUILD / "release/constant-time", case], check=True)
    found: Counter[str] = Counter()
    for error in ET.parse(report).getroot().iter("error"):
        stack = error.find("stack")
        assert stack is not None
        frames = list(stack.iter("frame"))
        kind = error.findtext("kind")
        if kind in ("UninitCondition", "UninitValue", "SyscallParam", "ClientCheck"):
            found[site(frames)] += 1
        else:
            found[f"{kind}: {site(frames)}"] += 1
    return found


def site(frames: list[ET.Element]) -> str:
    for frame in frames:
        file = (frame.findtext("file") or "").rsplit("/", 1)[-1]
        folder = (frame.findtext("dir") or "") + "/"
        if file and not STANDARD.search(folder):
            crate = CRATE.search(folder)
            name = short(frame.findtext("fn") or "?")
            return f"{crate[1] if crate else 'ours'}: {file} {name}"
    return "?"


def short(name: str) -> str:
    """A function's own name: no generics, no path."""
    name = name.replace("->", "")
    while (cut := re.sub(r"<[^<>]*>", "", name)) != name:
        name = cut
    return re.sub(r"::h[0-9a-f]{16}$", "", name).rstrip(":").split("::")[-1].strip("{}") or "?"


if __name__ == "__main__":
    sys.exit(main())
