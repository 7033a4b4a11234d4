"""Files that are there whole or not at all, and folders that only their owner enters.

A file is written beside its place, brought to the disk and then renamed: whoever looks, and
whoever comes back after a crash, finds the old one or the new one. What a killed process left has
names of its own and goes when the folder is locked next.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sealwire.errors import ErrorCode, MisuseError

PRIVATE_FILE, PUBLIC_FILE, PRIVATE_FOLDER = 0o600, 0o644, 0o700
_LEFT = re.compile(r"\.sealwire-[0-9a-f]{16}\.new")


def _beside(path: Path) -> Path:
    """A new name in the same folder, which `locked` knows as nobody's when it stays."""
    return path.parent / f".sealwire-{secrets.token_hex(8)}.new"


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Puts `data` in the place of what is at `path`, with exactly this mode.

    Raises:
        OSError: what was at `path` is still there.
    """
    beside = _beside(path)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    sync_folder(path.parent)


def point(link: Path, target: str) -> None:
    """Lets a symbolic link point elsewhere, in one step.

    Raises:
        OSError: it points to where it did.
    """
    beside = _beside(link)
    os.symlink(target, beside)
    try:
        os.replace(beside, link)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    sync_folder(link.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to be filled, which is at `path` when all is in it, mode 0700.

    Raises:
        FileExistsError: there is something at `path`.
        OSError: there is nothing at `path`.
    """
    if path.is_symlink() or path.exists():
        raise FileExistsError(f"{path} is there already")
    beside = _beside(path)
    os.mkdir(beside, PRIVATE_FOLDER)
    try:
        yield beside
        sync_folder(beside)
        # An empty folder that came meanwhile is replaced, a filled one refuses.
        os.rename(beside, path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    sync_folder(path.parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other processes that change this folder out, and clears what a killed one left.

    Raises:
        OSError: there is no such folder.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _clear(folder)
        for inside in folder.iterdir():
            if inside.is_dir() and not inside.is_symlink():
                _clear(inside)
        yield
    finally:
        os.close(handle)


def _clear(folder: Path) -> None:
    """Removes what was to be renamed and never was."""
    for left in folder.iterdir():
        if not _LEFT.fullmatch(left.name):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may do anything with it."""
    return os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077


def read_private(path: Path) -> bytes:
    """A file that others than its owner may not use.

    Raises:
        OSError: it can't be read.
        MisuseError: INVALID_ARGUMENT if others may.
    """
    with path.open("rb") as file:
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise MisuseError(
                ErrorCode.INVALID_ARGUMENT,
                f"others than the owner may use it; run: chmod 600 {path}",
            )
        return file.read()
