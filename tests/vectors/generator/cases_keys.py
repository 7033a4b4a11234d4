"""Keys and modules registered, exchanged, revoked, removed (PROTOCOL.md §4.3, step 3)."""

from .make import ALICE, BOB, CAROL, GROUP, OWN, SECOND, T0, Key, Module, module_id, secret, signed
from .suite import Group, no, ok, step

ONE = Key(1, ALICE, 2, secret("keys one"))
TWO = Key(2, ALICE, 2, secret("keys two"))
THREE = Key(3, ALICE, 2, secret("keys three"))
SIGNED = Key(4, BOB, 3, secret("keys signed"))
SIGNED2 = Key(5, BOB, 3, secret("keys signed 2"))
CLUB = Key(6, CAROL, 2, secret("keys club"), group=GROUP)
COUNTER = Key(7, CAROL, 1, secret("keys counter"), counter_only=True)
END = T0 + 60 * SECOND


def register(key: Key, error: str | None = None) -> dict:
    """Registers a key."""
    return step("register", error, key=key.json())


def rollover(old: int, new: Key, end: int, error: str | None = None) -> dict:
    """Begins a rollover."""
    return step("rollover", error, old=old, key=new.json(), overlap_end=str(end))


def by_id(op: str, key_id: int, error: str | None = None) -> dict:
    """`remove` or `revoke`."""
    return step(op, error, key_id=key_id)


def groups() -> list[Group]:
    """All of them."""
    return [
        registered(Group("What is not registered", keys=[ONE, SIGNED, CLUB])),
        modules(Group("Modules", modules=[Module(ALICE, 1, 2)])),
        fresh(Group("New validators")),
        rolled(Group("Rollover", keys=[ONE, SIGNED])),
        revoked(Group("Revoked", keys=[ONE, SIGNED, COUNTER])),
        removed(Group("Removed", keys=[ONE, SIGNED, COUNTER])),
        changed(Group("Exchanged between check and admission", keys=[ONE, SIGNED])),
    ]


def registered(g: Group) -> Group:
    """Each refusal, and that it left the table as it was."""
    new = secret("keys new")

    def bad(error: str, comment: str, key: Key, *flags: str) -> None:
        g.run(comment, [register(key, error)], "Keys", *flags)

    bad("DUPLICATE_KEY_ID", "a key ID that is taken", Key(1, BOB, 2, new))
    bad("DUPLICATE_KEY_ID", "the same key once more", ONE)
    bad(
        "DUPLICATE_KEY_ID",
        "a signature key under an HMAC key's ID",
        Key(1, CAROL, 3, secret("keys sig new")),
    )
    bad("DUPLICATE_KEY", "a secret under another key ID", Key(9, ALICE, 2, ONE.material))
    bad("DUPLICATE_KEY", "a secret under another sender", Key(9, BOB, 2, ONE.material))
    bad("DUPLICATE_KEY", "a secret under another algorithm", Key(9, ALICE, 1, ONE.material))
    bad("DUPLICATE_KEY", "a secret for a group too", Key(9, ALICE, 2, ONE.material, group=GROUP))
    bad("DUPLICATE_KEY", "a public key under another sender", Key(9, ALICE, 3, SIGNED.material))
    bad("DUPLICATE_KEY", "a public key under another key ID", Key(9, BOB, 3, SIGNED.material))
    bad(
        "DUPLICATE_KEY",
        "a group's secret under the same member again",
        Key(9, CAROL, 2, CLUB.material, group=GROUP),
    )
    bad(
        "DUPLICATE_KEY",
        "a group's secret for another group",
        Key(9, ALICE, 2, CLUB.material, group=module_id("another group")),
    )
    bad("DUPLICATE_KEY", "a group's secret as a peer's", Key(9, ALICE, 2, CLUB.material))
    bad("INVALID_ID", "the receiver itself as the sender", Key(9, OWN, 2, new))
    bad("INVALID_ID", "zeros as the sender", Key(9, bytes(16), 2, new))
    bad("INVALID_ID", "ones as the sender", Key(9, b"\xff" * 16, 2, new))
    bad(
        "INVALID_ID",
        "the receiver itself, with a signature key",
        Key(9, OWN, 3, secret("keys sig new")),
    )
    bad("KEY_INVALID", "a secret of zeros", Key(9, ALICE, 2, bytes(32)))
    bad("KEY_INVALID", "a secret of zeros, 32-byte tag", Key(9, ALICE, 1, bytes(32)))
    for comment, error, point in _points():
        key = Key(9, CAROL, 3, secret("keys point")).json() | {"public": point.hex()}
        del key["private"]
        flags = ("Keys", "Misuse") if error == "KEY_LENGTH" else ("Keys",)
        g.run(comment, [step("register", error, key=key)], *flags)
    for size in (0, 16, 31, 33, 64):
        key = ONE.json() | {
            "key_id": 9,
            "secret": secret("keys size").hex().ljust(128, "5")[: size * 2],
        }
        g.run(
            f"a secret of {size} bytes", [step("register", "KEY_LENGTH", key=key)], "Keys", "Misuse"
        )
    grouped = Key(9, BOB, 3, SIGNED.material, group=GROUP)
    g.run(
        "a public key for a group too: each frame is for one of the two",
        [
            register(grouped),
            ok(signed(grouped)),
            ok(signed(SIGNED)),
            no("SIGNATURE_WRONG", signed(Key(4, BOB, 3, SIGNED.material, group=GROUP), nonce=2)),
            register(Key(10, BOB, 3, SIGNED.material, group=GROUP), "DUPLICATE_KEY"),
        ],
        "Keys",
    )
    bad(
        "INVALID_ARGUMENT",
        "R16: random nonces and no clock",
        Key(9, ALICE, 2, new, random_quota=2, counter_only=True),
        "Reading",
    )
    member = Key(9, ALICE, 2, CLUB.material, group=GROUP)
    g.run(
        "a group's secret for another member",
        [register(member), ok(signed(member), groups=True)],
        "Keys",
    )
    g.run(
        "a second key for the same sender",
        [register(TWO), ok(signed(TWO)), ok(signed(ONE))],
        "Keys",
    )
    g.run(
        "a refused registration leaves the rest alone",
        [
            register(Key(1, BOB, 2, new), "DUPLICATE_KEY_ID"),
            ok(signed(ONE)),
            register(Key(9, BOB, 2, ONE.material), "DUPLICATE_KEY"),
            no("UNKNOWN_KEY", signed(Key(9, BOB, 2, ONE.material))),
        ],
        "Untouched",
    )
    return g


def _points() -> list[tuple[str, str, bytes]]:
    good = SIGNED2.public
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    return [
        ("a point off the curve", "KEY_INVALID", good[:-1] + bytes([good[-1] ^ 1])),
        ("zeros as a point", "KEY_INVALID", bytes(64)),
        ("ones as a point", "KEY_INVALID", b"\xff" * 64),
        ("x = p", "KEY_INVALID", p.to_bytes(32) + good[32:]),
        ("x and y exchanged", "KEY_INVALID", good[32:] + good[:32]),
        ("a point one byte short", "KEY_LENGTH", good[:-1]),
        ("a point with its first byte", "KEY_LENGTH", b"\x04" + good),
    ]


def modules(g: Group) -> Group:
    """Senders of levels 1-3."""

    def bad(error: str, comment: str, module: Module) -> None:
        g.run(comment, [step("register_module", error, module=module.json())], "Keys")

    bad("DUPLICATE_KEY_ID", "a module that is there", Module(ALICE))
    bad("INVALID_ID", "the receiver itself", Module(OWN))
    bad("INVALID_ID", "zeros", Module(bytes(16)))
    bad("INVALID_ID", "ones", Module(b"\xff" * 16))
    return g


def fresh(g: Group) -> Group:
    """A validator's own ID and limits."""
    day = 86_400 * SECOND

    def new(
        comment: str,
        error: str | None,
        own: bytes = OWN,
        past: int = 1,
        future: int = 0,
        *flags: str,
    ) -> None:
        limits = {"past": str(past), "future": str(future)}
        g.run(comment, [step("new", error, own=own.hex(), limits=limits)], "Misuse", *flags)

    new("zeros as its own ID", "INVALID_ID", bytes(16))
    new("ones as its own ID", "INVALID_ID", b"\xff" * 16)
    new("R9: no past", "INVALID_LIMITS", OWN, 0, 0, "Reading")
    new("R9: a past of more than a day", "INVALID_LIMITS", OWN, day + 1, 0, "Reading")
    new("R9: a future of more than a day", "INVALID_LIMITS", OWN, 1, day + 1, "Reading")
    new("R9: the largest limits", None, OWN, day, day, "Reading")
    return g


def rolled(g: Group) -> Group:
    """Two keys for a while."""
    both = [rollover(1, TWO, END), ok(signed(ONE)), ok(signed(TWO))]
    g.run("both keys are good during the overlap", both, "Keys")
    last = END - 1
    g.run(
        "the old key to its last µs",
        [*both, ok(signed(ONE, nonce=2, timestamp=last), now=last)],
        "Keys",
        "Boundary",
    )
    g.run(
        "the old key ends, the new one stays",
        [
            *both,
            no("KEY_EXPIRED", signed(ONE, nonce=2, timestamp=END), now=END),
            ok(signed(TWO, nonce=2, timestamp=END), now=END),
        ],
        "Keys",
        "Boundary",
    )
    g.run(
        "each has a window of its own",
        [*both, no("REPLAYED", signed(ONE)), no("REPLAYED", signed(TWO))],
        "Keys",
        "Replay",
    )
    g.run(
        "a third key while two are alive",
        [
            *both,
            rollover(2, THREE, END, "ROLLOVER_PENDING"),
            no("UNKNOWN_KEY", signed(THREE)),
            ok(signed(TWO, nonce=2)),
        ],
        "Keys",
    )
    g.run(
        "a third key for the old one", [*both, rollover(1, THREE, END, "ROLLOVER_PENDING")], "Keys"
    )
    g.run(
        "R12: a third key after the old one was removed",
        [
            *both,
            by_id("remove", 1),
            rollover(2, THREE, END),
            ok(signed(THREE)),
            ok(signed(TWO, nonce=2)),
        ],
        "Keys",
        "Reading",
    )
    g.run(
        "R12: a third key after the old one ended",
        [
            *both,
            ok(signed(TWO, nonce=2, timestamp=END), now=END),
            rollover(2, THREE, END + 60 * SECOND),
            ok(signed(THREE, timestamp=END), now=END),
        ],
        "Keys",
        "Reading",
    )
    g.run(
        "a new key whose ID is taken",
        [
            rollover(1, Key(4, ALICE, 2, TWO.material), END, "DUPLICATE_KEY_ID"),
            ok(signed(ONE, timestamp=END), now=END),
        ],
        "Keys",
        "Untouched",
    )
    g.run(
        "a new key that is the old one",
        [
            rollover(1, Key(2, ALICE, 2, ONE.material), END, "DUPLICATE_KEY"),
            ok(signed(ONE, timestamp=END), now=END),
        ],
        "Keys",
        "Untouched",
    )
    g.run(
        "R12: a rollover of a key that isn't there",
        [rollover(9, TWO, END, "UNKNOWN_KEY")],
        "Keys",
        "Reading",
    )
    g.run(
        "R12: a new key of another sender",
        [rollover(1, SIGNED2, END, "KEY_KIND")],
        "Keys",
        "Reading",
    )
    steps = [
        rollover(4, SIGNED2, END),
        ok(signed(SIGNED)),
        ok(signed(SIGNED2)),
        no("KEY_EXPIRED", signed(SIGNED, nonce=2, timestamp=END), now=END),
        ok(signed(SIGNED2, nonce=2, timestamp=END), now=END),
    ]
    g.run("signature keys", steps, "Keys")
    return g


def revoked(g: Group) -> Group:
    """Known, and refused."""
    for key in (ONE, SIGNED, COUNTER):
        stamp = 0 if key.counter_only else T0
        frame = signed(key, timestamp=stamp)
        name = f"key {key.key_id}"
        g.run(f"{name}: revoked", [by_id("revoke", key.key_id), no("KEY_REVOKED", frame)], "Keys")
        g.run(
            f"{name}: taken, revoked, repeated",
            [ok(frame), by_id("revoke", key.key_id), no("KEY_REVOKED", frame)],
            "Keys",
            "Order",
        )
        g.run(
            f"{name}: revoked and a wrong tag",
            [
                by_id("revoke", key.key_id),
                no("KEY_REVOKED", frame.but(raw_tag=signed(key, nonce=8).tag)),
            ],
            "Keys",
            "Order",
        )
        g.run(
            f"{name}: its ID and key stay taken",
            [
                by_id("revoke", key.key_id),
                register(key, "DUPLICATE_KEY_ID"),
                register(Key(9, key.sender, key.algorithm, key.material), "DUPLICATE_KEY"),
            ],
            "Keys",
        )
    g.run("revoking one leaves the others", [by_id("revoke", 1), ok(signed(SIGNED))], "Keys")
    g.run("a key that isn't there", [by_id("revoke", 9, "UNKNOWN_KEY")], "Keys")
    return g


def removed(g: Group) -> Group:
    """Gone, but for what it took."""
    for key in (ONE, SIGNED, COUNTER):
        stamp = 0 if key.counter_only else T0
        frame = signed(key, nonce=600, timestamp=stamp)
        name = f"key {key.key_id}"
        remove, again = by_id("remove", key.key_id), register(key)
        g.run(f"{name}: removed", [remove, no("UNKNOWN_KEY", frame)], "Keys")
        g.run(
            f"{name}: registered again opens nothing",
            [
                ok(frame),
                remove,
                no("UNKNOWN_KEY", frame),
                again,
                no("REPLAYED", frame),
                no("NONCE_TOO_OLD", frame.but(nonce=88)),
                ok(frame.but(nonce=601)),
                ok(frame.but(nonce=599)),
            ],
            "Keys",
            "Replay",
        )
    other = Key(1, ALICE, 2, secret("keys other"))
    frame = signed(other)
    g.run(
        "R11: another key under the same ID begins afresh",
        [
            ok(signed(ONE)),
            by_id("remove", 1),
            register(other),
            no("TAG_WRONG", signed(ONE, nonce=2)),
            ok(frame),
            no("REPLAYED", frame),
        ],
        "Keys",
        "Reading",
    )
    g.run("a key that isn't there", [by_id("remove", 9, "UNKNOWN_KEY")], "Keys")
    return g


def changed(g: Group) -> Group:
    """What `admit` looks at again."""
    for key in (ONE, SIGNED):
        frame, name = signed(key), f"key {key.key_id}"
        remove, again = by_id("remove", key.key_id), register(key)
        g.run(f"{name}: removed meanwhile", [no("UNKNOWN_KEY", frame, between=[remove])], "Keys")
        g.run(
            f"R13: {name}: removed and registered again meanwhile",
            [ok(frame, between=[remove, again]), no("REPLAYED", frame)],
            "Keys",
            "Reading",
        )
        other = Key(key.key_id, key.sender, key.algorithm, secret("keys exchanged"))
        g.run(
            f"{name}: exchanged for another under the same ID meanwhile",
            [no("KEY_CHANGED", frame, between=[remove, register(other)]), ok(signed(other))],
            "Keys",
            "Untouched",
        )
        g.run(
            f"R13: {name}: revoked meanwhile",
            [no("KEY_REVOKED", frame, between=[by_id("revoke", key.key_id)])],
            "Keys",
            "Reading",
        )
        later = T0 + 10 * SECOND + 1
        held = ok(signed(SIGNED, nonce=9, timestamp=later), now=later)
        g.run(
            f"{name}: held back until its time was over",
            [no("CLOCK_STEPPED_BACK", frame, between=[held])],
            "Keys",
            "Time",
            "Boundary",
        )
        held = ok(signed(SIGNED, nonce=9, timestamp=later), now=later - 1)
        g.run(
            f"{name}: held back until its last µs",
            [ok(frame, between=[held])],
            "Keys",
            "Time",
            "Boundary",
        )
        g.run(
            f"{name}: another key registered meanwhile",
            [ok(frame, between=[register(THREE)])],
            "Keys",
        )
    return g
