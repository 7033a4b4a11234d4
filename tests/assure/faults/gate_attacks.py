"""Attacks on the gate of firmware-example: a group's member wants the motor to turn.

talk  what a member says on the channel for talk, accepted there
wish  a command that a member sealed under the group's key, on the channel for commands
"""

from __future__ import annotations

from frame_attacks import FrameTarget

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "gate_": {"talk": ("attack_packet",), "wish": ("attack_packet",)},
    "gate_planted_": {"talk": ("attack_careless",)},
}


class GateTarget(FrameTarget):
    def good(self) -> bytes:
        return self.frame(0)

    def bad(self, good: bytes) -> bytes:
        return self.frame(("talk", "wish").index(self.attack) + 1)
