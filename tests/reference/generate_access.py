#!/usr/bin/env python3
"""Writes `tests/vectors/access.json`: every message of the access exchange and every value on
the way (PROTOCOL.md §12), made by `sealwire_reference.access`; and `access.swa`, the same for
a reader without a heap.

    generate_access.py            writes both
    generate_access.py --check    writes nothing; ends with 1 if a file isn't what would be
"""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import access_stream
from sealwire_reference.access import KEY, SECRET, Asked, Exchange, varint

FILE = Path(__file__).resolve().parents[1] / "vectors" / "access.json"
STREAM = FILE.with_suffix(".swa")
TIME = 1_763_000_000_000_000
CONTEXT = b"\x01\x0dpump/pressure"


def flipped(message: bytes, place: int) -> bytes:
    """The message with the lowest bit of one byte flipped."""
    return message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]


def fixed(name: str, size: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"sealwire access vectors: " + name.encode()).digest()[:size]


REQUESTER, GRANTER = fixed("requester", 16), fixed("granter", 16)


def exchange(name: str, asked: Asked, level: int, **changes: object) -> dict:
    """One exchange as it stands in the file."""
    given = {
        "seed": fixed(f"{name} seed"),
        "nonce": fixed(f"{name} nonce", 16),
        "cookie_secret": fixed(f"{name} cookie secret"),
        "source": b"192.0.2.7:4711",
        "issued": 12_345_678,
        "level": level,
        "granted_key_id": 0x2468,
        "life": 3600,
        "time": TIME,
    } | changes
    if asked.credential == SECRET:
        given["secret"] = fixed("secret")
    else:
        given |= {"requester_key": fixed("requester key"), "granter_key": fixed("granter key")}
    run = Exchange(asked, **given)
    values = run.run()
    frames = [run.frame(b"4.2 bar", CONTEXT, nonce).hex() for nonce in (0, 1)]
    return {
        "comment": name,
        "asked": {key: _plain(value) for key, value in vars(asked).items()},
        "given": {key: _plain(value) for key, value in given.items()},
        "values": {key: value.hex() for key, value in sorted(values.items())},
        "frames_to_granter": frames,
        "malformed": malformed(values),
    }


def malformed(values: dict[str, bytes]) -> list[dict]:
    """Messages that no decoder takes, and the name of the refusal."""
    request, challenge, proof, grant = (
        values[name] for name in ("request", "challenge", "proof", "grant")
    )
    at = 1 + 3 * 16 + 64  # the five numbers
    id_end = next(n for n in range(at + 5, at + 10) if request[n] < 128) + 1
    long_id = request[: id_end - 1] + bytes([request[id_end - 1] | 128, 0]) + request[id_end:]

    def put(place: int, *values: int) -> bytes:
        return request[:place] + bytes(values) + request[place + len(values) :]

    cases = [
        ("request", "empty", b"", "ACCESS_MALFORMED"),
        ("request", "a frame's head", b"\x14" + request[1:], "ACCESS_MALFORMED"),
        ("request", "version 2", b"\x28" + request[1:], "ACCESS_MALFORMED"),
        ("request", "a challenge's head", b"\x19" + request[1:], "ACCESS_KIND"),
        ("request", "a byte more", request + b"\0", "ACCESS_MALFORMED"),
        ("request", "a byte less", request[:-1], "ACCESS_MALFORMED"),
        ("request", "a key ID that is too long", long_id, None),
        ("request", "level 3", put(at + 1, 3, 3), None),
        ("request", "lowest above wanted", put(at + 1, 4, 5), None),
        ("request", "credential 4", put(at, 4), None),
        ("request", "algorithm 3", put(at + 3, 3), None),
        ("request", "a truth that is neither", put(at + 4, 2), None),
        ("request", "a role in capitals", request[:id_end] + b"\1A", None),
        ("request", "a role of 33", request[:id_end] + b"\x21" + b"a" * 33, None),
        ("request", "asks itself", request[:17] + request[1:17] + request[33:], None),
        ("request", "nobody asks", request[:1] + bytes(16) + request[17:], None),
        ("challenge", "a byte more", challenge + b"\0", "ACCESS_MALFORMED"),
        ("challenge", "a byte less", challenge[:-1], "ACCESS_MALFORMED"),
        ("challenge", "no point", flipped(challenge, 96), None),
        ("proof", "a byte more", proof + b"\0", "ACCESS_MALFORMED"),
        ("proof", "a byte less", proof[:-1], "ACCESS_MALFORMED"),
        ("grant", "a byte more", grant + b"\0", "ACCESS_MALFORMED"),
        ("grant", "a byte less", grant[:-1], "ACCESS_MALFORMED"),
        ("grant", "level 3", grant[:17] + b"\x03" + grant[18:], None),
    ]
    # What proves a grant is looked at before what it says.
    late = {"level 3": "ACCESS_MAC_WRONG"}
    rows = []
    for message, comment, data, error in cases:
        is_late = message == "grant" and comment in late
        name = (late[comment] if is_late else error) or "ACCESS_MALFORMED"
        rows.append({"message": message, "comment": comment, "data": data.hex(), "error": name})
    return rows


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def document() -> dict:
    """The file."""
    ask = {"requester": REQUESTER, "granter": GRANTER}
    exchanges = [
        exchange("level 4 by a secret", Asked(**ask), 4),
        exchange(
            "level 4 by a secret, all fields at their longest",
            Asked(**ask, key_id=2**32 - 1, role=b"r" * 32, algorithm=2, wanted=5),
            4,
            issued=2**62,
            source=bytes(range(64)),
            granted_key_id=2**32 - 2,
            life=2**32 - 1,
            group=(fixed("group", 16), 2**32 - 1, 2, fixed("group secret")),
        ),
        exchange(
            "a device without a clock, a granter without one",
            Asked(**ask, stamped=False, key_id=127, role=b"operator"),
            4,
            time=0,
            source=b"",
        ),
        exchange(
            "level 4 by a key",
            Asked(**ask, credential=KEY, role=b"a.b_c-9"),
            4,
            group=(fixed("group", 16), 5, 1, fixed("group secret")),
        ),
        exchange("level 5 by a key", Asked(**ask, credential=KEY, wanted=5, lowest=5), 5),
        exchange("level 5 wanted, level 4 granted", Asked(**ask, credential=KEY, wanted=5), 4),
        exchange(
            "level 5 without a clock",
            Asked(**ask, credential=KEY, wanted=5, lowest=5, stamped=False, key_id=300),
            5,
            life=1,
        ),
    ]
    return {
        "schema": "sealwire-vectors-1",
        "title": "Access: messages, transcripts and keys",
        "number_of_tests": 0,
        "notes": {},
        "groups": [],
        "context": CONTEXT.hex(),
        "exchanges": exchanges,
    }


def main() -> int:
    """Writes or compares."""
    parser = argparse.ArgumentParser(description="Writes tests/vectors/access.json and access.swa.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    check = parser.parse_args().check
    made = document()
    data = (json.dumps(made, indent=1, ensure_ascii=False) + "\n").encode()
    status = 0
    for path, content in ((FILE, data), (STREAM, access_stream.stream(made))):
        if path.exists() and path.read_bytes() == content:
            continue
        print(f"{'differs' if check else 'written'}: {path.name}")
        if not check:
            path.write_bytes(content)
        status = int(check)
    return status


if __name__ == "__main__":
    assert varint(300) == b"\xac\x02"
    sys.exit(main())
