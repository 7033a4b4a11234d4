"""Sealwire a second time, from `core/PROTOCOL.md` and nothing of ours.

It decides nothing for users: it is slow, keeps secrets in ordinary memory and exists so that
vectors have two authors. Where the paper leaves something open, `READINGS.md` beside this
package says how it was read, and the code names the reading (R1, R2, ...).
"""

from .errors import NUMBERS, Refused
from .forms import Parsed, parse_attached, parse_detached, read_stream
from .keys import Key
from .metadata import Metadata
from .policy import ANYBODY, Rule
from .sealer import Sealer
from .validator import Accepted, Limits, Module, Offered, Requirement, Validator

__all__ = [
    "ANYBODY",
    "NUMBERS",
    "Accepted",
    "Key",
    "Limits",
    "Metadata",
    "Module",
    "Offered",
    "Parsed",
    "Refused",
    "Requirement",
    "Rule",
    "Sealer",
    "Validator",
    "parse_attached",
    "parse_detached",
    "read_stream",
]
