"""The stream form: COBS packets that end with a zero (PROTOCOL.md §3.2)."""

from .make import ALICE, Frame, Key, Module, plain, secret, signed
from .suite import Group, no, ok

HMAC = Key(0x1234, ALICE, 2, secret("stream hmac"))
LONG = Key(300, ALICE, 1, secret("stream long"))
ECDSA = Key(77, ALICE, 3, secret("stream ecdsa"))
ANNA = Module(ALICE, nonce_quota=4)


def groups() -> list[Group]:
    """All of them."""
    everybody = {"keys": [HMAC, LONG, ECDSA], "modules": [ANNA]}
    return [
        whole(Group("Packets", **everybody)),
        blocks(Group("Blocks of 254 bytes", **everybody)),
        broken(Group("What is no packet", **everybody)),
    ]


def whole(g: Group) -> Group:
    """Frames of every level, zeros in the payload, empty packets before."""
    payloads = [b"", b"\0", b"\0\0\0", b"\1\0\2", b"0123456789"]
    for frame in (plain(ANNA, 1), plain(ANNA, 2), plain(ANNA, 3)):
        g.ok(f"level {frame.level}", frame, form="stream")
    for key in (HMAC, LONG, ECDSA):
        for payload in payloads:
            frame = signed(key, payload=payload)
            comment = f"algorithm {key.algorithm}, payload {payload.hex() or 'empty'}"
            g.ok(comment, frame, form="stream")
    frame = signed(HMAC)
    for zeros in (1, 3):
        step = ok(frame, form="stream")
        step["frame"] = "00" * zeros + step["frame"]
        g.run(f"{zeros} empty packets before it are skipped", [step], "Normal")
    return g


def _run_of(count: int) -> Frame:
    """A frame whose last `count` bytes hold no zero and have one before them.

    The nonce is searched until the tag has no zero."""
    nonce = 1
    while True:
        frame = signed(HMAC, payload=b"\0" + b"\x5a" * (count - 16), nonce=nonce)
        if 0 not in frame.tag:
            return frame
        nonce += 1


def blocks(g: Group) -> Group:
    """Around the longest block."""
    for count in (253, 255, 256, 509):
        g.ok(f"{count} bytes without a zero at the end", _run_of(count), form="stream")
    for count in (254, 508):
        frame = _run_of(count)
        step = ok(frame, form="stream")
        assert step["frame"].endswith("0100")
        g.run(f"R3: {count} bytes at the end, a code 01 behind them", [step], "Reading")
        short = step | {"frame": step["frame"][:-4] + "00"}
        g.run(f"R3: {count} bytes at the end, nothing behind them", [short], "Reading")
    return g


def broken(g: Group) -> Group:
    """Not COBS, too long for the buffer, or COBS of no frame."""
    frame = signed(HMAC)
    packet = frame.stream[:-1]
    how = {"form": "stream"}
    for bad, comment in [
        (b"\x02", "a code without its byte"),
        (b"\x05abc", "a code one beyond the end"),
        (b"\xff" + b"a" * 253, "a full block one short"),
        (packet[:-1], "the last byte lost"),
        (packet + b"\x02", "a code at the end without its byte"),
        (packet[1:], "the first code lost"),
    ]:
        g.no("COBS", comment, bad + b"\0", "Malformed", **how)
        g.run(
            f"{comment}; the next packet passes",
            [no("COBS", bad + b"\0", **how), ok(frame, **how)],
            "Untouched",
        )
    g.no("TRUNCATED", "a packet that decodes to nothing", b"\x01\x00", "Malformed", **how)
    g.no(
        "TRUNCATED",
        "a packet of one zero byte's encoding less its frame",
        b"\x02\x14\x00",
        "Malformed",
        **how,
    )
    for cut in (1, 10, 20):
        inner = frame.attached[:-cut]
        data = signed(HMAC).but(raw_meta=inner, payload=b"", raw_tag=b"").stream
        g.no("TRUNCATED", f"a good packet of a frame cut by {cut}", data, "Truncated", **how)
    for more in (b"\0", b"\x01"):
        data = frame.but(raw_tag=frame.tag + more).stream
        g.no(
            "TRAILING_BYTES", f"a good packet of a frame and {more.hex()}", data, "Trailing", **how
        )
    size = len(packet)
    for buffer in (1, 16, size - 8):
        comment = f"a packet of {size} bytes for a buffer of {buffer}"
        g.run(
            f"{comment}; the next one passes",
            [no("STREAM_TOO_LONG", frame.stream, buffer=buffer, **how), ok(frame, **how)],
            "Malformed",
            "Untouched",
        )
    g.ok(
        f"R5: a packet of {size} bytes for a buffer of {size}",
        frame,
        "Boundary",
        "Reading",
        buffer=size,
        **how,
    )
    long = b"\x01" * 600 + b"\0"
    g.no(
        "STREAM_TOO_LONG",
        "600 bytes of noise for a buffer of 64",
        long,
        "Malformed",
        buffer=64,
        **how,
    )
    flipped = bytearray(frame.stream)
    flipped[-3] ^= 0x10
    g.no("TAG_WRONG", "a bit of the tag", bytes(flipped), "BitFlip", **how)
    return g
