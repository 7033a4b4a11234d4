"""The vectors of the access exchange: nothing drifted, and they hold what they must."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENT = json.loads((HERE.parent / "vectors" / "access.json").read_text(encoding="utf-8"))


def test_nothing_drifted_from_what_the_generator_writes() -> None:
    script = [sys.executable, str(HERE / "generate_access.py"), "--check"]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_message_is_longer_than_promised() -> None:
    for exchange in DOCUMENT["exchanges"]:
        values = exchange["values"]
        for name in ("request", "challenge", "grant", "refusal_forbidden"):
            assert len(values[name]) // 2 <= 256
        assert len(values["proof"]) // 2 <= 320
        assert len(values["challenge"]) <= len(values["request"])


def test_no_two_exchanges_share_a_key() -> None:
    names = ["main", "mg", "session_secret", "binder", "token", "hmac_key"]
    names += ["frame_key_to_granter", "frame_key_to_requester"]
    keys = [exchange["values"][name] for exchange in DOCUMENT["exchanges"] for name in names]
    assert len(set(keys)) == len(keys)
