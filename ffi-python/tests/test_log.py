"""Refusals are logged, so many a second."""

from __future__ import annotations

import logging

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require


def test_refusals_are_warnings_without_payload(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    validator = pair.validator()
    frame = pair.hmac().seal(b"do not log me", ABOUT, NOW)
    validator.validate(frame, require(4), NOW)
    assert not caplog.records
    refused(validator.validate, frame, require(4), NOW)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("sealwire", logging.WARNING)
    text = record.getMessage()
    assert "REPLAYED" in text
    assert "0x00000001" in text
    assert "do not log me" not in text


def test_a_flood_is_counted_and_not_logged(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    validator = pair.validator(log_per_second=3)
    for _ in range(50):
        refused(validator.validate, b"", require(4))
    validator.validate_many([b""] * 50, require(4))
    # The second may have turned over in the middle.
    assert 3 <= len(caplog.records) <= 12
    assert validator.audit.refused == {sw.ErrorCode.TRUNCATED: 100}


def test_what_was_not_logged_is_told(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    validator = pair.validator(log_per_second=1)
    for _ in range(200_000):
        if len(caplog.records) > 2:
            break
        validator.validate_many([b""] * 1000, require(4))
    assert "more were not logged" in caplog.records[-1].getMessage()


def test_logging_can_be_turned_off(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    refused(pair.validator(log_per_second=0).validate, b"", require(4))
    assert not caplog.records


def test_a_handler_that_fails_changes_no_verdict(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise KeyError("mine")

    unraisable = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)
    handler = Failing()
    logger = logging.getLogger("sealwire")
    logger.addHandler(handler)
    try:
        assert refused(pair.validator().validate, b"", require(4)) == "TRUNCATED"
    finally:
        logger.removeHandler(handler)
    assert unraisable[0].exc_type is KeyError


def test_a_handler_may_use_the_validator(pair: Pair) -> None:
    validator = pair.validator()
    seen = []

    class Curious(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(sum(validator.audit.refused.values()))

    handler = Curious()
    logger = logging.getLogger("sealwire")
    logger.addHandler(handler)
    try:
        refused(validator.validate, b"", require(4))
        validator.validate_many([b"", b""], require(4))
    finally:
        logger.removeHandler(handler)
    assert seen == [1, 3, 3]
