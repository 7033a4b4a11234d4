"""`vectors.swv`: the vectors for a reader without a heap (the format: tests/vectors/README.md).

A stream of records, each whole by itself and at most 700 bytes long. What such a reader can't
run is left out: contexts and keys that its types don't allow (the flag Misuse).
"""

from struct import pack

from sealwire_reference.errors import NUMBERS, Refused
from sealwire_reference.forms import read_stream
from sealwire_reference.metadata import decode

LARGEST_RECORD = 700
SLOTS = 8
CACHE = 64
END, CASE, NEW, KEY, MODULE, REMOVE, REVOKE, ROLLOVER, SAVE, VALIDATE, SEALER, SEAL, SEAL_BURST = (
    range(13)
)
ALGORITHM = {"NONE": 0, "HMAC-SHA256": 1, "HMAC-SHA256-128": 2, "ECDSA-P256": 3}
FORM = {"attached": 0, "detached": 1, "stream": 2}
RESTART = {"FreshKeys": 0, "NotBefore": 1, "Saved": 2}
START = {"Fresh": 0, "Reserved": 1, "FromClock": 2}
SPENDS_NONCE = {"POLICY_REFUSED", "POLICY_MISSING"}


def stream(documents: dict[str, dict]) -> bytes:
    """The whole file."""
    out = [b"SWV1"]
    for number, name in enumerate(documents):
        for group in documents[name]["groups"] if name != "derive" else []:
            sealing = "start" in group["setup"]
            there = None  # what the validator that is left from the last case began with
            for test in group["tests"]:
                if "Misuse" in test["flags"]:
                    continue
                out.append(record(CASE, None, pack("<BH", number, test["tcId"])))
                if sealing:
                    setup = group["setup"]
                    out += _sealer(setup)
                else:
                    setup = _needed(group["setup"], test)
                    if not _contains(there, setup):
                        out += _begin(setup)
                        there = setup
                for step in test["steps"]:
                    out += _step(step, setup)
                if not all(_leaves_no_trace(step, setup) for step in test["steps"]):
                    there = None
    out.append(record(END, None, pack("<I", len(out) - 1)))
    return b"".join(out)


def reduced(documents: dict[str, dict]) -> list[dict]:
    """The documents with each test's setup as it is here, so that it can be tried as well."""
    out = []
    for document in documents.values():
        groups = [
            {"setup": _needed(group["setup"], test), "tests": [test]}
            for group in document["groups"]
            if group["setup"] is not None and "keys" in group["setup"]
            for test in group["tests"]
        ]
        out.append({"title": document["title"] + ", reduced", "groups": groups})
    return out


def _needed(setup: dict, test: dict) -> dict:
    """The setup with only the keys and modules that the test's steps have to do with."""
    steps = [one for step in test["steps"] for one in (step, *step.get("between", []))]
    named = {s[field] for s in steps for field in ("key_id", "old") if field in s}
    for step in steps:
        named |= _named(step) if step["op"] == "validate" else set()
        if "key" in step:
            named |= {step["key"]["key_id"], _material(step["key"])}
        if "module" in step:
            named.add(bytes.fromhex(step["module"]["id"]))
    keys = [key for key in setup["keys"] if {key["key_id"], _material(key)} & named]
    modules = [module for module in setup["modules"] if bytes.fromhex(module["id"]) in named]
    needed = setup | {"keys": keys, "modules": modules}
    _check_room(needed, test)
    return needed


def _material(key: dict) -> str:
    return key["public"] if "public" in key else key["secret"]


def _named(step: dict) -> set:
    frame = bytes.fromhex(step["frame"])
    try:
        if step["form"] == "stream":
            frame, _rest = read_stream(frame, step["buffer"])
        meta, _used = decode(frame)
    except Refused:
        return set()
    return {meta.key_id, meta.sender}


def _contains(there: dict | None, setup: dict) -> bool:
    if there is None:
        return False
    return all(entry in there[kind] for kind in ("keys", "modules") for entry in setup[kind])


def record(op: int, error: str | None, body: bytes) -> bytes:
    """length ‖ operation ‖ what must come out ‖ body."""
    data = pack("<BH", op, NUMBERS[error] if error else 0) + body
    assert len(data) + 2 <= LARGEST_RECORD, len(data)
    return pack("<H", len(data)) + data


def _leaves_no_trace(step: dict, setup: dict) -> bool:
    """A frame refused before admission: the next case may go on with the same validator, if
    none of its keys counts the verifications of bursts so narrowly that it mattered."""
    if step["op"] != "validate" or step["result"] == "valid" or step["between"]:
        return False
    rates = [key["burst_rate"] for key in setup["keys"] if key["burst_rate"] is not None]
    return step["error"] not in SPENDS_NONCE and min(rates, default=1000) >= 1000


def _check_room(setup: dict, test: dict) -> None:
    registered = [s["key"] for s in test["steps"] if "key" in s]
    keys = setup["keys"] + registered
    assert len(keys) + len(setup["modules"]) <= SLOTS
    quotas = [k["nonce_quota"] for k in keys] + [m["nonce_quota"] for m in setup["modules"]]
    assert sum(quotas) <= CACHE


def _begin(setup: dict, restart: dict | None = None) -> list[bytes]:
    restart = restart or setup["restart"]
    body = bytes.fromhex(setup["own"])
    body += pack("<QQ", int(setup["limits"]["past"]), int(setup["limits"]["future"]))
    body += pack("<BQB", RESTART[restart["kind"]], int(restart.get("now", 0)), setup["engine"])
    body += _policy(setup["policy"])
    out = [record(NEW, None, body)]
    out += [record(KEY, None, _key(key)) for key in setup["keys"]]
    return out + [record(MODULE, None, _module(module)) for module in setup["modules"]]


def _policy(policy: object) -> bytes:
    if policy is None or policy == "any":
        return pack("<BB", policy == "any", 0)
    out = pack("<BB", 2, len(policy))
    for rule in policy:
        name = bytes.fromhex(rule["name"])
        flags = (rule["role"] is None) | (rule["kind"] is None) << 1 | rule["prefix"] << 2
        out += pack("<BBBB", flags, rule["role"] or 0, rule["kind"] or 0, len(name)) + name
    return out


def _key(key: dict) -> bytes:
    algorithm = ALGORITHM[key["algorithm"]]
    random = key["nonce_rule"] == "Random"
    flags = (
        (key["group"] is not None)
        | (key["time_rule"] == "CounterOnly") << 1
        | random << 2
        | (key["expires"] is not None) << 3
        | key["unused"] << 4
        | (key["burst_rate"] is not None) << 5
    )
    out = pack("<IB", key["key_id"], algorithm) + bytes.fromhex(key["sender"])
    out += pack("<BHB", flags, key["nonce_quota"], key["role"])
    out += bytes.fromhex(key["group"] or "")
    if key["expires"] is not None:
        out += pack("<Q", int(key["expires"]))
    if key["burst_rate"] is not None:
        out += pack("<H", key["burst_rate"])
    return out + bytes.fromhex(key["public"] if algorithm == 3 else key["secret"])


def _module(module: dict) -> bytes:
    return bytes.fromhex(module["id"]) + pack("<BH", module["role"], module["nonce_quota"])


def _step(step: dict, setup: dict) -> list[bytes]:
    op, error = step["op"], step["error"]
    if op == "restart":
        return _begin(setup, step["restart"])
    body = {
        "register": lambda: (KEY, _key(step["key"])),
        "register_module": lambda: (MODULE, _module(step["module"])),
        "remove": lambda: (REMOVE, pack("<I", step["key_id"])),
        "revoke": lambda: (REVOKE, pack("<I", step["key_id"])),
        "rollover": lambda: (
            ROLLOVER,
            pack("<IQ", step["old"], int(step["overlap_end"])) + _key(step["key"]),
        ),
        "save": lambda: (SAVE, b""),
        "validate": lambda: (VALIDATE, _validate(step, setup)),
        "seal": lambda: (SEAL, _seal(step)),
        "seal_burst": lambda: (SEAL_BURST, _seal_burst(step)),
    }[op]()
    return [record(body[0], error, body[1])]


def _context(context: dict) -> bytes:
    name = bytes.fromhex(context["name"])
    out = pack("<BB", context["kind"], len(name)) + name
    if context["kind"] == 3:
        tag = bytes.fromhex(context["request_tag"])
        out += pack("<B", len(tag)) + tag
    return out


def _sized(data: bytes) -> bytes:
    return pack("<H", len(data)) + data


def _validate(step: dict, setup: dict) -> bytes:
    wanted, form = step["requirement"], step["form"]
    between = [one for inner in step["between"] for one in _step(inner, setup)]
    flags = (
        (step["now"] is not None)
        | wanted["exact"] << 1
        | wanted["groups"] << 2
        | bool(between) << 3
    )
    out = pack("<BBB", flags, wanted["level"], FORM[form]) + _now(step)
    out += _context(wanted["context"]) + _sized(bytes.fromhex(step["frame"]))
    if form == "detached":
        out += _sized(bytes.fromhex(step["payload"]))
    if form == "stream":
        out += pack("<H", step["buffer"])
    if step["accepted"]:
        out += pack("<Q", digest(accepted(step["accepted"])))
    if between:
        out += pack("<B", len(between)) + b"".join(between)
    return out


def _now(step: dict) -> bytes:
    return b"" if step["now"] is None else pack("<Q", int(step["now"]))


def accepted(fields: dict) -> bytes:
    """What is digested of an accepted frame."""
    flags = (
        (fields["sender"] is not None)
        | (fields["group"] is not None) << 1
        | (fields["key_id"] is not None) << 2
    )
    out = pack("<BBB", fields["level"], fields["role"], flags)
    out += bytes.fromhex(fields["sender"] or "00" * 16) + bytes.fromhex(
        fields["group"] or "00" * 16
    )
    out += pack("<I", fields["key_id"] or 0)
    out += pack("<QQ", int(fields["nonce"]), int(fields["timestamp"] or 0))
    return out + bytes.fromhex(fields["payload"])


def digest(data: bytes) -> int:
    """FNV-1a, 64 bits: enough against accidents, five lines in any language."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def _sealer(setup: dict) -> list[bytes]:
    key, start = setup["key"], setup["start"]
    group = key and key["group"]
    algorithm = ALGORITHM[key["algorithm"]] if key else 0
    out = pack("<BB", setup["level"], algorithm) + bytes.fromhex(setup["sender"])
    out += pack("<B", 2 if group else 1) + bytes.fromhex(group or setup["audience"])
    out += pack("<IB", key["key_id"] if key else 0, bool(key) and key["time_rule"] == "CounterOnly")
    first = int(start.get("now", start.get("from", 0)))
    out += pack("<BQQ", START[start["kind"]], first, int(start.get("until", 0)))
    material = bytes.fromhex(key["private"] if algorithm == 3 else key["secret"]) if key else b""
    return [record(SEALER, None, out + pack("<B", len(material)) + material)]


def _seal(step: dict) -> bytes:
    out = pack("<BB", step["now"] is not None, FORM[step["form"]]) + _now(step)
    out += _context(step["context"]) + _sized(bytes.fromhex(step["payload"]))
    if step["frame"]:
        out += pack("<Q", digest(bytes.fromhex(step["frame"])))
    return out


def _seal_burst(step: dict) -> bytes:
    out = pack("<B", len(step["items"]))
    for item in step["items"]:
        out += pack("<B", item["now"] is not None) + _now(item)
        out += _context(item["context"]) + _sized(bytes.fromhex(item["payload"]))
    if step["frames"]:
        out += pack("<Q", digest(bytes.fromhex("".join(step["frames"]))))
    return out
