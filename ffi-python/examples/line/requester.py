"""A pump that asks for access, sends a measurement, takes a command, and renews its session:

    requester.py secret | key4 | key5     level 4 by a secret, 4 by a key, 5 by a key

The line to a granter is stdin and stdout; what happened goes to stderr.
"""

from __future__ import annotations

import sys
import time

import sealwire as sw
from sealwire.module import AccessClient, ModuleSession
from uart import PANEL, PANELS_KEY, PRESSURE, PUMPS, PUMPS_KEY, SECRET, VALVE, Line, say

TRIES, PATIENCE, SENDINGS = 5, 0.5, 2
ANSWERS = {"request": {"challenge"}, "proof": {"grant", "refusal"}}


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "secret"
    level = sw.Level.DIGITAL_SIGNATURE if kind == "key5" else sw.Level.HMAC
    if kind == "secret":
        client = AccessClient(PUMPS[0], secret=SECRET)
    else:
        client = AccessClient(PUMPS[1], key=PUMPS_KEY, granter_key=PANELS_KEY.public_key)
    line = Line()

    def ask(message: bytes) -> bytes | None:
        line.send(message)
        answers = ANSWERS[sw.access_kind(message)]
        end = time.monotonic() + PATIENCE
        # What answers an earlier message, or is a frame, isn't it.
        while (packet := line.next(end - time.monotonic())) is not None:
            if sw.access_kind(packet) in answers:
                return packet
        return None

    for _ in range(SENDINGS):  # the second one renews
        session = client.request_access(PANEL, ask, security_level=level, role="pump", tries=TRIES)
        work(line, session, level)


def work(line: Line, session: ModuleSession, level: sw.Level) -> None:
    """Sends a measurement until a command comes back: the first one confirms the session."""
    demand = sw.Requirement.at_least(level, VALVE)
    for _ in range(TRIES):
        line.send(session.sealer.seal(b"4.2 bar", PRESSURE))
        while (packet := line.next(PATIENCE)) is not None:
            try:
                accepted = session.validator.validate(packet, demand)
            except sw.SecurityError:
                continue
            say(f"level {accepted.level:d}, valve: {accepted.payload.decode()}")
            return
    sys.exit("no answer")


if __name__ == "__main__":
    main()
