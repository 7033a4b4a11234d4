"""Sessions from certificates: a chain on either side gives one to exactly whom it names, in its
roles, until it ends or is revoked; each refusal by its own exception."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
import sealwire as sw
from certified_support import DAY, NOW, SOURCE, Certified, Plant, key_of
from conftest import refused
from sealwire import pki

SECOND = 1_000_000


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


@pytest.fixture
def sides(plant: Plant) -> Certified:
    return Certified(plant)


@pytest.mark.parametrize("level", [4, 5])
def test_both_sides_hold_the_same_session(sides: Certified, level: int) -> None:
    mine, theirs = sides.exchange(wanted=level, lowest=level, role="operator")
    assert mine.token == theirs.token
    assert (mine.level, mine.peer) == (level, sides.own)
    assert (theirs.peer, theirs.role) == (sides.module, 7)
    assert list(mine.granter_chain or ()) == sides.granters.chain
    assert theirs.granter_chain is None
    assert mine.demanded_list == sides.store.lowest_list(anchor_of(sides))
    assert sides.accepts(sides.sealer(mine), b"4.2 bar", level)
    assert sides.answers(level)


def anchor_of(sides: Certified) -> bytes:
    checked = sides.store.check(sides.certificate.chain, unchecked=True, now=NOW)
    return checked.anchor


def with_chain(sides: Certified, certificate: pki.Certificate) -> sw.ChainCredential:
    return certificate.credential(sides.modules_store)


def test_a_chain_that_is_not_good_gets_silence_and_leaves_nothing(
    sides: Certified, tmp_path: Path
) -> None:
    plant = sides.plant

    def asked(credential: sw.ChainCredential, now: int = NOW, **options: object) -> str:
        proof = sides.proof(sw.Exchange(), chain=credential, **options)
        with pytest.raises(sw.CertificateValidationError) as caught:
            sides.grant(proof, now=now)
        assert sides.granter.session_count() == (0, 0)
        return caught.value.name

    (tmp_path / "other").mkdir()
    # Another authority, of the same name.
    stranger = Plant(tmp_path / "other").issue(sides.module)
    assert asked(with_chain(sides, stranger)) == "CERTIFICATE_SIGNATURE"
    assert asked(with_chain(sides, plant.issue(sw.ModuleId.random()))) == "IDENTITY_MISMATCH"
    short = with_chain(sides, plant.issue(sides.module, days=1))
    assert asked(short, NOW + 2 * DAY) == "CERTIFICATE_EXPIRED"
    later = with_chain(sides, plant.issue(sides.module, days=3, now=NOW + DAY))
    assert asked(later) == "CERTIFICATE_NOT_YET_VALID"
    narrow = sw.TrustStore(1)
    narrow.install_anchor(plant.anchor, now=NOW, fleets=[(bytes(16), 128)])
    sides.granter.use_chain(sides.granters.credential(narrow))
    assert asked(sides.credential) == "IDENTITY_OUTSIDE"
    no_roles = plant.store(any_role=False)
    sides.granter.use_chain(sides.granters.credential(no_roles))
    assert asked(sides.credential) == "ROLE_OUTSIDE"
    nobody = sw.TrustStore(1)
    sides.granter.use_chain(sides.granters.credential(nobody))
    assert asked(sides.credential) == "UNKNOWN_ANCHOR"


def test_without_a_current_list_nobody_comes_in(sides: Certified) -> None:
    store = sw.TrustStore(1)
    store.install_anchor(
        sides.plant.anchor, now=NOW, fleets=[(bytes(16), 0)], any_role=True, any_authority=True
    )
    sides.granter.use_chain(sides.granters.credential(store))
    assert refused(sides.grant, sides.proof(sw.Exchange())) == "REVOCATION_UNKNOWN"
    store.take_list(sides.plant.list, now=NOW)
    proof = sides.proof(sw.Exchange())
    assert refused(lambda: sides.grant(proof, now=NOW + 8 * DAY)) == "REVOCATION_STALE"
    assert refused(lambda: sides.grant(proof, now=sw.NO_CLOCK)) == "NO_CLOCK"
    assert sides.grant(proof).session is not None
    unchecked = sides.granters.credential(sw.TrustStore(1), revocation="unchecked")
    sides.granter.use_chain(unchecked)
    assert refused(sides.grant, sides.proof(sw.Exchange())) == "UNKNOWN_ANCHOR"


def test_what_a_certificate_does_not_say_is_refused_in_words(sides: Certified) -> None:
    asking = sw.Exchange()
    granted = sides.grant(sides.proof(asking, role="visitor"))
    assert granted.session is None and granted.refusal is not None
    assert granted.refusal.name == "ROLE_NOT_GRANTED"
    with pytest.raises(sw.ForbiddenError) as caught:
        asking.grant(granted.answer, now=NOW)
    assert caught.value.name == "ACCESS_FORBIDDEN"


def test_one_key_is_one_module(sides: Certified) -> None:
    sides.exchange()
    twin = sw.ModuleId.random()
    assert sides.certificate.key is not None
    request = pki.SigningRequest.create(sides.certificate.key, pki.Identity(twin))
    made = sides.plant.authority.sign_request(request, twin, days=3, now=NOW)
    credential = sw.ChainCredential(made.chain, key_of(sides.certificate), sides.modules_store)
    granted = sides.grant(sides.proof(sw.Exchange(), own=twin, chain=credential))
    assert granted.refusal is not None and granted.refusal.name == "DUPLICATE_KEY"


def test_one_kind_of_credential_never_stands_in_for_another(sides: Certified) -> None:
    sides.granter.register(sides.module, public_key=key_of(sides.certificate).public_key)
    with pytest.raises(sw.UnauthenticatedError) as caught:
        sides.grant(sides.proof(sw.Exchange()))
    assert caught.value.name == "CREDENTIAL_KIND"
    by_key = sw.Exchange()
    proof = sides.proof(
        by_key,
        chain=None,
        key=key_of(sides.certificate),
        granter_key=key_of(sides.granters).public_key,
    )
    session = by_key.grant(sides.grant(proof).answer, now=NOW)
    assert session.granter_chain is None and session.demanded_list is None
    # A granter without a chain takes none.
    fresh = sw.Validator(sides.own, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    plain = sw.Granter(fresh, key=key_of(sides.granters))
    asking = sw.Exchange()
    proof = asking.challenge(plain.challenge(sides.begin(asking), SOURCE))
    assert refused(plain.grant, proof, SOURCE) == "CREDENTIAL_KIND"
    plain.use_chain(sides.granters.credential(sides.store))
    granted = plain.grant(proof, SOURCE, now=NOW)
    assert asking.grant(granted.answer, now=NOW).peer == sides.own


def test_a_requester_takes_only_the_granter_that_it_asked(sides: Certified) -> None:
    def answered(**options: object) -> tuple[sw.Exchange, bytes]:
        asking = sw.Exchange()
        return asking, sides.grant(sides.proof(asking, **options)).answer

    asking, answer = answered()
    assert refused(lambda: asking.grant(answer, now=NOW + 40 * DAY)) == "CERTIFICATE_EXPIRED"
    assert refused(lambda: asking.grant(answer, now=sw.NO_CLOCK)) == "NO_CLOCK"
    assert asking.grant(answer, now=NOW).peer == sides.own

    other = sides.plant.issue(sw.ModuleId.random())
    sides.granter.use_chain(other.credential(sides.store))
    asking, answer = answered()
    with pytest.raises(sw.CertificateValidationError) as caught:
        asking.grant(answer, now=NOW)
    assert caught.value.name == "IDENTITY_MISMATCH"

    sides.granter.use_chain(sides.granters.credential(sides.store))
    nobody = sides.certificate.credential(sw.TrustStore(1))
    asking, answer = answered(chain=nobody)
    assert refused(lambda: asking.grant(answer, now=NOW)) == "UNKNOWN_ANCHOR"

    asking, answer = answered()
    sides.plant.authority.revoke(module_id=sides.own, now=NOW)
    sides.modules_store.take_list(sides.plant.new_list(), now=NOW)
    assert refused(lambda: asking.grant(answer, now=NOW)) == "CERTIFICATE_REVOKED"


def test_no_byte_of_a_proof_or_a_grant_can_be_changed(sides: Certified) -> None:
    asking = sw.Exchange()
    proof = sides.proof(asking)
    assert asking.proof() == proof
    for at in range(0, len(proof), 3):
        bad = bytearray(proof)
        bad[at] ^= 1 << at % 8
        assert refused(sides.grant, bytes(bad)), at
    assert sides.granter.session_count() == (0, 0)
    granted = sides.grant(proof)
    for at in range(0, len(granted.answer), 3):
        bad = bytearray(granted.answer)
        bad[at] ^= 1 << at % 8
        assert refused(lambda bad=bytes(bad): asking.grant(bad, now=NOW)), at
    again = sides.grant(proof)
    assert again.again and again.answer == granted.answer
    assert granted.session is not None
    assert asking.grant(again.answer, now=NOW).token == granted.session.token


def test_a_module_without_a_clock_asks_again_at_the_granted_time(plant: Plant) -> None:
    sides = Certified(plant, time_source=True)
    floored = sides.certificate.credential(sides.modules_store, floor=NOW - 20 * DAY)
    asking = sw.Exchange()
    granted = sides.grant(sides.proof(asking, chain=floored, time_source=True))
    session = asking.grant(granted.answer, now=sw.NO_CLOCK)
    assert session.time_report is not None and session.time_report[0] == NOW
    clock = sw.DeviceClock(NOW - 20 * DAY)
    tick = sw.tick()
    assert clock.now(tick=tick) is None and clock.error(tick=tick) is None
    assert refused(lambda: clock.limits(sw.Limits(), tick=tick)) == "NO_CLOCK"
    clock.learn(session)
    told, off = clock.now(tick=sw.tick()), clock.error(tick=sw.tick())
    assert told is not None and off is not None and 0 <= told - NOW < 10 * SECOND
    wider = clock.limits(sw.Limits(), tick=sw.tick())
    assert wider.past >= sw.Limits().past + off
    before_its_floor = sw.DeviceClock(NOW + DAY)
    assert refused(before_its_floor.learn, session) == "TIME_BEFORE_FLOOR"
    # Who isn't a source of time says none, and neither does one that this side didn't name.
    unnamed, _ = sides.exchange()
    assert unnamed.time_report is None and refused(clock.learn, unnamed) == "NOT_TIME_SOURCE"
    plain, _ = Certified(plant).exchange(time_source=True)
    assert refused(clock.learn, plain) == "NOT_TIME_SOURCE"


def test_a_session_ends_with_the_chain(sides: Certified) -> None:
    short = sides.plant.issue(sides.module, days=1 / 144)
    session, _ = sides.exchange(chain=with_chain(sides, short))
    assert session.life_seconds == 600


@pytest.mark.parametrize("level", [4, 5])
def test_a_renewed_certificate_takes_over_without_a_gap(sides: Certified, level: int) -> None:
    ask = {"wanted": level, "lowest": level}
    first, _ = sides.exchange(**ask)
    before = sides.sealer(first)
    assert sides.accepts(before, b"1", level) and sides.answers(level)

    # The granter's own: sessions go on, in both directions, under the key that they know.
    sides.granters = sides.plant.issue(sides.own)
    sides.granter.use_chain(sides.granters.credential(sides.store))
    assert sides.accepts(before, b"2", level) and sides.answers(level)

    # The module's.
    renewed = sides.plant.issue(sides.module)
    second, _ = sides.exchange(chain=with_chain(sides, renewed), **ask)
    assert sides.accepts(before, b"3", level) and sides.answers(level)
    after = sides.sealer(second, renewed)
    assert sides.accepts(after, b"4", level) and sides.accepts(before, b"5", level)
    assert sides.answers(level)
    assert sides.granter.session_count() == (2, 0)


def test_an_exchange_that_began_before_a_renewal_ends_well(sides: Certified) -> None:
    asking = sw.Exchange()
    proof = sides.proof(asking)
    granted = sides.grant(proof)
    sides.granter.use_chain(sides.plant.issue(sides.own).credential(sides.store))
    assert asking.grant(granted.answer, now=NOW).peer == sides.own


def test_a_revoked_modules_session_ends_at_once_and_only_its_own(sides: Certified) -> None:
    first, _ = sides.exchange()
    old = sides.sealer(first)
    assert sides.accepts(old, b"1")
    renewed = sides.plant.issue(sides.module)
    second, _ = sides.exchange(chain=with_chain(sides, renewed))
    new = sides.sealer(second, renewed)
    assert sides.accepts(old, b"2") and sides.accepts(new, b"3")

    sides.plant.authority.revoke(serial=sides.certificate.own.serial_number, now=NOW)
    assert sides.accepts(old, b"4"), "a revocation counts where the new list is"
    sides.store.take_list(sides.plant.new_list(), now=NOW)
    assert not sides.accepts(old, b"5")
    assert sides.accepts(new, b"6") and sides.answers()
    assert sides.granter.session_count() == (1, 0)
    assert refused(sides.grant, sides.proof(sw.Exchange())) == "CERTIFICATE_REVOKED"


def test_a_revoked_granters_session_ends_at_once(sides: Certified) -> None:
    sides.exchange()
    session, _ = sides.exchange()
    assert sides.accepts(sides.sealer(session), b"1") and sides.answers()
    sides.modules_store.take_list(sides.plant.new_list(), now=NOW)
    assert sides.answers(), "a new list that says nothing of it"
    sides.plant.authority.revoke(module_id=sides.own, now=NOW)
    sides.modules_store.take_list(sides.plant.new_list(), now=NOW)
    assert not sides.answers()
    assert sides.modules_validator.sender_under(session.key_id) is None


def test_lists_go_forward_only(sides: Certified) -> None:
    old = sides.plant.list
    newer = sides.plant.new_list()
    number = sides.store.take_list(newer, now=NOW)
    assert sides.store.take_list(newer, now=NOW) == number
    assert refused(lambda: sides.store.take_list(old, now=NOW)) == "REVOCATION_OLD"
    bad = newer[:-1] + bytes([newer[-1] ^ 1])
    assert refused(lambda: sides.store.take_list(bad, now=NOW)) == "REVOCATION_SIGNATURE"
    assert refused(lambda: sides.store.take_list(b"", now=NOW)) == "REVOCATION_MALFORMED"
    assert refused(lambda: sides.store.take_list(newer, now=NOW + 9 * DAY)) == "REVOCATION_STALE"
    # What a granter demanded takes an older one out of use.
    anchor = anchor_of(sides)
    sides.store.demand_list(anchor, number + 1)
    assert refused(sides.grant, sides.proof(sw.Exchange())) == "REVOCATION_UNKNOWN"
    assert refused(sides.store.demand_list, bytes(16), 1) == "UNKNOWN_ANCHOR"
    sides.store.remove(anchor)
    assert refused(sides.grant, sides.proof(sw.Exchange())) == "UNKNOWN_ANCHOR"


def test_by_crls_too_a_revoked_peers_session_ends_at_once(plant: Plant) -> None:
    sides = Certified(plant)
    sides.granter.use_chain(sides.granters.credential(sides.store, revocation="crls"))
    mine = sides.certificate.credential(sides.modules_store, revocation="crls")
    renewed = plant.issue(sides.module)
    first, _ = sides.exchange(chain=mine)
    old = sides.sealer(first)
    assert sides.accepts(old, b"1")
    second, _ = sides.exchange(chain=renewed.credential(sides.modules_store, revocation="crls"))
    new = sides.sealer(second, renewed)
    assert sides.accepts(new, b"2") and sides.accepts(old, b"2") and sides.answers()

    before = plant.crl
    plant.authority.revoke(serial=sides.certificate.own.serial_number, now=NOW)
    sides.store.take_crl(plant.new_crl(), now=NOW)
    assert not sides.accepts(old, b"3") and sides.accepts(new, b"4")
    assert sides.granter.session_count() == (1, 0)
    assert refused(sides.grant, sides.proof(sw.Exchange(), chain=mine)) == "CERTIFICATE_REVOKED"
    assert refused(lambda: sides.store.take_crl(before, now=NOW)) == "REVOCATION_OLD"

    plant.authority.revoke(module_id=sides.own, now=NOW)
    sides.modules_store.take_crl(plant.new_crl(), now=NOW)
    assert not sides.answers()


def test_a_credential_is_made_of_what_fits(sides: Certified) -> None:
    chain, key = sides.certificate.chain, key_of(sides.certificate)
    store = sides.store
    made = sw.ChainCredential(chain, key, store)
    assert list(made.chain) == chain and made.public_key == key.public_key
    other = sw.SigningKey.generate()
    assert refused(lambda: sw.ChainCredential(chain, other, store)) == "KEY_KIND"
    assert refused(lambda: sw.ChainCredential([], key, store)) == "CHAIN_LENGTH"
    assert refused(lambda: sw.ChainCredential(chain * 5, key, store)) == "CHAIN_LENGTH"
    long = [bytes(1025)]
    assert refused(lambda: sw.ChainCredential(long, key, store)) == "CERTIFICATE_TOO_LONG"
    cut = [chain[0][:-1]]
    assert refused(lambda: sw.ChainCredential(cut, key, store)) == "CERTIFICATE_MALFORMED"
    ways = {"revocation": "sometimes"}
    assert refused(lambda: sw.ChainCredential(chain, key, store, **ways)) == "INVALID_ARGUMENT"
    asking = sw.Exchange()
    twice = {"secret": sw.PeerSecret.generate()}
    assert refused(lambda: sides.begin(asking, **twice)) == "INVALID_ARGUMENT"
    fresh = sw.Validator(sides.own, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    assert refused(lambda: sw.Granter(fresh, key=key, chain=made)) == "INVALID_ARGUMENT"
    assert refused(lambda: sw.DeviceClock(0, 1_000_001)) == "INVALID_ARGUMENT"
    for thing in (made, sw.DeviceClock(0)):
        assert key.secret_bytes().hex() not in repr(thing)
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                way(thing)


def test_a_full_granter_gives_up_who_has_no_session(plant: Plant) -> None:
    sides = Certified(plant, capacity=1)
    session, _ = sides.exchange()
    assert sides.accepts(sides.sealer(session), b"1")
    other = sw.ModuleId.random()
    credential = with_chain(sides, plant.issue(other))

    def asked() -> sw.Granted:
        return sides.grant(sides.proof(sw.Exchange(), own=other, chain=credential))

    full = asked()
    assert full.refusal is not None and full.refusal.name == "TABLE_FULL"
    sides.granter.end_sessions(sides.module)
    # Its proof could come again.
    assert asked().session is None
    later = sw.tick() + 70 * SECOND
    asking = sw.Exchange()
    request = sides.begin(asking, own=other, chain=credential)
    challenge = sides.granter.challenge(request, SOURCE, tick=later)
    proof = asking.challenge(challenge, tick=later)
    assert sides.grant(proof, tick=later).session is not None
