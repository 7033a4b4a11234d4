"""The server of the old quick start, translated: grants access, takes messages, serves requests.

    python line.py credentials.json
    python panel.py credentials.json tcp/127.0.0.1:7447 &
    python pump.py credentials.json tcp/127.0.0.1:7447

Ends when its standard input does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import line
import sealwire as sw
from sealwire.module import SecurityError, SecurityLevel, SecurityManager
from sealwire.module.over_zenoh import ZenohService, ZenohSubscriber, serve_access


class Panel(SecurityManager):
    """Knows the pump, and shows its pressure."""

    def __init__(self, credentials: line.Credentials, seconds: int) -> None:
        super().__init__(
            module_id=credentials.panel,
            max_security_level=SecurityLevel.HMAC,
            session_duration_seconds=seconds,
        )
        self.register_module(credentials.pump, secret=credentials.secret)

    def serve(self, session: object) -> list[object]:
        context = self.security_context()
        # Access comes last: who gets it finds the rest.
        return [
            ZenohSubscriber(session, "pump/*", self.show, context, on_refused=self.refused),
            ZenohService(session, "panel/valve", self.open, context, on_refused=self.refused),
            serve_access(session, "panel/access", self),
        ]

    def show(self, accepted: sw.Accepted) -> None:
        print(f"pressure {accepted.payload.decode()} from {accepted.sender}", flush=True)

    def open(self, accepted: sw.Accepted) -> bytes:
        print(f"valve {accepted.payload.decode()}", flush=True)
        return b"open"

    def refused(self, why: SecurityError) -> None:
        print(f"refused {type(why).__name__} {why.name}", flush=True)


class Forgetful(Panel):
    """Never set up: everything it is asked is refused."""

    def __init__(self) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("credentials", type=Path)
    parser.add_argument("endpoint", help="such as tcp/127.0.0.1:7447")
    parser.add_argument("--seconds", type=int, default=3600, help="how long a session lives")
    parser.add_argument("--forget", action="store_true", help="forgets to set itself up")
    options = parser.parse_args()
    if options.forget:
        panel: Panel = Forgetful()
    else:
        panel = Panel(line.load(options.credentials), options.seconds)
    with line.session(listen=options.endpoint) as session:
        serving = panel.serve(session)
        print(f"ready with {len(serving)}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
