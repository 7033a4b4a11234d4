"""`access.json` as a stream for a reader without a heap: `tests/vectors/access.swa`.

`SWA1`, then records `u16 length ‖ u8 operation ‖ body`, where the length counts what follows it;
integers are little-endian. No record is longer than 2,048 bytes. `bytes` stand behind their length
in two bytes.

| | operation | body |
| --- | --- | --- |
| 0 | END | u16 exchanges, u16 malformed messages before it |
| 1 | EXCHANGE | what is asked, what is given, what comes out |
| 2 | MALFORMED | u8 message (0 request, 1 challenge, 2 proof, 3 grant), u16 error, the message: in the exchange before it |

Asked: requester 16, granter 16, u8 credential, u8 wanted, u8 lowest, u8 algorithm, u8 stamped, u32 key ID, role as bytes.
Given: seed 32, nonce 16, cookie secret 32, source as bytes, u64 issued, u8 level, u32 granted key ID, u32 life, u64 time (0 none),
u8 group (1: ID 16, u32 key ID, u8 algorithm, secret 32), the secret 32 or both private keys 32 + 32, the requester's first.
Out, each as bytes: request, challenge, proof, grant, refusal that is unavailable, refusal that is forbidden, session secret, binder,
token, hmac_key, two frames to the granter.
"""  # noqa: E501

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

from sealwire_reference.access import SECRET

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "errors.txt"
LONGEST = 2_048
MESSAGES = ("request", "challenge", "proof", "grant")
OUT = (
    *MESSAGES,
    "refusal_unavailable",
    "refusal_forbidden",
    "session_secret",
    "binder",
    "token",
    "hmac_key",
)


def stream(document: dict[str, Any]) -> bytes:
    out = b"SWA1"
    malformed = 0
    rows = re.findall(r"^(\d+)\t(\S+)", GOLDEN.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = {name: int(number) for number, name in rows}

    def record(operation: int, body: bytes) -> None:
        nonlocal out
        assert len(body) < LONGEST
        out += struct.pack("<HB", len(body) + 1, operation) + body

    for exchange in document["exchanges"]:
        record(1, asked(exchange["asked"]) + given(exchange) + come_out(exchange))
        for row in exchange["malformed"]:
            head = struct.pack("<BH", MESSAGES.index(row["message"]), numbers[row["error"]])
            record(2, head + bytes.fromhex(row["data"]))
            malformed += 1
    record(0, struct.pack("<HH", len(document["exchanges"]), malformed))
    return out


def long(value: bytes) -> bytes:
    return struct.pack("<H", len(value)) + value


def asked(one: dict[str, Any]) -> bytes:
    numbers = (one[name] for name in ("credential", "wanted", "lowest", "algorithm", "stamped"))
    ids = bytes.fromhex(one["requester"] + one["granter"])
    return ids + struct.pack("<BBBBBI", *numbers, one["key_id"]) + long(bytes.fromhex(one["role"]))


def given(exchange: dict[str, Any]) -> bytes:
    one = exchange["given"]
    body = bytes.fromhex(one["seed"] + one["nonce"] + one["cookie_secret"])
    body += long(bytes.fromhex(one["source"]))
    numbers = (one[name] for name in ("issued", "level", "granted_key_id", "life", "time"))
    body += struct.pack("<QBIIQ", *numbers)
    if group := one.get("group"):
        name, key_id, algorithm, secret = group
        body += b"\1" + bytes.fromhex(name) + struct.pack("<IB", key_id, algorithm)
        body += bytes.fromhex(secret)
    else:
        body += b"\0"
    if exchange["asked"]["credential"] == SECRET:
        return body + bytes.fromhex(one["secret"])
    return body + bytes.fromhex(one["requester_key"] + one["granter_key"])


def come_out(exchange: dict[str, Any]) -> bytes:
    values = [exchange["values"][name] for name in OUT] + exchange["frames_to_granter"]
    return b"".join(long(bytes.fromhex(value)) for value in values)
