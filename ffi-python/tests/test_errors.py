"""The exceptions and codes are the core's table."""

from __future__ import annotations

import pytest
import sealwire as sw
from conftest import ABOUT, NOW, Pair, require
from sealwire import _native, errors

CLASSES = [
    sw.MalformedError,
    sw.StaleError,
    sw.UnauthenticatedError,
    sw.ForbiddenError,
    sw.UnavailableError,
    sw.MisuseError,
]


def test_the_codes_are_the_cores() -> None:
    assert [(code.value, code.name) for code in sw.ErrorCode] == [
        (number, name) for number, name, _, _ in _native.ERRORS
    ]
    for number, name, kind, sentence in _native.ERRORS:
        error = errors.error_for(number)
        assert (error.code, error.name, error.kind) == (number, name, kind)
        assert (error.code.kind, error.code.sentence) == (kind, sentence)
        assert str(error) == f"{name}: {sentence}"


def test_the_tree() -> None:
    assert {cls.kind for cls in CLASSES} == {kind for _, _, kind, _ in _native.ERRORS}
    for cls in CLASSES:
        assert issubclass(cls, sw.SecurityError)
        assert not issubclass(cls, OSError)
        assert issubclass(cls, ValueError) == (cls in {sw.MalformedError, sw.MisuseError})
    assert issubclass(sw.SecurityError, Exception)


def test_a_refusal_says_where_and_who(pair: Pair) -> None:
    frame = bytearray(pair.hmac().seal(b"x", ABOUT, NOW))
    frame[-1] ^= 1
    with pytest.raises(sw.UnauthenticatedError) as caught:
        pair.validator().validate(frame, require(4), NOW)
    error = caught.value
    assert (error.code, error.name, error.step) == (601, "TAG_WRONG", 6)
    assert (error.key_id, error.sender, error.level, error.nonce) == (1, None, 4, 0)
    assert "(step 6)" in str(error)
    stranger = sw.Sealer.unproven(
        level=2, sender=sw.ModuleId.random(), start=sw.NonceStart.fresh()
    ).seal(b"x", ABOUT)
    with pytest.raises(sw.UnauthenticatedError) as caught:
        pair.validator().validate(stranger, require(2))
    assert caught.value.sender == sw.inspect(stranger).sender
    assert caught.value.key_id is None


def test_all_that_is_exported_is_there_and_documented() -> None:
    for name in sw.__all__:
        made = getattr(sw, name)
        if isinstance(made, type) or callable(made):
            assert made.__doc__, name
            assert made.__module__.split(".")[0] == "sealwire", name
    public = {name for name in vars(_native) if not name.startswith("_")}
    private = {"ERRORS", "VERSION", "identity_in", "parse"}
    assert public - private <= set(sw.__all__)


def test_every_method_is_documented() -> None:
    for name in sw.__all__:
        cls = getattr(sw, name)
        if isinstance(cls, type) and cls.__module__ == "sealwire":
            for member, value in vars(cls).items():
                assert member.startswith("_") or value.__doc__, f"{name}.{member}"
