"""The pump that asks for access (firmware-example/src/bin/access.rs) in QEMU, and the granters of
the C and of the Python examples, on a line that may lose a packet."""

from __future__ import annotations

import select
import socket
import subprocess
import sys
import time
from pathlib import Path

import firmware
import pytest
import qemu
from house import ROOT

sys.path.insert(0, str(ROOT / "ffi-c/tests"))
sys.path.insert(0, str(ROOT / "demo"))

import access
from building import EXAMPLES, INCLUDE, WARNINGS, library, run

M4, M0 = "thumbv7em-none-eabihf", "thumbv6m-none-eabi"
RISCV = "riscv32imac-unknown-none-elf"
PATIENCE = 40.0
LEVELS = {"secret": 4, "key4": 4, "key5": 5}


@pytest.fixture(scope="module")
def image() -> Path:
    return firmware.image(M4, "access")


Command = list[str | Path]


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Command:
    program = tmp_path_factory.mktemp("granter") / "granter"
    flags = ("-std=c11", "-O1", *WARNINGS, "-I", INCLUDE)
    run("gcc", *flags, EXAMPLES / "granter.c", library() / "libsealwire.a", "-o", program)
    return [program]


@pytest.fixture(params=("in_c", "in_python"))
def granter(request: pytest.FixtureRequest) -> Command:
    if request.param == "in_c":
        return list(request.getfixturevalue("in_c"))
    return [sys.executable, ROOT / "ffi-python/examples/line/granter.py"]


def provisioned(path: Path, kind: str) -> Path:
    path.write_bytes(access.provisioned(kind))
    return path


class Line:
    """The granter at one end, one pump after the other at the other end."""

    def __init__(self, granter: Command, folder: Path) -> None:
        self.ours, theirs = socket.socketpair()
        self.log = folder / "granter.log"
        with self.log.open("w") as log:
            self.granter = subprocess.Popen(granter, stdin=theirs, stdout=theirs, stderr=log)
        theirs.close()
        self.server = socket.socket(socket.AF_UNIX)
        self.path = folder / "line"
        self.server.bind(str(self.path))
        self.server.listen(1)

    def said(self, words: str) -> int:
        return self.log.read_text().count(words)

    def carry(self, image: Path, flash: Path, kind: str, until: str, lose: int = -1) -> None:
        """Runs a pump until the granter has said `until` twice more than before."""
        wanted = self.said(until) + 2
        arguments = [f"flash={flash}", f"kind={kind}"]
        with qemu.Machine(image, serial=f"unix:{self.path}", arguments=arguments):
            pump, _ = self.server.accept()
            other = {pump: self.ours, self.ours: pump}
            waiting, count = {pump: b"", self.ours: b""}, 0
            deadline = time.monotonic() + PATIENCE
            while self.said(until) < wanted:
                assert time.monotonic() < deadline, self.log.read_text()
                for end in select.select(list(other), [], [], 0.1)[0]:
                    *packets, waiting[end] = (waiting[end] + end.recv(4096)).split(b"\0")
                    for packet in packets:
                        if count != lose:
                            other[end].sendall(packet + b"\0")
                        count += 1
            pump.close()

    def end(self) -> None:
        self.ours.close()
        self.server.close()
        assert self.granter.wait(10) == 0


@pytest.mark.parametrize("kind", LEVELS)
def test_gets_a_session_renews_it_and_survives_a_reset(
    kind: str, image: Path, granter: Command, tmp_path: Path
) -> None:
    asks_twice(image, granter, kind, tmp_path)


# The Cortex-M0 has 16 KB of RAM.
@pytest.mark.parametrize("kind", LEVELS)
@pytest.mark.parametrize("target", (RISCV, M0))
def test_so_does_every_other_core(target: str, kind: str, in_c: Command, tmp_path: Path) -> None:
    asks_twice(firmware.image(target, "access"), in_c, kind, tmp_path)


def asks_twice(image: Path, granter: Command, kind: str, folder: Path) -> None:
    flash = provisioned(folder / "flash", kind)
    line = Line(granter, folder)
    confirmed = f"confirmed, level {LEVELS[kind]}: 4.2 bar\n"
    line.carry(image, flash, kind, confirmed)  # the first session, and its renewal
    line.carry(image, flash, kind, confirmed)  # after a reset: nothing was kept but the credential
    line.end()
    assert "refused" not in line.log.read_text()


@pytest.mark.parametrize("number", range(5))
def test_any_message_may_get_lost(number: int, image: Path, in_c: Command, tmp_path: Path) -> None:
    flash = provisioned(tmp_path / "flash", "secret")
    line = Line(in_c, tmp_path)
    line.carry(image, flash, "secret", "confirmed, level 4: 4.2 bar\n", number)
    line.end()
