"""The pipeline (PROTOCOL.md §6, §7): eight steps, in the order of the refusals."""

from dataclasses import dataclass, field

from .authenticated import context_bytes
from .burst import Budget
from .errors import Refused
from .forms import Parsed, parse_attached, parse_detached, read_stream
from .keys import NOBODY, Key
from .policy import decide
from .window import Cache, Window

DAY = 86_400_000_000


@dataclass(frozen=True)
class Limits:
    """How far, in µs, a timestamp may lie before and after now."""

    past: int = 10_000_000
    future: int = 1_000_000

    def check(self) -> None:
        """Refuses what is out of range (R9)."""
        if not (1 <= self.past <= DAY and 0 <= self.future <= DAY):
            raise Refused("INVALID_LIMITS")

    def misses(self, stamp: int, now: int) -> str | None:
        """Why a timestamp fails, or None."""
        if stamp < now - self.past:
            return "TOO_OLD"
        return "TOO_NEW" if stamp > now + self.future else None


@dataclass(frozen=True)
class Offered:
    """What came: attached, detached with its payload, or a stream for a buffer of that size."""

    form: str
    data: bytes
    payload: bytes | None = None
    buffer: int = 4096


@dataclass(frozen=True)
class Requirement:
    """What the receiver wants; the message has no say in it."""

    level: int
    exact: bool
    kind: int
    name: bytes
    policy: object
    request_tag: bytes | None = None
    groups: bool = False


@dataclass
class Module:
    """A module whose frames of levels 1-3 are known; quota 0: level 2 only."""

    module_id: bytes
    role: int = 0
    quota: int = 0
    cache: Cache | None = None
    floor: int = -1


@dataclass(frozen=True)
class Accepted:
    """What was checked. `sender` is None at level 1, `group` and `key_id` where there is none,
    `timestamp` where nothing was said of it: levels 1 and 2, counter-only keys."""

    payload: bytes
    level: int
    sender: bytes | None
    role: int
    group: bytes | None
    key_id: int | None
    nonce: int
    timestamp: int | None


@dataclass
class Authenticated:
    """Between check and admit."""

    frame: Parsed
    requirement: Requirement
    now: int | None
    source: Key | Module | None


@dataclass
class Saved:
    """What outlives a restart (§8): the latest now, the floor, each key's window."""

    latest: int
    floor: int
    windows: dict[tuple[int, int, bytes], Window] = field(default_factory=dict)


class Validator:
    """One receiver. `restart` is ("FreshKeys",), ("NotBefore", now) or ("Saved", Saved)."""

    def __init__(
        self, own: bytes, limits: Limits, restart: tuple = ("FreshKeys",), engine: bool = True
    ) -> None:
        if own in NOBODY:
            raise Refused("INVALID_ID")
        limits.check()
        self.own, self.limits, self.engine = own, limits, engine
        self.keys: dict[int, Key] = {}
        self.modules: dict[bytes, Module] = {}
        self.buried: dict[tuple[int, int, bytes], Window] = {}
        self.saved: Saved | None = None
        self.latest, self.floor = 0, -1
        self.windows_lost = False
        if restart[0] == "NotBefore":
            self.floor, self.windows_lost = restart[1] + limits.future, True
        elif restart[0] == "Saved":
            self.saved = restart[1]
            self.latest, self.floor = self.saved.latest, self.saved.floor

    # Keys and modules

    def register(self, key: Key) -> None:
        """Makes a key known, with the window that it had, if it is one from before (R20 on the
        engine)."""
        key.check_form(self.own)
        if key.algorithm == 3 and not self.engine:
            raise Refused("NO_ENGINE")
        for other in self.keys.values():
            key.check_against(other)
        key.floor = self.floor
        key.budget = Budget(key.burst_rate or 0)
        if key.random_quota is not None:
            key.cache = Cache(key.random_quota, self.limits.past)
            key.floor = self._floor_of_caches()
        else:
            self._find_window(key)
        self.keys[key.key_id] = key

    def _find_window(self, key: Key) -> None:
        mark = _mark(key)
        if mark in self.buried:
            key.window = self.buried.pop(mark)
        elif self.saved is not None and mark in self.saved.windows:
            key.window = self.saved.windows[mark].copy()
        else:
            key.window = Window()
            key.window_lost = self.windows_lost and not key.unused

    def _floor_of_caches(self) -> int:
        """A cache isn't saved: nothing up to then can be told apart. A key that the state doesn't
        know was not registered then, and begins afresh (R10)."""
        if self.saved is None:
            return self.floor
        return max(self.floor, self.saved.latest + self.limits.future)

    def register_module(self, module: Module) -> None:
        """Makes a sender of levels 1-3 known."""
        if module.module_id in NOBODY or module.module_id == self.own:
            raise Refused("INVALID_ID")
        if module.module_id in self.modules:
            raise Refused("DUPLICATE_KEY_ID")
        module.cache = Cache(module.quota, self.limits.past)
        module.floor = self._floor_of_caches()
        self.modules[module.module_id] = module

    def remove(self, key_id: int) -> None:
        """Forgets the key; its window stays behind (R11)."""
        key = self._known(key_id)
        self.buried[_mark(key)] = key.window
        if key.partner is not None:
            key.partner.partner = None
        del self.keys[key_id]

    def revoke(self, key_id: int) -> None:
        """The key stays known, as one that is refused."""
        self._known(key_id).revoked = True

    def rollover(self, old_id: int, new: Key, overlap_end: int) -> None:
        """A second key beside the first, which ends at `overlap_end` (R12)."""
        old = self._known(old_id)
        if (old.sender, old.group) != (new.sender, new.group):
            raise Refused("KEY_KIND")
        if old.partner is not None and not (old.dead(self.latest) or old.partner.dead(self.latest)):
            raise Refused("ROLLOVER_PENDING")
        self.register(new)
        old.expires = overlap_end if old.expires is None else min(old.expires, overlap_end)
        old.partner, new.partner = new, old

    def save(self) -> Saved:
        """What to keep over a restart; the window of every key that has one."""
        windows = {_mark(key): key.window.copy() for key in self.keys.values() if not key.cache}
        windows |= {mark: window.copy() for mark, window in self.buried.items()}
        return Saved(self.latest, self.floor, windows)

    def _known(self, key_id: int) -> Key:
        if key_id not in self.keys:
            raise Refused("UNKNOWN_KEY")
        return self.keys[key_id]

    # Messages

    def validate(self, frame: Offered, requirement: Requirement, now: int | None) -> Accepted:
        """Check and admit in a row."""
        return self.admit(self.check(frame, requirement, now))

    def check(self, frame: Offered, requirement: Requirement, now: int | None) -> Authenticated:
        """Steps 1 to 6; nothing changes here."""
        context = context_bytes(requirement.kind, requirement.name, requirement.request_tag)
        frame = _parse(frame)
        _check_level(frame.meta.level, requirement)
        source = self._source(frame, requirement, now)
        message = Authenticated(frame, requirement, now, source)
        if frame.meta.level >= 3:
            self._check_time(message)
            self._check_nonce(message)
        if isinstance(source, Key):
            source.verify(self.own, frame, context, now and self._highest(now))
        return message

    def admit(self, message: Authenticated) -> Accepted:
        """Steps 3 and 4 again, then 7 and 8. The highest now moves once 7 is passed (R19)."""
        meta, source = message.frame.meta, message.source
        if isinstance(source, Key):
            source = message.source = self._unchanged(source)
            self._check_key(source, meta.algorithm, message.requirement, message.now)
        if meta.level >= 3:
            self._check_time(message)
            self._check_nonce(message, take=True)
        self.latest = self._highest(message.now)
        role = source.role if source else 0
        if meta.level >= 2:
            decide(
                message.requirement.policy, role, message.requirement.kind, message.requirement.name
            )
        return Accepted(
            payload=message.frame.payload,
            level=meta.level,
            sender=_sender(source),
            role=role,
            group=source.group if isinstance(source, Key) else None,
            key_id=meta.key_id,
            nonce=meta.nonce,
            timestamp=None if meta.level < 3 or _counts(source) else meta.timestamp,
        )

    def _unchanged(self, checked: Key) -> Key:
        """The key that is there now, if it is the one that was checked (R13)."""
        key = self._known(checked.key_id)
        if _mark(key) != _mark(checked):
            raise Refused("KEY_CHANGED")
        return key

    def _source(self, frame: Parsed, requirement: Requirement, now: int | None):
        """Step 3: nobody at level 1, a module at 2 and 3, a key at 4 and 5."""
        meta = frame.meta
        if meta.level == 1:
            return None
        if meta.level <= 3:
            if meta.sender not in self.modules:
                raise Refused("UNKNOWN_SENDER")
            return self.modules[meta.sender]
        key = self._known(meta.key_id)
        self._check_key(key, meta.algorithm, requirement, now)
        return key

    def _check_key(
        self, key: Key, algorithm: int, requirement: Requirement, now: int | None
    ) -> None:
        """Step 3 for a key: algorithm, expiry, revocation, group, as the table lists them (R13)."""
        if not key.takes(algorithm):
            raise Refused("KEY_ALGORITHM")
        if key.expires is not None and now is None:
            raise Refused("NO_CLOCK")
        if key.dead(self._highest(now)):
            raise Refused("KEY_EXPIRED")
        if key.revoked:
            raise Refused("KEY_REVOKED")
        if key.group is not None and key.algorithm != 3 and not requirement.groups:
            raise Refused("GROUP_NOT_ALLOWED")

    def _check_time(self, message: Authenticated) -> None:
        """Step 4 (R14 on the order)."""
        stamp, now, source = message.frame.meta.timestamp, message.now, message.source
        if _counts(source):
            if stamp != 0:
                raise Refused("TIMESTAMP_NOT_ZERO")
            return
        if now is None:
            raise Refused("NO_CLOCK")
        miss = self.limits.misses(stamp, self._highest(now))
        if miss is not None:
            stepped = now < self.latest and self.limits.misses(stamp, now) is None
            raise Refused("CLOCK_STEPPED_BACK" if stepped else miss)
        if stamp <= source.floor:
            raise Refused("BEFORE_RESTART")

    def _check_nonce(self, message: Authenticated, take: bool = False) -> None:
        """Step 5, and step 7 with `take`."""
        meta, source = message.frame.meta, message.source
        if source.cache is not None:
            now = self._highest(message.now)
            if take:
                source.cache.take(meta.nonce, meta.timestamp, now)
            else:
                source.cache.check(meta.nonce, now)
            return
        if source.counter_only and source.window_lost:
            raise Refused("NO_WINDOW_STATE")
        (source.window.take if take else source.window.check)(meta.nonce)

    def _highest(self, now: int | None) -> int:
        return self.latest if now is None else max(now, self.latest)


def _parse(offered: Offered) -> Parsed:
    data = offered.data
    if offered.form == "detached":
        return parse_detached(data, offered.payload)
    if offered.form == "stream":
        data, _rest = read_stream(data, offered.buffer)
    return parse_attached(data)


def _check_level(level: int, requirement: Requirement) -> None:
    """Step 2 (R15: too low is too low, also where one level exactly is required)."""
    if level < requirement.level:
        raise Refused("LEVEL_TOO_LOW")
    if requirement.exact and level != requirement.level:
        raise Refused("LEVEL_NOT_EXACT")


def _counts(source: Key | Module | None) -> bool:
    return isinstance(source, Key) and source.counter_only


def _sender(source: Key | Module | None) -> bytes | None:
    if isinstance(source, Module):
        return source.module_id
    return source.sender if source else None


def _mark(key: Key) -> tuple[int, int, bytes]:
    """What makes a key the same one after it was away."""
    return key.key_id, key.algorithm, key.material
