"""Makes certificates: of authorities and, signed by them, of modules.

No certificate leaves here that the core would refuse: each is checked by it, under its anchor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import sealwire
from sealwire._native import ChainCredential, CheckedChain, ModuleId, SigningKey, TrustStore
from sealwire.errors import ErrorCode, MisuseError, error_for
from sealwire.pki import profile
from sealwire.pki.keystore import PrivateKey, check_curve
from sealwire.pki.profile import Identity

__all__ = ["Certificate"]

DAY = 86_400_000_000
"""µs."""
BACKDATED = 300_000_000
"""µs by which a certificate begins earlier, for clocks that are late."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, and all that it takes to use it. `repr` shows no key.

    Attributes:
        own: the certificate itself.
        anchor: the one at which its chain ends; itself for a root.
        issuers: the authorities between the two, from below.
        key: its private key, where this side has it.
    """

    own: x509.Certificate
    anchor: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()
    key: PrivateKey | None = field(default=None, repr=False, compare=False)

    @staticmethod
    def create_ca(
        name: str,
        *,
        days: float = 3650,
        path_length: int | None = None,
        issuer: Certificate | None = None,
        key: PrivateKey | None = None,
        now: int | None = None,
    ) -> Certificate:
        """An authority: a root, or one below `issuer`.

        Args:
            name: its common name, 1 to 64 characters. Two anchors of one validator need two names.
            days: how long it is valid; no longer than its issuer.
            path_length: how many authorities there may be below it; None for no limit.
            issuer: who certifies it; with its private key.
            key: its own; a new one where it is left out.
            now: µs since 1970; the system clock where it is left out.

        Raises:
            MisuseError: INVALID_ARGUMENT, KEY_INVALID.
            CertificateValidationError: PATH_LENGTH if the issuer may have none below it;
                CERTIFICATE_EXPIRED if the issuer's time is over.
        """
        if not 1 <= len(name) <= 64:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "a name has 1 to 64 characters")
        if path_length is not None and not 0 <= path_length <= 2:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "a path length is 0 to 2")
        own = ec.generate_private_key(ec.SECP256R1()) if key is None else key
        check_curve(own)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = sealwire.now() if now is None else now
        if issuer is not None:
            issuer._may_certify_authority(subject)
        builder = _begin(subject, own.public_key(), issuer, days, now)
        builder = builder.add_extension(x509.BasicConstraints(True, path_length), critical=True)
        builder = builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        made = builder.sign(own if issuer is None else issuer._signer(), hashes.SHA256())
        if issuer is None:
            root = Certificate(made, made, (), own)
            _store_with(made, now)
            return root
        return Certificate(made, issuer.anchor, issuer._above(), own)

    def create_signed_certificate(
        self,
        module_id: ModuleId | str,
        *,
        public_key: ec.EllipticCurvePublicKey | None = None,
        roles: Iterable[str] = (),
        time_source: bool = False,
        alt_names: Iterable[str] = (),
        is_client_cert: bool | None = None,
        days: float = 365,
        now: int | None = None,
    ) -> Certificate:
        """A module's certificate, signed by this authority.

        Args:
            module_id: the module.
            public_key: its key; without it a new pair is made, and the result has it.
            roles: up to 8 names of `a-z 0-9 . _ -`.
            time_source: whether others may take their time from it.
            alt_names: host names and IP addresses under which it is reached by TLS.
            is_client_cert: whether TLS may use it for clients (True) or for servers (False)
                alone; None for both. Frames and access may in any case.
            days: how long it is valid; no longer than its issuer.
            now: µs since 1970; the system clock where it is left out.

        Raises:
            MisuseError: INVALID_ID, INVALID_ARGUMENT, KEY_INVALID.
            CertificateValidationError: what the core would refuse, such as IDENTITY_MALFORMED for
                a role that is none, CERTIFICATE_TOO_LONG, CERTIFICATE_EXPIRED.
        """
        own = ec.generate_private_key(ec.SECP256R1()) if public_key is None else None
        public = own.public_key() if own is not None else public_key
        assert public is not None
        check_curve(public)
        now = sealwire.now() if now is None else now
        identity = Identity(ModuleId(module_id), tuple(roles), time_source, tuple(alt_names))
        purposes = [profile.PURPOSE]
        if is_client_cert is not True:
            purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
        if is_client_cert is not False:
            purposes.append(ExtendedKeyUsageOID.CLIENT_AUTH)
        builder = (
            _begin(x509.Name([]), public, self, days, now)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(_usage("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            # RFC 5280 §4.2.1.6: critical, since the subject is empty.
            .add_extension(identity.alt_names(), critical=True)
        )
        made = builder.sign(self._signer(), hashes.SHA256())
        issued = Certificate(made, self.anchor, self._above(), own)
        issued.check(now=now)
        return issued

    def check(self, *, now: int | None = None) -> CheckedChain:
        """Asks the core about the chain, without revocation, as a validator that lets the anchor
        issue everything.

        Raises:
            CertificateValidationError: why it would be refused.
        """
        now = sealwire.now() if now is None else now
        return _store_with(self.anchor, now).check(self.chain, unchecked=True, now=now)

    @property
    def chain(self) -> list[bytes]:
        """The certificates in DER as they are sent: its own first, without the anchor's."""
        return [profile.der(one) for one in (self.own, *self.issuers)]

    @property
    def identity(self) -> Identity:
        """Whom it is for."""
        return Identity.of(self.own)

    @property
    def is_anchor(self) -> bool:
        """Whether it is a root."""
        return self.own == self.anchor

    def with_key(self, key: PrivateKey) -> Certificate:
        """The same with its private key.

        Raises:
            MisuseError: KEY_INVALID if it is another's.
        """
        if profile.xy(key.public_key()) != profile.xy(profile.public_key(self.own)):
            raise error_for(ErrorCode.KEY_INVALID, "key and certificate are not of one pair")
        return Certificate(self.own, self.anchor, self.issuers, key)

    def credential(
        self,
        trust: TrustStore,
        *,
        revocation: Literal["lists", "crls", "unchecked"] = "lists",
        floor: int | None = None,
    ) -> ChainCredential:
        """What `Exchange.begin`, `Granter` and `Granter.use_chain` take: chain, key, and by whom
        the other side's chain is checked.

        Args:
            trust, revocation, floor: as for `sealwire.ChainCredential`.

        Raises:
            MisuseError: INVALID_ARGUMENT without the private key.
        """
        scalar = self._signer().private_numbers().private_value.to_bytes(32, "big")
        key = SigningKey.from_bytes(scalar)
        return ChainCredential(self.chain, key, trust, revocation=revocation, floor=floor)

    def to_pem(self) -> bytes:
        """Its own, then the issuers', the anchor's last; a root's alone. No key."""
        rest = () if self.is_anchor else (*self.issuers, self.anchor)
        return profile.pem((self.own, *rest))

    @staticmethod
    def from_pem(text: bytes) -> Certificate:
        """From what `to_pem` gives, unchecked.

        Raises:
            CertificateValidationError: CERTIFICATE_MALFORMED.
        """
        own, *above = profile.read_certificates(text)
        return Certificate(own, above[-1] if above else own, tuple(above[:-1]))

    def _signer(self) -> PrivateKey:
        if self.key is None:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the issuer's private key isn't here")
        return self.key

    def _above(self) -> tuple[x509.Certificate, ...]:
        """What stands between a certificate of this authority and the anchor."""
        return () if self.is_anchor else (self.own, *self.issuers)

    def _may_certify_authority(self, subject: x509.Name) -> None:
        above = (self.own, *self.issuers, self.anchor)
        if any(one.subject == subject for one in above):
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, "an authority above has this name")
        for below, one in enumerate((self.own, *self.issuers)):
            limit = one.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
            if limit is not None and limit <= below:
                raise error_for(ErrorCode.PATH_LENGTH)


def _usage(*bits: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


def _begin(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: Certificate | None,
    days: float,
    now: int,
) -> x509.CertificateBuilder:
    """What all certificates have: names, key, serial number, time, identifiers of keys."""
    if not 0 < days <= 36_500:
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "days are more than 0 and at most 36500")
    begin, end = profile.moment(now - BACKDATED), profile.moment(now + round(days * DAY))
    if issuer is not None:
        begin = max(begin, issuer.own.not_valid_before_utc)
        end = min(end, issuer.own.not_valid_after_utc)
        if end <= profile.moment(now):
            raise error_for(ErrorCode.CERTIFICATE_EXPIRED, "the issuer's")
    issuer_key = key if issuer is None else profile.public_key(issuer.own)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.own.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )


def _store_with(anchor: x509.Certificate, now: int) -> TrustStore:
    """A validator's store in which this anchor may issue everything."""
    store = TrustStore(1)
    store.install_anchor(
        profile.der(anchor),
        fleets=[(bytes(16), 0)],
        any_role=True,
        any_authority=True,
        time_sources=True,
        now=now,
    )
    return store
