"""What every tool shares: where the tree is, a lock between processes, a way to say 'can't'.

Decides: tools keep all they make under `target/`; a thing that is missing ends a tool with
exit code 77 and one line that says what to run, so that the runner can report it as skipped.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target"
SKIP = 77


class MissingError(Exception):
    """Something is not on this machine; the text is the one line to show."""


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock `name` of this tree, so that parallel runs make a thing only once."""
    TARGET.mkdir(exist_ok=True)
    with (TARGET / f".lock-{name}").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def output(command: Sequence[str | Path], timeout: float = 120) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise MissingError(f"{command[0]} failed: {lines[-1] if lines else done.returncode}")
    return done.stdout


def printed(
    command: Sequence[str | Path],
    environment: dict[str, str] | None = None,
    where: Path = ROOT,
    text: str | None = None,
) -> str:
    """What a command prints that is part of a check: a failure is the check's, never a skip."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=where,
        env=environment,
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} left with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def say(text: str) -> None:
    """A progress line: on stderr, since stdout belongs to what was asked for."""
    print(text, file=sys.stderr, flush=True)


def has(program: str) -> bool:
    return shutil.which(program) is not None


def skip(error: MissingError) -> int:
    say(str(error))
    return SKIP
