"""Step 4: limits, clocks that step back, counter-only keys, expiry (PROTOCOL.md §7)."""

from .make import ALICE, BOB, CAROL, LAST, SECOND, T0, Key, Module, plain, secret, signed
from .suite import Group, no, ok

STAMPED = Key(1, ALICE, 2, secret("time stamped"))
SIGNED = Key(2, ALICE, 3, secret("time signed"))
COUNTER = Key(3, BOB, 2, secret("time counter"), counter_only=True)
COUNTER5 = Key(4, BOB, 3, secret("time counter 5"), counter_only=True)
ANNA = Module(ALICE, nonce_quota=8)


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [STAMPED, SIGNED, COUNTER, COUNTER5], "modules": [ANNA]}
    narrow = {"past": 1, "future": 0}
    day = 86_400 * SECOND
    return [
        limits(Group("Limits of 10 s and 1 s", **everybody)),
        limits(Group("Limits of 1 µs and nothing", **everybody, **narrow)),
        limits(Group("Limits of a day", **everybody, past=day, future=day)),
        ends(Group("The ends of time", **everybody)),
        stepped(Group("A clock that steps back", **everybody)),
        counter_only(Group("Keys that count and have no clock", **everybody)),
        expiry(Group("Keys that end", keys=_ending())),
    ]


def _samples():
    return (plain(ANNA, 3), signed(STAMPED), signed(SIGNED))


def limits(g: Group) -> Group:
    """At each limit, and one µs beyond."""
    for frame in _samples():
        name = f"level {frame.level}"
        g.ok(f"{name}: at the past limit", frame.but(timestamp=T0 - g.past), "Boundary")
        g.no(
            "TOO_OLD",
            f"{name}: 1 µs before it",
            frame.but(timestamp=T0 - g.past - 1),
            "Time",
            "Boundary",
        )
        g.ok(f"{name}: at the future limit", frame.but(timestamp=T0 + g.future), "Boundary")
        g.no(
            "TOO_NEW",
            f"{name}: 1 µs after it",
            frame.but(timestamp=T0 + g.future + 1),
            "Time",
            "Boundary",
        )
        g.no("TOO_OLD", f"{name}: timestamp 0", frame.but(timestamp=0), "Time")
        g.no("TOO_NEW", f"{name}: timestamp 2^63 - 1", frame.but(timestamp=LAST), "Time")
        g.no("NO_CLOCK", f"{name}: no clock", frame, "Time", now=None)
        late = frame.but(timestamp=T0 - g.past - 1)
        g.run(
            f"{name}: refused as late, then one in time with that nonce",
            [no("TOO_OLD", late), ok(frame)],
            "Untouched",
        )
        wrong = late.but(raw_tag=bytes([1]) * len(late.tag))
        g.no("TOO_OLD", f"{name}: late and a wrong tag", wrong, "Order")
    return g


def ends(g: Group) -> Group:
    """Around 0 and 2^63 - 1 nothing wraps."""
    for frame in _samples():
        name = f"level {frame.level}"
        zero = frame.but(timestamp=0)
        g.ok(f"{name}: 0 at 0", zero, "Boundary", now=0)
        g.ok(f"{name}: 0 at 10 s", zero, "Boundary", now=g.past)
        g.no("TOO_OLD", f"{name}: 0 at 10 s and 1 µs", zero, "Time", "Boundary", now=g.past + 1)
        g.ok(f"{name}: 1 s at 0", frame.but(timestamp=g.future), "Boundary", now=0)
        g.no(
            "TOO_NEW",
            f"{name}: 1 s and 1 µs at 0",
            frame.but(timestamp=g.future + 1),
            "Time",
            "Boundary",
            now=0,
        )
        last = frame.but(timestamp=LAST)
        g.ok(f"{name}: the last at the last", last, "Boundary", now=LAST)
        g.ok(f"{name}: the last 1 s before", last, "Boundary", now=LAST - g.future)
        g.no(
            "TOO_NEW",
            f"{name}: the last 1 s and 1 µs before",
            last,
            "Time",
            "Boundary",
            now=LAST - g.future - 1,
        )
        g.ok(
            f"{name}: 10 s before the last",
            frame.but(timestamp=LAST - g.past),
            "Boundary",
            now=LAST,
        )
        g.no(
            "TOO_OLD",
            f"{name}: 10 s and 1 µs before the last",
            frame.but(timestamp=LAST - g.past - 1),
            "Time",
            "Boundary",
            now=LAST,
        )
        g.no("TOO_OLD", f"{name}: 0 at the last", zero, "Time", now=LAST)
        g.no("TOO_NEW", f"{name}: the last at 0", last, "Time", now=0)
    return g


def stepped(g: Group) -> Group:
    """The highest now of an admission counts."""
    first = signed(STAMPED, nonce=1)
    for frame in (plain(ANNA, 3, nonce=2), signed(STAMPED, nonce=2), signed(SIGNED, nonce=2)):
        name = f"level {frame.level}"
        early = T0 - 30 * SECOND
        fresh_then = frame.but(timestamp=early)
        g.run(
            f"{name}: fresh by a clock that stepped back, not by the highest",
            [ok(first), no("CLOCK_STEPPED_BACK", fresh_then, now=early)],
            "Time",
        )
        g.run(
            f"{name}: old by both",
            [ok(first), no("TOO_OLD", frame.but(timestamp=early - 20 * SECOND), now=early)],
            "Time",
        )
        g.run(
            f"{name}: fresh by the highest, from a clock that stepped back a little",
            [ok(first), ok(frame, now=T0 - 5 * SECOND)],
            "Time",
        )
        g.run(
            f"{name}: fresh by the highest, from a clock that stepped back far",
            [ok(first), ok(frame, now=early)],
            "Time",
        )
        g.run(
            f"{name}: at the past limit of the highest",
            [ok(first), ok(frame.but(timestamp=T0 - g.past), now=T0 - SECOND)],
            "Boundary",
        )
        g.run(
            f"{name}: 1 µs before it",
            [
                ok(first),
                no("CLOCK_STEPPED_BACK", frame.but(timestamp=T0 - g.past - 1), now=T0 - SECOND),
            ],
            "Boundary",
        )
        g.run(
            f"{name}: too new by both",
            [ok(first), no("TOO_NEW", frame.but(timestamp=T0 + 5 * SECOND), now=early)],
            "Time",
        )
        g.run(
            f"{name}: a refused frame doesn't move the highest",
            [no("TOO_OLD", first, now=T0 + 60 * SECOND), ok(frame)],
            "Untouched",
        )
        forged = first.but(raw_tag=bytes(16), timestamp=T0 + 60 * SECOND)
        g.run(
            f"{name}: nor does a forged one that is fresh",
            [no("TAG_WRONG", forged, now=T0 + 60 * SECOND), ok(frame)],
            "Untouched",
        )
    steps = [
        ok(plain(ANNA, 3)),
        ok(plain(ANNA, 3, nonce=2, timestamp=T0 + 10 * SECOND), now=T0 + 10 * SECOND),
        no("REPLAYED", plain(ANNA, 3), now=T0 + 10 * SECOND),
    ]
    g.run(
        "an entry of the cache lives until its timestamp and the past limit",
        steps,
        "Cache",
        "Boundary",
    )
    after = T0 + 10 * SECOND + 1
    steps = [
        ok(plain(ANNA, 3)),
        ok(plain(ANNA, 3, nonce=2, timestamp=after), now=after),
        no("CLOCK_STEPPED_BACK", plain(ANNA, 3), now=T0),
    ]
    g.run("what expired is not revived by a clock that steps back", steps, "Cache", "Replay")
    return g


def counter_only(g: Group) -> Group:
    """Timestamp 0 and nothing else; no clock is needed."""
    for key in (COUNTER, COUNTER5):
        frame = signed(key, timestamp=0)
        name = f"level {key.level}"
        g.ok(f"{name}: timestamp 0, no clock", frame, now=None)
        g.ok(f"{name}: timestamp 0, a clock", frame)
        for stamp in (1, T0, LAST):
            g.no(
                "TIMESTAMP_NOT_ZERO",
                f"{name}: timestamp {stamp}",
                frame.but(timestamp=stamp),
                "Time",
            )
        steps = [
            ok(frame, now=None),
            no("REPLAYED", frame, now=None),
            ok(frame.but(nonce=2), now=None),
            ok(frame.but(nonce=0), now=None),
        ]
        g.run(f"{name}: order and repetition are checked", steps, "Replay")
        steps = [ok(frame), no("REPLAYED", frame, now=T0 + 86_400 * SECOND)]
        g.run(f"{name}: a day later it is still a repetition", steps, "Replay")
        g.no("NONCE_LIMIT", f"{name}: nonce 2^63", frame.but(nonce=2**63), "Boundary")
    g.run(
        "a clock-less admission leaves the highest now alone",
        [
            ok(signed(STAMPED)),
            ok(signed(COUNTER, timestamp=0), now=None),
            no(
                "CLOCK_STEPPED_BACK",
                signed(STAMPED, nonce=2, timestamp=T0 - 30 * SECOND),
                now=T0 - 30 * SECOND,
            ),
        ],
        "Time",
    )
    return g


def _ending() -> list[Key]:
    end = T0 + 100 * SECOND
    return [
        Key(1, ALICE, 2, secret("end 1"), expires=end),
        Key(2, ALICE, 3, secret("end 2"), expires=end),
        Key(3, BOB, 2, secret("end 3"), counter_only=True, expires=end),
        Key(4, CAROL, 2, secret("end 4"), expires=end + 500_000),
        Key(5, CAROL, 1, secret("end 5")),
    ]


def expiry(g: Group) -> Group:
    """A key is dead from its second on."""
    end = T0 + 100 * SECOND
    for key in g.keys[:3]:
        name = f"key {key.key_id}"

        def at(now: int, key: Key = key, nonce: int = 1):
            return signed(key, timestamp=0 if key.counter_only else now, nonce=nonce)

        g.ok(f"{name}: 1 µs before its end", at(end - 1), "Boundary", now=end - 1)
        for later in (0, 1, SECOND, 3600 * SECOND):
            g.no(
                "KEY_EXPIRED",
                f"{name}: {later} µs after its end",
                at(end + later),
                "Keys",
                now=end + later,
            )
        g.no("NO_CLOCK", f"{name}: an end and no clock", at(T0), "Keys", "Time", now=None)
        g.no(
            "KEY_EXPIRED",
            f"{name}: ended, with a wrong tag",
            at(end).but(raw_tag=signed(key, nonce=9).tag),
            "Order",
            now=end,
        )
    other = signed(g.keys[4], timestamp=end)
    steps = [
        ok(other, now=end),
        no("KEY_EXPIRED", signed(g.keys[0], timestamp=end - 5), now=end - 5),
    ]
    g.run("R8: a clock that steps back revives no key", steps, "Keys", "Reading")
    half = g.keys[3]
    g.ok(
        "R8: an end within a second is rounded down: before",
        signed(half, timestamp=end - 1),
        "Boundary",
        "Reading",
        now=end - 1,
    )
    g.no(
        "KEY_EXPIRED",
        "R8: an end within a second is rounded down: at the second",
        signed(half, timestamp=end),
        "Boundary",
        "Reading",
        now=end,
    )
    middle = signed(g.keys[0], timestamp=end - 1)
    steps = [
        ok(middle, now=end - 1),
        no("KEY_EXPIRED", signed(g.keys[0], nonce=2, timestamp=end), now=end),
    ]
    g.run("taken, then ended", steps, "Keys")
    return g
