"""A plant's authority, and modules and a granter that know each other by its certificates alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import sealwire as sw
from sealwire import pki

DAY = 86_400_000_000
NOW = 1_763_000_000_000_000
SOURCE = b"10.0.0.7:4711"
ABOUT = sw.Context.topic("pump/pressure")
EVERYBODY = [(bytes(16), 0)]


@dataclass
class Plant:
    """An authority, its lists, and stores that trust it."""

    folder: Path
    now: int = NOW
    authority: pki.CertificateAuthority = field(init=False)

    def __post_init__(self) -> None:
        self.authority = pki.CertificateAuthority.create(
            self.folder / "plant", "Plant 7", now=self.now - DAY
        )
        self.list = self.new_list()

    @property
    def anchor(self) -> bytes:
        return pki.profile.der(self.authority.certificate.anchor)

    def new_list(self, days: float = 7) -> bytes:
        self.crl, self.list = self.authority.revocation_lists(days=days, now=self.now)
        return self.list

    def new_crl(self) -> bytes:
        self.new_list()
        return self.crl

    def store(self, **rights: object) -> sw.TrustStore:
        """Trusts the authority for everything, and has its list."""
        store = sw.TrustStore(4)
        allowed = {"fleets": EVERYBODY, "any_role": True, "any_authority": True}
        store.install_anchor(self.anchor, now=self.now, **(allowed | rights))
        store.take_list(self.list, now=self.now)
        store.take_crl(self.crl, now=self.now)
        return store

    def issue(self, module: sw.ModuleId, **options: object) -> pki.Certificate:
        return self.authority.issue(module, **({"days": 30, "now": self.now} | options))


@dataclass
class Certified:
    """A granter and a module that asks, each with a certificate."""

    plant: Plant
    roles: tuple[str, ...] = ("operator",)
    capacity: int = 8
    time_source: bool = False
    own: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    module: sw.ModuleId = field(default_factory=sw.ModuleId.random)

    def __post_init__(self) -> None:
        plant = self.plant
        self.store, self.modules_store = plant.store(), plant.store(time_sources=True)
        self.certificate = plant.issue(self.module, roles=list(self.roles))
        self.granters = plant.issue(self.own, time_source=self.time_source)
        self.credential = self.certificate.credential(self.modules_store)
        fresh = sw.Restart.fresh_keys()
        self.validator = sw.Validator(self.own, policy=sw.AnyPeer(), restart=fresh)
        self.modules_validator = sw.Validator(self.module, policy=sw.AnyPeer(), restart=fresh)
        self.granter = sw.Granter(
            self.validator,
            chain=self.granters.credential(self.store),
            capacity=self.capacity,
            overall=(10_000, 10_000),
            per_source=(10_000, 10_000),
        )
        self.granter.define_role("visitor", 8)
        self.granter.define_role("operator", 7)

    def begin(self, asking: sw.Exchange, **options: object) -> bytes:
        usual = {"own": self.module, "granter": self.own, "chain": self.credential}
        return asking.begin(**(usual | options))

    def proof(self, asking: sw.Exchange, **options: object) -> bytes:
        return asking.challenge(self.granter.challenge(self.begin(asking, **options), SOURCE))

    def grant(self, proof: bytes, **options: object) -> sw.Granted:
        return self.granter.grant(proof, SOURCE, **({"now": self.plant.now} | options))

    def exchange(self, **options: object) -> tuple[sw.Session, sw.Session]:
        """A whole exchange: the module's session, and the granter's."""
        asking = sw.Exchange()
        granted = self.grant(self.proof(asking, **options))
        assert granted.session is not None, granted.refusal
        session = asking.grant(granted.answer, now=self.plant.now)
        self.modules_validator.install(session)
        return session, granted.session

    def sealer(self, session: sw.Session, certificate: pki.Certificate | None = None) -> sw.Sealer:
        if session.level != sw.Level.DIGITAL_SIGNATURE:
            return sw.Sealer.for_session(session)
        return sw.Sealer.for_session(session, key=key_of(certificate or self.certificate))

    def accepts(self, sealer: sw.Sealer, payload: bytes, level: int = 4) -> bool:
        """Whether the granter's side takes a frame of the module's."""
        frame = sealer.seal(payload, ABOUT, self.plant.now)
        requirement = sw.Requirement.at_least(level, ABOUT)
        try:
            accepted = self.validator.validate(frame, requirement, now=self.plant.now)
        except sw.SecurityError:
            return False
        return accepted.payload == payload and accepted.sender == self.module

    def answers(self, level: int = 4) -> bool:
        """Whether the module's side takes a frame of the granter's."""
        frame = self.granter.seal(self.module, b"on", ABOUT, self.plant.now)
        requirement = sw.Requirement.at_least(level, ABOUT)
        try:
            accepted = self.modules_validator.validate(frame, requirement, now=self.plant.now)
        except sw.SecurityError:
            return False
        return accepted.sender == self.own


def key_of(certificate: pki.Certificate) -> sw.SigningKey:
    assert certificate.key is not None
    scalar = certificate.key.private_numbers().private_value
    return sw.SigningKey.from_bytes(scalar.to_bytes(32, "big"))
