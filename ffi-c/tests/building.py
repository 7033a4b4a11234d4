"""What the C tests share: the library as it is installed, compilers, and running programs."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
EXAMPLES = ROOT / "ffi-c/examples"
TESTS = ROOT / "ffi-c/tests"
# Two examples that need each other; all others run by themselves.
PAIR = ("granter", "requester")
ALONE = sorted(path.stem for path in EXAMPLES.glob("*.c") if path.stem not in PAIR)
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
# A field that isn't named is zero, which is what the header asks for.
ZEROED = "-Wno-missing-field-initializers"


def run(*command: str | Path, timeout: float = 120, **keywords: object) -> str:
    """Standard output of a command that must succeed; all of its output if it doesn't."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
        **keywords,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}"
    return str(done.stdout)


@functools.cache
def library() -> Path:
    """The folder with the static and the shared library, built as `make install` builds them."""
    cargo = ("cargo", "build", "--locked", "-q", "-p", "sealwire-c")
    run(*cargo, "--profile", "release-c", "--features", "freestanding", cwd=ROOT, timeout=590)
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release-c"
    # A copy: another part may build the library with other features meanwhile.
    folder = ROOT / "target/c/host"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("libsealwire.a", "libsealwire.so"):
        shutil.copy2(built / name, folder / name)
    return folder


def need(program: str) -> str:
    """The program's path; the test is skipped where it isn't there."""
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} isn't here")
    return path


def talk(
    granter: Path,
    requester: Path,
    kind: str,
    lose: int | None = None,
    env: dict[str, str] | None = None,
) -> tuple[str, str]:
    """What granter and requester say while they talk to each other on a line that loses the
    packet with the number `lose`."""
    ends = [socket.socketpair() for _ in range(2)]
    relay = threading.Thread(target=_relay, args=([own for own, _ in ends], lose), daemon=True)
    programs, pipe = [], subprocess.PIPE
    for command, (_, theirs) in zip(([granter], [requester, kind]), ends, strict=True):
        pipe = subprocess.PIPE
        one = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=pipe, text=True, env=env
        )
        theirs.close()
        programs.append(one)
    relay.start()
    said = [one.communicate(timeout=30)[1] for one in reversed(programs)]
    assert [one.returncode for one in programs] == [0, 0], said
    relay.join(5)
    return said[1], said[0]


def _relay(ends: list[socket.socket], lose: int | None) -> None:
    count, rest = 0, dict.fromkeys(ends, b"")
    while True:
        for end in select.select(ends, [], [])[0]:
            try:
                got = end.recv(4096)
            except OSError:
                got = b""
            if not got:
                for one in ends:
                    one.close()
                return
            *packets, rest[end] = (rest[end] + got).split(b"\0")
            for packet in packets:
                if count != lose:
                    with contextlib.suppress(OSError):  # who isn't there any more
                        ends[1 - ends.index(end)].sendall(packet + b"\0")
                count += 1
