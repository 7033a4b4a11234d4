"""The cases: chains good and bad, and what is to be said of each."""

from __future__ import annotations

from collections.abc import Sequence
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

ROOT = "Root"
SUB = "Sub"


def ca(subject: str, issuer: str, **options: Any) -> bytes:
    return certificate(subject, issuer, ca=True, **options)


def leaf(issuer: str = SUB, **options: Any) -> bytes:
    return certificate(options.pop("subject", "pump"), issuer, **options)


def fleet(module: object, bits: int) -> dict[str, Any]:
    return {"id": module.bytes.hex(), "bits": bits}  # type: ignore[attr-defined]


ALL_ROLES = ["operator", "pump.controller"]


def issuers() -> dict[str, dict[str, Any]]:
    """Registrations by name; a case says which of them there are."""

    def record(**fields: Any) -> dict[str, Any]:
        given = {"fleets": [fleet(make.FLEET, 32)], "roles": ALL_ROLES, "any_role": False}
        return given | {"any_authority": False, "time_sources": False} | fields

    def anchor(subject: str, options: dict[str, Any] | None = None, **fields: Any) -> dict:
        return {"certificate": ca(subject, subject, **(options or {})).hex(), **record(**fields)}

    def authority(subject: str, **fields: Any) -> dict[str, Any]:
        return {"key": make.xy(key(subject)).hex(), **record(**fields)}

    return {
        "root": anchor(ROOT),
        "root-any": anchor(ROOT, any_authority=True, any_role=True),
        "root-time": anchor(ROOT, time_sources=True),
        "root-all": anchor(ROOT, fleets=[{"id": "00" * 16, "bits": 0}]),
        "root-short": anchor("Short root", {"path_length": 0}, any_authority=True),
        "root-ends": anchor(ROOT, {"end": NOW + 10 * DAY}),
        "root-no-crl": anchor("Root w/o CRLs", {"key_usage": usage("key_cert_sign")}),
        "other-root": anchor("Other root"),
        "sub": authority(SUB),
        "sub-valves": authority(SUB, fleets=[fleet(VALVE, 48)]),
        "sub-no-roles": authority(SUB, roles=[]),
        "sub-time": authority(SUB, time_sources=True),
        "sub-any": authority(SUB, any_authority=True),
        "sub2": authority("Sub 2"),
        "sub3": authority("Sub 3"),
    }


class Cases:
    """Collects them."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def add(
        self,
        comment: str,
        chain: Sequence[bytes],
        error: str | None = None,
        *,
        trust: Sequence[str] = ("root", "sub"),
        now: int | None = NOW,
        floor: int | None = None,
        lists: Sequence[bytes] | None = None,
        crls: Sequence[bytes] | None = None,
        by: str = "pyca/cryptography",
        **says: Any,
    ) -> None:
        """A case; `error` is none for a good one."""
        self.all.append(
            {
                "id": len(self.all) + 1,
                "comment": comment,
                "made_by": by,
                "trust": list(trust),
                "time": {"now": now} if floor is None else {"floor": floor},
                "chain": [one.hex() for one in chain],
                "lists": None if lists is None else [one.hex() for one in lists],
                "crls": None if crls is None else [one.hex() for one in crls],
                "result": "invalid" if error else "valid",
                "error": error,
                "says": None if error else {"module": PUMP.hex, "roles": []} | says,
            }
        )


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


def encodings(cases: Cases) -> None:
    sub, own, by = ca(SUB, ROOT), leaf(), key(SUB)
    hand = "DER by hand"

    def add(comment: str, der: bytes, error: str | None = "CERTIFICATE_MALFORMED") -> None:
        cases.add(comment, [der, sub], error, by=hand)

    def field(index: int, value: bytes) -> bytes:
        def change(fields: list[bytes]) -> None:
            fields[index] = value

        return make.patched(own, by, change)

    add("the same, put together by hand", make.patched(own, by, lambda fields: None), None)
    add("version 1", make.patched(own, by, lambda fields: fields.pop(0)))
    add("version 2", field(0, bytes.fromhex("a003020101")))
    add("version 4", field(0, bytes.fromhex("a003020103")))
    add("serial number 0", field(1, bytes.fromhex("020100")))
    add("a negative serial number", field(1, bytes.fromhex("0201ff")))
    add("a serial number with a zero too many", field(1, bytes.fromhex("02020001")))
    add("a serial number of 21 bytes", field(1, bytes.fromhex("0215") + b"\x01" * 21))
    add("no serial number", field(1, bytes.fromhex("0200")))
    sha384 = make.tlv(0x30, bytes.fromhex("06082a8648ce3d040303"))
    add("two algorithms", field(2, sha384))
    null = make.tlv(0x30, bytes.fromhex("06082a8648ce3d0403020500"))
    fields = make.items(make.split(make.parts(own)[0])[1])
    fields[2] = null
    with_null = make.sign(make.tlv(0x30, b"".join(fields)), by, null)
    add("an algorithm with parameters", with_null, "CERTIFICATE_ALGORITHM")

    def validity(begin: bytes, end: bytes) -> bytes:
        return field(4, make.tlv(0x30, begin + end))

    def utc(text: str) -> bytes:
        return make.tlv(0x17, text.encode())

    start, stop = utc("251014000000Z"), utc("261113000000Z")
    add("times as they should be", validity(start, stop), None)
    add("ends before it begins", validity(stop, start))
    add("a month 13", validity(utc("251314000000Z"), stop))
    add("a time without seconds", validity(utc("2510140000Z"), stop))
    add("a time with an offset", validity(utc("251014000000+0000"), stop))
    fine = make.tlv(0x18, b"20251014000000.5Z")
    add("a fraction of a second", validity(fine, stop))
    info = make.items(make.split(fields[6])[1])
    point = make.split(info[1])[1][1:]

    def public(bits: bytes) -> bytes:
        return field(6, make.tlv(0x30, info[0] + make.tlv(3, bits)))

    compressed = bytes([2 + (point[-1] & 1)]) + point[1:33]
    add("a compressed point", public(b"\0" + compressed), "CERTIFICATE_ALGORITHM")
    add("no point of the curve", public(b"\0" + point[:-1] + bytes([point[-1] ^ 1])))
    add("a point with unused bits", public(b"\1" + point))
    add("a point cut off", public(b"\0" + point[:-1]))
    add("the point at infinity", public(b"\0\0"))
    add("no extensions", make.patched(own, by, lambda fields: fields.pop()))
    unique = make.tlv(0x81, b"\0\1")
    add("a unique ID", make.patched(own, by, lambda fields: fields.insert(7, unique)))

    def extensions(change: Any) -> bytes:
        return make.with_extensions(own, by, change)

    for index, kind in enumerate(("key usage", "extended key usage", "names")):
        add(f"{kind} twice", extensions(lambda all_, at=index: all_.append(all_[at])))

    def explicit_false(all_: list[bytes]) -> None:
        oid, value = make.items(make.split(all_[1])[1])
        all_[1] = make.tlv(0x30, oid + bytes.fromhex("010100") + value)

    add("critical, written as false", extensions(explicit_false))

    def odd_true(all_: list[bytes]) -> None:
        oid, _, value = make.items(make.split(all_[0])[1])
        all_[0] = make.tlv(0x30, oid + bytes.fromhex("010101") + value)

    add("critical, written as 1", extensions(odd_true))

    def replace(index: int, value: bytes) -> Any:
        def change(all_: list[bytes]) -> None:
            rest = make.items(make.split(all_[index])[1])[:-1]
            all_[index] = make.tlv(0x30, b"".join(rest) + make.tlv(4, value))

        return change

    add("key usage with bits too many", extensions(replace(0, bytes.fromhex("0302068000"[:8]))))
    add("key usage without a bit", extensions(replace(0, bytes.fromhex("030100"))))
    add("extended key usage without a purpose", extensions(replace(1, bytes.fromhex("3000"))))
    add(
        "something behind the names",
        extensions(
            lambda all_: replace(2, make.split(make.items(make.split(all_[2])[1])[-1])[1] + b"\0")(
                all_
            )
        ),
    )
    add("a name that is no name", extensions(replace(2, bytes.fromhex("30020500"))))
    add(
        "an extension with an end of its own",
        extensions(
            lambda all_: all_.append(
                make.tlv(0x30, bytes.fromhex("0603551d0e") + make.tlv(4, b"") + b"\5\0")
            )
        ),
    )
    add("a byte behind it", own + b"\0")
    add("a byte missing", own[:-1])
    add("half of it", own[: len(own) // 2])
    add("nothing", b"")
    add("a tag alone", b"\x30")
    length = len(own) - 4
    add("a length of three bytes", b"\x30\x83\0" + length.to_bytes(2) + own[4:])
    add("a length without an end", b"\x30\x80" + own[4:] + b"\0\0")
    add("PEM", b"-----BEGIN CERTIFICATE-----", "CERTIFICATE_MALFORMED")
    long = [identity(PUMP), x509.DNSName("a" * 60 + "." + "b" * 60 + ".example")]
    room = [x509.DNSName(f"{'h' * 60}.{i}.example") for i in range(12)]
    add("more than 1,024 bytes", leaf(names=long + room), "CERTIFICATE_TOO_LONG")
    fat = [x509.DNSName(f"{'h' * 60}.{i}.example") for i in range(7)]
    heavy = [
        leaf("Sub 3", names=[identity(PUMP), *fat]),
        *(
            ca(name, issuer, names=fat)
            for name, issuer in (("Sub 3", "Sub 2"), ("Sub 2", SUB), (SUB, ROOT))
        ),
    ]
    assert all(len(one) <= 1024 for one in heavy)
    assert sum(map(len, heavy)) > 3072
    cases.add("more than 3,072 bytes together", heavy, "CERTIFICATE_TOO_LONG", trust=["root-any"])


def revoked_by_list(cases: Cases) -> None:
    own, sub = leaf(), ca(SUB, ROOT)
    chain, listed = [own, sub], make.revocation_list
    nobody, by_sub = listed(ROOT), listed(SUB)

    def add(comment: str, lists: list[bytes], error: str | None = None, **options: Any) -> None:
        cases.add(comment, options.pop("chain", chain), error, lists=lists, **options)

    both = ["root", "sub", "other-root"]
    foreign = listed("Other root", [make.by_key(key("pump")), make.by_key(key(SUB))])
    add("another anchor's list names it", [nobody, foreign], trust=both)
    add("an authority can't revoke itself", [nobody, listed(SUB, [make.by_key(key(SUB))])])
    serial, subject = make.by_serial(key(SUB), own), make.by_key(key("pump"))
    add("the anchor's list covers all", [nobody])
    add("a list of each", [nobody, by_sub])
    add("others are revoked", [listed(ROOT, [make.by_key(key(f"other {i}")) for i in range(50)])])
    add("no list", [], "REVOCATION_UNKNOWN")
    add("the authority's list alone", [by_sub], "REVOCATION_UNKNOWN")
    add("another anchor's list", [listed("Other root")], "REVOCATION_UNKNOWN", trust=both)
    add("revoked by serial number", [listed(ROOT, [serial])], "CERTIFICATE_REVOKED")
    add("revoked by key", [listed(ROOT, [subject])], "CERTIFICATE_REVOKED")
    add("revoked by the authority", [nobody, listed(SUB, [serial])], "CERTIFICATE_REVOKED")
    add("the authority is revoked", [listed(ROOT, [make.by_key(key(SUB))])], "CERTIFICATE_REVOKED")
    add(
        "by its serial number",
        [listed(ROOT, [make.by_serial(key(ROOT), sub)])],
        "CERTIFICATE_REVOKED",
    )
    again = [make.other_root(own), sub]
    add(
        "signed again with n - s, it stays revoked",
        [listed(ROOT, [serial])],
        "CERTIFICATE_REVOKED",
        chain=again,
    )
    add(
        "the authority signed again, it stays revoked",
        [listed(ROOT, [make.by_serial(key(ROOT), sub)])],
        "CERTIFICATE_REVOKED",
        chain=[own, make.other_root(sub)],
    )
    add("the serial number of another issuer", [listed(ROOT, [make.by_serial(key(ROOT), own)])])
    add(
        "a new certificate for the key",
        [listed(ROOT, [subject])],
        "CERTIFICATE_REVOKED",
        chain=[leaf(serial=77), sub],
    )
    add("a new certificate, the old number", [listed(ROOT, [serial])], chain=[leaf(serial=77), sub])
    ends = [listed(ROOT, next_update=NOW)]
    add("the list's last second", ends)
    floor = {"now": None, "floor": NOW - 20 * DAY}
    add("a list at a floor", [nobody], **floor)


def revoked_by_crl(cases: Cases) -> None:
    own, sub = leaf(), ca(SUB, ROOT)
    number = int.from_bytes(make.serial_of(own))
    sub_number = int.from_bytes(make.serial_of(sub))
    root_crl, sub_crl = make.crl(ROOT), make.crl(SUB)

    def add(comment: str, crls: list[bytes], error: str | None = None, **options: Any) -> None:
        cases.add(comment, options.pop("chain", [own, sub]), error, crls=crls, **options)

    add("a CRL of each", [root_crl, sub_crl])
    add("no CRL", [], "REVOCATION_UNKNOWN")
    add("none of the authority", [root_crl], "REVOCATION_UNKNOWN")
    add("none of the anchor", [sub_crl], "REVOCATION_UNKNOWN")
    add("revoked in a CRL", [root_crl, make.crl(SUB, [1, number])], "CERTIFICATE_REVOKED")
    add("others in a CRL", [root_crl, make.crl(SUB, [1, 2, 3])])
    add("the authority in a CRL", [make.crl(ROOT, [sub_number]), sub_crl], "CERTIFICATE_REVOKED")
    add(
        "signed again with n - s, in a CRL",
        [root_crl, make.crl(SUB, [number])],
        "CERTIFICATE_REVOKED",
        chain=[make.other_root(own), sub],
    )
    add("a CRL whose time is over", [root_crl, make.crl(SUB, end=NOW - 1)], "REVOCATION_STALE")
    add(
        "a CRL by somebody else",
        [root_crl, make.crl(SUB, signer=key("impostor"))],
        "REVOCATION_SIGNATURE",
    )
    add("half a CRL", [root_crl, sub_crl[: len(sub_crl) // 2]], "REVOCATION_MALFORMED")
    no_crls = ca(SUB, ROOT, key_usage=usage("key_cert_sign"))
    add(
        "an authority that may sign no CRL",
        [root_crl, sub_crl],
        "REVOCATION_SIGNATURE",
        chain=[own, no_crls],
    )
    add(
        "an anchor that may sign no CRL",
        [make.crl("Root w/o CRLs")],
        "REVOCATION_UNKNOWN",
        chain=[leaf("Root w/o CRLs")],
        trust=["root-no-crl"],
    )
    add("a CRL at a floor", [root_crl, sub_crl], now=None, floor=NOW - 20 * DAY)


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


def lists() -> list[dict[str, Any]]:
    """Revocation lists that are taken one after the other by a store with the root, and that
    aren't."""
    out: list[dict[str, Any]] = []
    one, two = make.by_key(key("one")), make.by_key(key("two"))
    listed = make.revocation_list

    def add(comment: str, data: bytes, error: str | None = None, now: int = NOW) -> None:
        out.append({"comment": comment, "list": data.hex(), "now": now, "error": error})

    add("empty", listed(ROOT, number=5))
    add("the same again", listed(ROOT, number=5))
    add("another with its number", listed(ROOT, [one], number=5), "REVOCATION_OLD")
    add("an older one", listed(ROOT, number=4), "REVOCATION_OLD")
    add("a newer one", listed(ROOT, [one, two], number=6))
    add("the older again", listed(ROOT, number=5), "REVOCATION_OLD")
    add("stale", listed(ROOT, number=7), "REVOCATION_STALE", now=NOW + 2 * DAY)
    add(
        "in the wrong order",
        listed(ROOT, sorted([one, two])[::-1], number=8, in_order=False),
        "REVOCATION_MALFORMED",
    )
    add("an entry twice", listed(ROOT, [one, one], number=8), "REVOCATION_MALFORMED")
    add("fewer than it says", listed(ROOT, [one], number=8, count=2), "REVOCATION_MALFORMED")
    add("more than it says", listed(ROOT, [one, two], number=8, count=1), "REVOCATION_MALFORMED")
    add("cut off", listed(ROOT, [one], number=8)[:-1], "REVOCATION_MALFORMED")
    add("nothing", b"", "REVOCATION_MALFORMED")
    add(
        "ends before it begins",
        listed(ROOT, number=8, issued=NOW + 3 * DAY),
        "REVOCATION_MALFORMED",
    )
    add("by another key", listed(ROOT, number=8, signer=key("impostor")), "REVOCATION_SIGNATURE")
    add("of an unknown issuer", listed("Other root", number=8), "REVOCATION_SIGNATURE")
    add("high s", listed(ROOT, number=8, low=False), "SIGNATURE_HIGH_S")
    flipped = bytearray(listed(ROOT, [one], number=8))
    flipped[50] ^= 1
    add("an entry changed", bytes(flipped), "REVOCATION_SIGNATURE")
    add("what was refused moved nothing", listed(ROOT, [one], number=7))
    return out


def crls() -> list[dict[str, Any]]:
    """CRLs that are taken one after the other by a store with the root and the key of one
    authority, and that aren't."""
    out: list[dict[str, Any]] = []
    crl = make.crl

    def add(comment: str, data: bytes, error: str | None = None, now: int = NOW) -> None:
        out.append({"comment": comment, "crl": data.hex(), "now": now, "error": error})

    add("without a number, while none is known", crl(ROOT, number=None))
    add("the first with a number", crl(ROOT, number=7))
    add("the same again", crl(ROOT, number=7))
    add("without a number", crl(ROOT, number=None), "REVOCATION_OLD")
    add("an older one", crl(ROOT, [3], number=6), "REVOCATION_OLD")
    add("zero", crl(ROOT, number=0), "REVOCATION_OLD")
    add("a newer one", crl(ROOT, [3], number=0x100))
    add("a byte shorter", crl(ROOT, number=0xFF), "REVOCATION_OLD")
    add("an authority's own numbers", crl(SUB, number=1))
    add("an authority's older one", crl(SUB, number=0), "REVOCATION_OLD")
    add("the longest number", crl(SUB, number=(1 << 160) - 1))
    add("above 64 bits, and older", crl(SUB, number=1 << 159), "REVOCATION_OLD")
    add("a number of 21 bytes", crl(SUB, number=1 << 160), "REVOCATION_MALFORMED")
    stale = crl(ROOT, number=0x101, end=NOW - 1)
    add("stale", stale, "REVOCATION_STALE")
    impostor = key("impostor")
    add("by another key", crl(ROOT, number=0x200, signer=impostor), "REVOCATION_SIGNATURE")
    add("of an unknown issuer", crl("Other root", number=0x200), "REVOCATION_SIGNATURE")
    add("cut off", crl(ROOT, number=0x200)[:-1], "REVOCATION_MALFORMED")
    add("more behind it", crl(ROOT, number=0x200) + b"\0", "REVOCATION_MALFORMED")
    add("nothing", b"", "REVOCATION_MALFORMED")
    flipped = bytearray(crl(ROOT, [3], number=0x200))
    flipped[60] ^= 1
    add("a bit flipped", bytes(flipped), "REVOCATION_SIGNATURE")
    add("many entries", crl(ROOT, range(1, 300), number=0x200))
    add("what was refused moved nothing", crl(ROOT, number=0x200))
    return out


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
