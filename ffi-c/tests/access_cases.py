"""tests/vectors/access.json as a C header: what access_vectors.c is compiled with."""

from __future__ import annotations

import json

from building import ROOT

MESSAGES = ("request", "challenge", "proof", "grant")
VALUES = (*MESSAGES, "refusal_unavailable", "refusal_forbidden", "binder", "token", "hmac_key")
NUMBERS = ("issued", "level", "granted_key_id", "life", "time")
GIVEN = ("seed", "nonce", "cookie_secret", "source", "secret", "requester_key", "granter_key")


def header() -> str:
    """One `struct exchange` for each of the document's, in an array `exchanges`."""
    document = json.loads((ROOT / "tests/vectors/access.json").read_text())
    lines = [_struct(), "static const struct exchange exchanges[] = {"]
    for number, exchange in enumerate(document["exchanges"]):
        rows = ", ".join(_malformed(row) for row in exchange["malformed"])
        lines.insert(1, f"static const struct malformed malformed_{number}[] = {{{rows}}};")
        lines.append(_exchange(exchange, number))
    return "\n".join([*lines, "};", ""])


def _struct() -> str:
    fields = [f"    struct text {name};" for name in ("comment", "role", *GIVEN, *VALUES)]
    numbers = ("wanted", "lowest", "algorithm", "counter_only", "key_id", *NUMBERS)
    fields += [f"    uint64_t {name};" for name in (*numbers, "group_key_id", "group_algorithm")]
    return "\n".join(
        (
            "struct text { const uint8_t *bytes; size_t len; };",
            "struct malformed { uint8_t kind; int32_t error; struct text data; };",
            "struct exchange {",
            "    sealwire_id requester, granter, group;",
            "    struct text group_secret, frames[2];",
            "    const struct malformed *malformed;",
            "    size_t malformed_len;",
            *fields,
            "};",
        )
    )


def _exchange(exchange: dict, number: int) -> str:
    asked, given = exchange["asked"], exchange["given"]
    fields = [f".comment = {_text(exchange['comment'].encode().hex())}"]
    fields += [f".{name} = {{{{{_bytes(asked[name])}}}}}" for name in ("requester", "granter")]
    fields += [f".role = {_text(asked['role'])}", f".counter_only = {int(not asked['stamped'])}"]
    fields += [f".{name} = {asked[name]}u" for name in ("wanted", "lowest", "algorithm", "key_id")]
    fields += [f".{name} = {_text(given.get(name, ''))}" for name in GIVEN]
    fields += [f".{name} = {given[name]}u" for name in NUMBERS]
    if "group" in given:
        group, key_id, algorithm, secret = given["group"]
        fields += [f".group = {{{{{_bytes(group)}}}}}", f".group_key_id = {key_id}u"]
        fields += [f".group_algorithm = {algorithm}u", f".group_secret = {_text(secret)}"]
    fields += [f".{name} = {_text(exchange['values'][name])}" for name in VALUES]
    frames = ", ".join(_text(frame) for frame in exchange["frames_to_granter"])
    assert len(exchange["frames_to_granter"]) == 2
    fields += [f".frames = {{{frames}}}", f".malformed = malformed_{number}"]
    fields += [f".malformed_len = {len(exchange['malformed'])}"]
    return "    {" + ", ".join(fields) + "},"


def _malformed(row: dict) -> str:
    kind = MESSAGES.index(row["message"]) + 1
    return f"{{{kind}, SEALWIRE_ERR_{row['error']}, {_text(row['data'])}}}"


def _text(value: str) -> str:
    data = bytes.fromhex(value)
    if not data:
        return "{NULL, 0}"
    return f"{{(const uint8_t[]){{{_bytes(value)}}}, {len(data)}}}"


def _bytes(value: str) -> str:
    return ", ".join(str(byte) for byte in bytes.fromhex(value))
