#!/usr/bin/env python3
"""Builds the C library and installs it; `make install` calls this.

  PREFIX/include/sealwire.h
  LIBDIR/libsealwire.a
  LIBDIR/libsealwire.so.ABI.VERSION, and links to it: libsealwire.so.ABI, libsealwire.so
  LIBDIR/pkgconfig/sealwire.pc
  LIBDIR/cmake/Sealwire/SealwireConfig.cmake, SealwireConfigVersion.cmake

Decides: what is installed can be moved: the pkg-config and CMake files find their own place. With
ENGINE=portable the library is `no_std` and needs libc for memcpy and abort only; otherwise it has
P-256 in verified assembly, and with it Rust's standard library. A program takes one static library
of that kind at most; ENGINE=portable and the shared library have no such limit.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "ffi-c"
FEATURES = {"host": "host", "portable": "freestanding"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prefix", type=Path, default=Path("/usr/local"))
    parser.add_argument("--libdir", type=Path)
    parser.add_argument("--destdir", default="")
    parser.add_argument("--engine", choices=FEATURES, default="host")
    options = parser.parse_args()
    prefix: Path = options.prefix
    libdir: Path = options.libdir or prefix / "lib"
    if not prefix.is_absolute() or not libdir.is_absolute():
        parser.error("PREFIX and LIBDIR are absolute paths; DESTDIR goes before them")
    built = build(options.engine)

    def place(path: Path) -> Path:
        """Where a file goes now: below DESTDIR, if there is one."""
        return Path(f"{options.destdir}{path}") if options.destdir else path

    values = {
        "prefix": str(prefix),
        "libdir": str(libdir),
        "version": version(),
        "abi": abi(),
        "private": "-lpthread -ldl -lm" if options.engine == "host" else "",
        "libdir_in_prefix": os.path.relpath(libdir, prefix),
        "libdir_to_cmake": os.path.relpath(libdir, libdir / "cmake/Sealwire"),
        "libdir_to_pkgconfig": os.path.relpath(prefix, libdir / "pkgconfig"),
        "include_to_cmake": os.path.relpath(prefix / "include", libdir / "cmake/Sealwire"),
    }
    copy(ROOT / "include/sealwire.h", place(prefix / "include/sealwire.h"), 0o644)
    libraries = place(libdir)
    copy(built / "libsealwire.a", libraries / "libsealwire.a", 0o644)
    full = f"libsealwire.so.{values['abi']}.{values['version']}"
    copy(built / "libsealwire.so", libraries / full, 0o755)
    for link in (f"libsealwire.so.{values['abi']}", "libsealwire.so"):
        (libraries / link).unlink(missing_ok=True)
        (libraries / link).symlink_to(full)
    fill("sealwire.pc.in", libraries / "pkgconfig/sealwire.pc", values)
    for name in ("SealwireConfig.cmake", "SealwireConfigVersion.cmake"):
        fill(f"{name}.in", libraries / "cmake/Sealwire" / name, values)
    print(f"installed Sealwire {values['version']} (ABI {values['abi']}) in {place(prefix)}")
    return 0


def build(engine: str) -> Path:
    command = ["cargo", "build", "--locked", "-p", "sealwire-c"]
    command += ["--profile", "release-c", "--features", FEATURES[engine]]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit("the library did not build")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release-c"


def version() -> str:
    """The workspace's version: one for crate, library and wheel."""
    found = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def abi() -> str:
    header = (ROOT / "include/sealwire.h").read_text()
    found = re.search(r"^#define SEALWIRE_ABI_VERSION (\d+)$", header, re.MULTILINE)
    assert found
    return found[1]


def copy(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def fill(template: str, target: Path, values: dict[str, str]) -> None:
    text = (HERE / "package" / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    assert "@" not in text, template
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    target.chmod(0o644)


if __name__ == "__main__":
    sys.exit(main())
