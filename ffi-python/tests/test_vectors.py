"""The shared vectors (`tests/vectors`): the verdicts of every other language.

Left out is what this interface can't express: a validator without an engine for signatures,
steps between a check and its admission (here they are one call), bursts under an HMAC key, and
what is flagged `Misuse` where the wrong value can't be written down.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
import sealwire as sw

VECTORS = Path(__file__).resolve().parents[2] / "tests/vectors"
DOCUMENTS = sorted(VECTORS.glob("*.json"))
LEAST = 1_500
"""Fewer tests than this, and something wasn't run."""


def unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def moment(text: str | None) -> int | sw.NoClock:
    return sw.NO_CLOCK if text is None else int(text)


def context_of(given: dict[str, Any]) -> sw.Context:
    return sw.Context(given["kind"], bytes.fromhex(given["name"]), unhex(given["request_tag"]))


def key_of(given: dict[str, Any]) -> sw.PeerKey:
    rules = {
        "group": unhex(given["group"]),
        "role": given["role"],
        "expires": None if given["expires"] is None else int(given["expires"]),
        "counter_only": given["time_rule"] == "CounterOnly",
        "random_nonces": given["nonce_quota"] if given["nonce_rule"] == "Random" else 0,
        "unused": given["unused"],
    }
    sender = bytes.fromhex(given["sender"])
    if given["algorithm"] == "ECDSA-P256":
        public = sw.PublicKey.from_bytes(bytes.fromhex(given["public"]))
        bursts = given["burst_rate"]
        return sw.PeerKey.ecdsa(given["key_id"], sender, public, bursts=bursts, **rules)
    tag = {"HMAC-SHA256": "full", "HMAC-SHA256-128": "short"}[given["algorithm"]]
    secret = sw.PeerSecret.from_bytes(bytes.fromhex(given["secret"]))
    return sw.PeerKey.hmac(given["key_id"], sender, secret, tag=tag, **rules)


def policy_of(given: str | list[dict[str, Any]] | None) -> sw.AnyPeer | sw.NoPolicy | sw.Rules:
    if given is None:
        return sw.NoPolicy()
    if given == "any":
        return sw.AnyPeer()
    rules = []
    for rule in given:
        name = "prefix" if rule["prefix"] else "name"
        names = {} if rule["name"] is None else {name: bytes.fromhex(rule["name"])}
        rules.append(sw.Rule(role=rule["role"], kind=rule["kind"], **names))
    return sw.Rules(rules)


class Receiving:
    """A validator from a group's setup, and the steps that it can be told."""

    output = "accepted"

    def __init__(self, setup: dict[str, Any]) -> None:
        self.setup = setup
        self.state = b""
        self.begin(setup["restart"])

    def make(self, own: str, limits: dict[str, str], restart: sw.Restart) -> sw.Validator:
        return sw.Validator(
            bytes.fromhex(own),
            policy=policy_of(self.setup["policy"]),
            limits=sw.Limits(int(limits["past"]), int(limits["future"])),
            restart=restart,
            capacity=16,
            nonce_capacity=64,
            log_per_second=0,
        )

    def begin(self, given: dict[str, str]) -> None:
        if given["kind"] == "NotBefore":
            restart = sw.Restart.not_before(int(given["now"]))
        elif given["kind"] == "Saved":
            restart = sw.Restart.saved(self.state)
        else:
            restart = sw.Restart.fresh_keys()
        self.validator = self.make(self.setup["own"], self.setup["limits"], restart)
        for key in self.setup["keys"]:
            self.validator.register(key_of(key))
        for module in self.setup["modules"]:
            self.register_module({"module": module})

    def new(self, step: dict[str, Any]) -> None:
        self.make(step["own"], step["limits"], sw.Restart.fresh_keys())

    def restart(self, step: dict[str, Any]) -> None:
        self.begin(step["restart"])

    def save(self, _step: dict[str, Any]) -> None:
        self.state = self.validator.save()

    def register(self, step: dict[str, Any]) -> None:
        self.validator.register(key_of(step["key"]))

    def register_module(self, step: dict[str, Any]) -> None:
        module = step["module"]
        module_id = bytes.fromhex(module["id"])
        quota = module["nonce_quota"]
        self.validator.register_module(module_id, role=module["role"], timestamps=quota)

    def remove(self, step: dict[str, Any]) -> None:
        self.validator.remove(step["key_id"])

    def revoke(self, step: dict[str, Any]) -> None:
        self.validator.revoke(step["key_id"])

    def rollover(self, step: dict[str, Any]) -> None:
        end = int(step["overlap_end"])
        self.validator.rollover(step["old"], key_of(step["key"]), overlap_end=end)

    def validate(self, step: dict[str, Any]) -> dict[str, Any]:
        wanted = step["requirement"]
        make = sw.Requirement.exactly if wanted["exact"] else sw.Requirement.at_least
        context = context_of(wanted["context"])
        requirement = make(wanted["level"], context, groups=wanted["groups"])
        frame, now = bytes.fromhex(step["frame"]), moment(step["now"])
        if step["form"] == "detached":
            payload = bytes.fromhex(step["payload"])
            accepted = self.validator.validate_detached(frame, payload, requirement, now)
        elif step["form"] == "stream":
            found = sw.StreamDecoder(step["buffer"]).feed(frame)
            verdict = self.validator.validate_many(found[:1], requirement, now)[0]
            if isinstance(verdict, sw.Rejection):
                raise verdict.exception()
            accepted = verdict
        else:
            accepted = self.validator.validate(frame, requirement, now)
        return {
            "payload": accepted.payload.hex(),
            "level": accepted.level,
            "sender": None if accepted.sender is None else bytes(accepted.sender).hex(),
            "role": accepted.role,
            "group": None if accepted.group is None else bytes(accepted.group).hex(),
            "key_id": accepted.key_id,
            "nonce": str(accepted.nonce),
            "timestamp": None if accepted.timestamp is None else str(accepted.timestamp),
        }


class Sending:
    """A sealer from a group's setup."""

    output = "frame"

    def __init__(self, setup: dict[str, Any]) -> None:
        self.setup = setup
        self.sealer: sw.Sealer | None = None

    def new_sealer(self, _step: dict[str, Any]) -> None:
        setup, key = self.setup, self.setup["key"]
        given = setup["start"]
        if given["kind"] == "Reserved":
            start = sw.NonceStart.reserved(int(given["from"]), int(given["until"]))
        elif given["kind"] == "FromClock":
            start = sw.NonceStart.from_clock(int(given["now"]))
        else:
            start = sw.NonceStart.fresh()
        sender = bytes.fromhex(setup["sender"])
        if key is None:
            level = setup["level"]
            self.sealer = sw.Sealer.unproven(level=level, sender=sender, start=start)
            return
        named = "group" if key["group"] else "receiver"
        common: dict[str, Any] = {
            "key_id": key["key_id"],
            "sender": sender,
            named: bytes.fromhex(key["group"] or setup["audience"]),
            "start": start,
            "counter_only": key["time_rule"] == "CounterOnly",
        }
        if key["algorithm"] == "ECDSA-P256":
            private = sw.SigningKey.from_bytes(bytes.fromhex(key["private"]))
            self.sealer = sw.Sealer.ecdsa(key=private, deterministic=True, **common)
        else:
            tag = {"HMAC-SHA256": "full", "HMAC-SHA256-128": "short"}[key["algorithm"]]
            secret = sw.PeerSecret.from_bytes(bytes.fromhex(key["secret"]))
            self.sealer = sw.Sealer.hmac(secret=secret, tag=tag, **common)

    def seal_burst(self, step: dict[str, Any]) -> None:
        if self.sealer is None:
            self.new_sealer(step)
        assert self.sealer is not None
        items = step["items"]
        given = [
            (bytes.fromhex(item["payload"]), context_of(item["context"]), moment(item["now"]))
            for item in items
        ]
        frames = self.sealer.seal_burst(given, sw.Context.topic("unused"))
        assert [frame.hex() for frame in frames] == step["frames"]

    def seal(self, step: dict[str, Any]) -> str:
        if self.sealer is None:
            self.new_sealer(step)
        assert self.sealer is not None
        seal = self.sealer.seal_detached if step["form"] == "detached" else self.sealer.seal
        context, payload = context_of(step["context"]), bytes.fromhex(step["payload"])
        frame = seal(payload, context, moment(step["now"]))
        return (sw.encode_stream(frame) if step["form"] == "stream" else frame).hex()


def is_expressible(setup: dict[str, Any], test: dict[str, Any]) -> bool:
    keys = [step["key"] for step in test["steps"] if "key" in step]
    hmac_bursts = any("secret" in key and key["burst_rate"] is not None for key in keys)
    between = any(step.get("between") for step in test["steps"])
    return setup.get("engine", True) and not between and not hmac_bursts


def is_lenient(step: dict[str, Any], test: dict[str, Any]) -> bool:
    """Whether this interface takes on purpose what others can't: the 65 bytes of SEC 1."""
    public = step.get("key", {}).get("public") or ""
    return "Misuse" in test["flags"] and len(public) == 130 and public.startswith("04")


def run(setup: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """What came out otherwise than it must."""
    side = Sending(setup) if "start" in setup else Receiving(setup)
    wrong = []
    for number, step in enumerate(test["steps"]):
        wanted = (step["error"], step.get(side.output))
        got: tuple[str | None, Any]
        try:
            got = (None, getattr(side, step["op"])(step))
        except sw.SecurityError as error:
            got = (error.name, None)
        except (KeyError, TypeError):
            if "Misuse" not in test["flags"]:
                raise
            continue
        if got != wanted and not is_lenient(step, test):
            wrong.append(f"{test['tcId']} ({test['comment']}) step {number}: {got}, not {wanted}")
    return wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_verdict_is_the_one_of_the_vectors(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["schema"] == "sealwire-vectors-1"
    wrong = []
    for group in document["groups"]:
        for test in group["tests"]:
            if group["setup"] is None:
                wrong += derived(test)
            elif is_expressible(group["setup"], test):
                wrong += run(group["setup"], test)
    assert not wrong, "\n".join(wrong)


def derived(test: dict[str, Any]) -> list[str]:
    """Frame keys don't come out here: a tag under one is compared with the standard library's."""
    audience = {1: "receiver", 2: "group"}[test["audience_kind"]]
    sealer = sw.Sealer.hmac(
        key_id=1,
        sender=bytes.fromhex(test["sender"]),
        secret=sw.PeerSecret.from_bytes(bytes.fromhex(test["secret"])),
        start=sw.NonceStart.fresh(),
        tag={32: "full", 16: "short"}[test["tag_length"]],
        **{audience: bytes.fromhex(test["audience"])},
    )
    frame = sealer.seal(b"x", sw.Context.topic("y"), 5)
    signed, tag = frame[: -test["tag_length"]], frame[-test["tag_length"] :]
    # Metadata, payload and context in the order of core/PROTOCOL.md §5.
    expected = hmac.digest(bytes.fromhex(test["frame_key"]), signed + b"\1\1y", hashlib.sha256)
    return [] if tag == expected[: len(tag)] else [f"{test['tcId']}: another frame key"]


def test_nearly_all_vectors_were_run() -> None:
    counts = {True: 0, False: 0}
    for path in DOCUMENTS:
        for group in json.loads(path.read_text(encoding="utf-8"))["groups"]:
            for test in group["tests"]:
                counts[group["setup"] is None or is_expressible(group["setup"], test)] += 1
    assert counts[True] >= LEAST
    assert counts[False] <= 25, "more than what can't be expressed is left out"
