"""The vectors: the reference agrees, every refusal is there, the binary form says the same."""

import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from sealwire_reference import NUMBERS
from sealwire_reference.vectors import differences

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
FILES = sorted(VECTORS.glob("*.json"))
# What no message and no state can cause: the engine's and the entropy's faults.
UNREACHABLE = {"ENGINE_FAILED", "NO_ENTROPY"}


def documents() -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_reference_agrees_with(path: Path) -> None:
    assert differences(json.loads(path.read_text(encoding="utf-8"))) == []


def test_nothing_drifted_from_what_the_generator_writes() -> None:
    script = [sys.executable, str(VECTORS / "generate.py"), "--check"]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_cases_for_every_level_form_and_refusal() -> None:
    levels, forms, names, count = set(), set(), set(), 0
    for document in documents():
        for test in (test for group in document["groups"] for test in group["tests"]):
            count += 1
            steps = test.get("steps", [])
            for step in [*steps, *(one for outer in steps for one in outer.get("between", []))]:
                names.add(step["error"])
                if step["op"] == "validate":
                    forms.add(step["form"])
                    levels |= {step["accepted"]["level"]} if step["accepted"] else set()
    assert count >= 300
    assert levels == {1, 2, 3, 4, 5}
    assert forms == {"attached", "detached", "stream"}
    assert {name for name, number in NUMBERS.items() if number < 800} - names == UNREACHABLE


def test_the_numbers_are_those_of_the_table() -> None:
    table = (ROOT / "core" / "src" / "error.rs").read_text(encoding="utf-8")
    ours = {name: int(number) for number, name in re.findall(r'\b(\d+) \w+ "([A-Z0-9_]+)"', table)}
    assert NUMBERS.items() <= ours.items()
    assert {name for name, number in ours.items() if number < 800} <= NUMBERS.keys()


def test_the_binary_form_is_whole() -> None:
    data = (VECTORS / "vectors.swv").read_bytes()
    assert data[:4] == b"SWV1" and len(data) < 400_000
    at, operations = 4, []
    while at < len(data):
        (size,) = struct.unpack_from("<H", data, at)
        assert 3 <= size <= 698
        operations.append(data[at + 2])
        last = data[at + 2 : at + 2 + size]
        at += 2 + size
    assert at == len(data)
    assert operations.count(1) >= 300
    assert operations.index(0) == len(operations) - 1
    assert struct.unpack("<BHI", last) == (0, 0, len(operations) - 1)
