#!/usr/bin/env python3
"""Skips instructions of a level 4 receiver in an emulator, and counts what gets to the motor.

Decides: the image's release code for thumbv7em is executed instruction by instruction; before
each instruction its state is kept, 1 (2, 3, 5) instructions are jumped over, and the rest runs
to its end. A win is whoever reaches `acted` with the attack's payload. All of it is attacked
from the call of the function to its return: parsing, gates, HMAC, window, policy, the
application's own `if let Ok`. Attacks, each on a receiver that has just obeyed a valid frame,
so that stack and registers hold what a verdict of success leaves behind:

  forged   a level 4 frame with a wrong tag
  reused   a level 4 frame with a fresh nonce and the tag of the frame before it
  level    a level 1 frame where level 4 is required
  replay   a valid frame a second time
  role     a valid frame of a peer whose role may not

  inject.py [--opt s|3] [--hardened] [--skips 1,2,3,5] [--attacks forged,…] [--where]
"""

from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "bench")]

import baremetal  # noqa: E402
import unicorn  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402
from house import MissingError, skip  # noqa: E402
from unicorn import arm_const as arm  # noqa: E402

TRIPLE = "thumbv7em-none-eabihf"
FLASH, RAM, RAM_SIZE = 0x10000, 0x20000000, 0x10000
STACK = RAM + RAM_SIZE - 0x100
INPUT = RAM + 0xC000  # where the attacked frame lies; the image's own data end before 0x8000
BACK = 0x0008_0000  # a return address that is code nowhere
ENTRIES = ("attack_validate", "attack_admit")
ATTACKS = ("forged", "reused", "level", "replay", "role")
PAYLOAD = b"speed=9000"
LIMIT = 400_000  # instructions after a fault; what isn't back by then hangs, which is no win


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--opt", choices=("s", "3"), default="s")
    parser.add_argument("--hardened", action="store_true")
    parser.add_argument("--skips", default="1")
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--where", action="store_true", help="show every place that wins")
    options = parser.parse_args()
    try:
        image = build(options.opt, options.hardened)
        return report(image, options)
    except MissingError as error:
        return skip(error)


def build(opt: str, hardened: bool) -> Path:
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
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    return Path(environment["CARGO_TARGET_DIR"]) / TRIPLE / "release/faults"


def report(image: Path, options: argparse.Namespace) -> int:
    prefix = f"faults_{options.opt}_{'hardened' if options.hardened else 'plain'}"
    for length in map(int, options.skips.split(",")):
        total = 0
        for attack in options.attacks.split(","):
            for entry in ENTRIES:
                target = Target(image, entry, attack)
                runs, wins = target.inject(length)
                total += sum(wins.values())
                print(
                    f"opt-level {options.opt}, {'hardened' if options.hardened else 'plain':<8} "
                    f"{attack:<7} {entry:<16} {length} skipped: "
                    f"{sum(wins.values()):>4} of {runs} runs accepted",
                    flush=True,
                )
                if options.where:
                    for address, count in wins.most_common():
                        print(f"    {address:#x} {count}x  {target.place(address)}")
                if attack == "forged":
                    name = f"{prefix}_{entry.removeprefix('attack_')}_instructions"
                    print(f"assure: {name} = {runs}")
        print(f"assure: {prefix}_skip{length} = {total}")
    return 0


@dataclass(frozen=True)
class State:
    registers: object
    ram: bytes


class Target:
    """One function under one attack."""

    def __init__(self, image: Path, entry: str, attack: str) -> None:
        self.arm, self.image = arm, image
        self.error = unicorn.UcError
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
        self.uc.mem_map(FLASH, 0x80000 - FLASH, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        self.uc.mem_map(BACK, 0x1000, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        # No execution from RAM: a jump there is a fault (ARMv7-M's MPU can forbid it).
        self.uc.mem_map(RAM, RAM_SIZE, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        with image.open("rb") as handle:
            elf = ELFFile(handle)
            for part in elf.iter_segments("PT_LOAD"):
                if part["p_filesz"]:
                    self.uc.mem_write(part["p_paddr"], part.data())
            symbols = elf.get_section_by_name(".symtab").iter_symbols()
            self.symbols = {symbol.name: symbol["st_value"] & ~1 for symbol in symbols}
        self.acted = self.symbols["acted"]
        self.wins: list[bytes] = []
        self.uc.hook_add(unicorn.UC_HOOK_CODE, self.on_acted, begin=self.acted, end=self.acted)
        self.enable_fpu()
        self.set_up(entry, attack)

    def enable_fpu(self) -> None:
        self.uc.mem_map(0xE000E000, 0x1000)

    def on_acted(self, uc, _address: int, _size: int, _data: object) -> None:  # type: ignore[no-untyped-def]
        pointer = uc.reg_read(self.arm.UC_ARM_REG_R0)
        length = uc.reg_read(self.arm.UC_ARM_REG_R1)
        try:
            self.wins.append(bytes(uc.mem_read(pointer, min(length, 64))))
        except self.error:
            self.wins.append(b"?")

    def call(self, function: str, *arguments: int) -> None:
        self.enter(function, *arguments)
        self.uc.emu_start(self.symbols[function] | 1, BACK, count=20_000_000)
        if self.pc() != BACK:
            raise RuntimeError(f"{function} never returned")

    def enter(self, function: str, *arguments: int) -> None:
        arm = self.arm
        self.uc.reg_write(arm.UC_ARM_REG_SP, STACK)
        self.uc.reg_write(arm.UC_ARM_REG_LR, BACK | 1)
        for register, value in zip((arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1), arguments, strict=False):
            self.uc.reg_write(register, value)
        self.uc.reg_write(arm.UC_ARM_REG_PC, self.symbols[function] | 1)

    def pc(self) -> int:
        return self.uc.reg_read(self.arm.UC_ARM_REG_PC) & ~1

    def set_up(self, entry: str, attack: str) -> None:
        """Registers, lets one valid frame through, and leaves the attack's frame in its place."""
        self.call("prepare")
        if self.uc.reg_read(self.arm.UC_ARM_REG_R0) != 0:
            raise RuntimeError("the image could not prepare")
        good, intruder = self.frame(0), self.frame(1)
        bad_tag = good[:-32] + bytes(byte ^ 0xA5 for byte in good[-32:])
        # Level 1, no algorithm, a module ID in place of the key's; the rest is the valid frame's.
        level_1 = bytes([0x11, 0]) + bytes([0xA0] * 16) + good[3:-32]
        frames = {
            "forged": bad_tag,
            "reused": good,
            "level": level_1,
            "replay": good,
            "role": intruder,
        }
        self.uc.mem_write(INPUT, good)
        self.call(entry, INPUT, len(good))
        if self.wins != [PAYLOAD]:
            raise RuntimeError(f"a valid frame is not obeyed: {self.wins}")
        # A forged frame has a nonce of its own, so that it falls at the tag and nowhere else.
        frame = frames[attack]
        if attack in ("forged", "reused"):
            frame = self.with_next_nonce(frame)
        self.uc.mem_write(INPUT, frame)
        self.wins.clear()
        self.entry, self.size = entry, len(frame)
        before = self.state()
        self.call(entry, INPUT, len(frame))
        if self.wins:
            raise RuntimeError("the attack wins without a fault")
        self.restore(before)
        self.enter(entry, INPUT, len(frame))

    @staticmethod
    def with_next_nonce(frame: bytes) -> bytes:
        # head, algorithm, key ID in one byte, eight of time, then the nonce: 0.
        at = 3
        while frame[at] & 0x80:
            at += 1
        return frame[: at + 1] + b"\x01" + frame[at + 2 :]

    def frame(self, number: int) -> bytes:
        at = self.symbols["FRAMES"] + 128 * number
        (length,) = struct.unpack("<I", self.uc.mem_read(at, 4))
        return bytes(self.uc.mem_read(at + 4, length))

    def state(self) -> State:
        return State(self.uc.context_save(), bytes(self.uc.mem_read(RAM, RAM_SIZE)))

    def restore(self, state: State) -> None:
        self.uc.context_restore(state.registers)
        self.uc.mem_write(RAM, state.ram)

    def size_at(self, address: int) -> int:
        (half,) = struct.unpack("<H", self.uc.mem_read(address, 2))
        return 4 if half >> 11 in (0b11101, 0b11110, 0b11111) else 2

    def steps(self) -> Iterator[int]:
        """The attack's instructions one after the other; each with the machine before it."""
        for _ in range(LIMIT):
            address = self.pc()
            if address == BACK:
                return
            kept = self.state()
            yield address
            self.restore(kept)
            self.step()
        raise RuntimeError("never ends")

    def step(self) -> None:
        self.uc.emu_start(self.uc.reg_read(self.arm.UC_ARM_REG_PC) | 1, BACK, count=1)

    def jump_over(self, length: int) -> None:
        """Skips: the instruction runs, so that IT blocks go on, and all it did is undone."""
        for _ in range(length):
            address = self.pc()
            if address == BACK:
                return
            self.uc.reg_write(self.arm.UC_ARM_REG_PC, (address + self.size_at(address)) | 1)

    def inject(self, length: int) -> tuple[int, Counter[int]]:
        runs, won = 0, Counter()
        for address in self.steps():
            runs += 1
            self.wins.clear()
            try:
                self.jump_over(length)
                self.uc.emu_start(self.pc() | 1, BACK, count=LIMIT)
            except self.error:
                pass  # a fault of the core: a reset
            if any(PAYLOAD in win for win in self.wins):
                won[address] += 1
        self.wins.clear()
        return runs, won

    def place(self, address: int) -> str:
        tool = baremetal.find_tool("symbolizer")
        done = subprocess.run(
            [tool, "-e", self.image, "--basenames", hex(address)],
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line for line in done.stdout.splitlines() if line]
        return " < ".join(
            f"{where} {name.split('::')[-1][:40]}"
            for name, where in zip(lines[::2], lines[1::2], strict=False)
        )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
