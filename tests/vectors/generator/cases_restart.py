"""What a validator knows after it was away (PROTOCOL.md §7, §8)."""

from .make import ALICE, BOB, CAROL, SECOND, T0, Key, Module, plain, secret, signed
from .suite import Group, no, ok, step

STAMPED = Key(1, ALICE, 2, secret("restart stamped"))
SIGNED = Key(2, ALICE, 3, secret("restart signed"))
COUNTER = Key(3, BOB, 2, secret("restart counter"), counter_only=True)
RANDOM = Key(4, CAROL, 2, secret("restart random"), random_quota=4)
ANNA = Module(ALICE, nonce_quota=4)
NEW = Key(5, CAROL, 1, secret("restart new"))
NEW_COUNTER = Key(6, CAROL, 1, secret("restart new counter"), counter_only=True)
FLOOR = T0 + SECOND + 1  # the first that passes
SAVE = step("save")
RESTORE = step("restart", restart={"kind": "Saved"})


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [STAMPED, SIGNED, COUNTER, RANDOM], "modules": [ANNA]}
    before = {"kind": "NotBefore", "now": str(T0)}
    return [
        not_before(Group("NotBefore", **everybody, restart=before)),
        saved(Group("Saved", **everybody)),
        lost(Group("Begun again without anything", **everybody)),
    ]


def not_before(g: Group) -> Group:
    """What can't be told from a repetition is refused."""
    for frame in (plain(ANNA, 3), signed(STAMPED), signed(SIGNED), signed(RANDOM)):
        name = f"{'module' if frame.level == 3 else f'key {frame.by.key_id}'}"
        g.no("BEFORE_RESTART", f"{name}: stamped at the start", frame, "Restart")
        g.no(
            "BEFORE_RESTART",
            f"{name}: at start and future limit",
            frame.but(timestamp=T0 + SECOND),
            "Restart",
            "Boundary",
            now=FLOOR,
        )
        g.ok(
            f"{name}: 1 µs after start and future limit",
            frame.but(timestamp=FLOOR),
            "Boundary",
            "Restart",
            now=FLOOR,
        )
        g.run(
            f"{name}: refused, then one that is new enough",
            [
                no("BEFORE_RESTART", frame, now=FLOOR),
                ok(frame.but(timestamp=FLOOR), now=FLOOR),
                no("REPLAYED", frame.but(timestamp=FLOOR), now=FLOOR),
            ],
            "Restart",
            "Untouched",
        )
        g.no(
            "TOO_OLD",
            f"R14: {name}: too old and from before",
            frame.but(timestamp=T0 - 20 * SECOND),
            "Restart",
            "Order",
            "Reading",
        )
    for nonce in (0, 1, 2**40):
        g.no(
            "NO_WINDOW_STATE",
            f"a counter-only key, nonce {nonce}",
            signed(COUNTER, timestamp=0, nonce=nonce),
            "Restart",
        )
    g.no(
        "NO_WINDOW_STATE",
        "a counter-only key, no clock",
        signed(COUNTER, timestamp=0),
        "Restart",
        now=None,
    )
    g.no("TIMESTAMP_NOT_ZERO", "a counter-only key with a time", signed(COUNTER), "Order")
    unused = Key(6, CAROL, 1, NEW_COUNTER.material, counter_only=True, unused=True)
    counted = signed(unused, timestamp=0)
    g.run(
        "a new counter-only key, registered as never used",
        [step("register", key=unused.json()), ok(counted), no("REPLAYED", counted)],
        "Restart",
    )
    g.run(
        "a new counter-only key of which that isn't said",
        [step("register", key=NEW_COUNTER.json()), no("NO_WINDOW_STATE", counted)],
        "Restart",
    )
    g.ok("level 1", plain(ANNA, 1), "Restart")
    g.ok("level 2", plain(ANNA, 2), "Restart")
    return g


def saved(g: Group) -> Group:
    """What was saved goes on where it was."""
    for key in (STAMPED, SIGNED, COUNTER):
        stamp = 0 if key.counter_only else T0
        frame = signed(key, timestamp=stamp, nonce=600)
        name = f"key {key.key_id}"
        g.run(
            f"{name}: taken before, refused after",
            [ok(frame), SAVE, RESTORE, no("REPLAYED", frame)],
            "Restart",
            "Replay",
        )
        g.run(
            f"{name}: the window is whole",
            [
                ok(frame),
                ok(frame.but(nonce=598)),
                SAVE,
                RESTORE,
                no("REPLAYED", frame.but(nonce=598)),
                ok(frame.but(nonce=599)),
                ok(frame.but(nonce=89)),
                no("NONCE_TOO_OLD", frame.but(nonce=88)),
                ok(frame.but(nonce=601)),
                no("NONCE_TOO_OLD", frame.but(nonce=89)),
            ],
            "Restart",
            "Window",
        )
        g.run(
            f"{name}: never used, saved",
            [SAVE, RESTORE, ok(frame), no("REPLAYED", frame)],
            "Restart",
        )
        g.run(
            f"{name}: saved twice",
            [
                ok(frame),
                SAVE,
                RESTORE,
                ok(frame.but(nonce=601)),
                SAVE,
                RESTORE,
                no("REPLAYED", frame),
                no("REPLAYED", frame.but(nonce=601)),
                ok(frame.but(nonce=602)),
            ],
            "Restart",
            "Replay",
        )
        g.run(
            f"{name}: an older state lets through what came since",
            [SAVE, ok(frame), RESTORE, ok(frame)],
            "Restart",
        )
    late = signed(STAMPED, timestamp=T0 - 30 * SECOND, nonce=2)
    g.run(
        "the highest now is saved",
        [ok(signed(STAMPED)), SAVE, RESTORE, no("CLOCK_STEPPED_BACK", late, now=T0 - 30 * SECOND)],
        "Restart",
        "Time",
    )
    for frame in (plain(ANNA, 3), signed(RANDOM)):
        name = "level 3" if frame.level == 3 else "random nonces"
        after = FLOOR
        g.run(
            f"{name}: the cache isn't saved, so what could be in it is refused",
            [
                ok(frame),
                SAVE,
                RESTORE,
                no("BEFORE_RESTART", frame),
                no("BEFORE_RESTART", frame.but(nonce=2, timestamp=after - 1), now=after),
                ok(frame.but(timestamp=after), now=after),
            ],
            "Restart",
            "Boundary",
        )
    register = [step("register", key=k.json()) for k in (NEW, NEW_COUNTER)]
    g.run(
        "R10: a key that the state doesn't know begins afresh",
        [
            ok(signed(STAMPED)),
            SAVE,
            RESTORE,
            register[0],
            ok(signed(NEW)),
            no("REPLAYED", signed(NEW)),
        ],
        "Restart",
        "Reading",
    )
    g.run(
        "R10: so does a counter-only key",
        [
            ok(signed(STAMPED)),
            SAVE,
            RESTORE,
            register[1],
            ok(signed(NEW_COUNTER, timestamp=0)),
            no("REPLAYED", signed(NEW_COUNTER, timestamp=0)),
        ],
        "Restart",
        "Reading",
    )
    remove = step("remove", key_id=3)
    counted = signed(COUNTER, timestamp=0, nonce=5)
    g.run(
        "R11: a removed key's window is saved too",
        [ok(counted), remove, SAVE, RESTORE, no("REPLAYED", counted)],
        "Restart",
        "Reading",
    )
    before = step("restart", restart={"kind": "NotBefore", "now": str(T0)})
    new_enough = signed(STAMPED, timestamp=FLOOR)
    g.run(
        "the floor of a NotBefore is saved",
        [
            before,
            ok(new_enough, now=FLOOR),
            SAVE,
            RESTORE,
            no("BEFORE_RESTART", signed(STAMPED, nonce=2), now=FLOOR),
            ok(new_enough.but(nonce=2), now=FLOOR),
        ],
        "Restart",
    )
    return g


def lost(g: Group) -> Group:
    """The restart kinds after a run, and what FreshKeys gives away if it isn't true."""
    before = step("restart", restart={"kind": "NotBefore", "now": str(T0 + SECOND)})
    frame = signed(STAMPED)
    g.run(
        "taken, lost, NotBefore: not taken again",
        [ok(frame), before, no("BEFORE_RESTART", frame, now=T0 + SECOND)],
        "Restart",
        "Replay",
    )
    future = signed(STAMPED, timestamp=T0 + SECOND)
    g.run(
        "a frame from the future limit, lost, NotBefore: not taken again",
        [ok(future), before, no("BEFORE_RESTART", future, now=T0 + SECOND)],
        "Restart",
        "Replay",
    )
    counted = signed(COUNTER, timestamp=0)
    g.run(
        "a counter-only key, lost",
        [ok(counted), before, no("NO_WINDOW_STATE", counted)],
        "Restart",
        "Replay",
    )
    fresh = step("restart", restart={"kind": "FreshKeys"})
    g.run(
        "FreshKeys though the key was used: it is taken again",
        [ok(frame), fresh, ok(frame)],
        "Restart",
    )
    return g
