"""The level 4 path of what is shipped hits its floor: SHA instructions, found at run time, and no
AVX around them. No clock: the machine code is read (`shacode.py` says why)."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from shacode import with_sha

ROOT = Path(__file__).resolve().parent.parent.parent
C_LIBRARY = ROOT / "target/release-c/libsealwire.so"

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="looks at x86-64 code")

# One function that hashes like the core on a CPU with SHA instructions, after a load that `{LOAD}`
# stands for.
SNIPPET = """
    .text
    .globl compress
    .type compress, @function
compress:
    .cfi_startproc
    {LOAD}
    sha256rnds2 %xmm1, %xmm2
    ret
    .cfi_endproc
"""


def assembled(folder: Path, load: str) -> Path:
    source = folder / "snippet.s"
    source.write_text(SNIPPET.replace("{LOAD}", load))
    library = folder / "snippet.so"
    subprocess.run(["cc", "-shared", "-nostdlib", "-o", library, source], check=True)
    return library


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    wheels = sorted((ROOT / "dist").glob("sealwire-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        pytest.skip("no wheel in dist; run: make wheel")
    with ZipFile(wheels[-1]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".so"))
        return Path(wheel.extract(name, tmp_path))


def has_cpuid(library: Path) -> bool:
    code = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True, check=True
    ).stdout
    return "\tcpuid" in code


def hashes_at_its_floor(library: Path) -> None:
    hashing = with_sha(library)
    assert hashing, "SHA-256 without the CPU's instructions"
    assert has_cpuid(library), "nothing asks the CPU what it can"
    mixed = [function for function in hashing if function.vex]
    assert not mixed, "AVX around SHA instructions: built with a target-cpu?"


def test_the_c_library_hashes_at_its_floor() -> None:
    if not C_LIBRARY.exists():
        pytest.skip("no C library; run: cargo build -p sealwire-c --profile release-c")
    hashes_at_its_floor(C_LIBRARY)


def test_the_wheel_hashes_at_its_floor(extension: Path) -> None:
    hashes_at_its_floor(extension)


def test_finds_avx_around_sha_instructions(tmp_path: Path) -> None:
    (clean,) = with_sha(assembled(tmp_path, "movdqu (%rdi), %xmm1"))
    assert (clean.sha, clean.vex) == (1, [])
    (mixed,) = with_sha(assembled(tmp_path, "vmovdqu (%rdi), %ymm1"))
    assert (mixed.sha, len(mixed.vex)) == (1, 1)


def test_nothing_in_the_tree_chooses_a_cpu() -> None:
    settings = [ROOT / ".cargo/config.toml", *ROOT.glob("*/.cargo/config.toml"), ROOT / "Makefile"]
    for path in [*settings, ROOT / "tools/parts.py", ROOT / "ffi-python/pyproject.toml"]:
        if path.exists():
            assert "target-cpu" not in path.read_text(), path
