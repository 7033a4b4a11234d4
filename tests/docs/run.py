#!/usr/bin/env python3
"""Extracts every code block of the README and of docs/*.md, and runs it.

A page's blocks of one language are one program, in the order of the page. What a reader knows
anyway stands in comments of the form `<!-- rust ... -->`, which belong to the program too.

  rust    built against core/ and run          c     built against the C library and run
  python  run with the wheel                   sh    `make X` must be a target; the rest is run
  LANG from=PATH   must stand in that file as it is, which is built or run elsewhere
  text, toml, json, and none                   shown, not run

    tests/docs/run.py [PAGE ...]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SHOWN = {"text", "toml", "json", "", "mermaid"}
BLOCK = re.compile(
    r"^<!-- (?P<hidden>rust|python|c|sh)\n(?P<before>.*?)^-->$"
    r"|^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    language: str
    code: str
    source: str | None = None


def blocks(text: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(text):
        if match["hidden"]:
            found.append(Block(match["hidden"], match["before"]))
            continue
        words = match["info"].split()
        source = next((word[5:] for word in words if word.startswith("from=")), None)
        indent = match["indent"]
        lines = (line.removeprefix(indent) for line in match["code"].splitlines(keepends=True))
        found.append(Block(words[0] if words else "", "".join(lines), source))
    return found


def run(command: list[str | Path], where: Path) -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=where,
        timeout=300,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        called = " ".join(map(str, command))
        raise SystemExit(f"{called} left with {done.returncode}:\n{done.stdout}")


def run_rust(name: str, program: str) -> None:
    crate = TOP / "target" / "docs" / name
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f'[dependencies]\nsealwire = {{ path = "{TOP}/core", features = ["std"] }}\n'
    )
    (crate / "Cargo.lock").write_bytes((TOP / "Cargo.lock").read_bytes())
    (crate / "src/main.rs").write_text(program)
    target = TOP / "target" / "docs" / "build"
    run(["cargo", "run", "--quiet", "--offline", "--target-dir", target], crate)


def run_c(name: str, program: str) -> None:
    folder = TOP / "target" / "docs" / name
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "page.c"
    has_main = re.search(r"\bint main\(", program)
    source.write_text(
        program if has_main else program + "int main(void) { (void)take; return 0; }\n"
    )
    library = TOP / "target" / "release-c"
    run(["cargo", "build", "--quiet", "--profile", "release-c", "-p", "sealwire-c"], TOP)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{TOP}/include"]
    linked = [library / "libsealwire.a", "-lm", "-lpthread", "-ldl"]
    run(["cc", *flags, source, *linked, "-o", folder / "page"], folder)
    run([folder / "page"], folder)


def run_python(_name: str, program: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.py"
        page.write_text(program)
        run([sys.executable, page], Path(folder))


def run_sh(_name: str, program: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = []
        for line in program.splitlines():
            if target := re.match(r"make ([a-z-]+)", line):
                run(["make", "--dry-run", target[1]], TOP)
            else:
                kept.append(line)
        run(["bash", "-euo", "pipefail", "-c", "\n".join(kept)], Path(folder))


RUNNERS = {"rust": run_rust, "c": run_c, "python": run_python, "sh": run_sh}


def check_page(page: Path) -> tuple[int, list[str]]:
    programs: dict[str, list[str]] = defaultdict(list)
    failures = []
    count = 0
    for block in blocks(page.read_text()):
        if block.source is not None:
            count += 1
            if block.code.strip() not in (TOP / block.source).read_text():
                failures.append(f"{page.name}: a block differs from {block.source}")
        elif block.language in RUNNERS:
            programs[block.language].append(block.code)
        elif block.language not in SHOWN:
            failures.append(f"{page.name}: nothing runs a block of '{block.language}'")
    for language, parts in programs.items():
        count += len(parts)
        name = f"page-{page.stem.lower()}-{language}"
        try:
            RUNNERS[language](name, "".join(parts))
        except (SystemExit, subprocess.TimeoutExpired) as error:
            failures.append(f"{page.name}, {language}: {error}")
    return count, failures


def main() -> int:
    pages = [Path(name) for name in sys.argv[1:]]
    pages = pages or [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
    passed = failed = 0
    for page in pages:
        count, failures = check_page(page)
        print(f"{page.name}: {count} blocks", flush=True)
        for failure in failures:
            print(failure, flush=True)
        failed += len(failures)
        passed += max(0, count - len(failures))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
