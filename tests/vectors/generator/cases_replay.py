"""Steps 5 and 7: the window and the cache (PROTOCOL.md §7).

The first groups follow the self-test of WireGuard's replay counter: repetitions, both edges of
the window, far jumps, sweeps both ways, the counter's end.
"""

from .make import ALICE, BOB, LAST, SECOND, T0, Key, Module, plain, secret, signed
from .suite import Group, no, ok

COUNTER = Key(1, ALICE, 2, secret("replay counter"))
SIGNED = Key(2, ALICE, 3, secret("replay signed"))
RANDOM = Key(3, BOB, 2, secret("replay random"), random_quota=4)
OTHER = Key(4, BOB, 1, secret("replay other"))
ANNA = Module(ALICE, nonce_quota=3)
BERT = Module(BOB, nonce_quota=2)
TAKEN, AGAIN, OLD, END = None, "REPLAYED", "NONCE_TOO_OLD", "NONCE_LIMIT"
W = 512


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [COUNTER, SIGNED, RANDOM, OTHER], "modules": [ANNA, BERT]}
    return [
        window(Group("The window", **everybody)),
        burnt(Group("What spends a nonce", **everybody)),
        cache(Group("The cache", **everybody)),
    ]


def _walk(g: Group, comment: str, walk: list[tuple[int, str | None]], key: Key = COUNTER) -> None:
    """Nonces in a row, each taken or refused."""
    steps = []
    for nonce, error in walk:
        frame = signed(key, nonce=nonce, payload=b"")
        steps.append(ok(frame) if error is None else no(error, frame, level=key.level))
    g.run(comment, steps, "Window", "Replay")


def _sweep(nonces: range, error: str | None = TAKEN) -> list[tuple[int, str | None]]:
    return [(nonce, error) for nonce in nonces]


def window(g: Group) -> Group:
    """By the numbers."""
    _walk(
        g,
        "the table: small numbers and both edges",
        [
            (0, TAKEN),
            (0, AGAIN),
            (1, TAKEN),
            (1, AGAIN),
            (9, TAKEN),
            (8, TAKEN),
            (7, TAKEN),
            (7, AGAIN),
            (W, TAKEN),
            (W - 1, TAKEN),
            (W - 1, AGAIN),
            (W - 2, TAKEN),
            (2, TAKEN),
            (2, AGAIN),
            (W + 16, TAKEN),
            (3, OLD),
            (W + 16, AGAIN),
            (17, TAKEN),
            (16, OLD),
            (0, OLD),
        ],
    )
    _walk(
        g,
        "the table: towards the counter's end",
        [
            (2**32, TAKEN),
            (2**32 - 1, TAKEN),
            (2**32 - W + 1, TAKEN),
            (2**32 - W, OLD),
            (2**53 + 1, TAKEN),
            (2**53 + 1 - W, OLD),
            (2**53, TAKEN),
            (LAST, TAKEN),
            (LAST, AGAIN),
            (2**63, END),
            (2**64 - 1, END),
            (LAST - 1, TAKEN),
            (LAST - W + 1, TAKEN),
            (LAST - W, OLD),
            (0, OLD),
            (LAST - 1, AGAIN),
        ],
    )
    for nonce in (0, 1, W - 1, W, 2**31, LAST):
        _walk(g, f"{nonce} first, and again", [(nonce, TAKEN), (nonce, AGAIN)])
    for nonce in (2**63, 2**63 + 1, 2**64 - 1):
        _walk(g, f"{nonce} first: refused, then 0", [(nonce, END), (0, TAKEN)])
    _walk(
        g,
        "a fresh window takes what is below its first nonce",
        [(1000, TAKEN), (999, TAKEN), (489, TAKEN), (488, OLD), (0, OLD)],
    )
    _walk(g, "after 511 the nonce 0 is inside", [(W - 1, TAKEN), (0, TAKEN), (0, AGAIN)])
    _walk(g, "after 512 the nonce 0 is outside", [(W, TAKEN), (0, OLD), (1, TAKEN)])
    _walk(g, "upwards", _sweep(range(0, 40)) + _sweep(range(39, -1, -1), AGAIN))
    _walk(g, "downwards", _sweep(range(40, -1, -1)) + _sweep(range(0, 41), AGAIN))
    _walk(
        g,
        "odd ones, then the even ones between",
        _sweep(range(1, 60, 2)) + _sweep(range(0, 60, 2)) + _sweep(range(0, 60, 7), AGAIN),
    )
    _walk(
        g,
        "in strides over several windows, with what each leaves behind",
        [
            pair
            for top in range(600, 3400, 400)
            for pair in ((top, TAKEN), (top, AGAIN), (top - W + 1, TAKEN), (top - W, OLD))
        ],
    )
    _walk(
        g,
        "around the borders of 64-bit words",
        [
            pair
            for n in (63, 64, 65, 127, 128, 129, 447, 448, 511, 512, 513, 575, 576, 577)
            for pair in ((n, TAKEN), (n, AGAIN))
        ]
        + [(n, AGAIN) for n in (576, 513, 512, 511, 448, 447, 129, 128, 127)]
        + [(65, OLD), (64, OLD)],
    )
    for jump in (1, 63, 64, 65, 511, 512, 513, 575, 576, 1024, 2**40):
        start = 100
        top = start + jump
        walk = [(start, TAKEN), (start - 1, TAKEN), (top, TAKEN)]
        for n in (start, start - 1):
            walk.append((n, OLD if n <= top - W else AGAIN))
        walk += [(n, TAKEN) for n in (top - 1, top - 2) if n not in (start, start - 1)]
        low = top - W + 1
        if low > start:
            walk.append((low, TAKEN))
        # What shares a place in a ring with a nonce that was taken.
        for n in (start + W, start - 1 + W):
            if low <= n < top - 2:
                walk.append((n, TAKEN))
        _walk(g, f"a jump of {jump}", walk)
    _walk(g, "another key has a window of its own", [(5, TAKEN), (5, AGAIN)], OTHER)
    steps = [
        ok(signed(COUNTER, nonce=5)),
        ok(signed(OTHER, nonce=5)),
        ok(signed(SIGNED, nonce=5)),
        no(AGAIN, signed(OTHER, nonce=5)),
        no(AGAIN, signed(SIGNED, nonce=5)),
    ]
    g.run("three keys, one nonce", steps, "Window")
    _walk(
        g,
        "level 5",
        [(0, TAKEN), (0, AGAIN), (W, TAKEN), (0, OLD), (1, TAKEN), (2**63, END)],
        SIGNED,
    )
    return g


def burnt(g: Group) -> Group:
    """Accepted frames do, whatever their payload; refused ones don't."""
    frame = signed(COUNTER, nonce=7)
    for form in ("detached", "stream"):
        g.run(
            f"attached, then the same frame {form}",
            [ok(frame), no(AGAIN, frame, form=form)],
            "Replay",
        )
    other = frame.but(payload=b"else")
    g.run("another genuine frame with the same nonce", [ok(frame), no(AGAIN, other)], "Replay")
    later = frame.but(timestamp=T0 + SECOND)
    g.run("the same nonce a second later", [ok(frame), no(AGAIN, later, now=T0 + SECOND)], "Replay")
    forged = frame.but(raw_tag=bytes(16))
    g.run(
        "forged, then genuine", [no("TAG_WRONG", forged), ok(frame), no(AGAIN, frame)], "Untouched"
    )
    far = signed(COUNTER, nonce=LAST, raw_tag=bytes(16))
    g.run(
        "a forged high nonce doesn't move the window",
        [no("TAG_WRONG", far), ok(frame), ok(signed(COUNTER, nonce=0))],
        "Untouched",
    )
    g.run(
        "repeated and a wrong tag: the repetition is seen first",
        [ok(frame), no(AGAIN, forged)],
        "Order",
    )
    steps = [
        ok(frame),
        ok(signed(COUNTER, nonce=600)),
        no("NONCE_TOO_OLD", signed(COUNTER, nonce=7, raw_tag=bytes(16))),
    ]
    g.run("behind the window and a wrong tag", steps, "Order")
    g.no(
        "TOO_OLD",
        "late and at the counter's limit",
        signed(COUNTER, nonce=2**63, timestamp=0),
        "Order",
    )
    g.run(
        "checked twice, admitted once: the other admission comes second",
        [no(AGAIN, frame, between=[ok(frame)])],
        "Replay",
    )
    g.run(
        "checked, then overtaken by more than the window",
        [no("NONCE_TOO_OLD", frame, between=[ok(signed(COUNTER, nonce=7 + W))])],
        "Window",
    )
    g.run(
        "checked, then overtaken within the window",
        [ok(frame, between=[ok(signed(COUNTER, nonce=6 + W))])],
        "Window",
    )
    return g


def cache(g: Group) -> Group:
    """Regions of 4, 3 and 2 entries."""

    def at(nonce: int, stamp: int = T0):
        return signed(RANDOM, nonce=nonce, timestamp=stamp)

    big = [2**64 - 1, 0, 2**63, 12345]
    full = [ok(at(n)) for n in big]
    g.run(
        "random nonces in any order, each once",
        [*full[:3], no(AGAIN, at(2**63)), no(AGAIN, at(0)), full[3]],
        "Cache",
    )
    g.run("a full region refuses", [*full, no("NONCE_CACHE_FULL", at(5))], "Cache")
    g.run(
        "R7: a repetition in a full region is a repetition",
        [*full, no(AGAIN, at(0))],
        "Cache",
        "Reading",
    )
    g.run(
        "R21: the same nonce at another time",
        [ok(at(9)), no(AGAIN, at(9, T0 + 1))],
        "Cache",
        "Reading",
    )
    end = T0 + 10 * SECOND
    g.run(
        "full at the entries' last µs",
        [*full, no("NONCE_CACHE_FULL", at(5, end), now=end)],
        "Cache",
        "Boundary",
    )
    g.run(
        "a nonce at the end of its entry's life",
        [ok(at(9)), no(AGAIN, at(9, end), now=end), ok(at(9, end), now=end + 1)],
        "Cache",
        "Boundary",
    )
    g.run("room 1 µs later", [*full, ok(at(5, end), now=end + 1)], "Cache", "Boundary")
    mixed = [ok(at(1, T0 - 9 * SECOND)), ok(at(2, T0)), ok(at(3, T0 + SECOND)), ok(at(4, T0))]
    second = T0 + SECOND
    g.run(
        "an entry lives by its own timestamp",
        [
            *mixed,
            no("NONCE_CACHE_FULL", at(5, second), now=second),
            ok(at(5, second), now=second + 1),
            no("NONCE_CACHE_FULL", at(6, second), now=second + 1),
        ],
        "Cache",
        "Boundary",
    )
    g.run(
        "a future entry outlives the past limit from now",
        [
            ok(at(3, second)),
            no(AGAIN, at(3, second), now=T0 + 11 * SECOND),
            no("TOO_OLD", at(3, second), now=T0 + 11 * SECOND + 1),
        ],
        "Cache",
        "Boundary",
    )
    forged = [no("TAG_WRONG", at(n).but(raw_tag=bytes(16))) for n in range(6)]
    g.run("forged frames take no place", [*forged, *full], "Untouched")
    g.run(
        "a full region and a wrong tag",
        [*full, no("NONCE_CACHE_FULL", at(5).but(raw_tag=bytes(16)))],
        "Order",
    )
    anna = [ok(plain(ANNA, 3, nonce=n)) for n in range(3)]
    bert = [ok(plain(BERT, 3, nonce=n)) for n in range(2)]
    g.run(
        "level 3: each sender has a region of its own",
        [
            *anna,
            no("NONCE_CACHE_FULL", plain(ANNA, 3, nonce=3)),
            *bert,
            no("NONCE_CACHE_FULL", plain(BERT, 3, nonce=2)),
            no(AGAIN, plain(ANNA, 3, nonce=2)),
            *full,
        ],
        "Cache",
    )
    g.run(
        "level 3 full leaves level 2 and level 4 alone",
        [*anna, ok(plain(ANNA, 2, nonce=3)), ok(signed(COUNTER, nonce=3))],
        "Cache",
    )
    late = end + 1
    g.run(
        "level 3: a place is free again",
        [*anna, ok(plain(ANNA, 3, nonce=0, timestamp=late), now=late)],
        "Cache",
    )
    g.run(
        "checked while there was room, admitted when there is none",
        [*full[:3], no("NONCE_CACHE_FULL", at(6), between=[ok(at(5))])],
        "Cache",
    )
    return g
