"""tests/x509/x509.json as a C header: what x509.c is compiled with. Its cases of chains come
from the binary stream instead."""

from __future__ import annotations

import json
import re
import sys

from building import ROOT

sys.path.insert(0, str(ROOT / "tests/x509"))

import make

ERRORS = ROOT / "tests/golden/errors.txt"


def header() -> str:
    """Cases of `installs`, `lists` and `requests`; modules with their chains and keys; two lists
    of the root's."""
    document = json.loads((ROOT / "tests/x509/x509.json").read_text())
    numbers = {"": 0}
    for number, name in re.findall(r"^(\d+)\t(\S+)", ERRORS.read_text(), re.M):
        numbers[name] = int(number)
    lines = [
        "struct given { const uint8_t *bytes; size_t len; uint64_t now; int32_t error; };",
        "struct request { size_t roles; const char *role[8]; const uint8_t *der; size_t len; };",
    ]
    for array, field in (("installs", "certificate"), ("lists", "list"), ("crls", "crl")):
        rows = ", ".join(
            f"{{{_text(case[field])}, {case['now']}000000u, {numbers[case['error'] or '']}}}"
            for case in document[array]
        )
        lines.append(f"static const struct given {array}[] = {{{rows}}};")
    rows = ", ".join(
        f"{{{len(case['roles'])}, {{{', '.join(map(json.dumps, case['roles'])) or 'NULL'}}}, "
        f"{_text(case['der'])}}}"
        for case in document["requests"]
    )
    lines.append(f"static const struct request requests[] = {{{rows}}};")
    lines.append(_array("ROOT", document["issuers"]["root"]["certificate"]))
    pump = ""
    for one in document["access"]:
        name = re.sub(r"\W+", "_", one["name"]).upper()
        key = make.key(one["key"]).private_numbers().private_value.to_bytes(32).hex()
        lines += [_array(f"{name}_CHAIN", one["chain"]), _array(f"{name}_KEY", key)]
        pump = one["chain"] if one["name"] == "pump" else pump
    chain = bytes.fromhex(pump)
    leaf = chain[: 4 + int.from_bytes(chain[2:4])]
    revoked = make.by_serial(make.key("Sub"), leaf)
    serial = int.from_bytes(make.serial_of(leaf))
    lines.append(_array("SUB_KEY", make.xy(make.key("Sub")).hex()))
    lines.append(_array("CRL_1", make.crl("Sub", [1, serial], number=1).hex()))
    lines.append(_array("LIST_3", make.revocation_list("Root", number=3).hex()))
    lines.append(_array("LIST_4", make.revocation_list("Root", [revoked], number=4).hex()))
    return "\n".join([*lines, ""])


def _array(name: str, data: str) -> str:
    return f"static const uint8_t {name}[] = {{{_bytes(data)}}};"


def _text(data: str) -> str:
    """Bytes and how many, in a compound literal."""
    return f"(const uint8_t[]){{{_bytes(data)}}}, {len(data) // 2}" if data else "NULL, 0"


def _bytes(data: str) -> str:
    return ", ".join(map(str, bytes.fromhex(data)))
