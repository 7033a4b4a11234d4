"""Whatever comes in, only the documented exceptions come out, and nothing changes."""

from __future__ import annotations

import ctypes
import datetime

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require

TOP = 2**63 - 1


@pytest.mark.parametrize("level", list(sw.Level))
@pytest.mark.parametrize("detached", [False, True])
def test_every_bit_and_every_length(pair: Pair, level: sw.Level, detached: bool) -> None:
    message = b"4.2 bar"
    sealer = pair.sealer(level)
    seal = sealer.seal_detached if detached else sealer.seal
    good = seal(message, ABOUT, NOW)
    broken = [good[:length] for length in range(len(good))]
    broken += [good + b"\0", good + good]
    for bit in range(8 * len(good)):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        broken.append(bytes(flipped))
    requirement = sw.Requirement.exactly(level, ABOUT)
    validator = pair.validator(log_per_second=0)
    accepted = 0
    for frame in broken:
        try:
            if detached:
                validator.validate_detached(frame, message, requirement, NOW)
            else:
                validator.validate(frame, requirement, NOW)
            accepted += 1
        except sw.SecurityError as error:
            assert type(error) is not sw.SecurityError
            assert not isinstance(error, (OSError, sw.MisuseError))
    if level.value >= sw.Level.HMAC:
        assert accepted == 0
        assert sum(validator.audit.accepted.values()) == 0
        # No forged frame spent the nonce.
        arguments = (good, message) if detached else (good,)
        check = validator.validate_detached if detached else validator.validate
        assert check(*arguments, requirement, NOW)


@pytest.mark.parametrize(
    "frame", [b"", b"\0", b"\x14", b"\xff" * 80, bytes(range(16, 60)), b"x" * 9999]
)
def test_rubbish_is_malformed(pair: Pair, frame: bytes) -> None:
    with pytest.raises(sw.MalformedError) as caught:
        pair.validator().validate(frame, require(1), NOW)
    assert isinstance(caught.value, ValueError)
    assert caught.value.step == 1
    for call in (sw.inspect, sw.tag_of):
        with pytest.raises(sw.MalformedError):
            call(frame)


@pytest.mark.parametrize("wrong", [None, 1, 1.5, "text", ["x"], object()])
def test_what_is_no_buffer_is_a_type_error(pair: Pair, wrong: object) -> None:
    sealer, validator = pair.hmac(), pair.validator()
    calls = [
        lambda: sealer.seal(wrong, ABOUT),
        lambda: sealer.seal_detached(wrong, ABOUT),
        lambda: sealer.seal_many([b"ok", wrong], ABOUT),
        lambda: pair.ecdsa().seal_burst([wrong], ABOUT),
        lambda: validator.validate(wrong, require(4)),
        lambda: validator.validate_detached(wrong, b"", require(4)),
        lambda: validator.validate_detached(b"", wrong, require(4)),
        lambda: validator.validate_many([wrong], require(4)),
        lambda: sw.PeerSecret.from_bytes(wrong),
        lambda: sw.SigningKey.from_bytes(wrong),
        lambda: sw.PublicKey.from_bytes(wrong),
        lambda: sw.Restart.saved(wrong),
        lambda: sw.StreamDecoder().feed(wrong),
        lambda: sw.encode_stream(wrong),
        lambda: sw.tag_of(wrong),
        lambda: sw.inspect(wrong),
        lambda: sw.inspect(b"", wrong if wrong is not None else 1),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    assert sealer.next_nonce == 0
    assert sum(validator.audit.refused.values()) == 0


class _Objects(ctypes.Structure):
    _fields_ = (("Offset", ctypes.c_int32), ("held", ctypes.py_object))


class _NameWithO(ctypes.Structure):
    _fields_ = (("Offset", ctypes.c_int32), ("O", ctypes.c_int32))


def test_addresses_of_python_objects_are_no_message(pair: Pair) -> None:
    sealer = pair.hmac()
    for wrong in ((ctypes.py_object * 2)("x", "y"), _Objects(1, "x")):
        with pytest.raises(TypeError, match="addresses"):
            sealer.seal(wrong, ABOUT)
    assert sealer.next_nonce == 0
    numbers = _NameWithO(1, 2)
    assert pair.validator().validate(sealer.seal(numbers, ABOUT), require(4)).payload == bytes(
        numbers
    )


def test_a_wrong_argument_says_what_would_be_right(pair: Pair) -> None:
    cases = {
        "16 bytes": [lambda: sw.ModuleId("pump"), lambda: sw.ModuleId(b"short")],
        "32 bytes are needed, not 5": [
            lambda: sw.PeerSecret.from_bytes(b"short"),
            lambda: sw.SigningKey.from_bytes(b"short"),
        ],
        "64 bytes (or the 65 of an uncompressed point) are needed, not 33": [
            lambda: sw.PublicKey.from_bytes(bytes(33))
        ],
        "1 to 256": [
            lambda: pair.ecdsa().seal_burst([], ABOUT),
            lambda: pair.ecdsa().seal_burst([b""] * 257, ABOUT),
        ],
    }
    for detail, calls in cases.items():
        for call in calls:
            with pytest.raises(sw.MisuseError) as caught:
                call()
            assert detail in caught.value.detail
    with pytest.raises(TypeError, match="a name is str or bytes, not 'int'"):
        sw.Context.topic(7)


def test_a_tuple_of_another_length_is_a_type_error(pair: Pair) -> None:
    validator, store = pair.validator(), sw.TrustStore()
    key = sw.SigningKey.generate().public_key
    for wrong in ((), (1,), (1, 2, 3)):
        with pytest.raises(TypeError):
            sw.Granter(validator, overall=wrong)
        with pytest.raises(TypeError):
            sw.Granter(validator, per_source=wrong)
        with pytest.raises(TypeError):
            store.install_authority(key, fleets=[wrong])


def test_wrong_objects_are_type_errors(pair: Pair) -> None:
    validator, sealer = pair.validator(), pair.hmac()
    for call in (
        lambda: validator.validate(b"", ABOUT),
        lambda: sealer.seal(b"", "topic"),
        lambda: sealer.seal(b"", ABOUT, 1.5),
        lambda: sealer.seal(b"", ABOUT, "now"),
        lambda: validator.register(pair.secret),
        lambda: sw.Validator(pair.panel, restart=sw.Restart.fresh_keys()),
        lambda: sw.Validator(pair.panel, policy=sw.AnyPeer()),
        lambda: sw.Validator(pair.panel, policy=None, restart=sw.Restart.fresh_keys()),
        lambda: sw.Validator(7, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys()),
        lambda: sw.Rules([1]),
        sw.Accepted,
        lambda: sw.Validator.__new__(sw.Sealer),
        lambda: sw.Context.topic(7),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("number", [-1, 2**64, 2**200])
def test_numbers_out_of_range_are_misuse(pair: Pair, number: int) -> None:
    secret = pair.secret
    calls = [
        lambda: pair.hmac().seal(b"", ABOUT, number),
        lambda: pair.validator().validate(b"", require(4), number),
        lambda: sw.PeerKey.hmac(number, pair.pump, secret),
        lambda: sw.PeerKey.hmac(1, pair.pump, secret, role=number),
        lambda: sw.PeerKey.hmac(1, pair.pump, secret, expires=number),
        lambda: sw.PeerKey.hmac(1, pair.pump, secret, random_nonces=number),
        lambda: sw.NonceStart.reserved(0, number),
        lambda: sw.NonceStart.from_clock(number),
        lambda: sw.Restart.not_before(number),
        lambda: pair.validator().revoke(number),
        lambda: pair.empty(capacity=number),
        lambda: pair.empty(nonce_capacity=number),
        lambda: sw.StreamDecoder(number),
        lambda: require(number),
        lambda: sw.Rule(role=number),
        lambda: pair.hmac().frame_length(number),
    ]
    for call in calls:
        with pytest.raises(sw.MisuseError) as caught:
            call()
        assert caught.value.code is sw.ErrorCode.INVALID_ARGUMENT
        assert caught.value.detail
    assert refused(sw.Context, number, "x") in {"INVALID_ARGUMENT", "INVALID_CONTEXT"}


def test_other_arguments_out_of_range(pair: Pair) -> None:
    secret, start = pair.secret, sw.NonceStart.fresh()
    both = {"receiver": pair.panel, "group": pair.panel}
    cases = {
        "INVALID_ARGUMENT": [
            lambda: pair.hmac(tag="long"),
            lambda: pair.hmac(**both),
            lambda: pair.hmac(receiver=None),
            lambda: sw.PeerKey.hmac(1, pair.pump, secret, tag=""),
            lambda: pair.empty(capacity=0),
            lambda: pair.empty(capacity=2**20 + 1),
            lambda: require(0),
            lambda: require(6),
            lambda: sw.Context.topic("\ud800"),
            lambda: pair.hmac().seal(b"", ABOUT, TOP + 1),
        ],
        "INVALID_ID": [
            lambda: pair.hmac(receiver=pair.pump),
            lambda: pair.hmac(receiver=bytes(16)),
        ],
        "INVALID_NONCE_START": [
            lambda: pair.hmac(start=sw.NonceStart.reserved(2, 2)),
            lambda: pair.hmac(start=sw.NonceStart.reserved(0, 2**63 + 1)),
        ],
        "INVALID_CONTEXT": [
            lambda: sw.Context.topic("x" * 256),
            lambda: sw.Context.response("x", b"short"),
            lambda: sw.Context(5, "x"),
            lambda: sw.Context(1, "x", bytes(16)),
        ],
        "INVALID_LIMITS": [
            lambda: sw.Limits(past=0),
            lambda: sw.Limits(future=86_400_000_001),
            lambda: sw.Limits(past=datetime.timedelta(days=-1)),
            lambda: sw.Limits(past=datetime.timedelta.max),
        ],
        "KEY_KIND": [
            lambda: sw.Sealer.unproven(level=4, sender=pair.pump, start=start),
            lambda: pair.hmac(start=sw.NonceStart.random(), counter_only=True),
        ],
    }
    for name, calls in cases.items():
        for call in calls:
            assert refused(call) == name


def test_the_borders_of_time(pair: Pair) -> None:
    for stamp in (0, TOP):
        frame = pair.hmac().seal(b"x", ABOUT, stamp)
        assert pair.validator().validate(frame, require(4), stamp).timestamp == stamp
    frame = pair.hmac().seal(b"x", ABOUT, 0)
    assert refused(pair.validator().validate, frame, require(4), TOP) == "TOO_OLD"
    frame = pair.hmac().seal(b"x", ABOUT, TOP)
    assert refused(pair.validator().validate, frame, require(4), 0) == "TOO_NEW"


def test_the_border_of_the_counter(pair: Pair) -> None:
    sealer = pair.hmac(start=sw.NonceStart.reserved(2**63 - 1, 2**63))
    assert pair.validator().validate(sealer.seal(b"x", ABOUT), require(4)).nonce == 2**63 - 1
    assert refused(sealer.seal, b"x", ABOUT) == "KEY_SPENT"


def test_an_iterator_that_fails_changes_nothing(pair: Pair) -> None:
    def failing() -> object:
        yield b"first"
        raise KeyError("mine")

    sealer, validator = pair.hmac(), pair.validator()
    with pytest.raises(KeyError, match="mine"):
        sealer.seal_many(failing(), ABOUT)
    with pytest.raises(KeyError, match="mine"):
        validator.validate_many(failing(), require(4))
    assert sealer.next_nonce == 0
    assert not validator.audit.refused


def test_limits_take_spans_and_micros() -> None:
    spans = sw.Limits(datetime.timedelta(seconds=3), datetime.timedelta(milliseconds=1))
    assert spans == sw.Limits(past=3_000_000, future=1_000)
    assert hash(spans) == hash(sw.Limits(3_000_000, 1_000))
    assert (sw.Limits().past, sw.Limits().future) == (10_000_000, 1_000_000)
