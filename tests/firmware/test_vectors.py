"""The shared vectors on both cores: every case ends with the error that the JSON files name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import firmware
import needs
import pytest
import qemu
from house import ROOT
from sealwire_reference.errors import NUMBERS

VECTORS = ROOT / "tests/vectors"
TARGETS = ("thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf")
ASSEMBLY = ("thumbv7em-none-eabihf", "assembly")
# In the order of FILES in generate.py: what the stream numbers.
FILES = [
    "parse",
    "stream",
    "proof",
    "levels",
    "time",
    "replay",
    "binding",
    "keys",
    "restart",
    "policy",
    "seal",
    "burst",
]
# Not in the stream: files of values and exchanges, without test cases.
ELSEWHERE = ("access", "derive")


def expected() -> dict[tuple[int, int], int]:
    """The error's number, or 0, of every case that the stream contains."""
    return {
        (place, test["tcId"]): NUMBERS[test["error"]] if test["error"] else 0
        for place, name in enumerate(FILES)
        for group in json.loads((VECTORS / f"{name}.json").read_text())["groups"]
        for test in group["tests"]
        if "Misuse" not in test["flags"]
    }


def said(target: str, *options: str) -> tuple[list[str], int]:
    """The lines that the program printed, and its exit code."""
    image = firmware.image(target, "vectors", *options)
    stream = os.path.relpath(VECTORS / "vectors.swv")
    with qemu.Machine(
        image,
        serial="none",
        arguments=["vectors", f"vectors={stream}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=240)
        return output.decode().splitlines(), machine.wait(1)


@pytest.mark.parametrize("target", [(target,) for target in TARGETS] + [ASSEMBLY], ids="-".join)
def test_every_case_ends_on_target_as_the_vectors_say(target: tuple[str, ...]) -> None:
    if "assembly" in target and (missing := needs.why_not("arm-none-eabi-gcc")):
        pytest.skip(missing)
    lines, code = said(*target)
    assert code == 0, lines[-5:]
    assert not [line for line in lines if line.startswith("wrong")]
    cases = [tuple(map(int, line.split())) for line in lines[:-1]]
    verdicts = {(file, case): number for file, case, number in cases}
    wanted = expected()
    assert len(wanted) >= 300
    assert verdicts == wanted


def test_the_files_are_all_there() -> None:
    present = {path.stem for path in VECTORS.glob("*.json")}
    assert present == {*FILES, *ELSEWHERE}, Path(__file__).name
