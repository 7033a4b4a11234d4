"""Section 12 of `core/PROTOCOL.md`: one frame of each kind in hex, with the values on the way."""

from .bursts import burst
from .cases_derive import extracted
from .make import T0, Context, Frame, Key, Module

START, STOP = "<!-- examples -->", "<!-- /examples -->"
SENDER = bytes(range(0xA0, 0xB0))
RECEIVER = bytes(range(0xB0, 0xC0))
GROUP = bytes(range(0xC0, 0xD0))
SECRET = bytes(range(32))
PRIVATE = bytes(range(1, 33))
CONTEXT = Context(1, b"pump/pressure")
REQUEST = Context(2, b"pump/speed")
SAID = {"timestamp": T0, "nonce": 5, "payload": b"4.2 bar", "context": CONTEXT, "own": RECEIVER}


def insert(text: str) -> str:
    """The document with the section between its markers, or at its end."""
    section = f"{START}\n{_section()}{STOP}"
    if START in text:
        before, _, rest = text.partition(START)
        _old, _, after = rest.partition(STOP)
        return before + section + after
    return text.rstrip("\n") + "\n\n" + section + "\n"


def _section() -> str:
    full = Key(0x1234, SENDER, 1, SECRET)
    short = Key(0x1235, SENDER, 2, SECRET)
    signing = Key(0x1236, SENDER, 3, PRIVATE)
    club = Key(0x1237, SENDER, 2, SECRET, group=GROUP)
    parts = [
        "## 13. Worked examples\n"
        "Written by `tests/vectors/generate.py`, which also checks them. All begin with:\n\n"
        + _block(
            ("sender", SENDER),
            ("receiver", RECEIVER),
            ("group", GROUP),
            ("peer secret", SECRET),
            ("private key", PRIVATE),
            ("public key, x", signing.public[:32]),
            ("public key, y", signing.public[32:]),
            ("context", CONTEXT.bytes),
            ("payload", SAID["payload"]),
        )
        + f'\nThe context is topic "{CONTEXT.name.decode()}", the payload "4.2 bar", the time '
        f"{T0} µs (2025-11-13T02:13:20Z), the nonce 5.\n",
        _derivation("From peer secret to frame key", full, short, club),
        *(_plain(level) for level in (1, 2, 3)),
        _keyed("Level 4, 32-byte tag", Frame(full, 4, **SAID)),
        _keyed("Level 4, 16-byte tag", Frame(short, 4, **SAID)),
        _keyed("Level 4, 16-byte tag, for a group", Frame(club, 4, **SAID)),
        _keyed(
            "Level 5", Frame(signing, 5, **SAID), ("label and binding", signing.prefix(RECEIVER))
        ),
        _answer(short),
        _packet(short),
        _burst(signing),
    ]
    return "\n".join(parts)


def _derivation(title: str, *keys: Key) -> str:
    out = f"### {title}\n" + _block(("PRK", extracted(SECRET)))
    for key in keys:
        name = f"algorithm {key.algorithm}{', group' if key.group else ''}"
        out += _block((f"{name}: info", key.info(RECEIVER)), ("frame key", key.frame_key(RECEIVER)))
    return out


def _plain(level: int) -> str:
    frame = Frame(Module(SENDER), level, **SAID)
    return f"### Level {level}\n" + _block(
        *_metadata(frame),
        ("attached", frame.attached),
        ("detached", frame.detached),
    )


def _keyed(title: str, frame: Frame, *more: tuple[str, bytes]) -> str:
    return f"### {title}\n" + _block(
        *_metadata(frame),
        *more,
        ("tag", frame.tag),
        ("attached", frame.attached),
        ("detached", frame.detached),
    )


def _metadata(frame: Frame) -> list[tuple[str, bytes]]:
    """The metadata field by field."""
    sender = "key ID" if isinstance(frame.by, Key) else "sender"
    numbers = frame.numbers()
    return [
        ("head, algorithm", frame.head()),
        (sender, frame.who()),
        ("time, nonce, length", numbers),
    ]


def _answer(key: Key) -> str:
    asked = Frame(key, 4, **SAID | {"context": REQUEST, "payload": b"1450"})
    context = Context(3, REQUEST.name, asked.tag)
    back = Key(key.key_id, RECEIVER, key.algorithm, key.material)
    answer = Frame(back, 4, **SAID | {"context": context, "payload": b"ok", "own": SENDER})
    return (
        "### A request and its answer\nThe answer goes the other way, under the key of that "
        "direction, and its context holds the request's tag.\n\n"
    ) + _block(
        ("request's context", REQUEST.bytes),
        ("request", asked.attached),
        ("answer's frame key", back.frame_key(SENDER)),
        ("answer's context", context.bytes),
        ("answer", answer.attached),
    )


def _packet(key: Key) -> str:
    frame = Frame(key, 4, **SAID | {"nonce": 0, "payload": b"\x00\x01\x00"})
    return "### On a stream\n" + _block(("attached", frame.attached), ("COBS and 00", frame.stream))


def _burst(key: Key) -> str:
    made = burst(key, 3, first=5, own=RECEIVER, context=CONTEXT)
    tags = made.tags()
    text = '### A burst of three\nThe payloads are "item 0", nothing, and "item 2".\n\n'
    rows = [(f"leaf {n}", leaf) for n, leaf in enumerate(made.leaves)]
    rows += [("node of leaves 0, 1", tags[2][2:34]), ("signature", tags[0][-64:])]
    rows += [(f"frame {n}", frame.attached) for n, frame in enumerate(made.sealed())]
    return text + _block(*rows)


def _block(*rows: tuple[str, bytes]) -> str:
    """Name and hex, 32 bytes a line."""
    lines = []
    for name, data in rows:
        text = [data[i : i + 32].hex() for i in range(0, len(data), 32)] or ["(nothing)"]
        lines += [f"{name if i == 0 else '':<20} {part}" for i, part in enumerate(text)]
    return "```\n" + "\n".join(lines) + "\n```\n"
