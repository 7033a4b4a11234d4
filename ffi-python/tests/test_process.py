"""What does not go through a fork, a pickle or a copy, and what does."""

from __future__ import annotations

import copy
import os
import pickle
import sys
import traceback
from collections.abc import Callable

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require


def in_child(check: Callable[[], None]) -> None:
    """Runs `check` in a fork of this process."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            check()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_nothing_that_counts_goes_through_a_fork(pair: Pair) -> None:
    sealers = [pair.hmac(), pair.ecdsa(), pair.sealer(3)]
    frame = pair.hmac().seal(b"x", ABOUT, NOW)
    validator = pair.validator()

    def check() -> None:
        for sealer in sealers:
            for call in (sealer.seal, sealer.seal_detached):
                assert refused(call, b"x", ABOUT, NOW) == "NOT_INITIALISED"
            assert refused(sealer.seal_many, [b"x"], ABOUT, NOW) == "NOT_INITIALISED"
            assert refused(sealer.seal_burst, [b"x"], ABOUT, NOW) == "NOT_INITIALISED"
            assert refused(lambda s=sealer: s.next_nonce) == "NOT_INITIALISED"
        assert refused(validator.validate, frame, require(4), NOW) == "NOT_INITIALISED"
        assert refused(validator.validate_many, [frame], require(4), NOW) == "NOT_INITIALISED"
        assert refused(validator.save) == "NOT_INITIALISED"
        # New ones, with the same keys, work.
        assert pair.validator().validate(pair.hmac().seal(b"y", ABOUT, NOW), require(4), NOW)

    in_child(check)
    # The parent goes on where it was.
    for sealer in sealers:
        assert sealer.next_nonce == 0
        assert sealer.seal(b"x", ABOUT, NOW)
    assert validator.validate(frame, require(4), NOW)


def test_secrets_and_counters_are_neither_pickled_nor_copied(pair: Pair) -> None:
    accepted = pair.validator().validate(pair.hmac().seal(b"x", ABOUT, NOW), require(4), NOW)
    rejection = pair.validator().validate_many([b""], require(4))[0]
    peer_key = sw.PeerKey.hmac(1, pair.pump, pair.secret)
    for made in (
        pair.secret,
        pair.key,
        pair.hmac(),
        pair.ecdsa(),
        pair.validator(),
        peer_key,
        accepted,
        rejection,
        require(4),
        sw.NonceStart.fresh(),
    ):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(made, protocol)
        for copied in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                copied(made)


def test_plain_values_are_pickled(pair: Pair) -> None:
    values = [
        pair.pump,
        pair.key.public_key,
        ABOUT,
        sw.Context.response("x", bytes(16)),
        sw.Limits(5, 6),
    ]
    for value in values:
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert hash(again) == hash(value)
    assert pickle.loads(pickle.dumps(sw.NO_CLOCK)) is sw.NO_CLOCK


def test_exceptions_are_pickled(pair: Pair) -> None:
    with pytest.raises(sw.StaleError) as caught:
        pair.validator().validate(pair.hmac().seal(b"x", ABOUT, 5), require(4), NOW)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value) and isinstance(again, sw.StaleError)
    assert str(again) == str(caught.value)
    assert (again.code, again.step, again.key_id) == (sw.ErrorCode.TOO_OLD, 4, 1)
