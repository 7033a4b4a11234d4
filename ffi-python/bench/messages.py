#!/usr/bin/env python3
"""What a message costs in Python: ours beside the standard library's, in one run.

A 64-byte payload about a topic with a name of 24 bytes, level 4, tags of 32 bytes. Ours checks
clock and repetition as well; the peer is a keyed `hmac` that is copied per message, with `struct`
for the fields, and checks neither. Rounds of both alternate; the best of each counts.

    python ffi-python/bench/messages.py [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sealwire as sw

PAYLOAD = bytes(range(64))
CONTEXT = sw.Context.topic("plant/line-3/pump/press1")
REQUIREMENT = sw.Requirement.at_least(sw.Level.HMAC, CONTEXT)
SIGNED = sw.Requirement.at_least(sw.Level.DIGITAL_SIGNATURE, CONTEXT)
BATCH = 256
FIELDS = struct.Struct(">BBIQQI")
PUMP, PANEL = sw.ModuleId.random(), sw.ModuleId.random()
SECRET = sw.PeerSecret.generate()
KEYS = {key_id: sw.SigningKey.generate() for key_id in (2, 3)}
KEYED = hmac.new(SECRET.secret_bytes(), digestmod=hashlib.sha256)


def receiver() -> sw.Validator:
    validator = sw.Validator(PANEL, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    validator.register(sw.PeerKey.hmac(1, PUMP, SECRET))
    for key_id, key in KEYS.items():
        validator.register(sw.PeerKey.ecdsa(key_id, PUMP, key.public_key))
    return validator


def sender() -> sw.Sealer:
    start = sw.NonceStart.fresh()
    return sw.Sealer.hmac(key_id=1, sender=PUMP, receiver=PANEL, secret=SECRET, start=start)


def signer(key_id: int = 2) -> sw.Sealer:
    start, key = sw.NonceStart.fresh(), KEYS[key_id]
    return sw.Sealer.ecdsa(key_id=key_id, sender=PUMP, receiver=PANEL, key=key, start=start)


def stdlib_seal(payload: bytes, nonce: int, stamp: int) -> bytes:
    head = FIELDS.pack(0x14, 1, 1, stamp, nonce, len(payload))
    mac = KEYED.copy()
    mac.update(head + payload)
    return head + payload + mac.digest()


def stdlib_validate(frame: bytes) -> bytes:
    FIELDS.unpack_from(frame)
    mac = KEYED.copy()
    mac.update(frame[:-32])
    if not hmac.compare_digest(mac.digest(), frame[-32:]):
        raise ValueError("wrong tag")
    return frame[FIELDS.size : -32]


def timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def seal(count: int) -> float:
    one, payload, context = sender().seal, PAYLOAD, CONTEXT

    def run() -> None:
        for _ in range(count):
            one(payload, context)

    return timed(run)


def seal_many(count: int) -> float:
    many = sender().seal_many
    payloads = [PAYLOAD] * BATCH

    def run() -> None:
        for _ in range(0, count, BATCH):
            many(payloads, CONTEXT)

    return timed(run)


def validate(count: int) -> float:
    frames = sender().seal_many([PAYLOAD] * count, CONTEXT)
    one, requirement = receiver().validate, REQUIREMENT

    def run() -> None:
        for frame in frames:
            one(frame, requirement)

    return timed(run)


def validate_many(count: int) -> float:
    frames = sender().seal_many([PAYLOAD] * count, CONTEXT)
    batches = [frames[i : i + BATCH] for i in range(0, count, BATCH)]
    many = receiver().validate_many

    def run() -> None:
        for batch in batches:
            many(batch, REQUIREMENT)

    return timed(run)


def peer_seal(count: int) -> float:
    def run() -> None:
        for nonce in range(count):
            stdlib_seal(PAYLOAD, nonce, 1_795_000_000_000_000)

    return timed(run)


def peer_validate(count: int) -> float:
    frames = [stdlib_seal(PAYLOAD, nonce, 1_795_000_000_000_000) for nonce in range(count)]

    def run() -> None:
        for frame in frames:
            stdlib_validate(frame)

    return timed(run)


def ecdsa_seal(count: int) -> float:
    one = signer().seal
    return timed(lambda: [one(PAYLOAD, CONTEXT) for _ in range(count)])


def ecdsa_validate(count: int) -> float:
    frames = signer().seal_many([PAYLOAD] * count, CONTEXT)
    one = receiver().validate
    return timed(lambda: [one(frame, SIGNED) for frame in frames])


def ecdsa_validate_many(count: int) -> float:
    frames = signer().seal_many([PAYLOAD] * count, CONTEXT)
    many = receiver().validate_many
    return timed(lambda: many(frames, SIGNED))


def two_threads(count: int, work: Callable[[sw.Validator, list[bytes]], object]) -> float:
    """Two threads that wait for work, each on a core of its own where the system lets it choose;
    one validator, a sender's key for each. They do `work` on `count` frames together; gives the
    time until the later one is through."""
    validator, ready = receiver(), threading.Barrier(3)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

    def run(place: int, frames: list[bytes]) -> None:
        if place < len(cores):
            os.sched_setaffinity(0, {cores[place]})
        ready.wait()
        work(validator, frames)

    halves = [signer(key_id).seal_many([PAYLOAD] * (count // 2), CONTEXT) for key_id in (2, 3)]
    threads = [threading.Thread(target=run, args=half) for half in enumerate(halves)]
    for thread in threads:
        thread.start()
    ready.wait()

    def finish() -> None:
        for thread in threads:
            thread.join()

    return timed(finish)


def ecdsa_threads(count: int) -> float:
    def work(validator: sw.Validator, frames: list[bytes]) -> None:
        one = validator.validate
        for frame in frames:
            one(frame, SIGNED)

    return two_threads(count, work)


def ecdsa_threads_many(count: int) -> float:
    return two_threads(count, lambda validator, frames: validator.validate_many(frames, SIGNED))


CASES: dict[str, tuple[Callable[[int], float], int]] = {
    "peer_seal": (peer_seal, 2_048),
    "seal": (seal, 2_048),
    "seal_many": (seal_many, 2_048),
    "peer_validate": (peer_validate, 2_048),
    "validate": (validate, 2_048),
    "validate_many": (validate_many, 2_048),
    "ecdsa_seal": (ecdsa_seal, 20),
    "ecdsa_validate": (ecdsa_validate, 20),
    "ecdsa_validate_many": (ecdsa_validate_many, 20),
    "ecdsa_threads2": (ecdsa_threads, 800),
    "ecdsa_threads2_many": (ecdsa_threads_many, 800),
}


def metrics(rounds: int) -> dict[str, dict[str, float | str]]:
    best = dict.fromkeys(CASES, float("inf"))
    for _ in range(rounds):
        for name, (case, count) in CASES.items():
            best[name] = min(best[name], case(count) / count * 1e6)
    found: dict[str, dict[str, float | str]] = {
        f"python.{name}_64B.us": {"value": round(micros, 3), "unit": "us/message"}
        for name, micros in best.items()
    }
    ratios = {
        "python.validate_64B.stdlib_ratio": best["peer_validate"] / best["validate"],
        "python.seal_64B.stdlib_ratio": best["peer_seal"] / best["seal"],
        "python.validate_many_64B.stdlib_ratio": best["peer_validate"] / best["validate_many"],
        "python.seal_many_64B.stdlib_ratio": best["peer_seal"] / best["seal_many"],
        "python.threads2.scaling": best["ecdsa_validate"] / best["ecdsa_threads2"],
        "python.threads2_many.scaling": best["ecdsa_validate_many"] / best["ecdsa_threads2_many"],
    }
    for name, ratio in ratios.items():
        found[name] = {"value": round(ratio, 2), "unit": "ratio"}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="what a message costs in Python")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the metrics there")
    options = parser.parse_args()
    found = metrics(20 if options.quick else 100)
    for name, metric in found.items():
        print(f"{name:42} {metric['value']:>10} {metric['unit']}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"metrics": found}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
