"""Certificates whose DER was changed by hand."""

from __future__ import annotations

from collections.abc import Callable

import make
from cryptography import x509
from make import PUMP, identity, key
from registry import ROOT, SUB, Cases, ca, leaf

MALFORMED = "CERTIFICATE_MALFORMED"


class Patches:
    """A good certificate of a module, put together again with one thing changed."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self.sub, self.own, self.by = ca(SUB, ROOT), leaf(), key(SUB)
        self.fields = make.items(make.split(make.parts(self.own)[0])[1])

    def add(self, comment: str, der: bytes, error: str | None = MALFORMED) -> None:
        self.cases.add(comment, [der, self.sub], error, by="DER by hand")

    def patched(self, change: Callable[[list[bytes]], object]) -> bytes:
        return make.patched(self.own, self.by, change)

    def field(self, index: int, value: bytes) -> bytes:
        def change(fields: list[bytes]) -> None:
            fields[index] = value

        return self.patched(change)

    def extensions(self, change: Callable[[list[bytes]], object]) -> bytes:
        return make.with_extensions(self.own, self.by, change)

    def extension(self, index: int, value: bytes) -> bytes:
        """With another value of this extension."""

        def change(every: list[bytes]) -> None:
            rest = make.items(make.split(every[index])[1])[:-1]
            every[index] = make.tlv(0x30, b"".join(rest) + make.tlv(4, value))

        return self.extensions(change)


def encodings(cases: Cases) -> None:
    patches = Patches(cases)
    versions_and_numbers(patches)
    validity(patches)
    public_keys(patches)
    extensions(patches)
    lengths(patches)
    cases.add("more than 3,072 bytes together", heavy(), "CERTIFICATE_TOO_LONG", trust=["root-any"])


def versions_and_numbers(patches: Patches) -> None:
    add, field, patched = patches.add, patches.field, patches.patched
    add("the same, put together by hand", patched(lambda fields: None), None)
    add("version 1", patched(lambda fields: fields.pop(0)))
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
    fields = [*patches.fields[:2], null, *patches.fields[3:]]
    with_null = make.sign(make.tlv(0x30, b"".join(fields)), patches.by, null)
    add("an algorithm with parameters", with_null, "CERTIFICATE_ALGORITHM")


def validity(patches: Patches) -> None:
    def add(comment: str, begin: bytes, end: bytes, error: str | None = MALFORMED) -> None:
        patches.add(comment, patches.field(4, make.tlv(0x30, begin + end)), error)

    def utc(text: str) -> bytes:
        return make.tlv(0x17, text.encode())

    start, stop = utc("251014000000Z"), utc("261113000000Z")
    add("times as they should be", start, stop, None)
    add("ends before it begins", stop, start)
    add("a month 13", utc("251314000000Z"), stop)
    add("a time without seconds", utc("2510140000Z"), stop)
    add("a time with an offset", utc("251014000000+0000"), stop)
    add("a fraction of a second", make.tlv(0x18, b"20251014000000.5Z"), stop)


def public_keys(patches: Patches) -> None:
    info = make.items(make.split(patches.fields[6])[1])
    point = make.split(info[1])[1][1:]

    def add(comment: str, bits: bytes, error: str = MALFORMED) -> None:
        patches.add(comment, patches.field(6, make.tlv(0x30, info[0] + make.tlv(3, bits))), error)

    compressed = bytes([2 + (point[-1] & 1)]) + point[1:33]
    add("a compressed point", b"\0" + compressed, "CERTIFICATE_ALGORITHM")
    add("no point of the curve", b"\0" + point[:-1] + bytes([point[-1] ^ 1]))
    add("a point with unused bits", b"\1" + point)
    add("a point cut off", b"\0" + point[:-1])
    add("the point at infinity", b"\0\0")


def extensions(patches: Patches) -> None:
    add, changed, extension = patches.add, patches.extensions, patches.extension
    add("no extensions", patches.patched(lambda fields: fields.pop()))
    unique = make.tlv(0x81, b"\0\1")
    add("a unique ID", patches.patched(lambda fields: fields.insert(7, unique)))
    for index, kind in enumerate(("key usage", "extended key usage", "names")):
        add(f"{kind} twice", changed(lambda every, at=index: every.append(every[at])))

    def explicit_false(every: list[bytes]) -> None:
        oid, value = make.items(make.split(every[1])[1])
        every[1] = make.tlv(0x30, oid + bytes.fromhex("010100") + value)

    add("critical, written as false", changed(explicit_false))

    def odd_true(every: list[bytes]) -> None:
        oid, _, value = make.items(make.split(every[0])[1])
        every[0] = make.tlv(0x30, oid + bytes.fromhex("010101") + value)

    add("critical, written as 1", changed(odd_true))
    add("key usage with bits too many", extension(0, bytes.fromhex("03020680")))
    add("key usage without a bit", extension(0, bytes.fromhex("030100")))
    add("extended key usage without a purpose", extension(1, bytes.fromhex("3000")))

    def more_names(every: list[bytes]) -> None:
        *rest, value = make.items(make.split(every[2])[1])
        names = make.tlv(4, make.split(value)[1] + b"\0")
        every[2] = make.tlv(0x30, b"".join(rest) + names)

    add("something behind the names", changed(more_names))
    add("a name that is no name", extension(2, bytes.fromhex("30020500")))
    ends = make.tlv(0x30, bytes.fromhex("0603551d0e") + make.tlv(4, b"") + b"\5\0")
    add("an extension with an end of its own", changed(lambda every: every.append(ends)))


def lengths(patches: Patches) -> None:
    add, own = patches.add, patches.own
    add("a byte behind it", own + b"\0")
    add("a byte missing", own[:-1])
    add("half of it", own[: len(own) // 2])
    add("nothing", b"")
    add("a tag alone", b"\x30")
    length = len(own) - 4
    add("a length of three bytes", b"\x30\x83\0" + length.to_bytes(2) + own[4:])
    add("a length without an end", b"\x30\x80" + own[4:] + b"\0\0")
    add("PEM", b"-----BEGIN CERTIFICATE-----")
    long = [identity(PUMP), x509.DNSName("a" * 60 + "." + "b" * 60 + ".example")]
    room = [x509.DNSName(f"{'h' * 60}.{i}.example") for i in range(12)]
    add("more than 1,024 bytes", leaf(names=long + room), "CERTIFICATE_TOO_LONG")


def heavy() -> list[bytes]:
    """A chain that is too long, of certificates that aren't."""
    fat = [x509.DNSName(f"{'h' * 60}.{i}.example") for i in range(7)]
    pairs = (("Sub 3", "Sub 2"), ("Sub 2", SUB), (SUB, ROOT))
    chain = [
        leaf("Sub 3", names=[identity(PUMP), *fat]),
        *(ca(name, issuer, names=fat) for name, issuer in pairs),
    ]
    assert all(len(one) <= 1024 for one in chain)
    assert sum(map(len, chain)) > 3072
    return chain
