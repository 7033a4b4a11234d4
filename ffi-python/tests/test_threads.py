"""One validator and one sealer for all threads."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Callable

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, require

THREADS = 8


def at_once(work: Callable[[], None], count: int = THREADS) -> None:
    """Runs `work` in so many threads that begin together; what one raises is raised here."""
    gate = threading.Barrier(count)
    raised: list[BaseException] = []

    def run() -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    if raised:
        raise raised[0]


@pytest.mark.parametrize(("level", "count"), [(4, 10_000), (5, 400)])
def test_the_same_frames_offered_by_eight_threads_count_once(
    pair: Pair, level: int, count: int
) -> None:
    sealer = pair.sealer(level)
    # Within one window, so that order doesn't matter; the next block begins when all are through.
    blocks = [
        sealer.seal_many([b"%d" % i for i in range(start, min(start + 400, count))], ABOUT, NOW)
        for start in range(0, count, 400)
    ]
    validator, requirement = pair.validator(log_per_second=0), require(level)
    accepted: Counter[bytes] = Counter()
    between = threading.Barrier(THREADS)

    def offer() -> None:
        mine = []
        for block in blocks:
            for frame in block:
                try:
                    mine.append(validator.validate(frame, requirement, NOW).payload)
                except sw.StaleError as error:
                    assert error.code is sw.ErrorCode.REPLAYED
            between.wait()
        accepted.update(mine)

    at_once(offer)
    assert len(accepted) == count
    assert set(accepted.values()) == {1}
    audit = validator.audit
    assert audit.accepted[sw.Level(level)] == count
    assert audit.refused == {sw.ErrorCode.REPLAYED: count * (THREADS - 1)}


@pytest.mark.parametrize("level", [4, 5])
def test_no_two_threads_seal_with_one_nonce(pair: Pair, level: int) -> None:
    sealer = pair.sealer(level)
    each = 2_000 if level == 4 else 50
    nonces: list[int] = []

    def work() -> None:
        mine = [sealer.seal(b"x", ABOUT, NOW) for _ in range(each)]
        mine += sealer.seal_many([b"y"] * each, ABOUT, NOW)
        nonces.extend(sw.inspect(frame).nonce for frame in mine)

    at_once(work)
    assert sorted(nonces) == list(range(2 * each * THREADS))


def test_registering_and_validating_at_once_never_finds_it_borrowed(pair: Pair) -> None:
    validator = pair.validator(capacity=64, log_per_second=0)
    frames = pair.ecdsa().seal_many([b"x"] * 200, ABOUT, NOW)
    ids = iter(range(100, 1_000_000))
    lock = threading.Lock()

    def work() -> None:
        for frame in frames:
            with lock:
                key_id = next(ids)
            try:
                validator.register(sw.PeerKey.hmac(key_id, pair.pump, sw.PeerSecret.generate()))
                validator.revoke(key_id)
            except sw.UnavailableError as error:
                assert error.code is sw.ErrorCode.TABLE_FULL
            try:
                validator.validate(frame, require(5), NOW)
            except sw.StaleError as error:
                assert error.code is sw.ErrorCode.REPLAYED
            assert validator.audit is not None
            assert validator.save()

    at_once(work, 4)
    assert validator.audit.accepted[sw.Level.DIGITAL_SIGNATURE] == 200


def test_the_interpreter_runs_on_while_signatures_are_verified(pair: Pair) -> None:
    """Another thread counts while this one does nothing but verify, in one call."""
    validator = pair.validator()
    frames = pair.ecdsa().seal_many([b"x"] * 400, ABOUT, NOW)
    ticks, over = [0], threading.Event()

    def tick() -> None:
        while not over.is_set():
            ticks[0] += 1

    thread = threading.Thread(target=tick)
    thread.start()
    before = ticks[0]
    # One call without a switch interval's worth of Python code in it.
    verdicts = validator.validate_many(frames, require(5), NOW)
    after = ticks[0]
    over.set()
    thread.join()
    assert all(verdicts)
    assert after > before


def test_a_finalizer_may_use_the_objects(pair: Pair) -> None:
    """The garbage collector may run in any call, and code with it."""
    validator, sealer = pair.validator(log_per_second=0), pair.hmac()
    ran = []

    class Loud:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            ran.append(validator.validate(sealer.seal(b"last", ABOUT, NOW), require(4), NOW).nonce)
            validator.validate_many([b"", b"x"], require(4), NOW)

    frames = pair.ecdsa(start=sw.NonceStart.fresh()).seal_many([b"x"] * 200, ABOUT, NOW)
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for begin in range(0, 200, 20):
            Loud()
            batch = [*frames[begin : begin + 20], b"", sealer.seal(b"x", ABOUT, NOW)]
            verdicts = validator.validate_many(batch, require(4), NOW)
            assert sum(map(bool, verdicts)) == 21
            sw.StreamDecoder(1).feed(b"\5\5\0\1\2\3\0" * 20)
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert ran


def test_a_frame_may_have_a_finalizer(pair: Pair) -> None:
    """What nobody else holds ends with the call, and not under a lock."""
    validator, ran = pair.validator(log_per_second=0), []

    class Last(bytes):
        def __del__(self) -> None:
            ran.append(validator.validate_many([b""], require(4), NOW))

    frames = pair.hmac().seal_many([b"x"] * 3, ABOUT, NOW)
    verdicts = validator.validate_many(map(Last, [b"", *frames, frames[0]]), require(4), NOW)
    assert [bool(verdict) for verdict in verdicts] == [False, True, True, True, False]
    assert len(ran) == 2
    del verdicts
    assert len(ran) == 5
