"""Claim: what is checked is the sealed form; a copy that differs, a missing body and a changed one
are refused by name, at the level that the receiver demands.
"""

from __future__ import annotations

import asyncio
import copy
from types import SimpleNamespace
from typing import Any

import pytest
import sealwire as sw
from hypothesis import given, settings
from hypothesis import strategies as st
from module_support import MESSAGES, Pair, Text, cdr, message, text_body
from sealwire.module import (
    NO_BODY,
    CdrBody,
    InvalidSecurityLevelError,
    LegacyGate,
    MessageSecurityFilter,
    NonceValidationError,
    OrLegacy,
    SafetyMetadata,
    SecurityContext,
    SecurityValidator,
    SignatureValidationError,
    Time,
    TimestampValidationError,
    create_security_context,
    security_required,
)
from sealwire.module.metadata import Metadata, fill
from sealwire.module.ros import seal_message

TOPIC = "pump/pressure"
ABOUT = sw.Context.topic(TOPIC)


def sealed(context: SecurityContext, text: str = "4.2 bar", body: Any = text_body) -> Text:
    return seal_message(Text(text), context, ABOUT, body, "safety_metadata")[0]


@pytest.fixture
def pair() -> Pair:
    return Pair()


JUNK_PAIR = Pair()
JUNK_CONTEXT = JUNK_PAIR.in_use().context()


def validator(pair: Pair, **options: Any) -> SecurityValidator:
    return SecurityValidator(
        pair.manager.security_context(), TOPIC, **({"body": text_body} | options)
    )


def name_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(sw.SecurityError) as caught:
        call(*arguments)
    return caught.value.name


def test_the_fields_say_what_was_sealed(pair: Pair) -> None:
    got = sealed(pair.session().context(name="pump"))
    metadata = got.safety_metadata
    assert (metadata.security_level, metadata.algorithm_id) == (4, "HMAC-SHA256")
    assert (metadata.sender_id, metadata.sender_name) == (str(pair.module), "pump")
    accepted = validator(pair).validate_metadata(metadata, 4, b"4.2 bar")
    micros = metadata.timestamp.sec * 1_000_000 + metadata.timestamp.nanosec // 1000
    assert (accepted.timestamp, accepted.nonce) == (micros, metadata.nonce)
    assert accepted.sender == pair.module
    assert name_of(validator(pair).validate_message, got, 4) == "REPLAYED"
    with pytest.raises(NonceValidationError):
        validator(pair).validate_message(got, 4)
    signing = Pair("key", 5)
    assert sealed(signing.session().context()).safety_metadata.algorithm_id == "ECDSA-P256"


CHANGES = {
    "security_level": 5,
    "sender_id": "00000000-0000-0000-0000-000000000001",
    "nonce": 12345,
    "algorithm_id": "ECDSA-P256",
    "sec": 1,
    "nanosec": 999,
}


@pytest.mark.parametrize(("field", "value"), [*CHANGES.items(), ("nonce", True), ("sec", "1")])
def test_a_copy_that_differs_is_malformed_and_burns_nothing(
    pair: Pair, field: str, value: Any
) -> None:
    got = sealed(pair.session().context())
    changed = copy.deepcopy(got)
    where = changed.safety_metadata
    setattr(where.timestamp if field in {"sec", "nanosec"} else where, field, value)
    checks = validator(pair)
    assert name_of(checks.validate_message, changed, 4) == "METADATA_COPY"
    assert checks.validate_message(got, 4).sender == pair.module


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=70),
    st.binary(max_size=70), st.lists(st.integers(), max_size=3),
    st.text("0123456789abcdef", min_size=64, max_size=64), st.builds(Time, st.none(), st.text()),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from([*vars(SafetyMetadata())]), value=JUNK)
def test_whatever_a_field_holds_the_message_is_refused_by_name(field: str, value: Any) -> None:
    pair = JUNK_PAIR
    got = sealed(JUNK_CONTEXT)
    if getattr(got.safety_metadata, field) == value and not isinstance(value, bool):
        return
    setattr(got.safety_metadata, field, value)
    for gate in (None, LegacyGate({str(pair.module): "00" * 32}, until=2**62)):
        checks = validator(pair, names={pair.module: ""}, legacy=gate)
        assert name_of(checks.validate_message, got, 4)
        assert name_of(checks.validate_message, got, OrLegacy(4))


def test_a_field_that_is_not_there_is_a_refusal_too(pair: Pair) -> None:
    got = sealed(pair.session().context())
    checks = validator(pair)
    whole = {name: getattr(got.safety_metadata, name) for name in Metadata.__annotations__}
    for gone in whole:
        left = SimpleNamespace(**{name: value for name, value in whole.items() if name != gone})
        assert name_of(checks.validate_metadata, left, 4, b"4.2 bar") == "METADATA_COPY"
    passes = MessageSecurityFilter(checks, 4)
    for nothing in (None, 5, "text", {}):
        got.safety_metadata = nothing
        assert name_of(checks.validate_message, got, 4) == "METADATA_COPY"
        assert not passes(got)
    assert not passes(object())
    got.safety_metadata = SimpleNamespace(**whole)
    assert passes(got)


def test_a_number_of_another_type_is_still_the_number(pair: Pair) -> None:
    import numpy as np  # noqa: PLC0415 - where rosbags is

    got = sealed(pair.session().context())
    metadata = got.safety_metadata
    metadata.security_level, metadata.nonce = np.uint8(4), np.uint64(metadata.nonce)
    assert validator(pair).validate_message(got, 4).level == 4


def test_a_changed_payload_field_is_no_encoding_or_no_seal(pair: Pair) -> None:
    got = sealed(pair.session().context())
    form = got.safety_metadata.security_payload
    for text in (form + "=", form + "A", form[:-1], "", "é", form + "\n", form.lower(), 7, None):
        got.safety_metadata.security_payload = text
        assert name_of(validator(pair).validate_message, got, 4) in {
            "METADATA_COPY", "TRUNCATED", "TRAILING_BYTES", "UNKNOWN_LEVEL", "UNKNOWN_VERSION",
            "LENGTH_MISMATCH", "PAIR_MISMATCH", "UNKNOWN_ALGORITHM", "VARINT",
        }, text  # fmt: skip
    for bit in range(0, 6 * len(form), 7):
        index = bit // 6
        other = "A" if form[index] != "A" else "B"
        got.safety_metadata.security_payload = form[:index] + other + form[index + 1 :]
        assert name_of(validator(pair).validate_message, got, 4)
    got.safety_metadata.security_payload = form
    assert validator(pair).validate_message(got, 4)


def test_a_changed_body_another_topic_and_a_higher_demand_have_their_own_names(pair: Pair) -> None:
    context = pair.session().context()
    got = sealed(context)
    got.data = "9.9 bar"
    with pytest.raises(SignatureValidationError):
        validator(pair).validate_message(got, 4)
    elsewhere = SecurityValidator(pair.manager.security_context(), "valve", body=text_body)
    with pytest.raises(SignatureValidationError):
        elsewhere.validate_message(sealed(context), 4)
    with pytest.raises(InvalidSecurityLevelError):
        validator(pair).validate_message(sealed(context), 5)
    old = copy.deepcopy(sealed(context))
    late = sw.now() + 60_000_000
    form = old.safety_metadata.security_payload
    assert form
    with pytest.raises(TimestampValidationError):
        requirement = sw.Requirement.at_least(4, ABOUT)
        receiver = pair.manager.security_context().validator
        data = context.seal(ABOUT, b"x")[0]
        receiver.validate_detached(data, b"x", requirement, late)


def test_a_body_is_missing_unless_both_sides_say_that_there_is_none(pair: Pair) -> None:
    context = pair.session().context()
    assert name_of(sealed, context, "", None) == "BODY_MISSING"
    got = sealed(context, "", NO_BODY)
    metadata = got.safety_metadata
    assert name_of(validator(pair).validate_metadata, metadata, 4) == "BODY_MISSING"
    assert name_of(validator(pair, body=None).validate_message, got, 4) == "BODY_MISSING"
    assert validator(pair).validate_metadata(metadata, 4, NO_BODY).payload == b""
    unproven = create_security_context(module_id=pair.module, security_level=3)
    assert sealed(unproven, "", None).safety_metadata.algorithm_id == "NONE"


def test_rsa_is_known_and_refused_and_unproven_levels_keep_their_copies(pair: Pair) -> None:
    got = sealed(pair.session().context())
    got.safety_metadata.algorithm_id = "RSA-SHA256"
    assert name_of(validator(pair).validate_message, got, 4) == "UNSUPPORTED_ALGORITHM"
    unproven = create_security_context(module_id=pair.module, security_level=2)
    got = sealed(unproven)
    assert name_of(validator(pair).validate_message, got, 4) == "LEVEL_TOO_LOW"
    assert name_of(validator(pair).validate_message, got, 2) == "UNKNOWN_SENDER"
    pair.manager.security_context().validator.register_module(pair.module)
    assert validator(pair).validate_message(got, 2).level == 2
    got.safety_metadata.sender_id = str(pair.own)
    assert name_of(validator(pair).validate_message, got, 2) == "METADATA_COPY"


def test_a_name_counts_only_where_names_are_known(pair: Pair) -> None:
    context = pair.session().context(name="pump")
    known = validator(pair, names={pair.module: "pump"})
    assert known.validate_message(sealed(context), 4)
    got = sealed(context)
    got.safety_metadata.sender_name = "panel"
    assert name_of(known.validate_message, got, 4) == "METADATA_COPY"
    got.safety_metadata.sender_id = "junk"
    assert name_of(known.validate_message, got, 4) == "METADATA_COPY"


def test_a_time_that_the_field_cannot_hold_is_not_sent(pair: Pair) -> None:
    sealer = sw.Sealer.unproven(level=3, sender=pair.module, start=sw.NonceStart.fresh())
    form = sealer.seal_detached(b"", ABOUT, 2**31 * 1_000_000)
    assert name_of(fill, SafetyMetadata(), form, b"", pair.module) == "NO_CLOCK"


@pytest.mark.parametrize("name", MESSAGES)
def test_real_cdr_is_the_body_with_the_metadata_at_its_default(name: str, pair: Pair) -> None:
    body, bare = cdr(), message(name)
    context = pair.session().context(name="pump")
    got, _ = seal_message(bare, context, ABOUT, body, "safety_metadata")
    assert body(got) == body(bare) and got.safety_metadata.security_level == 4
    assert bare.safety_metadata.security_level == 0, "the message itself is as it was"
    assert body(got).startswith(b"\x00\x01\x00\x00")
    from module_support import store  # noqa: PLC0415

    wire = store().serialize_cdr(got, name)
    arrived = store().deserialize_cdr(wire, name)
    checks = validator(pair, body=body)
    assert checks.validate_message(arrived, 4).payload == body(bare)
    again, _ = seal_message(bare, context, ABOUT, body, "safety_metadata")
    wire = bytearray(store().serialize_cdr(again, name))
    places = {"pump_msgs/msg/Text": b"4.2 bar", "pump_msgs/msg/Pose": b"left"}
    wire[wire.index(places[name]) if name in places else -1] ^= 1
    changed = store().deserialize_cdr(bytes(wire), name)
    assert name_of(checks.validate_message, changed, 4) == "TAG_WRONG"


def test_big_endian_cdr_and_messages_without_the_field_are_misuse(pair: Pair) -> None:
    from module_support import store  # noqa: PLC0415

    wrong = CdrBody(lambda m: store().serialize_cdr(m, m.__msgtype__, little_endian=False))
    assert name_of(wrong, message("pump_msgs/msg/Text")) == "INVALID_ARGUMENT"
    assert name_of(cdr(), object()) == "INVALID_ARGUMENT"


def test_a_filter_is_true_for_what_passes(pair: Pair) -> None:
    passes = MessageSecurityFilter(validator(pair), 4)
    got = sealed(pair.session().context())
    assert [passes(got), passes(got), passes(Text("unsealed"))] == [True, False, False]


class Pump:
    """Has its validator in the attribute, or not."""

    def __init__(self, checks: object = None) -> None:
        self.security_validator = checks
        self.heard: list[str] = []

    @security_required(4)
    def on_command(self, got: Text) -> str:
        self.heard.append(got.data)
        return got.data

    @security_required(4)
    async def on_query(self, got: Text) -> str:
        self.heard.append(got.data)
        return got.data


def test_the_decorator_refuses_without_a_validator_and_calls_only_for_what_passes(
    pair: Pair,
) -> None:
    context = pair.session().context()
    for checks in (None, "yes", lambda *_: True):
        bare = Pump(checks)
        assert name_of(bare.on_command, sealed(context)) == "MANAGER_MISSING"
        assert not bare.heard
    pump = Pump(validator(pair))
    got = sealed(context)
    assert pump.on_command(got) == "4.2 bar"
    assert name_of(pump.on_command, got) == "REPLAYED"
    assert name_of(pump.on_command, Text("unsealed"))
    assert name_of(lambda: pump.on_command(got=got)) == "INVALID_ARGUMENT"
    assert asyncio.run(pump.on_query(sealed(context))) == "4.2 bar"
    with pytest.raises(sw.SecurityError):
        asyncio.run(pump.on_query(Text("unsealed")))
    assert pump.heard == ["4.2 bar"] * 2

    @security_required(4, validator=validator(pair))
    def function(got: Text) -> str:
        return got.data

    @security_required(4)
    def open_function(got: Text) -> str:
        return got.data

    assert function(sealed(context)) == "4.2 bar"
    assert name_of(open_function, sealed(context)) == "MANAGER_MISSING"
