"""Step 6: tags and signatures, every field changed by a bit (PROTOCOL.md §4, §5)."""

from .make import (
    ALICE,
    CONTEXT,
    GROUP,
    SECOND,
    T0,
    Context,
    Frame,
    Key,
    secret,
    signed,
)
from .suite import Group, no, ok, step

SHORT = Key(0x1234, ALICE, 2, secret("proof short"))
LONG = Key(300, ALICE, 1, secret("proof long"))
ECDSA = Key(77, ALICE, 3, secret("proof ecdsa"))
WRONG = {1: "TAG_WRONG", 2: "TAG_WRONG", 3: "SIGNATURE_WRONG"}


def groups() -> list[Group]:
    """All of them."""
    keys = [SHORT, LONG, ECDSA]
    return [
        genuine(Group("Genuine frames of every length", keys=keys)),
        ids(Group("Key IDs of every length", keys=_keys_by_id())),
        metadata_bits(Group("Every bit of the metadata, level 4", keys=keys)),
        body_bits(Group("A bit of every byte of payload and tag", keys=keys)),
        forged(Group("Tags that nobody with the key made", keys=keys)),
        no_engine(Group("No engine for signatures", keys=[SHORT], engine=False)),
    ]


def genuine(g: Group) -> Group:
    """Payload lengths around a block, contexts of all kinds, both forms."""
    for key in (SHORT, LONG, ECDSA):
        for size in (0, 1, 63, 64, 65, 127, 128, 300):
            frame = signed(key, payload=bytes(i * 7 & 255 for i in range(size)))
            g.ok(f"algorithm {key.algorithm}, payload of {size}", frame)
        for context in (
            Context(1, b""),
            Context(1, b"x"),
            Context(1, b"plant/pump-3/temperature"),
            Context(1, b"n" * 255),
            Context(1, "größe/µ".encode()),
            Context(1, b"\0\xff"),
            Context(2, b"set"),
            Context(3, b"set", secret("request")[:16]),
            Context(3, b"set", secret("request")),
            Context(3, b"", secret("request") * 2),
            Context(4, b"door/1"),
        ):
            tag = f", answering a tag of {len(context.request_tag)}" if context.request_tag else ""
            comment = f"algorithm {key.algorithm}, kind {context.kind}, name of "
            comment += f"{len(context.name)}{tag}"
            g.ok(comment, signed(key, context=context), context=context)
    return g


def _keys_by_id() -> list[Key]:
    ids = (0, 127, 128, 2**14 - 1, 2**14, 2**28, 2**32 - 1)
    return [Key(i, ALICE, 2, secret(f"proof id {i}")) for i in ids]


def ids(g: Group) -> Group:
    """Each with a nonce of as many bytes."""
    for key in g.keys:
        g.ok(f"key ID {key.key_id}", signed(key, nonce=key.key_id), "Boundary")
    g.no(
        "UNKNOWN_KEY", "a key ID that isn't registered", signed(Key(1, ALICE, 2, b"k" * 32)), "Keys"
    )
    return g


def metadata_bits(g: Group) -> Group:
    """What each flipped bit of this one frame must lead to, least significant first.

    14 02 | b4 24 | timestamp, 8 bytes | 01 | 06 -- written down by hand: the table is the
    claim. A top bit taken away (bytes 2, 4 to 10) ends a number early, so that the nonce's 01
    becomes the length and bytes are left over; one added takes the next field's byte in: a key
    ID too large (3), the 06 as the nonce and the payload's first byte as the length (11), or
    the nonce's neighbour (12, 13)."""
    frame = signed(SHORT)
    assert frame.meta[:4] == bytes.fromhex("1402b424") and len(frame.meta) == 14
    assert frame.meta[12:] == b"\x01\x06"
    expected = {
        0: ["PAIR_MISMATCH", *["UNKNOWN_LEVEL"] * 3, *["UNKNOWN_VERSION"] * 4],
        1: ["PAIR_MISMATCH", "PAIR_MISMATCH", *["UNKNOWN_ALGORITHM"] * 6],
        2: [*["UNKNOWN_KEY"] * 7, "TRAILING_BYTES"],
        3: [*["UNKNOWN_KEY"] * 7, "VARINT"],
        12: [*["TAG_WRONG"] * 7, "TRUNCATED"],
        13: ["TRUNCATED", "TRAILING_BYTES", "TRAILING_BYTES", *["TRUNCATED"] * 5],
    }
    for byte in range(4, 12):
        top = "TRAILING_BYTES" if byte < 11 else "TRUNCATED"
        expected[byte] = [*[_moved(frame, byte, bit) for bit in range(7)], top]
    for byte, names in sorted(expected.items()):
        for bit, error in enumerate(names):
            g.no(
                error,
                f"metadata byte {byte}, bit {bit}",
                flip(frame.attached, byte, bit),
                "BitFlip",
            )
    return g


def _moved(frame: Frame, byte: int, bit: int) -> str:
    """What a flipped bit of the timestamp's value leads to, by arithmetic."""
    moved = frame.timestamp ^ 1 << (7 * (byte - 4) + bit)
    if moved < T0 - 10 * SECOND:
        return "TOO_OLD"
    return "TOO_NEW" if moved > T0 + SECOND else "TAG_WRONG"


def flip(data: bytes, byte: int, bit: int) -> bytes:
    """One bit changed."""
    return data[:byte] + bytes([data[byte] ^ 1 << bit]) + data[byte + 1 :]


def body_bits(g: Group) -> Group:
    """Payload and tag; the frame itself passes afterwards."""
    for key in (SHORT, LONG, ECDSA):
        frame = signed(key)
        whole, first = frame.attached, len(frame.meta)
        for byte in range(first, len(whole)):
            bit = byte % 7  # not the top bit of s, which would make it high
            comment = f"algorithm {key.algorithm}, byte {byte}, bit {bit}"
            g.no(WRONG[key.algorithm], comment, flip(whole, byte, bit), "BitFlip", level=key.level)
        steps = [
            no(WRONG[key.algorithm], flip(whole, b, 0), level=key.level)
            for b in range(first, len(whole), 9)
        ]
        g.run(
            f"algorithm {key.algorithm}: flipped often, then genuine",
            [*steps, ok(frame)],
            "Untouched",
        )
    frame = signed(SHORT)
    for byte in range(len(frame.tag)):
        data = flip(frame.detached, len(frame.meta) + byte, (byte * 3) % 8)
        g.no(
            "TAG_WRONG",
            f"detached, byte {byte} of the tag",
            data,
            "BitFlip",
            form="detached",
            payload=frame.payload,
        )
    for bit in range(8):
        g.no(
            "TAG_WRONG",
            f"detached, bit {bit} of the payload",
            frame.detached,
            "BitFlip",
            form="detached",
            payload=flip(frame.payload, 2, bit),
        )
    return g


def forged(g: Group) -> Group:
    """Guessed, cut, padded, made by another key or over other bytes."""
    for key in (SHORT, LONG, ECDSA):
        frame, wrong = signed(key), WRONG[key.algorithm]
        name = f"algorithm {key.algorithm}"
        other = Key(key.key_id, ALICE, key.algorithm, secret("somebody else"))
        covered = frame.meta + frame.payload + frame.context.bytes
        tags = {
            "another secret": signed(other).tag,
            "the tag of another nonce": signed(key, nonce=2).tag,
            "the tag of another payload": signed(key, payload=b"21.6 C").tag,
            "the tag of another time": signed(key, timestamp=T0 + 1).tag,
            "the tag without a context": key.tag(frame.meta + frame.payload),
            "the tag without metadata": key.tag(frame.payload + frame.context.bytes),
            "the tag with payload and context exchanged": key.tag(
                frame.meta + frame.context.bytes + frame.payload
            ),
            "the tag of the payload alone": key.tag(frame.payload),
            "a tag over one byte more": key.tag(covered + b"\0"),
        }
        if key.algorithm != 3:
            tags |= {
                "zeros": bytes(len(frame.tag)),
                "ones": b"\xff" * len(frame.tag),
                "the first half right": frame.tag[: len(frame.tag) // 2] * 2,
                "the last byte wrong": frame.tag[:-1] + bytes([frame.tag[-1] ^ 1]),
            }
        else:
            tags |= {
                "without label and binding": key.sign(covered),
                "with a session's binder": key.sign(
                    key.prefix(binder=secret("binder")[:16]) + covered
                ),
                "with level 4's algorithm in the label": key.sign(
                    key.prefix().replace(b"frame\x03", b"frame\x01") + covered
                ),
                "under version 2's label": key.sign(key.prefix().replace(b"/1 ", b"/2 ") + covered),
                "as a group's": key.sign(
                    Key(1, ALICE, 3, key.material, group=GROUP).prefix() + covered
                ),
            }
        for comment, tag in tags.items():
            g.no(wrong, f"{name}: {comment}", frame.but(raw_tag=tag), "Forged")
    raw = signed(SHORT)
    covered = raw.meta + raw.payload + CONTEXT.bytes
    direct = Key(9, ALICE, 1, SHORT.material)
    g.no(
        "TAG_WRONG",
        "a tag made with the peer secret's 32-byte key, cut to 16",
        raw.but(raw_tag=direct.tag(covered)[:16]),
        "Forged",
        "Binding",
    )
    g.no(
        "KEY_ALGORITHM",
        "a 16-byte tag under a key of 32",
        signed(Key(300, ALICE, 2, LONG.material)),
        "Binding",
    )
    g.no(
        "KEY_ALGORITHM",
        "a 32-byte tag under a key of 16",
        signed(Key(0x1234, ALICE, 1, SHORT.material)),
        "Binding",
    )
    g.no(
        "KEY_ALGORITHM",
        "a signature under an HMAC key",
        signed(Key(300, ALICE, 3, ECDSA.material)),
        "Binding",
    )
    g.no(
        "KEY_ALGORITHM",
        "an HMAC under a signature key",
        signed(Key(77, ALICE, 1, secret("x"))),
        "Binding",
    )
    public = Key(77, ALICE, 1, ECDSA.public[:32])
    g.no("KEY_ALGORITHM", "an HMAC keyed with the public key", signed(public), "Binding")
    return g


def no_engine(g: Group) -> Group:
    """Signed frames can't be checked, so no key is taken for them (R20); the rest can."""
    refused = step("register", "NO_ENGINE", key=ECDSA.json())
    g.run("R20: a signature key is not taken", [refused], "Keys", "Reading")
    g.run(
        "R20: and so its frames are of an unknown key",
        [refused, no("UNKNOWN_KEY", signed(ECDSA))],
        "Signature",
        "Reading",
    )
    g.ok("level 4 needs none", signed(SHORT))
    return g
