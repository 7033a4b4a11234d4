"""A pump that seals, a panel that checks, and the time at which it happens."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import sealwire as sw

NOW = 1_763_000_000_000_000
ABOUT = sw.Context.topic("pump/pressure")


@dataclass
class Pair:
    """A sender and a receiver with one key of each kind."""

    pump: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    panel: sw.ModuleId = field(default_factory=sw.ModuleId.random)
    secret: sw.PeerSecret = field(default_factory=sw.PeerSecret.generate)
    key: sw.SigningKey = field(default_factory=sw.SigningKey.generate)

    def hmac(self, **options: object) -> sw.Sealer:
        start = options.pop("start", sw.NonceStart.fresh())
        audience = {"receiver": self.panel} | options
        return sw.Sealer.hmac(
            key_id=1, sender=self.pump, secret=self.secret, start=start, **audience
        )

    def ecdsa(self, **options: object) -> sw.Sealer:
        start = options.pop("start", sw.NonceStart.fresh())
        audience = {"receiver": self.panel} | options
        return sw.Sealer.ecdsa(key_id=2, sender=self.pump, key=self.key, start=start, **audience)

    def sealer(self, level: int) -> sw.Sealer:
        if level == sw.Level.HMAC:
            return self.hmac()
        if level == sw.Level.DIGITAL_SIGNATURE:
            return self.ecdsa()
        return sw.Sealer.unproven(level=level, sender=self.pump, start=sw.NonceStart.fresh())

    def empty(self, **options: object) -> sw.Validator:
        """A receiver that knows nobody."""
        settings = {"policy": sw.AnyPeer(), "restart": sw.Restart.fresh_keys()} | options
        return sw.Validator(self.panel, **settings)

    def validator(self, **options: object) -> sw.Validator:
        """A receiver that knows the pump by both keys and by its ID."""
        made = self.empty(**{"nonce_capacity": 16} | options)
        made.register(sw.PeerKey.hmac(1, self.pump, self.secret, role=7))
        made.register(sw.PeerKey.ecdsa(2, self.pump, self.key.public_key, role=8, bursts=10))
        made.register_module(self.pump, role=9, timestamps=16)
        return made


@pytest.fixture
def pair() -> Pair:
    return Pair()


def require(level: int, context: sw.Context = ABOUT, **options: bool) -> sw.Requirement:
    return sw.Requirement.at_least(level, context, **options)


def refused(call: object, *arguments: object) -> str:
    """The name of the refusal, whatever its class."""
    with pytest.raises(sw.SecurityError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert type(caught.value) is not sw.SecurityError
    assert caught.value.kind == caught.value.code.kind
    return caught.value.name
