"""Who takes part in certificates.py beside the pump: an operator who calls `sealwire`, a granter.

Nothing is decided for them here: the operator believes the display, the granter its trust store.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
import uuid
from pathlib import Path

import sealwire as sw
from sealwire import pki

PRESSURE, VALVE = sw.Context.topic("pump/pressure"), sw.Context.topic("pump/valve")
DEMAND = sw.Requirement.exactly(sw.Level.DIGITAL_SIGNATURE, PRESSURE)
PUMP_ROLE = 1
POLICY = sw.Rules([sw.Rule(role=PUMP_ROLE, kind=sw.ContextKind.TOPIC, name="pump/pressure")])


def anchor_of(authority: Path) -> bytes:
    """The certificate of the authority in a folder, in DER."""
    return ssl.PEM_cert_to_DER_cert((authority / "ca.pem").read_text())


class WrongError(Exception):
    """Something isn't as it must be."""


class Operator:
    """Who calls `sealwire`, in a folder of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = Path(sys.executable).with_name("sealwire")

    def run(self, *words: str) -> int:
        done = subprocess.run(
            [self.command, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        return done.returncode

    def must(self, *words: str) -> None:
        if self.run(*words) != 0:
            raise WrongError(f"sealwire {' '.join(words)}")

    def sign(self, request: bytes, module: uuid.UUID, shown: str, seconds: float) -> bytes:
        """The chain for a request that came with this fingerprint, as it travels."""
        csr, out = self.folder / "pump.csr", self.folder / f"pump-{shown[:8]}.pem"
        csr.write_bytes(request)
        words = ["ca", "sign", csr.name, "--ca", "plant", "--module-id", str(module)]
        words += ["--role", "pump", "--days", f"{seconds / 86_400:.8f}", "--output", out.name]
        # An operator who looks at another display is told so.
        is_first = not list(self.folder.glob("pump-*.pem"))
        if is_first and self.run(*words, "--fingerprint", "00" * 32) == 0:
            raise WrongError("a request was signed under another key's fingerprint")
        self.must(*words, "--fingerprint", shown)
        anchor = (self.folder / "plant/ca.pem").read_text().strip()
        found = [one + ssl.PEM_FOOTER for one in out.read_text().split(ssl.PEM_FOOTER)[:-1]]
        chain = [one.strip() for one in found if one.strip() != anchor]
        return b"".join(ssl.PEM_cert_to_DER_cert(one) for one in chain)


class Granter:
    """The plant's granter: whom its trust store believes gets a session of level 5."""

    def __init__(
        self,
        folder: Path,
        anchor: bytes,
        fleet: uuid.UUID,
        own: sw.ModuleId,
        node: str = "granter",
    ) -> None:
        self.list = folder / "plant/ca.list"
        self.trust = sw.TrustStore()
        self.trust.install_anchor(anchor, fleets=[(fleet.bytes, 80)], roles=["pump"])
        self.take_list()
        fresh = sw.Restart.fresh_keys()
        self.validator = sw.Validator(own, policy=POLICY, restart=fresh, log_per_second=0)
        credential = pki.Node(folder / node).load().credential(self.trust)
        self.granter = sw.Granter(self.validator, chain=credential, capacity=2)
        self.granter.define_role("pump", PUMP_ROLE)
        self.granted: list[sw.Session] = []
        self.accepted: list[float] = []
        self.refused: list[str] = []
        self.denied: list[str] = []

    def take_list(self) -> None:
        self.trust.take_list(self.list.read_bytes())

    def take(self, packet: bytes) -> bytes | None:
        """What goes back for a message of the exchange, or for a frame."""
        kind = sw.access_kind(packet)
        if kind == "request":
            return self.granter.challenge(packet, b"line")
        if kind == "proof":
            try:
                granted = self.granter.grant(packet, b"line")
            except sw.SecurityError as why:
                self.denied.append(why.name)
                return None
            if granted.session is not None:
                self.granted.append(granted.session)
            return granted.answer
        try:
            accepted = self.validator.validate(packet, DEMAND)
        except sw.SecurityError as why:
            self.refused.append(why.name)
            return None
        self.accepted.append(time.time())
        return self.granter.seal(accepted.sender, b"open", VALVE, sw.NO_CLOCK)
