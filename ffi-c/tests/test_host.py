"""The host's P-256 in the installed library: both ways of building it say who computes, agree
with the portable engine, and what ENGINE=portable gives needs no allocator."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from building import INCLUDE, ROOT, TESTS, WARNINGS, ZEROED, run

ALLOCATOR = ("malloc", "calloc", "realloc", "free", "posix_memalign")


@pytest.fixture(scope="module", params=("host", "portable"))
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    destdir = tmp_path_factory.mktemp(request.param)
    make = ("make", "install", f"DESTDIR={destdir}", "PREFIX=/usr", f"ENGINE={request.param}")
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run(*make, cwd=ROOT, env=environment, timeout=590)
    return destdir


def flags(installed: Path, *words: str) -> list[str]:
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed / "usr/lib/pkgconfig")}
    moved = f"--define-variable=libdir={installed / 'usr/lib'}"
    return run("pkg-config", moved, *words, "sealwire", env=environment).split()


@pytest.mark.parametrize("linked", ("static", "shared"))
def test_seals_and_validates(installed: Path, linked: str, tmp_path: Path) -> None:
    words = flags(installed, "--libs", *(["--static"] if linked == "static" else []))
    if linked == "static":
        words = ["-l:libsealwire.a" if word == "-lsealwire" else word for word in words]
    program = tmp_path / "host"
    compiler = ("gcc", "-std=c11", "-O1", *WARNINGS, ZEROED, "-I", INCLUDE)
    run(*compiler, TESTS / "host.c", *words, "-o", program)
    path = {"LD_LIBRARY_PATH": str(installed / "usr/lib")}
    told = run(program, installed.name.rstrip("0123456789"), env=os.environ | path)
    assert " 0 failed" in told
    if installed.name.startswith("portable"):
        assert "computes with p256" in told
    elif platform.machine() in ("x86_64", "aarch64"):
        # The one where the CPU has what it needs, the other where it hasn't.
        assert "computes with graviola" in told or "computes with p256" in told


def test_portable_needs_no_allocator(installed: Path) -> None:
    imported = run("nm", "-D", "--undefined-only", installed / "usr/lib/libsealwire.so").split()
    names = {word.partition("@")[0] for word in imported}
    uses = names.intersection(ALLOCATOR)
    assert bool(uses) == installed.name.startswith("host"), uses


def test_exports_only_its_own_names(installed: Path) -> None:
    exported = run("nm", "-D", "--defined-only", installed / "usr/lib/libsealwire.so").splitlines()
    names = {line.split()[-1].partition("@")[0] for line in exported}
    assert {name for name in names if not name.startswith("sealwire_")} == set()
