"""A module that asks, a granter, and a line between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import sealwire as sw

ABOUT = sw.Context.topic("pump/pressure")
SOURCE = b"127.0.0.1:7"
SECOND = 1_000_000


@dataclass
class Sides:
    """A module and a granter that know each other by a secret, or by keys."""

    by: str = "secret"
    life: int = 3600
    module: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    own: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    secret: sw.PeerSecret = field(default_factory=sw.PeerSecret.generate)
    key: sw.SigningKey = field(default_factory=sw.SigningKey.generate)
    granters_key: sw.SigningKey = field(default_factory=sw.SigningKey.generate)

    def __post_init__(self) -> None:
        fresh = sw.Restart.fresh_keys()
        self.validator = sw.Validator(self.own, policy=sw.AnyPeer(), restart=fresh)
        self.modules_validator = sw.Validator(self.module, policy=sw.AnyPeer(), restart=fresh)
        self.granter = sw.Granter(
            self.validator, key=self.granters_key, life=self.life, per_source=(1000, 1000)
        )
        self.granter.define_role("operator", 7)
        credential = (
            {"secret": self.secret} if self.by == "secret" else {"public_key": self.key.public_key}
        )
        self.granter.register(self.module, roles=[7], **credential)

    def begin(self, exchange: sw.Exchange, **options: object) -> bytes:
        mine = (
            {"secret": self.secret}
            if self.by == "secret"
            else {"key": self.key, "granter_key": self.granters_key.public_key}
        )
        return exchange.begin(**({"own": self.module, "granter": self.own} | mine | options))

    def exchange(self, **options: object) -> tuple[sw.Session, sw.Session]:
        """A whole exchange: the module's session, and the granter's."""
        asking = sw.Exchange()
        challenge = self.granter.challenge(self.begin(asking, **options), SOURCE)
        granted = self.granter.grant(asking.challenge(challenge), SOURCE)
        assert granted.session is not None
        session = asking.grant(granted.answer)
        self.modules_validator.install(session)
        return session, granted.session

    def sealer(self, session: sw.Session) -> sw.Sealer:
        key = self.key if session.level == sw.Level.DIGITAL_SIGNATURE else None
        return sw.Sealer.for_session(session, key=key)
