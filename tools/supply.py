#!/usr/bin/env python3
"""What Sealwire is made of: rules for its packages, THIRD-PARTY.md, and an SBOM.

  supply.py check             licences, sources, bans and lock files of every workspace
  supply.py third-party       writes THIRD-PARTY.md; with --check says whether it is stale
  supply.py sbom [FILE]       CycloneDX 1.5 JSON of what is shipped (default: standard output):
                              crates as locked, with the checksums of their lock file, and what
                              the wheel's extras ask for; C code comes with a crate or not at all

Decides: what ships is what the crates of the root workspace need without their tests; `check`
looks at everything that is locked, tests and tools included. The rules stand below and, for who
has cargo-deny, the same in deny.toml.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections import deque
from pathlib import Path
from typing import Any

from house import ROOT

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense", "Zlib",
    "CDLA-Permissive-2.0",
}  # fmt: skip
# Test tools only.
TOOLS_ALLOWED = ALLOWED | {"MPL-2.0", "NCSA"}
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
# Wrong here, whatever else they are good for.
BANNED = {"rsa": "needs an allocator, and its decryption isn't constant time"}
SHIPPED = (
    "sealwire",
    "sealwire-c",
    "sealwire-python",
    "sealwire-engine-cortex-m4",
    "sealwire-engine-host",
)
PAGE = ROOT / "THIRD-PARTY.md"
Package = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    page = commands.add_parser("third-party")
    page.add_argument("--check", action="store_true")
    commands.add_parser("sbom").add_argument("file", nargs="?", type=Path)
    options = parser.parse_args()
    match options.command:
        case "check":
            return check()
        case "third-party":
            return third_party(options.check)
        case "sbom":
            text = json.dumps(sbom(), indent=2) + "\n"
            if options.file:
                options.file.write_text(text)
            else:
                print(text, end="")
    return 0


def metadata(manifest: Path) -> dict[str, Any]:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    done = subprocess.run(
        [*command, "--manifest-path", manifest], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{manifest.relative_to(ROOT)}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def manifests() -> list[Path]:
    """Every workspace of the tree: where a Cargo.lock is kept."""
    listed = subprocess.run(
        ["git", "ls-files", "*Cargo.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / Path(name).parent / "Cargo.toml" for name in listed.stdout.split()]


def check() -> int:
    violations, seen = [], 0
    for manifest in manifests():
        where = manifest.parent.relative_to(ROOT)
        for package in metadata(manifest)["packages"]:
            seen += 1
            violations += [f"{where}: {text}" for text in wrong(package)]
    for text in sorted(set(violations)):
        print(text)
    print(f"{seen} packages in {len(manifests())} lock files")
    print(f"assure: chain_packages = {seen}")
    print(f"assure: chain_violations = {len(set(violations))}")
    return int(bool(violations))


def wrong(package: Package) -> list[str]:
    name = f"{package['name']} {package['version']}"
    found = []
    if package["source"] not in (None, REGISTRY):
        found.append(f"{name} comes from {package['source']}")
    if package["source"] and not licence_is_fine(package["license"] or "", TOOLS_ALLOWED):
        found.append(f"{name}: licence {package['license']!r}")
    if package["name"] in BANNED:
        found.append(f"{name} is banned: {BANNED[package['name']]}")
    return found


def licence_is_fine(expression: str, allowed: set[str]) -> bool:
    """SPDX: one of each OR, all of each AND; brackets as they come."""
    expression = expression.replace("/", " OR ")
    terms = re.split(r"(\(|\)| OR | AND )", expression)
    words = {" OR ": "or", " AND ": "and", "(": "(", ")": ")"}
    parts = [words.get(term) or str(term.strip() in allowed) for term in terms if term.strip()]
    # Nothing but True, False, and, or and brackets is left.
    return bool(parts) and bool(eval(" ".join(parts), {"__builtins__": {}}))


def shipped() -> list[Package]:
    """Packages that end up in what is shipped: normal dependencies only, every target's."""
    found = metadata(ROOT / "Cargo.toml")
    packages = {package["id"]: package for package in found["packages"]}
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    queue = deque(key for key, package in packages.items() if package["name"] in SHIPPED)
    reached = set(queue)
    while queue:
        for dependency in nodes[queue.popleft()]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds & {None, "build"} and dependency["pkg"] not in reached:
                reached.add(dependency["pkg"])
                queue.append(dependency["pkg"])
    return sorted((packages[key] for key in reached), key=lambda one: (one["name"], one["version"]))


def third_party(only_check: bool) -> int:
    rows = [package for package in shipped() if package["source"]]
    refused = [one["name"] for one in rows if not licence_is_fine(one["license"] or "", ALLOWED)]
    if refused:
        raise SystemExit(f"shipped under a licence that isn't on the list: {', '.join(refused)}")
    text = (
        "# What others wrote\n\n"
        "Written by `tools/supply.py third-party` from the lock file: each package that the core,\n"
        "the C library, the wheel or an engine may link or is built with, on any target and\n"
        "with any feature. The bare core needs far fewer: `cargo tree -p sealwire -e normal`.\n\n"
        "| package | version | licence |\n| --- | --- | --- |\n"
    )
    text += "".join(f"| {one['name']} | {one['version']} | {one['license']} |\n" for one in rows)
    if not only_check:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("THIRD-PARTY.md is stale: tools/supply.py third-party")
    return 1


def extras() -> list[dict[str, Any]]:
    """What the wheel's extras ask for. It has no other dependency, or this list is wrong."""
    project = tomllib.loads((ROOT / "ffi-python/pyproject.toml").read_text())["project"]
    if project.get("dependencies"):
        raise SystemExit("supply: the wheel has dependencies that the SBOM knows nothing of")
    found = []
    for extra, wanted in sorted(project["optional-dependencies"].items()):
        for requirement in wanted:
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
            found.append({
                "type": "library",
                "name": name,
                "purl": f"pkg:pypi/{name}",
                "scope": "optional",
                "properties": [
                    {"name": "sealwire:requirement", "value": requirement},
                    {"name": "sealwire:extra", "value": extra},
                ],
            })  # fmt: skip
    return found


def sbom() -> dict[str, Any]:
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(one["name"], one["version"]): one.get("checksum", "") for one in locked}
    components: list[dict[str, Any]] = []
    for package in shipped():
        component: dict[str, Any] = {
            "type": "library",
            "name": package["name"],
            "version": package["version"],
            "licenses": [{"expression": (package["license"] or "").replace("/", " OR ")}],
        }
        if package["source"]:
            component["purl"] = f"pkg:cargo/{package['name']}@{package['version']}"
            digest = checksums[package["name"], package["version"]]
            component["hashes"] = [{"alg": "SHA-256", "content": digest}]
        components.append(component)
    components += extras()
    version = next(one["version"] for one in components if one["name"] == "sealwire")
    subject = {"type": "library", "name": "sealwire", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
    }


if __name__ == "__main__":
    sys.exit(main())
