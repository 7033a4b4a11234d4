#!/usr/bin/env python3
"""Measures all that has a limit, in one run, and writes what came out.

  bench/run.py [--quick] [--strict] [--only host|python|target …]

Writes target/bench/results.json; without --quick and --only also docs/benchmarks.md with its
plots, and the figures of docs/firmware.md. What can't run here (a compiler, an emulator, a package
is missing) is told and left out.
Exit code 0 unless a program failed; with --strict 1 if a limit was missed or not measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import document
import firmware_page
from house import ROOT, TARGET, MissingError, locked, output, say

HERE = ROOT / "bench"
OUT = TARGET / "bench"
VENV = TARGET / "venv-bench"
COMMANDS = {
    "host": "cargo run --locked --release -p sealwire-bench --features {features} -- --out FILE",
    "python": "target/venv-bench/bin/python bench/python_peers.py",
    "target": "python bench/target.py",
}


def call(command: list[str | Path], timeout: float = 900) -> str:
    """Standard output; progress and complaints go on to ours."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=timeout,
        check=False,
    )  # fmt: skip
    if done.returncode == 77:
        raise MissingError(f"{command[1]} can't run here")
    if done.returncode != 0:
        raise SystemExit(f"bench: failed: {' '.join(map(str, command))}")
    return done.stdout


def features() -> str:
    """What the host program can be compared with here."""
    if not shutil.which("cc"):
        raise MissingError("the peers need a C compiler; run: sudo apt-get install gcc libc6-dev")
    asked = ["pkg-config", "--exists", "openssl >= 3"]
    has_openssl = shutil.which("pkg-config") and subprocess.run(asked, check=False).returncode == 0
    return "openssl" if has_openssl else "peers"


def host(quick: bool) -> dict[str, Any]:
    found = OUT / "host.json"
    with_peers = ["-p", "sealwire-bench", "--features", features()]
    flags = ["--quick"] if quick else []
    release = ["cargo", "run", "--locked", "--quiet", "--release"]
    call([*release, *with_peers, "--", *flags, "--out", found])
    return dict(json.loads(found.read_text()))


def environment() -> Path:
    """Python with the peers and this tree's wheel."""
    wheels = sorted((ROOT / "dist").glob("sealwire-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        call([sys.executable, ROOT / "ffi-python/wheel.py", "build"])
        wheels = sorted((ROOT / "dist").glob("sealwire-*.whl"))
    python = VENV / "bin/python"
    pins = HERE / "requirements.txt"
    pip: list[str | Path] = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    with locked("venv-bench"):
        if not python.exists():
            output([sys.executable, "-m", "venv", VENV])
        output([*pip, "-r", pins], timeout=600)
        output([*pip, "--no-index", "--no-deps", "--force-reinstall", wheels[-1]])
    return python


def python(quick: bool) -> dict[str, Any]:
    flags = ["--quick"] if quick else []
    return dict(json.loads(call([environment(), HERE / "python_peers.py", *flags])))


def target(_quick: bool) -> dict[str, Any]:
    lines = [json.loads(line) for line in call([sys.executable, HERE / "target.py"]).splitlines()]
    return {"metrics": {one.pop("name"): one for one in lines}, "times": {}}


AREAS = {"host": host, "python": python, "target": target}


def about() -> dict[str, str]:
    """Machine and versions, as far as they show."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    pairs = (line.partition(":") for line in lines)
    fields = {key.strip(): value.strip() for key, _, value in pairs}
    family, model = (fields.get(key, "?") for key in ("cpu family", "model"))
    name = fields.get("model name", platform.processor())
    return {
        "CPU": f"{name}, family {family} model {model}, {os.cpu_count()} cores",
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
        "Rust": output(["rustc", "--version"]).strip(),
        "Python": platform.python_version(),
        "RUSTFLAGS": os.environ.get("RUSTFLAGS", "none: the default target CPU, as shipped"),
        "peers": "Cargo.lock and bench/requirements.txt",
        "commit": output(["git", "rev-parse", "--short", "HEAD"]).strip(),
        "measured": time.strftime("%Y-%m-%d"),
        "others on the machine": f"load average {os.getloadavg()[0]:.1f} at the start",
    }


def show(metrics: dict[str, Any]) -> bool:
    """The table; whether every limit holds."""
    rows = document.table(metrics)
    width = max(len(row[0]) for row in rows)
    for name, value, limit, verdict in rows:
        print(f"{name:<{width}}  {value:>22}  {limit:>11}  {verdict}".rstrip())
    return all(verdict in ("", "ok") for *_rest, verdict in rows)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", default="SEALWIRE_QUICK" in os.environ)
    parser.add_argument("--strict", action="store_true", help="a limit missed is exit code 1")
    parser.add_argument("--only", action="append", choices=AREAS)
    options = parser.parse_args()
    chosen = options.only or [area for area in AREAS if not (options.quick and area == "target")]
    OUT.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {"metrics": {}, "times": {}, "about": about(), "commands": []}
    for area in chosen:
        say(f"bench: {area}")
        try:
            found = AREAS[area](options.quick)
        except MissingError as error:
            say(f"bench: {area} left out: {error}")
            continue
        results["metrics"] |= found["metrics"]
        results["times"] |= found["times"]
        results["commands"].append(COMMANDS[area].format(features="openssl"))
    (OUT / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    if not options.quick and not options.only:
        document.write(results, ROOT / "docs")
        firmware_page.write()
    holds = show(results["metrics"])
    return 1 if options.strict and not holds else 0


if __name__ == "__main__":
    sys.exit(main())
