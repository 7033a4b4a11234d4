"""What the fuzz target `c_abi` calls: every function of include/sealwire.h, in Rust.

Decides: declarations and structs are those of the header, so what it says is what is linked
against; arguments come from `fuzz_targets/c_abi.rs` by type and name. A type that nobody knows how
to draw ends the build: no function is left out silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = Path(__file__).resolve().parents[2] / "include/sealwire.h"
NUMBERS = {
    "uint8_t": "u8", "uint16_t": "u16", "uint32_t": "u32", "uint64_t": "u64",
    "int32_t": "i32", "size_t": "usize",
}  # fmt: skip
TEXT = {"uint8_t": "u8", "char": "u8", "void": "u8"}
# What a drawn 0 stands for, so that a run of zeros is a run of good calls.
GOOD = {
    "wanted": 4, "lowest": 4, "max_level": 5, "level": 4, "level_number": 3, "algorithm": 1,
    "audience_kind": 1, "kind": 1, "key_id": 1, "old_key_id": 1, "life_seconds": 3600,
    "per_second": 100, "burst": 100, "source_per_second": 100, "source_burst": 100, "ring": 2,
    "past": 10_000_000, "future": 1_000_000, "overlap": 10_000_000, "until": 1000,
    "tick": 1_000_000_000, "header_version": 0, "role": 7, "error": 601, "stream_status": 111,
    "name_match": 1, "payload_at": 64,
}  # fmt: skip
# The same for one struct: what must be 0 beside the good kind.
GOOD_IN = {
    ("sealwire_restart", "now"): 0, ("sealwire_nonce_start", "until"): 0,
    ("sealwire_peer_key", "expires"): 0, ("sealwire_access_record", "expires"): 0,
    ("sealwire_access_record", "max_level"): 4, ("sealwire_group_key", "key_id"): 9,
    ("sealwire_access_plan", "key_id"): 81, ("sealwire_rule", "role"): 256,
    ("sealwire_issuer_record", "flags"): 7,
    # When the chain of `chain.der` holds.
    ("sealwire_chain_time", "time"): 1_763_000_000_000_000,
}  # fmt: skip
# How many of an array, where it isn't two: none is null.
GOOD_COUNT = {"crls": 0, "certificates": 0, "lists": 0, "roles": 0, "fleets": 1}
TIMES = ("now", "expires", "floor", "overlap_end")


@dataclass(frozen=True)
class Var:
    name: str
    type: str  # without `const` and `struct`, with its stars
    is_const: bool
    length: str = ""  # of an array inside a struct


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

    def is_opaque(self, name: str) -> bool:
        fields = self.structs.get(name, [])
        return bool(fields) and isinstance(fields[0], Var) and fields[0].name == "opaque"

    def has_callbacks(self, name: str) -> bool:
        return any(isinstance(field, str) for field in self.structs[name])


def rust_type(var: Var) -> str:
    base, stars = var.type.rstrip("*"), var.type.count("*")
    if base == "void":
        return "*mut c_void"
    base = NUMBERS.get(base) or TEXT.get(base) or base
    if var.length:
        return f"[{base}; {var.length}]"
    pointer = "*const " if var.is_const and stars == 1 else "*mut "
    return pointer * stars + base


def struct(header: Header, name: str) -> str:
    fields = []
    for number, field in enumerate(header.structs[name]):
        if isinstance(field, str):
            callback = re.search(r"\(\*(\w+)\)", field)
            assert callback, field
            fields.append(f"{callback[1]}: *const c_void")
        else:
            fields.append(f"{field.name}: {rust_type(field)}")
        fields[-1] = f"    pub {fields[-1]}, // {number}"
    return "\n".join(
        ["#[repr(C)]", "#[derive(Clone, Copy)]", f"pub struct {name} {{", *fields, "}"]
    )


def scalar(var: Var, owner: str) -> str:
    kind = NUMBERS[var.type]
    if (owner, var.name) in GOOD_IN:
        return f"d.number({GOOD_IN[owner, var.name]}) as {kind}"
    if var.name in TIMES:
        return "d.number(NOW)"
    return f"d.number({GOOD.get(var.name, 0)}) as {kind}"


def arguments(header: Header, variables: list[Var | str], owner: str) -> list[tuple[str, str]]:
    """Names and expressions; an expression may stand for a pair or a triple of names."""
    drawn: list[tuple[str, str]] = []
    rest = list(variables)
    while rest:
        var = rest.pop(0)
        if isinstance(var, str):
            name = re.search(r"\(\*(\w+)\)", var)
            assert name
            drawn.append((name[1], f"d.callback(callbacks::{owner}_{name[1]} as *const c_void)"))
            continue
        base = var.type.rstrip("*")
        follows = rest[0] if rest and isinstance(rest[0], Var) else None
        counts = follows if follows and follows.type == "size_t" else None
        if var.type in NUMBERS and not var.length:
            drawn.append((var.name, scalar(var, owner)))
        elif var.length:
            drawn.append((var.name, "unsafe { std::mem::zeroed() }"))
        elif var.type == "void*" and not counts:
            drawn.append((var.name, "w.user(d)"))
        elif var.type == "void*":
            rest.pop(0)
            drawn.append((f"{var.name}, {counts.name}", "w.memory(d)"))  # type: ignore[union-attr]
        elif base == "sealwire_id" and not var.type.endswith("*"):
            drawn.append((var.name, f'd.id("{owner}", "{var.name}")'))
        elif base == "sealwire_id" and var.is_const:
            drawn.append((var.name, f'w.given_id(d, "{owner}", "{var.name}")'))
        elif base in TEXT and var.type.count("*") == 1 and counts:
            rest.pop(0)
            if var.is_const:
                draw = f'w.input(d, "{owner}", "{var.name}")'
                drawn.append((f"{var.name}, {counts.name}", draw))
            elif rest and isinstance(rest[0], Var) and rest[0].type == "size_t*":
                length = rest.pop(0)
                drawn.append((f"{var.name}, {counts.name}, {length.name}", "w.output(d)"))
            else:
                drawn.append((f"{var.name}, {counts.name}", "w.buffer(d)"))
        elif base in TEXT and var.type.count("*") == 2:
            drawn.append((var.name, f"w.out_value::<*mut u8>(d, {var.name!r})".replace("'", '"')))
        elif base in TEXT and counts is None and var.is_const:
            drawn.append((var.name, f'w.input(d, "{owner}", "{var.name}").0'))
        elif base in NUMBERS:
            # `used` is the one that is also written beside an error.
            draw = "any_value" if var.name == "used" else "out_value"
            drawn.append((var.name, f'w.{draw}::<{NUMBERS[base]}>(d, "{var.name}")'))
        elif header.is_opaque(base) and var.type.endswith("**") and counts:
            rest.pop(0)
            drawn.append((f"{var.name}, {counts.name}", f"w.pointers::<{base}>(d)"))
        elif header.is_opaque(base):
            is_storage = (
                counts is not None
                and counts.name.endswith("_size")
                and var.name not in ("session", "burst", "checked")
            )
            if is_storage and counts is not None:
                rest.pop(0)
                drawn.append((f"{var.name}, {counts.name}", f"w.storage::<{base}>(d)"))
            else:
                draw = "optional" if owner == "sealwire_access_engines" else "object"
                drawn.append((var.name, f"w.{draw}::<{base}>(d)"))
                if counts and counts.name in ("size", "session_size"):
                    rest.pop(0)
                    drawn.append((counts.name, f"d.size(size_of::<{base}>())"))
        elif base in header.structs:
            if counts and (counts.name.endswith("_len") or counts.name in ("count", "cap")):
                rest.pop(0)
                if var.is_const:
                    draw = f"w.array(d, draw_{base}, {GOOD_COUNT.get(var.name, 2)})"
                    drawn.append((f"{var.name}, {counts.name}", draw))
                else:
                    drawn.append((f"{var.name}, {counts.name}", f"w.room::<{base}>(d)"))
            elif not var.type.endswith("*"):
                drawn.append((var.name, f"draw_{base}(w, d)"))
            elif var.is_const and base == "sealwire_issuer_id":
                drawn.append((var.name, "w.last_issuer(d)"))
            elif var.is_const and owner == "sealwire_credential":
                drawn.append((var.name, f"w.perhaps(d, draw_{base})"))
            elif var.is_const and base == "sealwire_result":
                drawn.append((var.name, "w.last_result(d)"))
            elif var.is_const:
                drawn.append((var.name, f"w.given(d, draw_{base})"))
            elif var.name == "results":
                drawn.append((var.name, "w.results(count)"))
            else:
                drawn.append((var.name, f'w.out_value::<{base}>(d, "{var.name}")'))
        else:
            raise SystemExit(f"c_calls.py: no way to draw `{var.type} {var.name}` of {owner}")
    return drawn


def generate() -> str:
    header = Header()
    out = ["// Generated by tests/fuzz/c_calls.py from include/sealwire.h."]
    out += [struct(header, name) for name in header.structs]
    out.append('unsafe extern "C" {')
    for name, (returns, parameters) in header.functions.items():
        given = ", ".join(f"{var.name}: {rust_type(var)}" for var in parameters)
        arrow = {"int32_t": "i32", "size_t": "usize", "uint32_t": "u32"}.get(returns)
        arrow = arrow or ("*const c_char" if "char" in returns else "")
        assert arrow, returns
        out.append(f"    fn {name}({given}) -> {arrow};")
    out.append("}")
    for name in header.structs:
        if name == "sealwire_id":
            continue
        if header.is_opaque(name):
            out.append(
                f"impl Opaque for {name} {{ const ZERO: Self = Self {{ opaque: "
                f"[0; {header.structs[name][0].length}] }}; }}"
            )  # type: ignore[union-attr]
            continue
        lines = [f"    let ({names}) = {draw};" if "," in names else f"    let {names} = {draw};"
                 for names, draw in arguments(header, header.structs[name], name)]  # fmt: skip
        fields = ", ".join(
            re.search(r"\(\*(\w+)\)", field)[1] if isinstance(field, str) else field.name  # type: ignore[index]
            for field in header.structs[name]
        )
        out.append(f"fn draw_{name}(w: &mut World, d: &mut Draw<'_>) -> {name} {{")
        out += [*lines, f"    {name} {{ {fields} }}", "}"]
    out.append("fn call(which: usize, w: &mut World, d: &mut Draw<'_>) {\n    match which {")
    for number, (name, (returns, parameters)) in enumerate(header.functions.items()):
        out.append(f"        {number} => {{")
        for names, draw in arguments(header, list(parameters), name):
            pattern = f"({names})" if "," in names else names
            out.append(f"            let {pattern} = {draw};")
        given = ", ".join(var.name for var in parameters)
        done = "text" if "char" in returns else "status" if returns == "int32_t" else "number"
        out.append(f"            let got = unsafe {{ {name}({given}) }};")
        out.append(f'            w.{done}("{name}", got);')
        out.append("        }")
    out.append(f"        _ => {{}}\n    }}\n}}\nconst CALLS: usize = {len(header.functions)};")
    return "\n".join(out) + "\n"


def numbers() -> dict[str, int]:
    """Function by name: what a seed calls."""
    return {name: number for number, name in enumerate(Header().functions)}


if __name__ == "__main__":
    print(generate())
