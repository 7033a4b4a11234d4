"""Chains of certificates on target: every case ends with the error that `x509.json` names, and a
chain of three fits the stack that is claimed."""

from __future__ import annotations

import json
import os
import re
import subprocess

import firmware
import pytest
import qemu
from house import ROOT

CASES = ROOT / "tests/x509"
GOLDEN = ROOT / "tests/golden/errors.txt"
STACK = dict.fromkeys(("thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"), 9_216)


def expected() -> dict[int, int]:
    """The error's number, or 0, of every case."""
    rows = re.findall(r"^(\d+)\t(\S+)", GOLDEN.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = {name: int(number) for number, name in rows}
    tests = json.loads((CASES / "x509.json").read_text(encoding="utf-8"))["tests"]
    return {case["id"]: numbers[case["error"]] if case["error"] else 0 for case in tests}


@pytest.mark.parametrize("target", STACK)
def test_every_chain_is_judged_as_on_hosts_and_fits_the_stack(target: str) -> None:
    image = firmware.image(target, "certificates")
    stream = os.path.relpath(CASES / "x509.swx")
    with qemu.Machine(
        image,
        serial="none",
        arguments=["certificates", f"vectors={stream}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=240)
        code = machine.wait(1)
    lines = output.decode().splitlines()
    assert code == 0, lines[-5:]
    verdicts = {int(one): int(two) for one, two in map(str.split, lines[:-1]) if one.isdigit()}
    wanted = expected()
    assert len(wanted) >= 60
    assert verdicts == wanted
    measured = {one: int(two) for one, two in map(str.split, lines[:-1]) if not one.isdigit()}
    assert 0 < measured["x509.chain3.stack_bytes"] <= STACK[target]
    assert measured["x509.chain3.instructions"] > 0
