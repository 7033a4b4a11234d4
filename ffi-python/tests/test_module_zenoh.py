"""Claim: the old framework's quick start, translated, runs in two processes over Zenoh, and each
thing that must not work gives its own exception. Everything is bound to 127.0.0.1, and nobody is
looked for.
"""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sealwire as sw

EXAMPLES = Path(__file__).resolve().parent.parent / "examples/module"
sys.path.insert(0, str(EXAMPLES))

import line  # noqa: E402 - an example
from module_support import Pair  # noqa: E402 - after the path
from sealwire.module import SignatureValidationError  # noqa: E402
from sealwire.module.over_zenoh import (  # noqa: E402
    ZenohClient,
    ZenohPublisher,
    ZenohService,
    ZenohSubscriber,
    ask_over,
    serve_access,
)


def endpoint() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp/127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def ends() -> Iterator[tuple[Any, Any]]:
    """Two Zenoh sessions of this process, over TCP."""
    where = endpoint()
    with line.session(listen=where) as panel, line.session(connect=where) as pump:
        yield panel, pump


def access(pair: Pair, panel: Any, pump: Any) -> Any:
    serving = serve_access(panel, "panel/access", pair.manager)
    ask = ask_over(pump, "panel/access", 5.0)
    session = pair.client.request_access(
        pair.own, ask, security_level=pair.level, lowest=pair.level
    )
    serving.undeclare()
    return session


@pytest.mark.parametrize(("by", "level"), [("secret", 4), ("key", 5)])
def test_messages_and_answers_go_over_zenoh(ends: tuple[Any, Any], by: str, level: int) -> None:
    panel, pump = ends
    pair = Pair(by, level)
    heard: queue.Queue[sw.Accepted] = queue.Queue()
    refused: queue.Queue[sw.SecurityError] = queue.Queue()
    manager = pair.manager.security_context()
    subscriber = ZenohSubscriber(
        panel, "pump/*", heard.put, manager, required_level=level, on_refused=refused.put
    )
    service = ZenohService(panel, "valve", lambda got: got.payload[::-1], manager)
    context = access(pair, panel, pump).context()
    answer = ZenohClient(pump, "valve", context).get(b"abc")
    assert (answer.payload, answer.sender, answer.level) == (b"cba", pair.own, level)
    ZenohPublisher(pump, "pump/one", context).put(b"1")
    got = heard.get(timeout=5)
    assert (got.payload, got.sender, got.level) == (b"1", pair.module, level)
    form, body = context.seal(sw.Context.topic("pump/one"), b"2")
    pump.put("pump/two", body, attachment=form)
    assert isinstance(refused.get(timeout=5), SignatureValidationError), "another key"
    pump.put("pump/one", body)
    assert refused.get(timeout=5).name == "TRUNCATED"
    pump.put("pump/one", body, attachment=form)
    assert heard.get(timeout=5).payload == b"2"
    assert subscriber and service


def test_an_answer_to_another_query_is_refused(ends: tuple[Any, Any]) -> None:
    panel, pump = ends
    pair = Pair()
    manager = pair.manager.security_context()
    seen: list[tuple[bytes, bytes]] = []

    def serve(query: Any) -> None:
        form, payload = query.attachment.to_bytes(), query.payload.to_bytes()
        about = sw.Context.request("valve")
        got = manager.open(about, form, payload, 4)
        about = sw.Context.response("valve", got.tag)
        seen.append(manager.seal(about, b"yes", got.sender))
        query.reply("valve", seen[0][1], attachment=seen[0][0])

    panel.declare_queryable("valve", serve)
    context = access(pair, panel, pump).context()
    client = ZenohClient(pump, "valve", context)
    assert client.get(b"1").payload == b"yes"
    with pytest.raises(sw.SecurityError):
        client.get(b"2")
    with pytest.raises(sw.UnavailableError):
        ZenohClient(pump, "nobody", context, timeout=0.2).get(b"3")


class Running:
    """The panel in a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.file, self.endpoint = folder / "credentials.json", endpoint()
        line.provision(self.file)
        self.process = subprocess.Popen(
            [sys.executable, EXAMPLES / "panel.py", self.file, self.endpoint, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def pump(self, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, EXAMPLES / "pump.py", self.file, self.endpoint, *options],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


PANEL_SAYS = {
    None: "",
    "wrong-key": "",
    "replay": "refused NonceValidationError REPLAYED",
    "changed-body": "refused SignatureValidationError TAG_WRONG",
    "expired": "refused SessionExpiredError SESSION_UNKNOWN",
}
PUMP_SAYS = {
    "wrong-key": "raised SignatureValidationError ACCESS_MAC_WRONG",
    "expired": "raised SessionExpiredError SESSION_UNKNOWN",
}


@pytest.mark.parametrize("then", PANEL_SAYS)
def test_the_quick_start_runs_in_two_processes(folder: Path, then: str | None) -> None:
    seconds = ["--seconds", "3"] if then == "expired" else []
    panel = Running(folder, *seconds)
    try:
        said = panel.pump(*(["--then", then] if then else []))
    finally:
        code, heard, errors = panel.end()
    assert code == 0, errors
    assert "answer open from" in said and "pressure 4.2 bar from" in heard and "valve now" in heard
    assert PUMP_SAYS.get(then or "", "") in said
    assert PANEL_SAYS[then] in heard
    assert ("refused" in heard) == bool(PANEL_SAYS[then])
    assert "9.3" not in heard and heard.count("4.3 bar") == (then == "replay")


def test_a_missing_manager_ends_the_server_with_its_own_exception(folder: Path) -> None:
    code, _, errors = Running(folder, "--forget").end()
    assert code == 1
    assert "MisuseError" in errors and "MANAGER_MISSING" in errors
