"""Step 8: what a role may do (PROTOCOL.md §6), and that a refusal there spends the nonce."""

from .make import ALICE, BOB, CAROL, Context, Key, Module, plain, secret, signed
from .suite import Group, no, ok, rule

READER = Key(1, ALICE, 2, secret("policy reader"), role=1)
WRITER = Key(2, BOB, 3, secret("policy writer"), role=2)
NOBODY = Key(3, CAROL, 1, secret("policy nobody"))
HIGH = Key(4, CAROL, 2, secret("policy high"), role=255)
ANNA = Module(ALICE, role=1, nonce_quota=4)
BERT = Module(BOB, nonce_quota=4)
TEMPERATURE, SET, DOOR = (
    Context(1, b"plant/temperature"),
    Context(2, b"valve/set"),
    Context(4, b"door"),
)


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [READER, WRITER, NOBODY, HIGH], "modules": [ANNA, BERT]}
    rules = [
        rule(None, 1, b"plant/", prefix=True),
        rule(1, None, b"status"),
        rule(2, 2, b"valve/set"),
        rule(2, 4, b"", prefix=True),
        rule(255, None, b"", prefix=True),
    ]
    for_none = [rule(0, 1, b"guest")]
    return [
        ruled(Group("Five rules", **everybody, policy=rules)),
        empty(Group("No rule", **everybody, policy=[])),
        guests(Group("A rule for role 0", **everybody, policy=for_none)),
        missing(Group("No policy", **everybody, policy=None)),
        anybody(Group("Anybody", **everybody)),
    ]


def _case(g: Group, key: Key, context: Context, allowed: bool, comment: str, *flags: str) -> None:
    frame = signed(key, context=context)
    comment = f"role {key.role}: {comment}"
    if allowed:
        g.ok(comment, frame, "Policy", *flags, context=context)
    else:
        g.no("POLICY_REFUSED", comment, frame, "Policy", *flags, context=context)


def ruled(g: Group) -> Group:
    """Roles, kinds, names, prefixes."""
    for key in (READER, WRITER, NOBODY, HIGH):
        anything = key is HIGH
        writer = key is WRITER or anything
        _case(g, key, TEMPERATURE, True, "a topic that everybody may")
        _case(g, key, Context(1, b"plant/"), True, "the prefix itself")
        _case(g, key, Context(1, b"plant"), anything, "a byte short of the prefix")
        _case(g, key, Context(1, b"plant2/temperature"), anything, "beside the prefix")
        _case(g, key, Context(2, b"plant/temperature"), anything, "the topic's name as a request")
        _case(g, key, SET, writer, "a request that the writer may")
        _case(g, key, Context(2, b"valve/set/all"), anything, "longer than an exact name")
        _case(g, key, Context(2, b"valve/se"), anything, "shorter than an exact name")
        _case(g, key, DOOR, writer, "any resource")
        _case(g, key, Context(4, b""), writer, "a resource without a name")
        status = key is READER or anything
        _case(g, key, Context(1, b"status"), status, "any kind of one name, topic")
        _case(g, key, Context(3, b"status", bytes(16)), status, "any kind of one name, response")
    frame = signed(READER, context=SET)
    g.run(
        "refused, then repeated: the nonce is spent",
        [no("POLICY_REFUSED", frame, context=SET), no("REPLAYED", frame, context=SET)],
        "Policy",
    )
    g.run(
        "refused, then allowed elsewhere",
        [
            no("POLICY_REFUSED", frame, context=SET),
            ok(signed(READER, context=TEMPERATURE, nonce=2), context=TEMPERATURE),
        ],
        "Policy",
    )
    frame = signed(WRITER, context=Context(1, b"x"))
    g.run(
        "level 5: refused, then repeated",
        [
            no("POLICY_REFUSED", frame, context=Context(1, b"x")),
            no("REPLAYED", frame, context=Context(1, b"x")),
        ],
        "Policy",
    )
    g.no(
        "TAG_WRONG",
        "not allowed and forged",
        signed(READER, context=SET, raw_tag=bytes(16)),
        "Order",
        context=SET,
    )
    for level in (2, 3):
        g.ok(
            f"level {level}: role 1, allowed",
            plain(ANNA, level),
            "Policy",
            context=Context(4, b"status"),
        )
        g.no(
            "POLICY_REFUSED",
            f"level {level}: role 1, not allowed",
            plain(ANNA, level),
            "Policy",
            context=SET,
        )
        g.ok(
            f"level {level}: role 0, everybody may",
            plain(BERT, level),
            "Policy",
            context=TEMPERATURE,
        )
        g.no(
            "POLICY_REFUSED",
            f"level {level}: role 0, not allowed",
            plain(BERT, level),
            "Policy",
            context=DOOR,
        )
    frame = plain(ANNA, 3)
    g.run(
        "level 3: refused, then repeated",
        [no("POLICY_REFUSED", frame, context=SET), no("REPLAYED", frame, context=SET)],
        "Policy",
    )
    g.ok("level 1: nobody is known, nobody is refused", plain(ANNA, 1), "Policy", context=SET)
    return g


def empty(g: Group) -> Group:
    """Nothing is allowed; level 1 isn't asked."""
    for key in (READER, WRITER, NOBODY):
        _case(g, key, TEMPERATURE, False, "an empty list of rules")
    g.no("POLICY_REFUSED", "level 2", plain(ANNA, 2), "Policy")
    g.no("POLICY_REFUSED", "level 3", plain(ANNA, 3), "Policy")
    g.ok("level 1", plain(ANNA, 1), "Policy")
    return g


def guests(g: Group) -> Group:
    """Role 0 is no role: a rule that names it fits nobody but those without one (R17)."""
    guest = Context(1, b"guest")
    _case(g, READER, guest, False, "a rule for others")
    return g


def missing(g: Group) -> Group:
    """Closed where nothing was configured."""
    for frame in (plain(ANNA, 2), plain(ANNA, 3), signed(READER), signed(WRITER)):
        g.no("POLICY_MISSING", f"level {frame.level}", frame, "Policy")
    g.ok("level 1 isn't asked", plain(ANNA, 1), "Policy")
    frame = signed(READER)
    g.run("the nonce is spent", [no("POLICY_MISSING", frame), no("REPLAYED", frame)], "Policy")
    return g


def anybody(g: Group) -> Group:
    """Whoever is known."""
    for key in (READER, WRITER, NOBODY, HIGH):
        for context in (TEMPERATURE, SET, DOOR):
            _case(g, key, context, True, f"anything, kind {context.kind}")
    g.no("UNKNOWN_SENDER", "but known", plain(Module(secret("nobody")[:16]), 2), "Policy")
    return g
