"""Claim: the old text form is taken only where it is named, until its date and until its sender
moved, and never for a level.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
import sealwire as sw
from module_support import Pair, Text, text_body
from sealwire.module import (
    LEGACY,
    LegacyGate,
    OrLegacy,
    SafetyMetadata,
    SecurityValidator,
    Time,
    legacy_code,
)
from sealwire.module.ros import seal_message

KEY = bytes(range(32)).hex()
TOPIC = "pump/pressure"
FOREVER = 2**62


def old(
    pair: Pair, data: str = "4.2 bar", *, nonce: int = 1, at: int | None = None, **changes: Any
) -> Text:
    """A message as the old side makes it, written here by itself."""
    seconds = (sw.now() if at is None else at) // 1_000_000
    digest = hashlib.sha256(data.encode()).hexdigest()
    text = f"{pair.module}|{seconds}|{nonce}"
    if data:
        text += f"|{digest}"
    code = hmac.new(bytes.fromhex(KEY), text.encode(), "sha256").hexdigest()
    fields = {
        "security_level": 4, "sender_id": str(pair.module), "timestamp": Time(seconds, 0),
        "nonce": nonce, "security_payload": code, "algorithm_id": "HMAC-SHA256",
    }  # fmt: skip
    return Text(data, SafetyMetadata(**(fields | changes)))


def gate(pair: Pair, **options: Any) -> LegacyGate:
    return LegacyGate({str(pair.module): KEY}, **({"until": FOREVER} | options))


def checks(pair: Pair, legacy: LegacyGate | None) -> SecurityValidator:
    context = pair.manager.security_context()
    return SecurityValidator(context, TOPIC, body=text_body, legacy=legacy)


def name_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(sw.SecurityError) as caught:
        call(*arguments)
    return caught.value.name


def test_the_code_is_that_of_the_old_form() -> None:
    assert legacy_code("0b" * 20, "a", 1, 2) == (
        hmac.new(b"\x0b" * 20, b"a|1|2", "sha256").hexdigest()
    )
    assert legacy_code("0b" * 20, "é", 1, 2, "d") == (
        hmac.new(b"\x0b" * 20, "é|1|2|d".encode(), "sha256").hexdigest()
    )
    assert name_of(legacy_code, KEY, "a|1", 1, 2) == "LEGACY_FORM"
    assert name_of(legacy_code, KEY, "", 1, 2) == "LEGACY_FORM"
    assert name_of(legacy_code, KEY, "\ud800", 1, 2) == "LEGACY_FORM"
    assert name_of(legacy_code, "no hex", "a", 1, 2) == "KEY_INVALID"


def test_it_is_taken_only_where_it_is_named_and_satisfies_no_level() -> None:
    pair = Pair()
    taken = checks(pair, gate(pair)).validate_message(old(pair), OrLegacy(4))
    assert (taken.level, taken.sender, taken.payload) == (LEGACY, pair.module, b"4.2 bar")
    assert all(taken.level < level for level in sw.Level)
    for level in sw.Level:
        assert name_of(checks(pair, gate(pair)).validate_message, old(pair), level) == (
            "LEGACY_NOT_ALLOWED"
        )
    assert name_of(checks(pair, None).validate_message, old(pair), OrLegacy(4)) == (
        "LEGACY_NOT_ALLOWED"
    )


def test_each_thing_that_can_be_wrong_has_its_name() -> None:
    pair = Pair()
    taking = checks(pair, gate(pair, limits=sw.Limits(2_000_000, 1_000_000)))
    wrong = {
        "TAG_WRONG": [
            old(pair, nonce=7, security_payload="0" * 64),
            old(pair, nonce=7, timestamp=Time(sw.now() // 1_000_000 - 1, 0)),
            Text("9.9 bar", old(pair, nonce=7).safety_metadata),
        ],
        "UNKNOWN_SENDER": [old(pair, sender_id=str(pair.own))],
        "LEGACY_FORM": [
            old(pair, sender_id=f"{pair.module}|1"),
            old(pair, algorithm_id="NONE"),
            old(pair, timestamp=Time("1", 0)),
            old(pair, nonce=-1),
        ],
        "TOO_OLD": [old(pair, at=sw.now() - 10_000_000)],
        "TOO_NEW": [old(pair, at=sw.now() + 10_000_000)],
    }
    for name, messages in wrong.items():
        for got in messages:
            assert name_of(taking.validate_message, got, OrLegacy(4)) == name
    right = old(pair, nonce=7)
    assert taking.validate_message(right, OrLegacy(4))
    assert name_of(taking.validate_message, right, OrLegacy(4)) == "REPLAYED"
    # Upper-case hexadecimal digits are not the old form.
    right.safety_metadata.security_payload = right.safety_metadata.security_payload.upper()
    assert name_of(taking.validate_message, right, OrLegacy(4))


def test_the_body_must_be_in_it_unless_that_is_waived() -> None:
    pair = Pair()
    taking = checks(pair, gate(pair))
    bare = old(pair, "")
    assert name_of(taking.validate_metadata, bare.safety_metadata, OrLegacy(4)) == "BODY_MISSING"
    assert name_of(taking.validate_metadata, bare.safety_metadata, OrLegacy(4), b"x") == (
        "TAG_WRONG"
    )
    waived = OrLegacy(4, without_body=True)
    taken = taking.validate_metadata(bare.safety_metadata, waived, b"anything")
    assert taken.payload is None


def test_it_ends_at_its_date_and_with_the_first_native_frame_of_each_sender() -> None:
    pair, other = Pair(), Pair()
    keys = {str(pair.module): KEY, str(other.module): KEY}
    shared = LegacyGate(keys, until=FOREVER)
    taking = checks(pair, shared)
    over = checks(pair, gate(pair, until=sw.now()))
    assert name_of(over.validate_message, old(pair), OrLegacy(4)) == "LEGACY_NOT_ALLOWED"
    assert taking.validate_message(old(pair), OrLegacy(4)).level == LEGACY
    context = pair.session().context()
    about = sw.Context.topic(TOPIC)
    native, _ = seal_message(Text("4.3 bar"), context, about, text_body, "safety_metadata")
    broken = Text("9.9 bar", native.safety_metadata)
    assert name_of(taking.validate_message, broken, OrLegacy(4)) == "TAG_WRONG"
    assert taking.validate_message(old(pair, nonce=2), OrLegacy(4)).level == LEGACY
    assert taking.validate_message(native, OrLegacy(4)).level == sw.Level.HMAC
    assert name_of(taking.validate_message, old(pair, nonce=3), OrLegacy(4)) == (
        "LEGACY_NOT_ALLOWED"
    )
    assert taking.validate_message(old(other, nonce=3), OrLegacy(4)).sender == other.module


def test_a_full_cache_refuses_and_a_stepped_clock_revives_nothing() -> None:
    pair = Pair()
    narrow = gate(pair, capacity=2)
    at = sw.now()

    def decide(got: Text, when: int) -> Any:
        return LegacyGate.decide(narrow, got.safety_metadata, OrLegacy(4), text_body(got), when)

    messages = [old(pair, nonce=nonce, at=at) for nonce in range(3)]
    decide(messages[0], at)
    decide(messages[1], at)
    assert name_of(decide, messages[2], at) == "NONCE_CACHE_FULL"
    later = at + 12_000_000
    assert decide(old(pair, nonce=9, at=later), later).nonce == 9
    assert name_of(decide, messages[0], at) == "TOO_OLD"


def test_a_gate_refuses_what_it_cannot_be_made_with() -> None:
    pair = Pair()
    for keys in ({"no-id": KEY}, {str(pair.module): "zz"}, {str(pair.module): "00"}):
        assert name_of(lambda k=keys: LegacyGate(k, until=1)) in {"INVALID_ID", "KEY_INVALID"}
