#!/usr/bin/env python3
"""The figures of docs/firmware.md, out of docs/benchmarks.md.

    bench/firmware_page.py            writes them
    bench/firmware_page.py --check    exit code 1 if one of them isn't what would be written

Decides which metric stands in which row, and how it is rounded: instructions to ten, above a
million to 10,000; the blocking time at 64 MHz and 1.3 cycles an instruction, which is an
assumption. Does not measure: `make bench` does, and calls this. A row without a metric keeps what
it says.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
MEASURED = re.compile(r"^\| `(?P<name>[\w.]+)` \| (?P<value>[\d,.]+) ", re.MULTILINE)
CYCLES_PER_US = 64 / 1.3

Figures = dict[str, float]
Cell = tuple[str, Callable[[float], str]]


def instructions(value: float) -> str:
    """In tens, or in millions."""
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{round(value, -1):,.0f}"


def millions(value: float) -> str:
    return f"{value / 1e6:.2f} M"


def exact(value: float) -> str:
    return f"{value:,.0f}"


def blocking(value: float) -> str:
    """Instructions as a time."""
    micros = value / CYCLES_PER_US
    return f"{micros / 1000:,.0f} ms" if micros >= 1000 else f"{micros:,.0f} µs"


def call(arm: str, riscv: str | None = None) -> list[Cell | None]:
    """The cells of a call: instructions, stack and time, then those of RISC-V."""
    other = riscv or arm
    return [
        (f"m4.{arm}.instructions", instructions),
        (f"m4.{stack(arm)}", exact),
        (f"m4.{arm}.instructions", blocking),
        (f"riscv.{other}.instructions", instructions),
        (f"riscv.{stack(other)}", exact),
    ]


def stack(name: str) -> str:
    return f"{name.removesuffix('_64B')}.stack_bytes"


def step(name: str) -> list[Cell | None]:
    """The cells of a step of an exchange, with either engine."""
    return [(f"m4.{kind}.{name}.instructions", millions) for kind in ("access", "access_assembly")]


def whole(kind: str) -> list[Cell | None]:
    engines = ("access", "access_assembly")
    return [(f"m4.{engine}.{kind}.requester.stack_bytes", exact) for engine in engines]


def assembly(name: str) -> list[Cell | None]:
    return [
        (f"m4.ecdsa.{name}_64B.instructions", instructions),
        (f"m4.ecdsa.{name}.stack_bytes", exact),
        (f"m4.ecdsa.{name}_64B.instructions", blocking),
        (f"m4.ecdsa_portable.{name}_64B.instructions", instructions),
    ]


ROWS: list[tuple[str, list[Cell | None]]] = [
    ("`Sealer::seal`, level 4", call("hmac.seal_64B")),
    ("`Validator::validate`, level 4", call("hmac.validate_64B")),
    ("the same, refused for its tag", call("call.refuse_tag")),
    ("the same, refused for an unknown key", call("call.refuse_key")),
    ("`check`, level 4", call("call.check_hmac")),
    ("`begin`, level 5", call("call.begin_ecdsa")),
    ("`admit`", call("call.admit")),
    ("`encode_stream`, a frame", call("call.encode_stream")),
    ("`StreamDecoder::push`, a frame's bytes", call("call.decode_stream")),
    ("`Sealer::seal`, level 5", call("ecdsa_portable.seal_64B", "ecdsa.seal_64B")),
    ("`Validator::validate`, level 5", call("ecdsa_portable.validate_64B", "ecdsa.validate_64B")),
    ("`PortableSigner::from_secret`", call("call.signer")),
    ("`Sealer::hmac`", call("call.sealer_hmac")),
    ("`register`, level 4", call("call.register_hmac")),
    ("`register`, level 5", call("call.register_ecdsa")),
    ("`save`, three keys", call("call.save")),
    ("`Validator::new`, `Restart::Saved`", call("call.restart_saved")),
    ("`begin`: a fresh key, the request", step("key.requester.request")),
    ("`challenge`: the proof by a secret", step("secret.requester.proof")),
    ("`challenge`: the proof by a key", step("key.requester.proof")),
    ("`grant`: the session by a secret", step("secret.requester.session")),
    ("`grant`: the session by a key", step("key.requester.session")),
    ("stack, by a secret", whole("secret")),
    ("stack, by a key", whole("key")),
    ("`Sealer::seal`, level 5", assembly("seal")),
    ("`Validator::validate`, level 5", assembly("validate")),
]
# In sentences: the words around a figure, which stands at `@`.
WORDS: list[tuple[str, Cell]] = [
    ("takes @ instructions and", ("m4.hardened.hmac.validate_64B.instructions", exact)),
    ("instructions and @ bytes of stack, and", ("m4.hardened.hmac.stack_bytes", exact)),
    ("costs its sender @ instr", ("m4.burst64.seal_per_frame.instructions", instructions)),
    ("copies bytes: @ bytes of flash", ("m4.hmac.flash_bytes", exact)),
    ("bytes of flash (@ hardened)", ("m4.hardened.hmac.flash_bytes", exact)),
    ("hardened), @ instructions a", ("m4.size.hmac.validate_64B.instructions", instructions)),
    ("computed as products: @ bytes", ("m4.ecdsa.flash_bytes", exact)),
]


class MismatchError(Exception):
    """The page isn't of the form that this file knows."""


def figures(page: str) -> Figures:
    """All metrics of docs/benchmarks.md."""
    return {m["name"]: float(m["value"].replace(",", "")) for m in MEASURED.finditer(page)}


def written(page: str, found: Figures) -> str:
    """The page with these figures."""
    rows = iter(ROWS)
    wanted = next(rows, None)
    lines = []
    for line in page.split("\n"):
        if wanted and line.startswith(f"| {wanted[0]} |"):
            lines.append(row(line, wanted[1], found))
            wanted = next(rows, None)
        else:
            lines.append(line)
    if wanted:
        raise MismatchError(f"docs/firmware.md has no row {wanted[0]}, or not in its place")
    page = "\n".join(lines)
    for words, (name, rounded) in WORDS:
        before, after = words.split("@")
        pattern = re.escape(before) + r"[\d,.]+( M)?" + re.escape(after)
        if len(re.findall(pattern, page)) != 1:
            raise MismatchError(f"docs/firmware.md doesn't say once '{words}'")
        if name in found:
            page = re.sub(pattern, before + rounded(found[name]) + after, page)
    return page


def row(line: str, cells: list[Cell | None], found: Figures) -> str:
    """One row of a table: its label, then these cells, then what else it has."""
    old = line.strip("|").split("|")

    def new() -> Iterator[str]:
        yield old[0]
        for index, text in enumerate(old[1:]):
            cell = cells[index] if index < len(cells) else None
            yield f" {cell[1](found[cell[0]])} " if cell and cell[0] in found else text

    return f"|{'|'.join(new())}|"


def write(docs: Path = DOCS) -> None:
    """Brings docs/firmware.md to what docs/benchmarks.md says."""
    page = docs / "firmware.md"
    found = figures((docs / "benchmarks.md").read_text())
    page.write_text(written(page.read_text(), found))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.check:
        write()
        return 0
    page = (DOCS / "firmware.md").read_text()
    right = written(page, figures((DOCS / "benchmarks.md").read_text()))
    for is_now, should in zip(page.split("\n"), right.split("\n"), strict=True):
        if is_now != should:
            print(f"is:     {is_now}\nshould: {should}")
    if page != right:
        print("docs/firmware.md has other figures than docs/benchmarks.md: bench/firmware_page.py")
    return int(page != right)


if __name__ == "__main__":
    sys.exit(main())
