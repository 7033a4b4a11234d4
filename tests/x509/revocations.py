"""Lists and CRLs: chains that they revoke, and those that a store takes or not."""

from __future__ import annotations

from typing import Any

import make
from make import DAY, NOW, key, usage
from registry import ROOT, SUB, Cases, ca, leaf


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
