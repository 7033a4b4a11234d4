#!/usr/bin/env python3
"""Writes python/sealwire/codes.py from the one table of errors, in core/src/error.rs.

make_codes.py            writes it
make_codes.py --check    writes nothing; ends with 1 if it isn't what would be written
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent / "core/src/error.rs"
CODES = HERE / "python/sealwire/codes.py"
ROW = re.compile(r'^    (?P<number>\d{3,4}) \w+ "(?P<name>[A-Z0-9_]+)" \w+ ".*"$', re.MULTILINE)
HEAD = '''"""Why something is refused. Written by make_codes.py from the core's table."""

from __future__ import annotations

from enum import IntEnum

from sealwire import _native

__all__ = ["ErrorCode"]


class ErrorCode(IntEnum):
    """The reasons. Numbers never change; hundreds are areas. `sentence` says what each means."""

'''
TAIL = '''
    @property
    def kind(self) -> str:
        """The class: malformed, stale, unauthenticated, forbidden, unavailable or misuse."""
        return _TABLE[self][0]

    @property
    def sentence(self) -> str:
        """One sentence for a person."""
        return _TABLE[self][1]


_TABLE = {number: (kind, sentence) for number, _, kind, sentence in _native.ERRORS}
'''


def text() -> str:
    rows = list(ROW.finditer(TABLE.read_text(encoding="utf-8")))
    members = [f"    {row['name']} = {row['number']}\n" for row in rows]
    return HEAD + "".join(members) + TAIL


def main() -> int:
    if "--check" in sys.argv[1:]:
        if CODES.read_text(encoding="utf-8") != text():
            print(f"{CODES.name} is out of date; run: ffi-python/make_codes.py", file=sys.stderr)
            return 1
        return 0
    CODES.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
