"""Frames on a byte stream."""

from __future__ import annotations

import random

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require


def test_frames_come_out_as_they_went_in(pair: Pair) -> None:
    frames = pair.hmac().seal_many([bytes(i) for i in range(0, 600, 7)], ABOUT, NOW)
    stream = b"".join(map(sw.encode_stream, frames))
    for step in (1, 3, 50, len(stream)):
        decoder = sw.StreamDecoder(1024)
        found = []
        for at in range(0, len(stream), step):
            found += decoder.feed(stream[at : at + step])
        assert found == frames
    validator = pair.validator()
    assert all(validator.validate_many(sw.StreamDecoder().feed(stream), require(4), NOW))


def test_damage_is_told_counted_and_passed(pair: Pair) -> None:
    good = pair.hmac().seal_many([b"a", b"b"], ABOUT, NOW)
    stream = (
        sw.encode_stream(good[0])
        + b"\x09\x01\0"
        + b"\0\0"
        + sw.encode_stream(b"x" * 200)
        + sw.encode_stream(good[1])
    )
    found = sw.StreamDecoder(100).feed(stream)
    validator = pair.validator()
    verdicts = validator.validate_many(found, require(4), NOW)
    names = [verdict.name if isinstance(verdict, sw.Rejection) else "" for verdict in verdicts]
    assert names == ["", "COBS", "STREAM_TOO_LONG", ""]
    assert validator.audit.refused == {sw.ErrorCode.COBS: 1, sw.ErrorCode.STREAM_TOO_LONG: 1}
    assert found[1].exception().code is sw.ErrorCode.COBS


def test_reset_drops_what_was_begun() -> None:
    decoder = sw.StreamDecoder()
    assert decoder.feed(b"\x05\x01\x02") == []
    decoder.reset()
    assert decoder.feed(b"\x02\x07\0") == [b"\x07"]


def test_anything_is_survived() -> None:
    source = random.Random(1)
    decoder = sw.StreamDecoder(16)
    for _ in range(300):
        for packet in decoder.feed(source.randbytes(source.randrange(60))):
            assert isinstance(packet, sw.Rejection) or len(packet) <= 16


@pytest.mark.parametrize("length", [0, 1, 253, 254, 255, 508, 509])
@pytest.mark.parametrize("byte", [b"\0", b"\1"])
def test_every_block_border(length: int, byte: bytes) -> None:
    packet = byte * length
    stream = sw.encode_stream(packet)
    assert 0 not in stream[:-1]
    assert stream[-1] == 0
    assert sw.StreamDecoder().feed(stream) == [packet]


def test_the_room_is_bounded() -> None:
    assert refused(sw.StreamDecoder, 2**28 + 1) == "INVALID_ARGUMENT"
    assert sw.StreamDecoder(0).feed(b"\x02\x01\0")[0].code is sw.ErrorCode.STREAM_TOO_LONG
