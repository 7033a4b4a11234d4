"""How a shared library computes SHA-256, read from its machine code.

Decides: a function is what begins with an entry of `.eh_frame`, so a stripped library will do.
The SHA instructions have no VEX encoding. A function that has them and was compiled for AVX mixes
the two, and with the upper halves of registers in use each of them waits: short HMACs became 71
times slower. Compiled for the default target CPU, as shipped, a function has one or the other.
"""

from __future__ import annotations

import bisect
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from elftools.elf.elffile import ELFFile

# " 1a2b:\tsha256rnds2 %xmm0,%xmm1,%xmm2"
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
SHA = re.compile(r"sha256(rnds2|msg[12])")


@dataclass
class Function:
    start: int
    sha: int = 0
    vex: list[str] = field(default_factory=list)


def starts(library: Path) -> list[int]:
    """Where functions begin."""
    with library.open("rb") as handle:
        entries = ELFFile(handle).get_dwarf_info().EH_CFI_entries()
        # What has no place of its own is a shared head or the end of the list.
        headers = (getattr(entry, "header", {}) for entry in entries)
        return sorted(
            header["initial_location"] for header in headers if "initial_location" in header
        )


def functions(library: Path) -> list[Function]:
    """All functions with what of SHA and AVX is in them."""
    found = [Function(start) for start in starts(library)]
    places = [one.start for one in found]
    command = ["objdump", "-d", "--no-show-raw-insn", "-j", ".text", str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            match = LINE.match(line)
            if not match:
                continue
            address, name, operands = match.groups()
            place = bisect.bisect_right(places, int(address, 16)) - 1
            if place < 0:
                continue
            if SHA.fullmatch(name):
                found[place].sha += 1
            elif name.startswith("v") and "mm" in operands:
                found[place].vex.append(f"{name} {operands}")
    if process.returncode != 0:
        raise RuntimeError(f"objdump: {process.returncode}")
    return found


def with_sha(library: Path) -> list[Function]:
    """The functions that have SHA instructions."""
    return [one for one in functions(library) if one.sha]
