"""What the fuzz target `c_abi` calls: every function of include/sealwire.h, in Rust.

Decides: declarations and structs are those of the header, so what it says is what is linked
against; arguments come from `fuzz_targets/c_abi.rs` by type and name. A type that nobody knows how
to draw ends the build: no function is left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from c_header import Header, Var, callback_name

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
# Objects whose size stands behind them; what else has one behind it is an array of slots.
WITH_ITS_SIZE = ("session", "burst", "checked")
# What an earlier call gave.
LAST = {"sealwire_issuer_id": "w.last_issuer(d)", "sealwire_result": "w.last_result(d)"}


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
            fields.append(f"{callback_name(field)}: *const c_void")
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


class Drawing:
    """Draws variables that stand in one list, of a function or a struct.

    A pointer takes the count or size behind it along: `drawn` has names and expressions, where an
    expression may stand for a pair or a triple of names.
    """

    def __init__(self, header: Header, variables: Sequence[Var | str], owner: str) -> None:
        self.header, self.owner = header, owner
        self.rest = list(variables)
        self.drawn: list[tuple[str, str]] = []

    def all(self) -> list[tuple[str, str]]:
        while self.rest:
            var = self.rest.pop(0)
            if isinstance(var, str):
                name = callback_name(var)
                draw = f"d.callback(callbacks::{self.owner}_{name} as *const c_void)"
                self.drawn.append((name, draw))
            else:
                self.draw(var)
        return self.drawn

    def draw(self, var: Var) -> None:
        base = var.base
        if var.type in NUMBERS and not var.length:
            self.say(var, scalar(var, self.owner))
        elif var.length:
            self.say(var, "unsafe { std::mem::zeroed() }")
        elif base == "void":
            self.memory(var)
        elif base == "sealwire_id" and (not var.stars or var.is_const):
            given = "w.given_id(d, " if var.stars else "d.id("
            self.say(var, f'{given}"{self.owner}", "{var.name}")')
        elif base in TEXT and (var.stars == 2 or self.counts() or var.is_const):
            self.bytes(var)
        elif base in NUMBERS:
            # `used` is the one that is also written beside an error.
            kind = "any_value" if var.name == "used" else "out_value"
            self.say(var, f'w.{kind}::<{NUMBERS[base]}>(d, "{var.name}")')
        elif self.header.opaque(base):
            self.object(var)
        elif base in self.header.structs:
            self.struct(var)
        else:
            raise SystemExit(f"c_calls.py: can't draw `{var.type} {var.name}` of {self.owner}")

    def say(self, var: Var, draw: str, *with_it: Var) -> None:
        for one in with_it:
            self.rest.remove(one)
        names = ", ".join(one.name for one in (var, *with_it))
        self.drawn.append((names, draw))

    def counts(self) -> Var | None:
        """The count or size behind a pointer."""
        return self.next("size_t")

    def next(self, kind: str, place: int = 0) -> Var | None:
        var = self.rest[place] if len(self.rest) > place else None
        return var if isinstance(var, Var) and var.type == kind else None

    def memory(self, var: Var) -> None:
        counts = self.counts()
        if counts:
            self.say(var, "w.memory(d)", counts)
        else:
            self.say(var, "w.user(d)")

    def bytes(self, var: Var) -> None:
        counts, length = self.counts(), self.next("size_t*", 1)
        given = f'w.input(d, "{self.owner}", "{var.name}")'
        if var.stars == 2:
            self.say(var, f'w.out_value::<*mut u8>(d, "{var.name}")')
        elif counts is None:
            self.say(var, f"{given}.0")
        elif var.is_const:
            self.say(var, given, counts)
        elif length:
            self.say(var, "w.output(d)", counts, length)
        else:
            self.say(var, "w.buffer(d)", counts)

    def object(self, var: Var) -> None:
        base, counts = var.base, self.counts()
        if var.stars == 2 and counts:
            self.say(var, f"w.pointers::<{base}>(d)", counts)
        elif counts and counts.name.endswith("_size") and var.name not in WITH_ITS_SIZE:
            self.say(var, f"w.storage::<{base}>(d)", counts)
        else:
            kind = "optional" if self.owner == "sealwire_access_engines" else "object"
            self.say(var, f"w.{kind}::<{base}>(d)")
            if counts and counts.name in ("size", "session_size"):
                self.rest.remove(counts)
                self.say(counts, f"d.size(size_of::<{base}>())")

    def struct(self, var: Var) -> None:
        base, counts = var.base, self.counts()
        if counts and (counts.name.endswith("_len") or counts.name in ("count", "cap")):
            many = f"w.array(d, draw_{base}, {GOOD_COUNT.get(var.name, 2)})"
            self.say(var, many if var.is_const else f"w.room::<{base}>(d)", counts)
        elif not var.stars:
            self.say(var, f"draw_{base}(w, d)")
        elif var.is_const:
            way = "perhaps" if self.owner == "sealwire_credential" else "given"
            self.say(var, LAST.get(base) or f"w.{way}(d, draw_{base})")
        elif var.name == "results":
            self.say(var, "w.results(count)")
        else:
            self.say(var, f'w.out_value::<{base}>(d, "{var.name}")')


def arguments(header: Header, variables: Sequence[Var | str], owner: str) -> list[tuple[str, str]]:
    return Drawing(header, variables, owner).all()


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
        if opaque := header.opaque(name):
            zero = f"Self {{ opaque: [0; {opaque.length}] }}"
            out.append(f"impl Opaque for {name} {{ const ZERO: Self = {zero}; }}")
            continue
        lines = [f"    let ({names}) = {draw};" if "," in names else f"    let {names} = {draw};"
                 for names, draw in arguments(header, header.structs[name], name)]  # fmt: skip
        fields = ", ".join(
            callback_name(field) if isinstance(field, str) else field.name
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
