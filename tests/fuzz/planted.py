"""One bug for each fuzz target: what finds none of these would find nothing.

Decides: a bug is a text in a file and what stands there instead, in a copy of the tree under
target/fuzz/planted; a text that is no longer there ends the run. A target has found its bug if its
report shows what the bug leads to.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "target/fuzz/planted"
LEFT_OUT = shutil.ignore_patterns("target", "dist", ".*", "__pycache__", "corpus")


@dataclass(frozen=True)
class Bug:
    file: str
    right: str
    wrong: str
    shows: str  # a regular expression over the report


BUGS = {
    # A payload of five bytes can't be read beside its form.
    "frame": Bug(
        "core/src/wire/frame.rs",
        "if payload.len() != metadata.payload_len()",
        "if payload.len() != metadata.payload_len() || payload.len() == 5",
        "LengthMismatch",
    ),
    # The last four bytes of a long tag don't count.
    "mutated": Bug(
        "core/src/crypto/sha256.rs",
        "    let difference = state\n        .iter()\n",
        "    let difference = state\n        .iter()\n        .take(7)\n",
        r"mutated\.rs",
    ),
    # No zero behind a block of two bytes.
    "stream": Bug(
        "core/src/wire/cobs.rs",
        "self.zero_due = code != u8::MAX",
        "self.zero_due = code != 3",
        r"stream\.rs",
    ),
    # Each save moves the floor.
    "state": Bug(
        "core/src/saved.rs",
        "floor: self.floor.as_micros(),",
        "floor: self.floor.as_micros() + 1,",
        r"state\.rs",
    ),
    # A known root's signature isn't looked at.
    "burst": Bug(
        "core/src/burst.rs", "    hasher.update(signature.as_bytes());\n", "", r"burst\.rs"
    ),
    # One nonce of 64 may come again.
    "window": Bug(
        "core/src/replay.rs",
        "word & mask_of(nonce) != 0",
        "word & mask_of(nonce) != 0 && nonce & 63 != 17",
        r"window\.rs",
    ),
    # A list may have other entries than it says.
    "chain": Bug(
        "core/src/x509/revocation.rs",
        "!rest.is_empty() || entries.len() != count",
        "entries.len() != count",
        r"chain\.rs",
    ),
    # A secret's proof is not looked at.
    "access": Bug(
        "core/src/access/grant.rs",
        "if !fits(&schedule::proof_key(&early, &transcript)) {",
        "if false && !fits(&schedule::proof_key(&early, &transcript)) {",
        "nobody made this proof|only says who he is",
    ),
    # A chain of somebody else's is as good as the asker's own.
    "access_chains": Bug(
        "core/src/access/certified.rs",
        "if checked.module() == peer { Ok(checked) }",
        "if true || checked.module() == peer { Ok(checked) }",
        "only says who he is|no grant of the granter's",
    ),
    # A token outlives its session.
    "tokens": Bug(
        "core/src/access/tokens.rs",
        "ct::eq(&slot.hash, &hash) && !slot.is_over(tick)",
        "ct::eq(&slot.hash, &hash)",
        r"tokens\.rs",
    ),
    # A long input is read one byte too far.
    "c_abi": Bug(
        "ffi-c/src/raw.rs",
        "core::slice::from_raw_parts(self.pointer, self.len)",
        "core::slice::from_raw_parts(self.pointer, self.len + usize::from(self.len > 60))",
        "heap-buffer-overflow",
    ),
}


def plant() -> Path:
    """The folder of the fuzz targets in a copy of the tree that has all the bugs."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT, COPY, ignore=LEFT_OUT)
    for target, bug in BUGS.items():
        file = COPY / bug.file
        text = file.read_text(encoding="utf-8")
        if text.count(bug.right) != 1:
            raise SystemExit(f"planted.py: {bug.file} has the text for {target} not once")
        file.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")
    return COPY / "tests/fuzz"
