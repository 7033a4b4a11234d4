"""`sealwire audit keygen` and `sealwire audit verify`: the auditor's side of an audit log.

pyca/cryptography is imported when one of them runs and not before.
"""

# ruff: noqa: PLC0415 - pyca/cryptography is imported by the commands that need it, when they run

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sealwire import cli_io

VERIFY = """\
Takes a log's path (and finds the files put aside beside it), or with --files exactly the files that
are named, the oldest first. The module's public key must come from elsewhere than the log.

Exit code 0 says that every line is as it was written. It says nothing of lines that were cut off
after the last one: --ended demands that the log was closed, and --seen that all is there that an
earlier call with --json saw. Keep those reports where the module can't write.

examples:
  sealwire audit verify audit.log --key auditor.key --signer pump-verify.key
  sealwire audit verify audit.log --key auditor.key --signer pump.pem --json > today.json
  sealwire audit verify audit.log --key auditor.key --signer pump.pem --seen yesterday.json
"""
AUDIT = """\
Needs pyca/cryptography: pip install 'sealwire[pki]'. See docs/audit-log.md.

examples:
  sealwire audit keygen --output auditor.key --public auditor.pub
  sealwire audit verify audit.log --key auditor.key --signer pump-verify.key
"""
KEYGEN = """\
examples:
  sealwire audit keygen --output auditor.key --public auditor.pub
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    audit = commands.add_parser(
        "audit",
        help="check an audit log, or make its auditor's key",
        description="checks audit logs; makes an auditor's key",
        epilog=AUDIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    two = audit.add_subparsers(dest="audit", required=True, metavar="COMMAND")
    style = argparse.RawDescriptionHelpFormatter
    make = two.add_parser(
        "keygen",
        help="make an auditor's key pair",
        description="makes an auditor's key pair; the public half goes to the modules",
        epilog=KEYGEN,
        formatter_class=style,
        allow_abbrev=False,
    )
    make.add_argument("--output", "-o", required=True, metavar="FILE", help="the private key, 0600")
    make.add_argument("--public", required=True, metavar="FILE", help="the public key")
    make.set_defaults(run=keygen)
    check = two.add_parser(
        "verify",
        help="check an audit log",
        description="checks that no line of an audit log was changed or removed",
        epilog=VERIFY,
        formatter_class=style,
        allow_abbrev=False,
    )
    check.add_argument("log", nargs="+", metavar="LOG", help="the log's path")
    check.add_argument("--files", action="store_true", help="only the files named, oldest first")
    check.add_argument("--key", required=True, metavar="FILE", help="the auditor's private key")
    check.add_argument(
        "--signer",
        required=True,
        metavar="FILE",
        help="the module's public key: PEM, certificate (unchecked), or a key file",
    )
    check.add_argument("--seen", metavar="FILE", help="the output of an earlier --json")
    check.add_argument("--ended", action="store_true", help="refuse a log that wasn't closed")
    check.add_argument("--json", action="store_true", help="one JSON object, on one line")
    check.set_defaults(run=verify)


def keygen(options: argparse.Namespace) -> int:
    """Runs `sealwire audit keygen`."""
    from sealwire import audit_keys

    print(f"auditor {audit_keys.keygen(options.output, options.public)}")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Runs `sealwire audit verify`."""
    from sealwire import audit_keys, audit_log, audit_verify
    from sealwire.errors import ErrorCode

    if options.files:
        paths = [Path(path) for path in options.log]
    elif len(options.log) == 1:
        paths = audit_log.parts(options.log[0])
    else:
        raise cli_io.usage("one log, or several files with --files")
    key = audit_keys.load_private(options.key)
    signer = audit_keys.load_public(options.signer)
    reports = audit_verify.verify(paths, key, signer, seen=_seen(options.seen))
    last = reports[-1]
    if options.ended and last.ended != "closed":
        why = "it has no end: its module runs, was killed, or lines were cut off"
        raise audit_verify.AuditLogError(ErrorCode.TAG_WRONG, Path(last.path), last.lines, why)
    if options.json:
        print(json.dumps({"files": [report.as_dict() for report in reports]}))
        return 0
    for report in reports:
        end = report.ended or "no end: lines after this may be missing"
        torn = f", then {report.torn} bytes of half a line" if report.torn else ""
        signed = f"signed up to {report.signed}"
        print(f"{report.path}: {report.lines} lines intact, {signed}, {end}{torn}")
    if reports[0].previous is not None:
        print(f"{reports[0].path} follows an older file, which was not checked")
    return 0


def _seen(path: str | None) -> dict[str, tuple[int, str]]:
    if path is None:
        return {}
    try:
        files = json.loads(cli_io.read_file(path))["files"]
        return {one["log"]: (int(one["lines"]), str(one["head"])) for one in files}
    except (ValueError, KeyError, TypeError):
        raise cli_io.usage(f"{path} isn't the output of --json") from None
