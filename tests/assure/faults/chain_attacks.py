"""Attacks on who checks chains of certificates: each chain has one flaw, and nobody but the rule
that it breaks stands between it and the motor.

  unsigned      another module's certificate under the signature of the valid one
  anchor        an anchor that nobody installed
  unregistered  an authority of the anchor's that isn't registered
  expired, early, role, fleet, source: outside of the time, the roles, the modules or the rights
  purpose, usage, authority, critical, names, twofold: what a certificate must (not) say
  revoked       in a list; revoked-crl: in a CRL
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import make
from attacked import Target
from cryptography import x509
from make import DAY, NOW, PUMP, STRANGER, VALVE, certificate, identity, key, role, usage

LIST, CRL = "attack_list", "attack_crl"
ANCHOR, AUTHORITY = "Root", "Sub"
OPERATOR = [identity(PUMP), role("operator")]
INTRUDER = "intruder"
GIVEN = 512  # bytes of one


def leaf(subject: str = INTRUDER, issuer: str = AUTHORITY, **options: object) -> bytes:
    return certificate(subject, issuer, **({"names": OPERATOR} | options))  # type: ignore[arg-type]


def authority(subject: str = AUTHORITY, issuer: str = ANCHOR) -> bytes:
    return certificate(subject, issuer, ca=True)


def good() -> bytes:
    return leaf("pump") + authority()


def unsigned() -> bytes:
    signed, algorithm, _ = make.parts(leaf())
    signature = make.parts(leaf("pump"))[2]
    return make.tlv(0x30, signed + algorithm + signature) + authority()


ATTACKS: dict[str, Callable[[], bytes]] = {
    "unsigned": unsigned,
    "anchor": lambda: leaf(issuer="Other root"),
    "unregistered": lambda: leaf(issuer="Sub 2") + authority("Sub 2"),
    "expired": lambda: leaf(end=NOW - DAY) + authority(),
    "early": lambda: leaf(begin=NOW + DAY) + authority(),
    "role": lambda: leaf(names=[identity(PUMP), role("pump.controller")]) + authority(),
    "fleet": lambda: leaf(names=[identity(STRANGER), role("operator")]) + authority(),
    "source": lambda: (
        leaf(names=[identity(PUMP), make.uri("urn:sealwire:time-source")]) + authority()
    ),
    "purpose": lambda: leaf(purposes=make.TLS) + authority(),
    "usage": lambda: leaf(key_usage=usage("key_agreement")) + authority(),
    "authority": lambda: (
        leaf(ca=True, purposes=[make.PURPOSE], key_usage=usage("digital_signature")) + authority()
    ),
    "critical": lambda: (
        leaf(extra=[(x509.UnrecognizedExtension(make.UNKNOWN, b""), True)]) + authority()
    ),
    "names": lambda: leaf(issuer_name=make.name(ANCHOR)) + authority(),
    "twofold": lambda: leaf(names=[identity(PUMP), identity(VALVE)]) + authority(),
    "revoked": lambda: leaf() + authority(),
    "revoked-crl": lambda: leaf() + authority(),
}

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "chain_": {name: (CRL if name == "revoked-crl" else LIST,) for name in ATTACKS},
    "chain_planted_": {"anchor": ("attack_planted",)},
}


class ChainTarget(Target):
    def prepare(self) -> None:
        revoked = leaf()
        serial = int.from_bytes(make.serial_of(revoked))
        is_listed, is_in_crl = self.attack == "revoked", self.attack == "revoked-crl"
        given = (
            authority(ANCHOR),
            make.xy(key(AUTHORITY)),
            make.revocation_list(
                ANCHOR, [make.by_serial(key(AUTHORITY), revoked)] if is_listed else []
            ),
            make.crl(ANCHOR),
            make.crl(AUTHORITY, [serial] if is_in_crl else []),
        )
        for number, one in enumerate(given):
            place = self.symbols["GIVEN"] + GIVEN * number
            self.walker.uc.mem_write(place, struct.pack("<I", len(one)) + one)

    def good(self) -> bytes:
        return good()

    def bad(self, _good: bytes) -> bytes:
        return ATTACKS[self.attack]()

    def is_won(self, shown: bytes) -> bool:
        return make.xy(key(INTRUDER)) in shown
