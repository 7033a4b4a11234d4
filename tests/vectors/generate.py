#!/usr/bin/env python3
"""Writes the vectors, their binary form and the worked examples of `core/PROTOCOL.md`.

    generate.py            writes them
    generate.py --check    writes nothing; ends with 1 if a file isn't what would be written

The cases say what must come out of them (`generator/cases_*.py`); before anything is written
the reference implementation must agree with every step. Needs the package `cryptography`, 44 or
later. The same input gives the same bytes on every machine.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "reference")]

from generator import (  # noqa: E402
    binary,
    cases_binding,
    cases_burst,
    cases_derive,
    cases_keys,
    cases_levels,
    cases_parse,
    cases_policy,
    cases_proof,
    cases_replay,
    cases_restart,
    cases_seal,
    cases_stream,
    cases_time,
    examples,
    suite,
)
from sealwire_reference.vectors import differences  # noqa: E402

FILES = [
    ("parse", "Frames and what is none", cases_parse),
    ("stream", "Packets on a stream", cases_stream),
    ("proof", "Tags and signatures", cases_proof),
    ("levels", "Levels and requirements", cases_levels),
    ("time", "Age and clocks", cases_time),
    ("replay", "Windows and caches", cases_replay),
    ("binding", "Receivers, contexts, groups", cases_binding),
    ("keys", "Keys", cases_keys),
    ("restart", "Restarts", cases_restart),
    ("policy", "Policies", cases_policy),
    ("seal", "Sealing", cases_seal),
    ("burst", "Bursts", cases_burst),
]


def documents() -> dict[str, dict]:
    """Every JSON document by its name."""
    out = {name: suite.document(title, cases.groups()) for name, title, cases in FILES}
    return out | {"derive": cases_derive.document()}


def outputs() -> dict[Path, bytes]:
    """Everything that is written, and what."""
    made = documents()
    tried = [*made.values(), *binary.reduced(made)]
    wrong = [line for document in tried for line in differences(document)]
    if wrong:
        raise SystemExit("\n".join([*wrong, f"{len(wrong)} steps: generator and reference differ"]))
    files = {HERE / f"{name}.json": _json(document) for name, document in made.items()}
    files[HERE / "vectors.swv"] = binary.stream(made)
    protocol = ROOT / "core" / "PROTOCOL.md"
    text = protocol.read_text(encoding="utf-8")
    files[protocol] = examples.insert(text).encode()
    return files


def _json(document: dict) -> bytes:
    """Indented down to the steps, one step a line."""

    def block(value: object, depth: int) -> str:
        if depth and isinstance(value, (dict, list)) and value:
            pad = " " * (10 - 2 * depth)
            if isinstance(value, dict):
                rows = [
                    f'{pad}"{key}": {block(item, _depth(key, depth))}'
                    for key, item in value.items()
                ]
            else:
                rows = [pad + block(item, depth - 1) for item in value]
            left, right = "{}" if isinstance(value, dict) else "[]"
            return f"{left}\n" + ",\n".join(rows) + f"\n{pad[2:]}{right}"
        return json.dumps(value, ensure_ascii=False)

    return (block(document, 4) + "\n").encode()


def _depth(key: str, depth: int) -> int:
    return depth - 1 if key in {"groups", "tests", "steps", "setup", "notes", "keys"} else 0


def main() -> int:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description="Writes tests/vectors and checks them.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    check = parser.parse_args().check
    drifted = 0
    for path, data in outputs().items():
        same = path.exists() and path.read_bytes() == data
        if not same and not check:
            path.write_bytes(data)
        if not same:
            drifted += 1
            name = path.relative_to(ROOT)
            print(f"{name}: differs" if check else f"{name}: written")
    if check and drifted:
        print("run tests/vectors/generate.py and look at what changed")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
