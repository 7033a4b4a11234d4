#!/usr/bin/env python3
"""Builds an image of firmware-example and prints where it is.

  tools/firmware.py TARGET[,…] BIN[,…] [--log] [--level4] [--size] [--plain] [--assembly]
                    [--receive]

Decides: which flags belong to which profile, in one place. Images land under
target/firmware/TARGET, named after the program and what it was built with, so that different
builds of one program don't overwrite each other.

  --log     with logs (feature `log`)
  --level4  without signatures, for 16 KB of RAM
  --plain   without the checks against fault injection, which bare metal has by default
  --assembly  signatures by the assembly engine; needs arm-none-eabi-gcc
  --receive  of the assembly engine only what verifies, as small as it gets
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
WITH_FEATURE = (
    "access",
    "certificates",
    "embassy",
    "exchanges",
    "identity",
    "rtic",
    "size-x509",
    "vectors",
)
CHOICES = ("log", "level4", "size", "plain", "assembly", "receive")
# p256-cortex-m4-config.h says what these leave out; the last computes squares as products.
VERIFY_ONLY = " ".join(
    f"-Dinclude_p256_{name}=0"
    for name in (
        "sign",
        "keygen",
        "ecdh",
        "raw_scalarmult_generic",
        "raw_scalarmult_base",
        "decompress_point",
        "to_octet_string_compressed",
        "to_octet_string_hybrid",
    )
)
VERIFY_ONLY += " -Duse_mul_for_sqr=1"
SMALL = '--cfg sha2_backend_soft="compact"'


@functools.cache
def image(target: str, program: str, *options: str) -> Path:
    """Builds `program` for `target`; `options` are the flags above."""
    return images([target], [program], *options)[0]


def images(targets: list[str], programs: list[str], *options: str) -> list[Path]:
    """Builds all `programs` for all `targets`. One call of cargo for each target: it shares what
    programs have in common, but would unite the features that targets ask for."""
    built = []
    for target in targets:
        with locked("firmware"):
            folder = build(target, programs, options)
            for program in programs:
                result = TARGET / "firmware" / target / "-".join([program, *sorted(options)])
                result.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(folder / program, result)
                built.append(result)
    return built


def profile(options: tuple[str, ...]) -> str:
    return "size" if "size" in options else "release"


def build(target: str, programs: list[str], options: tuple[str, ...]) -> Path:
    """Calls cargo; gives the folder with the programs."""
    command = ["build", "--locked", "--quiet", "--target", target, "--profile", profile(options)]
    command += [word for program in programs for word in ("--bin", program)]
    features = [program for program in programs if program in WITH_FEATURE]
    features += [option for option in ("assembly", "log") if option in options]
    features += ["small"] if "size" in options else []
    features += [] if "level4" in options else ["level5"]
    features += [] if "plain" in options else ["hardened"]
    command += ["--no-default-features", "--features", ",".join(features)]
    environment = baremetal.environment_for(target)
    if "size" in options:
        environment["RUSTFLAGS"] = SMALL
    if "receive" in options:
        environment["CFLAGS_" + target.replace("-", "_")] = VERIFY_ONLY
    done = subprocess.run(
        [environment["CARGO"], *command],
        cwd=ROOT / "firmware-example",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"firmware: {', '.join(programs)} don't build for {target}")
    return baremetal.build_dir(baremetal.flavour(target)) / target / profile(options)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", help="one, or several with commas between")
    parser.add_argument("programs", help="one, or several with commas between")
    for option in CHOICES:
        parser.add_argument(f"--{option}", action="store_const", const=option)
    options = parser.parse_args()
    targets, programs = options.targets.split(","), options.programs.split(",")
    if unknown := set(targets) - set(baremetal.TRIPLES):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(baremetal.TRIPLES)}")
    chosen = filter(None, (getattr(options, option) for option in CHOICES))
    try:
        for built in images(targets, programs, *chosen):
            print(os.path.relpath(built))
    except MissingError as error:
        return skip(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
