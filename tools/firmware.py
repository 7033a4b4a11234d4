#!/usr/bin/env python3
"""Builds an image of firmware-example and prints where it is.

  tools/firmware.py TARGET BIN [--log] [--level4] [--size] [--plain] [--assembly]

Decides: which flags belong to which profile, in one place. Images land under
target/firmware/TARGET, named after the program and what it was built with, so that different
builds of one program don't overwrite each other.

  --log     with logs (feature `log`)
  --level4  without signatures, for 16 KB of RAM
  --plain   without the checks against fault injection, which bare metal has by default
  --assembly  signatures by the assembly engine; needs arm-none-eabi-gcc
  --size    as small as it gets: profile `size`, and SHA-256 as a loop instead of unrolled
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import baremetal
from house import ROOT, TARGET, MissingError, locked, skip

# Programs that take a feature of their own name.
WITH_FEATURE = ("access", "certificates", "embassy", "rtic", "vectors")
CHOICES = ("log", "level4", "size", "plain", "assembly")
SMALL = '--cfg sha2_backend_soft="compact"'


@functools.cache
def image(target: str, program: str, *options: str) -> Path:
    """Builds `program` for `target`; `options` are the flags above."""
    profile = "size" if "size" in options else "release"
    command = ["build", "--locked", "--quiet", "--target", target, "--profile", profile]
    command += ["--bin", program]
    features = [program] if program in WITH_FEATURE else []
    features += ["assembly"] if "assembly" in options else []
    features += ["log"] if "log" in options else []
    features += ["small"] if "size" in options else []
    features += [] if "level4" in options else ["level5"]
    features += [] if "plain" in options else ["hardened"]
    command += ["--no-default-features", "--features", ",".join(features)]
    environment = baremetal.environment_for(target)
    if "size" in options:
        environment["RUSTFLAGS"] = SMALL
    result = TARGET / "firmware" / target / "-".join([program, *sorted(options)])
    with locked("firmware"):
        done = subprocess.run(
            [environment["CARGO"], *command],
            cwd=ROOT / "firmware-example",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"firmware: {program} doesn't build for {target}")
        result.parent.mkdir(parents=True, exist_ok=True)
        folder = baremetal.build_dir(baremetal.flavour(target)) / target / profile
        shutil.copy2(folder / program, result)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=baremetal.TRIPLES)
    parser.add_argument("program")
    for option in CHOICES:
        parser.add_argument(f"--{option}", action="store_const", const=option)
    options = parser.parse_args()
    chosen = [getattr(options, option) for option in CHOICES]
    try:
        print(os.path.relpath(image(options.target, options.program, *filter(None, chosen))))
    except MissingError as error:
        return skip(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
