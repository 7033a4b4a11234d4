"""The lines of an audit log: what binds each to all before it, and how their keys follow.

    line   = content (JSON, ASCII, one object) ‖ tab ‖ MAC in hexadecimal ‖ newline
    head 0 = 32 zeros
    head i = SHA-256("sealwire/1 audit head" ‖ head i-1 ‖ content i)
    MAC i  = HMAC-SHA256(key i, "sealwire/1 audit line" ‖ head i)
    key i+1 = SHA-256("sealwire/1 audit next key" ‖ key i); key i is then forgotten

So whoever takes the current key can't make a MAC of an earlier line: forward security by key
evolution (Bellare and Yee 1997, "Forward integrity for secure audit logs"; Schneier and Kelsey
1999, "Secure audit logs to support computer forensics", §4). The heads need no key: a signature
over one says what all lines up to it are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

__all__ = ["FORMAT", "MAX_LINE", "LineKey", "content_of", "next_head", "split"]

FORMAT = "sealwire-audit-1"
MAX_LINE = 65_536
"""No line is longer, in bytes, with its MAC."""
MAC_DIGITS = 64
HEAD_0 = bytes(32)
_HEAD, _LINE, _NEXT = (f"sealwire/1 audit {what}".encode() for what in ("head", "line", "next key"))


class LineKey:
    """The key of the next line. The one before is overwritten; no copy, no `repr` of it."""

    def __init__(self, first: bytes) -> None:
        self._key = bytearray(first)

    def mac(self, head: bytes) -> str:
        """The MAC of the line with this head, in hexadecimal."""
        return hmac.new(self._key, _LINE + head, hashlib.sha256).hexdigest()

    def advance(self) -> None:
        """Goes on to the next line's key."""
        following = hashlib.sha256(_NEXT)
        following.update(self._key)
        self._key[:] = following.digest()

    def wipe(self) -> None:
        """Forgets the key."""
        self._key[:] = bytes(len(self._key))

    def __repr__(self) -> str:
        return "LineKey(...)"

    def __reduce__(self) -> Any:
        raise TypeError("a LineKey is not copied")


def next_head(head: bytes, content: bytes) -> bytes:
    """The head after a line with this content."""
    return hashlib.sha256(_HEAD + head + content).digest()


def content_of(members: dict[str, Any]) -> bytes:
    """A line's content."""
    return json.dumps(members, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def split(line: bytes) -> tuple[bytes, str] | None:
    """Content and MAC of a line without its newline; None if it isn't one."""
    content, tab, mac = line.rpartition(b"\t")
    if not tab or len(mac) != MAC_DIGITS or not mac.isascii() or b"\t" in content:
        return None
    return content, mac.decode()


def tail(data: bytes) -> dict[str, Any]:
    """Where a file stands, unproven: its log's ID, complete lines, head, bytes after them."""
    *lines, rest = data.split(b"\n")
    head, log = HEAD_0, None
    for at, line in enumerate(lines):
        parts = split(line)
        content = line if parts is None else parts[0]
        head = next_head(head, content)
        if at == 0:
            log = _member(content, "log")
    return {"log": log, "count": len(lines), "head": head.hex(), "torn": len(rest)}


def _member(content: bytes, name: str) -> str | None:
    try:
        value = json.loads(content)[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return value if isinstance(value, str) else None
