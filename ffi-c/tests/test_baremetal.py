"""The bare-metal library: only our symbols, no way to a panic at level 4, nothing that isn't used.

Nothing is executed here; what links, and what is left after the linker took away what nobody
calls, is the answer. (`tools/firmware.py` runs programs.)
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest
import x509_cases
from building import INCLUDE, ROOT, TESTS, WARNINGS, ZEROED, need, run

sys.path.insert(0, str(ROOT / "tools"))

import baremetal as toolchain

PROGRAMS = TESTS / "baremetal"
CPUS = {
    "thumbv7em-none-eabihf": ("-mcpu=cortex-m4", "-mfloat-abi=hard"),
    "thumbv6m-none-eabi": ("-mcpu=cortex-m0",),
    "riscv32imac-unknown-none-elf": ("-march=rv32imac", "-mabi=ilp32"),
}
SIGNING = ("rfc6979", "PortableSigner", "sign_prehashed", "SigningKey", "sealwire_seal", "Sealer")


@functools.cache
def library(triple: str, *options: str) -> Path:
    done = subprocess.run(
        [sys.executable, ROOT / "ffi-c/baremetal.py", triple, *options],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode == 77:
        pytest.skip("bare-metal Rust isn't here")
    assert done.returncode == 0
    return Path(done.stdout.strip())


def tool(name: str) -> Path:
    return toolchain.find_tool(name)


def compiled(triple: str, source: Path, out: Path) -> Path:
    target = ("-target", triple.replace("riscv32imac", "riscv32"), *CPUS[triple])
    flags = ("-std=c11", "-Os", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
    warn = (*WARNINGS, ZEROED, "-I", INCLUDE)
    run(need("clang"), *target, *flags, *warn, "-c", source, "-o", out)
    return out


def linked(
    triple: str, name: str, folder: Path, *more: Path, entry: str = "main", options: str = ""
) -> Path:
    """The image of a program: what can't be reached from its entry is gone."""
    program = compiled(triple, PROGRAMS / f"{name}.c", folder / f"{name}.o")
    image = folder / f"{name}.elf"
    ours = library(triple, *options.split())
    run(tool("lld"), "--gc-sections", "-e", entry, program, *more, ours, "-o", image)
    return image


def symbols(image: Path, *options: str) -> list[str]:
    lines = run(tool("nm"), *options, image).splitlines()
    return [line.split()[-1] for line in lines if line.strip() and not line.endswith(":")]


@pytest.fixture(params=toolchain.TRIPLES)
def triple(request: pytest.FixtureRequest) -> str:
    library(request.param)
    return str(request.param)


def test_only_our_symbols_are_global(triple: str) -> None:
    names = symbols(library(triple), "-g", "--defined-only")
    assert "sealwire_validate" in names
    assert all(name.startswith("sealwire_") for name in names)


def test_nothing_is_asked_for_but_what_to_do_on_a_panic(triple: str) -> None:
    assert set(symbols(library(triple), "-u")) <= {"sealwire_on_panic"}


def test_it_is_one_object(triple: str) -> None:
    assert run(tool("ar"), "t", library(triple)).split() == ["sealwire.o"]


@pytest.mark.parametrize("name", ("level4", "receive4", "send4", "access4"))
def test_level_4_links_without_a_way_to_panic(triple: str, name: str, tmp_path: Path) -> None:
    image = linked(triple, name, tmp_path)
    assert not [one for one in symbols(image) if "panic" in one]


def test_the_check_of_that_would_see_one(triple: str, tmp_path: Path) -> None:
    source = tmp_path / "panics.c"
    source.write_text(
        "_Noreturn void sealwire_on_panic(void);\nint main(void) { sealwire_on_panic(); }\n"
    )
    program = compiled(triple, source, tmp_path / "panics.o")
    with pytest.raises(AssertionError, match="sealwire_on_panic"):
        run(tool("lld"), "--gc-sections", "-e", "main", program, "-o", tmp_path / "panics.elf")


def handler(triple: str, folder: Path) -> Path:
    """What to do on a panic, for programs with the library's own P-256."""
    stub = folder / "stub.c"
    stub.write_text(
        "_Noreturn void sealwire_on_panic(void);\nvoid sealwire_on_panic(void) { for (;;) ; }\n"
    )
    return compiled(triple, stub, folder / "stub.o")


def test_a_receiver_contains_no_signing(triple: str, tmp_path: Path) -> None:
    names = symbols(linked(triple, "receive", tmp_path, handler(triple, tmp_path)))
    assert any("ecdsa" in name for name in names)  # it does verify
    assert not [name for name in names if any(word in name for word in SIGNING)]


def test_who_asks_by_a_secret_contains_no_signatures(triple: str, tmp_path: Path) -> None:
    names = symbols(linked(triple, "asks4", tmp_path, handler(triple, tmp_path)))
    assert any("elliptic" in name or "primefield" in name for name in names)  # it does agree
    words = ("rfc6979", "PortableSigner", "PortableVerifier", "_prehashed", "Granter")
    assert not [name for name in names if any(word in name for word in words)]


def test_an_agreement_from_outside_leaves_the_librarys_out(triple: str, tmp_path: Path) -> None:
    names = symbols(linked(triple, "access4", tmp_path))
    assert any("Granter" in name for name in names)
    assert not [one for one in names if "elliptic" in one or "primefield" in one]


@pytest.mark.parametrize("name", ("receive4", "send4", "level4"))
def test_level_4_contains_no_p256(triple: str, name: str, tmp_path: Path) -> None:
    names = symbols(linked(triple, name, tmp_path))
    assert not [one for one in names if "p256" in one and "Signature" not in one]
    assert not [one for one in names if "elliptic" in one or "primefield" in one]


def test_with_a_second_rust_library(triple: str, tmp_path: Path) -> None:
    environment = toolchain.environment_for(triple)
    second = tmp_path / "libsecond.a"
    options = ("--crate-type=staticlib", "--edition=2021", "-Cpanic=abort", "-Copt-level=s")
    rustc = environment.get("RUSTC", "rustc")
    target = ("--target", triple)
    run(rustc, *options, *target, PROGRAMS / "second.rs", "-o", second, env=environment)
    image = linked(triple, "two", tmp_path, second, entry="start")
    names = symbols(image)
    assert "second_sum" in names
    assert "sealwire_seal" in names


def test_a_library_without_certificates_has_none_of_them(triple: str) -> None:
    names = symbols(library(triple))
    assert not [one for one in names if "webpki" in one or "trust_store" in one]


def test_certificates_are_there_if_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object still, and a device with certificates signs by its engine alone."""
    triple = "thumbv7em-none-eabihf"
    assert set(symbols(library(triple, "--x509"), "-u")) <= {"sealwire_on_panic"}
    more = handler(triple, tmp_path)
    image = linked(triple, "chain", tmp_path, more, options="--x509")
    names = symbols(image)
    assert any("webpki" in name for name in names)
    words = ("rfc6979", "PortableSigner", "sign_prehashed", "Granter", "Exchange")
    assert not [name for name in names if any(word in name for word in words)]
    text = int(run(tool("size"), image).splitlines()[1].split()[0])
    with capsys.disabled():
        print(f"\n{triple} chain: {text} bytes of flash", end="")
    assert text < 120_000


def test_with_gcc_and_a_c_library(tmp_path: Path) -> None:
    """GNU's own linker reads the library too, beside newlib, which has a memcpy of its own."""
    triple = "thumbv7em-none-eabihf"
    gcc = need("arm-none-eabi-gcc")
    flags = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-Os")
    sections = ("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
    source = PROGRAMS / "level4.c"
    run(gcc, *flags, *sections, "-specs=nosys.specs", "-I", INCLUDE, source, library(triple),
        "-o", tmp_path / "level4.elf")  # fmt: skip


@pytest.mark.parametrize("name", ("x509", "x509_vectors"))
def test_certificates_on_target(name: str, tmp_path: Path) -> None:
    """The same programs as on hosts, with newlib, on an emulated Cortex-M4F: the same verdicts."""
    triple, folder, cases = "thumbv7em-none-eabihf", PROGRAMS / "newlib", tmp_path
    (cases / "x509_cases.h").write_text(x509_cases.header())
    flags = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-Os")
    more = ("-std=c11", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
    image = tmp_path / triple / name
    image.parent.mkdir()
    script = ("-specs=rdimon.specs", "-T", folder / "mps2-an386.ld")
    sources = (TESTS / f"{name}.c", folder / "start.c", library(triple, "--x509"))
    include = ("-I", INCLUDE, "-I", cases)
    run(need("arm-none-eabi-gcc"), *flags, *more, *include, *script, *sources, "-o", image)
    command = (sys.executable, ROOT / "tools/qemu.py", "run", image, "--timeout", "110")
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode == 77:
        pytest.skip(done.stdout + done.stderr)
    passed, failed = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)[-1]
    assert (int(failed), done.returncode) == (0, 0)
    assert int(passed) >= {"x509": 460, "x509_vectors": 1690}[name]


def test_sizes(triple: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tells what programs take, and holds the smallest ones below a limit."""
    limits = {"send4": 28_000, "receive4": 50_000, "level4": 90_000}
    for name, limit in (limits | {"asks4": 80_000, "access4": 120_000}).items():
        more = [handler(triple, tmp_path)] if name == "asks4" else []
        image = linked(triple, name, tmp_path, *more)
        text = int(run(tool("size"), image).splitlines()[1].split()[0])
        with capsys.disabled():
            print(f"\n{triple} {name}: {text} bytes of flash", end="")
        assert text < limit
