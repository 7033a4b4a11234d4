"""What was accepted before (PROTOCOL.md §7): the window of a counter and the cache of pairs.

Both as plain sets: what they accept is the definition, not how they store it.
"""

from dataclasses import dataclass, field

from .errors import Refused

WIDTH = 512
NONCE_LIMIT = 2**63


@dataclass
class Window:
    """One key's counter: the highest nonce and which of the 512 up to it were taken."""

    highest: int = 0
    taken: set[int] = field(default_factory=set)

    def check(self, nonce: int) -> None:
        """Refuses what would not be taken."""
        if nonce >= NONCE_LIMIT:
            raise Refused("NONCE_LIMIT")
        if nonce <= self.highest - WIDTH:
            raise Refused("NONCE_TOO_OLD")
        if nonce in self.taken:
            raise Refused("REPLAYED")

    def take(self, nonce: int) -> None:
        """Checks and records."""
        self.check(nonce)
        self.highest = max(self.highest, nonce)
        self.taken.add(nonce)
        self.taken = {n for n in self.taken if n > self.highest - WIDTH}

    def copy(self) -> "Window":
        """The same, standing alone."""
        return Window(self.highest, set(self.taken))


@dataclass
class Cache:
    """One sender's region: nonces, each alive until its timestamp + past (R21)."""

    quota: int
    past: int
    entries: set[tuple[int, int]] = field(default_factory=set)

    def check(self, nonce: int, now: int) -> None:
        """Refuses a nonce that is there; then, whatever it is, where there is no room (R7)."""
        alive = {entry for entry in self.entries if now <= entry[1] + self.past}
        if nonce in {taken for taken, _stamp in alive}:
            raise Refused("REPLAYED")
        if len(alive) >= self.quota:
            raise Refused("NONCE_CACHE_FULL")

    def take(self, nonce: int, timestamp: int, now: int) -> None:
        """Checks and records; what is dead gives up its place."""
        self.check(nonce, now)
        self.entries = {entry for entry in self.entries if now <= entry[1] + self.past}
        self.entries.add((nonce, timestamp))
