"""The client of the old quick start, translated: gets access, publishes, asks; see `panel.py`.

With `--then` it does afterwards what must not work, and says which exception tells so.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import line
import sealwire as sw
from sealwire.module import (
    AccessClient,
    SecurityContext,
    SecurityError,
    SecurityLevel,
    create_security_context,
)
from sealwire.module.over_zenoh import ZenohClient, ZenohPublisher, ask_over

TOPIC = "pump/pressure"


def get_access(credentials: line.Credentials, session: object) -> SecurityContext:
    """Asks the panel, and makes what the pump sends and takes with."""
    client = AccessClient(credentials.pump, secret=credentials.secret)
    granted = client.request_access(
        credentials.panel,
        ask_over(session, "panel/access", timeout=5.0),
        security_level=SecurityLevel.HMAC,
    )
    return create_security_context(
        module_id=credentials.pump,
        security_level=granted.security_level,
        session_token=granted.session_token,
        hmac_key=granted.hmac_key,
        name="pump",
    )


def work(context: SecurityContext, session: object) -> None:
    """One message, and one request with its answer."""
    publisher = ZenohPublisher(session, TOPIC, context)
    publisher.put(b"4.2 bar")
    answer = ZenohClient(session, "panel/valve", context).get(b"now")
    print(f"answer {answer.payload.decode()} from {answer.sender}", flush=True)


def misuse(
    how: str, credentials: line.Credentials, context: SecurityContext, session: object
) -> None:
    """What must not work."""
    if how == "wrong-key":
        stranger = line.Credentials(credentials.panel, credentials.pump, sw.PeerSecret.generate())
        get_access(stranger, session)
    about = sw.Context.topic(TOPIC)
    form, body = context.seal(about, b"4.3 bar")
    if how == "replay":
        for _ in range(2):
            session.put(TOPIC, body, attachment=form)
    if how == "changed-body":
        session.put(TOPIC, b"9.3 bar", attachment=form)
    if how == "expired" and context.session is not None:
        time.sleep((context.session.ends_at_tick - sw.tick()) / 1_000_000 + 0.2)
        session.put(TOPIC, body, attachment=form)
        context.seal(about, b"4.4 bar")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("credentials", type=Path)
    parser.add_argument("endpoint", help="such as tcp/127.0.0.1:7447")
    parser.add_argument("--then", choices=["wrong-key", "replay", "changed-body", "expired"])
    options = parser.parse_args()
    credentials = line.load(options.credentials)
    with line.session(connect=options.endpoint) as session:
        context = get_access(credentials, session)
        work(context, session)
        if options.then:
            try:
                misuse(options.then, credentials, context, session)
            except SecurityError as why:
                print(f"raised {type(why).__name__} {why.name}", flush=True)


if __name__ == "__main__":
    main()
