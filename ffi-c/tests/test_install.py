"""`make install` into a DESTDIR, and the examples built against it in every way it offers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from building import ALONE, EXAMPLES, PAIR, ROOT, need, run, talk


@pytest.fixture(scope="module", params=("lib", "lib/x86_64-linux-gnu"))
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DESTDIR with everything under PREFIX=/opt/sealwire, with two kinds of LIBDIR."""
    destdir = tmp_path_factory.mktemp("destdir")
    libdir = f"/opt/sealwire/{request.param}"
    make = (
        "make",
        "install",
        f"DESTDIR={destdir}",
        "PREFIX=/opt/sealwire",
        f"LIBDIR={libdir}",
        "ENGINE=portable",
    )
    # make's own variables, if this runs below make, are not for this one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run(*make, cwd=ROOT, env=environment, timeout=590)
    return destdir


def prefix(destdir: Path) -> Path:
    return destdir / "opt/sealwire"


def libdir(destdir: Path) -> Path:
    return next(prefix(destdir).rglob("libsealwire.a")).parent


def accepts(program: Path, library_path: Path | None = None) -> None:
    environment = {"LD_LIBRARY_PATH": str(library_path)} if library_path else {}
    output = run(program, cwd=ROOT, env=os.environ | environment, stdin=-3)
    expected = EXAMPLES / f"{program.name}.out"
    assert not expected.exists() or output == expected.read_text()


def pkg_config(destdir: Path, *words: str) -> list[str]:
    """Flags from the .pc file where it lies: prefix and libdir put below DESTDIR."""
    folder = libdir(destdir)
    environment = os.environ | {"PKG_CONFIG_PATH": str(folder / "pkgconfig")}
    moved = (
        f"--define-variable=prefix={prefix(destdir)}",
        f"--define-variable=libdir={folder}",
    )
    return run(need("pkg-config"), *moved, *words, "sealwire", env=environment).split()


def test_layout(installed: Path) -> None:
    folder = libdir(installed)
    assert (prefix(installed) / "include/sealwire.h").is_file()
    assert (folder / "libsealwire.so").resolve().parent == folder.resolve()
    assert str(installed) not in (folder / "pkgconfig/sealwire.pc").read_text()
    for path in folder.rglob("*.cmake"):
        assert str(installed) not in path.read_text()
    version = pkg_config(installed, "--modversion")
    assert version[0] in (ROOT / "Cargo.toml").read_text()


@pytest.mark.parametrize("name", ALONE)
def test_shared_with_pkg_config(installed: Path, name: str, tmp_path: Path) -> None:
    flags = pkg_config(installed, "--cflags", "--libs")
    run("gcc", EXAMPLES / f"{name}.c", *flags, "-o", tmp_path / name)
    assert "libsealwire.so." in run("readelf", "-d", tmp_path / name)
    accepts(tmp_path / name, libdir(installed))


def test_the_pair_with_pkg_config(installed: Path, tmp_path: Path) -> None:
    flags = pkg_config(installed, "--cflags", "--libs")
    for name in PAIR:
        run("gcc", EXAMPLES / f"{name}.c", *flags, "-o", tmp_path / name)
    environment = os.environ | {"LD_LIBRARY_PATH": str(libdir(installed))}
    for kind in ("secret", "key4", "key5"):
        requester = talk(*(tmp_path / name for name in PAIR), kind, env=environment)[1]
        assert requester.count("valve: open") == 2


@pytest.mark.parametrize("name", ALONE)
def test_static_with_pkg_config(installed: Path, name: str, tmp_path: Path) -> None:
    compile_flags = pkg_config(installed, "--cflags")
    flags = pkg_config(installed, "--static", "--libs")
    words = ["-l:libsealwire.a" if flag == "-lsealwire" else flag for flag in flags]
    run("gcc", *compile_flags, EXAMPLES / f"{name}.c", *words, "-o", tmp_path / name)
    assert "libsealwire" not in run("readelf", "-d", tmp_path / name)
    accepts(tmp_path / name)


@pytest.mark.parametrize("target", ("Sealwire::sealwire", "Sealwire::sealwire_static"))
def test_with_cmake(installed: Path, target: str, tmp_path: Path) -> None:
    lines = [
        "cmake_minimum_required(VERSION 3.16)",
        "project(examples C)",
        "set(CMAKE_C_STANDARD 99)",
        "find_package(Sealwire 0.1 REQUIRED)",
        *(
            f"add_executable({name} {EXAMPLES / name}.c)\ntarget_link_libraries({name} {target})"
            for name in (*ALONE, *PAIR)
        ),
    ]
    (tmp_path / "CMakeLists.txt").write_text("\n".join(lines) + "\n")
    where = f"-DCMAKE_PREFIX_PATH={prefix(installed)}"
    folder = f"-DSealwire_DIR={libdir(installed) / 'cmake/Sealwire'}"
    run(need("cmake"), "-S", tmp_path, "-B", tmp_path / "build", where, folder)
    run("cmake", "--build", tmp_path / "build")
    for name in ALONE:
        accepts(tmp_path / "build" / name)
    requester = talk(*(tmp_path / "build" / name for name in PAIR), "secret")[1]
    assert requester.count("valve: open") == 2


def test_another_version_is_not_found(installed: Path, tmp_path: Path) -> None:
    text = "cmake_minimum_required(VERSION 3.16)\nproject(x C)\nfind_package(Sealwire 9 REQUIRED)\n"
    (tmp_path / "CMakeLists.txt").write_text(text)
    folder = f"-DSealwire_DIR={libdir(installed) / 'cmake/Sealwire'}"
    with pytest.raises(AssertionError, match="9"):
        run(need("cmake"), "-S", tmp_path, "-B", tmp_path / "build", folder)


def test_by_hand(installed: Path, tmp_path: Path) -> None:
    include = ("-I", prefix(installed) / "include")
    program = tmp_path / "quick_start"
    source = EXAMPLES / "quick_start.c"
    run("gcc", *include, source, libdir(installed) / "libsealwire.a", "-o", program)
    accepts(program)
    run("gcc", *include, source, f"-L{libdir(installed)}", "-lsealwire", "-o", program)
    accepts(program, libdir(installed))


def test_what_is_installed_can_be_moved(installed: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(prefix(installed), moved, symlinks=True)
    library = next(moved.rglob("libsealwire.so"))
    source = EXAMPLES / "quick_start.c"
    flags = ("-I", moved / "include", f"-L{library.parent}", "-lsealwire")
    run("gcc", source, *flags, "-o", tmp_path / "quick_start")
    accepts(tmp_path / "quick_start", library.parent)
