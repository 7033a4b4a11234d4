"""Unpacks Debian packages under `target/` without installing them.

Decides: apt only resolves and downloads (`apt-get -s`, `apt-get download`), `dpkg-deb` only
extracts; no root is needed and nothing on the machine is replaced. Signatures are apt's own.
Does not check: that an unpacked program runs; whoever asked for it does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from house import MissingError, has, output


def available() -> bool:
    return all(has(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb", "tar"))


def depends(package: str) -> list[str]:
    """Direct dependencies of a package, by name."""
    text = output(["apt-cache", "depends", "--no-recommends", "--no-suggests", package])
    return re.findall(r"^\s*\|?Depends: ([^<\s]+)$", text, re.MULTILINE)


def missing_with_dependencies(packages: Sequence[str]) -> list[str]:
    """`packages` and those of their dependencies that the machine hasn't got."""
    text = output(["apt-get", "-s", "install", "--no-install-recommends", *packages])
    found = re.findall(r"^Inst (\S+)", text, re.MULTILINE)
    return sorted({*packages, *(name.split(":")[0] for name in found)})


def unpack(packages: Sequence[str], into: Path, leave_out: Sequence[str] = ()) -> None:
    """Downloads `packages` and extracts them into the folder `into`, complete or not at all.

    `leave_out` are tar patterns of what isn't needed (sources, documentation).
    """
    partial = into.with_name(into.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    store = partial / "debs"
    store.mkdir(parents=True)
    sandbox = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    command = ["apt-get", "-q", *sandbox, "download", *packages]
    done = subprocess.run(command, cwd=store, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(partial)
        raise MissingError(f"apt-get download failed: {done.stderr.strip().splitlines()[-1]}")
    excludes = ["--no-wildcards-match-slash", "--exclude=./usr/share/doc"]
    excludes += [f"--exclude={pattern}" for pattern in leave_out]
    for deb in sorted(store.glob("*.deb")):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as tar:
            extract = ["tar", "-x", "-C", str(partial), "--anchored", *excludes]
            subprocess.run(extract, stdin=tar.stdout, check=True)
    shutil.rmtree(store)
    shutil.rmtree(into, ignore_errors=True)
    partial.rename(into)


def wrapper(path: Path, program: Path, libraries: Sequence[Path]) -> None:
    """Writes a script `path` that runs an unpacked `program` with its own libraries.

    Paths in it are relative to the script, so the tree can be moved.
    """
    here = path.parent

    def relative(target: Path) -> str:
        return '"$here"/' + os.path.relpath(target, here)

    joined = ":".join(relative(folder) for folder in libraries)
    path.write_text(
        "#!/bin/sh\n"
        'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n'
        f"LD_LIBRARY_PATH={joined}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\n"
        "export LD_LIBRARY_PATH\n"
        f'exec {relative(program)} "$@"\n'
    )
    path.chmod(0o755)
