"""Reads audit logs as their auditor: is every line as it was written, is one missing, who signed.

What it accepts and only reports: a file that doesn't end with an `end` line (its module still runs,
was killed, or lines were cut off after what the report names), and half a line at such an end.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealwire import audit_chain, audit_keys
from sealwire.audit_chain import HEAD_0, LineKey, next_head
from sealwire.audit_keys import PrivateKey, PublicKey, StrPath
from sealwire.errors import ErrorCode, SignatureValidationError, UnauthenticatedError

__all__ = ["AuditLogError", "FileReport", "verify"]


class AuditLogError(SignatureValidationError, UnauthenticatedError):
    """TAG_WRONG or SIGNATURE_WRONG: an audit log isn't as it was written.

    Attributes:
        path: the file.
        line: the first line that doesn't fit, from 1; 0 if it's the file as a whole.
        why: what is wrong with it.
    """

    def __init__(self, code: ErrorCode, path: Path, line: int, why: str) -> None:
        super().__init__(code, f"{path}, line {line}: {why}" if line else f"{path}: {why}")
        self.path, self.line, self.why = path, line, why


@dataclass(slots=True)
class FileReport:
    """What is known of one file."""

    path: str
    log: str = ""
    module: str = ""
    lines: int = 0
    """Complete lines, all with a MAC that fits."""
    signed: int = 0
    """Up to this line the module's signature vouches for it."""
    head: str = ""
    """After the last line, in hexadecimal."""
    ended: str | None = None
    """"closed" or "rotated"; None if there is no end."""
    torn: int = 0
    """Bytes of half a line after the last one."""
    first_time: int = 0
    last_time: int = 0
    previous: dict[str, Any] | None = None
    """What the file says of the one before it."""
    heads: list[bytes] = field(default_factory=list, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without `heads`."""
        names = [name for name in self.__slots__ if name != "heads"]
        return {name: getattr(self, name) for name in names}


def verify(
    paths: Sequence[StrPath],
    auditor: PrivateKey,
    signer: PublicKey,
    *,
    seen: Mapping[str, tuple[int, str]] | None = None,
) -> list[FileReport]:
    """Checks files of one log, in their order.

    Args:
        paths: the files, the oldest first; `audit_log.parts` finds them.
        auditor: the key for which they were sealed.
        signer: the module's public key, from elsewhere than the log.
        seen: what was verified before: of each log's ID how many lines, and the head after them.

    Raises:
        AuditLogError: the first thing that is wrong.
        OSError: a file can't be read.
    """
    reports: list[FileReport] = []
    for path in map(Path, paths):
        report = _File(path, auditor, signer).read()
        if reports:
            _follows(reports[-1], report, path)
        reports.append(report)
    for log, (count, head) in (seen or {}).items():
        _still_there(reports, log, count, head)
    return reports


def _follows(before: FileReport, report: FileReport, path: Path) -> None:
    stands = {"log": before.log, "count": before.lines, "head": before.head, "torn": before.torn}
    if report.previous != stands:
        why = f"it doesn't follow {before.path} as that is now: lines or files are missing"
        raise AuditLogError(ErrorCode.TAG_WRONG, path, 1, why)


def _still_there(reports: list[FileReport], log: str, count: int, head: str) -> None:
    for report in reports:
        if report.log == log:
            path = Path(report.path)
            if report.lines < count:
                why = f"{count} lines were seen before, {report.lines} are left"
                raise AuditLogError(ErrorCode.TAG_WRONG, path, 0, why)
            if count and report.heads[count - 1].hex() != head:
                raise AuditLogError(ErrorCode.TAG_WRONG, path, count, "another one was seen before")
            return
    why = f"the log {log}, which was seen before, is not among the files"
    raise AuditLogError(ErrorCode.TAG_WRONG, Path(reports[-1].path if reports else "."), 0, why)


class _File:
    """One file on its way through the check."""

    def __init__(self, path: Path, auditor: PrivateKey, signer: PublicKey) -> None:
        self.path, self.auditor, self.signer = path, auditor, signer
        self.report = FileReport(str(path))
        self.head = HEAD_0
        self.ends_at = 0
        self.at = 0

    def read(self) -> FileReport:
        """All of it."""
        *lines, rest = self.path.read_bytes().split(b"\n")
        if not lines:
            raise self.wrong("it has no complete line")
        for self.at, line in enumerate(lines, 1):
            parts = audit_chain.split(line)
            if parts is None or len(line) >= audit_chain.MAX_LINE:
                raise self.wrong("not a line of an audit log: it was changed")
            self.take(*parts)
        report = self.report
        if self.ends_at and (rest or len(lines) == self.ends_at):
            self.at = self.ends_at + 1
            raise self.wrong("what follows the end isn't its signature")
        if report.signed == 0:
            raise self.wrong("nothing is signed", ErrorCode.SIGNATURE_WRONG)
        report.lines, report.head, report.torn = len(lines), self.head.hex(), len(rest)
        return report

    def take(self, content: bytes, mac: str) -> None:
        """The next line: its MAC first, and only then what it says."""
        if self.at == 1:
            self.key = LineKey(self.first_key(self.members(content)))
        before, self.head = self.head, next_head(self.head, content)
        if not hmac.compare_digest(mac, self.key.mac(self.head)):
            raise self.wrong(self.guess(content))
        self.key.advance()
        members = self.members(content)
        if members.get("n") != self.at:
            raise self.wrong("it has another number")
        kind = members.get("kind")
        if (kind == "open") != (self.at == 1):
            raise self.wrong("a log begins with the line 'open', and once")
        if self.ends_at and (self.at != self.ends_at + 1 or kind != "signature"):
            raise self.wrong("it stands after the end")
        if kind == "signature":
            self.check(members, before)
        if kind == "end":
            self.ends_at, self.report.ended = self.at, str(members.get("why"))
        self.report.heads.append(self.head)
        moment = members.get("t")
        if not isinstance(moment, int):
            raise self.wrong("it has no time")
        self.report.last_time = moment
        self.report.first_time = self.report.first_time or self.report.last_time

    def first_key(self, members: dict[str, Any]) -> bytes:
        """The key of the first line, from its seal."""
        if members.get("format") != audit_chain.FORMAT:
            raise self.wrong(f"not of the format {audit_chain.FORMAT}")
        try:
            log = uuid.UUID(members["log"])
            sealed = base64.b64decode(members["sealed"], validate=True)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self.wrong("it has no ID or no sealed key") from None
        key = audit_keys.unseal(sealed, self.auditor, log.bytes)
        if key is None:
            raise self.wrong("its key isn't sealed for this auditor, or was changed")
        self.log = log.bytes
        self.report.log, self.report.module = str(log), str(members.get("module"))
        self.report.previous = members.get("previous")
        return key

    def check(self, members: dict[str, Any], head: bytes) -> None:
        """A signature over all lines before this one."""
        try:
            signature = base64.b64decode(members["signature"], validate=True)
        except (KeyError, TypeError, binascii.Error, ValueError):
            signature = b""
        message = audit_keys.signed(self.log, self.at - 1, head)
        if not audit_keys.is_signed(self.signer, signature, message):
            why = "not the signature of this module's key"
            raise self.wrong(why, ErrorCode.SIGNATURE_WRONG)
        self.report.signed = self.at - 1

    def guess(self, content: bytes) -> str:
        """Why a MAC doesn't fit, as far as the line's own word goes."""
        try:
            number = json.loads(content)["n"]
        except (ValueError, KeyError, TypeError, RecursionError):
            number = None
        if isinstance(number, int) and number != self.at:
            return f"the line numbered {number} stands here: lines are missing or moved"
        return "it was changed, or one before it"

    def members(self, content: bytes) -> dict[str, Any]:
        """What a line says."""
        try:
            members = json.loads(content)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise self.wrong("not a line of an audit log: it was changed")
        return members

    def wrong(self, why: str, code: ErrorCode = ErrorCode.TAG_WRONG) -> AuditLogError:
        """What is wrong, and in which line."""
        return AuditLogError(code, self.path, self.at, why)
