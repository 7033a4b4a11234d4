"""Cases and what must come out of them: the JSON documents are put together here."""

from dataclasses import dataclass, field

from .make import CONTEXT, OWN, SECOND, T0, Context, Frame, Key, Module

SCHEMA = "sealwire-vectors-1"
FLAGS = {
    "Normal": "An ordinary message.",
    "Boundary": "The last value that passes, or the first that doesn't.",
    "Truncated": "The frame cut off.",
    "Trailing": "Bytes after the end.",
    "Malformed": "Something that no sealer writes.",
    "Varint": "A number that is too long or too large.",
    "BitFlip": "One bit changed.",
    "Forged": "Made or changed by somebody without the key.",
    "Signature": "r and s out of range, high, or about something else.",
    "Binding": "A good frame for something else: receiver, sender, context, level, group.",
    "Replay": "A frame that came before.",
    "Window": "What the window takes and what it doesn't.",
    "Cache": "Nonces without order, in a region of the cache.",
    "Time": "Age and clocks.",
    "Restart": "What a validator knows after it was away.",
    "Keys": "Keys registered, exchanged, ended.",
    "Policy": "Who may do what.",
    "Order": "Wrong in several ways: the first step decides.",
    "Untouched": "A refusal must leave no trace: the genuine frame passes after it.",
    "Misuse": "The program's mistake; an interface may make it impossible, then skip the step.",
    "Reading": "Rests on a reading (tests/reference/READINGS.md) that the comment names.",
    "Seal": "Frames to be written byte for byte.",
}


def rule(role: int | None, kind: int | None, name: bytes, prefix: bool = False) -> dict:
    """A rule of a policy."""
    return {"role": role, "kind": kind, "name": name.hex(), "prefix": prefix}


@dataclass
class Group:
    """Tests that begin with the same validator, each with a fresh one."""

    comment: str
    keys: list[Key] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    own: bytes = OWN
    past: int = 10 * SECOND
    future: int = SECOND
    restart: dict = field(default_factory=lambda: {"kind": "FreshKeys"})
    engine: bool = True
    policy: object = "any"
    tests: list[dict] = field(default_factory=list)

    def setup(self) -> dict:
        """As it stands in the vectors."""
        return {
            "own": self.own.hex(),
            "limits": {"past": str(self.past), "future": str(self.future)},
            "restart": self.restart,
            "engine": self.engine,
            "keys": [k.json() for k in self.keys],
            "modules": [m.json() for m in self.modules],
            "policy": self.policy,
        }

    def ok(self, comment: str, frame: Frame, *flags: str, **how: object) -> None:
        """A test of one frame that is accepted."""
        self.run(comment, [ok(frame, **how)], *(flags or ("Normal",)))

    def no(self, error: str, comment: str, frame: Frame | bytes, *flags: str, **how: object):
        """A test of one frame that is refused."""
        self.run(comment, [no(error, frame, **how)], *flags)

    def run(self, comment: str, steps: list[dict], *flags: str) -> None:
        """A test of several steps. Its result is the last one's."""
        assert flags and all(f in FLAGS for f in flags), flags
        self.tests.append(
            {
                "comment": comment,
                "flags": list(flags),
                "result": steps[-1]["result"],
                "error": steps[-1]["error"],
                "steps": steps,
            }
        )


@dataclass
class SealGroup:
    """Tests that begin with the same sealer, each with a fresh one."""

    comment: str
    by: Key | Module
    level: int
    start: dict
    own: bytes = OWN
    tests: list[dict] = field(default_factory=list)

    def setup(self) -> dict:
        """As it stands in the vectors."""
        keyed = isinstance(self.by, Key)
        return {
            "sender": (self.by.sender if keyed else self.by.module_id).hex(),
            "level": self.level,
            "key": self.by.json() if keyed else None,
            "audience": self.own.hex(),
            "start": self.start,
        }

    run = Group.run


def step(op: str, error: str | None = None, **fields: object) -> dict:
    """Any operation; `error` is what it must be refused with."""
    verdict = {"result": "valid" if error is None else "invalid", "error": error}
    return {"op": op} | fields | verdict


def ok(frame: Frame, **how: object) -> dict:
    """A frame that is accepted, with all that it says."""
    return _validate(frame, None, **how) | {"accepted": frame.accepted()}


def no(error: str, frame: Frame | bytes, **how: object) -> dict:
    """A frame, or any bytes, refused with `error`."""
    return _validate(frame, error, **how) | {"accepted": None}


def _validate(
    frame: Frame | bytes,
    error: str | None,
    *,
    now: int | None = T0,
    level: int | None = None,
    exact: bool = False,
    context: Context = CONTEXT,
    groups: bool = False,
    form: str = "attached",
    payload: bytes | None = None,
    buffer: int = 640,
    between: list[dict] | None = None,
) -> dict:
    if isinstance(frame, Frame):
        level = frame.level if level is None else level
        if form == "detached" and payload is None:
            payload = frame.payload
        frame = getattr(frame, form)
    return step(
        "validate",
        error,
        now=None if now is None else str(now),
        requirement={
            "level": 4 if level is None else level,
            "exact": exact,
            "context": context.json(),
            "groups": groups,
        },
        form=form,
        frame=frame.hex(),
        payload=None if payload is None else payload.hex(),
        buffer=buffer,
        between=between or [],
    )


def document(title: str, groups: list) -> dict:
    """One file; cases are numbered through it."""
    number = 0
    out = []
    for group in groups:
        tests = []
        for test in group.tests:
            number += 1
            tests.append({"tcId": number} | test)
        out.append({"comment": group.comment, "setup": group.setup(), "tests": tests})
    used = {flag for group in groups for test in group.tests for flag in test["flags"]}
    return {
        "schema": SCHEMA,
        "title": title,
        "number_of_tests": number,
        "notes": {flag: text for flag, text in FLAGS.items() if flag in used},
        "groups": out,
    }
