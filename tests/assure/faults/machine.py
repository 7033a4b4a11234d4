"""A Cortex-M4 in an emulator, for who wants it to stumble: state kept and put back, instructions
jumped over, hangs ended.

Decides: flash can't be written, RAM can't be executed; what touches anything else is a fault of
the core, which is a reset and no win.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass
from pathlib import Path

import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const as arm

FLASH, FLASH_END, RAM, RAM_SIZE = 0x10000, 0x80000, 0x20000000, 0x10000
STACK = RAM + RAM_SIZE - 0x100
BACK = FLASH_END  # a return address that is code nowhere
READ, WRITE, EXECUTE = unicorn.UC_PROT_READ, unicorn.UC_PROT_WRITE, unicorn.UC_PROT_EXEC
PATIENCE = 0.5  # seconds until a run counts as one that hangs, which is no win; most take 100 µs
MOST = 200_000_000  # instructions
IT_BITS = 0x0600FC00


@dataclass(frozen=True)
class State:
    registers: object
    ram: bytes


class Image:
    def __init__(self, path: Path) -> None:
        with path.open("rb") as handle:
            elf = ELFFile(handle)
            self.parts = [
                (part["p_paddr"], part.data())
                for part in elf.iter_segments("PT_LOAD")
                if part["p_filesz"]
            ]
            table = list(elf.get_section_by_name(".symtab").iter_symbols())
        self.symbols = {symbol.name: symbol["st_value"] & ~1 for symbol in table}


class Machine:
    """`counted` machines count instructions and can be stepped; the others are twice as fast."""

    def __init__(self, image: Image) -> None:
        self.symbols = image.symbols
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
        self.uc.mem_map(FLASH, FLASH_END - FLASH, READ | EXECUTE)
        self.uc.mem_map(BACK, 0x1000, READ | EXECUTE)
        self.uc.mem_map(RAM, RAM_SIZE, READ | WRITE)
        self.uc.mem_map(0xE000E000, 0x1000)
        for place, data in image.parts:
            self.uc.mem_write(place, data)
        self.runs = 0
        self.watched: int | None = None

    def register(self, number: int) -> int:
        return int(self.uc.reg_read(number))

    def pc(self) -> int:
        return self.register(arm.UC_ARM_REG_PC) & ~1

    def read(self, place: int, size: int) -> bytes:
        return bytes(self.uc.mem_read(place, size))

    def enter(self, place: int, *arguments: int) -> None:
        self.uc.reg_write(arm.UC_ARM_REG_SP, STACK)
        self.uc.reg_write(arm.UC_ARM_REG_LR, BACK | 1)
        for register, value in zip((arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1), arguments, strict=False):
            self.uc.reg_write(register, value)
        self.uc.reg_write(arm.UC_ARM_REG_PC, place | 1)

    def step(self, count: int = 1, until: int = BACK) -> None:
        """So many instructions, or fewer if `until` is reached."""
        if until != BACK:
            self.uc.ctl_flush_tb()  # what was translated before doesn't stop there
        self.uc.emu_start(self.pc() | 1, until, count=count)
        if until != BACK:
            self.uc.ctl_flush_tb()

    def go(self) -> int:
        """Goes on to the return, or to where a hook stops it; gives where it is then."""
        self.uc.emu_start(self.pc() | 1, BACK, count=MOST)
        return self.pc()

    def state(self) -> State:
        return State(self.uc.context_save(), self.read(RAM, RAM_SIZE))

    def restore(self, state: State) -> None:
        self.uc.context_restore(state.registers)
        self.uc.mem_write(RAM, state.ram)

    def jump_over(self, length: int) -> None:
        """Instructions that don't happen: only the place goes on, and with it an IT block."""
        for _ in range(length):
            place = self.pc()
            if place == BACK:
                return
            (half,) = struct.unpack("<H", self.read(place, 2))
            size = 4 if half >> 11 in (0b11101, 0b11110, 0b11111) else 2
            self.end_of_condition()
            self.uc.reg_write(arm.UC_ARM_REG_PC, (place + size) | 1)

    def end_of_condition(self) -> None:
        xpsr = self.register(arm.UC_ARM_REG_XPSR)
        block = (xpsr >> 25 & 0b11) | (xpsr >> 10 & 0b111111) << 2
        if not block:
            return
        block = 0 if block & 0b111 == 0 else (block & 0xE0) | (block << 1 & 0x1F)
        xpsr = (xpsr & ~IT_BITS) | (block & 0b11) << 25 | (block >> 2) << 10
        self.uc.reg_write(arm.UC_ARM_REG_XPSR, xpsr)

    def run(self) -> bool:
        """Goes on to the return, a hook's stop or a fault; false if it hung."""
        if self.watched is None:
            threading.Thread(target=self.watch, daemon=True).start()
        self.runs += 1
        self.watched = self.runs
        try:
            self.uc.emu_start(self.pc() | 1, BACK)
        except unicorn.UcError:
            self.watched = 0
            return True
        stopped, self.watched = self.watched == -1, 0
        return not stopped

    def watch(self) -> None:
        before = 0
        while True:
            threading.Event().wait(PATIENCE)
            now = self.watched
            if now and now == before:
                self.watched = -1
                self.uc.emu_stop()
            before = now or 0
