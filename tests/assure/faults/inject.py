#!/usr/bin/env python3
"""Skips instructions of a receiver in an emulator, and counts what gets to the motor.

Decides: the image's release code for thumbv7em is executed instruction by instruction; before
each instruction its state is kept, 1 (2, 3, 5) instructions are jumped over, and the rest runs
to its end. A win is whoever reaches `acted` with the attack's payload. All of it is attacked
from the call of the function to its return: parsing, gates, HMAC, window, policy, the
application's own `if let Ok`; at level 5 all but the engine, and the last 2,000 instructions of
that. Each attack is on a receiver that has just obeyed a valid frame, so that stack and
registers hold what a verdict of success leaves behind:

  forged   a frame with a wrong tag
  twin     the same, made so that a verdict on the frame before it would fit
  reused   a frame with a fresh nonce and the tag of the frame before it
  level    a level 1 frame where level 4 is required
  replay   a valid frame a second time
  role     a valid frame of a peer whose role may not
  group    a valid frame under a group's key where groups aren't allowed
  expired  a valid frame under a key that has ended
  stale    a valid frame of an hour ago
  signed   a level 5 frame with a wrong signature

  inject.py [--opt s|3] [--hardened] [--skips 1,2,3,5] [--attacks forged,…] [--where]
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tools")]

import baremetal  # noqa: E402
import unicorn  # noqa: E402
from house import MissingError, skip  # noqa: E402
from machine import BACK, RAM, Image, Machine  # noqa: E402
from unicorn import arm_const as arm  # noqa: E402

TRIPLE = "thumbv7em-none-eabihf"
INPUT = RAM + 0xC000  # where the attacked frame lies; the image's own data end before 0xa000
BUFFER = 256
TAGGED, SIGNED = ("attack_validate", "attack_admit"), ("attack_validate5", "attack_admit5")
# By attack: the valid frame before it, and where it is tried.
ATTACKS = dict.fromkeys(
    ("forged", "twin", "reused", "level", "replay", "role", "group", "expired", "stale"),
    (0, TAGGED),
) | {"signed": (5, SIGNED)}
PAYLOAD = b"speed=9000"
LAST, PIECE = 2000, 100_000  # instructions of an engine


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


@dataclass
class Found:
    """What came of one attack on one function."""

    attack: str
    entry: str
    runs: int = 0
    hangs: int = 0
    won: dict[int, Counter[int]] = field(default_factory=dict)  # by length, by address


def report(image: Path, options: argparse.Namespace) -> int:
    flavour = "hardened" if options.hardened else "plain"
    prefix = f"faults_{options.opt}_{flavour}"
    lengths = [int(length) for length in options.skips.split(",")]
    tasks = [
        (image, entry, attack, lengths)
        for attack in options.attacks.split(",")
        for entry in ATTACKS[attack][1]
    ]
    totals: Counter[tuple[str, int]] = Counter()
    with multiprocessing.Pool(2) as pool:
        for found in pool.imap(one, tasks):
            level = "level5_" if found.entry in SIGNED else ""
            for length, won in found.won.items():
                totals[level, length] += won.total()
                print(
                    f"opt-level {options.opt}, {flavour:<8} {found.attack:<7} {found.entry:<16} "
                    f"{length} skipped: {won.total():>4} of {found.runs} runs accepted",
                    flush=True,
                )
                if options.where:
                    for address, count in won.most_common():
                        print(f"    {address:#x} {count}x  {place(image, address)}", flush=True)
            if found.attack in ("forged", "signed"):
                name = f"{prefix}_{found.entry.removeprefix('attack_')}_instructions"
                print(f"assure: {name} = {found.runs}")
    for (level, length), total in totals.items():
        print(f"assure: {prefix}_{level}skip{length} = {total}")
    return 0


def one(task: tuple[Path, str, str, list[int]]) -> Found:
    image, entry, attack, lengths = task
    return Target(Image(image), entry, attack).inject(lengths)


class Target:
    """One function under one attack: a machine that goes through it, and one that is attacked at
    each of its steps."""

    def __init__(self, image: Image, entry: str, attack: str) -> None:
        self.entry, self.attack = entry, attack
        self.symbols = image.symbols
        self.walker, self.victim = Machine(image), Machine(image)
        self.wins: list[bytes] = []
        self.acted, self.engine = self.symbols["acted"], self.symbols["engine"]
        for one in (self.walker, self.victim):
            one.uc.hook_add(unicorn.UC_HOOK_CODE, self.on_acted, begin=self.acted, end=self.acted)
        self.refusal: Answer | None = None
        self.consent: Answer | None = None
        self.set_up()

    def on_acted(self, uc: unicorn.Uc, _place: int, _size: int, _data: object) -> None:
        pointer, length = uc.reg_read(arm.UC_ARM_REG_R0), uc.reg_read(arm.UC_ARM_REG_R1)
        try:
            self.wins.append(bytes(uc.mem_read(pointer, min(length, 64))))
        except unicorn.UcError:
            self.wins.append(b"?")

    def call(self, function: str, *arguments: int) -> None:
        self.walker.enter(self.symbols[function], *arguments)
        self.walker.step(100_000_000)
        if self.walker.pc() != BACK:
            raise RuntimeError(f"{function} never returned")

    def set_up(self) -> None:
        """Registers, lets one valid frame through, and leaves the attack's frame in its place."""
        self.call("prepare")
        if self.walker.register(arm.UC_ARM_REG_R0) != 0:
            raise RuntimeError("the image could not prepare")
        good = self.frame(ATTACKS[self.attack][0])
        self.walker.uc.mem_write(INPUT, good)
        if self.entry in SIGNED:
            before = self.walker.state()
            self.consent = self.asked(len(good))
            self.walker.restore(before)
        self.call(self.entry, INPUT, len(good))
        if self.wins != [PAYLOAD]:
            raise RuntimeError(f"a valid frame is not obeyed: {self.wins}")
        self.wins.clear()
        frame = self.attacking(good)
        self.walker.uc.mem_write(INPUT, frame)
        before = self.walker.state()
        if self.entry in SIGNED:
            self.refusal = self.asked(len(frame))
            self.walker.restore(before)
            self.victim.uc.hook_add(
                unicorn.UC_HOOK_CODE, self.on_engine, begin=self.engine, end=self.engine
            )
        self.call(self.entry, INPUT, len(frame))
        if self.wins:
            raise RuntimeError("the attack wins without a fault")
        self.walker.restore(before)
        self.walker.enter(self.symbols[self.entry], INPUT, len(frame))

    def attacking(self, good: bytes) -> bytes:
        bad_tag = good[:-32] + bytes(byte ^ 0xA5 for byte in good[-32:])
        tag = len(good) - 32
        match self.attack:
            case "forged":
                return with_next_nonce(bad_tag)
            case "twin":
                # The nonce's lowest bit changes, and with it that of the tag's first word.
                twin = bytearray(with_next_nonce(good))
                twin[tag + 3] ^= 1
                return bytes(twin)
            case "reused":
                return with_next_nonce(good)
            case "level":
                # No algorithm, a module ID in place of the key's; the rest is the valid frame's.
                return bytes([0x11, 0]) + bytes([0xA0] * 16) + good[3:-32]
            case "replay":
                return good
            case "role" | "group" | "expired" | "stale":
                return self.frame(("role", "group", "expired", "stale").index(self.attack) + 1)
            case "signed":
                # s stays below half of the order: its highest bytes are left alone.
                bad = good[:-8] + bytes(byte ^ 0xA5 for byte in good[-8:])
                return with_next_nonce(bad)
        raise ValueError(self.attack)

    def frame(self, number: int) -> bytes:
        at = self.symbols["FRAMES"] + BUFFER * number
        (length,) = struct.unpack("<I", self.walker.read(at, 4))
        return self.walker.read(at + 4, length)

    # The engine: millions of instructions. Attacked itself only at its end, it says yes to the
    # question of the valid frame, and to every other what it said to the forged one's.

    def asked(self, size: int) -> Answer:
        """Question and answer of the first call of the engine, with the frame that lies there."""
        walker = self.walker
        walker.enter(self.symbols[self.entry], INPUT, size)
        walker.step(1_000_000, until=self.engine)
        if walker.pc() != self.engine:
            raise RuntimeError("no engine is asked")
        question = self.question(walker)
        back = walker.register(arm.UC_ARM_REG_LR) & ~1
        stack, count = walker.register(arm.UC_ARM_REG_SP), 0
        while walker.pc() != back:
            kept = walker.state()
            walker.step(PIECE, until=back)
            count += PIECE
        low, high = 0, PIECE  # of the last piece, how many it took
        while high - low > 1:
            middle = (low + high) // 2
            walker.restore(kept)
            walker.step(middle, until=back)
            low, high = (low, middle) if walker.pc() == back else (middle, high)
        walker.restore(kept)
        walker.step(high, until=back)
        count += high - PIECE
        registers = [walker.register(number) for number in CLOBBERED]
        return Answer(question, count, registers, walker.read(stack - USED, USED))

    def question(self, one: Machine) -> tuple[bytes, ...]:
        key, parts, count, signature = (one.register(number) for number in CLOBBERED[:4])
        if count > 16:
            return ()
        pairs = list(struct.iter_unpack("<II", one.read(parts, 8 * count)))
        if any(size > BUFFER for _start, size in pairs):
            return ()
        message = b"".join(one.read(*pair) for pair in pairs if pair[1])
        return one.read(key, 64), message, one.read(signature, 64)

    def on_engine(self, uc: unicorn.Uc, _place: int, _size: int, _data: object) -> None:
        assert self.consent and self.refusal
        try:
            is_valid = self.question(self.victim) == self.consent.question
            answer = self.consent if is_valid else self.refusal
            uc.mem_write(uc.reg_read(arm.UC_ARM_REG_SP) - USED, answer.left)
        except unicorn.UcError:
            return  # it will stumble itself
        for number, value in zip(CLOBBERED, answer.registers, strict=True):
            uc.reg_write(number, value)
        uc.reg_write(arm.UC_ARM_REG_PC, uc.reg_read(arm.UC_ARM_REG_LR))

    def steps(self) -> Iterator[int]:
        """The attack's instructions one after the other, the engine's only at its end; the walker
        stands before each."""
        while (address := self.walker.pc()) != BACK:
            if address == self.engine and self.refusal:
                self.walker.step(self.refusal.count - LAST)
                address = self.walker.pc()
            yield address
            self.walker.step()

    def inject(self, lengths: list[int]) -> Found:
        found = Found(self.attack, self.entry, won={length: Counter() for length in lengths})
        for address in self.steps():
            found.runs += 1
            before = self.walker.state()
            for length in lengths:
                self.wins.clear()
                self.victim.restore(before)
                try:
                    self.victim.jump_over(length)
                except unicorn.UcError:
                    continue  # there is nothing to jump over
                if not self.victim.run():
                    found.hangs += 1
                if any(PAYLOAD in win for win in self.wins):
                    found.won[length][address] += 1
        self.wins.clear()
        return found


@dataclass(frozen=True)
class Answer:
    question: tuple[bytes, ...]
    count: int  # instructions
    registers: list[int]  # that a call leaves changed
    left: bytes  # on the stack, below its end


CLOBBERED = tuple(getattr(arm, f"UC_ARM_REG_{name}") for name in ("R0", "R1", "R2", "R3", "R12"))
USED = 0x2000  # bytes of stack that an engine may leave changed


def with_next_nonce(frame: bytes) -> bytes:
    """Another nonce: the frame falls at its tag and nowhere else."""
    # head, algorithm, key ID in one byte, eight of time, then the nonce: 0.
    at = 3
    while frame[at] & 0x80:
        at += 1
    return frame[: at + 1] + b"\x01" + frame[at + 2 :]


@functools.cache
def place(image: Path, address: int) -> str:
    tool = baremetal.find_tool("symbolizer")
    done = subprocess.run(
        [tool, "-e", image, "--basenames", hex(address)],
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
