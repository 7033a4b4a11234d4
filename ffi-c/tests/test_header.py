"""The header compiles without a warning wherever it says that it does, and so do the examples."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from building import EXAMPLES, INCLUDE, WARNINGS, need, run

C_STANDARDS = ("c99", "c11", "c17")
STRICT = (*WARNINGS, "-Wconversion", "-Wshadow", "-Wundef", "-Wstrict-prototypes")
EXAMPLE_FILES = sorted(EXAMPLES.glob("*.c"))


@pytest.mark.parametrize("standard", C_STANDARDS)
@pytest.mark.parametrize("compiler", ("gcc", "clang"))
def test_as_c(compiler: str, standard: str, tmp_path: Path) -> None:
    source = tmp_path / "only.c"
    source.write_text("#include <sealwire.h>\n#include <sealwire.h>\nint x = SEALWIRE_OK;\n")
    run(need(compiler), f"-std={standard}", *STRICT, "-fsyntax-only", "-I", INCLUDE, source)


@pytest.mark.parametrize("standard", ("c++11", "c++17", "c++20"))
@pytest.mark.parametrize("compiler", ("g++", "clang++"))
def test_as_cpp(compiler: str, standard: str, tmp_path: Path) -> None:
    source = tmp_path / "only.cpp"
    source.write_text(
        "#include <sealwire.h>\nsealwire_result r;\nbool b = SEALWIRE_ACCEPTED(&r);\n"
    )
    run(need(compiler), f"-std={standard}", *WARNINGS, "-fsyntax-only", "-I", INCLUDE, source)


@pytest.mark.parametrize("compiler", ("gcc", "clang"))
@pytest.mark.parametrize("standard", C_STANDARDS)
@pytest.mark.parametrize("example", EXAMPLE_FILES, ids=lambda path: path.stem)
def test_examples(example: Path, standard: str, compiler: str) -> None:
    run(need(compiler), f"-std={standard}", *WARNINGS, "-fsyntax-only", "-I", INCLUDE, example)


@pytest.mark.parametrize("compiler", ("gcc", "clang"))
def test_a_status_must_not_be_ignored(compiler: str, tmp_path: Path) -> None:
    source = tmp_path / "ignores.c"
    source.write_text("#include <sealwire.h>\nvoid f(void) { sealwire_check_abi(0); }\n")
    with pytest.raises(AssertionError, match="unused"):
        run(need(compiler), *WARNINGS, "-c", "-I", INCLUDE, source, "-o", tmp_path / "ignores.o")


def test_every_function_and_macro_has_a_comment() -> None:
    lines = (INCLUDE / "sealwire.h").read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if line.startswith(("#define SEALWIRE_ERR", "SEALWIRE_NODISCARD", "typedef struct")):
            assert before.strip().endswith("*/"), line
