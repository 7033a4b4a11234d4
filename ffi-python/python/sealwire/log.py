"""The logger `sealwire`: refusals, as warnings, so many a second for each validator.

What is logged of a frame is its reason and what it claimed; never its payload. How often is
decided before this module is called, by `Validator(log_per_second=...)`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealwire._native import Rejection

__all__ = ["logger"]

logger = logging.getLogger("sealwire")
"""The logger. It has no handler of its own."""


def refused(rejection: Rejection, suppressed: int) -> None:
    """Logs a refusal, and how many were not logged since the last one."""
    if not logger.isEnabledFor(logging.WARNING):
        return
    claimed = ""
    if rejection.key_id is not None:
        claimed = f", claimed key {rejection.key_id:#010x}"
    elif rejection.sender is not None:
        claimed = f", claimed sender {rejection.sender}"
    more = f"; {suppressed} more were not logged" if suppressed else ""
    logger.warning(
        "refused at step %d: %s: %s%s%s",
        rejection.step,
        rejection.name,
        rejection.sentence,
        claimed,
        more,
    )
