"""`sealwire cert`, `sealwire health`, `sealwire watch`: look at certificates, renew, go back."""

# ruff: noqa: PLC0415 - pyca/cryptography is imported by the commands that need it, when they run

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sealwire import cli_ca, cli_io, cli_pki
from sealwire._native import NoClock
from sealwire.errors import CertificateValidationError, error_for

if TYPE_CHECKING:
    from sealwire.pki import Certificate, CertificateHealth

REFUSED = 1


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    top = cli_pki.command(
        commands,
        "cert",
        "certificates: inspect, verify, renew, roll back",
        "sealwire cert inspect pump",
        "sealwire cert verify pump --anchor plant/ca.pem --list plant/ca.list",
        more="Needs pyca/cryptography: pip install 'sealwire[pki]'. See docs/certificates.md.",
    )
    inner = top.add_subparsers(dest="action", required=True, metavar="ACTION")

    look = cli_pki.command(inner, "inspect", "show what a certificate says, unchecked",
                           "sealwire cert inspect pump --json")  # fmt: skip
    look.add_argument("path", metavar="PATH", help="a module's or authority's folder, or a file")
    cli_pki.add_json(look)
    look.set_defaults(run=run_inspect)

    verify = cli_pki.command(
        inner,
        "verify",
        "check a chain as a validator does",
        "sealwire cert verify pump --ca plant",
        "sealwire cert verify chain.pem --anchor ca.pem --crl ca.crl --json",
        more="Anchors may issue for all modules here, and give every role. Exit code 1: refused.",
    )
    verify.add_argument("path", metavar="PATH", help="a module's folder, or a file: its own first")
    cli_pki.add_trust(verify)
    verify.add_argument("--no-revocation", action="store_true", help="look at no list")
    verify.add_argument(
        "--at", type=cli_io.moment, metavar="TIME", help="ISO 8601 with zone, or µs (default: now)"
    )
    cli_pki.add_json(verify)
    verify.set_defaults(run=run_verify)

    renew = cli_pki.command(
        inner,
        "renew",
        "give modules new keys and certificates",
        "sealwire cert renew pump --ca plant",
        "sealwire cert renew */ --ca plant --if-soon",
        more="The certificates before stay good until they end: peers take both meanwhile.",
    )
    renew.add_argument("paths", nargs="+", metavar="FOLDER", help="modules' folders")
    renew.add_argument("--ca", required=True, metavar="FOLDER", help="the authority's folder")
    cli_pki.add_passphrase(renew, is_new=False)
    renew.add_argument(
        "--key-passphrase-file", metavar="FILE", help="encrypts the new keys; mode 0600"
    )
    renew.add_argument(
        "--days", type=cli_pki.days, metavar="N", help="(default: as long as before)"
    )
    renew.add_argument("--if-soon", action="store_true", help="only those that end soon")
    _add_threshold(renew)
    cli_pki.add_json(renew)
    renew.set_defaults(run=run_renew)

    rollback = cli_pki.command(inner, "rollback", "go back to the certificate before, if it counts",
                               "sealwire cert rollback pump --ca plant")  # fmt: skip
    rollback.add_argument("path", metavar="FOLDER", help="a module's folder")
    rollback.add_argument("--ca", required=True, metavar="FOLDER", help="the authority's folder")
    cli_pki.add_json(rollback)
    rollback.set_defaults(run=run_rollback)

    for name, text, run in (
        ("health", "days left, chain, revocation, permissions; exit code 1 if one isn't well",
         run_health),
        ("watch", "the same again and again, a line where something changes", run_watch),
    ):  # fmt: skip
        parser = cli_pki.command(commands, name, text, f"sealwire {name} pump valve --ca plant")
        parser.add_argument("paths", nargs="+", metavar="PATH", help="modules' folders, or files")
        cli_pki.add_trust(parser)
        _add_threshold(parser)
        cli_pki.add_json(parser)
        if name == "watch":
            parser.add_argument(
                "--every", type=float, default=3600, metavar="SECONDS", help="(default: 3600)"
            )
            parser.add_argument("--times", type=int, metavar="N", help="end after so many looks")
        parser.set_defaults(run=run)


def _add_threshold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threshold", type=cli_pki.days, default=30.0, metavar="DAYS", help="(default: 30)"
    )


def _certificate(text: str) -> Certificate:
    """From a module's folder, an authority's, or a file."""
    from sealwire.pki import Certificate, Node

    path = Path(text)
    try:
        if (path / "ca.pem").exists():
            return Certificate.from_pem((path / "ca.pem").read_bytes())
        if path.is_dir():
            return Node(path).certificate()
        return Certificate.from_pem(cli_io.read_file(text))
    except CertificateValidationError as error:
        raise error_for(error.code, error.detail or text, error.step) from None


def run_inspect(options: argparse.Namespace) -> int:
    """`cert inspect`."""
    from sealwire.pki import CertificateInspector

    certificate = _certificate(options.path)
    every = [certificate.own, *certificate.issuers]
    if not certificate.is_anchor:
        every.append(certificate.anchor)
    infos = [CertificateInspector.get_certificate_info(one) for one in every]
    if options.json:
        print(json.dumps({"chain": [info.to_dict() for info in infos]}))
        return 0
    for number, info in enumerate(infos):
        if number:
            print()
        shown = info.to_dict()
        for name in ("not_before", "not_after"):
            shown[name] = cli_pki.text_of(getattr(info, name))
        cli_pki.show(options, shown)
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """`cert verify`."""
    from sealwire.pki import CertificateInspector

    if isinstance(options.at, NoClock):
        raise cli_io.usage("a chain is checked at a time")
    lists, crls = cli_pki.lists(options), cli_pki.crls(options)
    if options.no_revocation:
        lists = crls = None
    elif lists is None and crls is None:
        raise cli_io.usage("--list, --crl or --no-revocation is needed")
    inspector = CertificateInspector(cli_pki.anchors(options), now=options.at)
    checked = inspector.validate_certificate_chain(
        _certificate(options.path),
        lists=lists,
        crls=crls,
        unchecked=options.no_revocation,
        now=options.at,
    )
    until = checked.status_until
    cli_pki.show(options, {
        "accepted": True, "module": str(checked.module), "roles": checked.roles,
        "time_source": checked.is_time_source, "until": cli_pki.text_of(checked.expires),
        "next_list": None if until is None else cli_pki.text_of(until),
    })  # fmt: skip
    return 0


def run_renew(options: argparse.Namespace) -> int:
    """`cert renew`."""
    from sealwire.pki import CertificateLifecycleManager, Node

    authority = cli_ca.authority(options.ca, cli_pki.passphrase(options))
    manager = CertificateLifecycleManager(authority, threshold_days=options.threshold)
    given = argparse.Namespace(passphrase_file=options.key_passphrase_file)
    passphrase = cli_pki.passphrase(given)
    nodes = [Node(path) for path in options.paths]
    if options.if_soon:
        done = manager.auto_renew_certificates(nodes, passphrase=passphrase)
    else:
        done = [manager.renew(node, days=options.days, passphrase=passphrase) for node in nodes]
    for one in done:
        cli_pki.show(options, {
            "folder": str(one.node.folder), "version": one.version, "renewed": one.renewed,
            "error": None if one.error is None else str(one.error),
        })  # fmt: skip
    return REFUSED if any(one.error is not None for one in done) else 0


def run_rollback(options: argparse.Namespace) -> int:
    """`cert rollback`."""
    from sealwire.pki import CertificateAuthority, CertificateLifecycleManager, Node

    authority = CertificateAuthority.load(options.ca, without_key=True)
    done = CertificateLifecycleManager(authority).certificate_rollback(Node(options.path))
    cli_pki.show(options, {"folder": options.path, "version": done.version})
    return 0


def _look(options: argparse.Namespace) -> list[CertificateHealth]:
    from sealwire.pki import SecurityMonitor

    monitor = SecurityMonitor(cli_pki.anchors(options), threshold_days=options.threshold)
    return monitor.monitor_certificate_health(
        options.paths, lists=cli_pki.lists(options), crls=cli_pki.crls(options)
    )


def _print(options: argparse.Namespace, one: CertificateHealth) -> None:
    if options.json:
        members = {
            "path": one.path, "module": one.module, "healthy": one.is_healthy,
            "days_left": None if one.days_left is None else round(one.days_left, 2),
            "problems": one.problems,
        }  # fmt: skip
        print(json.dumps(members), flush=True)
        return
    left = "" if one.days_left is None else f", {one.days_left:.1f} days left"
    print(f"{one.path}: {'; '.join(one.problems) or 'well'}{left}", flush=True)


def run_health(options: argparse.Namespace) -> int:
    """`health`."""
    found = _look(options)
    for one in found:
        _print(options, one)
    return 0 if all(one.is_healthy for one in found) else REFUSED


def run_watch(options: argparse.Namespace) -> int:
    """`watch`."""
    if options.every <= 0 or (options.times is not None and options.times < 1):
        raise cli_io.usage("--every and --times are more than 0")
    before: dict[str, CertificateHealth] = {}
    looks = 0
    while True:
        found = _look(options)
        for one in found:
            last = before.get(one.path)
            # A day less is no change.
            if last is None or (last.problems, last.module) != (one.problems, one.module):
                _print(options, one)
            before[one.path] = one
        looks += 1
        if looks == options.times:
            return 0 if all(one.is_healthy for one in found) else REFUSED
        time.sleep(options.every)
