#!/usr/bin/env python3
"""Writes the reference of the installed package to target/doc/python/*.html, by pydoc.

Ends with 1 if something public has no docstring.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pydoc
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "target/doc/python"
MODULES = [
    *["", ".audit", ".cli", ".codes", ".errors", ".inspection", ".keyfile", ".levels", ".log"],
    *[".module", ".module.metadata", ".module.over_zenoh", ".module.status"],
    *[".audit_keys", ".audit_log", ".audit_verify"],
    ".tls",
    ".pki",
]


def undocumented(name: str) -> list[str]:
    """What a module exports without saying what it is."""
    module = importlib.import_module(name)
    found = [] if module.__doc__ else [name]
    for member in getattr(module, "__all__", []):
        made = getattr(module, member)
        if not (inspect.isclass(made) or callable(made)):
            continue
        if not made.__doc__:
            found.append(f"{name}.{member}")
        if inspect.isclass(made):
            found += [
                f"{name}.{member}.{inner}"
                for inner, value in vars(made).items()
                if not inner.startswith("_") and callable(value) and not value.__doc__
            ]
    return found


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    names = [f"sealwire{name}" for name in MODULES]
    missing = [text for name in names for text in undocumented(name)]
    os.chdir(OUT)
    for name in names:
        pydoc.writedoc(name)
    for text in missing:
        print(f"{text} has no docstring", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
