"""What parts can need, how to see whether it is there, and the Debian package that brings it.

Decides: nothing here ever installs a Rust compiler; what this project unpacks for itself stays
under `target/`. A name that isn't in NEEDS is a program on PATH.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import baremetal
import pyenv
import qemu
from house import MissingError, has


@dataclass(frozen=True)
class Need:
    """`provide` makes the thing available under target/, or raises with the line to show."""

    packages: str = ""
    advice: str = ""
    provide: Callable[[], object] | None = None
    present: Callable[[], bool] | None = None


def arm_libc() -> bool:
    if not has("arm-none-eabi-gcc"):
        return False
    command = ["arm-none-eabi-gcc", "-print-file-name=libc.a"]
    return "/" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def bare_metal() -> None:
    for target in baremetal.TRIPLES:
        baremetal.flavour(target)


def emulators() -> None:
    for emulator in qemu.PACKAGES:
        qemu.find(emulator)


NEEDS = {
    "arm-none-eabi-gcc": Need("gcc-arm-none-eabi libnewlib-arm-none-eabi", present=arm_libc),
    "baremetal": Need(provide=bare_metal),
    "cargo": Need(advice="install Rust 1.89 or later first"),
    "cargo-clippy": Need(advice="run: rustup component add clippy"),
    "cc": Need("gcc libc6-dev"),
    "clang": Need("clang"),
    "clang-format": Need("clang-format"),
    "cmake": Need("cmake"),
    "cppcheck": Need("cppcheck"),
    "g++": Need("g++"),
    "gcc": Need("gcc libc6-dev"),
    "openssl": Need("openssl"),
    "pkg-config": Need("pkg-config"),
    "qemu": Need(provide=emulators),
    "rustfmt": Need(advice="run: rustup component add rustfmt"),
    "valgrind": Need("valgrind"),
    "venv": Need("python3-venv", provide=pyenv.ensure),
}


def why_not(name: str) -> str | None:
    """None when `name` is there (it may be made under target/ first), else what to do."""
    need = NEEDS.get(name, Need())
    if need.provide:
        try:
            need.provide()
        except MissingError as error:
            return str(error)
        return None
    if need.present() if need.present else has(name):
        return None
    advice = f"run: sudo apt-get install {need.packages}" if need.packages else need.advice
    return f"{name} isn't here{f'; {advice}' if advice else ''}"
