#!/usr/bin/env python3
"""The wheel: calls of everything in its stubs, and of every parser in Python, from a seed.

  python_calls.py [--seconds 60] [--seed N] [--only N] [--planted]

Decides: whatever is passed, what comes out is a value, a subclass of `SecurityError` with a code,
a `TypeError`, or `UnicodeEncodeError` for lone surrogates; never a panic of Rust and nothing else.
Arguments are drawn by the stubs' annotations, now and then of a wrong type, from what earlier calls
gave, changed or not; so a class or a method that is added is called without a word here. A finding
is written down with its seed: `--only SEED` does it again. `--planted` hangs in a function that
divides by zero: it must be found. `--log` adds the run to HOURS.md.
"""

from __future__ import annotations

import argparse
import ast
import copy
import functools
import logging
import pickle
import random
import resource
import sys
import time
import traceback
import uuid
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import hours
import sealwire as sw
from sealwire import _native, keyfile, tls_peer
from sealwire.module import metadata
from sealwire.pki import Certificate, SigningRequest, profile

ROOT = Path(__file__).resolve().parents[2]
STUBS = ROOT / "ffi-python/python/sealwire/_native.pyi"
CHAIN, ANCHOR = ((Path(__file__).parent / name).read_bytes() for name in ("chain.der", "root.der"))
CALLS_A_SEED = 150
MEMORY = 4 << 30
NOW = 1_763_000_000_000_000
IDS = [bytes([n]) * 16 for n in (0xA0, 0xB0, 0xC0)]
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 16, 81, 255, 256, 1000, 10**7, NOW, -1)
FAR = (2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), 2**200)
# Numbers of places: memory is the caller's, so it is asked for in earnest.
PLACES = {"capacity", "sources", "nonces", "max_frame", "max_packet", "bursts", "slots", "size"}
TEXTS = ("", "operator", "pump/pressure", "full", "short", "x" * 300, "\0", "\ud800", "é", "lists")
# Readers of bytes or text that are written in Python.
READERS: dict[str, Callable[[Any], object]] = {
    "inspect": sw.inspect,
    "KeyFile.from_json": keyfile.KeyFile.from_json,
    "Certificate.from_pem": Certificate.from_pem,
    "SigningRequest.read": SigningRequest.read,
    "read_certificates": profile.read_certificates,
    "metadata.decode": metadata.decode,
    "metadata.parse_form": lambda data: metadata.parse_form(data, b""),
    "tls_peer.host": tls_peer.host,
}


@dataclass(frozen=True)
class Call:
    name: str
    owner: str  # a class, or nothing
    is_static: bool
    is_property: bool
    arguments: ast.arguments


def calls() -> list[Call]:
    found = []
    for node in ast.parse(STUBS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.append(Call(node.name, "", True, False, node.args))
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        for one in node.body:
            if isinstance(one, ast.FunctionDef):
                marks = {ast.unparse(mark) for mark in one.decorator_list}
                found.append(
                    Call(
                        one.name, node.name, "staticmethod" in marks, "property" in marks, one.args
                    )
                )
    return found


@dataclass
class World:
    random: random.Random
    live: dict[str, list[Any]] = field(default_factory=dict)
    data: list[bytes] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def keep(self, value: object) -> None:
        """What a call gave is what another may be passed."""
        if isinstance(value, (bytes, bytearray)):
            self.data.append(bytes(value))
        elif isinstance(value, (list, tuple)):
            for one in value[:8]:
                self.keep(one)
        elif type(value).__module__.startswith("sealwire"):
            kept = self.live.setdefault(type(value).__name__, [])
            kept.append(value)
            del kept[:-6]

    def buffer(self) -> Any:
        pick = self.random
        kind = pick.randrange(12)
        if kind < 5 and self.data:
            data = pick.choice(self.data[-12:])
        elif kind < 7:
            data = pick.choice([*IDS, bytes([7]) * 32, bytes([7]) * 64, CHAIN, ANCHOR, b"4.2 bar"])
        else:
            data = pick.randbytes(pick.choice([0, 1, 16, 31, 32, 33, 64, 65, 200, 3000]))
        if data and pick.randrange(4) == 0:
            changed = bytearray(data)
            changed[pick.randrange(len(changed))] ^= 1 << pick.randrange(8)
            data = bytes(changed[: pick.choice([None, pick.randrange(len(changed) + 1)])])
        match pick.randrange(12):
            case 0:
                return bytearray(data)
            case 1:
                return memoryview(data)
            case 2:
                return memoryview(data + data)[::2]
            case 3:
                return array("I", data[: len(data) // 4 * 4])
        return data

    def number(self, name: str) -> int:
        pick = self.random
        if name in PLACES:
            return pick.choice([0, 1, 2, 5, 64, -1, 2**64])
        if name in {"now", "floor", "expires", "overlap_end"} and pick.randrange(4):
            return NOW + pick.choice([0, 1, -1, 10**6, 10**7, 3600 * 10**6])
        if name == "tick" and pick.randrange(4):
            return 10**9 + pick.choice([0, 1, 10**6, 31 * 10**6, 4000 * 10**6])
        if name in {"level", "wanted", "lowest", "max_level"} and pick.randrange(4):
            return pick.choice([4, 5])
        if name == "key_id" and pick.randrange(4):
            return pick.choice([1, 2])
        return pick.choice(NUMBERS if pick.randrange(6) else FAR)

    def draw(self, annotation: ast.expr | None, name: str) -> Any:
        """A value for an argument; one time in twenty of a type that it isn't."""
        pick = self.random
        if pick.randrange(20) == 0:
            return pick.choice(
                [None, 1, 1.5, "x", b"x", [], (), {}, object(), float("nan"), sw, ...]
            )
        text = ast.unparse(annotation) if annotation else "object"
        kind = pick.choice([one.strip() for one in split(text)])
        match kind:
            case "Buffer":
                return self.buffer()
            case "int":
                return self.number(name)
            case "bool":
                return pick.choice([True, False])
            case "str":
                return pick.choice(TEXTS)
            case "None" | "object":
                return None
            case "timedelta":
                return timedelta(seconds=pick.choice([0, 1, -1, 10, 10**9]))
            case "UUID" | "_ModuleIdLike":
                own = pick.choice(IDS)
                return pick.choice([own, own, uuid.UUID(bytes=own), str(uuid.UUID(bytes=own))])
            case "_Name":
                return pick.choice(["pump/pressure", b"pump/pressure", *TEXTS])
            case "_Now":
                return pick.choice([None, sw.NO_CLOCK, self.number("now"), self.number("now")])
            case "_Tag":
                return pick.choice(["full", "short", "half"])
            case "_Policy":
                return pick.choice([sw.AnyPeer(), sw.NoPolicy(), *self.live.get("Rules", [])])
            case "_Fleet":
                return (self.buffer(), pick.choice([0, 8, 128, 129, -1]))
            case "_BurstItem":
                pair = (self.buffer(), sw.Context.topic("pump/pressure"))
                return pick.choice([self.buffer(), pair, (*pair, self.number("now")), pair[:1]])
        if kind.startswith("Literal["):
            return pick.choice(ast.literal_eval("[" + kind[8:-1] + "]"))
        if kind.startswith(("Sequence[", "Iterable[", "list[", "tuple[")):
            inner = ast.parse(kind[kind.index("[") + 1 : -1], mode="eval").body
            if isinstance(inner, ast.Tuple):
                return tuple(self.draw(one, name) for one in inner.elts)
            return [self.draw(inner, name) for _ in range(pick.choice([0, 1, 2, 3, 9]))]
        if self.live.get(kind):
            return pick.choice(self.live[kind])
        return None

    def make(self, call: Call) -> tuple[str, Callable[[], object]] | None:
        """The call and its words, or nothing where there is no object for it."""
        owner = getattr(_native, call.owner) if call.owner else _native
        target: Any = owner
        skipped = 0
        if call.owner and not call.is_static:
            skipped = 1
            if call.name != "__new__":
                if not self.live.get(call.owner):
                    return None
                target = self.random.choice(self.live[call.owner])
        if call.is_property:
            return f"{call.owner}.{call.name}", lambda: getattr(target, call.name)
        if call.name == "__reduce__":
            return f"pickle {call.owner}", lambda: self.copies(target)
        rules = call.arguments
        by_place = [*rules.posonlyargs, *rules.args][skipped:]
        needed = len(by_place) - len(rules.defaults)
        given = [
            self.draw(one.annotation, one.arg)
            for number, one in enumerate(by_place)
            if number < needed or self.random.randrange(2)
        ]
        named = {
            one.arg: self.draw(one.annotation, one.arg)
            for one, default in zip(rules.kwonlyargs, rules.kw_defaults, strict=True)
            if default is None or self.random.randrange(3) == 0
        }
        words = f"{call.owner}.{call.name}{short(given)} {short(named)}"
        function = target if call.name == "__new__" else getattr(target, call.name)
        return words, functools.partial(function, *given, **named)

    @staticmethod
    def copies(value: object) -> object:
        repr(value)
        copy.copy(value)
        return pickle.loads(pickle.dumps(value))

    def read(self) -> tuple[str, Callable[[], object]]:
        name = self.random.choice(sorted(READERS))
        data = bytes(self.buffer())
        given: Any = self.random.choice([data, data.decode("latin-1"), b"-----BEGIN" + data])
        if self.random.randrange(3) == 0:
            given = self.random.choice(['{"format": "sealwire-key-1", "kind": ', "[" * 3000, "{}"])
        if name in {"Certificate.from_pem", "SigningRequest.read", "read_certificates"}:
            given = given.encode("utf-8", "replace") if isinstance(given, str) else given
        return f"{name}{short([given])}", functools.partial(READERS[name], given)


def split(text: str) -> list[str]:
    """`A | B[C | D]` in its parts."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}…"


def begin(pick: random.Random) -> World:
    """A world in which a few good objects are there already."""
    world = World(pick)
    pump, panel = IDS[0], IDS[1]
    secret, key = sw.PeerSecret.from_bytes(b"\7" * 32), sw.SigningKey.from_bytes(b"\7" * 32)
    validator = sw.Validator(panel, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    validator.register(sw.PeerKey.hmac(1, pump, secret))
    sealer = sw.Sealer.hmac(
        key_id=1, sender=pump, receiver=panel, secret=secret, start=sw.NonceStart.fresh()
    )
    context = sw.Context.topic("pump/pressure")
    granter = sw.Granter(validator, capacity=2, sources=4)
    granter.register(pump, secret=secret)
    for one in (secret, key, key.public_key, validator, sealer, context, granter, sw.Exchange()):
        world.keep(one)
    world.keep(sw.Requirement.at_least(4, context))
    world.keep(sw.TrustStore())
    world.keep(sealer.seal(b"4.2 bar", context, NOW))
    return world


def run(seed: int, every: list[Call], world: World | None = None) -> tuple[int, str]:
    """One seed: how many calls there were, and what is wrong, if anything is."""
    world = world or begin(random.Random(seed))
    done = 0
    for _ in range(CALLS_A_SEED):
        made = world.read() if world.random.randrange(12) == 0 else None
        made = made or world.make(world.random.choice(every))
        if made is None:
            continue
        words, call = made
        done += 1
        try:
            world.keep(call())
        except sw.SecurityError as error:
            if type(error) is sw.SecurityError or not isinstance(error.code, int):
                return done, f"{words}\n{error!r}: of no kind, or without a code"
        except (TypeError, UnicodeEncodeError):
            pass
        except KeyboardInterrupt:
            raise
        except BaseException:  # a panic of Rust is no Exception
            return done, f"{words}\n{traceback.format_exc(limit=-4)}"
    return done, ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--log", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable(logging.CRITICAL)
    if options.planted:
        READERS["planted"] = lambda data: 1 // (len(data) % 16)
    every = calls()
    end, seed, done, wrong = time.monotonic() + options.seconds, options.seed, 0, ""
    while time.monotonic() < end and not wrong:
        seed = options.only if options.only is not None else seed + 1
        more, wrong = run(seed, every)
        done += more
        if options.only is not None:
            break
    if wrong:
        print(f"seed {seed}: {wrong}")
    print(f"python   {'FOUND' if wrong else 'ok':<5} {done:>9,} calls, {len(every)} kinds")
    if options.log and not wrong:
        hours.add("python", round(options.seconds), done, len(every))
    if not options.planted:
        print(f"assure: fuzz_python_findings = {int(bool(wrong))}")
        print(f"assure: fuzz_python_calls = {done}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
