#!/usr/bin/env python3
"""What the core costs on a Cortex-M4F and on RISC-V: instructions, flash, stack.

  bench/target.py              JSON lines {"name", "value", "unit"}
  bench/target.py --explain    and what the numbers are made of, on stderr

Decides: instructions are those executed from call to return, by QEMU with `-icount shift=0`;
one case is counted a second time by another emulator, and more than 1 % between the two is a
failure. Flash is an image that does nothing but receive, less one with an empty `main`. Stack is
painted and searched. Instructions and stack are those of the profile for speed, flash that of the
profile for size. `m4.hardened…` is the same with the checks against fault injection, which the
others are without; `m4.size…` has the instructions of the profile for size. `m4.ecdsa…` is the
assembly engine, for which `arm-none-eabi-gcc` must be there, `m4.ecdsa_portable…` the portable one;
`m4.x509…` is a chain of three with the portable engine, `m4.x509_assembly…` with the other (in
flash the check of any chain, with lists);
`m4.access…` is the exchange for a session, the most of all of `access.swa`, and
`m4.access_assembly…`. A requester's stack has its whole state in it, from request to session.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import emulate
import firmware
import needs
import qemu
from house import ROOT, TARGET

M4, RISCV = "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"
NAMES = {M4: "m4", RISCV: "riscv"}
AGREEMENT = 0.01


def emit(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)


def measured(image: Path, *arguments: str) -> dict[str, int]:
    """What the programs `measure`, `certificates` and `exchanges` print."""
    with qemu.Machine(
        image,
        serial="none",
        icount=True,
        arguments=[image.name, *arguments] if arguments else [],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as machine:
        output, _nothing = machine.process.communicate(timeout=120)
        if machine.wait(1) != 0:
            raise SystemExit(f"target: {image.name} failed")
    pairs = (line.split() for line in output.decode().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if "." in pair[0]}


def chain_of_three() -> str:
    """The one case of `x509.swx` that is measured, as a stream of its own."""
    data = (ROOT / "tests/x509/x509.swx").read_bytes()
    at, kept = 4, data[:4]
    is_measured = False
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "little")
        record = data[at:end]
        if record[2] == 1:
            is_measured = record[-1] == 1
        kept += record if is_measured and record[2] != 0 else b""
        at = end
    path = TARGET / "bench" / "chain3.swx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept + bytes([3, 0, 0, 1, 0]))
    return f"vectors={os.path.relpath(path)}"


def exchanges() -> tuple[str, str]:
    """The arguments of the program `exchanges` that let it measure."""
    return f"vectors={os.path.relpath(ROOT / 'tests/vectors/access.swa')}", "measure=yes"


def flash(image: Path) -> int:
    """Bytes that an image takes in flash."""
    with image.open("rb") as handle:
        segments = ELFFile(handle).iter_segments("PT_LOAD")
        return sum(segment["p_filesz"] for segment in segments)


def of_target(target: str, variant: str, explain: bool) -> None:
    """All numbers of one target, `plain` or `hardened`."""
    options = ["plain"] if variant == "plain" else []
    prefix = NAMES[target] + ("" if variant == "plain" else f".{variant}")
    # On the Cortex-M4 the assembly engine's numbers have the short name.
    portable = "ecdsa_portable" if target == M4 else "ecdsa"
    image = firmware.image(target, "measure", *options)
    values = measured(image)
    report(prefix, renamed(values, portable))
    if target == M4:
        report(prefix, measured(firmware.image(target, "certificates", *options), chain_of_three()))
        report(prefix, measured(firmware.image(target, "exchanges", *options), *exchanges()))
    images = {"hmac": ("size-hmac", "level4"), portable: ("size-ecdsa",)}
    if target == M4 and variant == "plain":
        images["x509"] = ("size-x509",)
        cross_check(image, values["hmac.validate_64B.instructions"], explain)
        small = measured(firmware.image(target, "measure", "size", *options))
        kept = {name: value for name, value in small.items() if "64B" in name}
        report(f"{prefix}.size", renamed(kept, portable))
    empty = flash(firmware.image(target, "size-empty", "size", *options))
    if target == M4:
        if missing := needs.why_not("arm-none-eabi-gcc"):
            print(f"target: without the assembly engine: {missing}", file=sys.stderr)
        else:
            assembled = measured(firmware.image(target, "measure", "assembly", *options))
            report(
                prefix,
                {name: value for name, value in assembled.items() if name.startswith("ecdsa.")},
            )
            image = firmware.image(target, "certificates", "assembly", *options)
            values = measured(image, chain_of_three())
            named = {name.replace("x509", "x509_assembly"): n for name, n in values.items()}
            report(prefix, named)
            image = firmware.image(target, "exchanges", "assembly", *options)
            values = measured(image, *exchanges())
            named = {name.replace("access", "access_assembly"): n for name, n in values.items()}
            report(prefix, named)
            images["ecdsa"] = ("size-ecdsa", "assembly", "receive")
            if variant == "plain":
                images["x509_assembly"] = ("size-x509", "assembly", "receive")
    for level, (program, *engine) in images.items():
        weighing = firmware.image(target, program, "size", *engine, *options)
        emit(f"{prefix}.{level}.flash_bytes", flash(weighing) - empty, "bytes")
        if explain:
            weigh(weighing)


def renamed(values: dict[str, int], portable: str) -> dict[str, int]:
    """The same with the portable engine's numbers under its own name."""
    return {re.sub("^ecdsa", portable, name): value for name, value in values.items()}


def report(prefix: str, values: dict[str, int]) -> None:
    """What was measured, and the larger stack of each level."""
    for name, value in values.items():
        unit = "instructions" if name.endswith("instructions") else "bytes"
        emit(f"{prefix}.{name}", value, unit)
    for level in ("hmac", "ecdsa", "ecdsa_portable"):
        calls = [values.get(f"{level}.{call}.stack_bytes", 0) for call in ("seal", "validate")]
        if any(calls):
            emit(f"{prefix}.{level}.stack_bytes", max(calls), "bytes")


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
    for target, variant in ((M4, "plain"), (M4, "hardened"), (RISCV, "plain")):
        of_target(target, variant, options.explain)
    return 0


if __name__ == "__main__":
    sys.exit(main())
