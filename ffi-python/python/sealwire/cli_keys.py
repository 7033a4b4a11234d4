"""`sealwire keygen`: makes keys, and prints them as arrays for firmware."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sealwire import cli_io
from sealwire.keyfile import MAX_BYTES, KeyFile
from sealwire.levels import Algorithm

EPILOG = """\
The key file is JSON, described in docs/python.md. It is made with mode 0600; an existing file is
never overwritten. Files with a secret that others than the owner may use are refused everywhere.

examples:
  a shared secret for level 4, both modules named anew:
    sealwire keygen --key-id 1 --sender new --receiver new --output pump.key
  a key pair for level 5, its public half for the receiver:
    sealwire keygen --kind p256 --key-id 2 --sender UUID --receiver UUID \\
      --output pump-sign.key --public pump-verify.key
  an existing key for C firmware, from standard input:
    sealwire keygen --from - --c < pump.key > secret.h
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    command = commands.add_parser(
        "keygen",
        help="make a key, or print one as an array",
        description="makes a key file, or prints one as an array for firmware",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument(
        "--from", dest="source", metavar="FILE", help="an existing key; - is stdin"
    )
    command.add_argument("--kind", choices=("hmac", "p256"), default="hmac", help="(default: hmac)")
    command.add_argument("--tag", choices=("full", "short"), default="full", help="32 or 16 bytes")
    command.add_argument("--key-id", type=cli_io.key_id, metavar="N", help="0 to 2**32 - 1")
    command.add_argument("--sender", type=cli_io.module, metavar="ID", help="UUID, or new")
    audience = command.add_mutually_exclusive_group()
    audience.add_argument("--receiver", type=cli_io.module, metavar="ID", help="UUID, or new")
    audience.add_argument("--group", type=cli_io.module, metavar="ID", help="UUID, or new")
    command.add_argument("--counter-only", action="store_true", help="the sender has no clock")
    command.add_argument("--output", "-o", metavar="FILE", help="where the key goes")
    command.add_argument("--public", metavar="FILE", help="where the public part goes")
    arrays = command.add_mutually_exclusive_group()
    for language in ("c", "rust"):
        arrays.add_argument(
            f"--{language}",
            nargs="?",
            const="auto",
            choices=("auto", "secret", "public"),
            help="print an array of the secret, or of the public key",
        )
    command.set_defaults(run=keygen)


def keygen(options: argparse.Namespace) -> int:
    """Runs the command."""
    key = _existing(options) if options.source else _generated(options)
    array = None
    if options.c or options.rust:
        array = _array(key, options.c or options.rust, is_c=options.c is not None)
    public = key.without_secret() if options.public else None
    if options.output:
        key.save(options.output)
    if public is not None:
        try:
            public.save(options.public)
        except OSError:
            if options.output:
                Path(options.output).unlink()
            raise
    audience = "group" if key.group is not None else "receiver"
    print(
        f"{key.kind}, {key.algorithm.text}, key {key.key_id:#010x}, sender {key.sender}, "
        f"{audience} {key.audience}",
        file=sys.stderr if array else sys.stdout,
    )
    if array:
        print(array)
    return 0


def _existing(options: argparse.Namespace) -> KeyFile:
    given = (options.key_id, options.sender, options.receiver, options.group)
    if any(value is not None for value in given) or options.counter_only:
        raise cli_io.usage("an existing key has its IDs")
    if options.source == "-":
        return KeyFile.from_json(sys.stdin.buffer.read(MAX_BYTES))
    return KeyFile.load(options.source)


def _generated(options: argparse.Namespace) -> KeyFile:
    if options.key_id is None or options.sender is None:
        raise cli_io.usage("a new key needs --key-id and --sender")
    if options.receiver is None and options.group is None:
        raise cli_io.usage("a new key needs --receiver or --group")
    if not (options.output or options.c or options.rust):
        raise cli_io.usage("a new key goes to --output FILE, --c or --rust")
    if options.kind == "p256":
        algorithm = Algorithm.ECDSA_P256
    elif options.tag == "short":
        algorithm = Algorithm.HMAC_SHA256_128
    else:
        algorithm = Algorithm.HMAC_SHA256
    return KeyFile.generate(
        algorithm,
        key_id=options.key_id,
        sender=options.sender,
        receiver=options.receiver,
        group=options.group,
        counter_only=options.counter_only,
    )


def _array(key: KeyFile, part: str, *, is_c: bool) -> str:
    if part == "auto":
        part = "public" if key.secret is None else "secret"
    if part == "public":
        value = bytes(key.without_secret().public or b"")
    elif key.secret is None:
        raise cli_io.usage("the file has no secret")
    else:
        value = key.secret.secret_bytes()
    audience = "group" if key.group is not None else "receiver"
    warning = "public" if part == "public" else "SECRET: keep it out of version control"
    about = [
        f"{key.algorithm.text}, key {key.key_id:#010x}. {warning}.",
        f"From {key.sender} for the {audience} {key.audience}.",
    ]
    name = f"sealwire_{part}_{key.key_id:08x}"
    rows = [value[i : i + 8] for i in range(0, len(value), 8)]
    body = "\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in row) + "," for row in rows)
    if is_c:
        comment = "\n   ".join(about)
        return f"/* {comment} */\nstatic const uint8_t {name}[{len(value)}] = {{\n{body}\n}};"
    comment = "\n".join(f"/// {line}" for line in about)
    return f"{comment}\npub const {name.upper()}: [u8; {len(value)}] = [\n{body}\n];"
