"""The C tests: as they are, with sanitizers, against the shared library, and under valgrind."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import uuid
from pathlib import Path

import access_cases
import pytest
import x509_cases
from building import (
    ALONE,
    EXAMPLES,
    INCLUDE,
    PAIR,
    ROOT,
    TESTS,
    WARNINGS,
    ZEROED,
    library,
    need,
    run,
    talk,
)

PROGRAMS = {
    "roundtrip": 800,
    "misuse": 900,
    "threads": 60,
    "vectors": 30000,
    "access": 9000,
    "access_misuse": 400,
    "access_threads": 110,
    "access_vectors": 1700,
    "x509": 460,
    "x509_vectors": 1690,
}  # name: fewest checks that it must make
VALGRIND = ("roundtrip", "misuse", "access", "access_misuse", "x509", "x509_vectors")
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# clang's own runtime is a package of its own; traps need none.
TRAP = ("-fsanitize=undefined", "-fsanitize-trap=undefined")
# Misaligned pointers are handed over on purpose, and none is read through here.
MISALIGNED = "-fno-sanitize=alignment"


def build(compiler: str, source: Path, out: Path, *options: str, link: tuple[str, ...]) -> Path:
    includes = ("-I", INCLUDE, "-I", cases())
    flags = ("-std=c11", "-g", "-O1", *WARNINGS, ZEROED, "-pthread", *includes)
    run(need(compiler), *flags, *options, source, *link, "-o", out)
    return out


@functools.cache
def cases() -> Path:
    """The folder with the vectors of access and of certificates as headers."""
    folder = ROOT / "target/c/cases"
    folder.mkdir(parents=True, exist_ok=True)
    for made in (access_cases, x509_cases):
        (folder / f"{made.__name__}.h").write_text(made.header())
    return folder


def static() -> tuple[str, ...]:
    return (str(library() / "libsealwire.a"),)


def shared() -> tuple[str, ...]:
    folder = library()
    return (f"-L{folder}", "-lsealwire", f"-Wl,-rpath,{folder}")


def checks(output: str, name: str) -> None:
    passed, failed = map(int, re.findall(r"^(\d+) passed, (\d+) failed$", output, re.M)[-1])
    assert failed == 0
    assert passed >= PROGRAMS[name]


@pytest.mark.parametrize("compiler", ("gcc", "clang"))
@pytest.mark.parametrize("name", PROGRAMS)
def test_with_sanitizers(name: str, compiler: str, tmp_path: Path) -> None:
    options = (*(SANITIZE if compiler == "gcc" else TRAP), MISALIGNED)
    program = build(compiler, TESTS / f"{name}.c", tmp_path / name, *options, link=static())
    checks(run(program, cwd=ROOT), name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_with_the_shared_library(name: str, tmp_path: Path) -> None:
    folder = library()
    # Its name carries the ABI's number, by which programs ask for it at run time.
    soname = next(
        word.strip("[]")
        for word in run("readelf", "-d", folder / "libsealwire.so").split()
        if word.startswith("[libsealwire.so.")
    )
    (tmp_path / soname).symlink_to(folder / "libsealwire.so")
    program = build("gcc", TESTS / f"{name}.c", tmp_path / name, link=shared())
    checks(run(program, cwd=ROOT, env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path)}), name)


@pytest.mark.parametrize("name", VALGRIND)
def test_under_valgrind(name: str, tmp_path: Path) -> None:
    program = build("gcc", TESTS / f"{name}.c", tmp_path / name, link=static())
    options = ("--quiet", "--error-exitcode=9", "--leak-check=full", "--track-origins=yes")
    checks(run(need("valgrind"), *options, program, cwd=ROOT, timeout=240), name)


@pytest.mark.parametrize("name", ALONE)
def test_example(name: str, tmp_path: Path) -> None:
    options = (*SANITIZE, "-std=c99")
    program = build("gcc", EXAMPLES / f"{name}.c", tmp_path / name, *options, link=static())
    expected = EXAMPLES / f"{name}.out"
    output = run(program, cwd=ROOT, stdin=subprocess.DEVNULL)
    if expected.exists():
        assert output == expected.read_text()
    else:
        assert output.startswith("level 4 14")


def test_the_example_takes_a_certificate_in_its_time(tmp_path: Path) -> None:
    document = json.loads((ROOT / "tests/x509/x509.json").read_text())
    good = next(
        case
        for case in document["tests"]
        if case["error"] is None and len(case["chain"]) == 1 and case["says"]["roles"] == []
        if case["trust"] == ["root"] and "now" in case["time"] and not case["crls"]
    )
    files = {
        "anchor": document["issuers"]["root"]["certificate"],
        "chain": good["chain"][0],
        "list": document["lists"][0]["list"],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(bytes.fromhex(data))
    source, now = EXAMPLES / "certificates.c", good["time"]["now"]
    program = build("gcc", source, tmp_path / "certificates", *SANITIZE, link=static())
    peer = uuid.UUID(good["says"]["module"])
    assert run(program, *files, str(now), cwd=tmp_path) == f"a peer: {peer}\n"
    late = subprocess.run(
        [program, *files, str(now + 400 * 86_400)], cwd=tmp_path, capture_output=True, check=False
    )
    assert (late.returncode, late.stdout) == (1, b"refused: CERTIFICATE_EXPIRED\n")
    for wrong, says in (
        (["anchor"], "usage:"),
        (["nothere", "chain", "list", str(now)], "nothere"),
    ):
        done = subprocess.run(
            [program, *wrong], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert done.stderr.startswith(says)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pair")
    options = (*SANITIZE, "-std=c99")
    return [
        build("gcc", EXAMPLES / f"{name}.c", folder / name, *options, link=static())
        for name in PAIR
    ]


def test_a_kind_that_is_none_is_a_wrong_call(pair: list[Path]) -> None:
    done = subprocess.run([pair[1], "key6"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:6]) == (2, "usage:")


@pytest.mark.parametrize(("kind", "level"), (("secret", 4), ("key4", 4), ("key5", 5)))
def test_a_module_gets_its_session_and_renews_it(pair: list[Path], kind: str, level: int) -> None:
    granter, requester = talk(*pair, kind)
    assert requester == f"level {level}, valve: open\n" * 2
    assert granter == f"granted level {level}\nconfirmed, level {level}: 4.2 bar\n" * 2


@pytest.mark.parametrize("number", range(6))
def test_any_message_may_get_lost(pair: list[Path], number: int) -> None:
    granter, requester = talk(*pair, "secret", number)
    assert requester == "level 4, valve: open\n" * 2
    assert granter.count("confirmed, level 4: 4.2 bar\n") == 2
    assert granter.count("granted level 4\n") == 2  # and no third session


def test_the_shared_library_exports_nothing_else() -> None:
    lines = run("nm", "-D", "--defined-only", library() / "libsealwire.so").splitlines()
    names = [line.split()[-1] for line in lines]
    assert names
    assert all(name.startswith("sealwire_") for name in names)


def test_what_the_header_declares_is_there() -> None:
    header = (INCLUDE / "sealwire.h").read_text()
    declared = set(re.findall(r"^(?!#| \*)[^(\n]*\b(sealwire_\w+)\(", header, re.M))
    lines = run("nm", "-D", "--defined-only", library() / "libsealwire.so").splitlines()
    data = set(re.findall(r"^extern const struct \S+ (sealwire_\w+);", header, re.M))
    assert data
    exported = {line.split()[-1] for line in lines} - data
    assert declared == exported


def test_nothing_of_an_allocator_or_of_std_is_in_it() -> None:
    undefined = run("nm", "-D", "--undefined-only", library() / "libsealwire.so").split()
    names = {word.split("@")[0] for word in undefined if not word.isupper() and len(word) > 2}
    assert names <= {"abort", "memcpy", "memmove", "memset", "memcmp", "bcmp"} | {
        name for name in names if name.startswith(("_ITM_", "__cxa_", "__gmon_"))
    }
