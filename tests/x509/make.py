"""Certificates, CRLs and lists for the cases: with pyca/cryptography where it can write them, by
hand (DER spliced and signed again) where it won't.

Every key comes from its name, every signature is deterministic: the same script, the same bytes.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import ipaddress
import uuid
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = 1_763_000_000
DAY = 86_400
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PURPOSE = x509.ObjectIdentifier("2.25.264026262878152930549538977271733003891")
TLS = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)

FLEET = uuid.UUID("5ea1317e-0000-4000-8000-000000000000")
PUMP = uuid.UUID("5ea1317e-0001-4000-8000-000000000001")
VALVE = uuid.UUID("5ea1317e-0002-4000-8000-000000000001")
GRANTER = uuid.UUID("5ea1317e-00ff-4000-8000-000000000001")
STRANGER = uuid.UUID("0badc0de-0001-4000-8000-000000000001")

Key = ec.EllipticCurvePrivateKey


@functools.cache
def key(name: str, curve: ec.EllipticCurve | None = None) -> Key:
    """The key with this name."""
    digest = hashlib.sha256(b"sealwire x509 tests " + name.encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest) % (ORDER - 1) + 1, curve or ec.SECP256R1())


def xy(of: Key) -> bytes:
    """x and y of the public half."""
    form = serialization.PublicFormat.UncompressedPoint
    return of.public_key().public_bytes(serialization.Encoding.X962, form)[1:]


def name(text: str) -> x509.Name:
    """A name with a common name, or the empty one."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)


def uri(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


def role(text: str) -> x509.GeneralName:
    return uri(f"urn:sealwire:role:{text}")


def identity(module: uuid.UUID) -> x509.GeneralName:
    return uri(f"urn:uuid:{module}")


def usage(*bits: str) -> x509.KeyUsage:
    """A key usage with these bits."""
    every = [
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ]
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


ISSUER_USAGE = usage("key_cert_sign", "crl_sign")
LEAF_USAGE = usage("digital_signature")
Extension = tuple[x509.ExtensionType, bool]


def certificate(
    subject: str,
    issuer: str,
    *,
    ca: bool | None = None,
    path_length: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    no_key_usage: bool = False,
    purposes: Sequence[x509.ObjectIdentifier] | None = (),
    names: Sequence[x509.GeneralName] | None = None,
    begin: int = NOW - 30 * DAY,
    end: int = NOW + 365 * DAY,
    serial: int | None = None,
    own_key: object = None,
    issuer_key: Key | None = None,
    subject_name: x509.Name | None = None,
    issuer_name: x509.Name | None = None,
    extra: Sequence[Extension] = (),
    names_critical: bool = False,
    hash_: hashes.HashAlgorithm | None = None,
) -> bytes:
    """A certificate as pyca/cryptography writes it. A leaf's defaults without `ca`."""
    is_ca = ca if ca is not None else False
    public = (own_key or key(subject)).public_key()  # type: ignore[attr-defined]
    seed = hashlib.sha256(f"{subject}/{issuer}".encode()).digest()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject) if subject_name is None else subject_name)
        .issuer_name(name(issuer) if issuer_name is None else issuer_name)
        .public_key(public)
        .serial_number(serial or int.from_bytes(seed[:15]) + 1)
        .not_valid_before(moment(begin))
        .not_valid_after(moment(end))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(is_ca, path_length), critical=True)
    if not no_key_usage:
        bits = key_usage or (ISSUER_USAGE if is_ca else LEAF_USAGE)
        builder = builder.add_extension(bits, critical=True)
    if purposes == ():
        purposes = None if is_ca else [PURPOSE]
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names is None and not is_ca:
        names = [identity(PUMP)]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=names_critical)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    signer = issuer_key or key(issuer)
    made = builder.sign(signer, hash_ or hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(serialization.Encoding.DER)


def crl(
    issuer: str,
    revoked: Sequence[int] = (),
    *,
    begin: int = NOW - DAY,
    end: int = NOW + DAY,
    signer: Key | None = None,
    number: int | None = 7,
) -> bytes:
    """A CRL of this issuer."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(issuer))
        .last_update(moment(begin))
        .next_update(moment(end))
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer).public_key()),
        critical=False,
    )
    for serial in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial)
        builder = builder.add_revoked_certificate(entry.revocation_date(moment(begin)).build())
    made = builder.sign(signer or key(issuer), hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(serialization.Encoding.DER)


def signing_request(subject: str, module: uuid.UUID, roles: Sequence[str]) -> bytes:
    """The request that a device with this key writes: signed with the lower s."""
    names = x509.SubjectAlternativeName([identity(module), *map(role, roles)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(""))
    made = builder.add_extension(names, critical=False).sign(
        key(subject), hashes.SHA256(), ecdsa_deterministic=True
    )
    der = made.public_bytes(serialization.Encoding.DER)
    return resigned(der, lambda r, s: (r, min(s, ORDER - s)))


# By hand: what no library writes


def tlv(tag: int, contents: bytes) -> bytes:
    """One DER value."""
    size = len(contents)
    if size < 128:
        length = bytes([size])
    else:
        length = b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + contents


def number(value: int) -> bytes:
    """An INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def split(value: bytes) -> tuple[int, bytes, bytes]:
    """Tag and contents of the first value, and what follows it."""
    size, start = value[1], 2
    if size >= 128:
        start = 2 + size - 128
        size = int.from_bytes(value[2:start])
    return value[0], value[start : start + size], value[start + size :]


def items(contents: bytes) -> list[bytes]:
    """The values in a SEQUENCE's contents, each whole."""
    out = []
    while contents:
        rest = split(contents)[2]
        out.append(contents[: len(contents) - len(rest)])
        contents = rest
    return out


def parts(der: bytes) -> tuple[bytes, bytes, bytes]:
    """What is signed, the algorithm, the signature's BIT STRING; each whole."""
    tbs, algorithm, signature = items(split(der)[1])
    return tbs, algorithm, signature


def sign(tbs: bytes, by: Key, algorithm: bytes | None = None) -> bytes:
    """A certificate of this signed part."""
    chosen = algorithm or ALGORITHM
    signature = by.sign(tbs, ECDSA)
    return tlv(0x30, tbs + chosen + tlv(0x03, b"\0" + signature))


ALGORITHM = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))


def patched(der: bytes, by: Key, change: Callable[[list[bytes]], None]) -> bytes:
    """The certificate with some fields of the signed part changed, signed again."""
    fields = items(split(parts(der)[0])[1])
    change(fields)
    return sign(tlv(0x30, b"".join(fields)), by)


def with_extensions(der: bytes, by: Key, change: Callable[[list[bytes]], None]) -> bytes:
    """The same for its extensions."""

    def inner(fields: list[bytes]) -> None:
        extensions = items(split(split(fields[-1])[1])[1])
        change(extensions)
        fields[-1] = tlv(0xA3, tlv(0x30, b"".join(extensions)))

    return patched(der, by, inner)


def resigned(der: bytes, change: Callable[[int, int], tuple[int, int]]) -> bytes:
    """The certificate with another signature, made from its own."""
    tbs, algorithm, signature = parts(der)
    r, s = change(*utils.decode_dss_signature(split(signature)[1][1:]))
    pair = tlv(0x30, number(r) + number(s))
    return tlv(0x30, tbs + algorithm + tlv(0x03, b"\0" + pair))


def other_root(der: bytes) -> bytes:
    """Re-signed with n - s: the same certificate in other bytes."""
    return resigned(der, lambda r, s: (r, ORDER - s))


def high(der: bytes) -> bytes:
    """Signed with the higher s."""
    return resigned(der, lambda r, s: (r, max(s, ORDER - s)))


def serial_of(der: bytes) -> bytes:
    """The contents of the serial number."""
    return split(items(split(parts(der)[0])[1])[1])[1]


# The list for microcontrollers (PROTOCOL.md §14.5)


def issuer_id(of: Key) -> bytes:
    return hashlib.sha256(b"sealwire/1 issuer" + xy(of)).digest()[:16]


def by_serial(issuer: Key, der: bytes) -> bytes:
    serial = serial_of(der)
    return hashlib.sha256(b"sealwire/1 revoked serial" + xy(issuer) + serial).digest()[:16]


def by_key(subject: Key) -> bytes:
    return hashlib.sha256(b"sealwire/1 revoked key" + xy(subject)).digest()[:16]


def revocation_list(
    issuer: str,
    entries: Sequence[bytes] = (),
    *,
    number: int = 7,
    issued: int = NOW - DAY,
    next_update: int = NOW + DAY,
    signer: Key | None = None,
    in_order: bool = True,
    low: bool = True,
    count: int | None = None,
) -> bytes:
    """A list of this issuer."""
    listed = sorted(entries) if in_order else list(entries)
    signed = b"\x1d" + issuer_id(key(issuer))
    for field in (number, issued * 1_000_000, next_update * 1_000_000):
        signed += field.to_bytes(8)
    signed += (len(listed) if count is None else count).to_bytes(2) + b"".join(listed)
    der = (signer or key(issuer)).sign(b"sealwire/1 revocation list" + signed, ECDSA)
    r, s = utils.decode_dss_signature(der)
    s = min(s, ORDER - s) if low else max(s, ORDER - s)
    return signed + r.to_bytes(32) + s.to_bytes(32)


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
