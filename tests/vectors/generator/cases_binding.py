"""A good frame in the wrong place: receiver, direction, context, group (PROTOCOL.md §4, §5)."""

from .make import ALICE, BOB, CAROL, GROUP, OWN, Context, Key, module_id, secret, signed
from .suite import Group, no, ok

SHARED = secret("binding alice and receiver")
SHORT = Key(1, ALICE, 2, SHARED)
ECDSA = Key(2, ALICE, 3, secret("binding ecdsa"))
CLUB = secret("binding club")
FROM_BOB = Key(3, BOB, 2, CLUB, group=GROUP, role=2)
FROM_CAROL = Key(4, CAROL, 2, CLUB, group=GROUP)
LONG = Key(5, BOB, 1, secret("binding bob long"))
CLUB5 = Key(6, CAROL, 3, secret("binding club ecdsa"), group=GROUP, role=7)
WRONG = {1: "TAG_WRONG", 2: "TAG_WRONG", 3: "SIGNATURE_WRONG"}
ELSEWHERE = module_id("another receiver")
OTHER_GROUP = module_id("another group")


def groups() -> list[Group]:
    """All of them."""
    keys = [SHORT, ECDSA, FROM_BOB, FROM_CAROL, LONG, CLUB5]
    return [
        parties(Group("Sender and receiver", keys=keys)),
        contexts(Group("Contexts", keys=keys)),
        members(Group("Groups", keys=keys)),
        misused(Group("Contexts that can't be", keys=keys)),
    ]


def parties(g: Group) -> Group:
    """What one pair of modules says to each other is nothing between two others."""
    for key in (SHORT, LONG, ECDSA):
        wrong, name = WRONG[key.algorithm], f"algorithm {key.algorithm}"
        frame = signed(key)
        g.run(
            f"{name}: sealed for another receiver, then for this one",
            [no(wrong, frame.but(own=ELSEWHERE)), ok(frame)],
            "Binding",
        )
        other = Key(key.key_id, CAROL, key.algorithm, key.material)
        g.no(wrong, f"{name}: sealed as another sender with the same key", signed(other), "Binding")
        mirrored = Key(key.key_id, OWN, key.algorithm, key.material)
        g.no(
            wrong,
            f"{name}: reflected, what this receiver sealed for that sender",
            signed(mirrored, own=key.sender),
            "Binding",
        )
        grouped = Key(key.key_id, key.sender, key.algorithm, key.material, group=OWN)
        g.no(wrong, f"{name}: for a group with the receiver's ID", signed(grouped), "Binding")
        crossed = frame.but(raw_meta=frame.head() + bytes([7]) + frame.numbers())
        g.no("UNKNOWN_KEY", f"{name}: moved to a key ID that isn't there", crossed, "Binding")
    for key, at in ((SHORT, FROM_BOB), (FROM_BOB, SHORT), (FROM_BOB, FROM_CAROL)):
        frame = signed(key)
        moved = frame.but(raw_meta=frame.head() + bytes([at.key_id]) + frame.numbers())
        moved = moved.but(raw_tag=moved.tag)
        g.no(
            "TAG_WRONG",
            f"made with key {key.key_id}, named as key {at.key_id}",
            moved,
            "Binding",
            groups=True,
        )
    return g


def contexts(g: Group) -> Group:
    """Sealed about one thing, received about another."""
    tag, tag32 = secret("request 1")[:16], secret("request 2")
    asked = Context(3, b"set", tag)
    pairs = [
        ("another name", Context(1, b"pump/1"), Context(1, b"pump/2")),
        ("a longer name", Context(1, b"pump/1"), Context(1, b"pump/12")),
        ("a shorter name", Context(1, b"pump/1"), Context(1, b"pump")),
        ("other case", Context(1, b"pump"), Context(1, b"Pump")),
        ("no name", Context(1, b"pump"), Context(1, b"")),
        ("a zero byte more", Context(1, b"pump"), Context(1, b"pump\0")),
        ("topic as request", Context(1, b"set"), Context(2, b"set")),
        ("topic as resource", Context(1, b"set"), Context(4, b"set")),
        ("request as topic", Context(2, b"set"), Context(1, b"set")),
        ("request as response", Context(2, b"set"), asked),
        ("response as request", asked, Context(2, b"set")),
        ("resource as topic", Context(4, b"set"), Context(1, b"set")),
        ("an answer to another request", asked, Context(3, b"set", tag32[:16])),
        (
            "an answer to a longer tag with the same beginning",
            asked,
            Context(3, b"set", tag + bytes(16)),
        ),
        (
            "an answer to a shorter tag with the same beginning",
            Context(3, b"set", tag32),
            Context(3, b"set", tag32[:16]),
        ),
        ("an answer to another name", asked, Context(3, b"get", tag)),
    ]
    for key in (SHORT, ECDSA):
        for comment, sealed, wanted in pairs:
            g.no(
                WRONG[key.algorithm],
                f"algorithm {key.algorithm}: {comment}",
                signed(key, context=sealed),
                "Binding",
                context=wanted,
            )
    # One string, taken apart in two ways: only the sealed one is right.
    name = Context(1, bytes([1, 2]) + b"ab")
    inner = Context(1, b"ab")
    g.no(
        "TAG_WRONG",
        "bytes moved from the name to the payload",
        signed(SHORT, context=name, payload=b"12"),
        "Binding",
        context=inner,
    )
    moved = signed(SHORT, payload=b"12\x01\x04", context=inner)
    moved = moved.but(raw_tag=signed(SHORT, payload=b"12", context=name).tag)
    g.no("TAG_WRONG", "the context's head taken for payload", moved, "Binding", context=inner)
    frame = signed(SHORT, context=asked)
    g.run(
        "asked and answered; another request's tag first",
        [no("TAG_WRONG", frame, context=Context(3, b"set", tag32)), ok(frame, context=asked)],
        "Binding",
        "Untouched",
    )
    return g


def members(g: Group) -> Group:
    """Keys of a group, allowed or not."""
    for key in (FROM_BOB, FROM_CAROL, CLUB5):
        frame, name = signed(key), f"key {key.key_id}"
        g.ok(f"{name}: where groups are allowed", frame, groups=True)
        if key.level == 5:
            g.ok(f"{name}: a signature proves the sender, leave or not", frame)
        else:
            g.no("GROUP_NOT_ALLOWED", f"{name}: where they aren't", frame, "Binding")
            g.run(
                f"{name}: refused for that, then allowed",
                [
                    no("GROUP_NOT_ALLOWED", frame),
                    ok(frame, groups=True),
                    no("REPLAYED", frame, groups=True),
                ],
                "Untouched",
            )
            g.no(
                "GROUP_NOT_ALLOWED",
                f"{name}: not allowed, and a wrong tag",
                frame.but(raw_tag=signed(key, nonce=8).tag),
                "Order",
            )
        other = Key(key.key_id, key.sender, key.algorithm, key.material, group=OTHER_GROUP)
        g.no(
            WRONG[key.algorithm],
            f"{name}: another group's frame",
            signed(other),
            "Binding",
            groups=True,
        )
        direct = Key(key.key_id, key.sender, key.algorithm, key.material)
        g.no(
            WRONG[key.algorithm],
            f"{name}: sealed for this receiver alone",
            signed(direct),
            "Binding",
            groups=True,
        )
        g.ok(
            f"{name}: sealed for the group, not for this receiver",
            frame.but(own=ELSEWHERE),
            groups=True,
        )
    steps = [
        ok(signed(FROM_BOB, nonce=3), groups=True),
        ok(signed(FROM_CAROL, nonce=3), groups=True),
        no("REPLAYED", signed(FROM_BOB, nonce=3), groups=True),
    ]
    g.run("every member has a counter of its own", steps, "Window")
    g.ok("a direct key where groups are allowed", signed(SHORT), groups=True)
    forged = Key(3, CAROL, 2, CLUB, group=GROUP)
    g.no(
        "TAG_WRONG",
        "one member's frame under another's key ID",
        signed(forged),
        "Binding",
        groups=True,
    )
    return g


def misused(g: Group) -> Group:
    """The receiver's own mistake, before any message is looked at."""
    frame = signed(SHORT)
    for comment, context in [
        ("kind 0", Context(0, b"x")),
        ("kind 5", Context(5, b"x")),
        ("a name of 256 bytes", Context(1, b"x" * 256)),
        ("a response without the request's tag", Context(3, b"x", b"")),
        ("a response with a tag of 15 bytes", Context(3, b"x", bytes(15))),
        ("a response with a tag of 33 bytes", Context(3, b"x", bytes(33))),
        ("a topic with a request's tag", Context(1, b"x", bytes(16))),
    ]:
        g.no("INVALID_CONTEXT", comment, frame, "Misuse", context=context)
    return g
