"""The pump from end to end: what it seals, what it obeys, and what a reset changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import baremetal
import firmware
import pytest
from house import TARGET
from pump import (
    ANSWER,
    COMMAND,
    ERASED,
    HEALTH,
    STATION,
    TELEMETRY,
    Running,
    Station,
    provisioned,
)
from sealwire_reference import NUMBERS, Sealer

BLOCK = 256
M4, RISCV = "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"


@pytest.fixture(params=[M4, RISCV])
def image(request: pytest.FixtureRequest) -> Path:
    return firmware.image(request.param, "telemetry", "log")


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    return provisioned(tmp_path / "flash")


def border(flash: Path) -> int:
    """The highest whole border in flash."""
    content = flash.read_bytes()
    copies = [content[at : at + 16] for at in (0, 16)]
    values = [int.from_bytes(copy[:8], "little") for copy in copies]
    inverse = [int.from_bytes(copy[8:], "little") for copy in copies]
    return max(v for v, i in zip(values, inverse, strict=True) if v ^ i == 2**64 - 1)


def test_seals_at_both_levels_and_obeys_a_command_once(image: Path, flash: Path) -> None:
    with Running(image, flash, station := Station()) as pump:
        assert pump.hear(TELEMETRY).nonce == 0
        assert pump.hear(HEALTH).nonce == 0
        pump.settle()
        pump.send(command := station.command(b"period 50"))
        assert pump.hear(ANSWER).payload == b"ok"
        assert pump.verdict(command) == NUMBERS["REPLAYED"]
        pump.send(station.command(b"period 5"))
        assert pump.hear(ANSWER).payload == b"out of range"
        pump.send(station.command(b"dance"))
        assert pump.hear(ANSWER).payload == b"unknown"


def test_refuses_what_was_changed_on_the_way(image: Path, flash: Path) -> None:
    with Running(image, flash, station := Station()) as pump:
        pump.settle()
        pump.send(station.command(b"period 30"))
        assert pump.hear(ANSWER).payload == b"ok"
        command = station.command(b"health")
        payload = command.index(b"health")
        for place in (payload, payload + 4, len(command) - 1):
            changed = bytearray(command)
            changed[place] ^= 1
            assert pump.verdict(bytes(changed)) == NUMBERS["TAG_WRONG"]
        assert pump.verdict(command[:-1]) == NUMBERS["TRUNCATED"]
        assert pump.verdict(command + b"\1") == NUMBERS["TRAILING_BYTES"]
        assert pump.verdict(bytes([COMMAND])) == NUMBERS["TRUNCATED"]
        assert pump.verdict(bytes([COMMAND]) * 600) == NUMBERS["STREAM_TOO_LONG"]
        unproven = Sealer(level=3, algorithm=0, sender=STATION, start=("Fresh",))
        forged = unproven.seal("attached", (2, b"pump/command", None), b"reset", 1)
        assert pump.verdict(bytes([COMMAND]) + forged) == NUMBERS["LEVEL_TOO_LOW"]
        assert pump.verdict(command) == 0, "noise must not cost the real one its nonce"


def test_goes_on_in_the_next_block_after_power_fails(image: Path, flash: Path) -> None:
    station = Station()
    for start in range(3):
        with Running(image, flash, station) as pump:
            word = pump.hear(TELEMETRY)
            assert word.nonce == start * BLOCK
            assert border(flash) == (start + 1) * BLOCK, "stored before it is used"


def test_reserves_the_next_block_while_it_runs(image: Path, flash: Path) -> None:
    with Running(image, flash, station := Station()) as pump:
        pump.settle()
        pump.send(station.command(b"period 10"))
        seen = [pump.hear(TELEMETRY).nonce for _ in range(BLOCK + 20)]
        assert seen[-1] > BLOCK
        assert border(flash) == 2 * BLOCK


def test_a_reset_by_command_forgets_no_nonce_and_opens_no_old_command(
    image: Path, flash: Path
) -> None:
    with Running(image, flash, station := Station()) as pump:
        pump.settle()
        assert pump.verdict(old := station.command(b"health")) == 0
        before = pump.hear(TELEMETRY)
        pump.send(station.command(b"reset"))
        while (after := pump.hear(TELEMETRY)).report[0] > before.report[0]:
            before = after
        assert after.nonce == BLOCK
        assert pump.verdict(old) == NUMBERS["BEFORE_RESTART"]
        pump.settle()
        assert pump.verdict(station.command(b"health")) == 0


@pytest.mark.parametrize(("damaged", "first"), [("older", 2 * BLOCK), ("both", None)])
def test_a_damaged_counter_never_goes_back(flash: Path, damaged: str, first: int | None) -> None:
    image = firmware.image(M4, "telemetry", "log")
    station = Station()
    for _ in range(2):
        with Running(image, flash, station) as pump:
            pump.hear(TELEMETRY)
    content = bytearray(flash.read_bytes())
    content[3] ^= 0x40  # the first copy is the older one after two starts
    if damaged == "both":
        content[19] ^= 0x40
    flash.write_bytes(content)
    with Running(image, flash, station) as pump:
        if first is None:
            assert pump.packet() == b"", "nothing may be sealed"
            assert pump.machine.wait(5) == 1
        else:
            assert pump.hear(TELEMETRY).nonce == first


def test_refuses_to_start_without_keys(flash: Path) -> None:
    flash.write_bytes(ERASED + bytes(96))
    with Running(firmware.image(M4, "telemetry", "log"), flash, Station()) as pump:
        assert pump.packet() == b""
        assert pump.machine.wait(5) == 1


def test_level_4_lives_in_16_kb(flash: Path) -> None:
    with Running(firmware.image(M4, "telemetry", "level4", "log"), flash, Station()) as pump:
        pump.settle()
        assert pump.verdict(pump.station.command(b"period 60")) == 0
        stack = pump.hear(TELEMETRY).report[1]
        assert 0 < stack < 16 * 1024


@pytest.mark.parametrize("target", [M4, RISCV])
def test_receive_only_contains_no_sealing_and_no_signing(target: str) -> None:
    image = firmware.image(target, "receive-only", "level4")
    names = subprocess.run(
        [baremetal.find_tool("nm"), "-C", image], capture_output=True, text=True, check=True
    ).stdout
    assert "Validator" in names
    assert not any(word in names for word in ("sealer", "Sealer", "rfc6979", "p256", "ecdsa"))


def test_the_log_is_readable_on_the_host(image: Path, flash: Path) -> None:
    with Running(image, flash, station := Station()) as pump:
        pump.settle()
        assert pump.verdict(station.command(b"period 60")) == 0
    decoder = [TARGET / "debug/sealwire-tools", "defmt", image]  # the part host-tools builds it
    with pump.log.open("rb") as frames:
        lines = subprocess.run(
            decoder,
            stdin=frames,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    assert lines[0].endswith("INFO nonces from 0 until 256")
    assert any("accepted Hmac" in line for line in lines), lines
