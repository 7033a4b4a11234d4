"""Chains good and bad: times, paths, leaves, registrations, signatures."""

from __future__ import annotations

from typing import Any

import make
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from make import (
    DAY,
    NOW,
    PUMP,
    PURPOSE,
    STRANGER,
    TLS,
    UNKNOWN,
    VALVE,
    certificate,
    identity,
    key,
    role,
    uri,
    usage,
)
from registry import ALL_ROLES, ROOT, SUB, Cases, ca, leaf


def good(cases: Cases) -> None:
    add, sub = cases.add, ca(SUB, ROOT)
    sub2, sub3 = ca("Sub 2", SUB), ca("Sub 3", "Sub 2")
    add("a module under the anchor", [leaf(ROOT)], trust=["root"])
    add("a module under an authority", [leaf(), sub])
    add("two authorities", [leaf("Sub 2"), sub2, sub], trust=["root", "sub", "sub2"])
    four = [leaf("Sub 3"), sub3, sub2, sub]
    add("three authorities", four, trust=["root", "sub", "sub2", "sub3"])
    add("authorities that needn't be registered", four, trust=["root-any"])
    add("the first vouches for those below", four, trust=["root", "sub-any"])
    roles = [identity(PUMP), role("operator"), role("pump.controller")]
    add("roles", [leaf(names=roles), sub], roles=ALL_ROLES)
    named = [role("operator"), x509.DNSName("pump.example"), identity(PUMP), make.LOOPBACK]
    tls = [PURPOSE, *TLS]
    add("TLS too, host names too", [leaf(names=named, purposes=tls), sub], roles=["operator"])
    source = [identity(PUMP), uri("urn:sealwire:time-source")]
    trust = ["root-time", "sub-time"]
    add("a source of time", [leaf(names=source), sub], trust=trust, time_source=True)
    upper = [uri(f"URN:UUID:{str(PUMP).upper()}")]
    add("upper case", [leaf(names=upper), sub])
    nameless = leaf(subject="", own_key=key("pump"), names_critical=True)
    add("no subject", [nameless, sub])
    add("the common name of another", [leaf(subject=str(VALVE), own_key=key("pump")), sub])
    usages = usage("digital_signature", "key_agreement", "decipher_only")
    add("more key usages", [leaf(key_usage=usages), sub])
    extra = [
        (x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), False),
        (x509.SubjectKeyIdentifier.from_public_key(key("pump").public_key()), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
    ]
    add("extensions that say nothing here", [leaf(extra=extra), sub])
    add("a serial number of 20 bytes", [leaf(serial=(1 << 158) + 1), sub])
    add("a serial number of 1", [leaf(serial=1), sub])
    with_purpose = ca(SUB, ROOT, purposes=[PURPOSE])
    add("an authority for this purpose", [leaf(), with_purpose])
    limited = ca("Sub 2", SUB, path_length=0)
    pair = ["root", "sub", "sub2"]
    add("just short enough", [leaf("Sub 2"), limited, ca(SUB, ROOT, path_length=1)], trust=pair)
    add("a root that allows no authority", [leaf("Short root")], trust=["root-short"])
    constraint = (x509.NameConstraints([x509.DNSName("example")], None), True)
    constrained = ca(SUB, ROOT, extra=[constraint])
    add("a name constraint that is met", [leaf(names=named), constrained], roles=["operator"])
    add(
        "any module",
        [leaf(ROOT, names=[identity(STRANGER)])],
        trust=["root-all"],
        module=STRANGER.hex,
    )


def times(cases: Cases) -> None:
    add, sub = cases.add, ca(SUB, ROOT)
    add("its first second", [leaf(begin=NOW), sub])
    add("its last second", [leaf(end=NOW), sub])
    add("a second too early", [leaf(begin=NOW + 1), sub], "CERTIFICATE_NOT_YET_VALID")
    add("a second too late", [leaf(end=NOW - 1), sub], "CERTIFICATE_EXPIRED")
    add("the authority's time is over", [leaf(), ca(SUB, ROOT, end=NOW - 1)], "CERTIFICATE_EXPIRED")
    add(
        "the authority's time hasn't begun",
        [leaf(), ca(SUB, ROOT, begin=NOW + 1)],
        "CERTIFICATE_NOT_YET_VALID",
    )
    add(
        "the anchor's time is over",
        [leaf(ROOT)],
        "CERTIFICATE_EXPIRED",
        trust=["root-ends"],
        now=NOW + 20 * DAY,
    )
    far = NOW + 36_500 * DAY
    add("a time after 2049", [leaf(ROOT, end=far)], trust=["root"])
    add("a floor before it", [leaf(begin=NOW), sub], floor=NOW - 20 * DAY)
    add("a floor within it", [leaf(), sub], floor=NOW)
    add("a floor after it", [leaf(end=NOW - 1), sub], "CERTIFICATE_EXPIRED", floor=NOW)
    never = [leaf(begin=NOW + 20 * DAY), ca(SUB, ROOT, end=NOW + 10 * DAY)]
    add("never at once, whatever the time", never, "CERTIFICATE_EXPIRED", floor=NOW)


def paths(cases: Cases) -> None:
    add, sub = cases.add, ca(SUB, ROOT)
    own, sub2 = leaf(), ca("Sub 2", SUB)
    root = ca(ROOT, ROOT)
    add("another root", [leaf("Other root")], "UNKNOWN_ANCHOR", trust=["root"])
    impostor = ca(ROOT, ROOT, own_key=key("impostor"), issuer_key=key("impostor"))
    by_impostor = leaf(ROOT, issuer_key=key("impostor"))
    add("same name and number, another key", [by_impostor], "CERTIFICATE_SIGNATURE", trust=["root"])
    add(
        "the impostor's own certificate with it",
        [by_impostor, impostor],
        "CHAIN_NAMES",
        trust=["root"],
    )
    sub_impostor = ca(SUB, ROOT, own_key=key("impostor"), issuer_key=key("impostor"))
    add(
        "an authority's name with another key",
        [leaf(issuer_key=key("impostor")), sub_impostor],
        "CERTIFICATE_SIGNATURE",
        trust=["root-any"],
    )
    add(
        "the same, where authorities are registered",
        [leaf(issuer_key=key("impostor")), sub_impostor],
        "ISSUER_UNREGISTERED",
    )
    below = certificate("valve", "pump", names=[identity(VALVE)])
    add("a module as an issuer", [below, own, sub], "NOT_AN_ISSUER", trust=["root-any"])
    add("an authority as a module", [sub], "LEAF_IS_ISSUER", trust=["root"])
    add(
        "an authority with an identity",
        [ca("pump", ROOT, names=[identity(PUMP)])],
        "LEAF_IS_ISSUER",
        trust=["root"],
    )
    add(
        "not a CA",
        [own, certificate(SUB, ROOT, ca=False, key_usage=make.ISSUER_USAGE)],
        "NOT_AN_ISSUER",
    )
    add(
        "a CA without basic constraints",
        [own, certificate(SUB, ROOT, key_usage=make.ISSUER_USAGE)],
        "NOT_AN_ISSUER",
    )
    add("a CA without key usage", [own, ca(SUB, ROOT, no_key_usage=True)], "NOT_AN_ISSUER")
    add(
        "a CA that may not sign certificates",
        [own, ca(SUB, ROOT, key_usage=usage("crl_sign"))],
        "NOT_AN_ISSUER",
    )
    nameless = ca("", ROOT, own_key=key(SUB))
    add("a CA without a name", [leaf("", issuer_key=key(SUB)), nameless], "NOT_AN_ISSUER")
    add("a CA for TLS alone", [own, ca(SUB, ROOT, purposes=TLS)], "PURPOSE_MISSING")
    three = [leaf("Sub 2"), sub2, ca(SUB, ROOT, path_length=0)]
    add("path too long for an authority", three, "PATH_LENGTH", trust=["root-any"])
    short = [leaf(), ca(SUB, "Short root")]
    add("path too long for the anchor", short, "PATH_LENGTH", trust=["root-short"])
    add("the anchor's certificate with it", [own, sub, root], "CHAIN_NAMES")
    add("in the wrong order", [sub, own], "CHAIN_NAMES")
    add("one twice", [own, sub, sub], "CHAIN_NAMES")
    add("one missing", [leaf("Sub 2"), sub], "CHAIN_NAMES", trust=["root-any"])
    add("the authority missing", [own], "UNKNOWN_ANCHOR")
    circle = [leaf("Sub 2"), ca("Sub 2", SUB), ca(SUB, "Sub 2")]
    add("a circle", circle, "CHAIN_NAMES", trust=["root-any"])
    add("signed by itself", [leaf("pump", subject="pump")], "CHAIN_NAMES", trust=["root"])
    five = [leaf("Sub 4"), ca("Sub 4", "Sub 3"), ca("Sub 3", "Sub 2"), sub2, sub]
    add("five", five, "CHAIN_LENGTH", trust=["root-any"])
    add("none", [], "CHAIN_LENGTH")


def leaves(cases: Cases) -> None:
    sub = ca(SUB, ROOT)

    def add(comment: str, error: str, **options: Any) -> None:
        cases.add(comment, [leaf(**options), sub], error)

    add("no key usage", "LEAF_KEY_USAGE", no_key_usage=True)
    add("no digital signatures", "LEAF_KEY_USAGE", key_usage=usage("key_agreement"))
    both = usage("digital_signature", "key_cert_sign")
    add("signing of certificates too", "LEAF_KEY_USAGE", key_usage=both)
    add("no extended key usage", "PURPOSE_MISSING", purposes=None)
    add("for TLS alone", "PURPOSE_MISSING", purposes=TLS)
    anything = [x509.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]
    add("for anything", "PURPOSE_MISSING", purposes=anything)
    add("no names", "IDENTITY_MISSING", names=[])
    add("a host name alone", "IDENTITY_MISSING", names=[x509.DNSName("pump.example")])
    add("the identity as the common name alone", "IDENTITY_MISSING", subject=str(PUMP), names=[])
    two = [identity(PUMP), identity(VALVE)]
    add("two identities", "IDENTITY_AMBIGUOUS", names=two)
    add("one identity twice", "IDENTITY_AMBIGUOUS", names=[identity(PUMP)] * 2)
    for bad in (
        PUMP.hex,
        f"{{{PUMP}}}",
        str(PUMP)[:-1],
        f"{PUMP}0",
        "",
        "0" * 36,
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        str(PUMP).replace("5", "g", 1),
    ):
        add(f"the identity «{bad}»", "IDENTITY_MALFORMED", names=[uri(f"urn:uuid:{bad}")])
    for bad in ("role:", "role:Operator", "role:" + "a" * 33, "role:a b", "limit:1", ""):
        names = [identity(PUMP), uri(f"urn:sealwire:{bad}")]
        add(f"the name «urn:sealwire:{bad}»", "IDENTITY_MALFORMED", names=names)
    nine = [identity(PUMP), *(role("operator") for _ in range(9))]
    add("nine roles", "IDENTITY_MALFORMED", names=nine)
    unknown = [(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), True)]
    add("an unknown critical extension", "CRITICAL_EXTENSION", extra=unknown)
    cases.add(
        "the same in an authority", [leaf(), ca(SUB, ROOT, extra=unknown)], "CRITICAL_EXTENSION"
    )
    policy = x509.PolicyInformation(UNKNOWN, None)
    critical = [(x509.CertificatePolicies([policy]), True)]
    add("critical policies", "CRITICAL_EXTENSION", extra=critical)
    only = (x509.NameConstraints([x509.DNSName("example.org")], None), True)
    names = [identity(PUMP), x509.DNSName("pump.example")]
    cases.add(
        "a name constraint that isn't met",
        [leaf(names=names), ca(SUB, ROOT, extra=[only])],
        "NAME_CONSTRAINT",
    )
    uris = (x509.NameConstraints([x509.UniformResourceIdentifier("example.org")], None), True)
    cases.add("a constraint on URIs", [leaf(), ca(SUB, ROOT, extra=[uris])], "NAME_CONSTRAINT")


def registrations(cases: Cases) -> None:
    add, sub = cases.add, ca(SUB, ROOT)
    add(
        "identity outside of the anchor's fleet",
        [leaf(names=[identity(STRANGER)]), sub],
        "IDENTITY_OUTSIDE",
    )
    add(
        "identity outside of the authority's",
        [leaf(), sub],
        "IDENTITY_OUTSIDE",
        trust=["root", "sub-valves"],
    )
    valve = leaf(names=[identity(VALVE)])
    add("identity inside of it", [valve, sub], trust=["root", "sub-valves"], module=VALVE.hex)
    operator = leaf(names=[identity(PUMP), role("operator")])
    add(
        "role outside of the authority's",
        [operator, sub],
        "ROLE_OUTSIDE",
        trust=["root", "sub-no-roles"],
    )
    boss = leaf(names=[identity(PUMP), role("operator"), role("boss")])
    add("role outside of the anchor's", [boss, sub], "ROLE_OUTSIDE")
    add("any role", [boss, sub], trust=["root-any"], roles=["operator", "boss"])
    source = leaf(names=[identity(PUMP), uri("urn:sealwire:time-source")])
    add("a source of time without leave", [source, sub], "TIME_SOURCE_OUTSIDE")
    add(
        "with the authority's leave alone",
        [source, sub],
        "TIME_SOURCE_OUTSIDE",
        trust=["root", "sub-time"],
    )
    add(
        "with the anchor's leave alone",
        [source, sub],
        "TIME_SOURCE_OUTSIDE",
        trust=["root-time", "sub"],
    )
    add("an authority that isn't registered", [leaf(), sub], "ISSUER_UNREGISTERED", trust=["root"])
    below = [leaf("Sub 2"), ca("Sub 2", SUB), sub]
    add("one below that isn't", below, "ISSUER_UNREGISTERED")
    add(
        "registered below, and narrow",
        [leaf(), sub],
        "IDENTITY_OUTSIDE",
        trust=["root-any", "sub-valves"],
    )


def signatures(cases: Cases) -> None:
    add, sub, own = cases.add, ca(SUB, ROOT), leaf()
    add("high s", [make.high(own), sub])
    add("high s of the authority", [own, make.high(sub)])
    flipped = bytearray(own)
    flipped[-1] ^= 1
    add("a signature with one bit changed", [bytes(flipped), sub], "CERTIFICATE_SIGNATURE")
    flipped = bytearray(sub)
    flipped[-1] ^= 1
    add("the authority's with one bit changed", [own, bytes(flipped)], "CERTIFICATE_SIGNATURE")
    for comment, change in (
        ("r is zero", lambda r, s: (0, s)),
        ("s is zero", lambda r, s: (r, 0)),
        ("s is the order", lambda r, s: (r, make.ORDER)),
        ("r and the order", lambda r, s: (r + make.ORDER, s)),
        ("r and s exchanged", lambda r, s: (s, r)),
        ("r negative", lambda r, s: (-r, s)),
    ):
        add(comment, [make.resigned(own, change), sub], "CERTIFICATE_SIGNATURE")
    tbs, algorithm, _ = make.parts(own)
    raw = make.tlv(0x30, tbs + algorithm + make.tlv(3, b"\0" + bytes(range(1, 65))))
    add("r and s as frames carry them", [raw, sub], "CERTIFICATE_SIGNATURE")
    empty = make.tlv(0x30, tbs + algorithm + make.tlv(3, b"\0"))
    add("no signature", [empty, sub], "CERTIFICATE_SIGNATURE")
    other = make.parts(leaf(serial=5))[2]
    add(
        "another certificate's signature",
        [make.tlv(0x30, tbs + algorithm + other), sub],
        "CERTIFICATE_SIGNATURE",
    )
    add("signed by the wrong key", [leaf(issuer_key=key("Sub 2")), sub], "CERTIFICATE_SIGNATURE")
    add("SHA-384", [leaf(hash_=hashes.SHA384()), sub], "CERTIFICATE_ALGORITHM")
    add("a key on P-384", [leaf(own_key=key("p384", ec.SECP384R1())), sub], "CERTIFICATE_ALGORITHM")
    ed = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    add("a key on Curve25519", [leaf(own_key=ed), sub], "CERTIFICATE_ALGORITHM")
    add("an RSA key", [leaf(own_key=rsa_key()), sub], "CERTIFICATE_ALGORITHM")
    add(
        "an authority on P-384",
        [
            leaf(issuer_key=key("p384", ec.SECP384R1()), hash_=hashes.SHA256()),
            ca(SUB, ROOT, own_key=key("p384", ec.SECP384R1())),
        ],
        "CERTIFICATE_ALGORITHM",
    )


def rsa_key() -> object:
    """Some RSA key, always the same: only its public half is needed."""
    p = 2**521 - 1
    q = 2**607 - 1
    n = p * q

    class Public:
        @staticmethod
        def public_key() -> rsa.RSAPublicKey:
            return rsa.RSAPublicNumbers(65_537, n).public_key()

    return Public
