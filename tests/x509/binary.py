"""The cases as a stream for a reader without a heap: `tests/x509/x509.swx`.

`SWX1`, then records `u16 length ‖ u8 operation ‖ body`, where the length counts what follows it;
integers are little-endian.

| | operation | body |
| --- | --- | --- |
| 0 | END | u16 cases before it |
| 1 | CASE | u16 id, u16 expected error or 0, u8 time (0 now, 1 floor), u64 seconds, u8 flags (1 measure it) |
| 2 | ISSUER | u8 flags (1 anchor, 2 any role, 4 any authority, 8 sources of time), u8 count, fleets: ID 16, u8 bits; u8 count, roles: u8 length ‖ name; certificate, or x ‖ y |
| 3, 4 | LIST, CRL | its bytes |
| 5 | CHECK | u8 revocation (0 unchecked, 1 lists, 2 CRLs), u8 count, certificates: u16 length ‖ DER |
"""  # noqa: E501

from __future__ import annotations

import struct
from typing import Any

MEASURED = "two authorities"


def stream(document: dict[str, Any], numbers: dict[str, int]) -> bytes:
    out = b"SWX1"

    def record(operation: int, body: bytes) -> None:
        nonlocal out
        out += struct.pack("<HB", len(body) + 1, operation) + body

    for case in document["tests"]:
        error = numbers[case["error"]] if case["error"] else 0
        [(kind, seconds)] = case["time"].items()
        flags = int(case["comment"] == MEASURED)
        record(1, struct.pack("<HHBQB", case["id"], error, kind == "floor", seconds, flags))
        for name in case["trust"]:
            record(2, issuer(document["issuers"][name]))
        for operation, kept in ((3, case["lists"]), (4, case["crls"])):
            for one in kept or []:
                record(operation, bytes.fromhex(one))
        revocation = 0 if case["lists"] is None and case["crls"] is None else 1
        revocation += case["crls"] is not None
        chain = [bytes.fromhex(one) for one in case["chain"]]
        body = b"".join(struct.pack("<H", len(one)) + one for one in chain)
        record(5, bytes([revocation, len(chain)]) + body)
    record(0, struct.pack("<H", len(document["tests"])))
    return out


def issuer(one: dict[str, Any]) -> bytes:
    flags = "certificate" in one
    flags += 2 * one["any_role"] + 4 * one["any_authority"] + 8 * one["time_sources"]
    body = bytes([flags, len(one["fleets"])])
    for fleet in one["fleets"]:
        body += bytes.fromhex(fleet["id"]) + bytes([fleet["bits"]])
    body += bytes([len(one["roles"])])
    for name in one["roles"]:
        body += bytes([len(name)]) + name.encode()
    return body + bytes.fromhex(one.get("certificate") or one["key"])
