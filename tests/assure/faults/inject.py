#!/usr/bin/env python3
"""Skips instructions of a receiver in an emulator, and counts what gets to the motor.

Decides: the image's release code for thumbv7em is executed instruction by instruction; before
each instruction its state is kept, 1 (2, 3, 5) instructions are jumped over, and the rest runs
to its end. All of it is attacked from the call of the function to its return: parsing, gates,
HMAC, window, policy, rustls-webpki, the application's own `if let Ok`; but of an engine that
says no only the last 2,000 instructions. Each attack is on who has just obeyed something valid,
so that stack and registers hold what a verdict of success leaves behind. The attacks stand in
frame_attacks.py, chain_attacks.py and gate_attacks.py. `planted` is an application that asks no
verdict, or a gate that asks one question: there a skip must win, with `hardened` too.

  inject.py [--image frames|chains|gate] [--opt s|3] [--hardened] [--skips 1,2,3,5]
            [--attacks forged,…] [--where]
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/x509")]

import baremetal  # noqa: E402
import chain_attacks  # noqa: E402
import frame_attacks  # noqa: E402
import gate_attacks  # noqa: E402
from attacked import Found, Target  # noqa: E402
from house import MissingError, printed, skip  # noqa: E402
from machine import Image  # noqa: E402

TRIPLE = "thumbv7em-none-eabihf"
# By name: groups of attacks, and whoever is attacked.
IMAGES: dict[str, tuple[dict[str, dict[str, tuple[str, ...]]], type[Target]]] = {
    "frames": (frame_attacks.GROUPS, frame_attacks.FrameTarget),
    "chains": (chain_attacks.GROUPS, chain_attacks.ChainTarget),
    "gate": (gate_attacks.GROUPS, gate_attacks.GateTarget),
}
MANY = ("", "level5_")  # groups that are worth more than one skip
COUNTED = (*MANY, "chain_")
SHOWN = 12  # places


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image", choices=IMAGES, default="frames")
    parser.add_argument("--opt", choices=("s", "3"), default="s")
    parser.add_argument("--hardened", action="store_true")
    parser.add_argument("--skips", default="1")
    parser.add_argument("--attacks", help="only these, by name")
    parser.add_argument("--where", action="store_true", help="show the places that win")
    options = parser.parse_args()
    try:
        image = build(options.opt, options.hardened) / options.image
        return report(image, options)
    except MissingError as error:
        return skip(error)


def build(opt: str, hardened: bool) -> Path:
    """The folder of the images."""
    environment = baremetal.environment_for(TRIPLE)
    flavour = f"{opt}-hardened" if hardened else opt
    environment["CARGO_TARGET_DIR"] = str(ROOT / "target/assure/faults" / flavour)
    environment["RUSTFLAGS"] = f"-Clink-arg=-T{HERE / 'image.x'}"
    command = [environment["CARGO"], "build", "--quiet", "--release", "--locked"]
    command += [
        "--target",
        TRIPLE,
        "--config",
        f"profile.release.opt-level={opt if opt == '3' else chr(34) + opt + chr(34)}",
    ]
    command += ["--features", "hardened"] if hardened else []
    printed(command, environment, HERE)
    return Path(environment["CARGO_TARGET_DIR"]) / TRIPLE / "release"


def report(image: Path, options: argparse.Namespace) -> int:
    flavour = "hardened" if options.hardened else "plain"
    prefix = f"faults_{options.opt}_{flavour}"
    lengths = [int(length) for length in options.skips.split(",")]
    wanted = options.attacks and options.attacks.split(",")
    tasks = [
        (image, options.image, group, entry, attack, lengths if group in MANY else [1])
        for group, attacks in IMAGES[options.image][0].items()
        for attack, entries in attacks.items()
        for entry in entries
        if not wanted or attack in wanted
    ]
    totals: Counter[tuple[str, int]] = Counter()
    with multiprocessing.Pool(2) as pool:
        for group, found in pool.imap(one, tasks):
            for length, won in found.won.items():
                totals[group, length] += won.total()
                print(
                    f"opt-level {options.opt}, {flavour:<8} {found.attack:<12} {found.entry:<16} "
                    f"{length} skipped: {won.total():>4} of {found.runs} runs accepted",
                    flush=True,
                )
                if options.where:
                    for address, count in won.most_common(SHOWN):
                        print(f"    {address:#x} {count}x  {place(image, address)}", flush=True)
            if group in COUNTED and found.attack in ("forged", "signed", "unsigned"):
                name = f"{prefix}_{found.entry.removeprefix('attack_')}_instructions"
                print(f"assure: {name} = {found.runs}")
    for (group, length), total in totals.items():
        print(f"assure: {prefix}_{group}skip{length} = {total}")
    return 0


def one(task: tuple[Path, str, str, str, str, list[int]]) -> tuple[str, Found]:
    path, image, group, entry, attack, lengths = task
    return group, IMAGES[image][1](Image(path), entry, attack).inject(lengths)


@functools.cache
def place(image: Path, address: int) -> str:
    tool = baremetal.find_tool("symbolizer")
    text = printed([tool, "-e", image, "--basenames", hex(address)])
    lines = [line for line in text.splitlines() if line]
    return " < ".join(
        f"{where} {name.split('::')[-1][:40]}"
        for name, where in zip(lines[::2], lines[1::2], strict=False)
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
