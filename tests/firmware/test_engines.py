"""The assembly engine beside the portable one, on an emulated Cortex-M4F."""

from __future__ import annotations

import subprocess

import firmware
import needs
import pytest
import qemu

TARGET = "thumbv7em-none-eabihf"


@pytest.fixture(scope="module", autouse=True)
def compiler() -> None:
    if missing := needs.why_not("arm-none-eabi-gcc"):
        pytest.skip(missing)


def test_the_assembly_engine_does_what_the_portable_one_does() -> None:
    image = firmware.image(TARGET, "engines", "assembly")
    with qemu.Machine(
        image, serial="none", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=120)
        code = machine.wait(1)
    lines = output.decode().splitlines()
    assert [line for line in lines if not line.startswith("ok ")] == []
    assert len(lines) == 11
    assert code == 0
