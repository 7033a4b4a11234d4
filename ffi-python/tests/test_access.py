"""Claim: both sides end with the same session or with none; what goes wrong has its own name, and
the binding adds nothing to the core's exchange but locks.
"""

from __future__ import annotations

import copy
import pickle
import threading

import pytest
import sealwire as sw
from access_support import ABOUT, SECOND, SOURCE, Sides
from conftest import refused, require

KINDS = [("secret", 4), ("key", 4), ("key", 5)]


@pytest.mark.parametrize(("by", "level"), KINDS)
def test_both_sides_end_with_the_same_session_and_it_works_in_both_directions(
    by: str, level: int
) -> None:
    sides = Sides(by)
    mine, theirs = sides.exchange(wanted=level, lowest=level, role="operator")
    assert (mine.own, mine.peer, mine.level) == (sides.module, sides.own, level)
    assert (theirs.own, theirs.peer, theirs.role) == (sides.own, sides.module, 7)
    assert mine.peer_key_id == theirs.key_id and theirs.peer_key_id == mine.key_id
    assert mine.token == theirs.token
    assert mine.hmac_key.secret_bytes() == theirs.hmac_key.secret_bytes()
    assert sides.granter.session_count() == (1, 1)
    assert refused(sides.granter.seal, sides.module, b"too early", ABOUT) == "SESSION_UNKNOWN"
    frame = sides.sealer(mine).seal(b"4.2 bar", ABOUT)
    accepted = sides.validator.validate(frame, require(level))
    assert (accepted.payload, accepted.sender, accepted.role) == (b"4.2 bar", sides.module, 7)
    assert sides.granter.session_count() == (1, 0)
    assert sides.granter.session_of(sides.module) == theirs.key_id
    back = sides.granter.seal(sides.module, b"noted", ABOUT)
    assert sides.modules_validator.validate(back, require(level)).payload == b"noted"
    form = sides.granter.seal_detached(sides.module, b"noted too", ABOUT)
    seen = sides.modules_validator.validate_detached(form, b"noted too", require(level))
    assert seen.sender == sides.own
    assert refused(sides.validator.validate, frame, require(level)) == "REPLAYED"


def test_a_batch_confirms_a_session_as_single_calls_do() -> None:
    sides = Sides()
    mine, _ = sides.exchange()
    frames = sides.sealer(mine).seal_many([b"1", b"2"], ABOUT)
    verdicts = sides.validator.validate_many([frames[0], b"junk", *frames], require(4))
    assert [bool(verdict) for verdict in verdicts] == [True, False, False, True]
    assert sides.granter.session_count() == (1, 0)


def test_a_secret_never_reaches_level_5_and_a_lower_level_is_never_silent() -> None:
    sides = Sides()
    with pytest.raises(sw.InvalidSecurityLevelError) as caught:
        sides.exchange(wanted=5, lowest=5)
    assert caught.value.name == "SECRET_LEVEL"
    mine, _ = sides.exchange(wanted=5, lowest=4)
    assert mine.level == sw.Level.HMAC
    strict = Sides("key")
    strict.granter.remove(strict.module)
    strict.granter.register(strict.module, public_key=strict.key.public_key, max_level=4)
    asking = sw.Exchange()
    request = strict.begin(asking, wanted=5, lowest=5)
    proof = asking.challenge(strict.granter.challenge(request, SOURCE))
    granted = strict.granter.grant(proof, SOURCE)
    assert granted.session is None and granted.refusal.name == "LEVEL_NOT_GRANTED"
    assert refused(asking.grant, granted.answer) == "ACCESS_FORBIDDEN"


def test_a_call_out_of_order_says_where_the_exchange_stands() -> None:
    sides, asking = Sides(), sw.Exchange()
    assert asking.state == "idle"
    for call in (
        asking.request,
        asking.proof,
        lambda: asking.challenge(b""),
        lambda: asking.grant(b""),
    ):
        with pytest.raises(sw.MisuseError, match="the state is 'idle'") as caught:
            call()
        assert caught.value.name == "ACCESS_STATE"
    request = sides.begin(asking)
    assert asking.state == "await challenge" and asking.request() == request
    with pytest.raises(sw.MisuseError, match="needs 'await grant'"):
        asking.grant(b"")
    proof = asking.challenge(sides.granter.challenge(request, SOURCE))
    assert asking.state == "await grant" and asking.proof() == proof
    asking.abandon()
    assert asking.state == "idle"


@pytest.mark.parametrize(("by", "level"), KINDS)
def test_no_flipped_bit_gets_through_and_none_ends_the_exchange(by: str, level: int) -> None:
    sides, asking = Sides(by), sw.Exchange()
    request = sides.begin(asking, wanted=level, lowest=level)
    challenge = sides.granter.challenge(request, SOURCE)
    proof = asking.challenge(challenge)
    for at in range(len(proof)):
        bad = bytearray(proof)
        bad[at] ^= 1 << (at % 8)
        assert refused(sides.granter.grant, bad, SOURCE)
    assert sides.granter.session_count() == (0, 0)
    granted = sides.granter.grant(proof, SOURCE)
    for at in range(len(granted.answer)):
        bad = bytearray(granted.answer)
        bad[at] ^= 1 << (at % 8)
        assert refused(asking.grant, bytes(bad))
    again = sides.granter.grant(proof, SOURCE)
    assert again.again and again.session is None and again.answer == granted.answer
    session = asking.grant(again.answer)
    assert session.token == granted.session.token


def test_a_proof_from_another_source_or_of_another_secret_is_refused() -> None:
    sides, asking = Sides(), sw.Exchange()
    proof = asking.challenge(sides.granter.challenge(sides.begin(asking), SOURCE))
    assert refused(sides.granter.grant, proof, b"elsewhere") == "COOKIE_WRONG"
    stranger = sw.Exchange()
    request = sides.begin(stranger, secret=sw.PeerSecret.generate())
    proof = stranger.challenge(sides.granter.challenge(request, SOURCE))
    with pytest.raises(sw.SignatureValidationError) as caught:
        sides.granter.grant(proof, SOURCE)
    assert caught.value.name == "ACCESS_MAC_WRONG"
    other = sw.Exchange()
    request = sides.begin(other, own=sw.ModuleId.random())
    proof = other.challenge(sides.granter.challenge(request, SOURCE))
    assert refused(sides.granter.grant, proof, SOURCE) == "ACCESS_UNKNOWN_MODULE"


def test_a_session_ends_by_the_tick_on_both_sides() -> None:
    sides = Sides(life=60)
    mine, _ = sides.exchange()
    sealer = sides.sealer(mine)
    sides.validator.validate(sealer.seal(b"1", ABOUT), require(4))
    late = mine.ends_at_tick + SECOND
    frame = sealer.seal(b"2", ABOUT)
    with pytest.raises(sw.UnauthenticatedError) as caught:
        sides.validator.validate(frame, require(4), tick=late)
    assert caught.value.name == "UNKNOWN_KEY"
    assert sides.granter.session_count() == (0, 0)
    assert refused(sides.granter.seal, sides.module, b"", ABOUT) == "SESSION_UNKNOWN"


def test_an_unconfirmed_session_is_forgotten_and_the_old_one_stays() -> None:
    sides = Sides()
    old, _ = sides.exchange()
    sealer = sides.sealer(old)
    sides.validator.validate(sealer.seal(b"1", ABOUT), require(4))
    _, lost = sides.exchange()
    assert sides.granter.session_count() == (2, 1)
    assert sides.granter.session_of(sides.module) == old.peer_key_id
    sides.granter.run(tick=lost.first_frame_by_tick)
    assert sides.granter.session_count() == (1, 0)
    sides.validator.validate(sealer.seal(b"2", ABOUT), require(4))


def test_ending_and_removing_take_effect_at_once() -> None:
    sides = Sides()
    mine, _ = sides.exchange()
    sealer = sides.sealer(mine)
    sides.granter.end_sessions(sides.module)
    assert refused(sides.validator.validate, sealer.seal(b"", ABOUT), require(4)) == "UNKNOWN_KEY"
    sides.exchange()
    sides.granter.remove(sides.module)
    assert sides.granter.session_count() == (0, 0)
    assert refused(sides.granter.remove, sides.module) == "ACCESS_UNKNOWN_MODULE"
    sides.modules_validator.end_sessions(sides.own)
    assert sides.modules_validator.sender_under(mine.key_id) is None


def test_a_session_has_one_sealer_and_a_granter_none() -> None:
    sides = Sides("key")
    mine, theirs = sides.exchange(wanted=5, lowest=5)
    assert refused(sw.Sealer.for_session, mine) == "KEY_KIND"
    sides.sealer(mine)
    assert refused(sides.sealer, mine) == "INVALID_ARGUMENT"
    with pytest.raises(sw.SecurityError) as caught:
        sw.Sealer.for_session(theirs, key=sides.granters_key)
    assert caught.value.name == "SESSION_UNCONFIRMED"


def test_a_token_stands_for_its_module_until_it_is_revoked() -> None:
    sides = Sides()
    mine, theirs = sides.exchange(role="operator")
    tokens = sw.SessionTokens(4)
    tokens.keep(theirs)
    shown = sw.SessionToken.from_bytes(mine.token.secret_bytes())
    assert tokens.check(shown) == (sides.module, 7)
    assert refused(lambda: tokens.check(shown, tick=theirs.ends_at_tick)) == "TOKEN_UNKNOWN"
    for bit in range(256):
        bad = bytearray(mine.token.secret_bytes())
        bad[bit // 8] ^= 1 << bit % 8
        assert sw.SessionToken.from_bytes(bad) != shown
        assert refused(tokens.check, sw.SessionToken.from_bytes(bad)) == "TOKEN_UNKNOWN"
    tokens.revoke(sides.module)
    with pytest.raises(sw.SessionExpiredError):
        tokens.check(shown)
    assert refused(tokens.revoke, sides.module) == "TOKEN_UNKNOWN"
    assert refused(sw.SessionToken.from_bytes, b"short") == "KEY_LENGTH"


def test_secrets_are_neither_shown_nor_copied() -> None:
    sides = Sides()
    mine, _ = sides.exchange()
    group = sw.GroupKey(sw.ModuleId.random(), key_id=3, secret=sides.secret)
    shown = [mine.token.secret_bytes(), mine.hmac_key.secret_bytes(), sides.secret.secret_bytes()]
    for thing in (mine, mine.token, mine.hmac_key, group, sw.Exchange(), sides.granter):
        text = repr(thing)
        assert not any(secret.hex() in text or repr(secret) in text for secret in shown)
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                way(thing)
    assert mine.token != mine.token.secret_bytes()
    with pytest.raises(TypeError):
        hash(mine.token)


def test_a_member_gets_the_group_key_in_its_grant() -> None:
    sides = Sides()
    group = sw.GroupKey(sw.ModuleId.random(), key_id=77, secret=sw.PeerSecret.generate())
    sides.granter.set_group(group)
    mine, _ = sides.exchange()
    assert mine.group is None
    sides.granter.remove(sides.module)
    sides.granter.register(sides.module, secret=sides.secret, in_group=True)
    mine, theirs = sides.exchange()
    assert theirs.group is None
    assert (mine.group.id, mine.group.key_id, mine.group.tag) == (group.id, 77, "full")
    sides.modules_validator.register(mine.group.peer_key(sides.own, role=4))
    start = sw.NonceStart.fresh()
    publisher = sw.Sealer.hmac(
        key_id=77, sender=sides.own, group=group.id, secret=group.secret, start=start
    )
    frame = publisher.seal(b"to all", ABOUT)
    assert refused(sides.modules_validator.validate, frame, require(4)) == "GROUP_NOT_ALLOWED"
    accepted = sides.modules_validator.validate(frame, require(4, groups=True))
    assert (accepted.group, accepted.role) == (group.id, 4)


def test_a_clockless_module_gets_counter_only_frames() -> None:
    sides = Sides()
    mine, _ = sides.exchange(counter_only=True)
    assert mine.expires is None
    frame = sides.sealer(mine).seal(b"1", ABOUT, sw.NO_CLOCK)
    assert sides.validator.validate(frame, require(4)).counter_only


def test_a_granter_refuses_what_it_cannot_be_made_with() -> None:
    sides = Sides()
    assert refused(sw.Granter, sides.validator) == "INVALID_ARGUMENT"
    for options in ({"capacity": 0}, {"max_level": 3}, {"life": 0}, {"sources": 1 << 20}):
        fresh = sw.Restart.fresh_keys()
        validator = sw.Validator(sides.own, policy=sw.AnyPeer(), restart=fresh)
        assert refused(lambda v=validator, o=options: sw.Granter(v, **o)) == "INVALID_ARGUMENT"
    twice = {"secret": sides.secret, "public_key": sides.key.public_key}
    assert refused(lambda: sides.granter.register(sides.own, **twice)) == "INVALID_ARGUMENT"
    assert refused(lambda: sides.begin(sw.Exchange(), key=sides.key)) == "INVALID_ARGUMENT"
    assert refused(lambda: sides.begin(sw.Exchange(), role="Not This")) == "INVALID_ROLE"


def test_hostile_bytes_are_refused_by_every_step() -> None:
    sides, asking = Sides(), sw.Exchange()
    request = sides.begin(asking)
    challenge = sides.granter.challenge(request, SOURCE)
    proof = asking.challenge(challenge)
    junk = [b"", b"\x00", bytes(400), b"\xff" * 320, request, challenge, proof, request + b"\x00"]
    for message in junk:
        if message != request:
            assert refused(sides.granter.challenge, message, SOURCE)
        if message != proof:
            assert refused(sides.granter.grant, message, SOURCE)
        if message != challenge:
            assert refused(asking.challenge, message)
        assert refused(asking.grant, message)
    assert sw.access_kind(request) == "request" and sw.access_kind(proof) == "proof"
    assert sw.access_kind(challenge) == "challenge" and sw.access_kind(b"") is None
    assert refused(sides.granter.challenge, request, bytes(65)) == "INVALID_ARGUMENT"
    with pytest.raises(TypeError):
        sides.granter.challenge("text", SOURCE)


def test_junk_delays_neither_the_module_that_it_names_nor_another() -> None:
    sides = Sides()
    asking = sw.Exchange()
    sides.begin(asking)
    named = sw.Exchange()
    for turn in range(1000):
        source = b"attacker %d" % (turn % 50)
        request = sides.begin(named, secret=sw.PeerSecret.generate())
        challenge = sides.granter.challenge(request, source)
        if turn % 10 == 0:
            assert refused(sides.granter.grant, named.challenge(challenge), source)
    mine, _ = sides.exchange()
    assert sides.validator.validate(sides.sealer(mine).seal(b"", ABOUT), require(4)).level == 4
    assert sides.granter.session_count() == (1, 0)


def test_many_threads_ask_grant_and_send_at_once() -> None:
    sides = Sides()
    modules = [(sw.ModuleId.random(), sw.PeerSecret.generate()) for _ in range(8)]
    for module, secret in modules:
        sides.granter.register(module, secret=secret)
    failures: list[BaseException] = []

    def work(module: sw.ModuleId, secret: sw.PeerSecret) -> None:
        try:
            for turn in range(6):
                asking, source = sw.Exchange(), bytes(module)
                request = asking.begin(own=module, granter=sides.own, secret=secret)
                proof = asking.challenge(sides.granter.challenge(request, source))
                session = asking.grant(sides.granter.grant(proof, source).answer)
                sealer = sw.Sealer.for_session(session)
                for number in range(20):
                    frame = sealer.seal(b"%d" % number, ABOUT)
                    assert sides.validator.validate(frame, require(4)).sender == module
                    sides.granter.seal(module, b"back", ABOUT)
                assert sides.granter.session_of(module) == session.peer_key_id, turn
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=pair) for pair in modules]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sides.granter.session_count()[1] == 0
