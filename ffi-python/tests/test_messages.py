"""Sealing and checking, level by level and form by form."""

from __future__ import annotations

import gc
import os
import sys

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require

LEVELS = list(sw.Level)


@pytest.mark.parametrize("level", LEVELS)
def test_a_frame_of_each_level_is_accepted_as_what_it_is(pair: Pair, level: sw.Level) -> None:
    frame = pair.sealer(level).seal(b"4.2 bar", ABOUT, NOW)
    accepted = pair.validator().validate(frame, require(level), NOW)
    assert accepted.payload == b"4.2 bar"
    assert accepted.level is level
    assert accepted.sender == (None if level == sw.Level.NONE else pair.pump)
    assert accepted.role == {1: 0, 2: 9, 3: 9, 4: 7, 5: 8}[level]
    assert accepted.key_id == {4: 1, 5: 2}.get(level)
    assert accepted.timestamp == (NOW if level >= sw.Level.TIMESTAMP else None)
    assert (accepted.nonce, accepted.group, accepted.counter_only) == (0, None, False)
    assert frame.endswith(accepted.tag)
    assert len(accepted.tag) == {4: 32, 5: 64}.get(level, 0)


@pytest.mark.parametrize("level", LEVELS)
def test_a_detached_form_is_accepted_beside_its_message(pair: Pair, level: sw.Level) -> None:
    message = b"untouched"
    form = pair.sealer(level).seal_detached(message, ABOUT, NOW)
    validator = pair.validator()
    accepted = validator.validate_detached(form, message, require(level), NOW)
    assert accepted.payload is message
    assert accepted.level is level
    assert accepted.tag == form[len(form) - len(accepted.tag) :]
    assert refused(validator.validate_detached, form, b"short", require(level), NOW)


def test_the_payload_is_the_same_object_each_time(pair: Pair) -> None:
    accepted = pair.validator().validate(pair.hmac().seal(b"x" * 99, ABOUT), require(4))
    assert accepted.payload is accepted.payload


def test_a_repeated_frame_is_refused(pair: Pair) -> None:
    validator = pair.validator()
    for level in (3, 4, 5):
        frame = pair.sealer(level).seal(b"once", ABOUT, NOW)
        validator.validate(frame, require(level), NOW)
        assert refused(validator.validate, frame, require(level), NOW) == "REPLAYED"


def test_without_a_time_the_system_clock_counts_on_both_sides(pair: Pair) -> None:
    frame = pair.hmac().seal(b"now", ABOUT)
    accepted = pair.validator().validate(frame, require(4))
    assert accepted.timestamp is not None
    assert abs(accepted.timestamp - sw.now()) < 60_000_000


def test_no_clock_is_refused_where_a_time_is_needed(pair: Pair) -> None:
    assert refused(pair.hmac().seal, b"x", ABOUT, sw.NO_CLOCK) == "NO_CLOCK"
    frame = pair.hmac().seal(b"x", ABOUT, NOW)
    assert refused(pair.validator().validate, frame, require(4), sw.NO_CLOCK) == "NO_CLOCK"


def test_a_sender_without_a_clock_counts_only(pair: Pair) -> None:
    validator = pair.empty()
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret, counter_only=True))
    frame = pair.hmac(counter_only=True).seal(b"tick", ABOUT, sw.NO_CLOCK)
    accepted = validator.validate(frame, require(4), sw.NO_CLOCK)
    assert accepted.counter_only
    assert accepted.timestamp is None


def test_too_old_too_new_and_a_clock_that_stepped_back(pair: Pair) -> None:
    sealer, validator = pair.hmac(), pair.validator(limits=sw.Limits(past=10, future=5))
    for stamp, expected in ((NOW - 11, "TOO_OLD"), (NOW + 6, "TOO_NEW")):
        assert (
            refused(validator.validate, sealer.seal(b"", ABOUT, stamp), require(4), NOW) == expected
        )
    validator.validate(sealer.seal(b"", ABOUT, NOW), require(4), NOW)
    back = sealer.seal(b"", ABOUT, NOW - 100)
    assert refused(validator.validate, back, require(4), NOW - 100) == "CLOCK_STEPPED_BACK"


def test_short_tags_are_another_key(pair: Pair) -> None:
    validator = pair.empty()
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret, tag="short"))
    short = pair.hmac(tag="short").seal(b"x", ABOUT, NOW)
    assert len(validator.validate(short, require(4), NOW).tag) == 16
    assert refused(validator.validate, pair.hmac().seal(b"x", ABOUT, NOW), require(4), NOW) == (
        "KEY_ALGORITHM"
    )


def test_a_requirement_is_at_least_or_exactly(pair: Pair) -> None:
    frame = pair.hmac().seal(b"x", ABOUT, NOW)
    validator = pair.validator()
    assert refused(validator.validate, frame, require(5), NOW) == "LEVEL_TOO_LOW"
    assert refused(validator.validate, frame, sw.Requirement.exactly(3, ABOUT), NOW) == (
        "LEVEL_NOT_EXACT"
    )
    assert validator.validate(frame, require(1), NOW).level is sw.Level.HMAC


def test_another_context_is_another_message(pair: Pair) -> None:
    frame = pair.hmac().seal(b"x", ABOUT, NOW)
    others = [sw.Context.topic("pump/pressurE"), sw.Context.request("pump/pressure")]
    for other in others:
        assert refused(pair.validator().validate, frame, require(4, other), NOW) == "TAG_WRONG"


def test_an_answer_is_bound_to_its_request(pair: Pair) -> None:
    ask = pair.hmac().seal(b"open", sw.Context.request("valve"), NOW)
    asked = pair.validator().validate(ask, require(4, sw.Context.request("valve")), NOW)
    assert asked.tag == sw.tag_of(ask)
    answers = sw.Sealer.hmac(
        key_id=1,
        sender=pair.panel,
        receiver=pair.pump,
        secret=pair.secret,
        start=sw.NonceStart.fresh(),
    )
    answer = answers.seal(b"done", sw.Context.response("valve", asked.tag), NOW)
    asker = sw.Validator(pair.pump, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    asker.register(sw.PeerKey.hmac(1, pair.panel, pair.secret))
    other = require(4, sw.Context.response("valve", bytes(32)))
    assert refused(asker.validate, answer, other, NOW) == "TAG_WRONG"
    mine = require(4, sw.Context.response("valve", sw.tag_of(ask)))
    assert asker.validate(answer, mine, NOW).payload == b"done"


def test_a_group_is_allowed_by_name_only(pair: Pair) -> None:
    group = sw.ModuleId.random()
    validator = pair.empty()
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret, group=group))
    frame = pair.hmac(receiver=None, group=group).seal(b"x", ABOUT, NOW)
    assert refused(validator.validate, frame, require(4), NOW) == "GROUP_NOT_ALLOWED"
    accepted = validator.validate(frame, require(4, groups=True), NOW)
    assert accepted.group == group
    assert accepted.sender == pair.pump


@pytest.mark.parametrize("level", [4, 5])
def test_random_nonces_are_remembered_in_the_cache(pair: Pair, level: int) -> None:
    validator = pair.empty(nonce_capacity=2)
    start = sw.NonceStart.random()
    if level == 4:
        validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret, random_nonces=2))
        sealer = pair.hmac(start=start)
    else:
        public = pair.key.public_key
        validator.register(sw.PeerKey.ecdsa(2, pair.pump, public, random_nonces=2))
        sealer = pair.ecdsa(start=start)
    assert (sealer.next_nonce, sealer.nonces_left) == (None, None)
    frames = [sealer.seal(b"x", ABOUT, NOW) for _ in range(3)]
    nonces = {validator.validate(frame, require(4), NOW).nonce for frame in frames[:2]}
    assert len(nonces) == 2
    assert refused(validator.validate, frames[0], require(4), NOW) == "REPLAYED"
    assert refused(validator.validate, frames[2], require(4), NOW) == "NONCE_CACHE_FULL"
    assert refused(sealer.seal_detached, b"x", ABOUT, NOW) == "INVALID_NONCE_START"


def test_a_reserved_block_ends_and_goes_on(pair: Pair) -> None:
    sealer = pair.hmac(start=sw.NonceStart.reserved(5, 7))
    assert (sealer.next_nonce, sealer.nonces_left) == (5, 2)
    sealer.seal_many([b"a", b"b"], ABOUT, NOW)
    assert refused(sealer.seal, b"c", ABOUT, NOW) == "NONCES_SPENT"
    assert refused(sealer.extend, 7) == "INVALID_NONCE_START"
    sealer.extend(8)
    assert sw.inspect(sealer.seal(b"c", ABOUT, NOW)).nonce == 7


def test_a_block_that_starts_from_the_clock(pair: Pair) -> None:
    assert pair.hmac(start=sw.NonceStart.from_clock(NOW)).next_nonce == NOW
    begin = pair.hmac(start=sw.NonceStart.from_clock()).next_nonce
    assert begin is not None
    assert abs(begin - sw.now()) < 60_000_000


def test_deterministic_signatures_repeat_and_others_do_not(pair: Pair) -> None:
    twice = [pair.ecdsa(deterministic=True).seal(b"x", ABOUT, NOW) for _ in range(2)]
    assert twice[0] == twice[1]
    hedged = [pair.ecdsa().seal(b"x", ABOUT, NOW) for _ in range(2)]
    assert hedged[0] != hedged[1]
    for frame in (twice[0], hedged[0]):
        assert pair.validator().validate(frame, require(5), NOW).level == 5


def audited(validator: sw.Validator) -> object:
    audit = validator.audit
    rings = [
        [(e.rejection.code, e.rejection.step, e.rejection.nonce, e.at, e.repeats) for e in ring]
        for ring in (audit.unproven, audit.proven)
    ]
    return audit.accepted, audit.refused, rings


def test_many_give_the_verdicts_of_one_by_one(pair: Pair) -> None:
    good = pair.hmac().seal_many([b"a", b"b", b"c"], ABOUT, NOW)
    signed = pair.ecdsa().seal_many([b"d", b"e", b"f"], ABOUT, NOW)
    forged, misused = (bytes([*last[:-1], last[-1] ^ 1]) for last in (good[2], signed[2]))
    frames = [good[0], signed[0], good[0], b"", forged, bytearray(good[1]), signed[0], signed[1]]
    frames += [signed[1], misused, bytearray(signed[2]), good[2]]
    at_once, validator = pair.validator(), pair.validator()
    many = at_once.validate_many(frames, require(4), NOW)
    for frame, verdict in zip(frames, many, strict=True):
        try:
            one = validator.validate(frame, require(4), NOW)
        except sw.SecurityError as error:
            assert isinstance(verdict, sw.Rejection)
            assert not verdict
            assert (verdict.code, verdict.step) == (error.code, error.step)
            assert (verdict.key_id, verdict.level, verdict.nonce) == (
                error.key_id,
                error.level,
                error.nonce,
            )
            assert repr(verdict.exception()) == repr(error)
        else:
            assert isinstance(verdict, sw.Accepted)
            assert verdict
            assert (verdict.payload, verdict.nonce) == (one.payload, one.nonce)
    assert [bool(verdict) for verdict in many] == [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1]
    assert audited(at_once) == audited(validator)
    assert pair.validator().validate_many([], require(4)) == []


def test_what_is_accepted_is_neither_made_nor_changed_by_python_code(pair: Pair) -> None:
    accepted = pair.validator().validate(pair.hmac().seal(b"x", ABOUT, NOW), require(4), NOW)
    for call in (
        sw.Accepted,
        lambda: object.__new__(sw.Accepted),
        lambda: type("Own", (sw.Accepted,), {}),
        lambda: setattr(sw.Accepted, "nonce", 1),
        lambda: setattr(accepted, "__class__", sw.Rejection),
    ):
        with pytest.raises(TypeError):
            call()
    for name in ("nonce", "other"):
        with pytest.raises(AttributeError):
            setattr(accepted, name, 1)
    assert accepted.nonce == 0


def test_what_is_accepted_keeps_its_frame_and_gives_it_back(pair: Pair) -> None:
    sealer, message = pair.hmac(), bytes(100)
    form, *frames = (
        sealer.seal_detached(message, ABOUT, NOW),
        *sealer.seal_many([message] * 3, ABOUT, NOW),
    )
    held = [form, message, *frames, sw.Accepted]
    before = [sys.getrefcount(one) for one in held]
    validator = pair.validator()
    accepted = [
        validator.validate_detached(form, message, require(4), NOW),
        validator.validate(frames[0], require(4), NOW),
        *validator.validate_many(frames[1:], require(4), NOW),
    ]
    after = [sys.getrefcount(one) for one in held]
    more = [now - then for now, then in zip(after, before, strict=True)]
    assert more == [1] * 5 + [len(accepted)]
    # The collector has nothing to do with them: they hold nothing but bytes.
    assert not any(map(gc.is_tracked, accepted))
    payloads = [one.payload for one in accepted]
    assert payloads == [message] * 4
    assert all(one.payload is payload for one, payload in zip(accepted, payloads, strict=True))
    del accepted, payloads
    assert [sys.getrefcount(one) for one in held] == before


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_payload_for_which_there_is_no_memory_is_a_memory_error(pair: Pair) -> None:
    resource = pytest.importorskip("resource")
    frame = pair.sealer(sw.Level.NONE).seal(bytes(1 << 27), ABOUT, NOW)
    accepted = pair.validator().validate(frame, require(1), NOW)
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))  # no more than there is
            accepted.payload  # noqa: B018
        except MemoryError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_seal_many_counts_on(pair: Pair) -> None:
    for sealer in (pair.hmac(), pair.ecdsa()):
        frames = sealer.seal_many((bytes([i]) for i in range(5)), ABOUT, NOW)
        assert [sw.inspect(frame).nonce for frame in frames] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256])
def test_a_burst_is_signed_once_and_its_frames_stand_alone(pair: Pair, size: int) -> None:
    frames = pair.ecdsa().seal_burst([b"%d" % i for i in range(size)], ABOUT, NOW)
    validator = pair.validator()
    for index in reversed(range(size)):
        accepted = validator.validate(frames[index], require(5), NOW)
        assert accepted.payload == b"%d" % index
        assert accepted.nonce == index
        assert frames[index].endswith(accepted.tag)
    assert refused(validator.validate, frames[0], require(5), NOW) == "REPLAYED"


def test_messages_of_a_burst_may_have_their_own_contexts_and_times(pair: Pair) -> None:
    other = sw.Context.topic("pump/flow")
    items = [b"a", (b"b", other), (bytearray(b"c"), other, NOW + 1)]
    frames = pair.ecdsa().seal_burst(items, ABOUT, NOW)
    validator = pair.validator()
    stamps = [
        validator.validate(frame, require(5, context), NOW).timestamp
        for frame, context in zip(frames, (ABOUT, other, other), strict=True)
    ]
    assert stamps == [NOW, NOW, NOW + 1]
    for wrong in ((), (b"a",), (b"a", ABOUT, NOW, 1), ("a", ABOUT)):
        with pytest.raises(TypeError):
            pair.ecdsa().seal_burst([wrong], ABOUT, NOW)


def test_a_burst_is_refused_where_it_is_not_allowed(pair: Pair) -> None:
    assert refused(pair.hmac().seal_burst, [b"x"], ABOUT, NOW) == "KEY_KIND"
    for count in (0, 257):
        assert refused(pair.ecdsa().seal_burst, [b"x"] * count, ABOUT, NOW) == "INVALID_ARGUMENT"
    validator = pair.empty()
    validator.register(sw.PeerKey.ecdsa(2, pair.pump, pair.key.public_key))
    frame = pair.ecdsa().seal_burst([b"x"], ABOUT, NOW)[0]
    assert refused(validator.validate, frame, require(5), NOW) == "KEY_ALGORITHM"


def test_frame_length_tells_the_next_frames_size(pair: Pair) -> None:
    for sealer in (pair.hmac(), pair.ecdsa(), pair.sealer(2)):
        for length in (0, 1, 127, 128, 20_000):
            expected = sealer.frame_length(length, NOW)
            assert len(sealer.seal(bytes(length), ABOUT, NOW)) == expected
    assert pair.hmac().frame_length(64) <= 64 + 52
    assert refused(pair.hmac().frame_length, sw.MAX_PAYLOAD + 1) == "PAYLOAD_TOO_LONG"


def test_any_buffer_goes_in_and_the_copy_counts(pair: Pair) -> None:
    payload = bytearray(b"4.2 bar")
    sealer, validator = pair.hmac(), pair.validator()
    frame = bytearray(sealer.seal(memoryview(payload)[::1], ABOUT, NOW))
    accepted = validator.validate(frame, require(4), NOW)
    frame[:] = bytes(len(frame))
    assert accepted.payload == payload
    every_other = memoryview(bytes(range(10)))[::2]
    frame = bytearray(sealer.seal(every_other, ABOUT, NOW))
    assert validator.validate(frame, require(4), NOW).payload == bytes([0, 2, 4, 6, 8])
