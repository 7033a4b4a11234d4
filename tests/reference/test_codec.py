"""Metadata and COBS: what is written is read back, and nothing else is read."""

import random

import pytest
from sealwire_reference import Metadata, Refused, cobs, metadata

EDGES = [
    0,
    1,
    127,
    128,
    2**14 - 1,
    2**14,
    2**28 - 1,
    2**32 - 1,
    2**35,
    2**56,
    2**63 - 1,
    2**63,
    2**64 - 1,
]


def test_metadata_is_read_back() -> None:
    for number in EDGES:
        for level, algorithm in ((1, 0), (3, 0), (4, 1), (4, 2), (5, 3)):
            written = Metadata(
                level,
                algorithm,
                sender=bytes(16) if level <= 3 else None,
                key_id=number % 2**32 if level > 3 else None,
                timestamp=min(number, metadata.MAX_TIMESTAMP),
                nonce=number,
                length=min(number, metadata.MAX_PAYLOAD),
            )
            assert metadata.decode(written.encode() + b"rest") == (written, len(written.encode()))


def test_whatever_is_read_is_what_would_be_written() -> None:
    source = random.Random(1)
    read = 0
    for _ in range(20_000):
        data = bytes([0x14, source.choice([1, 2])]) + source.randbytes(source.randrange(40))
        try:
            meta, used = metadata.decode(data)
        except Refused:
            continue
        assert meta.encode() == data[:used]
        read += 1
    assert read > 1000


@pytest.mark.parametrize(
    "data, encoded",
    [
        ("", "01"),
        ("00", "0101"),
        ("0000", "010101"),
        ("00110000", "0102110101"),
        ("11220033", "0311220233"),
        ("11223344", "0511223344"),
        ("11000000", "0211010101"),
    ],
)
def test_cobs_gives_the_usual_examples(data: str, encoded: str) -> None:
    assert cobs.encode(bytes.fromhex(data)).hex() == encoded
    assert cobs.decode(bytes.fromhex(encoded)).hex() == data


def test_cobs_of_every_length_is_read_back_and_has_no_zero() -> None:
    source = random.Random(2)
    for size in [*range(40), *range(250, 260), *range(505, 515), 1000]:
        for data in (bytes(size), b"\x01" * size, source.randbytes(size)):
            encoded = cobs.encode(data)
            assert 0 not in encoded
            assert cobs.decode(encoded) == data
            assert len(encoded) <= size + size // 254 + 1


def test_cobs_of_254_bytes_is_read_with_and_without_its_last_code() -> None:
    data = bytes(range(1, 255))
    assert cobs.encode(data) == b"\xff" + data + b"\x01"
    assert cobs.decode(b"\xff" + data) == data


def test_overhead_is_what_the_paper_promises() -> None:
    century = 4_102_444_800_000_000  # 2100
    usual = Metadata(4, 2, None, 2**32 - 1, century - 1, 2**28 - 1, 127)
    assert len(usual.encode()) == 20
    largest = Metadata(4, 2, None, 2**32 - 1, 2**63 - 1, 2**64 - 1, 2**28 - 1)
    assert len(largest.encode()) == 30
