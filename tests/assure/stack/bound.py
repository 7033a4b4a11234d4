#!/usr/bin/env python3
"""The most stack that level 4 can take on a Cortex-M4, beside the most that was seen.

Decides: the firmware's program `measure`, hardened, is built with `-Z emit-stack-sizes`. The bound
of a function is its frame and the largest bound of what it calls or jumps to, read from the
machine code; what the compiler gives no size for (assembly) has the sum of what it pushes. A call
through a pointer is a policy's decision, which is all that level 4 calls so; anywhere else it
counts as unbounded, and so does a circle. The same image then runs in QEMU, where painted stack
shows what was used: more than the bound would be a mistake in one of the two. Then mistakes are
planted in the machine code that was read, and each must be seen.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "bench")]

import baremetal  # noqa: E402
from house import MissingError, skip  # noqa: E402

import target  # noqa: E402

M4 = baremetal.TRIPLES[0]
# By figure: what the mangled name of the function contains, and of nobody else's.
ENTRIES = {
    "validate": ("7measure8validate", "NoVerifier"),
    "seal": ("7measure4seal", "NoSigner"),
}
DECISION = "6decide"
FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
LINE = re.compile(r"^\s*[0-9a-f]+:\s+(\S+)\s*(.*)$")
PLACE = re.compile(r"0x([0-9a-f]+) <")


def main() -> int:
    try:
        image = build()
    except MissingError as error:
        return skip(error)
    text, frames = disassembled(image), frames_in(image)
    code = Code(text, frames)
    painted = target.measured(image)
    wrong = 0
    for name, parts in ENTRIES.items():
        bound, seen = code.bound_of(*parts), painted[f"hmac.{name}.stack_bytes"]
        print(f"level 4, {name}: at most {bound} bytes, {seen} seen")
        print(f"assure: stack_{name}_bound = {bound}")
        print(f"assure: stack_{name}_painted = {seen}")
        wrong += seen > bound
    for problem in sorted(code.problems):
        print(problem)
    print(f"assure: stack_unbounded = {len(code.problems)}")
    print(f"assure: stack_above_bound = {wrong}")
    missed = missed_mistakes(text, frames, painted["hmac.validate.stack_bytes"])
    for mistake in missed:
        print(f"not seen: {mistake}")
    print(f"assure: stack_planted_missed = {len(missed)}")
    return int(bool(wrong or code.problems or missed))


def missed_mistakes(text: str, frames: dict[int, int], painted: int) -> list[str]:
    """What isn't seen of a circle, of a pointer, and of frames that are too small."""
    code = Code(text, frames)
    entry = code.entry(*ENTRIES["validate"])
    # A function that it comes to and that isn't the validator's: nobody's pointer is called there.
    inner = next(at for at in code.below(entry) if "9Validator" not in code.names[at])
    start = f"{inner:08x} <{code.names[inner]}>:\n"
    missed = []
    for mistake, line in (("a circle", f"bl\t0x{entry:x} <validate>"), ("a pointer", "blx\tr3")):
        broken = Code(text.replace(start, f"{start} {inner:x}: \t{line}\n"), frames)
        broken.bound_of(*ENTRIES["validate"])
        if not broken.problems - code.problems:
            missed.append(mistake)
    half = {function: size // 2 for function, size in frames.items()}
    if Code(text, half).bound_of(*ENTRIES["validate"]) >= painted:
        missed.append("frames of half their size")
    return missed


def build() -> Path:
    environment = baremetal.environment_for(M4)
    folder = ROOT / "target/assure/stack"
    environment |= {
        "CARGO_TARGET_DIR": str(folder),
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": "-Zemit-stack-sizes",
    }
    command = [environment["CARGO"], "build", "--locked", "--quiet", "--release", "--target", M4]
    command += ["--bin", "measure", "--no-default-features", "--features", "level5,hardened"]
    subprocess.run(command, cwd=ROOT / "firmware-example", env=environment, check=True)
    return folder / M4 / "release/measure"


def disassembled(image: Path) -> str:
    command = [baremetal.find_tool("objdump"), "-d", "--no-show-raw-insn", image]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def frames_in(image: Path) -> dict[int, int]:
    """What the compiler says of each function's frame."""
    with image.open("rb") as handle:
        section = ELFFile(handle).get_section_by_name(".stack_sizes")
        return sizes(section.data())


class Code:
    """An image's functions: names, frames, and whom they call."""

    def __init__(self, text: str, frames: dict[int, int]) -> None:
        self.problems: set[str] = set()
        self.names: dict[int, str] = {}
        self.frames: dict[int, int] = {}
        self.calls: dict[int, set[int]] = {}
        self.asks: set[int] = set()  # through a pointer
        self.bounds: dict[int, int] = {}
        self.read(text)
        self.frames |= frames

    def read(self, text: str) -> None:
        current = 0
        for line in text.splitlines():
            if start := FUNCTION.match(line):
                current = int(start[1], 16)
                self.names[current], self.frames[current] = start[2], 0
                self.calls[current] = set()
            elif found := LINE.match(line):
                self.instruction(current, found[1], found[2])

    def instruction(self, current: int, name: str, arguments: str) -> None:
        place = PLACE.search(arguments)
        if name.startswith("b") and place:
            self.calls[current].add(int(place[1], 16))
        elif name == "blx" or (name == "bx" and "lr" not in arguments):
            self.asks.add(current)
        elif name.startswith("push"):
            self.frames[current] += 4 * registers(arguments)
        elif name.startswith("sub") and (size := re.match(r"sp, (?:sp, )?#(\w+)", arguments)):
            self.frames[current] += int(size[1], 0)

    def bound_of(self, *parts: str) -> int:
        """The bound of the function with all of `parts` in its name, and of who calls it."""
        entry = self.entry(*parts)
        callers = [at for at, called in self.calls.items() if entry in called]
        closures = [self.frames[at] for at in callers if "NC" in self.names[at]]
        return self.bound(entry, ()) + max(closures, default=0)

    def entry(self, *parts: str) -> int:
        (entry,) = (at for at, name in self.names.items() if all(part in name for part in parts))
        return entry

    def below(self, function: int) -> list[int]:
        """Whom it calls, and whom those call."""
        found = [function]
        for one in found:
            found += sorted(self.calls.get(one, set()) & self.names.keys() - set(found))
        return found[1:]

    def bound(self, function: int, path: tuple[int, ...]) -> int:
        if function in path:
            self.problems.add(f"{self.names[function]} calls itself")
            return 0
        if function not in self.bounds:
            called = {one for one in self.calls[function] if one in self.calls} - {function}
            if function in self.asks:
                called |= self.decisions(function)
            deepest = [self.bound(one, (*path, function)) for one in called]
            self.bounds[function] = self.frames[function] + max(deepest, default=0)
        return self.bounds[function]

    def decisions(self, function: int) -> set[int]:
        name = self.names[function]
        if "9Validator" not in name and "8validate" not in name:
            self.problems.add(f"{name} calls through a pointer")
        return {at for at, other in self.names.items() if DECISION in other}


def registers(text: str) -> int:
    """How many are in a list such as {r4, r5, r8-r10, lr}."""
    count = 0
    for part in text.strip("{}").split(","):
        first, _, last = part.strip().partition("-")
        count += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count


def sizes(data: bytes) -> dict[int, int]:
    """Addresses of 4 bytes, each with a ULEB128 number."""
    found, at = {}, 0
    while at < len(data):
        function = int.from_bytes(data[at : at + 4], "little") & ~1
        at, size, shift = at + 4, 0, 0
        while True:
            size |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not data[at - 1] & 0x80:
                break
        found[function] = size
    return found


if __name__ == "__main__":
    sys.exit(main())
