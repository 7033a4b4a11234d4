"""IDs, secrets, keys, and what a receiver does with them."""

from __future__ import annotations

import uuid

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, refused, require


def test_a_module_id_comes_in_every_shape() -> None:
    text = "214c067f-4e14-d369-d1b8-bc7fb56dda41"
    made = sw.ModuleId(text)
    shapes = [text.upper(), text.replace("-", ""), uuid.UUID(text), bytes(made), made]
    assert {sw.ModuleId(shape) for shape in shapes} == {made}
    assert str(made) == text
    assert made.uuid == uuid.UUID(text)
    assert repr(made) == f"ModuleId('{text}')"
    assert bytes(made) == bytes.fromhex(text.replace("-", ""))
    assert sw.ModuleId.random() != sw.ModuleId.random()
    assert sw.ModuleId(bytes([1] * 16)) < sw.ModuleId(bytes([2] * 16))
    assert made != text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x" * 32,
        "214c067f4e14d369d1b8bc7fb56dda4",
        "214c067f-4e14-d369-d1b8-bc7fb56dda4é",
        "{214c067f-4e14-d369-d1b8-bc7fb56dda41}",
        "214c067-f4e14-d369-d1b8-bc7fb56dda41",
        "+" + "0" * 31,
        bytes(16),
        b"\xff" * 16,
        bytes(15),
        bytes(17),
        "\ud800" * 32,
    ],
)
def test_what_is_no_module_id(value: str | bytes) -> None:
    assert refused(sw.ModuleId, value) == "INVALID_ID"


def test_secrets_are_not_shown_and_not_zero() -> None:
    secret, key = sw.PeerSecret.generate(), sw.SigningKey.generate()
    for made in (secret, key):
        assert repr(made) == f"{type(made).__name__}(…)"
        assert str(made) == repr(made)
        again = type(made).from_bytes(made.secret_bytes())
        assert again.secret_bytes() == made.secret_bytes()
        for length in (0, 31, 33):
            assert refused(type(made).from_bytes, bytes([1] * length)) == "KEY_LENGTH"
        assert refused(type(made).from_bytes, bytes(32)) == "KEY_INVALID"
    assert refused(sw.SigningKey.from_bytes, b"\xff" * 32) == "KEY_INVALID"


def test_a_public_key_has_two_forms() -> None:
    key = sw.SigningKey.generate().public_key
    assert sw.PublicKey.from_bytes(bytes(key)) == key
    assert sw.PublicKey.from_bytes(b"\x04" + bytes(key)) == key
    assert hash(sw.PublicKey.from_bytes(bytes(key))) == hash(key)
    assert refused(sw.PublicKey.from_bytes, b"\x02" + bytes(key)) == "KEY_INVALID"
    assert refused(sw.PublicKey.from_bytes, bytes(key)[:-1]) == "KEY_LENGTH"


def test_what_is_not_registered(pair: Pair) -> None:
    validator = pair.validator()
    other = sw.ModuleId.random()
    off_curve = sw.PublicKey.from_bytes(bytes([1] * 64))
    cases = {
        "DUPLICATE_KEY_ID": sw.PeerKey.hmac(1, other, sw.PeerSecret.generate()),
        "DUPLICATE_KEY": sw.PeerKey.hmac(3, other, pair.secret),
        "INVALID_ID": sw.PeerKey.hmac(3, pair.panel, sw.PeerSecret.generate()),
        "KEY_INVALID": sw.PeerKey.ecdsa(3, other, off_curve),
        "NONCE_QUOTA": sw.PeerKey.hmac(3, other, sw.PeerSecret.generate(), random_nonces=99),
    }
    for name, key in cases.items():
        assert refused(validator.register, key) == name
    assert refused(validator.register_module, pair.pump) == "DUPLICATE_KEY_ID"
    assert refused(validator.register_module, pair.panel) == "INVALID_ID"


def test_a_full_table_refuses(pair: Pair) -> None:
    validator = pair.empty(capacity=1)
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret))
    with pytest.raises(sw.UnavailableError) as caught:
        validator.register(sw.PeerKey.hmac(2, pair.pump, sw.PeerSecret.generate()))
    assert caught.value.code is sw.ErrorCode.TABLE_FULL


def test_keys_end_are_revoked_and_removed(pair: Pair) -> None:
    frames = pair.hmac().seal_many([b"x"] * 4, ABOUT, NOW)
    validator = pair.empty()
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret, expires=NOW + 5_000_000))
    validator.validate(frames[0], require(4), NOW)
    assert refused(validator.validate, frames[1], require(4), NOW + 6_000_000) == "KEY_EXPIRED"
    validator.revoke(1)
    assert refused(validator.validate, frames[2], require(4), NOW) == "KEY_REVOKED"
    validator.remove(1)
    assert refused(validator.validate, frames[2], require(4), NOW) == "UNKNOWN_KEY"
    for call in (validator.revoke, validator.remove):
        assert refused(call, 1) == "UNKNOWN_KEY"
    assert refused(validator.remove_module, pair.pump) == "UNKNOWN_SENDER"


def test_a_key_that_is_registered_again_opens_nothing(pair: Pair) -> None:
    validator, frame = pair.validator(), pair.hmac().seal(b"x", ABOUT, NOW)
    validator.validate(frame, require(4), NOW)
    validator.remove(1)
    validator.register(sw.PeerKey.hmac(1, pair.pump, pair.secret))
    assert refused(validator.validate, frame, require(4), NOW) == "REPLAYED"


def test_two_keys_overlap_in_a_rollover(pair: Pair) -> None:
    validator, secret = pair.validator(), sw.PeerSecret.generate()
    validator.rollover(1, sw.PeerKey.hmac(3, pair.pump, secret), overlap_end=NOW + 5_000_000)
    fresh = sw.Sealer.hmac(
        key_id=3, sender=pair.pump, receiver=pair.panel, secret=secret, start=sw.NonceStart.fresh()
    )
    old = pair.hmac()
    for sealer in (old, fresh):
        assert validator.validate(sealer.seal(b"x", ABOUT, NOW), require(4), NOW)
    late = NOW + 6_000_000
    assert (
        refused(validator.validate, old.seal(b"x", ABOUT, late), require(4), late) == "KEY_EXPIRED"
    )
    again = sw.PeerKey.hmac(4, sw.ModuleId.random(), sw.PeerSecret.generate())
    with pytest.raises(sw.MisuseError):
        validator.rollover(3, again, overlap_end=late)


def test_policies_allow_what_they_list(pair: Pair) -> None:
    frames = pair.hmac().seal_many([b"x"] * 8, ABOUT, NOW)
    cases: list[tuple[sw.AnyPeer | sw.Rules | sw.NoPolicy, str | None]] = [
        (sw.Rules([sw.Rule()]), None),
        (sw.Rules([sw.Rule(role=1), sw.Rule(role=7, kind=sw.ContextKind.TOPIC)]), None),
        (sw.Rules([sw.Rule(name="pump/pressure")]), None),
        (sw.Rules([sw.Rule(prefix=b"pump/")]), None),
        (sw.Rules([]), "POLICY_REFUSED"),
        (sw.Rules([sw.Rule(role=8), sw.Rule(kind=2), sw.Rule(name="pump")]), "POLICY_REFUSED"),
        (sw.NoPolicy(), "POLICY_MISSING"),
    ]
    for frame, (policy, expected) in zip(frames, cases, strict=False):
        validator = pair.validator(policy=policy)
        if expected is None:
            assert validator.validate(frame, require(4), NOW)
        else:
            assert refused(validator.validate, frame, require(4), NOW) == expected
            # The nonce is spent all the same.
            assert refused(validator.validate, frame, require(4), NOW) == "REPLAYED"
    assert len(sw.Rules([sw.Rule(), sw.Rule()])) == 2
    assert refused(lambda: sw.Rule(name="a", prefix="b")) == "INVALID_ARGUMENT"


def test_state_is_kept_over_a_restart(pair: Pair) -> None:
    frames = pair.hmac().seal_many([b"x"] * 3, ABOUT, NOW)
    before = pair.validator()
    before.validate(frames[1], require(4), NOW)
    state = before.save()
    assert pair.secret.secret_bytes() not in state
    after = pair.validator(restart=sw.Restart.saved(bytearray(state)))
    assert refused(after.validate, frames[1], require(4), NOW) == "REPLAYED"
    assert after.validate(frames[0], require(4), NOW)
    nothing = pair.validator(restart=sw.Restart.not_before(NOW))
    assert refused(nothing.validate, frames[2], require(4), NOW) == "BEFORE_RESTART"
    for damaged in (b"", state[:-1], state + b"\0", bytes([state[0] ^ 1, *state[1:]])):
        assert refused(lambda s=damaged: pair.empty(restart=sw.Restart.saved(s))) == "INVALID_STATE"
    full = pair.empty
    assert refused(lambda: full(capacity=1, restart=sw.Restart.saved(state))) == "TABLE_FULL"


def test_the_audit_counts_and_remembers(pair: Pair) -> None:
    validator = pair.validator(policy=sw.Rules([]))
    sealer = pair.hmac()
    frame = sealer.seal(b"x", ABOUT, NOW)
    for offered in (frame[:-1], frame[:-1], frame, frame):
        refused(validator.validate, offered, require(4), NOW)
    audit = validator.audit
    assert audit.refused == {
        sw.ErrorCode.TRUNCATED: 2,
        sw.ErrorCode.POLICY_REFUSED: 1,
        sw.ErrorCode.REPLAYED: 1,
    }
    assert set(audit.accepted) == set(sw.Level)
    assert sum(audit.accepted.values()) == 0
    assert [(event.rejection.name, event.repeats) for event in audit.unproven] == [
        ("REPLAYED", 1),
        ("TRUNCATED", 2),
    ]
    assert [event.rejection.step for event in audit.proven] == [8]
    assert audit.proven[0].at == NOW
    assert audit.unproven[0].rejection.key_id == 1
    assert pair.validator().audit.unproven == ()
