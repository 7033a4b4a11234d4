#!/usr/bin/env python3
"""Builds the C library for bare metal: one relocatable object in target/c/TRIPLE/libsealwire.a.

Decides: only `sealwire_*` is global in it. What Rust brings along (memcpy, helpers for 64-bit
division) is linked in and made local, so that the library goes into one image with a C library
or with another Rust library. Linked with the toolchain's own linker and objcopy: older binutils
can't read what a newer LLVM writes.

  ffi-c/baremetal.py TRIPLE [--opt-level s|3] [--x509]     prints the path of the library

Without --x509 it has no certificates, and a program with sessions links nothing of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import baremetal  # noqa: E402
from house import MissingError, say, skip  # noqa: E402

LIBRARY = "libsealwire.a"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("triple", choices=baremetal.TRIPLES)
    parser.add_argument("--opt-level", choices=("s", "3"), default="s")
    parser.add_argument("--x509", action="store_true", help="with chains of certificates")
    options = parser.parse_args()
    try:
        print(build(options.triple, options.opt_level, options.x509))
    except MissingError as error:
        return skip(error)
    return 0


def build(triple: str, opt_level: str = "s", x509: bool = False) -> Path:
    archive = compiled(triple, opt_level, x509)
    folder = ROOT / "target/c" / triple / (f"opt-{opt_level}" + "-x509" * x509)
    folder.mkdir(parents=True, exist_ok=True)
    whole, library = folder / "sealwire.o", folder / LIBRARY
    lld, objcopy, ar = (baremetal.find_tool(name) for name in ("lld", "objcopy", "ar"))
    # One symbol pulls in the crate's one object, and that what it needs of the helpers.
    link = [lld, "-r", "-u", "sealwire_version", archive, "-o", whole]
    run(*link)
    # Bitcode and debug information make it ten times as large, and say in which folder it was made.
    unneeded = ["--strip-debug", "--remove-section=.llvmbc", "--remove-section=.llvmcmd"]
    run(objcopy, *unneeded, "--wildcard", "--keep-global-symbol=sealwire_*", whole)
    library.unlink(missing_ok=True)
    run(ar, "rcsD", library, whole)
    return library


def compiled(triple: str, opt_level: str, x509: bool) -> Path:
    """The archive as cargo leaves it: our object and Rust's helpers."""
    environment = baremetal.environment_for(triple)
    # Apart from other builds: cargo keeps one build per profile and target.
    directory = Path(environment["CARGO_TARGET_DIR"]) / (f"c-{opt_level}" + "-x509" * x509)
    environment["CARGO_TARGET_DIR"] = str(directory)
    cargo = [environment["CARGO"], "rustc", "--locked", "-p", "sealwire-c", "--lib"]
    profile = ["--profile", "release-c", "--config", f'profile.release-c.opt-level="{opt_level}"']
    features = ["--no-default-features", *(["--features", "x509"] if x509 else [])]
    crate = ["--crate-type", "staticlib", "--target", triple]
    run(*cargo, *profile, *features, *crate, env=environment)
    return directory / triple / "release-c" / LIBRARY


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False)
    if done.returncode != 0:
        say(f"failed: {' '.join(str(part) for part in command)}")
        raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
