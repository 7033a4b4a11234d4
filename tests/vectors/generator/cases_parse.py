"""Step 1, and the ranges of r and s: bytes that aren't a frame (PROTOCOL.md §2, §3)."""

from . import make
from .make import ALICE, TAG, Frame, Key, Module, N, plain, secret, signed, varint
from .suite import Group, no, ok

HMAC = Key(0x1234, ALICE, 2, secret("parse hmac"))
LONG = Key(300, ALICE, 1, secret("parse long"))
ECDSA = Key(77, ALICE, 3, secret("parse ecdsa"))
ANNA = Module(ALICE, nonce_quota=4)
FITS = {(1, 0), (2, 0), (3, 0), (4, 1), (4, 2), (5, 3)}


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [HMAC, LONG, ECDSA], "modules": [ANNA]}
    return [
        lengths(Group("Cut off, or with something behind", **everybody)),
        heads(Group("Versions, levels, algorithms and their pairs", **everybody)),
        numbers(Group("Varints and their ranges", **everybody)),
        halves(Group("Ranges of r and s", **everybody)),
        detached(Group("Detached", **everybody)),
    ]


def lengths(g: Group) -> Group:
    """Every truncation and trailing bytes, of each level."""
    samples = [plain(ANNA, level) for level in (1, 2, 3)] + [signed(k) for k in (HMAC, LONG, ECDSA)]
    for frame in samples:
        whole = frame.attached
        name = f"level {frame.level}, algorithm {frame.algorithm}"
        g.ok(f"{name}: the whole frame", frame)
        step = 1 if frame.by in (HMAC, ANNA) and frame.level in (1, 4) else 5
        cuts = sorted({*range(0, len(whole), step), len(whole) - 1})
        for cut in cuts:
            comment = f"{name}: the first {cut} of {len(whole)} bytes"
            g.no("TRUNCATED", comment, whole[:cut], "Truncated", level=frame.level)
        for extra in (b"\0", b"\xff", frame.tag or b"again", whole):
            comment = f"{name}: {len(extra)} bytes more"
            g.no("TRAILING_BYTES", comment, whole + extra, "Trailing", level=frame.level)
        steps = [
            no("TRUNCATED", whole[:-1], level=frame.level),
            no("TRAILING_BYTES", whole + b"\0", level=frame.level),
            ok(frame),
        ]
        g.run(f"{name}: after both, the frame itself", steps, "Untouched")
    return g


def heads(g: Group) -> Group:
    """The first two bytes."""
    frame = signed(HMAC)

    def with_head(head: bytes, base: Frame = frame) -> bytes:
        return base.but(raw_meta=head + base.who() + base.numbers()).attached

    for version in (0, 2, 3, 15):
        head = frame.head(version=version)
        g.no("UNKNOWN_VERSION", f"version {version}", with_head(head), "Malformed")
    for level in (0, *range(6, 16)):
        head = frame.head(level=level)
        g.no("UNKNOWN_LEVEL", f"level {level}", with_head(head), "Malformed")
    for algorithm in (6, 7, 16, 127, 128, 255):
        head = frame.head(algorithm=algorithm)
        g.no("UNKNOWN_ALGORITHM", f"algorithm {algorithm}", with_head(head), "Malformed")
    for level in (1, 2, 3, 4, 5):
        base = plain(ANNA, level) if level < 4 else signed({4: HMAC, 5: ECDSA}[level])
        for algorithm in (0, 1, 2, 3):
            if (level, algorithm) in FITS:
                continue
            # As well made as it can be: with a tag of the algorithm's length.
            tag = (base.tag * 2 + bytes(64))[: TAG[algorithm]]
            head = base.head(algorithm=algorithm)
            data = with_head(head, base.but(raw_tag=tag))
            comment = f"level {level} with algorithm {algorithm}"
            g.no("PAIR_MISMATCH", comment, data, "Malformed", level=level)
        comment = f"level {level} with algorithm 5, set aside"
        data = with_head(base.head(algorithm=5), base)
        g.no("UNSUPPORTED_ALGORITHM", comment, data, "Malformed", level=level)
        if level != 5:
            data = with_head(base.head(algorithm=4), base)
            g.no("PAIR_MISMATCH", f"level {level} as a burst", data, "Malformed", level=level)
    order = [
        ("UNKNOWN_VERSION", bytes([0x2F]), "nothing but a wrong version and level"),
        ("UNKNOWN_LEVEL", bytes([0x16]), "nothing but a wrong level"),
        ("UNKNOWN_LEVEL", bytes([0x16, 9]), "a wrong level and a wrong algorithm"),
        ("UNKNOWN_ALGORITHM", bytes([0x14, 9]), "an unknown algorithm, then nothing"),
        ("UNSUPPORTED_ALGORITHM", bytes([0x15, 5]), "an algorithm set aside, then nothing"),
        ("PAIR_MISMATCH", bytes([0x15, 2]), "a wrong pair, then nothing"),
    ]
    for error, data, comment in order:
        g.no(error, f"R1: {comment}", data, "Malformed", "Order", "Reading")
    return g


def numbers(g: Group) -> Group:
    """The four varints: too long, too large, on the edge."""
    base = signed(HMAC)
    head = base.head()

    def made(*parts: bytes, frame: Frame = base) -> bytes:
        return frame.but(raw_meta=head + b"".join(parts)).attached

    stamp, nonce, length = varint(base.timestamp), varint(base.nonce), varint(len(base.payload))
    for extra in (1, 2, 7):
        more = f"{extra} bytes too long"
        cases = {
            "key ID": made(base.who(extra), stamp, nonce, length),
            "timestamp": made(base.who(), varint(base.timestamp, extra), nonce, length),
            "nonce": made(base.who(), stamp, varint(base.nonce, extra), length),
            "length": made(base.who(), stamp, nonce, varint(len(base.payload), extra)),
        }
        for field, data in cases.items():
            g.no("VARINT", f"{field} {more}", data, "Varint")
    empty = base.but(payload=b"")
    data = made(base.who(), stamp, nonce, b"\x80\x00", frame=empty)
    g.no("VARINT", "length 0 in two bytes", data, "Varint")
    g.no("VARINT", "nonce 0 in two bytes", made(base.who(), stamp, b"\x80\0", length), "Varint")
    ranges = [
        ("VARINT", "key ID 2^32", made(varint(2**32), stamp, nonce, length)),
        ("VARINT", "key ID 2^35", made(varint(2**35), stamp, nonce, length)),
        ("VARINT", "key ID 2^64", made(varint(2**64), stamp, nonce, length)),
        (
            "UNKNOWN_KEY",
            "key ID 2^32 - 1, not registered",
            made(varint(2**32 - 1), stamp, nonce, length),
        ),
        ("TIMESTAMP_RANGE", "timestamp 2^63", made(base.who(), varint(2**63), nonce, length)),
        (
            "TIMESTAMP_RANGE",
            "timestamp 2^64 - 1",
            made(base.who(), varint(2**64 - 1), nonce, length),
        ),
        ("VARINT", "timestamp 2^64", made(base.who(), varint(2**64), nonce, length)),
        ("VARINT", "timestamp 2^70", made(base.who(), varint(2**70), nonce, length)),
        ("VARINT", "nonce 2^64", made(base.who(), stamp, varint(2**64), length)),
        ("VARINT", "nonce of eleven bytes", made(base.who(), stamp, varint(2**70), length)),
        ("PAYLOAD_TOO_LONG", "length 2^28", made(base.who(), stamp, nonce, varint(2**28))),
        ("PAYLOAD_TOO_LONG", "length 2^32 - 1", made(base.who(), stamp, nonce, varint(2**32 - 1))),
        ("VARINT", "length 2^32", made(base.who(), stamp, nonce, varint(2**32))),
        ("VARINT", "length 2^63", made(base.who(), stamp, nonce, varint(2**63))),
        (
            "TRUNCATED",
            "length 2^28 - 1, not there",
            made(base.who(), stamp, nonce, varint(2**28 - 1)),
        ),
        (
            "TRUNCATED",
            "length one too large",
            made(base.who(), stamp, nonce, varint(len(base.payload) + 1)),
        ),
        (
            "TRAILING_BYTES",
            "length one too small",
            made(base.who(), stamp, nonce, varint(len(base.payload) - 1)),
        ),
    ]
    for error, comment, data in ranges:
        flag = "Trailing" if error == "TRAILING_BYTES" else "Varint"
        g.no(error, comment, data, flag)
    g.no("TRUNCATED", "a key ID that doesn't end", head + b"\xff\xff\xff", "Varint", "Truncated")
    g.no(
        "VARINT",
        "a key ID too large, then nothing",
        head + b"\xff\xff\xff\xff\x1f",
        "Varint",
        "Order",
    )
    g.no(
        "VARINT",
        "a nonce of nothing but ff",
        made(base.who(), stamp, b"\xff" * 10, length),
        "Varint",
    )
    g.no(
        "TRUNCATED",
        "a key ID of nine bytes that goes on, then nothing",
        head + b"\xff" * 9,
        "Varint",
        "Truncated",
    )
    g.no(
        "VARINT",
        "a key ID whose tenth byte goes on, then nothing",
        head + b"\xff" * 9 + b"\x81",
        "Varint",
        "Order",
    )
    return g


def halves(g: Group) -> Group:
    """r and s out of range; the rest of the frame is genuine."""
    frame = signed(ECDSA)
    r, s = int.from_bytes(frame.tag[:32]), int.from_bytes(frame.tag[32:])
    half = (N - 1) // 2
    cases = [
        ("SIGNATURE_RANGE", "r = 0", 0, s),
        ("SIGNATURE_RANGE", "s = 0", r, 0),
        ("SIGNATURE_RANGE", "both 0", 0, 0),
        ("SIGNATURE_RANGE", "r = n", N, s),
        ("SIGNATURE_RANGE", "r = n + 1", N + 1, s),
        ("SIGNATURE_RANGE", "r = 2^256 - 1", 2**256 - 1, s),
        ("SIGNATURE_RANGE", "s = n", r, N),
        ("SIGNATURE_RANGE", "s = 2^256 - 1", r, 2**256 - 1),
        ("SIGNATURE_RANGE", "r = n and a high s", N, N - s),
        ("SIGNATURE_HIGH_S", "the genuine signature's other s", r, N - s),
        ("SIGNATURE_HIGH_S", "s = (n + 1)/2", r, half + 1),
        ("SIGNATURE_HIGH_S", "s = n - 1", r, N - 1),
        ("SIGNATURE_WRONG", "s = (n - 1)/2", r, half),
        ("SIGNATURE_WRONG", "r = n - 1", N - 1, s),
        ("SIGNATURE_WRONG", "r = s = 1", 1, 1),
        ("SIGNATURE_WRONG", "r and s exchanged, made low", s, min(r, N - r)),
    ]
    for error, comment, r_, s_ in cases:
        tag = r_.to_bytes(32) + s_.to_bytes(32)
        g.no(error, comment, frame.but(raw_tag=tag), "Signature")
    high = frame.but(raw_tag=r.to_bytes(32) + (N - s).to_bytes(32))
    g.run("high s, then the low one", [no("SIGNATURE_HIGH_S", high), ok(frame)], "Untouched")
    unknown = signed(make.Key(5, ALICE, 3, ECDSA.material))
    tag = unknown.tag[:32] + bytes(32)
    g.no(
        "UNKNOWN_KEY",
        "R6: s = 0 under an unknown key",
        unknown.but(raw_tag=tag),
        "Signature",
        "Order",
        "Reading",
    )
    return g


def detached(g: Group) -> Group:
    """Beside its payload."""
    for frame in (plain(ANNA, 1), plain(ANNA, 3), signed(HMAC), signed(LONG), signed(ECDSA)):
        how = {"form": "detached", "level": frame.level}
        name = f"level {frame.level}, algorithm {frame.algorithm}"
        data, payload = frame.detached, frame.payload
        g.ok(f"{name}: detached", frame, form="detached")
        empty = frame.but(payload=b"")
        g.ok(f"{name}: detached, with an empty payload", empty, form="detached")
        for other in (b"", payload[:-1], payload + b"\0", payload * 2):
            comment = f"{name}: {len(other)} bytes beside it instead of {len(payload)}"
            g.no("LENGTH_MISMATCH", comment, data, "Malformed", payload=other, **how)
        for cut in sorted({0, 1, 2, 5, len(data) - 1, len(frame.meta) - 1}):
            comment = f"{name}: the first {cut} of {len(data)} bytes"
            g.no("TRUNCATED", comment, data[:cut], "Truncated", payload=payload, **how)
        comment = f"{name}: a byte more"
        g.no("TRAILING_BYTES", comment, data + b"\0", "Trailing", payload=payload, **how)
        if frame.level > 3:
            error = {4: "TAG_WRONG", 5: "SIGNATURE_WRONG"}[frame.level]
            other = bytes([payload[0] ^ 1]) + payload[1:]
            g.no(error, f"{name}: another payload", data, "Forged", payload=other, **how)
        comment = f"{name}: given as attached"
        g.no("TRUNCATED", comment, data, "Malformed", level=frame.level)
    return g
