"""Step 8: may this role do this in this context. The first rule that fits allows."""

from dataclasses import dataclass

from .errors import Refused

ANYBODY = "any"


@dataclass(frozen=True)
class Rule:
    """Who (None: any role) may do what (None: any kind) where (a name, or all that begin so)."""

    role: int | None
    kind: int | None
    name: bytes
    prefix: bool = False

    def fits(self, role: int, kind: int, name: bytes) -> bool:
        """Whether this rule allows it."""
        return (
            self.role in (None, role)
            and self.kind in (None, kind)
            and (name.startswith(self.name) if self.prefix else name == self.name)
        )


def decide(policy: object, role: int, kind: int, name: bytes) -> None:
    """Refuses unless the policy is ANYBODY or one of its rules fits."""
    if policy is None:
        raise Refused("POLICY_MISSING")
    if policy != ANYBODY and not any(rule.fits(role, kind, name) for rule in policy):
        raise Refused("POLICY_REFUSED")
