#!/usr/bin/env python3
"""Python's ways to prove 64 bytes, beside ours, in one run; prints JSON.

    target/venv-bench/bin/python bench/python_peers.py [--quick]

Decides: cases take turns, in short rounds, and each warms up before its own. A ratio is that of
the fastest tenths of the rounds, as on the host (bench/src/clock.rs says why); what two threads
gain is compared within each round, and the median of the rounds counts; a time is the median.
What the peers leave out stands in docs/benchmarks.md. Our cases and the standard library's are
those of ffi-python/bench/messages.py.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ffi-python/bench"))

import cwt
import itsdangerous
import jwt
import messages as ours
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pymavlink.dialects.v20 import common as mavlink

PAYLOAD = ours.PAYLOAD
SECRET = ours.SECRET.secret_bytes()
SCALAR = int.from_bytes(ours.KEYS[2].secret_bytes(), "big")
PRIVATE = ec.derive_private_key(SCALAR, ec.SECP256R1())
PUBLIC = PRIVATE.public_key()
Case = Callable[[int], float]


def each(call: Callable[[], object]) -> Case:
    """A case that calls `call` so many times; gives the seconds of all."""

    def run(count: int) -> float:
        begin = time.perf_counter()
        for _ in range(count):
            call()
        return time.perf_counter() - begin

    return run


def ecdsa() -> dict[str, Case]:
    algorithm = ec.ECDSA(hashes.SHA256())
    signature = PRIVATE.sign(PAYLOAD, algorithm)
    return {
        "cryptography.sign": each(lambda: PRIVATE.sign(PAYLOAD, algorithm)),
        "cryptography.verify": each(lambda: PUBLIC.verify(signature, PAYLOAD, algorithm)),
    }


def tokens(name: str, algorithm: str, private: object, public: object) -> dict[str, Case]:
    claims = {"p": base64.b64encode(PAYLOAD).decode(), "iat": int(time.time()), "jti": "1"}
    claims["exp"] = claims["iat"] + 3600
    token = jwt.encode(claims, private, algorithm)  # type: ignore[arg-type]
    return {
        f"{name}.sign": each(lambda: jwt.encode(claims, private, algorithm)),  # type: ignore[arg-type]
        f"{name}.verify": each(lambda: jwt.decode(token, public, [algorithm])),  # type: ignore[arg-type]
    }


def signed_text() -> dict[str, Case]:
    signer = itsdangerous.TimestampSigner(SECRET, digest_method=hashlib.sha256)
    text = signer.sign(PAYLOAD)
    return {
        "itsdangerous.sign": each(lambda: signer.sign(PAYLOAD)),
        "itsdangerous.verify": each(lambda: signer.unsign(text, max_age=3600)),
    }


def cose(name: str, key: cwt.COSEKeyInterface) -> dict[str, Case]:
    """COSE_Mac0 under a symmetric key, COSE_Sign1 under one of a curve."""
    context = cwt.COSE.new(alg_auto_inclusion=True)
    message = context.encode(PAYLOAD, key)
    return {
        f"{name}.sign": each(lambda: context.encode(PAYLOAD, key)),
        f"{name}.verify": each(lambda: context.decode(message, key)),
    }


def ec_key() -> cwt.COSEKeyInterface:
    point = PUBLIC.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    scalar = SCALAR.to_bytes(32, "big")
    return cwt.COSEKey.new({1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:], -4: scalar})


def mavlink_signing() -> dict[str, Case]:
    def party() -> mavlink.MAVLink:
        one = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        one.signing.secret_key = SECRET
        one.signing.sign_outgoing = True
        one.signing.timestamp = 1
        return one

    sender = party()
    body = list(PAYLOAD) + [0] * (249 - len(PAYLOAD))
    message = mavlink.MAVLink_v2_extension_message(0, 0, 0, 1, body)

    def verify(count: int) -> float:
        frames = [bytes(message.pack(sender)) for _ in range(count)]
        receiver = party()
        begin = time.perf_counter()
        for frame in frames:
            receiver.decode(bytearray(frame))
        return time.perf_counter() - begin

    return {"pymavlink.sign": each(lambda: message.pack(sender)), "pymavlink.verify": verify}


def cases() -> dict[str, tuple[Case, int]]:
    """Each with how many calls make a round."""
    hmac_key = cwt.COSEKey.from_symmetric_key(SECRET, alg="HS256")
    quick = (
        signed_text()
        | tokens("pyjwt", "HS256", SECRET, SECRET)
        | mavlink_signing()
        | cose("cwt", hmac_key)
    )
    slow = ecdsa() | tokens("pyjwt_es256", "ES256", PRIVATE, PUBLIC)
    slow |= cose("cwt_sign1", ec_key())
    # What is compared has rounds of like length.
    counts = {"ecdsa_seal": 24, "ecdsa_validate": 24, "ecdsa_validate_many": 24}
    found = {name: (case, counts.get(name, 512)) for name, (case, _) in ours.CASES.items()}
    return found | {name: (case, 24) for name, case in (quick | slow).items()}


RATIOS = {
    "python.validate_64B.stdlib_ratio": ("peer_validate", "validate"),
    "python.seal_64B.stdlib_ratio": ("peer_seal", "seal"),
    "python.validate_many_64B.stdlib_ratio": ("peer_validate", "validate_many"),
    "python.validate_64B.pyjwt_ratio": ("pyjwt.verify", "validate"),
    "python.ecdsa_validate_64B.cryptography_ratio": ("cryptography.verify", "ecdsa_validate"),
    "python.ecdsa_seal_64B.cryptography_ratio": ("cryptography.sign", "ecdsa_seal"),
}


def measure(rounds: int) -> dict[str, object]:
    chosen = cases()
    samples: dict[str, list[float]] = {name: [] for name in chosen}
    scalings: dict[str, list[float]] = {name: [] for name in ours.SCALING}
    for _ in range(rounds):
        for name, (case, count) in chosen.items():
            # What the other cases pushed out of the caches comes back first.
            case(max(count // 8, 4))
            samples[name].append(case(count) / count)
        for name, work in ours.SCALING.items():
            scalings[name].append(ours.scaling(work))
    undisturbed = {name: sorted(some)[len(some) // 10] for name, some in samples.items()}
    ratios = {name: undisturbed[of] / undisturbed[to] for name, (of, to) in RATIOS.items()}
    ratios |= {f"python.{name}.scaling": statistics.median(s) for name, s in scalings.items()}
    return {
        "metrics": {name: {"value": ratio, "unit": "ratio"} for name, ratio in ratios.items()},
        "times": {f"python.{name}": statistics.median(s) * 1e9 for name, s in samples.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Python's ways to prove 64 bytes, in one run")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    print(json.dumps(measure(30 if parser.parse_args().quick else 300), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
