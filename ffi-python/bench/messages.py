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
import statistics
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

import sealwire as sw

PAYLOAD = bytes(range(64))
CONTEXT = sw.Context.topic("plant/line-3/pump/press1")
REQUIREMENT = sw.Requirement.at_least(sw.Level.HMAC, CONTEXT)
SIGNED = sw.Requirement.at_least(sw.Level.DIGITAL_SIGNATURE, CONTEXT)
BATCH = 256
HALF = 100
BULK = bytes(96 * 1024)
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


def scaling(work: Callable[[sw.Validator, Iterator[bytes]], object]) -> float:
    """How much sooner two threads are through than one, with one validator and two senders' keys.

    Each has a core of its own where the system lets it choose, and takes the next frame when it is
    done with one. The first does its half alone, then both do as much together, then the second
    does its half: some milliseconds each, so that what slows the machine or one of its cores slows
    all that is compared.
    """
    validator, gate = receiver(), threading.Barrier(2, timeout=60)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    signers = [signer(key_id) for key_id in KEYS]
    halves = [[one.seal_many([PAYLOAD] * HALF, CONTEXT) for one in signers] for _ in range(2)]
    alone, together = (list(chain(*zip(*half, strict=True))) for half in halves)
    turns = [((0,), alone[:HALF]), ((0, 1), together), ((1,), alone[HALF:])]
    supplies = [iter(frames) for _, frames in turns]
    spans: list[list[tuple[float, float]]] = [[], [], []]

    def run(place: int) -> None:
        if place < len(cores):
            os.sched_setaffinity(0, {cores[place]})
        for (threads, _), supply, span in zip(turns, supplies, spans, strict=True):
            gate.wait()
            if place in threads:
                begin = time.perf_counter()
                work(validator, supply)
                span.append((begin, time.perf_counter()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    first, both, second = (max(e for _, e in span) - min(b for b, _ in span) for span in spans)
    return (first + second) / both


def each_frame(validator: sw.Validator, frames: Iterator[bytes]) -> None:
    one = validator.validate
    for frame in frames:
        one(frame, SIGNED)


def by_twenty(validator: sw.Validator, frames: Iterator[bytes]) -> None:
    while batch := list(islice(frames, 20)):
        validator.validate_many(batch, SIGNED)


def no_lock(_validator: sw.Validator, frames: Iterator[bytes]) -> None:
    """As much work that takes no lock but the interpreter's: what the machine gives two threads."""
    for _ in frames:
        hashlib.sha256(BULK)


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
}
SCALING = {"threads2": each_frame, "threads2_many": by_twenty, "threads2_hashlib": no_lock}


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
    }
    for name, work in SCALING.items():
        ratios[f"python.{name}.scaling"] = statistics.median(scaling(work) for _ in range(rounds))
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
