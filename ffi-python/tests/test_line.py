"""Claim: a module in Python or C gets its session of a granter in Python or C over one line, by a
secret and by a key, whichever packet gets lost; the bytes are the same.
"""

from __future__ import annotations

import functools
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sealwire as sw

TOP = Path(__file__).resolve().parents[2]
EXAMPLES = TOP / "ffi-python/examples/line"
IN_C = TOP / "ffi-c/examples"
PANEL = sw.ModuleId(b"panel-00000-0001")
SIDES = [("python", "python"), ("python", "c"), ("c", "python")]


@functools.cache
def in_c() -> Path:
    """The folder of the C examples, built against the static library."""
    if not shutil.which("cc") or not shutil.which("cargo"):
        pytest.skip("a C compiler and cargo are needed")
    folder = TOP / "target/line"
    folder.mkdir(parents=True, exist_ok=True)
    build = ["cargo", "build", "--locked", "-q", "-p", "sealwire-c", "--profile", "release-c"]
    subprocess.run(build, cwd=TOP, check=True, timeout=590)
    target = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release-c/libsealwire.a"
    for name in ("granter", "requester"):
        source, program = IN_C / f"{name}.c", folder / name
        flags = ["-std=c11", "-O1", f"-I{TOP / 'include'}", "-o", program]
        libraries = [target, "-lpthread", "-ldl", "-lm"]
        subprocess.run(["cc", source, *flags, *libraries], check=True, timeout=60)
    return folder


def command(language: str, name: str) -> list[str | Path]:
    return [in_c() / name] if language == "c" else [sys.executable, EXAMPLES / f"{name}.py"]


def wait_for_granter(line: socket.socket) -> None:
    """Until it answers a request: a challenge, for which it keeps nothing. The module's time-outs
    are for lost packets, not for a machine with much to do.
    """
    request = sw.Exchange().begin(
        own=sw.ModuleId.random(), granter=PANEL, secret=sw.PeerSecret.generate()
    )
    line.settimeout(60)
    line.sendall(sw.encode_stream(request))
    while not line.recv(512).endswith(b"\0"):
        pass
    line.settimeout(None)


def relay(ends: list[socket.socket], lose: int | None) -> None:
    """Hands packets on, but for the one with the number `lose`."""
    count, rest = 0, dict.fromkeys(ends, b"")
    while True:
        for end in select.select(ends, [], [])[0]:
            other = ends[1 - ends.index(end)]
            try:
                got = end.recv(4096)
                *packets, rest[end] = (rest[end] + got).split(b"\0")
                for packet in packets:
                    if count != lose:
                        other.sendall(packet + b"\0")
                    count += 1
            except OSError:
                got = b""
            if not got:
                for one in ends:
                    one.close()
                return


def talk(granter: str, requester: str, kind: str, lose: int | None = None) -> tuple[str, str]:
    """What granter and requester say while they talk."""
    lines = [socket.socketpair() for _ in range(2)]
    commands = [command(granter, "granter"), [*command(requester, "requester"), kind]]
    running = []
    for words, (own, end) in zip(commands, lines, strict=True):
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(words, stdin=end, stdout=end, stderr=pipe, text=True))
        end.close()
        if len(running) == 1:
            wait_for_granter(own)
    thread = threading.Thread(target=relay, args=([own for own, _ in lines], lose), daemon=True)
    thread.start()
    said = [one.communicate(timeout=60)[1] for one in reversed(running)]
    thread.join(10)
    assert [one.returncode for one in running] == [0, 0], said
    return said[1], said[0]


@pytest.mark.parametrize(("granter", "requester"), SIDES)
@pytest.mark.parametrize(("kind", "level"), [("secret", 4), ("key4", 4), ("key5", 5)])
def test_a_module_gets_its_session_and_renews_it(
    granter: str, requester: str, kind: str, level: int
) -> None:
    granted, asked = talk(granter, requester, kind)
    assert asked == f"level {level}, valve: open\n" * 2
    assert granted == f"granted level {level}\nconfirmed, level {level}: 4.2 bar\n" * 2


@pytest.mark.parametrize(("granter", "requester"), SIDES)
@pytest.mark.parametrize("number", range(6))
def test_any_packet_may_get_lost(granter: str, requester: str, number: int) -> None:
    granted, asked = talk(granter, requester, "secret", number)
    assert asked == "level 4, valve: open\n" * 2
    assert granted.count("confirmed, level 4: 4.2 bar\n") == 2
    assert granted.count("granted level 4\n") == 2
