"""One function of a bare-metal image, counted by another emulator than QEMU: unicorn.

Decides: an image runs from its reset vector up to the return of the first call of a function;
every instruction between call and return is counted, under the function that it belongs to.
Peripherals are plain memory, and semihosting answers just enough for the image to go on.
"""

from __future__ import annotations

import bisect
import struct
from collections import Counter
from pathlib import Path

import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const as arm

# Flash, RAM, the board's peripherals, the core's.
REGIONS = ((0x0, 0x100000), (0x20000000, 0x400000), (0x40000000, 0x100000), (0xE0000000, 0x100000))
OPEN, EXIT = 0x01, 0x20
MOST = 20_000_000  # instructions; then something is wrong


class Image:
    """An image's bytes and functions."""

    def __init__(self, elf: Path) -> None:
        with elf.open("rb") as handle:
            parsed = ELFFile(handle)
            self.parts = [
                (part["p_paddr"], part.data())
                for part in parsed.iter_segments("PT_LOAD")
                if part["p_filesz"]
            ]
            symbols = parsed.get_section_by_name(".symtab").iter_symbols()
            self.functions = sorted(
                (symbol["st_value"] & ~1, symbol.name)
                for symbol in symbols
                if symbol["st_info"]["type"] == "STT_FUNC"
            )
        self.starts = [start for start, _name in self.functions]

    def find(self, text: str) -> list[int]:
        """The addresses of the functions whose mangled name contains `text`."""
        return [start for start, name in self.functions if text in name]

    def function_at(self, address: int) -> str:
        return self.functions[bisect.bisect_right(self.starts, address) - 1][1]


def count(image: Image, function: str) -> Counter[str]:
    """Instructions by function, in the first call of a `function`: there is one of it for every
    type that it was compiled for."""
    machine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    machine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M4)
    for start, size in REGIONS:
        machine.mem_map(start, size)
    for start, data in image.parts:
        machine.mem_write(start, data)
    entries = image.find(function)
    counted: Counter[str] = Counter()

    def interrupted(uc: unicorn.Uc, _number: int, _data: object) -> None:
        operation = uc.reg_read(arm.UC_ARM_REG_R0)
        if operation == EXIT:
            uc.emu_stop()
        uc.reg_write(arm.UC_ARM_REG_R0, 1 if operation == OPEN else 0)
        uc.reg_write(arm.UC_ARM_REG_PC, (uc.reg_read(arm.UC_ARM_REG_PC) + 2) | 1)

    def reached(uc: unicorn.Uc, _address: int, _size: int, _data: object) -> None:
        uc.emu_stop()

    def executed(_uc: unicorn.Uc, address: int, _size: int, _data: object) -> None:
        counted[image.function_at(address)] += 1

    machine.hook_add(unicorn.UC_HOOK_INTR, interrupted)
    stops = [
        machine.hook_add(unicorn.UC_HOOK_CODE, reached, begin=entry, end=entry) for entry in entries
    ]
    stack, reset = struct.unpack("<II", machine.mem_read(0, 8))
    machine.reg_write(arm.UC_ARM_REG_SP, stack)
    machine.emu_start(reset, 0xFFFFFFFF, count=MOST)
    for stop in stops:
        machine.hook_del(stop)
    entry = machine.reg_read(arm.UC_ARM_REG_PC) & ~1
    if entry not in entries:
        raise RuntimeError(f"the image never called {function}")
    back = machine.reg_read(arm.UC_ARM_REG_LR) & ~1
    machine.hook_add(unicorn.UC_HOOK_CODE, executed)
    machine.hook_add(unicorn.UC_HOOK_CODE, reached, begin=back, end=back)
    machine.ctl_flush_tb()  # what was translated before knows neither hook
    machine.emu_start(entry | 1, back, count=MOST)
    counted[image.function_at(back)] -= 1
    if machine.reg_read(arm.UC_ARM_REG_PC) & ~1 != back:
        raise RuntimeError(f"{function} never returned")
    return counted
