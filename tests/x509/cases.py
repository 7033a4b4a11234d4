"""The cases of tests/x509/x509.json, in their order."""

from __future__ import annotations

from typing import Any

import make
from chains import good, leaves, paths, registrations, signatures, times
from cryptography import x509
from der_by_hand import encodings
from make import DAY, NOW, PUMP, TLS, UNKNOWN, VALVE, identity, key, role, uri
from registry import ALL_ROLES, ROOT, SUB, Cases, ca, leaf
from revocations import revoked_by_crl, revoked_by_list


def collected() -> list[dict[str, Any]]:
    cases = Cases()
    good(cases)
    times(cases)
    paths(cases)
    leaves(cases)
    registrations(cases)
    signatures(cases)
    encodings(cases)
    revoked_by_list(cases)
    revoked_by_crl(cases)
    return cases.all


def installs() -> list[dict[str, Any]]:
    """Anchors that are installed, and that aren't."""
    out: list[dict[str, Any]] = []

    def add(comment: str, der: bytes, error: str | None = None) -> None:
        out.append({"comment": comment, "certificate": der.hex(), "now": NOW, "error": error})

    add("a root", ca(ROOT, ROOT))
    add("an authority as an anchor", ca(SUB, ROOT))
    add("its time is over", ca(ROOT, ROOT, end=NOW - 1), "CERTIFICATE_EXPIRED")
    add("its time hasn't begun", ca(ROOT, ROOT, begin=NOW + 1), "CERTIFICATE_NOT_YET_VALID")
    add("a module", leaf(ROOT), "NOT_AN_ISSUER")
    add("no key usage", ca(ROOT, ROOT, no_key_usage=True), "NOT_AN_ISSUER")
    nameless = ca("", "", own_key=key(ROOT), issuer_key=key(ROOT))
    add("no name", nameless, "NOT_AN_ISSUER")
    unknown = [(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), True)]
    add("an unknown critical extension", ca(ROOT, ROOT, extra=unknown), "CRITICAL_EXTENSION")
    constraint = (x509.NameConstraints([x509.DNSName("example")], None), True)
    add("name constraints", ca(ROOT, ROOT, extra=[constraint]), "NAME_CONSTRAINT")
    add("for TLS alone", ca(ROOT, ROOT, purposes=TLS), "PURPOSE_MISSING")
    wrong = ca(ROOT, ROOT, issuer_key=key("impostor"))
    add("its own name, another's signature", wrong, "CERTIFICATE_SIGNATURE")
    add("high s", make.high(ca(ROOT, ROOT)))
    add(
        "a name of 200 bytes",
        ca(
            "x" * 60,
            "x" * 60,
            own_key=key(ROOT),
            issuer_key=key(ROOT),
            subject_name=long_name(),
            issuer_name=long_name(),
        ),
        "CERTIFICATE_TOO_LONG",
    )
    return out


def long_name() -> x509.Name:
    oid = x509.NameOID
    kinds = (oid.COMMON_NAME, oid.ORGANIZATION_NAME, oid.LOCALITY_NAME)
    return x509.Name([x509.NameAttribute(kind, "x" * 60) for kind in kinds])


def requests() -> list[dict[str, Any]]:
    """Requests for certificates, as a device must write them."""
    out = []
    for roles in ([], ALL_ROLES, ["a" * 32] * 8):
        der = make.signing_request("pump", PUMP, roles)
        out.append({"module": PUMP.hex, "roles": roles, "der": der.hex()})
    return out


def access() -> list[dict[str, Any]]:
    """Chains for the access exchange: `key` is the name of the key."""
    sub = ca(SUB, ROOT)
    source = uri("urn:sealwire:time-source")
    roles = [role("operator"), role("pump.controller")]
    minutes = {"names": [identity(PUMP)], "end": NOW + 600}
    chains = [
        ("granter", "granter", leaf(subject="granter", names=[identity(make.GRANTER), source])),
        (
            "granter of next week",
            "granter 2",
            leaf(subject="granter 2", names=[identity(make.GRANTER)], begin=NOW + 5 * DAY),
        ),
        ("pump", "pump", leaf(names=[identity(PUMP), *roles])),
        ("pump renewed", "pump 2", leaf(subject="pump 2", names=[identity(PUMP), *roles])),
        ("pump for ten minutes", "pump 3", leaf(subject="pump 3", **minutes)),
        ("valve", "valve", leaf(subject="valve", names=[identity(VALVE)])),
        ("valve with the pump's key", "pump", leaf(names=[identity(VALVE)], serial=9)),
    ]
    out = [
        {"name": name, "key": signer, "chain": (der + sub).hex()} for name, signer, der in chains
    ]
    impostor = leaf("Other root", names=[identity(PUMP)])
    return [*out, {"name": "another root's", "key": "pump", "chain": impostor.hex()}]
