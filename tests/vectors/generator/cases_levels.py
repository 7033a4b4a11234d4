"""Levels 1-3 and step 2: what is known there, and what was required (PROTOCOL.md §2, §6)."""

from .make import ALICE, BOB, CAROL, OWN, SECOND, T0, Key, Module, plain, secret, signed
from .suite import Group, no, ok

ANNA = Module(ALICE, role=3, nonce_quota=4)
BERT = Module(BOB, role=4)  # level 2 only
HMAC = Key(7, CAROL, 2, secret("levels hmac"), role=5)
ECDSA = Key(8, CAROL, 3, secret("levels ecdsa"), role=6)
NAMES = {1: "NONE", 2: "BASIC_AUTH", 3: "TIMESTAMP", 4: "HMAC", 5: "DIGITAL_SIGNATURE"}


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [HMAC, ECDSA], "modules": [ANNA, BERT]}
    return [
        required(Group("Every level against every requirement", **everybody)),
        one(Group("Level 1", **everybody)),
        two(Group("Level 2", **everybody)),
        three(Group("Level 3", **everybody)),
        lowered(Group("A level lowered on the way", **everybody)),
    ]


def _sample(level: int):
    return plain(ANNA, level) if level < 4 else signed({4: HMAC, 5: ECDSA}[level])


def required(g: Group) -> Group:
    """Five by five, at least and exactly."""
    for level in range(1, 6):
        frame = _sample(level)
        for wanted in range(1, 6):
            comment = f"{NAMES[level]} where at least {NAMES[wanted]} is required"
            if level >= wanted:
                g.ok(comment, frame, level=wanted)
            else:
                g.no("LEVEL_TOO_LOW", comment, frame, "Binding", level=wanted)
            comment = f"{NAMES[level]} where exactly {NAMES[wanted]} is required"
            how = {"level": wanted, "exact": True}
            if level == wanted:
                g.ok(comment, frame, **how)
            elif level > wanted:
                g.no("LEVEL_NOT_EXACT", comment, frame, "Binding", **how)
            else:
                g.no("LEVEL_TOO_LOW", f"R15: {comment}", frame, "Binding", "Reading", **how)
    g.no(
        "LEVEL_TOO_LOW",
        "the level is looked at before the sender",
        plain(Module(secret("nobody")[:16]), 3),
        "Order",
        level=4,
    )
    g.no(
        "UNKNOWN_SENDER",
        "a frame's own level counts where a lower one is required",
        plain(Module(secret("nobody")[:16]), 2),
        "Order",
        level=1,
    )
    g.no(
        "TAG_WRONG",
        "a wrong tag counts where level 1 is required",
        signed(HMAC, raw_tag=bytes(16)),
        "Forged",
        level=1,
    )
    return g


def one(g: Group) -> Group:
    """Nothing is checked: anybody, any time, again and again."""
    for who, name in (
        (ANNA, "a known sender"),
        (Module(secret("nobody")[:16]), "an unknown one"),
        (Module(bytes(16)), "zeros"),
        (Module(b"\xff" * 16), "ones"),
        (Module(OWN), "the receiver itself"),
    ):
        g.ok(f"{name} as the sender", plain(who, 1))
    for stamp in (0, 1, T0 - 3600 * SECOND, T0 + 3600 * SECOND, 2**63 - 1):
        g.ok(f"timestamp {stamp}", plain(ANNA, 1, timestamp=stamp))
    for nonce in (0, 2**63 - 1, 2**63, 2**64 - 1):
        g.ok(f"nonce {nonce}", plain(ANNA, 1, nonce=nonce), "Boundary")
    g.ok("no clock", plain(ANNA, 1), now=None)
    g.run("the same twice", [ok(plain(ANNA, 1)), ok(plain(ANNA, 1))], "Normal")
    for size in (0, 127, 128, 255, 400):
        g.ok(f"payload of {size}", plain(ANNA, 1, payload=b"p" * size))
    return g


def two(g: Group) -> Group:
    """The sender is known; nothing else."""
    g.ok("a module", plain(BERT, 2))
    g.ok("any time", plain(BERT, 2, timestamp=5))
    g.ok("no clock", plain(BERT, 2), now=None)
    g.ok("nonce 2^64 - 1", plain(BERT, 2, nonce=2**64 - 1), "Boundary")
    g.run("the same twice", [ok(plain(BERT, 2)), ok(plain(BERT, 2))], "Normal")
    for who, name in (
        (Module(secret("nobody")[:16]), "an unknown sender"),
        (Module(bytes(16)), "zeros as the sender"),
        (Module(b"\xff" * 16), "ones as the sender"),
        (Module(OWN), "the receiver itself as the sender"),
    ):
        g.no("UNKNOWN_SENDER", name, plain(who, 2), "Keys")
    near = Module(ALICE[:-1] + bytes([ALICE[-1] ^ 1]))
    g.no("UNKNOWN_SENDER", "an ID with one bit changed", plain(near, 2), "BitFlip")
    g.no(
        "UNKNOWN_SENDER",
        "R16: a sender that has keys, but no entry as a module",
        plain(Module(CAROL), 2),
        "Keys",
        "Reading",
    )
    return g


def three(g: Group) -> Group:
    """And fresh, and not seen."""
    g.ok("a module", plain(ANNA, 3))
    g.no("UNKNOWN_SENDER", "an unknown sender", plain(Module(secret("nobody")[:16]), 3), "Keys")
    g.no("NO_CLOCK", "no clock", plain(ANNA, 3), "Time", now=None)
    g.no("NONCE_CACHE_FULL", "a sender without a region", plain(BERT, 3), "Cache")
    for nonce in (0, 2**63 - 1, 2**63, 2**64 - 1):
        g.ok(
            f"R7: nonce {nonce}; the cache knows no limit",
            plain(ANNA, 3, nonce=nonce),
            "Boundary",
            "Reading",
        )
    g.run("the same twice", [ok(plain(ANNA, 3)), no("REPLAYED", plain(ANNA, 3))], "Replay")
    steps = [
        ok(plain(ANNA, 3)),
        ok(plain(ANNA, 3, payload=b"other", nonce=2)),
        no("REPLAYED", plain(ANNA, 3, payload=b"forged")),
    ]
    g.run("the same pair with another payload", steps, "Replay")
    steps = [ok(plain(ANNA, 3)), ok(plain(ANNA, 3, nonce=2))]
    g.run("the same timestamp with another nonce", steps, "Cache")
    steps = [ok(plain(ANNA, 3)), no("REPLAYED", plain(ANNA, 3, timestamp=T0 + 1))]
    g.run("R21: the same nonce with another timestamp", steps, "Cache", "Reading")
    g.run("seen at level 2, then at 3", [ok(plain(ANNA, 2)), ok(plain(ANNA, 3))], "Cache")
    return g


def lowered(g: Group) -> Group:
    """A genuine frame rewritten to a level that asks for less."""
    frame = signed(HMAC)
    for level in (1, 2, 3):
        bare = plain(Module(CAROL), level, payload=frame.payload)
        g.no("LEVEL_TOO_LOW", f"level 4 rewritten as {level}", bare, "Binding", level=4)
        g.no(
            "LEVEL_TOO_LOW",
            f"R15: level 4 rewritten as {level}, exactly 4 required",
            bare,
            "Binding",
            "Reading",
            level=4,
            exact=True,
        )
    down = signed(ECDSA)
    rewritten = down.but(raw_meta=down.head(level=4) + down.meta[2:])
    g.no("PAIR_MISMATCH", "level 5 rewritten as 4, its algorithm kept", rewritten, "Binding")
    rewritten = down.but(
        raw_meta=down.head(level=4, algorithm=1) + down.meta[2:], raw_tag=down.tag[:32]
    )
    g.no(
        "KEY_ALGORITHM", "level 5 rewritten as 4 with its algorithm", rewritten, "Binding", level=4
    )
    g.no("LEVEL_TOO_LOW", "the same where 5 is required", rewritten, "Binding", level=5)
    return g
