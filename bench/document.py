"""docs/benchmarks.md and its plots, out of results.json.

Decides: nothing in there is written by hand but what the peers don't do; numbers, machine,
versions and verdicts are those of one run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from limits import EDGES, LIMITS, edge_of
from plots import Bar, bars

HEAD = """# Benchmarks

Written by `make bench`, out of one run of this tree; don't edit. Ratios travel between machines,
nanoseconds don't. Sealwire proves messages and doesn't hide them: payloads travel in clear.
"""

PEERS = Path(__file__).with_name("peers.md")
SPEED = Path(__file__).with_name("speed.md")

# Title, unit, divisor of nanoseconds, and (label, time, kind) of each bar.
PLOTS = {
    "hmac": (
        "Level 4 on a host: validate 64 bytes, ns",
        "ns",
        1,
        [
            ("floor: 3 compressions", "host.hmac.floor", "floor"),
            ("Sealwire validate", "host.hmac.validate", "ours"),
            ("Sealwire seal", "host.hmac.seal", "ours"),
            ("hmac: tag only", "host.hmac.verify.hmac", "peer"),
            ("ring: tag only", "host.hmac.verify.ring", "peer"),
            ("OpenSSL: tag only", "host.hmac.verify.openssl", "peer"),
            ("aws-lc-rs: tag only", "host.hmac.verify.aws-lc-rs", "peer"),
        ],
    ),
    "ecdsa": (
        "Level 5 on a host: validate 64 bytes, µs",
        "µs",
        1e3,
        [
            ("Sealwire, per frame of a burst", "host.burst256.validate_per_frame", "ours"),
            ("Sealwire validate", "host.ecdsa.validate", "ours"),
            ("aws-lc-rs: verify only", "host.ecdsa.verify.aws-lc-rs", "peer"),
            ("graviola: verify only", "host.ecdsa.verify.graviola", "peer"),
            ("ring: verify only", "host.ecdsa.verify.ring", "peer"),
            ("OpenSSL: verify only", "host.ecdsa.verify.openssl", "peer"),
            ("p256: verify only", "host.ecdsa.verify.p256", "peer"),
        ],
    ),
    "ecdsa-seal": (
        "Level 5 on a host: seal 64 bytes, µs",
        "µs",
        1e3,
        [
            ("Sealwire, per frame of a burst", "host.burst256.seal_per_frame", "ours"),
            ("Sealwire seal", "host.ecdsa.seal", "ours"),
            ("graviola: sign only", "host.ecdsa.sign.graviola", "peer"),
            ("aws-lc-rs: sign only", "host.ecdsa.sign.aws-lc-rs", "peer"),
            ("ring: sign only", "host.ecdsa.sign.ring", "peer"),
            ("OpenSSL: sign only", "host.ecdsa.sign.openssl", "peer"),
            ("p256: sign only", "host.ecdsa.sign.p256", "peer"),
        ],
    ),
    "access": (
        "A whole access exchange by key on a host, both sides, µs",
        "µs",
        1e3,
        [
            ("Sealwire", "host.access.exchange.host", "ours"),
            ("lakers, RustCrypto", "host.access.exchange.lakers", "peer"),
            ("Sealwire, RustCrypto", "host.access.exchange.portable", "ours"),
        ],
    ),
    "python": (
        "Python: validate 64 bytes under a shared key, µs",
        "µs",
        1e3,
        [
            ("Sealwire, in a batch", "python.validate_many", "ours"),
            ("Sealwire", "python.validate", "ours"),
            ("standard library", "python.peer_validate", "peer"),
            ("itsdangerous", "python.itsdangerous.verify", "peer"),
            ("cwt, COSE_Mac0", "python.cwt.verify", "peer"),
            ("pymavlink", "python.pymavlink.verify", "peer"),
            ("PyJWT, HS256", "python.pyjwt.verify", "peer"),
        ],
    ),
    "python-ecdsa": (
        "Python: validate 64 bytes under a signature, µs",
        "µs",
        1e3,
        [
            ("Sealwire", "python.ecdsa_validate", "ours"),
            ("pyca/cryptography", "python.cryptography.verify", "peer"),
            ("cwt, COSE_Sign1", "python.cwt_sign1.verify", "peer"),
            ("PyJWT, ES256", "python.pyjwt_es256.verify", "peer"),
        ],
    ),
}


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"


def table(metrics: dict[str, dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Rows of name, value, limit and verdict; what has a limit and wasn't measured, too."""
    rows = []
    for name in sorted(metrics.keys() | LIMITS.keys()):
        limit = LIMITS.get(name)
        if name not in metrics:
            rows.append((name, "—", str(limit), "not measured"))
            continue
        value = metrics[name]["value"]
        verdict = "" if limit is None else "ok" if limit.holds(value) else "SHORT"
        unit = "" if metrics[name]["unit"] == "ratio" else f" {metrics[name]['unit']}"
        rows.append((name, number(value) + unit, "" if limit is None else str(limit), verdict))
    return rows


def markdown(results: dict[str, Any]) -> str:
    metrics, about = results["metrics"], results["about"]
    text = [HEAD, "## Machine and versions\n", "| | |", "| --- | --- |"]
    text += [f"| {key} | {value} |" for key, value in about.items()]
    text += ["\n## Commands\n", "```text", *results["commands"], "```"]
    text += ["\n## Limits\n", "| metric | value | limit | |", "| --- | --- | --- | --- |"]
    rows = table(metrics)
    limited = [row for row in rows if row[2]]
    text += [f"| `{name}` | {value} | {limit} | {word} |" for name, value, limit, word in limited]
    text += ["\n## What each metric is\n"]
    used = {edge_of(name) for name, *_rest in rows}
    text += [f"- `{start}…`: {meaning}" for start, meaning in EDGES.items() if start in used]
    text += ["\n## Plots\n"]
    text += [f"![{title}](benchmarks/{name}.svg)\n" for name, (title, *_) in PLOTS.items()]
    text += ["Bars of Sealwire are whole calls; those of the others do less.\n", PEERS.read_text()]
    text += [SPEED.read_text(), "## All times\n", "| job | ns |", "| --- | --- |"]
    text += [f"| `{name}` | {nanos:,.0f} |" for name, nanos in sorted(results["times"].items())]
    text += ["\n## Other metrics\n", "| metric | value |", "| --- | --- |"]
    text += [f"| `{name}` | {value} |" for name, value, limit, _ in rows if not limit]
    return "\n".join(text) + "\n"


def write(results: dict[str, Any], docs: Path) -> None:
    """The page and its plots, as far as there is something to show."""
    times = dict(results["times"])
    for job in ("seal", "validate"):
        if f"host.burst256.{job}" in times:
            times[f"host.burst256.{job}_per_frame"] = times[f"host.burst256.{job}"] / 256
    (docs / "benchmarks").mkdir(parents=True, exist_ok=True)
    for name, (title, unit, divisor, rows) in PLOTS.items():
        found = [Bar(label, times[of] / divisor, kind) for label, of, kind in rows if of in times]
        if found:
            (docs / f"benchmarks/{name}.svg").write_text(bars(title, unit, found))
    (docs / "benchmarks.md").write_text(markdown(results))


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
