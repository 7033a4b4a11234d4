"""What a validator accepted and refused: counters, and the last events.

Two lists, so that noise on the line never displaces what matters: `unproven` holds refusals that
anybody can cause (steps 1 to 6), `proven` those of frames whose tag verified (steps 7 and 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealwire.errors import ErrorCode
from sealwire.levels import Level

if TYPE_CHECKING:
    from sealwire._native import Rejection

__all__ = ["Audit", "AuditEvent"]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A refusal, when, and how often in a row."""

    rejection: Rejection
    """The first of those that are folded into this one."""
    at: int
    """The highest time that the validator knew at the last of them, in µs since 1970."""
    repeats: int
    """How many."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A snapshot. Counters stop at 2**32 - 1."""

    accepted: Mapping[Level, int]
    """Frames accepted, for every level."""
    refused: Mapping[ErrorCode, int]
    """Frames refused, for every reason that occurred."""
    unproven: tuple[AuditEvent, ...]
    """The last refusals that anybody can cause. Newest first."""
    proven: tuple[AuditEvent, ...]
    """The last refusals of frames whose tag verified. Newest first."""


def snapshot(
    accepted: Mapping[Level, int],
    refused: Mapping[ErrorCode, int],
    unproven: Iterable[tuple[Rejection, int, int]],
    proven: Iterable[tuple[Rejection, int, int]],
) -> Audit:
    """An `Audit` of what the extension module counted."""
    return Audit(
        accepted,
        refused,
        tuple(AuditEvent(*event) for event in unproven),
        tuple(AuditEvent(*event) for event in proven),
    )
