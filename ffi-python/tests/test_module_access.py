"""Claim: a module gets its session over any transport, no forged or lost message costs it one, and
a manager that was never set up refuses.
"""

from __future__ import annotations

import asyncio
import time

import pytest
import sealwire as sw
from module_support import Pair
from sealwire.module import (
    AccessClient,
    AccessStatus,
    InvalidSecurityLevelError,
    SecurityLevel,
    SecurityManager,
    SessionExpiredError,
    SignatureValidationError,
    create_security_context,
)
from stand_in import NODE_NAMES, Bus, Node

ABOUT = sw.Context.topic("pump/pressure")


WAYS = [("secret", 4), ("key", 4), ("key", 5), ("chain", 4), ("chain", 5)]


@pytest.mark.parametrize(("by", "level"), WAYS)
def test_a_module_gets_its_session_and_both_sides_use_it(by: str, level: int) -> None:
    pair = Pair(by, level)
    session = pair.session()
    assert session.status == AccessStatus.GRANTED and session.security_level == level
    assert pair.manager.get_session_count() == 1
    assert pair.manager.get_active_modules() == []
    kept = pair.manager.get_session(pair.module)
    assert (kept.key_id, kept.security_level) == (session.session.peer_key_id, level)
    assert kept.expires and kept.ends_at_tick > sw.tick() and kept.role == 0
    assert pair.manager.module_of_token(session.session_token) == pair.module
    context = create_security_context(
        module_id=pair.module,
        security_level=level,
        session_token=session.session_token,
        hmac_key=session.hmac_key,
    )
    form, body = context.seal(ABOUT, b"4.2 bar")
    accepted = pair.manager.security_context().open(ABOUT, form, body, level)
    assert (accepted.sender, accepted.payload) == (pair.module, b"4.2 bar")
    assert pair.manager.get_active_modules() == [pair.module]
    form, body = pair.manager.security_context(pair.module).seal(ABOUT, b"noted")
    assert context.open(ABOUT, form, body, level).sender == pair.own


@pytest.mark.parametrize("level", [4, 5])
def test_certificates_renew_a_session_on_either_side(level: int) -> None:
    pair = Pair("chain", level)
    pair.manager.define_role("operator", 3)
    ask = {"security_level": level, "role": "operator"}
    first = pair.client.request_access(pair.own, pair.ask, **ask)
    about = sw.Context.topic("hello")
    pair.manager.security_context().open(about, *first.context().seal(about, b"hello"), level)
    pair.manager.use_chain(pair.chain(pair.own))
    second = pair.client.request_access(pair.own, pair.ask, **ask)
    for session in (first, second, first, second):
        context = session.context()
        form, body = context.seal(about, b"hello")
        opened = pair.manager.security_context().open(about, form, body, level)
        assert opened.sender == pair.module
        form, body = pair.manager.security_context(pair.module).seal(about, b"noted")
        assert context.open(about, form, body, level).sender == pair.own
    kept = pair.manager.get_session(pair.module)
    assert kept is not None and kept.role == 3
    pair.manager.remove_module(pair.module)
    assert pair.manager.get_session_count() == 0
    assert pair.session().security_level == level


def test_a_bad_certificate_has_its_own_name_and_status() -> None:
    pair, other = Pair("chain"), Pair("chain")
    seen = []

    def ask(message: bytes) -> bytes:
        seen.append(pair.manager.request_access(message))
        return seen[-1].message

    stranger = AccessClient(pair.module, chain=other.chain(pair.module))
    with pytest.raises(SignatureValidationError):
        stranger.request_access(pair.own, ask)
    assert seen[-1].status == AccessStatus.CERTIFICATE_ERROR
    assert seen[-1].error.name == "CERTIFICATE_SIGNATURE"
    borrowed = AccessClient(pair.module, chain=pair.chain(other.module))
    with pytest.raises(SignatureValidationError):
        borrowed.request_access(pair.own, ask)
    assert seen[-1].error.name == "IDENTITY_MISMATCH"
    # And the granter's, at the module.
    pair.manager.use_chain(pair.chain(other.own))
    with pytest.raises(sw.CertificateValidationError) as caught:
        pair.session()
    assert caught.value.name == "IDENTITY_MISMATCH"


def test_the_same_steps_go_over_a_transport_that_is_awaited() -> None:
    pair = Pair("key", 5)

    async def ask(message: bytes) -> bytes | None:
        await asyncio.sleep(0)
        return pair.ask(message)

    session = asyncio.run(pair.client.request_access_async(pair.own, ask, security_level=5))
    assert session.security_level == SecurityLevel.DIGITAL_SIGNATURE


def test_lost_and_forged_answers_cost_a_try_and_no_session() -> None:
    pair = Pair()
    answers = iter([None, b"junk", "real", b"\x1b" + bytes(100), None, "real"])

    def ask(message: bytes) -> bytes | None:
        real, planned = pair.ask(message), next(answers)
        return real if planned == "real" else planned

    assert pair.client.request_access(pair.own, ask).security_level == 4
    assert pair.manager.get_session_count() == 1
    with pytest.raises(sw.UnavailableError, match="no answer"):
        pair.client.request_access(pair.own, lambda message: None)
    with pytest.raises(sw.MalformedError):
        pair.client.request_access(pair.own, lambda message: b"junk")


def test_a_wrong_key_on_either_side_has_its_own_name_and_status() -> None:
    pair = Pair()
    stranger = AccessClient(pair.module, secret=sw.PeerSecret.generate())
    seen = []

    def ask(message: bytes) -> bytes:
        seen.append(pair.manager.request_access(message))
        return seen[-1].message

    with pytest.raises(SignatureValidationError):
        stranger.request_access(pair.own, ask)
    assert seen[0].status is None and seen[-1].status == AccessStatus.INVALID_SIGNATURE
    assert seen[-1].message == b"refused" and seen[-1].error.name == "ACCESS_MAC_WRONG"
    by_key = Pair("key")
    wrong = sw.SigningKey.generate().public_key
    client = AccessClient(by_key.module, key=by_key.key, granter_key=wrong)
    with pytest.raises(SignatureValidationError) as caught:
        client.request_access(by_key.own, by_key.ask)
    assert caught.value.name in {"ACCESS_MAC_WRONG", "ACCESS_SIGNATURE_WRONG"}


def test_every_refusal_has_the_status_of_the_framework_before() -> None:
    pair = Pair()
    assert pair.manager.request_access(b"").status == AccessStatus.INVALID_REQUEST
    assert pair.manager.request_access(b"\x18junk").status == AccessStatus.INVALID_REQUEST
    unknown = AccessClient(sw.ModuleId.random(), secret=sw.PeerSecret.generate())
    seen = []

    def ask(message: bytes) -> bytes:
        seen.append(pair.manager.request_access(message))
        return seen[-1].message

    with pytest.raises(SignatureValidationError):
        unknown.request_access(pair.own, ask)
    assert seen[-1].status == AccessStatus.CERTIFICATE_ERROR
    with pytest.raises(sw.ForbiddenError) as caught:
        pair.client.request_access(pair.own, ask, role="nobody-may")
    assert caught.value.name == "ACCESS_FORBIDDEN" and seen[-1].status == AccessStatus.DENIED
    with pytest.raises(InvalidSecurityLevelError):
        pair.client.request_access(pair.own, ask, security_level=5)
    assert [int(status) for status in AccessStatus] == [0, 1, 2, 3, 4, 5, 6]


def test_an_expired_session_has_its_own_name_on_both_sides() -> None:
    pair = Pair(duration=3)
    session = pair.in_use()
    context = session.context()
    form, body = context.seal(ABOUT, b"late")
    time.sleep((session.session.ends_at_tick - sw.tick()) / 1_000_000 + 0.1)
    with pytest.raises(SessionExpiredError) as caught:
        context.seal(ABOUT, b"later")
    assert caught.value.name == "SESSION_UNKNOWN"
    with pytest.raises(SessionExpiredError):
        pair.manager.security_context().open(ABOUT, form, body, 4)
    assert pair.manager.get_session(pair.module) is None
    assert pair.manager.cleanup_expired_sessions() == 1
    assert pair.manager.get_active_modules() == [] and pair.manager.get_session_count() == 0
    with pytest.raises(SessionExpiredError):
        pair.manager.module_of_token(session.session_token)


def test_a_renewal_keeps_the_module_in_touch_and_removal_ends_it() -> None:
    pair = Pair()
    first, second = pair.in_use(), pair.session()
    assert pair.manager.get_session(pair.module).key_id == second.session.peer_key_id
    tokens = [first.session_token, second.session_token]
    assert [pair.manager.module_of_token(token) for token in tokens] == [pair.module] * 2
    to_module = pair.manager.security_context(pair.module)
    form, body = to_module.seal(ABOUT, b"by the first one still")
    assert first.context().open(ABOUT, form, body, 4).payload == body
    form, body = second.context().seal(ABOUT, b"now the second")
    pair.manager.security_context().open(ABOUT, form, body, 4)
    assert pair.manager.cleanup_expired_sessions() == 0
    pair.manager.end_session(pair.module)
    assert pair.manager.get_session(pair.module) is None
    for token in tokens:
        with pytest.raises(SessionExpiredError):
            pair.manager.module_of_token(token)
    pair.session()
    pair.manager.remove_module(pair.module)
    assert pair.manager.get_session_count() == 0
    with pytest.raises(SignatureValidationError):
        pair.session()


def test_a_grant_that_got_lost_costs_neither_session_nor_token() -> None:
    pair = Pair()
    first = pair.in_use()
    for _ in range(3):
        asking = sw.Exchange()
        request = asking.begin(own=pair.module, granter=pair.own, secret=pair.secret)
        assert pair.manager.request_access(asking.challenge(pair.ask(request)), b"here").session
    assert pair.manager.get_session_count() == 2
    assert pair.manager.module_of_token(first.session_token) == pair.module
    form, body = first.context().seal(ABOUT, b"still here")
    assert pair.manager.security_context().open(ABOUT, form, body, 4).sender == pair.module
    newest = pair.in_use()
    assert pair.manager.module_of_token(newest.session_token) == pair.module


def test_a_context_is_only_of_the_session_that_its_token_names() -> None:
    pair = Pair()
    session, other = pair.session(), Pair().session()
    given = {"module_id": pair.module, "security_level": 4}
    with pytest.raises(SessionExpiredError):
        create_security_context(**given, session_token=bytes(32))
    with pytest.raises(sw.MisuseError, match="another session"):
        create_security_context(
            **given, session_token=session.session_token, hmac_key=other.hmac_key
        )
    with pytest.raises(sw.MisuseError, match="another module"):
        create_security_context(**given, session_token=other.session_token)
    with pytest.raises(InvalidSecurityLevelError):
        create_security_context(
            module_id=pair.module, security_level=5, session_token=session.session_token
        )
    with pytest.raises(sw.MisuseError, match="token"):
        create_security_context(**given)
    raw = session.session_token.secret_bytes()
    key = session.hmac_key.secret_bytes()
    assert create_security_context(**given, session_token=raw, hmac_key=key).security_level == 4
    assert raw.hex() not in repr(session) and repr(raw) not in repr(session.context())


def test_a_mixin_hides_nothing_of_the_node_and_says_when_it_was_not_set_up() -> None:
    ours = {name for name in dir(SecurityManager) if not name.startswith("__")}
    assert not ours & set(NODE_NAMES) and not ours & set(dir(Node))

    class Forgetful(Node, SecurityManager):
        def __init__(self) -> None:
            super().__init__("forgetful", bus=Bus())

    class Whole(Node, SecurityManager):
        def __init__(self) -> None:
            Node.__init__(self, "whole", bus=Bus())
            SecurityManager.__init__(self, module_id=sw.ModuleId.random())

    forgetful = Forgetful()
    for call in (
        forgetful.get_session_count,
        forgetful.get_active_modules,
        forgetful.cleanup_expired_sessions,
        forgetful.security_context,
        lambda: forgetful.get_session(sw.ModuleId.random()),
        lambda: forgetful.request_access(b""),
        lambda: forgetful.register_module(sw.ModuleId.random()),
    ):
        with pytest.raises(sw.MisuseError, match="__init__ wasn't called") as caught:
            call()
        assert caught.value.name == "MANAGER_MISSING"
    assert Whole().get_session_count() == 0 and Whole().get_name() == "whole"
    with pytest.raises(sw.MisuseError, match="session_tokens is off"):
        Whole().module_of_token(bytes(32))
