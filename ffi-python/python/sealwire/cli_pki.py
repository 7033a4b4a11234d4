"""What the commands on certificates have in common: passphrases, times, lists, output.

pyca/cryptography is imported when a command needs it and not before.
"""

# ruff: noqa: PLC0415 - pyca/cryptography is imported by the commands that need it, when they run

from __future__ import annotations

import argparse
import getpass
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sealwire import cli_io
from sealwire.errors import ErrorCode

if TYPE_CHECKING:
    from cryptography import x509


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    *examples: str,
    more: str = "",
) -> argparse.ArgumentParser:
    """A command with its help and its examples."""
    epilog = more + ("\n\n" if more and examples else "")
    if examples:
        epilog += "examples:\n" + "\n".join(f"  {example}" for example in examples)
    return commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="one JSON object, on one line")


def add_passphrase(parser: argparse.ArgumentParser, *, is_new: bool) -> None:
    """How a passphrase is given: never on the command line."""
    what = "of the key" if not is_new else "that encrypts the new key"
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help=f"the passphrase {what}: its first line; mode 0600, or - (stdin)",
    )
    if is_new:
        parser.add_argument(
            "--encrypt", action="store_true", help="ask for a passphrase on the terminal"
        )


def add_identity(parser: argparse.ArgumentParser) -> None:
    """Whom a certificate is for."""
    parser.add_argument(
        "--module-id", type=cli_io.module, required=True, metavar="ID", help="UUID, or new"
    )
    parser.add_argument(
        "--role",
        action="append",
        type=role,
        default=[],
        metavar="ROLE",
        help="again for more, up to 8",
    )
    parser.add_argument("--time-source", action="store_true", help="others may take their time")
    parser.add_argument(
        "--host", action="append", default=[], metavar="HOST", help="name or IP address, for TLS"
    )
    parser.add_argument(
        "--tls", choices=("both", "client", "server"), default="both", help="(default: both)"
    )
    add_days(parser, 365)


def role(text: str) -> str:
    """A role's name. The core decides; here its sentence is told before anything is made."""
    if not re.fullmatch(r"[a-z0-9._-]{1,32}", text):
        raise argparse.ArgumentTypeError(ErrorCode.INVALID_ROLE.sentence)
    return text


def add_days(parser: argparse.ArgumentParser, default: float) -> None:
    """`--days`."""
    parser.add_argument(
        "--days", type=days, default=default, metavar="N", help=f"valid for (default: {default:g})"
    )


def days(text: str) -> float:
    """A number of days."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 36_500:
        raise argparse.ArgumentTypeError("days are a number above 0, at most 36500")
    return number


def passphrase(options: argparse.Namespace, *, is_new: bool = False) -> bytes | None:
    """The passphrase that was given, or asked for; None if there is none."""
    from sealwire.pki import files

    source = options.passphrase_file
    if source == "-":
        return _line(sys.stdin.buffer.readline())
    if source is not None:
        return _line(files.read_private(Path(source)))
    if not is_new or not options.encrypt:
        return None
    return asked("passphrase for the new key: ", twice=True)


def asked(prompt: str, *, twice: bool = False) -> bytes:
    """A passphrase from the terminal."""
    if not sys.stdin.isatty():
        raise cli_io.usage("a passphrase is needed: --passphrase-file FILE")
    given = getpass.getpass(prompt)
    if twice and getpass.getpass("again: ") != given:
        raise cli_io.usage("the two differ")
    return _line(given.encode())


def _line(data: bytes) -> bytes:
    lines = data.splitlines()
    if not lines or not lines[0]:
        raise cli_io.usage("the passphrase is empty")
    return lines[0]


def is_client(options: argparse.Namespace) -> bool | None:
    """`is_client_cert` from `--tls`."""
    return {"both": None, "client": True, "server": False}[options.tls]


def text_of(micros: int) -> str:
    """A time for a person."""
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def show(options: argparse.Namespace, members: dict[str, object]) -> None:
    """One line of JSON, or a line for each member that says something."""
    if options.json:
        print(json.dumps(members), flush=True)
        return
    width = max(len(name) for name in members)
    for name, value in members.items():
        if value in (None, (), [], ""):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        print(f"{name.replace('_', ' '):<{width}}  {shown}", flush=True)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Under which anchors and lists a certificate is judged."""
    parser.add_argument(
        "--ca", metavar="FOLDER", help="an authority's folder: its anchor and its last list"
    )
    parser.add_argument(
        "--anchor", action="append", default=[], metavar="FILE", help="an anchor's certificate"
    )
    parser.add_argument(
        "--list", action="append", dest="lists", metavar="FILE", help="of `ca crl`, for validators"
    )
    parser.add_argument("--crl", action="append", dest="crls", metavar="FILE", help="CRL in DER")


def anchors(options: argparse.Namespace) -> list[x509.Certificate]:
    """The anchors that were named."""
    from sealwire.pki import Certificate

    paths = [Path(path) for path in options.anchor]
    if options.ca is not None:
        paths.append(Path(options.ca) / "ca.pem")
    if not paths:
        raise cli_io.usage("an anchor is needed: --anchor FILE or --ca FOLDER")
    return [Certificate.from_pem(path.read_bytes()).anchor for path in paths]


def lists(options: argparse.Namespace) -> list[bytes] | None:
    """Sealwire's lists that were named, or the authority's last one."""
    paths: Sequence[Path] = [Path(path) for path in options.lists or ()]
    if options.ca is not None and options.crls is None and not paths:
        last = Path(options.ca) / "ca.list"
        paths = [last] if last.exists() else []
    return [path.read_bytes() for path in paths] or None


def crls(options: argparse.Namespace) -> list[bytes] | None:
    """The CRLs that were named."""
    if options.crls is None:
        return None
    return [Path(path).read_bytes() for path in options.crls]
