"""Many frames, one signature (PROTOCOL.md §5.1)."""

from hashlib import sha256

from .bursts import Burst, burst
from .make import (
    ALICE,
    BOB,
    CAROL,
    GROUP,
    OWN,
    SECOND,
    T0,
    Context,
    Frame,
    Key,
    N,
    module_id,
    secret,
    signed,
)
from .suite import Group, SealGroup, no, ok, step

RATE = 1000
KEY = Key(0x1234, ALICE, 3, secret("burst one"), burst_rate=RATE)
OTHER = Key(7, BOB, 3, secret("burst two"), burst_rate=RATE)
SINGLE = Key(8, CAROL, 3, secret("burst none"))
HMAC = Key(9, CAROL, 1, secret("burst hmac"))
CLUB = Key(10, CAROL, 3, secret("burst club"), group=GROUP, burst_rate=RATE)
COUNTER = Key(11, BOB, 3, secret("burst counter"), counter_only=True, burst_rate=RATE)
SLOW = Key(12, ALICE, 3, secret("burst slow"), burst_rate=1)


def groups() -> list:
    """All of them."""
    keys = [KEY, OTHER, SINGLE, HMAC, CLUB, COUNTER]
    return [
        sizes(Group("Bursts of every size", keys=keys)),
        forms(Group("Forms and lengths", keys=keys)),
        forged(Group("Frames that are not of the burst", keys=keys)),
        places(Group("Keys, receivers, contexts", keys=keys)),
        budget(Group("No more verifications than were allowed for", keys=[SLOW, SINGLE])),
        registered(Group("Registered")),
        *sealing(),
    ]


def sizes(g: Group) -> Group:
    """Every frame of small ones, some of large ones, in any order."""
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 9):
        frames = burst(KEY, size).sealed()
        g.run(f"{size} frames, the last first", [ok(f) for f in reversed(frames)], "Normal")
    for size in (10, 16, 17, 33, 255, 256):
        frames = burst(KEY, size).sealed()
        some = sorted({0, size // 2, size - 1})
        g.run(f"{size} frames, some of them", [ok(frames[i]) for i in some], "Normal", "Boundary")
    five = burst(KEY, 5).sealed()
    for index, frame in enumerate(five):
        g.ok(f"frame {index} of 5, alone", frame)
    g.run("each frame once", [ok(five[3]), no("REPLAYED", five[3]), ok(five[4])], "Replay")
    second = burst(KEY, 3, first=5).sealed()
    third = burst(KEY, 3, first=8).sealed()
    mixed = [five[0], second[0], third[0], five[1], second[1], third[1], five[4]]
    g.run("three bursts, mixed", [ok(f) for f in mixed], "Normal")
    g.run(
        "singles between a burst's frames",
        [ok(five[0]), ok(signed(KEY, nonce=20)), ok(five[1]), no("REPLAYED", signed(KEY, nonce=1))],
        "Normal",
    )
    window = burst(KEY, 256, first=600).sealed()
    g.run(
        "the first frame of a burst of 256 after the last",
        [ok(window[255]), ok(window[0]), no("REPLAYED", window[255])],
        "Window",
    )
    counted = burst(COUNTER, 3, timestamp=0).sealed()
    g.run("a counter-only key, no clock", [ok(f, now=None) for f in counted], "Normal")
    wrong = burst(COUNTER, 2).sealed()
    g.no("TIMESTAMP_NOT_ZERO", "a counter-only key, with a time", wrong[0], "Time")
    old = burst(KEY, 2, timestamp=T0 - 11 * SECOND).sealed()
    g.no("TOO_OLD", "a burst that is late", old[0], "Time")
    g.no("NO_CLOCK", "no clock", five[0], "Time", now=None)
    limit = burst(KEY, 2, first=2**63 - 1).sealed()
    g.run("nonces up to the limit", [ok(limit[0]), no("NONCE_LIMIT", limit[1])], "Boundary")
    return g


def forms(g: Group) -> Group:
    """Detached, on a stream, cut, with more behind it."""
    frames = burst(KEY, 5).sealed()
    for form in ("detached", "stream"):
        g.run(f"{form}", [ok(f, form=form) for f in frames], "Normal")
    for index in (0, 4):
        frame = frames[index]
        whole, body = frame.attached, len(frame.meta) + len(frame.payload)
        cuts = {0, 1, len(frame.meta), body, body + 1, body + 2, body + 34, len(whole) - 64}
        for cut in sorted(cuts | {len(whole) - 32, len(whole) - 1}):
            comment = f"frame {index} of 5: the first {cut} of {len(whole)} bytes"
            g.no("TRUNCATED", comment, whole[:cut], "Truncated", level=5)
        for extra in (b"\0", bytes(32), frame.tag):
            comment = f"frame {index} of 5: {len(extra)} bytes more"
            g.no("TRAILING_BYTES", comment, whole + extra, "Trailing", level=5)
    frame = frames[0]
    path = frame.tag[2:-64]
    for comment, error, tag in [
        ("a step of the path less", "TRUNCATED", frame.tag[:2] + path[32:] + frame.tag[-64:]),
        ("a step more", "TRAILING_BYTES", frame.tag[:2] + path + path[:32] + frame.tag[-64:]),
        ("no path", "TRUNCATED", frame.tag[:2] + frame.tag[-64:]),
    ]:
        g.no(error, comment, frame.but(raw_tag=tag), "Malformed")
        detached = frame.but(raw_tag=tag)
        g.no(error, f"{comment}, detached", detached, "Malformed", form="detached")
    rest = frame.tag[2:]
    for index, size in ((5, 5), (255, 5), (1, 1), (255, 1), (255, 255), (128, 128)):
        tag = bytes([index, size - 1]) + rest
        comment = f"frame {index} of {size}"
        g.no("BURST_SHAPE", comment, frame.but(raw_tag=tag), "Malformed")
    tag = bytes([9, 4])
    g.no("BURST_SHAPE", "frame 9 of 5 and nothing else", frame.but(raw_tag=tag), "Malformed")
    return g


def forged(g: Group) -> Group:
    """Bits, paths, leaves and signatures exchanged."""
    wrong = "SIGNATURE_WRONG"
    five = burst(KEY, 5)
    frames = five.sealed()
    frame = frames[2]
    body = len(frame.meta) + len(frame.payload)
    whole = frame.attached
    end = len(whole)
    spots = {
        "payload": body - 1,
        "path, lowest": body + 2,
        "path, middle": body + 40,
        "path, highest": body + 97,
        "r": end - 64,
        "r, last byte": end - 33,
        "s, last byte": end - 1,
    }
    for name, at in spots.items():
        for bit in (0, 3):
            data = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            g.no(wrong, f"{name}, bit {bit}", data, "BitFlip", level=5)
            if bit == 0:
                steps = [ok(frames[0]), no(wrong, data, level=5), ok(frame)]
                g.run(f"{name}, after a genuine frame", steps, "BitFlip", "Untouched")
    for index in (0, 1, 3):
        tag = bytes([index]) + frame.tag[1:]
        g.no(wrong, f"frame 2 of 5 as frame {index}", frame.but(raw_tag=tag), "Forged")
    tag = frame.tag[:1] + bytes([5]) + frame.tag[2:]
    g.no(wrong, "frame 2 of 5 as one of 6", frame.but(raw_tag=tag), "Forged")
    g.no(wrong, "another frame's tag", frame.but(raw_tag=frames[3].tag), "Forged")
    later = burst(KEY, 5, first=5).sealed()
    tag = frame.tag[:-64] + later[2].tag[-64:]
    steps = [ok(later[0]), no(wrong, frame.but(raw_tag=tag)), ok(frame)]
    g.run("another burst's signature", steps, "Forged", "Untouched")
    tag = later[2].tag[:-64] + frame.tag[-64:]
    g.no(wrong, "another burst's path", frame.but(raw_tag=tag), "Forged")
    swapped = frame.tag[:2] + frame.tag[34:66] + frame.tag[2:34] + frame.tag[66:]
    g.no(wrong, "two steps of the path exchanged", frame.but(raw_tag=swapped), "Forged")
    r, s = int.from_bytes(frame.tag[-64:-32]), int.from_bytes(frame.tag[-32:])
    for error, comment, r_, s_ in [
        ("SIGNATURE_HIGH_S", "the high s", r, N - s),
        ("SIGNATURE_RANGE", "r = 0", 0, s),
        ("SIGNATURE_RANGE", "s = 0", r, 0),
        ("SIGNATURE_RANGE", "r = n", N, s),
    ]:
        tag = frame.tag[:-64] + r_.to_bytes(32) + s_.to_bytes(32)
        bad = frame.but(raw_tag=tag)
        g.no(error, comment, bad, "Signature")
        steps = [ok(frames[0]), no(error, bad), ok(frame)]
        g.run(f"{comment}, after a genuine frame", steps, "Signature", "Untouched")
    _other_trees(g, five)
    return g


def _other_trees(g: Group, five: Burst) -> None:
    """Signed by the right key over something that is no tree of this protocol."""
    wrong = "SIGNATURE_WRONG"
    one = burst(KEY, 1)
    leaf = one.leaves[0]
    frame = one.frames[0]
    covered = KEY.prefix().replace(b"frame\x03", b"frame\x04") + frame.meta + frame.payload
    covered += frame.context.bytes
    signatures = {
        "a burst of one, signed as a single frame": KEY.sign(covered),
        "a burst of one, signed without a label": KEY.sign(leaf),
        "a burst of one, the leaf hashed as a node": one.signed(
            sha256(b"\1" + covered + b"\0\0").digest()
        ),
        "a burst of one, the leaf without its place": one.signed(sha256(b"\0" + covered).digest()),
        "a burst of one, the leaf without its prefix": one.signed(
            sha256(covered + b"\0\0").digest()
        ),
    }
    for comment, signature in signatures.items():
        tag = b"\0\0" + signature
        g.no(wrong, comment, frame.but(raw_tag=tag), "Forged")
    single = signed(KEY)
    tag = one.tags()[0][-64:]
    g.no(wrong, "a burst's signature under a single frame", single.but(raw_tag=tag), "Forged")
    a, b, c = burst(KEY, 3).leaves
    left, right = sha256(b"\1" + a + b).digest(), sha256(b"\1" + c + c).digest()
    three = burst(KEY, 3)
    signature = three.signed(sha256(b"\1" + left + right).digest())
    g.no(wrong, "3 frames, the last leaf doubled", three.sealed(signature)[0], "Forged")
    flat = three.signed(sha256(b"\1" + a + b + c).digest())
    g.no(wrong, "3 frames, hashed in one go", three.sealed(flat)[0], "Forged")
    turned = Burst(KEY, tuple(reversed(five.frames)))
    tags = turned.tags()
    steps = [no(wrong, five.frames[0].but(raw_tag=tags[0])), ok(turned.sealed()[0])]
    g.run("the burst in another order", steps, "Forged", "Untouched")


def places(g: Group) -> Group:
    """A good frame in the wrong place."""
    wrong = "SIGNATURE_WRONG"
    g.no("KEY_ALGORITHM", "under a key that takes none", burst(SINGLE, 2).sealed()[0], "Keys")
    under = Key(HMAC.key_id, CAROL, 3, secret("burst x"))
    g.no("KEY_ALGORITHM", "under an HMAC key", burst(under, 2).sealed()[0], "Keys")
    g.no(
        "UNKNOWN_KEY",
        "under a key that isn't there",
        burst(Key(99, ALICE, 3, KEY.material), 2).sealed()[0],
        "Keys",
    )
    g.ok("a single frame under a key that takes bursts", signed(KEY))
    g.no(
        "LEVEL_NOT_EXACT",
        "where level 4 exactly is required",
        burst(KEY, 2).sealed()[0],
        "Binding",
        level=4,
        exact=True,
    )
    there = module_id("another receiver")
    for comment, made in [
        ("for another receiver", burst(KEY, 2, own=there)),
        ("as another sender", burst(Key(KEY.key_id, CAROL, 3, KEY.material), 2)),
        ("reflected", burst(Key(KEY.key_id, OWN, 3, KEY.material), 2, own=ALICE)),
        ("for a group", burst(Key(KEY.key_id, ALICE, 3, KEY.material, group=GROUP), 2)),
        ("by another key", burst(Key(KEY.key_id, ALICE, 3, OTHER.material), 2)),
        ("about something else", burst(KEY, 2, context=Context(1, b"pump/4"))),
    ]:
        g.no(wrong, comment, made.sealed()[1], "Binding")
    for frame in burst(CLUB, 2).sealed():
        g.ok(f"a group's burst, frame {frame.nonce}", frame)
    contexts = [Context(1, b"a"), Context(2, b"b"), Context(4, b"c")]
    frames = tuple(f.but(context=c) for f, c in zip(burst(KEY, 3).frames, contexts, strict=True))
    mixed = Burst(KEY, frames).sealed()
    g.run(
        "frames about different things",
        [ok(f, context=c) for f, c in zip(mixed, contexts, strict=True)],
        "Normal",
    )
    g.no(wrong, "the context of the frame beside it", mixed[0], "Binding", context=contexts[1])
    five, again = burst(KEY, 5).sealed(), burst(OTHER, 5).sealed()
    moved = again[1].tag[:-64] + five[1].tag[-64:]
    g.run(
        "two senders' bursts, and one's signature under the other's frame",
        [ok(five[0]), ok(again[0]), no(wrong, again[1].but(raw_tag=moved)), ok(again[1])],
        "Binding",
        "Untouched",
    )
    remove, register = step("remove", key_id=KEY.key_id), step("register", key=KEY.json())
    g.run("gone with its key", [ok(five[0]), remove, no("UNKNOWN_KEY", five[1])], "Keys")
    g.run(
        "registered again",
        [ok(five[0]), remove, register, no("REPLAYED", five[0]), ok(five[1])],
        "Keys",
        "Replay",
    )
    other = Key(KEY.key_id, ALICE, 3, secret("burst exchanged"), burst_rate=RATE)
    g.run(
        "another key under its ID",
        [
            ok(five[0]),
            remove,
            step("register", key=other.json()),
            no(wrong, five[1]),
            ok(burst(other, 2).sealed()[0]),
        ],
        "Keys",
    )
    revoke = step("revoke", key_id=KEY.key_id)
    g.run(
        "revoked after the first frame", [ok(five[0]), revoke, no("KEY_REVOKED", five[1])], "Keys"
    )
    g.run("checked, then the key is gone", [no("UNKNOWN_KEY", five[0], between=[remove])], "Keys")
    return g


def budget(g: Group) -> Group:
    """One verification a second (R22)."""
    first = burst(SLOW, 2).sealed()
    second = burst(SLOW, 2, first=2).sealed()
    spent = "VERIFICATION_BUDGET"
    g.run("R22: two bursts in a second", [ok(first[0]), no(spent, second[0])], "Reading")
    g.run(
        "R22: a second later there is room",
        [ok(first[0]), no(spent, second[0], now=T0 + SECOND - 1), ok(second[0], now=T0 + SECOND)],
        "Reading",
        "Boundary",
    )
    forged = first[0].but(raw_tag=first[0].tag[:-1] + bytes([first[0].tag[-1] ^ 1]))
    g.run(
        "R22: a forged one costs as well",
        [no("SIGNATURE_WRONG", forged), no(spent, second[0]), ok(second[0], now=T0 + SECOND)],
        "Reading",
    )
    g.run(
        "single frames don't ask for it",
        [ok(first[0]), no(spent, second[0]), ok(signed(SLOW, nonce=9)), ok(signed(SINGLE))],
        "Untouched",
    )
    g.run(
        "steps before it decide first",
        [
            ok(first[0]),
            no(spent, second[0]),
            no("REPLAYED", first[0]),
            no("TOO_OLD", burst(SLOW, 2, timestamp=0).sealed()[1]),
        ],
        "Order",
    )
    return g


def registered(g: Group) -> Group:
    """Bursts under keys that can't."""
    key = Key(1, ALICE, 2, secret("burst hmac 2"), burst_rate=5)
    g.run(
        "R23: an HMAC key for bursts",
        [step("register", "KEY_KIND", key=key.json())],
        "Keys",
        "Reading",
    )
    return g


def sealing() -> list[SealGroup]:
    """Bursts to be written byte for byte."""
    g = SealGroup("Sealing bursts", KEY, 5, {"kind": "Fresh"})
    for size in (1, 2, 3, 5, 8):
        g.run(f"{size} frames", [seal(burst(KEY, size))], "Seal")
    times = tuple(
        Frame(KEY, 5, nonce=n, timestamp=T0 + n * 1000, payload=bytes([n]), context=c)
        for n, c in enumerate([Context(1, b"a"), Context(4, b"b"), Context(2, b"")])
    )
    times = tuple(f.but(raw_meta=f.head(algorithm=4) + f.who() + f.numbers()) for f in times)
    g.run("times and contexts of their own", [seal(Burst(KEY, times))], "Seal")
    g.run("two in a row", [seal(burst(KEY, 2)), seal(burst(KEY, 3, first=2))], "Seal")
    none = burst(KEY, 2)
    g.run(
        "one frame without a time, then a burst: no nonce was spent",
        [refuse("NO_CLOCK", none, now=None), seal(none)],
        "Seal",
        "Untouched",
    )
    start = {"kind": "Reserved", "from": "10", "until": "13"}
    block = SealGroup("A reserved block", KEY, 5, start)
    block.run(
        "more frames than are left, then as many as are left",
        [
            refuse("NONCES_SPENT", burst(KEY, 4, first=10)),
            seal(burst(KEY, 3, first=10)),
            refuse("NONCES_SPENT", burst(KEY, 1, first=13)),
        ],
        "Seal",
        "Boundary",
    )
    counting = SealGroup("Counter-only bursts", COUNTER, 5, {"kind": "Fresh"})
    counting.run("no clock", [seal(burst(COUNTER, 3, timestamp=0), now=None)], "Seal")
    club = SealGroup("A group's bursts", CLUB, 5, {"kind": "Fresh"})
    club.run("3 frames", [seal(burst(CLUB, 3))], "Seal")
    return [g, block, counting, club]


def seal(made: Burst, now: int | None = T0) -> dict:
    """A burst that must come out."""
    return _step(None, made, now) | {"frames": [f.attached.hex() for f in made.sealed()]}


def refuse(error: str, made: Burst, now: int | None = T0) -> dict:
    """A refusal; no nonce is spent."""
    return _step(error, made, now) | {"frames": None}


def _step(error: str | None, made: Burst, now: int | None) -> dict:
    items = [
        {
            "now": None if now is None else str(f.timestamp or now),
            "context": f.context.json(),
            "payload": f.payload.hex(),
        }
        for f in made.frames
    ]
    return step("seal_burst", error, items=items)
