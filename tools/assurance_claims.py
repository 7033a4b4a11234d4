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
MUTATED, COVERED = "Tests that test", "What tests reach"
ATTACKS = (
    "wrong tag, old tag, a tag that fits an old verdict, level 1, replay, forbidden role, a "
    "group's key, an ended key, old"
)
FLAWS = (
    "wrong signature, unknown anchor, unregistered authority, expired, not yet valid, role, module "
    "or time source outside of the registration, wrong purpose, wrong key usage, a CA as a module, "
    "unknown critical extension, names that don't lead upwards, two identities, revoked in a list, "
    "in a CRL"
)
PANICS, STACK = "No panic", "Stack"
EMULATED = "release code for thumbv7em in an emulator, each executed instruction skipped once"


def faults(opt: str) -> tuple[Claim, ...]:
    part, title = f"faults-{opt}", f"{FAULTS}: opt-level {opt}"
    name = f"faults_{opt}"
    longer = tuple(
        Claim(
            f"{name}_hardened_{level}skip{length}", part, title,
            f"{at}the same of {length} instructions skipped in a row", "the same", limit,
        )
        for level, at in (("", ""), ("level5_", "level 5, "))
        for length, limit in ((2, "≤ 10"), (3, "≤ 10"), (5, "≤ 10"))
    )  # fmt: skip
    return (
        Claim(
            f"{name}_hardened_skip1", part, title,
            f"with `hardened` no single skipped instruction gets a frame accepted ({ATTACKS})",
            EMULATED, "= 0",
        ),
        Claim(
            f"{name}_hardened_level5_skip1", part, title,
            "nor one with a wrong signature at level 5",
            "the same: all of the core, and the last 2,000 instructions of the portable engine",
            "= 0",
        ),
        Claim(
            f"{name}_hardened_burst_skip1", part, title,
            "nor a forged frame of a burst: the first, and a later one whose burst is known",
            "the same, with a wrong signature, a wrong path, another nonce", "= 0",
        ),
        Claim(
            f"{name}_hardened_gate_skip1", part, title,
            "nor does a group's member get a command past the gate of `firmware-example`",
            "the same: on the channel for talk, and on the one for commands", "= 0",
        ),
        Claim(
            f"{name}_hardened_gate_planted_skip1", part, title,
            "past a gate that goes by the channel alone he does",
            "it is built in", "≥ 1",
        ),
        *longer,
        Claim(
            f"{name}_hardened_planted_skip1", part, title,
            "an application that doesn't ask the verdict falls, so the check sees that",
            "it is built in; wrong signatures", "≥ 1",
        ),
        Claim(
            f"{name}_plain_skip1", part, title,
            "without it, some do: what the feature is worth, and proof that the check sees",
            "the same", "≥ 1",
        ),
        Claim(f"{name}_plain_level5_skip1", part, title, "at level 5", "the same", "≥ 1"),
        Claim(f"{name}_plain_burst_skip1", part, title, "and in bursts", "the same", "≥ 1"),
        Claim(
            f"{name}_hardened_validate_instructions", part, title,
            "instructions of a refused `validate`, with `hardened`", "counted", "≤ 9000",
        ),
        Claim(
            f"{name}_plain_validate_instructions", part, title,
            "the same without", "counted", "≤ 8000",
        ),
    )  # fmt: skip


def faults_in_chains(opt: str) -> tuple[Claim, ...]:
    part, title = f"faults-chains-{opt}", f"{FAULTS} in chains: opt-level {opt}"
    name = f"faults_{opt}"
    return (
        Claim(
            f"{name}_hardened_chain_skip1", part, title,
            f"with `hardened` no single skipped instruction gets a chain accepted ({FLAWS})",
            EMULATED + ": all of the core and of `rustls-webpki`, and the last 2,000 instructions "
            "of the portable engine", "= 0",
        ),
        Claim(
            f"{name}_hardened_chain_planted_skip1", part, title,
            "an application that doesn't ask the verdict falls, so the check sees that",
            "it is built in; an unknown anchor", "≥ 1",
        ),
        Claim(
            f"{name}_plain_chain_skip1", part, title,
            "without it, so many do", "the same flaws", "≥ 1",
        ),
        Claim(
            f"{name}_hardened_list_instructions", part, title,
            "instructions of a chain of two that is refused for a wrong signature, engine not "
            "counted but for its end", "counted", "≤ 160000",
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
        "memcheck, secrets marked undefined: frames, registration, saved state, signing, access by "
        "secret and by key on both sides with a group's key, tokens, signing requests; "
        "`tests/assure/constant-time/allowed.json`", "= 0",
    ),
    Claim("constant_time_stale", "constant-time", TIME, "no stale entry there", "the same", "= 0"),
    Claim(
        "constant_time_naive_reports", "constant-time", TIME,
        "the check sees a comparison that stops early", "one is built in", "≥ 1",
    ),
    Claim(
        "panics_level4", "panics", PANICS,
        "no function that panics is in the level 4 programs: sealing and receiving, three targets",
        "symbols of the linked images of `firmware-example`", "= 0",
    ),
    Claim(
        "panics_ours", "panics", PANICS,
        "at level 5, in access and with certificates no panic of our own code is reachable",
        "each call of one in two images for the Cortex-M4, by the debug information", "= 0",
    ),
    Claim(
        "panics_unlisted", "panics", PANICS, "none of others' code without a reason",
        "`tests/assure/panics/allowed.json`", "= 0",
    ),
    Claim("panics_stale", "panics", PANICS, "no stale entry there", "the same", "= 0"),
    Claim(
        "panics_planted", "panics", PANICS, "the check sees an index, and one behind `core`",
        "both are built into an image", "≥ 2",
    ),
    Claim(
        "stack_validate_bound", "stack", STACK, "bytes that a level 4 `validate` can take at most",
        "`-Z emit-stack-sizes` and the calls in the machine code, Cortex-M4, `hardened`", "≤ 1100",
    ),
    Claim(
        "stack_validate_painted", "stack", STACK, "bytes that it took", "painted, in QEMU", "≤ 1100"
    ),
    Claim("stack_seal_bound", "stack", STACK, "the same of `seal`: at most", "as above", "≤ 900"),
    Claim("stack_seal_painted", "stack", STACK, "and seen", "as above", "≤ 900"),
    Claim(
        "stack_above_bound", "stack", STACK, "neither was seen to take more than its bound",
        "compared", "= 0",
    ),
    Claim(
        "stack_planted_missed", "stack", STACK,
        "the check sees a circle of calls, a pointer that is called and frames that are too small",
        "planted in the machine code that it reads: so many are missed", "= 0",
    ),
    Claim(
        "stack_unbounded", "stack", STACK,
        "no circle of calls, and no pointer called but a policy's", "in the same calls", "= 0",
    ),
    *faults("s"),
    *faults("3"),
    *faults_in_chains("s"),
    *faults_in_chains("3"),
    Claim(
        "fuzz_crashes",
        "fuzz",
        "Fuzzing",
        "no crash, no false acceptance, no departure from a model, with AddressSanitizer",
        "libFuzzer: frame, mutated frame, COBS line, saved state, burst, replay window, chains "
        "with CRLs and lists, both ends of access by secrets, keys and chains with an insider and "
        "a false granter, tokens, every function of the C header",
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
        "mutants_critical_run", "mutants", MUTATED,
        "changes of the window, the comparison, levels, policy, the pipeline, proofs and what "
        "hardens them, role names, tokens and cookies, each alone under the core's tests",
        "listed by `cargo-mutants`, woven into one build, one switched on as the tests start",
        "≥ 200",
    ),
    Claim(
        "mutants_critical_missed", "mutants", MUTATED, "of which none is left that no test sees",
        "but for those in `tests/assure/mutants/unchanging.json`, which change nothing", "= 0",
    ),
    Claim(
        "mutants_stale", "mutants", MUTATED, "no stale entry there, and none without a reason",
        "the same", "= 0",
    ),
    Claim(
        "mutants_rest_run", "mutants", MUTATED, "changes of all other files of the core",
        "the same; tests of a second and more meet only those of their own file", "≥ 1500",
    ),
    Claim(
        "mutants_rest_seen_permille", "mutants", MUTATED, "of a thousand of them so many are seen",
        "the same", "≥ 900",
    ),
    Claim(
        "mutants_seen_missing_tests", "mutants", MUTATED,
        "changes of the tokens that survive where one test is left out: the check sees that",
        "without the test that a module has one token", "≥ 1",
    ),
    Claim(
        "coverage_lines_permille", "coverage", COVERED,
        "of a thousand lines of the core so many are reached by its tests",
        "source-based instrumentation of `cargo test -p sealwire`", "≥ 950",
    ),
    Claim(
        "coverage_branches_permille", "coverage", COVERED, "and of a thousand branches",
        "the same", "≥ 900",
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
    "varies), other compilers and targets, the host engine's assembly (under valgrind the portable "
    "engine takes its place), verification of signatures, which is of public data, a granter's "
    "session IDs, and leaks by power or radiation.",
    "panics": "the assembly engine, and what a compiler with other settings leaves in. Reachable "
    "is what the linker kept.",
    "stack": "a policy of yours, interrupts, level 5, other targets.",
    "faults-s": "two faults, flipped bits, skips inside an engine but for its end, the access "
    "exchange, requirements that aren't `static`, other cores, other "
    "compilers and other images: after link-time optimisation each build is another, so measure "
    "yours.",
    "faults-3": "the same.",
    "faults-chains-s": "longer runs of skipped instructions; flaws that the claim doesn't name; "
    "taking lists and CRLs, installing anchors, `holds_at`; roles that an application gives by its "
    "own `if`. Whether anything was looked up is for the application to ask (`status_until`): the "
    "one attacked here does.",
    "faults-chains-3": "the same.",
    "fuzz": "long runs: the part fuzzes each target for ten seconds, "
    "`tests/fuzz/run.py --seconds N` as long as you like (`tests/fuzz/HOURS.md` says how long it "
    "was so far).",
    "fuzz-python": "guidance by coverage; several threads at once (`test_threads.py` has those); "
    "TLS connections, `sealwire.module` on a line, files and commands.",
    "mutants": "bindings and engines (constants that the compiler works out count as unseen); that "
    "secrets are wiped, which safe code can't look at; nor that two changes at once are seen. What "
    "doesn't compile is no change.",
    "coverage": "that what is reached is judged: that is what mutation shows.",
    "supply-chain": "that somebody read those packages.",
    "reproducible": "the same bytes from another compiler or another linker.",
}
