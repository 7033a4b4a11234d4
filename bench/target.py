#!/usr/bin/env python3
"""What the core costs on a Cortex-M4F and on RISC-V: instructions, flash, stack.

  bench/target.py              JSON lines {"name", "value", "unit"}
  bench/target.py --explain    and what the numbers are made of, on stderr

Decides: instructions are those executed from call to return, by QEMU with `-icount shift=0`;
one case is counted a second time by another emulator, and more than 1 % between the two is a
failure. Flash is an image that does nothing but receive, less one with an empty `main`. Stack is
painted and searched. `m4.hmac.instructions…` and stack are those of the profile for speed, flash
that of the profile for size; both profiles are printed, the other under a longer name.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import emulate
import firmware
import qemu

M4, RISCV = "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"
NAMES = {M4: "m4", RISCV: "riscv"}
CALLS = ("validate_64B", "seal_64B", "register")
AGREEMENT = 0.01


def emit(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)


def measured(image: Path) -> dict[str, int]:
    """What the program `measure` prints."""
    with qemu.Machine(
        image, serial="none", icount=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=120)
        if machine.wait(1) != 0:
            raise SystemExit(f"target: {image.name} failed")
    pairs = (line.split() for line in output.decode().splitlines())
    return {name: int(value) for name, value in pairs}


def flash(image: Path) -> int:
    """Bytes that an image takes in flash."""
    with image.open("rb") as handle:
        segments = ELFFile(handle).iter_segments("PT_LOAD")
        return sum(segment["p_filesz"] for segment in segments)


def of_target(target: str, profile: str, explain: bool) -> None:
    """All numbers of one target in one profile (`speed` or `size`)."""
    options = ["size"] if profile == "size" else []
    image = firmware.image(target, "measure", *options)
    values = measured(image)
    empty = flash(firmware.image(target, "size-empty", *options))
    for level in ("hmac", "ecdsa"):
        weighing = firmware.image(target, f"size-{level}", *options)
        stack = max(values[f"{level}.{call}.stack_bytes"] for call in ("seal", "validate"))
        rows = {f"{call}.instructions": values[f"{level}.{call}.instructions"] for call in CALLS}
        rows |= {"flash_bytes": flash(weighing) - empty, "stack_bytes": stack}
        for call in ("seal", "validate"):
            rows[f"{call}.stack_bytes"] = values[f"{level}.{call}.stack_bytes"]
        for name, value in rows.items():
            is_headline = (profile == "size") == (name == "flash_bytes")
            prefix = f"{NAMES[target]}.{level}" + ("" if is_headline else f".{profile}")
            unit = "instructions" if name.endswith("instructions") else "bytes"
            emit(f"{prefix}.{name}", value, unit)
        if explain:
            weigh(weighing)
    for name, value in values.items():
        if name.startswith("call."):
            unit = "instructions" if name.endswith("instructions") else "bytes"
            emit(f"{NAMES[target]}.{profile}.{name}", value, unit)
    if target == M4 and profile == "speed":
        cross_check(image, values["hmac.validate_64B.instructions"], explain)


def cross_check(image: Path, counted: int, explain: bool) -> None:
    """The same call in another emulator."""
    functions = emulate.count(emulate.Image(image), "7measure8validate")
    other = sum(functions.values())
    emit("m4.hmac.validate_64B.instructions.unicorn", other, "instructions")
    if explain:
        for name, number in functions.most_common(12):
            print(f"{number:8}  {name}", file=sys.stderr)
    if abs(other - counted) > AGREEMENT * counted:
        raise SystemExit(f"target: QEMU counts {counted}, unicorn {other}")


def weigh(image: Path) -> None:
    """The largest symbols of an image."""
    with image.open("rb") as handle:
        symbols = ELFFile(handle).get_section_by_name(".symtab").iter_symbols()
        sizes = {
            (symbol["st_value"], symbol["st_size"], symbol.name)
            for symbol in symbols
            if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT")
        }
    print(image, file=sys.stderr)
    for _place, size, name in sorted(sizes, key=lambda one: -one[1])[:25]:
        print(f"{size:8}  {name}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    for target in (M4, RISCV):
        for profile in ("speed", "size"):
            of_target(target, profile, options.explain)
    return 0


if __name__ == "__main__":
    sys.exit(main())
