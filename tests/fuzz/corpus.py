#!/usr/bin/env python3
"""Writes the small corpora from the shared vectors: frames and lines, a dozen a target.

The targets that change a frame of their own need none but a few changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c_calls

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
X509 = HERE.parent / "x509"
MOST, LONGEST = 12, 200
# Of access by chains: files, and their names in x509.json.
CHAINS = {
    "pump": "pump",
    "pump-renewed": "pump renewed",
    "pump-ended": "pump for ten minutes",
    "valve": "valve",
    "valve-with-pumps-key": "valve with the pump's key",
    "another-root": "another root's",
    "granter": "granter",
    "granter-renewed": "granter of next week",
}


def main() -> None:
    write("frame", spread(found(VECTORS / "levels.json", ("frame", "attached"))))
    write("stream", spread(found(VECTORS / "stream.json", ("frame",))))
    write("mutated", [b"", b"\x00\x00\x01", b"\x00\x10\x80\x00\x20\x01", b"\x03", b"\x01\x00"])
    write("burst", [b"\x00", b"\x81", b"\x02\x00\x30\x01", b"\x84\x01\x00\x80", b"\x03\x05"])
    last = b"\x21\xfe\xff\xcd" + b"\xff" * 6 + bytes(5)  # a clock at the end of time
    write("state", [b"\x01" + bytes(5), b"\x01" + bytes(4) + b"\x01" + bytes(8), b"\x00SWS1", last])
    write("chain", chains())
    write("access", exchanges())
    certificates()
    write("access_chains", exchanges_by_chains())
    write(
        "tokens",
        [
            b"\x00\x01\x00" * 4 + b"\x02\x00\xff" * 2 + b"\x00\x02\x00",
            b"\x00\x00\x00\x03\x00\x07\x01\x00\x00",
        ],
    )
    write("c_abi", calls())
    write("window", [b"\x00\x01" * 20, b"\x00\x01\x01\x01\x30\xff\x31\xff", b"\xf0\xff\xf1\xff"])


def calls() -> list[bytes]:
    """Calls of the C interface, by name and what is drawn for them: `c_abi.rs`."""
    number = c_calls.numbers()

    def seed(*names: str | tuple[str, bytes]) -> bytes:
        given = [(name, b"") if isinstance(name, str) else name for name in names]
        return b"".join(
            bytes([number[f"sealwire_{name}"], len(drawn)]) + drawn for name, drawn in given
        )

    ready = ("validator_init", "register", "sealer_init_hmac")
    # By objects with number 1: the module's validator, whose own ID is not the granter's.
    other = ("validator_init", b"\x01\x00\x00\x40")
    asked = (
        "validator_init", "granter_init", "granter_define_role", "granter_register",
        "exchange_init", "exchange_begin", "exchange_request", "granter_challenge",
        "exchange_challenge", "exchange_proof",
    )  # fmt: skip
    granted = (*asked, "granter_grant", "exchange_grant", "session_read")
    held = (
        other, "held_sessions_init", ("held_sessions_install", b"\x00\x00\x01"),
        "sealer_init_session", "seal", "validate", "granter_confirm", "granter_session_of",
        "granter_session_count",
    )  # fmt: skip
    return [
        seed(*ready, "seal", "validate", "validate", "audit_events", "audit_refused", "save"),
        seed(*ready, "seal", "inspect", "check", "admit", "admit", "begin", "finish", "admit"),
        seed(*ready, "seal_detached", "inspect_front", "validate_detached", "check_detached"),
        seed(*ready, "seal_in_place", "seal_with_nonce", "rollover", "revoke", "remove"),
        seed(*ready, "seal", "seal", "validate_many", "saved_len", "validator_destroy"),
        seed("signer_init_external", "signer_public_key", "sealer_init_ecdsa", "seal_burst",
             "burst_frame_len", "burst_write", "burst_destroy", "sealer_destroy"),
        seed("stream_init", "sealer_init_hmac", "seal", "stream_encode", "stream_push"),
        seed(*asked, "granter_grant", "exchange_explain", "exchange_last_failure"),
        seed(*granted, *held, "granter_seal", "granter_run", "granter_end_sessions"),
        seed(*granted, "tokens_init", "tokens_keep", "session_token", "tokens_check",
             "tokens_revoke", "clock_init", "clock_learn", "clock_now", "clock_error"),
        seed("trust_store_init", "trust_store_install", "trust_store_check", "checked_chain_read",
             "checked_chain_has_role", "checked_chain_holds_at", "checked_chain_peer_key",
             "trust_store_lowest_list", "trust_store_demand_list", "trust_store_remove"),
        seed("generate_secret", "generate_private_key", "public_key", "id_parse", "id_format"),
        seed("signer_init", "signer_public_key", "sealer_init_unproven", "seal", "set_audit_sink"),
    ]  # fmt: skip


def exchanges() -> list[bytes]:
    """Whole exchanges, their messages again and changed, renewals, time-outs: acts, `line.rs`."""
    ask, deliver, sends, answers, later = (bytes([what, 0, 0, 0]) for what in (0, 4, 5, 6, 7))
    run = ask + deliver * 4
    used = run + sends + deliver + answers + deliver
    insider = bytes([0x10, 2, 4, 0]) + b"".join(bytes([0x14, 0, 0, 0]) for _ in range(4))
    imposter = bytes([0x20, 1, 0, 0]) + deliver + bytes([0x24, 0, 0, 0]) + deliver
    again = b"".join(bytes([0x31, n, 0, 0]) for n in range(6))
    changed = b"".join(bytes([0x31, 2, 4 + 32 * n, 40 * n]) for n in range(5))
    spliced = b"".join(bytes([0x31, 2, 7 + 8 * n, 100 + n]) for n in range(5))
    late = bytes([7, 5, 0, 0])
    seeds = [
        used + used, run + later + run + sends + deliver, used + insider + answers,
        ask + deliver * 2 + late + deliver * 2, run + again + changed, insider + ask + spliced,
        ask + deliver * 2 + imposter + deliver * 2 + again, used + late * 2 + again + used,
    ]  # fmt: skip
    return [bytes([choice]) + seed for choice in (0, 1, 3) for seed in seeds]


def exchanges_by_chains() -> list[bytes]:
    """The same, while keys are renewed and revoked and others' chains are shown."""

    def beside(what: int, detail: int) -> bytes:
        return bytes([7, 0, what, detail])

    ask, deliver, sends, answers = (bytes([what, 0, 0, 0]) for what in (0, 4, 5, 6))
    used = ask + deliver * 4 + sends + deliver + answers + deliver
    renewed, granter_renewed = beside(1, 1), beside(5, 1)
    again = b"".join(bytes([0x31, n, 0, 0]) for n in range(6))
    other_tails = b"".join(bytes([0x31, 2, 6 + 8 * n, 0]) for n in range(6))
    to_the_module = b"".join(bytes([1, 3, 6 + 8 * n, 0]) for n in range(6))
    imposter = bytes([0x20, 1, 0, 0]) + deliver + bytes([0x24, 0, 0, 0]) + deliver
    false_granter = ask + bytes([4, 1, 0, 0]) + deliver + bytes([4, 1, 0, 0]) + deliver
    seeds = [
        used + renewed + used + beside(2, 0) + used, used + beside(2, 0) + again + sends,
        ask + deliver * 2 + granter_renewed + deliver + again,
        ask + deliver * 3 + granter_renewed + again,
        ask + deliver * 2 + other_tails + deliver + to_the_module, false_granter + again,
        *(beside(3, n) + imposter + ask + deliver * 4 for n in range(6)),
        *(beside(4, n) + false_granter for n in range(1, 6)),
        *(beside(3 + 8 * n, 20 * n) + imposter for n in range(1, 6)),
    ]  # fmt: skip
    return [bytes([number % 2 | number % 4 << 2]) + seed for number, seed in enumerate(seeds)]


def certificates() -> None:
    """The chains of who asks and who grants, and the false ones."""
    document = json.loads((X509 / "x509.json").read_text(encoding="utf-8"))
    folder = HERE / "chains"
    folder.mkdir(exist_ok=True)
    for name, of in CHAINS.items():
        chain = next(one["chain"] for one in document["access"] if one["name"] == of)
        (folder / f"{name}.der").write_bytes(bytes.fromhex(chain))


def chains() -> list[bytes]:
    """Chains, CRLs and lists as the target takes them apart; and changes to its own chain."""
    document = json.loads((X509 / "x509.json").read_text(encoding="utf-8"))
    cases = [case for case in document["tests"] if case["error"] is None]
    chain = next(case["chain"] for case in cases if case["comment"] == "two authorities")
    (HERE / "chain.der").write_bytes(bytes.fromhex("".join(chain)))
    (HERE / "root.der").write_bytes(bytes.fromhex(document["issuers"]["root"]["certificate"]))
    seeds = [b"\x00" + bytes.fromhex("".join(case["chain"])) for case in cases][::4]
    lists = [b"\x01" + bytes.fromhex(one["list"]) for one in document["lists"]][:4]
    crls = [b"\x02" + bytes.fromhex(one) for case in cases for one in case["crls"] or []][:4]
    return [*seeds, *lists, *crls, b"\x03\x00\x00\x01", b"\x03\x01\x00\x80\x02\x00\x01"]


def found(file: Path, names: tuple[str, ...]) -> list[bytes]:
    def walk(value: Any) -> Iterator[bytes]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in names and isinstance(inner, str):
                    yield bytes.fromhex(inner)
                else:
                    yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    return sorted({one for one in walk(json.loads(file.read_text())) if 0 < len(one) <= LONGEST})


def spread(seeds: list[bytes]) -> list[bytes]:
    return seeds[:: max(1, len(seeds) // MOST)][:MOST]


def write(target: str, seeds: list[bytes]) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:02}").write_bytes(seed)
    print(f"{target}: {len(seeds)}")


if __name__ == "__main__":
    main()
