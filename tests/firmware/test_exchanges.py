"""The vectors of access on target: every message, key, frame and refusal of both sides comes out
as `access.json` says, and asking fits the stack that is claimed."""

from __future__ import annotations

import json
import os
import subprocess

import firmware
import needs
import pytest
import qemu
from house import ROOT
from sealwire_reference.access import SECRET

VECTORS = ROOT / "tests/vectors"
M4, M0 = "thumbv7em-none-eabihf", "thumbv6m-none-eabi"
RISCV = "riscv32imac-unknown-none-elf"
BUILDS = ((M4,), (M4, "assembly"), (RISCV,), (M0,))
STACK = {"access.secret.requester.stack_bytes": 6_144, "access.key.requester.stack_bytes": 10_240}


def expected() -> list[str]:
    """The lines for each exchange, then each of its malformed messages."""
    lines = []
    exchanges = json.loads((VECTORS / "access.json").read_text(encoding="utf-8"))["exchanges"]
    golden = (ROOT / "tests/golden/errors.txt").read_text(encoding="utf-8").splitlines()
    numbers = {row.split("\t")[1]: row.split("\t")[0] for row in golden if "\t" in row}
    assert {exchange["asked"]["credential"] for exchange in exchanges} > {SECRET}
    for number, exchange in enumerate(exchanges, 1):
        lines.append(f"exchange {number}")
        for place, row in enumerate(exchange["malformed"]):
            lines.append(f"malformed {number} {place} {numbers[row['error']]}")
    assert len(lines) >= 150
    return [*lines, f"{len(lines)} passed, 0 failed"]


def said(target: str, *options: str, measure: bool) -> list[str]:
    """The lines that the program printed."""
    image = firmware.image(target, "exchanges", *options)
    arguments = ["exchanges", f"vectors={os.path.relpath(VECTORS / 'access.swa')}"]
    with qemu.Machine(
        image,
        target,
        serial="none",
        icount=measure,
        arguments=[*arguments, "measure=yes"] if measure else arguments,
        extra=qemu.ROOMY.get(target, ()),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=240)
        assert machine.wait(1) == 0, output[-300:]
    return output.decode().splitlines()


@pytest.mark.parametrize("build", BUILDS, ids="-".join)
def test_every_message_and_key_is_the_vectors(build: tuple[str, ...]) -> None:
    if "assembly" in build and (missing := needs.why_not("arm-none-eabi-gcc")):
        pytest.skip(missing)
    assert said(*build, measure=False) == expected()


def test_asking_fits_the_stack_that_is_claimed() -> None:
    lines = said(M4, measure=True)
    measured = {line.split()[0]: int(line.split()[1]) for line in lines if "." in line}
    for name, most in STACK.items():
        assert 0 < measured[name] <= most, name
    steps = [value for name, value in measured.items() if name.endswith(".instructions")]
    assert len(steps) == 10
    assert min(steps) > 0
