"""An audit log in which a changed, removed or cut line shows; for the auditor, not for the module.

    log = AuditLog("audit.log", module=PUMP, key=signing_key, auditor=load_public("auditor.pub"))
    logging.getLogger("sealwire").addHandler(AuditHandler(log))

Every line has a MAC under a key that is then replaced by its hash (`sealwire.audit_chain`). The
first key of each file is sealed for the auditor (`sealwire.audit_keys`); the log keeps only the
current one, in memory. Count and head are signed with the module's key at the beginning, every so
many lines or seconds, and at the end. `sealwire audit verify` reads it.

What it can't show: what was never written; lines after the last signature, cut off before anybody
saw them; lines by somebody who has the current key and goes on from there; a whole history written
anew by somebody who has the module's signing key, unless the auditor has seen the old one.

Needs pyca/cryptography: `pip install 'sealwire[pki]'`. POSIX only.
"""

from __future__ import annotations

import base64
import fcntl
import logging
import os
import re
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from sealwire import audit_chain, audit_keys
from sealwire._native import ModuleId, SigningKey, now
from sealwire.audit_chain import HEAD_0, MAX_LINE, LineKey
from sealwire.audit_keys import PrivateKey, PublicKey, StrPath, load_private, load_public
from sealwire.errors import ErrorCode, MisuseError

__all__ = ["AuditHandler", "AuditLog", "load_private", "load_public", "parts"]

SIGN_LINES, SIGN_SECONDS = 64, 60.0
MAX_BYTES = 16 << 20
_MAX_TEXT = 8_192
_NUMBERED = re.compile(r"\.(\d{6,})")


class AuditLog:
    """Writes one log. Threads may share it; a process that was forked may not go on with it.

    What was there at `path` is kept, as `path.000001` and so on, and the new file names its end.
    """

    def __init__(
        self,
        path: StrPath,
        *,
        module: ModuleId,
        key: SigningKey | PrivateKey,
        auditor: PublicKey,
        sign_lines: int = SIGN_LINES,
        sign_seconds: float = SIGN_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Opens a log.

        Args:
            path: where the current file is; mode 0600.
            module: whose log it is.
            key: the module's P-256 key, which signs.
            auditor: for whom the first key is sealed.
            sign_lines: a signature at least after so many lines.
            sign_seconds: and before the next line, if the last one is older than this. No thread
                runs for it: a log to which nothing is written is not signed anew.
            max_bytes: a file that is longer is ended, and the next one begun.

        Raises:
            OSError: it can't be written; BlockingIOError if another process writes it.
            MisuseError: INVALID_ARGUMENT.
        """
        if sign_lines < 1 or sign_seconds <= 0 or max_bytes < MAX_LINE:
            detail = f"a signature at least every line and second; files of {MAX_LINE} bytes"
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, detail)
        self._path, self._module = Path(path), module
        self._signer, self._auditor = audit_keys.private(key), auditor
        self._sign_lines, self._sign_seconds = sign_lines, sign_seconds
        self._max_bytes = max_bytes
        self._lock, self._pid = threading.RLock(), os.getpid()
        self._file, self._size = -1, 0
        self._is_broken = self._is_closed = False
        self._begin(self._put_away())

    @property
    def count(self) -> int:
        """Lines in the current file."""
        return self._count

    def append(self, event: str, **data: Any) -> None:
        """Writes a line. It has reached the system when this returns, the disk with a signature.

        Args:
            event: what happened.
            data: more of it, for JSON.

        Raises:
            OSError: it can't be written, or not signed; no half line is left.
            MisuseError: INVALID_ARGUMENT, too long, or not for JSON; INVALID_STATE after `close`
                or a fork.
        """
        with self._lock:
            self._check()
            if self._size >= self._max_bytes:
                self._end("rotated")
                self._begin(self._put_away())
            elif self._file < 0:
                self._begin(self._put_away())
            self._write("event", {"event": event, **({"data": data} if data else {})})
            is_due = time.monotonic() - self._signed_at >= self._sign_seconds
            if is_due or self._count - self._signed_count >= self._sign_lines:
                self._sign()

    def sign(self) -> None:
        """Signs now, and waits for the disk. Raises as `append`."""
        with self._lock:
            self._check()
            if self._file >= 0:
                self._sign()

    def close(self) -> None:
        """Ends the log: a file that ends otherwise was cut, or its process killed."""
        with self._lock:
            if self._is_closed or os.getpid() != self._pid:
                return
            self._is_closed = True
            if self._file >= 0:
                try:
                    self._end("closed")
                finally:
                    self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("an AuditLog is not copied")

    def _check(self) -> None:
        if self._is_closed or self._is_broken or os.getpid() != self._pid:
            detail = "the audit log was closed, broken off, or belongs to another process"
            raise MisuseError(ErrorCode.INVALID_STATE, detail)

    def _put_away(self) -> dict[str, Any] | None:
        """Moves what is at the path aside; gives what the next file says of the one before."""
        before = [one for _, one in sorted(_numbered(self._path))]
        last = int(before[-1].suffix[1:]) if before else 0
        try:
            handle = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return audit_chain.tail(before[-1].read_bytes()) if before else None
        with os.fdopen(handle, "rb") as file:
            if self._file < 0:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            previous = audit_chain.tail(file.read())
            self._path.rename(f"{self._path}.{last + 1:06d}")
        if self._file >= 0:
            self._leave()
        return previous

    def _begin(self, previous: dict[str, Any] | None) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        self._file = os.open(self._path, flags, 0o600)
        self._log = uuid.uuid4()
        first = os.urandom(audit_keys.KEY_BYTES)
        sealed = audit_keys.seal(first, self._auditor, self._log.bytes)
        self._key, self._head = LineKey(first), HEAD_0
        self._count = self._size = 0
        about = {
            "format": audit_chain.FORMAT,
            "log": str(self._log),
            "module": str(self._module),
            "signer": audit_keys.fingerprint(self._signer.public_key()),
            "auditor": audit_keys.fingerprint(self._auditor),
            "sealed": base64.b64encode(sealed).decode(),
            "previous": previous,
        }
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write("open", about)
            self._sign()
        except OSError:
            # Nothing is in it yet; the next line tries again.
            self._path.unlink()
            self._leave()
            raise

    def _sign(self) -> None:
        message = audit_keys.signed(self._log.bytes, self._count, self._head)
        signature = base64.b64encode(audit_keys.sign(self._signer, message)).decode()
        self._write("signature", {"signature": signature})
        os.fsync(self._file)
        self._signed_count, self._signed_at = self._count, time.monotonic()

    def _end(self, why: str) -> None:
        self._write("end", {"why": why})
        self._sign()

    def _leave(self) -> None:
        self._key.wipe()
        os.close(self._file)
        self._file, self._size = -1, 0

    def _write(self, kind: str, members: dict[str, Any]) -> None:
        try:
            content = audit_chain.content_of(
                {"n": self._count + 1, "t": now(), "kind": kind} | members
            )
        except (TypeError, ValueError, RecursionError) as error:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, f"not for JSON: {error}") from None
        head = audit_chain.next_head(self._head, content)
        line = content + b"\t" + self._key.mac(head).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise MisuseError(ErrorCode.INVALID_ARGUMENT, f"a line has at most {MAX_LINE} bytes")
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            # Half a line would spoil all after it.
            self._is_broken = True
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
                self._is_broken = False
            raise
        self._key.advance()
        self._head, self._count, self._size = head, self._count + 1, self._size + len(line)


class AuditHandler(logging.Handler):
    """Writes what a logger says into an `AuditLog`.

    Like every handler it raises nothing: what could not be written is counted, and the next line
    that can be says how many are missing.
    """

    def __init__(self, log: AuditLog, level: int = logging.NOTSET) -> None:
        """Of records from `level` on."""
        super().__init__(level)
        self.log = log
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record: logger, level and text, at most 8,192 characters of it."""
        try:
            text = record.getMessage()
            more = {"cut": len(text)} if len(text) > _MAX_TEXT else {}
            more |= {"lost": self.lost} if self.lost else {}
            self.log.append(text[:_MAX_TEXT], logger=record.name, level=record.levelname, **more)
            self.lost = 0
        except Exception:  # a logger must not end the program
            self.lost += 1
            self.handleError(record)


def parts(path: StrPath) -> list[Path]:
    """The files of a log in their order: those put aside, then the current one."""
    current = Path(path)
    found = [one for _, one in sorted(_numbered(current))]
    return [*found, current] if current.exists() or not found else found


def _numbered(path: Path) -> list[tuple[int, Path]]:
    found = []
    for one in path.parent.iterdir():
        rest = one.name.removeprefix(path.name)
        if rest != one.name and (match := _NUMBERED.fullmatch(rest)):
            found.append((int(match[1]), one))
    return found
