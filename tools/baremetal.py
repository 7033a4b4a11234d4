#!/usr/bin/env python3
"""Rust for bare metal: finds it or unpacks it, and runs cargo with it.

Decides, per target and in this order:
  rustup  the target is in `rustup target list --installed`: the user's own toolchain is used;
  debian  Debian's `rustc-web`, `cargo-web`, `rust-web-src` and their LLVM are unpacked under
          target/baremetal (no root, nothing installed or replaced), and `core` is compiled
          once for all three targets with `-Z build-std=core`. The result is an ordinary
          sysroot that contains `core` and nothing else: no `alloc`, no `std`;
  else    one line says what to do, with exit code 77.
No toolchain is downloaded through rustup, and nothing outside `target/` is written.

Builds land in target/baremetal-build/<flavour>/<triple>/<profile>, apart from host builds.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import debs
from house import TARGET, MissingError, has, locked, output, say, skip

TRIPLES = ("thumbv7em-none-eabihf", "thumbv6m-none-eabi", "riscv32imac-unknown-none-elf")
# `host` is no bare-metal target: it runs the unpacked, newer compiler for this machine.
TARGETS = (*TRIPLES, "host")
TOOLS = (
    "ar",
    "cov",
    "nm",
    "objcopy",
    "objdump",
    "profdata",
    "readelf",
    "size",
    "strip",
    "symbolizer",
)
UNPACKED = TARGET / "baremetal"
USR = UNPACKED / "usr"
BIN = UNPACKED / "bin"
READY = UNPACKED / "ready-2"  # raise the number when the recipe below changes
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu")
ADVICE = f"bare-metal Rust isn't here; run: rustup target add {' '.join(TRIPLES)}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what is used for each target; provide nothing")
    commands.add_parser("provide", help="unpack what is missing, for every target")
    for name, text in (
        ("env", "print shell exports (RUSTC, CARGO, CARGO_TARGET_DIR, PATH)"),
        ("dir", "print the folder with the builds for a target"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("target", choices=TARGETS, nargs="?", default=TRIPLES[0])
    tool = commands.add_parser("tool", help="print the path of an LLVM tool or of the linker")
    tool.add_argument("name", choices=(*TOOLS, "lld"))
    cargo = commands.add_parser("cargo", help="TARGET -- ARGS: run cargo for a target")
    cargo.add_argument("target", choices=TARGETS)
    cargo.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        return run(options)
    except MissingError as error:
        return skip(error)


def run(options: argparse.Namespace) -> int:
    match options.command:
        case "check":
            for target in TRIPLES:
                print(f"{target}: {described(target)}")
            usable = READY.exists() or can_unpack() or set(TRIPLES) <= installed_targets()
            if not usable:
                raise MissingError(ADVICE)
        case "provide":
            for target in TRIPLES:
                flavour(target)
        case "env":
            for name, value in changes(options.target).items():
                print(f"export {name}={shlex.quote(value)}")
        case "dir":
            folder = build_dir(flavour(options.target))
            print(folder if options.target == "host" else folder / options.target)
        case "tool":
            print(find_tool(options.name))
        case "cargo":
            arguments = options.arguments
            if arguments[:1] == ["--"]:
                arguments = arguments[1:]
            return run_cargo(options.target, arguments)
    return 0


def run_cargo(target: str, arguments: list[str]) -> int:
    if not arguments:
        raise SystemExit("baremetal.py cargo TARGET -- ARGS: no cargo command given")
    extra = [] if target == "host" else ["--target", target]
    # A toolchain override (`+x`) would leave the flavour; the subcommand always comes first.
    command = [arguments[0], *extra, *arguments[1:]]
    environment = environment_for(target)
    os.execvpe(environment["CARGO"], [environment["CARGO"], *command], environment)


def environment_for(target: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("RUSTC", "RUSTDOC", "CARGO", "CARGO_BUILD_TARGET", "MAKEFLAGS")
    }
    return kept | changes(target)


def changes(target: str) -> dict[str, str]:
    """The variables that differ from the caller's environment."""
    kind = flavour(target)
    directory = {"CARGO_TARGET_DIR": str(build_dir(kind))}
    if kind == "rustup":
        return {"CARGO": shutil.which("cargo") or "cargo", **directory}
    return {
        "CARGO": str(BIN / "cargo"),
        "RUSTC": str(BIN / "rustc"),
        "RUSTDOC": str(BIN / "rustdoc"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        **directory,
    }


def build_dir(kind: str) -> Path:
    return TARGET / "baremetal-build" / kind


def flavour(target: str) -> str:
    """Which toolchain serves `target`; provides it where that is possible."""
    if target in installed_targets():
        return "rustup"
    if not READY.exists():
        with locked("baremetal"):
            if not READY.exists():
                provide()
    return "debian"


def described(target: str) -> str:
    if target in installed_targets():
        return "rustup"
    if READY.exists():
        return "debian, " + output([BIN / "rustc", "--version"]).strip()
    return "debian, not yet unpacked" if can_unpack() else "missing"


@functools.cache
def installed_targets() -> set[str]:
    if not has("rustup"):
        return set()
    done = subprocess.run(
        ["rustup", "target", "list", "--installed"], capture_output=True, text=True, check=False
    )
    return set(done.stdout.split())


@functools.cache
def can_unpack() -> bool:
    return debs.available() and bool(output(["apt-cache", "search", "--names-only", "^rustc-web$"]))


def provide() -> None:
    if not can_unpack():
        raise MissingError(ADVICE)
    say("bare metal: unpacking Debian's rustc-web under target/baremetal")
    debs.unpack(
        debs.missing_with_dependencies(packages()),
        UNPACKED,
        leave_out=("./usr/src/rustc-*/src", "./usr/src/rustc-*/compiler", "./usr/share/man"),
    )
    BIN.mkdir()
    libraries = [UNPACKED / name for name in LIBRARIES]
    for name in ("rustc", "rustdoc", "cargo"):
        debs.wrapper(BIN / name, USR / "bin" / name, libraries)
    llvm = llvm_bin()
    for name in TOOLS:
        debs.wrapper(BIN / f"llvm-{name}", llvm / f"llvm-{name}", libraries)
    debs.wrapper(BIN / "ld.lld", llvm / "ld.lld", libraries)
    # rustc looks for the linker of bare-metal targets by this name, in this folder.
    host = host_triple()
    lld = USR / "lib/rustlib" / host / "bin/rust-lld"
    lld.parent.mkdir(parents=True, exist_ok=True)
    debs.wrapper(lld, llvm / "lld", libraries)
    build_core()
    READY.write_text(output([BIN / "rustc", "-vV"]))
    say("bare metal: ready")


def packages() -> list[str]:
    """The compiler, its sources and LLVM, by names that carry a version only Debian knows."""
    found = ["rustc-web", "cargo-web", "rust-web-src", "libstd-rust-web-dev", "rust-web-llvm"]
    found += [name for name in debs.depends("libstd-rust-web-dev") if name.startswith("libstd-")]
    llvm = next(name for name in debs.depends("rust-web-llvm") if name.startswith("llvm-"))
    return [*found, llvm, llvm.replace("llvm-", "lld-")]


def llvm_bin() -> Path:
    try:
        return next(UNPACKED.glob("usr/lib/llvm-*/bin"))
    except StopIteration:
        raise MissingError("the unpacked packages contain no LLVM tools") from None


def host_triple() -> str:
    found = re.search(r"^host: (\S+)$", output([BIN / "rustc", "-vV"]), re.MULTILINE)
    assert found
    return found[1]


def build_core() -> None:
    """Compiles `core` once, as rustup ships it: optimised, with bitcode for LTO, with memcpy.

    The vendored packages of the standard library's own workspace stand in for the registry,
    so this step needs no network and touches no lock file of ours.
    """
    source = (USR / "lib/rustlib/src/rust").resolve()
    work = UNPACKED / "core-build"
    (work / "src").mkdir(parents=True)
    (work / "src/lib.rs").write_text("#![no_std]\n")
    (work / "Cargo.toml").write_text(
        '[package]\nname = "bare"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n'
        "[profile.release]\nopt-level = 3\ndebug = 1\ncodegen-units = 1\n"
    )
    config = (
        '[source.crates-io]\nreplace-with = "vendored"\n'
        f'[source.vendored]\ndirectory = "{source}/library/vendor"\n'
    )
    (work / ".cargo").mkdir()
    (work / ".cargo/config.toml").write_text(config)
    say("bare metal: compiling core (about a minute, once)")
    triples = [option for triple in TRIPLES for option in ("--target", triple)]
    environment = environment_without_rust() | {
        "RUSTC": str(BIN / "rustc"),
        "RUSTC_BOOTSTRAP": "1",
        "CARGO_ENCODED_RUSTFLAGS": f"-Cembed-bitcode=yes\x1f--remap-path-prefix={source}=/rustc",
        "CARGO_HOME": str(work / "home"),
        "CARGO_TARGET_DIR": str(work / "target"),
    }
    std = ["-Z", "build-std=core", "-Z", "build-std-features=compiler-builtins-mem"]
    done = subprocess.run(
        [BIN / "cargo", "build", "--offline", "--release", *std, *triples],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MissingError(f"core does not compile: {done.stderr.strip().splitlines()[-1]}")
    for triple in TRIPLES:
        sysroot = USR / "lib/rustlib" / triple / "lib"
        sysroot.mkdir(parents=True)
        for crate in ("core", "compiler_builtins"):
            (built,) = (work / "target" / triple / "release/deps").glob(f"lib{crate}-*.rlib")
            shutil.copy2(built, sysroot)
    shutil.rmtree(work)


def environment_without_rust() -> dict[str, str]:
    prefixes = ("CARGO", "RUST", "MAKEFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def find_tool(name: str) -> Path:
    """An LLVM tool at least as new as the compiler: rustup's, the unpacked one, or PATH's."""
    program = "ld.lld" if name == "lld" else f"llvm-{name}"
    if (BIN / program).exists():
        return BIN / program
    sysroot = Path(output(["rustc", "--print", "sysroot"]).strip())
    shipped = next(sysroot.glob(f"lib/rustlib/*/bin/{program}"), None)
    if shipped:
        return shipped
    compiler = re.search(r"^LLVM version: (\d+)", output(["rustc", "-vV"]), re.MULTILINE)
    wanted = int(compiler[1]) if compiler else 0
    for candidate in (f"{program}-{wanted}", program):
        path = shutil.which(candidate)
        if path:
            version = re.search(r"(?:version|LLD) (\d+)", output([path, "--version"]))
            if version and int(version[1]) >= wanted:
                return Path(path)
    if not can_unpack():
        raise MissingError(f"{program} isn't here; run: rustup component add llvm-tools")
    with locked("baremetal"):
        if not READY.exists():
            provide()
    return BIN / program


if __name__ == "__main__":
    sys.exit(main())
