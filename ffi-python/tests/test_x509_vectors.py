"""`tests/x509/x509.json`: of every chain, anchor, list and request the same verdict as in Rust.

Left out are chains that are checked against a floor: a Python program has a clock.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sealwire as sw
from conftest import refused
from sealwire.pki import SigningRequest

FILE = Path(__file__).resolve().parents[2] / "tests/x509/x509.json"
DOCUMENT = json.loads(FILE.read_bytes())
CASES = [case for case in DOCUMENT["tests"] if "now" in case["time"]]
LONG_AGO = 1_760_500_000_000_000
"""µs: anchors are installed before anything else happens."""


def micros(seconds: int) -> int:
    return seconds * 1_000_000


def install(store: sw.TrustStore, issuer: dict[str, Any]) -> None:
    rights = {name: issuer[name] for name in ("any_role", "any_authority", "time_sources")}
    rights["roles"] = issuer["roles"]
    rights["fleets"] = [(bytes.fromhex(one["id"]), one["bits"]) for one in issuer["fleets"]]
    if "certificate" in issuer:
        certificate = bytes.fromhex(issuer["certificate"])
        assert len(store.install_anchor(certificate, now=LONG_AGO, **rights)) == 16
    else:
        key = sw.PublicKey.from_bytes(bytes.fromhex(issuer["key"]))
        store.install_authority(key, **rights)


def all_hex(values: list[str] | None) -> list[bytes] | None:
    return None if values is None else [bytes.fromhex(one) for one in values]


def test_nearly_all_are_here() -> None:
    assert len(DOCUMENT["tests"]) - len(CASES) < 10
    assert len(CASES) > 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['comment']}")
def test_says_of_every_chain_what_is_to_be_said(case: dict[str, Any]) -> None:
    store = sw.TrustStore(4)
    for name in case["trust"]:
        install(store, DOCUMENT["issuers"][name])
    lists, crls = all_hex(case["lists"]), all_hex(case["crls"])
    chain = all_hex(case["chain"])
    assert chain is not None

    def check() -> sw.CheckedChain:
        return store.check(
            chain,
            lists=lists,
            crls=crls,
            unchecked=lists is None and crls is None,
            now=micros(case["time"]["now"]),
        )

    if case["error"] is not None:
        assert refused(check) == case["error"]
        return
    checked = check()
    assert checked.module == sw.ModuleId(UUID(case["says"]["module"]))
    assert list(checked.roles) == case["says"]["roles"]
    assert (checked.status_until is None) == (lists is None and crls is None)


@pytest.mark.parametrize("case", DOCUMENT["installs"], ids=lambda case: case["comment"])
def test_installs_only_anchors(case: dict[str, Any]) -> None:
    store = sw.TrustStore(1)
    certificate, now = bytes.fromhex(case["certificate"]), micros(case["now"])
    if case["error"] is not None:
        assert refused(lambda: store.install_anchor(certificate, now=now)) == case["error"]
        return
    issuer = store.install_anchor(certificate, now=now)
    assert store.lowest_list(issuer) == 0
    again = refused(lambda: store.install_anchor(certificate, now=now))
    assert again == "DUPLICATE_ISSUER"
    store.remove(issuer)
    assert refused(store.lowest_list, issuer) == "UNKNOWN_ANCHOR"
    assert refused(store.remove, issuer) == "UNKNOWN_ANCHOR"
    assert store.install_anchor(certificate, now=now, lowest_list=9) == issuer
    assert store.lowest_list(issuer) == 9


def test_takes_crls_whose_numbers_rise() -> None:
    store = sw.TrustStore(2)
    install(store, DOCUMENT["issuers"]["root"])
    below = next(one for one in DOCUMENT["issuers"].values() if "key" in one)
    store.install_authority(sw.PublicKey.from_bytes(bytes.fromhex(below["key"])))
    for case in DOCUMENT["crls"]:
        crl, now = bytes.fromhex(case["crl"]), micros(case["now"])
        if case["error"] is None:
            store.take_crl(crl, now=now)
        else:
            error = refused(lambda crl=crl, now=now: store.take_crl(crl, now=now))
            assert error == case["error"], case["comment"]
    assert refused(store.take_crl, bytes((1 << 20) + 1)) == "REVOCATION_MALFORMED"


def test_a_good_check_remembers_the_numbers_of_its_crls() -> None:
    case = next(one for one in CASES if one["comment"] == "a CRL of each")
    store = sw.TrustStore(4)
    for name in case["trust"]:
        install(store, DOCUMENT["issuers"][name])
    chain, crls, now = all_hex(case["chain"]), all_hex(case["crls"]), micros(case["time"]["now"])
    assert chain is not None and crls is not None
    named = {one["comment"]: bytes.fromhex(one["crl"]) for one in DOCUMENT["crls"]}
    root, sub = crls
    store.check(chain, crls=[root, sub], now=now)
    newer = named["a newer one"]
    store.check(chain, crls=[newer, sub], now=now)
    for old in (root, named["without a number"]):
        with pytest.raises(sw.CertificateValidationError) as caught:
            store.check(chain, crls=[old, sub], now=now)
        assert caught.value.name == "REVOCATION_OLD"


@pytest.mark.parametrize("case", DOCUMENT["requests"], ids=range(len(DOCUMENT["requests"])))
def test_reads_what_devices_ask_for(case: dict[str, Any]) -> None:
    request = SigningRequest.read(bytes.fromhex(case["der"]))
    assert request.asked.module == sw.ModuleId(UUID(case["module"]))
    assert list(request.asked.roles) == case["roles"]


def test_refuses_wrong_arguments() -> None:
    store = sw.TrustStore(1)
    assert refused(sw.TrustStore, 0) == "INVALID_ARGUMENT"
    assert refused(sw.TrustStore, 1 << 16) == "INVALID_ARGUMENT"
    assert refused(store.remove, b"x") == "INVALID_ARGUMENT"
    assert refused(lambda: store.check([], unchecked=True, now=sw.NO_CLOCK)) == "NO_CLOCK"
    assert refused(lambda: store.check([b""], lists=[], crls=[])) == "INVALID_ARGUMENT"
    root = bytes.fromhex(DOCUMENT["issuers"]["root"]["certificate"])
    for rights in (
        {"fleets": [(b"short", 8)]},
        {"fleets": [(bytes(16), 129)]},
        {"fleets": [(bytes(16), 0)] * 5},
        {"roles": ["a"] * 9},
    ):
        call = lambda one=rights: store.install_anchor(root, now=LONG_AGO, **one)  # noqa: E731
        assert refused(call) == "INVALID_ARGUMENT"
    assert refused(
        lambda: store.install_anchor(root, now=LONG_AGO, roles=["Not one"])
    ) == "INVALID_ROLE"  # fmt: skip
    with pytest.raises(TypeError):
        store.check(b"bytes", unchecked=True)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.install_anchor("text")  # type: ignore[arg-type]
    assert repr(store) == "TrustStore(…)"
