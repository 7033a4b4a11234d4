"""The claims of docs/assurance.md: what is claimed, how it is checked, which figure must hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    name: str  # of the figure, in target/assure/results.json
    part: str  # of tools/parts.py
    title: str
    text: str
    how: str
    limit: str  # `= N`, `≤ N` or `≥ N`


OUTSIDE, TIME, FAULTS = "Others' vectors", "Constant time", "Faults"
CHAIN = "What it is made of"
EMULATED = "release code for thumbv7em in an emulator, each executed instruction skipped once"


def faults(opt: str) -> tuple[Claim, ...]:
    attacks = "wrong tag, old tag, level 1, replay, forbidden role"
    part = f"faults-{opt}"
    return (
        Claim(
            f"faults_{opt}_hardened_skip1", part, f"{FAULTS}: opt-level {opt}",
            f"with `hardened` no single skipped instruction gets a frame accepted ({attacks})",
            EMULATED, "= 0",
        ),
        Claim(
            f"faults_{opt}_plain_skip1", part, f"{FAULTS}: opt-level {opt}",
            "without it, some do: what the feature is worth, and proof that the check sees",
            "the same", "≥ 1",
        ),
        Claim(
            f"faults_{opt}_hardened_validate_instructions", part, f"{FAULTS}: opt-level {opt}",
            "instructions of a refused `validate`, with `hardened`", "counted", "≤ 9000",
        ),
        Claim(
            f"faults_{opt}_plain_validate_instructions", part, f"{FAULTS}: opt-level {opt}",
            "the same without", "counted", "≤ 8000",
        ),
    )  # fmt: skip


CLAIMS = (
    Claim(
        "outside_passed", "outside-vectors", OUTSIDE,
        "Wycheproof, RFC 4231, 5869 and 6979, NIST CAVP: engines and hashes come to their verdicts",
        "ECDSA: portable and host engine, and the engine of the C library by its struct of "
        "functions; ECDH: the same three; the core's own SHA-256 and HMAC "
        "files; HKDF composed of them", "≥ 3000",
    ),
    Claim(
        "outside_unexplained", "outside-vectors", OUTSIDE, "no other verdict without a reason",
        "`tests/assure/outside/divergences.json`", "= 0",
    ),
    Claim(
        "outside_stale_entries", "outside-vectors", OUTSIDE, "no reason for what doesn't happen",
        "the same", "= 0",
    ),
    Claim(
        "outside_known_divergences", "outside-vectors", OUTSIDE,
        "right signatures that are refused: a high s; with s lowered each is accepted",
        "counted per engine", "≤ 609",
    ),
    Claim(
        "constant_time_unlisted", "constant-time", TIME,
        "no branch and no index depends on a key, a tag or a secret, but for the listed",
        "memcheck, secrets marked undefined; `tests/assure/constant-time/allowed.json`", "= 0",
    ),
    Claim("constant_time_stale", "constant-time", TIME, "no stale entry there", "the same", "= 0"),
    Claim(
        "constant_time_naive_reports", "constant-time", TIME,
        "the check sees a comparison that stops early", "one is built in", "≥ 1",
    ),
    *faults("s"),
    *faults("3"),
    Claim(
        "fuzz_crashes",
        "fuzz",
        "Fuzzing",
        "no crash, no false acceptance, no departure from a model, with AddressSanitizer",
        "libFuzzer: frame, mutated frame, COBS line, saved state, burst, replay window, chains "
        "with CRLs and lists, both ends of access with an insider and a false granter, tokens, "
        "every function of the C header",
        "= 0",
    ),
    Claim(
        "fuzz_executions",
        "fuzz",
        "Fuzzing",
        "runs of all targets together in the last run of the part",
        "counted",
        "≥ 10000",
    ),
    Claim(
        "fuzz_planted_missed", "fuzz", "Fuzzing",
        "targets that miss a bug planted for them",
        "a copy of the code with a bug for each target, found within 30 s or not: "
        "`tests/fuzz/planted.py`", "= 0",
    ),
    Claim(
        "fuzz_python_findings", "fuzz-python", "The wheel's entry points",
        "no panic and no exception that isn't documented, whatever is passed",
        "everything in the stubs and the readers in Python, called with arguments that are drawn "
        "by their annotations, of wrong types too, from what earlier calls gave", "= 0",
    ),
    Claim(
        "fuzz_python_calls", "fuzz-python", "The wheel's entry points",
        "calls in the last run of the part", "counted", "≥ 10000",
    ),
    Claim(
        "chain_violations", "supply-chain", CHAIN,
        "licences on the list, every package from the registry, no banned or unlocked one",
        "`tools/supply.py` over `cargo metadata` of each lock file", "= 0",
    ),
    Claim(
        "reproducible_differences", "reproducible", "The same bytes twice",
        "the bare-metal C library is bit for bit the same from two folders",
        "built from two copies of the tree, compared", "= 0",
    ),
)  # fmt: skip

NOT_CLAIMED = {
    "outside-vectors": "DER and SEC 1 parsing (frames carry neither; 283 cases that are no DER "
    "and 9 points that aren't x and y can't be put to us), MAC keys and salts of 33 to 64 bytes "
    "(no key of ours is so long). The C library shows ECDSA and ECDH, but no HMAC and no HKDF by "
    "itself, and the wheel shows none of the four: what it links is what is tested here, and its "
    "frames and sessions are checked with pyca/cryptography (`tests/reference`).",
    "constant-time": "anything of the machine itself (caches, prediction, multipliers whose time "
    "varies), other compilers and targets, the host engine's assembly, verification of "
    "signatures, which is of public data, and leaks by power or radiation.",
    "faults-s": "two faults, flipped bits, skips at level 5 and in engines, other cores, other "
    "compilers and other images: after link-time optimisation each build is another, so measure "
    "yours.",
    "faults-3": "the same.",
    "fuzz": "long runs: the part fuzzes each target for ten seconds, "
    "`tests/fuzz/run.py --seconds N` as long as you like (`tests/fuzz/HOURS.md` says how long it "
    "was so far). Access with chains runs in tests only.",
    "fuzz-python": "guidance by coverage; several threads at once (`test_threads.py` has those); "
    "TLS connections, `sealwire.module` on a line, files and commands.",
    "supply-chain": "that somebody read those packages.",
    "reproducible": "the same bytes from another compiler or another linker.",
}
