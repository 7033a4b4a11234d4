#!/usr/bin/env python3
"""Who can panic in a bare-metal image: nobody at level 4, nobody of ours at any level.

Decides: at level 4 no image of any target contains a function of `core::panicking`. In the
others every call of one, or of a function of `core` that leads to one, is looked up in the debug
information; it belongs to the innermost function, inlined or not, outside of the standard
library. Ours fails. Other people's are listed in allowed.json with a reason; one that isn't
listed fails, and so does an entry that no longer shows. What the linker kept counts as reachable.
`planted.rs` panics twice, and must be seen.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tools")]

import baremetal  # noqa: E402
import firmware  # noqa: E402
from house import MissingError, skip  # noqa: E402

M4 = baremetal.TRIPLES[0]
LEVEL_4 = ("telemetry", "receive-only")
# Signing, verifying and agreeing; certificates.
OTHERS = ("access", "certificates")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
CALL = re.compile(r"^\s*([0-9a-f]+):.*<([^>+]+)>(?:\s+@.*)?$")
STANDARD = re.compile(r"/library/(core|alloc|std)/|/rustc/|rust-src/|compiler_builtins")
CRATE = re.compile(r"/registry/src/[^/]+/(.+?)-\d[^/]*/")


def main() -> int:
    try:
        return check()
    except MissingError as error:
        return skip(error)


def check() -> int:
    level_4 = 0
    for triple in baremetal.TRIPLES:
        for image in firmware.images([triple], list(LEVEL_4), "level4"):
            names = [name for name in functions(image) if panics(name)]
            print(f"{triple} {image.name}: {', '.join(names) or 'nothing can panic'}")
            level_4 += len(names)
    allowed = {entry["site"]: entry["reason"] for entry in json.loads(LIST.read_text())}
    ours, unlisted, seen = set(), set(), set()
    for program in OTHERS:
        for crate, chains in sorted(sites(firmware.image(M4, program)).items()):
            for site in sorted(chains):
                where = ours if crate == "ours" else seen if site in allowed else unlisted
                where.add(site)
                state = "OURS" if crate == "ours" else "listed" if site in allowed else "UNLISTED"
                print(f"{program:<12} {state:<8} {site}")
    stale = allowed.keys() - seen
    for site in sorted(stale):
        print(f"stale entry: {site}")
    found = len(sites(planted())["ours"])
    print(f"planted.rs: {found} found")
    print(f"assure: panics_level4 = {level_4}")
    print(f"assure: panics_ours = {len(ours)}")
    print(f"assure: panics_unlisted = {len(unlisted)}")
    print(f"assure: panics_stale = {len(stale)}")
    print(f"assure: panics_planted = {found}")
    return int(bool(level_4 or ours or unlisted or stale or found != 2))


LIST = HERE / "allowed.json"


def panics(name: str) -> bool:
    return "panicking" in name or "rust_begin_unwind" in name


def tool(name: str, *arguments: str | Path, text: str | None = None) -> str:
    command = [baremetal.find_tool(name), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def functions(image: Path) -> dict[str, list[tuple[str, str]]]:
    """What an image contains: each function, and the addresses and names that it refers to."""
    found: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in tool("objdump", "-d", "--no-show-raw-insn", image).splitlines():
        if start := FUNCTION.match(line):
            current = found.setdefault(start[1], [])
        elif call := CALL.match(line):
            current.append((call[1], call[2]))
    return found


def sites(image: Path) -> dict[str, set[str]]:
    """By owner (`ours` or a crate), the functions that can panic."""
    all_functions = functions(image)
    to_ask = {name for name in all_functions if panics(name)}
    asked: set[str] = set()
    found: dict[str, set[str]] = defaultdict(set)
    while to_ask:
        target = to_ask.pop()
        asked.add(target)
        calls = [
            (name, address)
            for name, references in all_functions.items()
            for address, called in references
            if called == target and not panics(name)
        ]
        for (name, _), chain in zip(calls, chains(image, [at for _, at in calls]), strict=True):
            owner = owner_of(chain)
            if owner is None:  # the standard library's own: who calls that?
                to_ask |= {name} - asked
            else:
                found[owner[0]].add(owner[1])
    return found


def chains(image: Path, addresses: list[str]) -> list[list[tuple[str, str]]]:
    """For each address the functions that it is in, the innermost first, with their files."""
    if not addresses:
        return []
    text = tool("symbolizer", "-e", image, text="".join(f"0x{one}\n" for one in addresses))
    result = []
    for block in text.rstrip("\n").split("\n\n"):
        lines = block.strip().splitlines()
        result.append(list(zip(lines[::2], lines[1::2], strict=True)))
    return result


def owner_of(chain: list[tuple[str, str]]) -> tuple[str, str] | None:
    for name, place in chain:
        if STANDARD.search(place):
            continue
        own_name = plain(name)
        file, line, _ = place.rsplit(":", 2)
        if line == "0" and not CRATE.search(file):
            # The compiler names no place: the function's name has to do.
            owner = own_name.split("::")[0]
            return ("ours" if owner == "sealwire" else owner), f"{owner}: {own_name}"
        if crate := CRATE.search(file):
            return crate[1], f"{crate[1]}: {file[crate.end() :]} {own_name.split('::')[-1]}"
        return "ours", f"{file} {own_name}"
    return None


def plain(name: str) -> str:
    """A function's own name; no generics, which change with the compiler."""
    name = re.sub(r"::h[0-9a-f]{16}$", "", name)
    name = re.sub(r"\$LT\$.*?\$GT\$|\$u20\$.*?\$GT\$|\$[A-Za-z0-9]+\$", "", name)
    while (cut := re.sub(r"<[^<>]*>", "", name)) != name:
        name = cut
    return "::".join(part for part in name.replace("..", "::").split("::") if part)


def planted() -> Path:
    environment = baremetal.environment_for(M4)
    image = ROOT / "target/assure/planted.elf"
    image.parent.mkdir(parents=True, exist_ok=True)
    command = [environment.get("RUSTC", "rustc"), "--edition=2024", "--target", M4, "-g"]
    command += ["-Copt-level=3", "-Cpanic=abort", "-Clink-arg=-estart"]
    command += [HERE / "planted.rs", "-o", image]
    subprocess.run(command, env=environment, check=True)
    return image


if __name__ == "__main__":
    sys.exit(main())
