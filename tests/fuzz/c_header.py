"""include/sealwire.h as data: its structs, its functions, the type of each name.

Decides: what can't be read ends the build, so that nothing of the header is left out silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = Path(__file__).resolve().parents[2] / "include/sealwire.h"


@dataclass(frozen=True)
class Var:
    name: str
    type: str  # without `const` and `struct`, with its stars
    is_const: bool
    length: str = ""  # of an array inside a struct

    @property
    def base(self) -> str:
        return self.type.rstrip("*")

    @property
    def stars(self) -> int:
        return self.type.count("*")


def parse(text: str, constants: dict[str, str]) -> Var:
    text = re.sub(r"\s+", " ", text.strip())
    array = re.search(r"\[(\w+)\]$", text)
    text = text.removesuffix(array[0]) if array else text
    found = re.fullmatch(r"(const )?(?:struct )?(\w+) ?(\**) ?(?:const ?)?(\**)(\w+)", text)
    assert found, f"don't know how to read: {text}"
    length = constants.get(array[1], array[1]) if array else ""
    return Var(found[5], found[2] + found[3] + found[4], bool(found[1]), length)


class Header:
    def __init__(self) -> None:
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"//.*", "", text)
        self.constants = dict(re.findall(r"#define (SEALWIRE_\w+) (\d+)u?\n", text))
        text = re.sub(r"#define(?:.*\\\n)*.*", "", text)
        self.structs: dict[str, list[Var | str]] = {}
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \w+;", text, re.S):
            fields = [line.strip() for line in body.split(";") if line.strip()]
            self.structs[name] = [
                field if "(*" in field else parse(field, self.constants) for field in fields
            ]
        text = text.replace("SEALWIRE_NODISCARD", "")
        calls = re.findall(r"\n([\w ]+?[ *]+)(sealwire_\w+)\(([^)]*)\);", text)
        self.functions = {
            name: (returns.strip(), self.parameters(given)) for returns, name, given in calls
        }

    def parameters(self, text: str) -> list[Var]:
        parts = [part for part in text.split(",") if part.strip() not in ("", "void")]
        return [parse(part, self.constants) for part in parts]

    def opaque(self, name: str) -> Var | None:
        """The one member of a struct that is the library's business."""
        fields = self.structs.get(name)
        first = fields[0] if fields else None
        return first if isinstance(first, Var) and first.name == "opaque" else None

    def has_callbacks(self, name: str) -> bool:
        return any(isinstance(field, str) for field in self.structs[name])


def callback_name(field: str) -> str:
    """Of a member that is a pointer to a function."""
    found = re.search(r"\(\*(\w+)\)", field)
    assert found, field
    return found[1]
