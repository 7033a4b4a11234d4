#!/usr/bin/env python3
"""Runs a bare-metal program in QEMU and leaves no process behind.

Decides: the board for each target (below); semihosting is on, so a program ends QEMU with its
own exit status; the board's first UART is on stdio, on a unix socket, on a pty or nowhere.
QEMU is the one on PATH, else Debian's packages unpacked under target/qemu (no root needed).
Does not check: cycle timing. QEMU counts instructions (`--icount`), not cycles.

As a module: `with Machine(elf, serial="unix:/path") as machine: machine.wait(10)`. QEMU dies
with the `with` block, and with the thread that started it, however that ends.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import debs
from house import TARGET, MissingError, locked, say, skip

BOARDS = {
    "thumbv7em-none-eabihf": ("arm", ["-M", "mps2-an386"]),
    "thumbv6m-none-eabi": ("arm", ["-M", "microbit"]),
    "riscv32imac-unknown-none-elf": (
        "riscv32",
        ["-M", "virt", "-bios", "none", "-global", "virtio-mmio.force-legacy=false"],
    ),
}
# Programs that claim no size have 128 KB of RAM; the micro:bit's chip is given them.
ROOMY = {"thumbv6m-none-eabi": ("-global", "nrf51-soc.sram-size=131072")}
PACKAGES = {"arm": "qemu-system-arm", "riscv32": "qemu-system-misc"}
UNPACKED = TARGET / "qemu"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu")
TIMED_OUT = 124  # as `timeout` says it


class Machine:
    """A running QEMU. `serial` is `stdio`, `none`, `pty`, `unix:PATH` (QEMU connects to a
    listening socket: no byte is lost at boot) or `unix-server:PATH` (QEMU listens and waits).

    Semihosting output goes to stdout; with a socket for the UART the two stay apart.
    """

    def __init__(
        self,
        elf: Path,
        target: str | None = None,
        *,
        serial: str = "stdio",
        icount: bool = False,
        arguments: Sequence[str] = (),
        extra: Sequence[str] = (),
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> None:
        emulator, board = BOARDS[target or target_of(elf)]
        command = [str(find(emulator)), *board, "-display", "none", "-monitor", "none"]
        command += ["-nodefaults", "-semihosting-config", semihosting(arguments)]
        command += ["-serial", serial_device(serial), "-kernel", str(elf)]
        if icount:
            command += ["-icount", "shift=0"]
        # The kernel ends QEMU should its starter be killed before it could.
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self.process = subprocess.Popen(
            [*command, *extra],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    def wait(self, seconds: float) -> int:
        """The program's exit status, or 124 when it had not ended after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return TIMED_OUT

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def semihosting(arguments: Sequence[str]) -> str:
    values = "".join(f",arg={value.replace(',', ',,')}" for value in arguments)
    return f"enable=on,target=native{values}"


def serial_device(serial: str) -> str:
    kind, _, path = serial.partition(":")
    match kind:
        case "stdio" | "none" | "pty":
            return kind
        case "unix":
            return f"unix:{path}"
        case "unix-server":
            return f"unix:{path},server=on,wait=on"
    raise ValueError(f"no such serial line: {serial}")


def target_of(elf: Path) -> str:
    """The target is a folder of the path in cargo's layout."""
    for part in elf.resolve().parts:
        if part in BOARDS:
            return part
    raise ValueError(f"{elf}: no target in its path, name one with --target")


def find(emulator: str) -> Path:
    """Path of `qemu-system-EMULATOR`; unpacks it where it is missing and can be had."""
    name = f"qemu-system-{emulator}"
    installed = shutil.which(name)
    if installed:
        return Path(installed)
    unpacked = UNPACKED / "bin" / name
    if not unpacked.exists():
        with locked("qemu"):
            if not unpacked.exists():
                provide()
    return unpacked


def provide() -> None:
    wanted = sorted(PACKAGES.values())
    if not debs.available():
        raise MissingError(f"QEMU isn't here; install {' and '.join(PACKAGES)} system emulation")
    say("qemu: unpacking Debian's packages under target/qemu")
    try:
        debs.unpack(debs.missing_with_dependencies(wanted), UNPACKED)
    except MissingError:
        raise MissingError(
            f"QEMU isn't here; run: sudo apt-get install {' '.join(wanted)}"
        ) from None
    folder = UNPACKED / "bin"
    folder.mkdir()
    for emulator in PACKAGES:
        program = UNPACKED / "usr/bin" / f"qemu-system-{emulator}"
        debs.wrapper(folder / program.name, program, [UNPACKED / name for name in LIBRARIES])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    where = commands.add_parser("which", help="print the path of an emulator, providing it")
    where.add_argument("emulator", choices=PACKAGES)
    run = commands.add_parser("run", help="run a program; its exit status is ours")
    run.add_argument("elf", type=Path)
    run.add_argument("--target", choices=BOARDS, help="default: read from the path")
    run.add_argument("--timeout", type=float, default=60, help="seconds; then exit code 124")
    run.add_argument("--icount", action="store_true", help="-icount shift=0: repeatable counts")
    run.add_argument("--serial", default="stdio", help="stdio, none, pty, unix:P, unix-server:P")
    run.add_argument("--arg", action="append", default=[], help="an argument for the program")
    run.add_argument("extra", nargs="*", help="after --: options for QEMU itself")
    options = parser.parse_args()
    try:
        if options.command == "which":
            print(find(options.emulator))
            return 0
        return run_program(options)
    except MissingError as error:
        return skip(error)


def run_program(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    with Machine(
        options.elf,
        options.target,
        serial=options.serial,
        icount=options.icount,
        arguments=options.arg,
        extra=options.extra,
        stdin=None,
    ) as machine:
        status = machine.wait(options.timeout)
    if status == TIMED_OUT:
        say(f"qemu: ended after {time.monotonic() - started:.0f} s without an exit")
    return status


if __name__ == "__main__":
    sys.exit(main())
