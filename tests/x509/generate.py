#!/usr/bin/env python3
"""Writes `tests/x509/x509.json` and `x509.swx`: chains, anchors and lists, what is to be said of
each, and what OpenSSL says of the same chains.

    generate.py            writes it; keeps the chains that OpenSSL made, and its verdicts
    generate.py --openssl  lets OpenSSL make its chains anew, and asks it about every chain
    generate.py --check    writes nothing; ends with 1 if the file isn't what would be written

Needs pyca/cryptography 44 or later; with --openssl the command too. Where OpenSSL and this
library differ, `differences.py` must say why, and may say nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILE = HERE / "x509.json"
ERRORS = HERE.parent / "golden" / "errors.txt"
sys.path.insert(0, str(HERE))

import binary  # noqa: E402
import cases  # noqa: E402
import differences  # noqa: E402
import make  # noqa: E402
import openssl  # noqa: E402
import registry  # noqa: E402
import revocations  # noqa: E402


def from_openssl(chain: dict[str, Any], number: int) -> dict[str, Any]:
    """A chain of OpenSSL's as a case."""
    made = registry.Cases()
    made.add(
        chain["comment"],
        [bytes.fromhex(one) for one in chain["chain"]],
        chain["error"],
        trust=["openssl-root"],
        by="openssl",
        **({"roles": chain["roles"]} if chain["error"] is None else {}),
    )
    return made.all[0] | {"id": number}


def document(kept: dict[str, Any], ask: bool) -> dict[str, Any]:
    chains = openssl.chains() if ask else kept["openssl"]["chains"]
    issuers = registry.issuers()
    root = {"certificate": chains[0]["anchor"]}
    issuers["openssl-root"] = root | {
        k: v for k, v in issuers["root-any"].items() if k != "certificate"
    }
    every = cases.collected()
    every += [from_openssl(chain, len(every) + 1 + at) for at, chain in enumerate(chains)]
    verdicts = kept.get("openssl", {}).get("verdicts", {})
    if ask:
        verdicts = {}
    for case in every:
        said = verdicts.get(case["comment"])
        if ask:
            anchors = [
                bytes.fromhex(issuers[name]["certificate"])
                for name in case["trust"]
                if "certificate" in issuers[name]
            ]
            crls = case["crls"]
            when = next(iter(case["time"].values()))
            said = openssl.verdict(
                anchors,
                [bytes.fromhex(one) for one in case["chain"]],
                when,
                None if crls is None else [bytes.fromhex(one) for one in crls],
            )
        verdicts[case["comment"]] = said
        case["openssl"] = said
        case["difference"] = differences.reason(case)
    differences.check_all_used()
    names = [case["comment"] for case in every]
    if len(set(names)) != len(names):
        raise SystemExit(f"twice: {[one for one in names if names.count(one) > 1]}")
    return {
        "schema": "sealwire-x509-1",
        "purpose": make.PURPOSE.dotted_string,
        "number_of_tests": len(every),
        "openssl": {
            "version": openssl.version() if ask else kept["openssl"]["version"],
            "chains": chains,
            "verdicts": verdicts,
        },
        "issuers": issuers,
        "tests": every,
        "installs": cases.installs(),
        "lists": revocations.lists(),
        "crls": revocations.crls(),
        "requests": cases.requests(),
        "access": cases.access(),
    }


def text(made: dict[str, Any]) -> str:
    """One case a line: differences show."""
    lines = []
    for name, value in made.items():
        if isinstance(value, list) and value:
            rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f"  {json.dumps(name)}: [\n{rows}\n  ]")
        elif isinstance(value, dict) and value:
            rows = ",\n".join(
                f"    {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}"
                for key, row in value.items()
            )
            lines.append(f"  {json.dumps(name)}: {{\n{rows}\n  }}")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes tests/x509/x509.json.")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--openssl", action="store_true", help="run OpenSSL's command anew")
    options = parser.parse_args()
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else "{}"
    made = document(json.loads(before), options.openssl)
    stream = FILE.with_suffix(".swx")
    outputs = {FILE: text(made).encode(), stream: binary.stream(made, numbers())}
    drifted = [
        path for path, data in outputs.items() if not path.exists() or path.read_bytes() != data
    ]
    for path in drifted:
        if options.check:
            print(f"{path.name}: differs; run tests/x509/generate.py and look at what changed")
        else:
            path.write_bytes(outputs[path])
            print(f"{path.name}: written")
    return int(bool(drifted) and options.check)


def numbers() -> dict[str, int]:
    """The errors' numbers by their names."""
    rows = (line.split() for line in ERRORS.read_text(encoding="utf-8").splitlines())
    return {row[1]: int(row[0]) for row in rows if row and row[0].isdigit()}


if __name__ == "__main__":
    sys.exit(main())
