"""Frames to be written byte for byte, and the sealer's own refusals (PROTOCOL.md §3-5, §7)."""

from .make import (
    ALICE,
    BOB,
    GROUP,
    LAST,
    SECOND,
    T0,
    Context,
    Frame,
    Key,
    Module,
    secret,
)
from .suite import SealGroup, step

SHORT = Key(0x1234, ALICE, 2, secret("seal short"))
LONG = Key(2**32 - 1, ALICE, 1, secret("seal long"))
ECDSA = Key(77, ALICE, 3, secret("seal ecdsa"))
COUNTER = Key(5, BOB, 2, secret("seal counter"), counter_only=True)
COUNTER5 = Key(6, BOB, 3, secret("seal counter 5"), counter_only=True)
CLUB = Key(7, BOB, 1, secret("seal club"), group=GROUP)
CLUB5 = Key(8, BOB, 3, secret("seal club 5"), group=GROUP)
MODULE = Module(ALICE)
FRESH = {"kind": "Fresh"}


def seal(frame: Frame, *, form: str = "attached", now: int | None = T0) -> dict:
    """A frame that must come out."""
    return _step(None, frame, form, now) | {"frame": getattr(frame, form).hex()}


def refuse(error: str, frame: Frame, *, form: str = "attached", now: int | None = T0) -> dict:
    """A refusal; nothing comes out and no nonce is spent."""
    return _step(error, frame, form, now) | {"frame": None}


def _step(error: str | None, frame: Frame, form: str, now: int | None) -> dict:
    return step(
        "seal",
        error,
        now=None if now is None else str(now),
        context=frame.context.json(),
        payload=frame.payload.hex(),
        form=form,
    )


def groups() -> list[SealGroup]:
    """All of them."""
    out = [plain(level) for level in (1, 2, 3)]
    out += [under(key) for key in (SHORT, LONG, ECDSA, CLUB, CLUB5)]
    out += [counting(key) for key in (COUNTER, COUNTER5)]
    out += [reserved(key) for key in (SHORT, ECDSA)]
    out += [to_the_end(key, first) for key in (SHORT, ECDSA) for first in (LAST - 1, LAST)]
    out += [from_clock(), *starts()]
    return out


def plain(level: int) -> SealGroup:
    """Without a key: stamped and counted all the same."""
    g = SealGroup(f"Level {level}", MODULE, level, FRESH)
    first = Frame(MODULE, level, nonce=0)
    for form in ("attached", "detached", "stream"):
        g.run(f"level {level}, {form}", [seal(first, form=form)], "Seal")
    empty = first.but(nonce=1, payload=b"")
    g.run(f"level {level}, two in a row", [seal(first), seal(empty, now=T0)], "Seal")
    return g


def under(key: Key) -> SealGroup:
    """Every form, kind of context and length."""
    g = SealGroup(f"Key {key.key_id}, {'group' if key.group else 'peer'}", key, key.level, FRESH)
    first = Frame(key, key.level, nonce=0)
    for form in ("attached", "detached", "stream"):
        g.run(f"{form}", [seal(first, form=form)], "Seal")
    for size in (0, 1, 64, 127, 128, 253, 254, 300):
        frame = first.but(payload=bytes((i * 31 + size) & 255 for i in range(size)))
        g.run(f"payload of {size}", [seal(frame)], "Seal")
        if size in (0, 128, 300):
            g.run(f"payload of {size}, as a packet", [seal(frame, form="stream")], "Seal")
    for context in (
        Context(1, b""),
        Context(2, b"set"),
        Context(4, b"door/1"),
        Context(3, b"set", secret("asked")[:16]),
        Context(3, b"set", secret("asked")),
        Context(3, b"set", secret("asked") * 2),
        Context(1, b"n" * 255),
    ):
        frame = first.but(context=context)
        g.run(f"context of kind {context.kind}, {len(context.bytes)} bytes", [seal(frame)], "Seal")
    for now in (0, 1, 127, 128, 2**56 - 1, 2**56, LAST):
        g.run(f"at {now}", [seal(first.but(timestamp=now), now=now)], "Seal", "Boundary")
    row = [first.but(nonce=n, timestamp=T0 + n, payload=bytes([n])) for n in range(4)]
    g.run("four in a row", [seal(f, now=f.timestamp) for f in row], "Seal")
    back = [first, first.but(nonce=1, timestamp=T0 - 5)]
    g.run("a clock that steps back", [seal(f, now=f.timestamp) for f in back], "Seal")
    g.run(
        "no clock, then one: no nonce was spent",
        [refuse("NO_CLOCK", first, now=None), seal(first)],
        "Seal",
        "Untouched",
    )
    for comment, context in (
        ("kind 0", Context(0, b"x")),
        ("a name of 256", Context(1, b"x" * 256)),
        ("a response without a tag", Context(3, b"x", b"")),
    ):
        bad = refuse("INVALID_CONTEXT", first.but(context=context))
        g.run(f"{comment}, then a good context", [bad, seal(first)], "Misuse", "Untouched")
    return g


def counting(key: Key) -> SealGroup:
    """Timestamp 0, whatever the clock says."""
    g = SealGroup(f"Counter-only, level {key.level}", key, key.level, FRESH)
    first = Frame(key, key.level, nonce=0, timestamp=0)
    g.run("no clock", [seal(first, now=None)], "Seal")
    g.run("a clock that isn't used", [seal(first)], "Seal")
    g.run("three in a row", [seal(first.but(nonce=n), now=None) for n in range(3)], "Seal")
    return g


def reserved(key: Key) -> SealGroup:
    """A block of three."""
    start = {"kind": "Reserved", "from": "1000", "until": "1003"}
    g = SealGroup(f"A reserved block, level {key.level}", key, key.level, start)
    row = [Frame(key, key.level, nonce=n) for n in (1000, 1001, 1002)]
    spent = refuse("NONCES_SPENT", row[0])
    g.run("to its end", [*map(seal, row), spent, spent], "Seal", "Boundary")
    return g


def to_the_end(key: Key, first: int) -> SealGroup:
    """The counter's last nonces."""
    start = {"kind": "FromClock", "now": str(first)}
    g = SealGroup(f"Level {key.level} from {first}", key, key.level, start)
    row = [Frame(key, key.level, nonce=n) for n in range(first, LAST + 1)]
    spent = refuse("KEY_SPENT", row[0])
    g.run("to the counter's end", [*map(seal, row), spent, spent], "Seal", "Boundary")
    return g


def from_clock() -> SealGroup:
    """Begins at the clock and counts on from there."""
    g = SealGroup("From the clock", SHORT, 4, {"kind": "FromClock", "now": str(T0)})
    row = [Frame(SHORT, 4, nonce=T0 + n, timestamp=T0 + n * SECOND) for n in range(3)]
    g.run("one a second, the nonce counts on", [seal(f, now=f.timestamp) for f in row], "Seal")
    return g


def starts() -> list[SealGroup]:
    """Blocks that aren't: the sealer's creation is what is refused."""
    out = []
    for comment, low, high in (
        ("the wrong way round", 5, 4),
        ("beyond the counter", 0, 2**63 + 1),
        ("that is empty (R18)", 7, 7),
    ):
        start = {"kind": "Reserved", "from": str(low), "until": str(high)}
        g = SealGroup(f"A block {comment}", SHORT, 4, start)
        g.run(comment, [step("new_sealer", "INVALID_NONCE_START")], "Misuse", "Seal")
        out.append(g)
    return out
