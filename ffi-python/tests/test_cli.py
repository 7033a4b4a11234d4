"""The command, from end to end."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import sealwire as sw
from sealwire.cli import main

ABOUT = ("--context", "topic:pump/pressure")


@dataclass
class Done:
    """What a run of the command left."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass
class Command:
    """Runs the command in a folder of its own, in this process."""

    folder: Path

    def __call__(self, *arguments: str, code: int = 0, stdin: bytes = b"") -> Done:
        streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (stdin, b"", b"")]
        before = (sys.stdin, sys.stdout, sys.stderr)
        sys.stdin, sys.stdout, sys.stderr = streams
        try:
            with contextlib.chdir(self.folder):
                returned = main(arguments)
        except SystemExit as usage:
            returned = usage.code
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
        for stream in streams:
            stream.flush()
        _, out, err = (stream.buffer.getvalue() for stream in streams)
        assert returned == code, err.decode()
        return Done(returned, out, err)

    def frame(self, *arguments: str) -> bytes:
        return self("seal", "--key", "k", *ABOUT, *arguments, "--text", "4.2 bar").stdout


@pytest.fixture
def run(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def keyed(run: Command) -> Command:
    run("keygen", "--key-id", "1", "--sender", "new", "--receiver", "new", "--output", "k")
    return run


def test_seal_and_validate(keyed: Command) -> None:
    (keyed.folder / "frame").write_bytes(keyed.frame())
    done = keyed("validate", "--key", "k", *ABOUT, "frame")
    assert done.stdout == b"4.2 bar"
    assert b"HMAC" in done.stderr
    done = keyed("validate", "--key", "k", *ABOUT, "--json", "frame")
    found = json.loads(done.stdout)
    assert bytes.fromhex(found["payload"]) == b"4.2 bar"
    assert found["level"] == "HMAC"


@pytest.mark.parametrize("encoding", ["raw", "hex", "base64"])
def test_every_encoding_is_known_again(keyed: Command, encoding: str) -> None:
    frame = keyed.frame("--encoding", encoding)
    for given in ((), ("--encoding", encoding), ("-",)):
        done = keyed("validate", "--key", "k", *ABOUT, *given, stdin=frame)
        assert done.stdout == b"4.2 bar"
    if encoding != "raw":
        keyed("inspect", f"--{encoding}", frame.decode())


def test_refusals_say_why_and_exit_with_1(keyed: Command) -> None:
    frame = keyed.frame()
    cases = {
        "TAG_WRONG": (frame[:-1] + bytes([frame[-1] ^ 1]), ()),
        "TRUNCATED": (frame[:-1], ()),
        "TRAILING_BYTES": (frame + b"\0", ()),
        "TOO_OLD": (frame, ("--now", "9000000000000000")),
        "TOO_NEW": (frame, ("--now", "1970-01-01T00:00:01Z")),
        "NO_CLOCK": (frame, ("--now", "none")),
        "LEVEL_TOO_LOW": (frame, ("--level", "DIGITAL_SIGNATURE")),
    }
    for name, (offered, extra) in cases.items():
        done = keyed("validate", "--key", "k", *ABOUT, *extra, code=1, stdin=offered)
        assert name in done.stderr.decode()
        assert done.stdout == b""
    done = keyed("validate", "--key", "k", "--context", "topic:x", code=1, stdin=frame)
    assert b"TAG_WRONG" in done.stderr
    assert b"TRUNCATED" in keyed("inspect", code=1, stdin=frame[:9]).stderr


def test_state_remembers_from_call_to_call(keyed: Command) -> None:
    frame = keyed.frame()
    arguments = ("validate", "--key", "k", *ABOUT, "--state", "seen")
    keyed(*arguments, stdin=frame)
    assert b"REPLAYED" in keyed(*arguments, stdin=frame, code=1).stderr
    keyed(*arguments, stdin=keyed.frame())
    assert sorted(path.name for path in keyed.folder.iterdir()) == ["k", "seen"]


def test_detached_forms_streams_and_answers(keyed: Command) -> None:
    (keyed.folder / "message").write_bytes(b"untouched")
    form = keyed("seal", "--key", "k", *ABOUT, "--detached", "message").stdout
    beside = ("validate", "--key", "k", *ABOUT, "--beside", "message")
    assert keyed(*beside, stdin=form).stdout == b"untouched"
    assert keyed("inspect", "--beside", "message", stdin=form).stdout
    stream = keyed.frame("--stream")
    assert stream.endswith(b"\0")
    assert sw.StreamDecoder().feed(stream)[0]
    answer = ("--context", "response:valve:" + "00" * 32)
    frame = keyed("seal", "--key", "k", *answer, "--text", "done").stdout
    assert keyed("validate", "--key", "k", *answer, stdin=frame).stdout == b"done"


def test_levels_without_proof(run: Command) -> None:
    sender = str(sw.ModuleId.random())
    frame = run("seal", "--level", "3", "--sender", sender, *ABOUT, "--text", "tick").stdout
    check = ("validate", "--level", "TIMESTAMP", *ABOUT)
    assert run(*check, "--module", sender, stdin=frame).stdout == b"tick"
    assert b"UNKNOWN_SENDER" in run(*check, "--module", "new", stdin=frame, code=1).stderr


def test_signatures_need_the_public_part_only(run: Command) -> None:
    run(
        "keygen",
        "--kind",
        "p256",
        "--key-id",
        "0x10",
        "--sender",
        "new",
        "--group",
        "new",
        "--output",
        "k",
        "--public",
        "public",
    )
    frame = run.frame()
    done = run("validate", "--key", "public", *ABOUT, "--level", "5", stdin=frame)
    assert done.stdout == b"4.2 bar"
    assert "secret" not in json.loads((run.folder / "public").read_text())
    assert (
        b"public key doesn't seal"
        in run("seal", "--key", "public", *ABOUT, "--text", "x", code=2).stderr
    )


def test_keys_are_private_and_never_overwritten(keyed: Command) -> None:
    path = keyed.folder / "k"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    again = ("keygen", "--key-id", "1", "--sender", "new", "--receiver", "new", "--output")
    assert b"exists" in keyed(*again, "k", code=3).stderr
    (keyed.folder / "link").symlink_to("nowhere")
    keyed(*again, "link", code=3)
    assert path.read_bytes() == before
    assert not (keyed.folder / "nowhere").exists()
    keyed(*again, "new", "--kind", "p256", "--public", "k", code=3)
    assert not (keyed.folder / "new").exists()
    path.chmod(0o640)
    assert b"chmod 600" in keyed("seal", "--key", "k", *ABOUT, code=2).stderr


def test_arrays_for_firmware(keyed: Command) -> None:
    key = json.loads((keyed.folder / "k").read_text())
    c = keyed("keygen", "--from", "k", "--c").stdout.decode()
    assert "static const uint8_t sealwire_secret_00000001[32] = {" in c
    assert key["sender"] in c
    assert key["secret"] not in c
    stdin = (keyed.folder / "k").read_bytes()
    rust = keyed("keygen", "--from", "-", "--rust", stdin=stdin).stdout.decode()
    assert "pub const SEALWIRE_SECRET_00000001: [u8; 32] = [" in rust
    body = rust[rust.index("= [") :]
    numbers = bytes(
        int(part, 16) for part in body.replace("\n", "").strip("= [];").split(",") if part.strip()
    )
    secret = sw.PeerSecret.from_bytes(numbers)
    assert base64.b64encode(secret.secret_bytes()).decode() == key["secret"]
    assert b"no public part" in keyed("keygen", "--from", "k", "--c", "public", code=2).stderr
    keyed(
        "keygen",
        "--kind",
        "p256",
        "--key-id",
        "2",
        "--sender",
        "new",
        "--receiver",
        "new",
        "--rust",
        "public",
        "--output",
        "p",
    )


def test_inspect_explains_every_byte(keyed: Command) -> None:
    frame = keyed.frame("--now", "1763000000000000", "--nonce", "300")
    found = json.loads(keyed("inspect", "--json", stdin=frame).stdout)
    at = 0
    for field in found["fields"]:
        assert field["offset"] == at
        assert frame[at:].startswith(bytes.fromhex(field["bytes"]))
        at += len(bytes.fromhex(field["bytes"]))
    assert at == len(frame)
    assert (found["nonce"], found["timestamp"]) == (300, 1_763_000_000_000_000)
    table = keyed("inspect", stdin=frame).stdout.decode()
    for text in ("2025-11-13T02:13:20", "HMAC-SHA256", "4.2 bar", "unproven", "300"):
        assert text in table


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("seal",),
        ("seal", "--key", "k"),
        ("validate", "--now", "soon"),
        ("inspect", "--hex", "zz"),
        ("inspect", "--base64", "§"),
        ("seal", "--key", "k", "--context", "x"),
        ("keygen",),
        ("keygen", "--key-id", "1"),
        ("keygen", "--key-id", "-1"),
        ("keygen", "--key-id", str(1 << 32)),
        ("keygen", "--from", "k", "--key-id", "3"),
        ("keygen", "--key-id", "1", "--sender", "new", "--receiver", "zero"),
        ("keygen", "--key-id", "1", "--sender", "new", "--receiver", "new"),
        ("seal", "--level", "2", *ABOUT, "--text", "x"),
        ("seal", "--level", "4", *ABOUT, "--sender", "new"),
        ("validate", *ABOUT),
        ("validate", "--level", "5", "--module", "new", *ABOUT),
        ("validate", "--level", "2", *ABOUT),
        ("validate", "--key", "k", "--context", "topic:" + "x" * 256),
        ("validate", "--key", "k", "--past", "-1", *ABOUT),
        ("seal", "--key", "k", *ABOUT, "--nonce", "-1", "--text", "x"),
        ("seal", "--key", "k", *ABOUT, "--nonce", str(1 << 63), "--text", "x"),
    ],
)
def test_usage_exits_with_2(keyed: Command, arguments: tuple[str, ...]) -> None:
    assert keyed(*arguments, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("keygen", "--from", "k", "--output", "k"), "k exists already", 3),
        (("inspect", "missing"), "missing: No such file", 3),
        (("validate", "--key", "bad", *ABOUT), "key file bad: not JSON", 2),
        (("validate", *ABOUT), "level 4 HMAC needs --key", 2),
        (("validate", "--level", "3", *ABOUT), "--module ID", 2),
        (("seal", "--level", "5", "--sender", "new", *ABOUT), "needs --key", 2),
        (("seal", "--key", "k", *ABOUT, "--nonce", "-1"), "--nonce", 2),
        (("keygen", "--sender", "pump"), "UUID", 2),
    ],
)
def test_a_failure_names_what_and_says_what_to_do(
    keyed: Command, arguments: tuple[str, ...], says: str, code: int
) -> None:
    (keyed.folder / "bad").write_text("rubbish")
    told = keyed(*arguments, code=code, stdin=b"\x14").stderr.decode()
    assert says in told
    assert "Errno" not in told


def test_input_and_output_exit_with_3(keyed: Command) -> None:
    keyed("seal", "--key", "missing", *ABOUT, code=3)
    keyed("inspect", "missing", code=3)
    keyed("seal", "--key", "k", *ABOUT, "--text", "x", "--output", "no/such/folder", code=3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "{",
        "[" * 9000,
        '{"format": "sealwire-key-1"}',
        "x" * 5000,
        '{"format": "sealwire-key-1", "format": "sealwire-key-1"}',
        '{"format": "sealwire-key-1", "kind": ["hmac"]}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin1"),
    ],
)
def test_damaged_key_files_are_usage(run: Command, text: str) -> None:
    path = run.folder / "k"
    path.write_text(text)
    path.chmod(0o600)
    assert run("seal", "--key", "k", *ABOUT, code=2).stderr


def test_every_member_of_a_key_file_counts(keyed: Command) -> None:
    good = json.loads((keyed.folder / "k").read_text())
    wrong: list[dict[str, object]] = [
        {name: value for name, value in good.items() if name != gone} for gone in good
    ]
    wrong += [good | {name: None} for name in good]
    wrong += [
        good | {"note": "x"},
        good | {"group": good["receiver"]},
        good | {"key_id": True},
        good | {"key_id": 1 << 32},
        good | {"secret": good["secret"][:-4]},
        good | {"secret": "§"},
        good | {"algorithm": "ECDSA-P256"},
        good | {"counter_only": 1},
        good | {"sender": "x"},
    ]
    for members in wrong:
        (keyed.folder / "w").write_text(json.dumps(members))
        (keyed.folder / "w").chmod(0o600)
        assert keyed("seal", "--key", "w", *ABOUT, "--text", "x", code=2).stderr


def test_help_has_examples_and_the_version_is_the_packages(run: Command) -> None:
    for command in ((), ("keygen",), ("seal",), ("validate",), ("inspect",)):
        assert b"examples:" in run(*command, "--help").stdout
    assert run("--version").stdout.decode().split()[1] == sw.__version__


@pytest.mark.parametrize("command", [["-m", "sealwire"], ["-m", "sealwire.cli"]])
def test_it_is_a_program(keyed: Command, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *command, "keygen", "--from", "k"],
        cwd=keyed.folder,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(b"hmac, HMAC-SHA256, key 0x00000001")
    wrong = [sys.executable, *command, "inspect"]
    done = subprocess.run(wrong, input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"sealwire: refused: TRUNCATED")


def test_a_reader_that_leaves_is_no_traceback(keyed: Command) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "sealwire", "seal", "--key", "k", *ABOUT, "--text", "x" * 99_999],
        cwd=keyed.folder,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
