"""What must be reached, and what each number means: the one table of limits.

Decides nothing but pass and fail: a metric without a limit is shown; one with a limit that was
not measured is shown as missing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    value: float
    at_least: bool = False

    def holds(self, measured: float) -> bool:
        return measured >= self.value if self.at_least else measured <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:,.10g}"


AT_MOST = {
    "host.hmac.validate_64B.floor_ratio": 1.35,
    "host.hmac.seal_64B.floor_ratio": 1.35,
    "host.peers_100000_vs_10.ratio": 1.1,
    "host.session_lookup_100000_vs_10.ratio": 1.1,
    "host.ecdsa.validate_64B.engine_ratio": 1.05,
    "host.ecdsa.seal_64B.engine_ratio": 1.05,
    "host.ecdsa.validate_64B.aws_lc_ratio": 1.15,
    "host.ecdsa.seal_64B.aws_lc_ratio": 1.15,
    "host.burst256.seal_per_frame.ecdsa_ratio": 0.05,
    "host.burst256.validate_per_frame.ecdsa_ratio": 0.05,
    "m4.hmac.validate_64B.instructions": 8_800,
    "m4.hardened.hmac.validate_64B.instructions": 16_500,
    "m4.hmac.flash_bytes": 5_500,
    "m4.hardened.hmac.flash_bytes": 7_000,
    "m4.hmac.stack_bytes": 1_024,
    "m4.ecdsa.validate_64B.instructions": 800_000,
    "m4.ecdsa.seal_64B.instructions": 380_000,
    "m4.ecdsa.flash_bytes": 14_000,
    "m4.ecdsa.stack_bytes": 2_816,
    "m4.x509.chain3.stack_bytes": 9_216,
    "m4.access.secret.requester.stack_bytes": 6_144,
    "m4.access.key.requester.stack_bytes": 10_240,
    "m4.burst64.seal_per_frame.instructions": 110_000,
    "ram.validator_slot_bytes": 192,
    "ram.session_slot_bytes": 256,
    "frame.hmac_16.overhead_bytes": 36,
    "frame.hmac_32.overhead_bytes": 52,
    "frame.ecdsa.overhead_bytes": 84,
    "frame.hmac_16_worst.overhead_bytes": 46,
    "frame.hmac_32_worst.overhead_bytes": 62,
    "frame.ecdsa_worst.overhead_bytes": 94,
}

AT_LEAST = {
    "python.validate_64B.stdlib_ratio": 5,
    "python.seal_64B.stdlib_ratio": 5,
    "python.validate_many_64B.stdlib_ratio": 7,
    "python.validate_64B.pyjwt_ratio": 80,
    "python.ecdsa_validate_64B.cryptography_ratio": 1.1,
    "python.threads2.scaling": 1.8,
}

LIMITS = {name: Limit(value) for name, value in AT_MOST.items()} | {
    name: Limit(value, at_least=True) for name, value in AT_LEAST.items()
}

# What a metric is, where its name begins so; the longest beginning counts.
EDGES = {
    "host.hmac.": (
        "A whole call, from the attached frame's bytes to `Accepted`, or from payload to frame: "
        "64-byte payload, 24-byte topic name, 32-byte tag, 20 bytes of metadata. Over three "
        "chained SHA-256 compressions on the same core in the same rounds. Validation gets a "
        "fresh frame each time; sealing them isn't timed."
    ),
    "host.peers_100000_vs_10.": (
        "Ten senders in turn, level 4, to a validator that knows ten and to one that knows 100,000."
    ),
    "host.session_lookup_100000_vs_10.": (
        "A frame of a session, level 4: what is over is ended, the frame validated, its session "
        "told. Ten modules in turn, to a granter with ten sessions and to one with 100,000."
    ),
    "host.access.": (
        "Exchanges that a granter grants on one core: proof to grant, with the host's "
        "engine, and with its signatures and the portable agreement (`_portable`). The module's "
        "own arithmetic isn't counted."
    ),
    "host.access.exchange": (
        "A whole exchange by key, both sides on one core, from request to session: the time of "
        "ours over that of lakers with its RustCrypto backend. `host`: with the engines of the "
        "wheel; `portable`: with RustCrypto's arithmetic, as lakers."
    ),
    "host.ecdsa.": (
        "The same frame at level 5. `engine_ratio`: over graviola's bare verify and sign of 192 "
        "bytes in one piece under a parsed key; `aws_lc_ratio`: over those of aws-lc-rs."
    ),
    "host.burst256.": (
        "256 frames under one signature, all written, all validated in order by a validator that "
        "had not seen the burst; per frame, over one signature or verification of aws-lc-rs."
    ),
    "python.": (
        "One call from Python with a `bytes` frame; replay, clock, level and context are checked. "
        "The standard library's peer is a keyed `hmac` copied per message, with `struct`, and "
        "checks none of them; it cuts the payload out, which ours does when `payload` is asked "
        "for. `validate_many`: batches of 256, the list with an object for each frame made and "
        "dropped. Ratios are theirs over ours."
    ),
    "python.threads2": (
        "Level 5 by one validator: the time of one thread over that of two, until the later one "
        "is through, for 200 frames under two senders' keys. Each has a core of its own (left to "
        "the scheduler they may share one for some milliseconds) and takes the next frame when it "
        "is done with one. Measured in turn, one thread's half, both, the other's half, 7 ms "
        "each; the median of these ratios. `threads2`: a call of `validate` for each frame; "
        "`threads2_many`: one of `validate_many` for every twenty. `threads2_hashlib`: as much "
        "work without a lock of ours, which says what the machine gave two threads meanwhile."
    ),
    "m4.": (
        "Executed instructions from call to return under QEMU with `-icount`, one case counted "
        "again by unicorn; flash as an image that only receives less one with an empty `main`; "
        "stack painted. Instructions aren't cycles: flash wait states and multiplications aren't "
        "counted."
    ),
    "m4.access.": (
        "An exchange for a session with the portable engine: instructions of each step of each "
        "side, the stack of all steps of a side, a requester's with the state between them and "
        "its session in it. The most of all exchanges of the vectors."
    ),
    "riscv.": "As `m4.`, on riscv32imac.",
    "ram.": (
        "One peer's storage, in every build: window of 512 nonces. A session has that and what "
        "its granter needs to send; an access slot is a module's registration with the sending "
        "halves of two sessions and the answer that a repeated proof gets."
    ),
    "frame.": (
        "Bytes beyond the payload under a key ID: nonce below 2^28, payload below 128 bytes, a "
        "timestamp of this century; `_worst` with the largest value of every field."
    ),
}


def edge_of(name: str) -> str:
    """The beginning of `name` that EDGES has."""
    return max((start for start in EDGES if name.startswith(start)), key=len, default="")
