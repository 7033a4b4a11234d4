"""One function under one attack: a machine that goes through it, and one that is attacked at each
of its steps.

Decides: which instructions are skipped, and what an engine answers to the attacked machine. An
engine takes millions of instructions, so it runs in the machine that isn't attacked only: for the
valid input, and for the attack's. To the attacked one pyca/cryptography answers in its place, and
leaves on the stack what the engine leaves there. An engine that says no is attacked too, at its
end.
"""

from __future__ import annotations

import functools
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import unicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from machine import BACK, MOST, RAM, Image, Machine
from unicorn import arm_const as arm

INPUT = RAM + 0xC000  # where the attacked bytes lie; the images' own data end before 0xa000
LAST, PIECE = 2000, 100_000  # instructions of an engine
USED = 0x2000  # bytes of stack that an engine may leave changed
CLOBBERED = tuple(getattr(arm, f"UC_ARM_REG_{name}") for name in ("R0", "R1", "R2", "R3", "R12"))
LONGEST = 1024  # bytes of a part of a question
SHOWN = 512  # bytes that are looked at of what got to `acted`
SIGNATURE_WRONG = 602  # sealwire::Error
LINK = arm.UC_ARM_REG_LR

Question = tuple[bytes, ...]


@dataclass
class Found:
    """What came of one attack on one function."""

    attack: str
    entry: str
    runs: int = 0
    hangs: int = 0
    won: dict[int, Counter[int]] = field(default_factory=dict)  # by length, by address


@dataclass(frozen=True)
class Answer:
    count: int  # instructions
    registers: list[int]  # that a call leaves changed
    left: bytes  # on the stack, below its end


def of_signature(one: Machine) -> Question:
    """What `engine` is asked: key, message, signature."""
    key, parts, count, signature = (one.register(number) for number in CLOBBERED[:4])
    if count > 16:
        return ()
    pairs = list(struct.iter_unpack("<II", one.read(parts, 8 * count)))
    if any(size > LONGEST for _start, size in pairs):
        return ()
    message = b"".join(one.read(*pair) for pair in pairs if pair[1])
    return one.read(key, 64), message, one.read(signature, 64)


def of_key(one: Machine) -> Question:
    """What `engine_accepts` is asked: the key."""
    return (one.read(one.register(CLOBBERED[0]), 64),)


def is_signed(question: Question) -> bool:
    if len(question) != 3 or not is_key(question[:1]):
        return False
    key, message, signature = question
    pair = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        public_key(key).verify(
            utils.encode_dss_signature(*pair), message, ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True


def is_key(question: Question) -> bool:
    try:
        public_key(question[0])
    except ValueError:
        return False
    return True


def public_key(xy: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + xy)


@dataclass(frozen=True)
class Engine:
    """How it is asked, what is true, and what a no looks like in the first register."""

    reads: Callable[[Machine], Question]
    holds: Callable[[Question], bool]
    no: int


ENGINES = {
    "engine": Engine(of_signature, functools.cache(is_signed), SIGNATURE_WRONG),
    "engine_accepts": Engine(of_key, functools.cache(is_key), 0),
}


class Target:
    """A subclass says what is prepared, what is valid, and what attacks."""

    def __init__(self, image: Image, entry: str, attack: str) -> None:
        self.entry, self.attack = entry, attack
        self.symbols = image.symbols
        self.walker, self.victim = Machine(image), Machine(image)
        self.wins: list[bytes] = []
        acted = self.symbols["acted"]
        for one in (self.walker, self.victim):
            one.uc.hook_add(unicorn.UC_HOOK_CODE, self.on_acted, begin=acted, end=acted)
        self.engines = {
            self.symbols[name]: engine for name, engine in ENGINES.items() if name in self.symbols
        }
        for engine in self.engines:
            for one, on in ((self.walker, self.on_call), (self.victim, self.on_engine)):
                one.uc.hook_add(unicorn.UC_HOOK_CODE, on, begin=engine, end=engine)
        self.is_listening = False
        self.answers: dict[tuple[int, bool], Answer] = {}  # by engine and verdict
        self.set_up()

    def prepare(self) -> None:
        """Before the image's own `prepare`."""

    def good(self) -> bytes:
        """What is obeyed, and comes before the attack."""
        raise NotImplementedError

    def bad(self, good: bytes) -> bytes:
        """The attack."""
        raise NotImplementedError

    def is_won(self, shown: bytes) -> bool:
        """Whether what got to `acted` is what the attack wants."""
        raise NotImplementedError

    def on_acted(self, uc: unicorn.Uc, _place: int, _size: int, _data: object) -> None:
        pointer, length = uc.reg_read(arm.UC_ARM_REG_R0), uc.reg_read(arm.UC_ARM_REG_R1)
        try:
            self.wins.append(bytes(uc.mem_read(pointer, min(length, SHOWN))))
        except unicorn.UcError:
            self.wins.append(b"?")

    def call(self, function: str, *arguments: int) -> None:
        self.walker.enter(self.symbols[function], *arguments)
        self.walker.go()
        if self.walker.pc() != BACK:
            raise RuntimeError(f"{function} never returned")

    def set_up(self) -> None:
        """Lets something valid through, and leaves the attack in its place."""
        self.prepare()
        self.call("prepare")
        if self.walker.register(arm.UC_ARM_REG_R0) != 0:
            raise RuntimeError("the image could not prepare")
        good = self.good()
        self.tried(good)
        if len(self.wins) != 1:
            raise RuntimeError(f"{self.attack}: what is valid is not obeyed: {self.wins}")
        self.wins.clear()
        bad = self.bad(good)
        before = self.walker.state()
        self.tried(bad)
        if self.wins:
            raise RuntimeError(f"{self.attack} wins without a fault")
        self.walker.restore(before)
        self.walker.uc.mem_write(INPUT, bad)
        self.walker.enter(self.symbols[self.entry], INPUT, len(bad))

    def tried(self, what: bytes) -> None:
        """One call, and what the engines said in it."""
        self.walker.uc.mem_write(INPUT, what)
        self.walker.enter(self.symbols[self.entry], INPUT, len(what))
        self.is_listening = True
        while self.walker.go() != BACK:
            self.listen()
        self.is_listening = False

    def on_call(self, uc: unicorn.Uc, _place: int, _size: int, _data: object) -> None:
        if self.is_listening:
            uc.emu_stop()

    def listen(self) -> None:
        """Goes through an engine, and keeps what it leaves behind."""
        walker, self.is_listening = self.walker, False
        engine, back = walker.pc(), walker.register(arm.UC_ARM_REG_LR) & ~1
        truth = self.truth(engine, walker)
        stack, count = walker.register(arm.UC_ARM_REG_SP), 0
        while walker.pc() != back:
            kept = walker.state()
            walker.step(PIECE, until=back)
            count += PIECE
        low, high = 0, PIECE  # of the last piece, how many it took
        while high - low > 1:
            middle = (low + high) // 2
            walker.restore(kept)
            walker.step(middle, until=back)
            low, high = (low, middle) if walker.pc() == back else (middle, high)
        walker.restore(kept)
        walker.step(high, until=back)
        registers = [walker.register(number) for number in CLOBBERED]
        left = walker.read(stack - USED, USED)
        answer = Answer(count + high - PIECE, registers, left)
        for verdict in (True, False):
            known = self.answers.get((engine, verdict))
            if known and (known.registers[0] == registers[0]) != (verdict == truth):
                raise RuntimeError("an engine and pyca/cryptography don't agree")
        self.answers[engine, truth] = answer
        self.is_listening = True

    def truth(self, engine: int, one: Machine) -> bool:
        return self.engines[engine].holds(self.engines[engine].reads(one))

    def on_engine(self, uc: unicorn.Uc, engine: int, _size: int, _data: object) -> None:
        try:
            truth = self.truth(engine, self.victim)
            # Where no engine ever said no, it leaves what a yes leaves.
            answer = self.answers.get((engine, truth), self.answers[engine, True])
            uc.mem_write(uc.reg_read(arm.UC_ARM_REG_SP) - USED, answer.left)
        except unicorn.UcError:
            return  # it will stumble itself
        for number, value in zip(CLOBBERED, answer.registers, strict=True):
            uc.reg_write(number, value)
        if not truth:
            uc.reg_write(CLOBBERED[0], self.engines[engine].no)
        uc.reg_write(arm.UC_ARM_REG_PC, uc.reg_read(arm.UC_ARM_REG_LR))

    def steps(self) -> Iterator[int]:
        """The attack's instructions one after the other, an engine's only at the end of a no; the
        walker stands before each."""
        while (address := self.walker.pc()) != BACK:
            if address in self.engines:
                if self.truth(address, self.walker):
                    self.walker.step(MOST, until=self.walker.register(LINK) & ~1)
                    continue
                self.walker.step(max(self.answers[address, False].count - LAST, 0))
                address = self.walker.pc()
            yield address
            self.walker.step()

    def inject(self, lengths: list[int]) -> Found:
        found = Found(self.attack, self.entry, won={length: Counter() for length in lengths})
        for address in self.steps():
            found.runs += 1
            before = self.walker.state()
            for length in lengths:
                self.wins.clear()
                self.victim.restore(before)
                try:
                    self.victim.jump_over(length)
                except unicorn.UcError:
                    continue  # there is nothing to jump over
                if not self.victim.run():
                    found.hangs += 1
                if any(self.is_won(win) for win in self.wins):
                    found.won[length][address] += 1
        self.wins.clear()
        return found
