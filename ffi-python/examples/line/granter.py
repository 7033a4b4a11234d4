"""Grants access to two pumps and listens to them: the one proves itself by a secret, the other by a
key. What it did goes to stderr; the line is stdin and stdout, until that ends.

The other end may be requester.py, ffi-c/examples/requester.c or a microcontroller.
"""

from __future__ import annotations

import sealwire as sw
from uart import PANEL, PANELS_KEY, PRESSURE, PUMPS, PUMPS_KEY, SECRET, VALVE, Line, say

PUMP = 1
POLICY = sw.Rules([sw.Rule(role=PUMP, kind=sw.ContextKind.TOPIC, name="pump/pressure")])


class Granter:
    """The granter of one line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.used: dict[sw.ModuleId, int | None] = {}
        self.validator = sw.Validator(
            PANEL, policy=POLICY, restart=sw.Restart.fresh_keys(), log_per_second=0
        )
        self.granter = sw.Granter(self.validator, key=PANELS_KEY, capacity=2)
        self.granter.define_role("pump", PUMP)
        self.granter.register(PUMPS[0], secret=SECRET, roles=[PUMP])
        self.granter.register(PUMPS[1], public_key=PUMPS_KEY.public_key, roles=[PUMP])

    def take(self, packet: bytes) -> None:
        """A message of an exchange, or a frame."""
        kind = sw.access_kind(packet)
        if kind is None:
            self.listen(packet)
        elif kind == "request":
            self.line.send(self.granter.challenge(packet, b"stdin"))
        else:
            granted = self.granter.grant(packet, b"stdin")
            self.line.send(granted.answer)
            if granted.session:
                say(f"granted level {granted.session.level:d}")

    def listen(self, frame: bytes) -> None:
        """A frame is believed if a session proves it, and answered with what the valve shall do."""
        demand = sw.Requirement.at_least(sw.Level.HMAC, PRESSURE)
        accepted = self.validator.validate(frame, demand)
        session = self.granter.session_of(accepted.sender)
        first = "" if self.used.get(accepted.sender) == session else "confirmed, "
        self.used[accepted.sender] = session
        say(f"{first}level {accepted.level:d}: {accepted.payload.decode()}")
        # A session whose frames carry no time is answered without one, too.
        now = sw.NO_CLOCK if accepted.counter_only else None
        self.line.send(self.granter.seal(accepted.sender, b"open", VALVE, now))


def main() -> None:
    line = Line()
    granter = Granter(line)
    while True:
        try:
            packet = line.next(1.0)
            if packet is None:
                granter.granter.run()
            else:
                granter.take(packet)
        except EOFError:
            return
        except sw.SecurityError as why:
            say(f"nothing is answered: {why}")


if __name__ == "__main__":
    main()
