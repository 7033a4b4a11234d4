"""Runs a document of `tests/vectors/*.json` against this implementation.

Also a model for the runners of other languages: a fresh validator (or sealer) per test, its
steps in order, each with its own verdict.
"""

from . import authenticated
from .errors import Refused
from .keys import Key
from .policy import Rule
from .sealer import Sealer
from .validator import Limits, Module, Offered, Requirement, Validator

ALGORITHM = {"NONE": 0, "HMAC-SHA256": 1, "HMAC-SHA256-128": 2, "ECDSA-P256": 3}


def differences(document: dict) -> list[str]:
    """One line for each step whose outcome is not the one in the document."""
    out = []
    for group in document["groups"]:
        for test in group["tests"]:
            out += [
                f"{document['title']} {test['tcId']} ({test['comment']}): {text}"
                for text in _test(group["setup"], test)
            ]
    return out


def _test(setup: dict | None, test: dict) -> list[str]:
    if setup is None:
        return _derive(test)
    run = _Sealing(setup) if "start" in setup else _Validating(setup)
    out = []
    for number, step in enumerate(test["steps"]):
        out += [f"step {number}: {text}" for text in run.differences(step)]
    return out


def _derive(test: dict) -> list[str]:
    secret, sender, audience = (unhex(test[k]) for k in ("secret", "sender", "audience"))
    info = authenticated.key_info(test["algorithm"], test["audience_kind"], sender, audience)
    key = authenticated.frame_key(
        secret, test["algorithm"], test["audience_kind"], sender, audience
    )
    got = {"prk": authenticated.extract(secret), "info": info, "frame_key": key}
    return [f"{name} is {value.hex()}" for name, value in got.items() if value != unhex(test[name])]


class _Steps:
    """Runs a step and compares."""

    def differences(self, step: dict) -> list[str]:
        """What came out otherwise than it must."""
        wanted = step["error"], step.get("frames" if step["op"] == "seal_burst" else self.output)
        try:
            got = None, getattr(self, step["op"])(step)
        except Refused as refusal:
            got = refusal.name, None
        inner = self.inner
        self.inner = []
        return inner + ([] if got == wanted else [f"{got}, and must be {wanted}"])

    output = ""

    def __init__(self) -> None:
        self.inner: list[str] = []


class _Sealing(_Steps):
    output = "frame"

    def __init__(self, setup: dict) -> None:
        super().__init__()
        self.setup = setup
        self.sealer: Sealer | None = None

    def new_sealer(self, _step: dict | None = None) -> None:
        setup, key = self.setup, self.setup["key"]
        start = setup["start"]
        group = key and key["group"]
        self.sealer = Sealer(
            level=setup["level"],
            algorithm=ALGORITHM[key["algorithm"]] if key else 0,
            sender=unhex(setup["sender"]),
            start=(start["kind"], *(int(start[k]) for k in ("now", "from", "until") if k in start)),
            key_id=key and key["key_id"],
            material=unhex(key.get("secret") or key["private"]) if key else None,
            audience=(2, unhex(group)) if group else (1, unhex(setup["audience"])),
            counter_only=bool(key) and key["time_rule"] == "CounterOnly",
        )

    def seal(self, step: dict) -> str:
        if self.sealer is None:
            self.new_sealer()
        frame = self.sealer.seal(
            step["form"],
            _context(step["context"]),
            unhex(step["payload"]),
            number(step["now"]),
        )
        return frame.hex()

    def seal_burst(self, step: dict) -> list[str]:
        if self.sealer is None:
            self.new_sealer()
        items = [
            (_context(i["context"]), unhex(i["payload"]), number(i["now"])) for i in step["items"]
        ]
        return [frame.hex() for frame in self.sealer.seal_burst(items)]


class _Validating(_Steps):
    output = "accepted"

    def __init__(self, setup: dict) -> None:
        super().__init__()
        self.setup = setup
        self.saved = None
        self._begin(setup["restart"])

    def _begin(self, restart: dict) -> None:
        setup = self.setup
        start = {
            "FreshKeys": lambda: ("FreshKeys",),
            "NotBefore": lambda: ("NotBefore", int(restart["now"])),
            "Saved": lambda: ("Saved", self.saved),
        }[restart["kind"]]()
        self.validator = Validator(
            unhex(setup["own"]), _limits(setup["limits"]), start, setup["engine"]
        )
        for key in setup["keys"]:
            self.validator.register(_key(key))
        for module in setup["modules"]:
            self.validator.register_module(_module(module))

    def new(self, step: dict) -> None:
        self.validator = Validator(unhex(step["own"]), _limits(step["limits"]))

    def restart(self, step: dict) -> None:
        self._begin(step["restart"])

    def save(self, _step: dict) -> None:
        self.saved = self.validator.save()

    def register(self, step: dict) -> None:
        self.validator.register(_key(step["key"]))

    def register_module(self, step: dict) -> None:
        self.validator.register_module(_module(step["module"]))

    def remove(self, step: dict) -> None:
        self.validator.remove(step["key_id"])

    def revoke(self, step: dict) -> None:
        self.validator.revoke(step["key_id"])

    def rollover(self, step: dict) -> None:
        self.validator.rollover(step["old"], _key(step["key"]), int(step["overlap_end"]))

    def validate(self, step: dict) -> dict:
        wanted = step["requirement"]
        context = wanted["context"]
        requirement = Requirement(
            level=wanted["level"],
            exact=wanted["exact"],
            kind=context["kind"],
            name=unhex(context["name"]),
            policy=_policy(self.setup["policy"]),
            request_tag=unhex(context["request_tag"]),
            groups=wanted["groups"],
        )
        offered = Offered(
            step["form"], unhex(step["frame"]), unhex(step["payload"]), step["buffer"]
        )
        message = self.validator.check(offered, requirement, number(step["now"]))
        for between in step["between"]:
            self.inner += self.differences(between)
        accepted = self.validator.admit(message)
        return {
            "payload": accepted.payload.hex(),
            "level": accepted.level,
            "sender": accepted.sender and accepted.sender.hex(),
            "role": accepted.role,
            "group": accepted.group and accepted.group.hex(),
            "key_id": accepted.key_id,
            "nonce": str(accepted.nonce),
            "timestamp": None if accepted.timestamp is None else str(accepted.timestamp),
        }


def unhex(text: str | None) -> bytes | None:
    """Bytes, or None where there are none."""
    return None if text is None else bytes.fromhex(text)


def number(text: str | None) -> int | None:
    """A 64-bit number; in the documents these are decimal strings."""
    return None if text is None else int(text)


def _context(context: dict) -> tuple[int, bytes, bytes | None]:
    return context["kind"], unhex(context["name"]), unhex(context["request_tag"])


def _limits(limits: dict) -> Limits:
    return Limits(int(limits["past"]), int(limits["future"]))


def _key(key: dict) -> Key:
    return Key(
        key_id=key["key_id"],
        sender=unhex(key["sender"]),
        algorithm=ALGORITHM[key["algorithm"]],
        material=unhex(key["public"] if "public" in key else key["secret"]),
        group=unhex(key["group"]),
        counter_only=key["time_rule"] == "CounterOnly",
        random_quota=key["nonce_quota"] if key["nonce_rule"] == "Random" else None,
        role=key["role"],
        expires=number(key["expires"]),
        unused=key["unused"],
        burst_rate=key["burst_rate"],
    )


def _module(module: dict) -> Module:
    return Module(unhex(module["id"]), module["role"], module["nonce_quota"])


def _policy(policy: object) -> object:
    if policy is None or policy == "any":
        return policy
    return [Rule(r["role"], r["kind"], unhex(r["name"]), r["prefix"]) for r in policy]
