#!/usr/bin/env python3
"""Writes the small corpora from the shared vectors: frames and lines, a dozen a target.

The targets that change a frame of their own need none but a few changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
X509 = HERE.parent / "x509"
MOST, LONGEST = 12, 200


def main() -> None:
    write("frame", spread(found(VECTORS / "levels.json", ("frame", "attached"))))
    write("stream", spread(found(VECTORS / "stream.json", ("frame",))))
    write("mutated", [b"", b"\x00\x00\x01", b"\x00\x10\x80\x00\x20\x01", b"\x03", b"\x01\x00"])
    write("burst", [b"\x00", b"\x81", b"\x02\x00\x30\x01", b"\x84\x01\x00\x80", b"\x03\x05"])
    write("state", [b"\x01" + bytes(5), b"\x01" + bytes(4) + b"\x01" + bytes(8), b"\x00SWS1"])
    write("chain", chains())
    write("window", [b"\x00\x01" * 20, b"\x00\x01\x01\x01\x30\xff\x31\xff", b"\xf0\xff\xf1\xff"])


def chains() -> list[bytes]:
    """Chains, CRLs and lists as the target takes them apart; and changes to its own chain."""
    document = json.loads((X509 / "x509.json").read_text(encoding="utf-8"))
    cases = [case for case in document["tests"] if case["error"] is None]
    chain = next(case["chain"] for case in cases if case["comment"] == "two authorities")
    (HERE / "chain.der").write_bytes(bytes.fromhex("".join(chain)))
    (HERE / "root.der").write_bytes(bytes.fromhex(document["issuers"]["root"]["certificate"]))
    seeds = [b"\x00" + bytes.fromhex("".join(case["chain"])) for case in cases][::4]
    lists = [b"\x01" + bytes.fromhex(one["list"]) for one in document["lists"]][:4]
    crls = [b"\x02" + bytes.fromhex(one) for case in cases for one in case["crls"] or []][:4]
    return [*seeds, *lists, *crls, b"\x03\x00\x00\x01", b"\x03\x01\x00\x80\x02\x00\x01"]


def found(file: Path, names: tuple[str, ...]) -> list[bytes]:
    def walk(value: Any) -> Iterator[bytes]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in names and isinstance(inner, str):
                    yield bytes.fromhex(inner)
                else:
                    yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    return sorted({one for one in walk(json.loads(file.read_text())) if 0 < len(one) <= LONGEST})


def spread(seeds: list[bytes]) -> list[bytes]:
    return seeds[:: max(1, len(seeds) // MOST)][:MOST]


def write(target: str, seeds: list[bytes]) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:02}").write_bytes(seed)
    print(f"{target}: {len(seeds)}")


if __name__ == "__main__":
    main()
