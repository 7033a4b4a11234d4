"""The parts of every suite, in the order in which they are shown. One line adds one.

Part(name, command, suites, ...):
  command  run by bash (-euo pipefail) in the top folder, with target/venv/bin first on PATH,
           and `$PYTHON`. Exit 0 passed, 77 skipped (the last line says why), else failed.
  suites   one or more of SUITES, separated by spaces
  needs    what must be there, separated by spaces: names from tools/needs.py or programs
  after    parts that must have passed before this one starts, where they are in the same run
  lane     parts of one lane never run at the same time (cargo locks its target folder anyway);
           `alone` runs with nothing beside it, for whatever measures time
  counts   the log must show at least one executed test, or the part has failed
  quick    also runs with --quick (which sets SEALWIRE_QUICK=1)
"""

from __future__ import annotations

from dataclasses import dataclass

SUITES = {
    "test": "everything that must hold; the command of the README",
    "lint": "formatters and static checks of every language",
    "docs": "the documentation, without a warning",
    "assure": "the evidence: others' vectors, constant time, faults, supply chain",
    "bench": "what everything costs, beside its floor and its peers",
    "demo": "a pump in QEMU, a Python module and a C program, attacks, sessions, certificates",
}


@dataclass(frozen=True)
class Part:
    name: str
    command: str
    suites: str = "test"
    needs: str = ""
    after: str = ""
    lane: str = "cargo"
    timeout: int = 1500
    counts: bool = False
    quick: bool = True


TRIPLES = "thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imac-unknown-none-elf"
CORE_TESTS = "cargo test --locked -p sealwire"
CORE_ON_BARE_METAL = f"""
for target in {TRIPLES}; do for features in "" access,ecdsa x509,ecdsa,defmt; do
  $PYTHON tools/baremetal.py cargo $target -- \\
    check --locked -p sealwire --no-default-features --features "$features"
done; done"""

# Every program for every target that has room for it, with logs and without, and under
# executors: one call of cargo for each target and set of features
FIRMWARE = f"""
all={TRIPLES.replace(" ", ",")}
$PYTHON tools/firmware.py $all telemetry --log
$PYTHON tools/firmware.py $all telemetry,receive-only --level4
$PYTHON tools/firmware.py $all access
for program in embassy identity rtic; do
  $PYTHON tools/firmware.py thumbv7em-none-eabihf $program
done"""
LISTENER = """
cargo build --locked -p sealwire-c --profile release-c
mkdir -p target/demo
cc -std=c11 -Wall -Wextra -Wpedantic -Werror -O2 -Iinclude demo/listener.c \\
  target/release-c/libsealwire.a -o target/demo/listener -lpthread -ldl -lm"""
PUMP_OF_THE_DEMO = "target/firmware/thumbv7em-none-eabihf/telemetry-log"

CPPCHECK = """
cppcheck --quiet --std=c99 --enable=warning,style,performance,portability --error-exitcode=1 \\
  --inline-suppr --suppress=missingIncludeSystem --suppress=unusedStructMember \\
  --suppress=redundantAssignment:ffi-c/tests/* --suppress=unreadVariable:ffi-c/tests/* \\
  --suppress=shadowVariable:ffi-c/tests/* --suppress=ctuuninitvar:ffi-c/tests/* \\
  -Iinclude ffi-c/examples ffi-c/tests"""
GENERATED = """
for file in header refusals errors; do
  cargo run --locked -q -p sealwire-tools -- $file --check
done"""

ASSURE = "$PYTHON tools/assurance.py run --"
OUTSIDE = f"""
vectors=$($PYTHON tests/assure/outside/vectors.py)
cargo build --quiet --locked -p sealwire-c --profile release-c
run="cargo run --quiet --locked -p outside --"
{ASSURE} $run --cavp "$vectors" --c target/release-c/libsealwire.so
if $run --break > /dev/null; then echo "an engine that takes everything passes"; exit 1; fi"""
FAULTS = """
for flags in "" --hardened; do
  {assure} python tests/assure/faults/inject.py --opt {opt} --skips 1,2,3,5 --where $flags
  {assure} python tests/assure/faults/inject.py --image gate --opt {opt} --where $flags
done"""
FAULTS_IN_CHAINS = """
for flags in "" --hardened; do
  {assure} python tests/assure/faults/inject.py --image chains --opt {opt} --where $flags
done"""
# Ten seconds each, three minutes with the build; then each must find the bug planted for it
FUZZ = f"""
{ASSURE} $PYTHON tests/fuzz/run.py --seconds 10
{ASSURE} $PYTHON tests/fuzz/run.py --break"""
FUZZ_PYTHON = f"""
{ASSURE} python tests/fuzz/python_calls.py --seconds 8
if python tests/fuzz/python_calls.py --seconds 8 --planted > /dev/null
then echo "a division by zero isn't found"; exit 1; fi"""
REPRODUCIBLE = f"""
{ASSURE} $PYTHON tests/assure/reproducible.py
if $PYTHON tests/assure/reproducible.py --break > /dev/null
then echo "a change isn't seen"; exit 1; fi"""

PARTS = [
    # Formatters and static checks
    Part("rustfmt", "cargo fmt --all --check", "test lint", "rustfmt", lane="lint"),
    Part("ruff", "ruff check . && ruff format --check .", "test lint", "venv", lane="lint"),
    Part("mypy", "mypy", "test lint", "venv", lane="lint"),
    Part("shell", "bash -n .ci/run", "test lint", lane="lint"),
    Part("clippy", "cargo clippy --locked --workspace --all-targets", "test lint", "cargo-clippy"),
    Part("tools", "pytest -q tools/tests", needs="venv", lane="lint", counts=True),
    # The core alone: features unify across a workspace
    Part("core", f"{CORE_TESTS} --features std,x509", counts=True, needs="cargo"),
    Part("core-no-ecdsa", f"{CORE_TESTS} --no-default-features", counts=True, needs="cargo"),
    Part("x509-vectors", "python tests/x509/generate.py --check", needs="venv", lane="lint"),
    # A million operations on the window, a million messages over months of clock
    Part(
        "core-long",
        f"SEALWIRE_LONG=1 {CORE_TESTS} --features std --test core -- replay:: properties::",
        needs="cargo",
        after="core",
        counts=True,
        quick=False,
    ),
    Part("core-bare-metal", CORE_ON_BARE_METAL, needs="baremetal", lane="bare-metal"),
    # The same on a newer compiler, where Debian has one to unpack
    Part(
        "core-newer-rust",
        "$PYTHON tools/baremetal.py cargo host -- test --locked -p sealwire",
        needs="baremetal",
        lane="bare-metal",
        counts=True,
    ),
    # The vectors, by an implementation that isn't ours: Python on pyca/cryptography
    Part("reference", "pytest -q tests/reference", needs="venv", lane="python", counts=True),
    # C
    Part(
        "c-format",
        "clang-format --dry-run --Werror ffi-c/examples/*.[ch] ffi-c/tests/*.[ch] "
        "ffi-c/tests/baremetal/*.c ffi-c/tests/baremetal/newlib/*.c",
        "test lint",
        "clang-format",
        lane="lint",
    ),
    Part("cppcheck", CPPCHECK, "test lint", "cppcheck", lane="lint"),
    Part("generated", GENERATED, "test lint docs", "cargo"),
    Part(
        "c-header",
        "pytest -q ffi-c/tests/test_header.py",
        needs="venv gcc g++ clang",
        lane="c",
        counts=True,
    ),
    Part(
        "c",
        "pytest -q ffi-c/tests/test_programs.py",
        needs="venv cargo gcc clang valgrind",
        counts=True,
        timeout=900,
    ),
    Part(
        "c-install",
        "pytest -q ffi-c/tests/test_install.py ffi-c/tests/test_host.py",
        needs="venv cargo gcc pkg-config cmake",
        after="c",
        counts=True,
        timeout=900,
    ),
    Part(
        "c-bare-metal",
        "pytest -q ffi-c/tests/test_baremetal.py",
        needs="venv baremetal qemu clang arm-none-eabi-gcc",
        lane="bare-metal",
        counts=True,
        timeout=1200,
    ),
    # Firmware
    Part(
        "firmware-format",
        "cd firmware-example && cargo fmt --check",
        "test lint",
        "rustfmt",
        lane="lint",
    ),
    Part("host-tools", "cargo build --locked -p sealwire-tools", needs="cargo"),
    Part("firmware-build", FIRMWARE, needs="baremetal", lane="bare-metal", timeout=900),
    Part(
        "firmware-vectors",
        "pytest -q tests/firmware/test_vectors.py tests/firmware/test_x509.py",
        needs="baremetal qemu venv",
        lane="bare-metal",
        counts=True,
    ),
    # The vectors of access on every core, and the requester's stack
    Part(
        "firmware-exchanges",
        "pytest -q tests/firmware/test_exchanges.py",
        needs="baremetal qemu venv",
        lane="bare-metal",
        counts=True,
    ),
    # The assembly engine, which alone needs a C compiler
    Part(
        "firmware-engines",
        "pytest -q tests/firmware/test_engines.py",
        needs="baremetal qemu venv arm-none-eabi-gcc",
        lane="bare-metal",
        counts=True,
    ),
    Part(
        "firmware",
        "pytest -q tests/firmware/test_pump.py",
        needs="baremetal qemu venv",
        after="firmware-build host-tools",
        lane="bare-metal",
        counts=True,
    ),
    Part(
        "firmware-access",
        "pytest -q tests/firmware/test_access.py",
        needs="baremetal qemu venv gcc",
        after="firmware-build wheel",
        lane="bare-metal",
        counts=True,
    ),
    # From `ca init` to refusal after revocation, with the operator's own commands; 90 s
    Part(
        "firmware-identity",
        "pytest -q tests/firmware/test_identity.py",
        needs="baremetal qemu venv",
        after="firmware-build wheel",
        lane="bare-metal",
        counts=True,
        timeout=400,
    ),
    # Python
    Part(
        "wheel",
        "$PYTHON ffi-python/wheel.py build install",
        "test demo docs assure",
        "venv cargo",
        timeout=900,
    ),
    Part(
        "wheel-try",
        "$PYTHON ffi-python/wheel.py try",
        needs="venv cargo",
        after="wheel",
        timeout=900,
    ),
    Part(
        "python",
        "pytest -q ffi-python/tests --ignore ffi-python/tests/test_line.py",
        needs="venv openssl",
        after="wheel",
        lane="python",
        counts=True,
    ),
    Part(
        "python-types",
        "ffi-python/make_codes.py --check; cd ffi-python/python; mypy --strict -p sealwire",
        "test lint",
        "venv",
        lane="lint",
    ),
    Part(
        "python-stubs",
        "python -m mypy.stubtest sealwire",
        needs="venv",
        after="wheel",
        lane="lint",
    ),
    Part(
        "python-docs",
        "python ffi-python/make_docs.py",
        "test docs",
        "venv",
        after="wheel",
        lane="python",
    ),
    # Python and C as granter and module, each with each, on a line that loses packets
    Part(
        "python-line",
        "pytest -q ffi-python/tests/test_line.py",
        needs="venv cargo cc",
        after="wheel",
        counts=True,
    ),
    # Every code block of README and docs/, in its language
    Part(
        "docs-code",
        "python tests/docs/run.py",
        "test docs",
        "venv cargo cc openssl",
        after="wheel",
    ),
    Part("docs-figures", "$PYTHON bench/firmware_page.py --check", "test docs", lane="lint"),
    # Demo
    Part("demo-c", LISTENER, "test demo", "cargo cc"),
    Part(
        "demo-firmware",
        "$PYTHON tools/firmware.py thumbv7em-none-eabihf telemetry --log\n"
        "$PYTHON tools/firmware.py thumbv7em-none-eabihf access,identity",
        "demo",
        "baremetal",
        lane="bare-metal",
    ),
    Part(
        "demo",
        f"python demo/demo.py {PUMP_OF_THE_DEMO} target/demo/listener",
        "demo",
        "qemu venv",
        after="wheel demo-c demo-firmware",
        lane="alone",
        timeout=100,
        counts=True,
    ),
    Part(
        "demo-access",
        """
mkdir -p target/demo
for program in granter requester; do
  cc -std=c11 -O1 -Iinclude ffi-c/examples/$program.c target/release-c/libsealwire.a \\
    -o target/demo/$program -lpthread -ldl -lm
done
python demo/access.py target/demo target/firmware/thumbv7em-none-eabihf/access""",
        "demo",
        "qemu venv cargo cc",
        after="wheel demo-c demo-firmware",
        timeout=250,
    ),
    Part(
        "demo-certificates",
        "python demo/certificates.py target/firmware/thumbv7em-none-eabihf/identity",
        "demo",
        "qemu venv",
        after="wheel demo-firmware demo-access",
        timeout=190,
    ),
    # Speed: what was shipped, by its machine code; and the measurements
    Part("engine-host", "cargo test --locked -p sealwire-engine-host", counts=True, needs="cargo"),
    Part(
        "shipped",
        "pytest -q tests/shipped",
        needs="venv cc",
        after="wheel demo-c",
        lane="lint",
        counts=True,
    ),
    Part("bench", "python bench/run.py", "bench", "venv cargo cc", lane="alone", timeout=1500),
    # Documentation
    Part(
        "rustdoc",
        "RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --workspace",
        "test docs",
        "cargo",
    ),
    # Assurance
    Part("outside-vectors", OUTSIDE, "test assure", "cargo venv", timeout=1200),
    Part(
        "core-hardened",
        f"{CORE_TESTS} --features hardened",
        "test assure",
        "cargo",
        counts=True,
    ),
    Part(
        "supply-chain",
        f"{ASSURE} $PYTHON tools/supply.py check && $PYTHON tools/supply.py third-party --check",
        "test assure",
        "cargo",
        lane="lint",
    ),
    Part("assurance-page", "$PYTHON tools/assurance.py check", "test docs", lane="lint"),
    # Reads images that other parts built: 3 to 4 s where they did, minutes where not
    Part(
        "panics",
        f"{ASSURE} $PYTHON tests/assure/panics/check.py",
        "test assure",
        "baremetal",
        after="firmware-build firmware-vectors",
        lane="bare-metal",
    ),
    Part(
        "stack",
        f"{ASSURE} python tests/assure/stack/bound.py",
        "assure",
        "baremetal qemu venv",
        lane="assure",
    ),
    Part(
        "constant-time",
        f"{ASSURE} $PYTHON tests/assure/constant-time/check.py",
        "assure",
        "cargo valgrind",
        lane="assure",
        timeout=1200,
    ),
    Part(
        "faults-s",
        FAULTS.format(assure=ASSURE, opt="s"),
        "assure",
        "venv baremetal",
        lane="faults",
        timeout=1800,
    ),
    Part(
        "faults-chains-s",
        FAULTS_IN_CHAINS.format(assure=ASSURE, opt="s"),
        "assure",
        "venv baremetal",
        lane="faults",
        timeout=1800,
    ),
    Part(
        "faults-3",
        FAULTS.format(assure=ASSURE, opt="3"),
        "assure",
        "venv baremetal",
        lane="faults-3",
        timeout=1800,
    ),
    Part(
        "faults-chains-3",
        FAULTS_IN_CHAINS.format(assure=ASSURE, opt="3"),
        "assure",
        "venv baremetal",
        lane="faults-3",
        timeout=1800,
    ),
    # Certificates rotate ten times at 10,000 messages a second; `python` runs a share of it
    Part(
        "renewal-load",
        "python ffi-python/examples/rotation/under_load.py",
        "assure",
        "venv",
        after="wheel",
        lane="alone",
    ),
    Part("reproducible", REPRODUCIBLE, "assure", "baremetal", lane="assure", timeout=1800),
    Part(
        "fuzz",
        FUZZ,
        "assure",
        "cargo g++",
        lane="assure",
        timeout=1800,
    ),
    Part(
        "c-races",
        "pytest -q ffi-c/tests/test_races.py",
        "assure",
        "venv cargo gcc valgrind",
        counts=True,
        timeout=900,
    ),
    # Everything in the wheel's stubs, and its readers, with arguments that were drawn
    Part(
        "fuzz-python",
        FUZZ_PYTHON,
        "test assure",
        "venv",
        after="wheel",
        lane="python",
    ),
    # Every change of the core that cargo-mutants can think of, in two builds
    Part(
        "mutants",
        f"{ASSURE} $PYTHON tests/assure/mutants/run.py",
        "assure",
        "cargo",
        lane="mutants",
        timeout=3000,
    ),
    Part(
        "coverage",
        f"{ASSURE} $PYTHON tests/assure/coverage.py",
        "assure",
        "cargo baremetal",
        lane="assure",
        timeout=1800,
    ),
    # Last of its suite: judges what the others measured.
    Part("assure-table", "$PYTHON tools/assurance.py table", "assure", lane="alone"),
]
