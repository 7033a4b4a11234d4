"""The supply chain's rules see what breaks them."""

from __future__ import annotations

import pytest
from supply import ALLOWED, REGISTRY, licence_is_fine, sbom, wrong

FINE = {"name": "x", "version": "1.0.0", "source": REGISTRY, "license": "MIT OR Apache-2.0"}


def test_a_package_by_the_rules_passes() -> None:
    assert wrong(FINE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"license": "GPL-3.0-only"},
        {"license": None},
        {"license": "MIT AND GPL-3.0-only"},
        {"source": "git+https://example.org/x"},
        {"name": "rsa"},
    ],
)
def test_each_broken_rule_is_told(change: dict[str, str | None]) -> None:
    assert len(wrong(FINE | change)) == 1


def test_licence_expressions_are_read_as_spdx_has_them() -> None:
    assert licence_is_fine("(MIT OR GPL-3.0-only) AND Unicode-3.0", ALLOWED)
    assert licence_is_fine("MIT/Apache-2.0", ALLOWED)
    assert not licence_is_fine("MIT AND GPL-3.0-only", ALLOWED)
    assert not licence_is_fine("", ALLOWED)


def test_the_sbom_names_each_package_with_its_checksum_and_the_extras() -> None:
    components = {one["name"]: one for one in sbom()["components"]}
    assert components["sealwire"]["version"] == sbom()["metadata"]["component"]["version"]
    assert components["p256"]["purl"].startswith("pkg:cargo/p256@")
    crates = [one for one in components.values() if one.get("purl", "").startswith("pkg:cargo/")]
    assert all(len(one["hashes"][0]["content"]) == 64 for one in crates)
    assert components["cryptography"]["scope"] == "optional"
