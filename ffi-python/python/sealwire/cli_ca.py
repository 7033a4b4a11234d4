"""`sealwire ca`: an authority in a folder, and what it issues and takes back."""

# ruff: noqa: PLC0415 - pyca/cryptography is imported by the commands that need it, when they run

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sealwire import cli_io, cli_pki

if TYPE_CHECKING:
    from sealwire.pki import Certificate, CertificateAuthority, SigningRequest


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    top = cli_pki.command(
        commands,
        "ca",
        "certificates: make an authority, issue, sign, revoke",
        "sealwire ca init --ca plant --name 'Plant 7'",
        "sealwire ca issue --ca plant --module-id new --role pump --days 90 --output pump",
        more="Needs pyca/cryptography: pip install 'sealwire[pki]'. See docs/certificates.md.",
    )
    inner = top.add_subparsers(dest="action", required=True, metavar="ACTION")

    init = cli_pki.command(
        inner,
        "init",
        "make an authority in a new folder",
        "sealwire ca init --ca plant --name 'Plant 7' --encrypt",
        "sealwire ca init --ca line2 --name 'Plant 7, line 2' --parent plant --days 730",
    )
    init.add_argument("--ca", required=True, metavar="FOLDER", help="is made")
    init.add_argument("--name", required=True, help="its name: two authorities, two names")
    init.add_argument("--parent", metavar="FOLDER", help="the authority above; none for a root")
    init.add_argument(
        "--parent-passphrase-file", metavar="FILE", help="the passphrase of the parent's key"
    )
    init.add_argument(
        "--path-length", type=int, metavar="N", help="how many authorities there may be below it"
    )
    cli_pki.add_days(init, 3650)
    cli_pki.add_passphrase(init, is_new=True)
    cli_pki.add_json(init)
    init.set_defaults(run=run_init)

    issue = cli_pki.command(
        inner,
        "issue",
        "make a key and a certificate for a module",
        "sealwire ca issue --ca plant --module-id new --role pump --days 90 --output pump",
        "sealwire ca issue --ca plant --module-id UUID --host 192.0.2.7 --output gateway",
    )
    _add_authority(issue)
    cli_pki.add_identity(issue)
    issue.add_argument("--output", "-o", required=True, metavar="FOLDER", help="is made")
    issue.add_argument(
        "--key-passphrase-file", metavar="FILE", help="encrypts the module's key; mode 0600"
    )
    cli_pki.add_json(issue)
    issue.set_defaults(run=run_issue)

    sign = cli_pki.command(
        inner,
        "sign",
        "certify the key in a signing request",
        "sealwire ca sign pump.csr --ca plant --module-id UUID --role pump -o pump.pem",
        more="The request's own signature is checked. Nothing else of it is taken over: whom the\n"
        "certificate is for stands on the command line, and you confirm that the request comes\n"
        "from there, by the fingerprint of its key: on the terminal, or with --fingerprint.",
    )
    sign.add_argument("request", metavar="CSR", help="PEM or DER; - is stdin")
    _add_authority(sign)
    cli_pki.add_identity(sign)
    sign.add_argument(
        "--fingerprint", metavar="HEX", help="of the key, as the device showed it: confirms"
    )
    sign.add_argument("--output", "-o", required=True, metavar="FILE", help="certificate, issuers")
    cli_pki.add_json(sign)
    sign.set_defaults(run=run_sign)

    revoke = cli_pki.command(
        inner,
        "revoke",
        "take certificates back",
        "sealwire ca revoke --ca plant --module-id UUID --reason key-compromise",
        more="Counts where the next list is: run `sealwire ca crl`, and bring it there.",
    )
    revoke.add_argument("--ca", required=True, metavar="FOLDER", help="the authority's folder")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("--serial", metavar="HEX", help="one certificate")
    which.add_argument("--module-id", type=cli_io.module, metavar="ID", help="all of a module")
    which.add_argument("--certificate", metavar="PATH", help="a certificate, or a module's folder")
    revoke.add_argument(
        "--reason",
        choices=("unspecified", "key-compromise", "affiliation-changed", "superseded", "cessation"),
        default="unspecified",
        help="key-compromise also revokes the key under any other certificate",
    )
    cli_pki.add_json(revoke)
    revoke.set_defaults(run=run_revoke)

    crl = cli_pki.command(
        inner,
        "crl",
        "write the lists of revoked certificates",
        "sealwire ca crl --ca plant --days 7 --crl plant.crl --list plant.list",
        more="Both lists have one number, one time and the same certificates: the CRL for OpenSSL\n"
        "and others, the list for validators. They also lie in the folder: ca.crl, ca.list.",
    )
    _add_authority(crl)
    cli_pki.add_days(crl, 7)
    crl.add_argument("--crl", metavar="FILE", help="where the CRL goes, in DER")
    crl.add_argument("--list", metavar="FILE", help="where the list goes")
    cli_pki.add_json(crl)
    crl.set_defaults(run=run_crl)


def _add_authority(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ca", required=True, metavar="FOLDER", help="the authority's folder")
    cli_pki.add_passphrase(parser, is_new=False)


def authority(folder: str, passphrase: bytes | None) -> CertificateAuthority:
    """The authority in a folder; asks for the passphrase if that is needed."""
    from sealwire.pki import CertificateAuthority, FileKeyStore

    keys = Path(folder) / "keys"
    if passphrase is None and keys.is_dir() and FileKeyStore(keys).is_encrypted("ca"):
        passphrase = cli_pki.asked(f"passphrase of {folder}: ")
    return CertificateAuthority.load(folder, passphrase=passphrase)


def run_init(options: argparse.Namespace) -> int:
    """`ca init`."""
    from sealwire.pki import CertificateAuthority, CertificateInspector

    parent = None
    if options.parent is not None:
        given = argparse.Namespace(passphrase_file=options.parent_passphrase_file)
        parent = authority(options.parent, cli_pki.passphrase(given))
    made = CertificateAuthority.create(
        options.ca,
        options.name,
        days=options.days,
        path_length=options.path_length,
        parent=parent,
        passphrase=cli_pki.passphrase(options, is_new=True),
    )
    info = CertificateInspector.get_certificate_info(made.certificate)
    cli_pki.show(options, {
        "folder": options.ca, "name": options.name, "serial": info.serial, "key": info.key,
        "until": cli_pki.text_of(info.not_after),
    })  # fmt: skip
    return 0


def run_issue(options: argparse.Namespace) -> int:
    """`ca issue`."""
    from sealwire.pki import Node

    if Path(options.output).exists():
        raise FileExistsError(f"{options.output} is there already")
    loaded = authority(options.ca, cli_pki.passphrase(options))
    given = argparse.Namespace(passphrase_file=options.key_passphrase_file)
    passphrase = cli_pki.passphrase(given)
    made = loaded.issue(
        options.module_id,
        roles=options.role,
        time_source=options.time_source,
        alt_names=options.host,
        is_client_cert=cli_pki.is_client(options),
        days=options.days,
    )
    Node.create(options.output, made, passphrase=passphrase)
    _show(options, made)
    return 0


def run_sign(options: argparse.Namespace) -> int:
    """`ca sign`."""
    from sealwire.pki import SigningRequest, files

    request = SigningRequest.read(cli_io.read_file(options.request))
    _confirm(options, request)
    loaded = authority(options.ca, cli_pki.passphrase(options))
    made = loaded.sign_request(
        request,
        options.module_id,
        roles=options.role,
        time_source=options.time_source,
        alt_names=options.host,
        is_client_cert=cli_pki.is_client(options),
        days=options.days,
    )
    files.write_whole(Path(options.output), made.to_pem(), files.PUBLIC_FILE)
    _show(options, made)
    return 0


def _confirm(options: argparse.Namespace, request: SigningRequest) -> None:
    """Lets the operator say that the request comes from the device that it is meant for."""
    asked = request.asked
    said = options.fingerprint
    if said is None:
        if options.request == "-" or not sys.stdin.isatty():
            raise cli_io.usage(
                f"the key's fingerprint is {request.fingerprint}: compare it with the device's, "
                "and give it as --fingerprint"
            )
        print(
            f"the request is signed by the key {request.fingerprint}\n"
            f"it asks for: module {asked.module or 'none'}, roles {', '.join(asked.roles) or '-'}\n"
            f"you give it: module {options.module_id}, roles {', '.join(options.role) or '-'}",
            file=sys.stderr,
        )
        print("type the first 16 digits that the device shows: ", end="", file=sys.stderr)
        said = sys.stdin.readline()
        said = said.strip().lower()
        # 64 bits: a key with the same beginning can't be searched for meanwhile.
        if len(said) >= 16 and request.fingerprint.startswith(said):
            return
        raise cli_io.usage("these are others: nothing was signed")
    if said.replace(":", "").strip().lower() != request.fingerprint:
        raise cli_io.usage(f"the request's key is another, {request.fingerprint}")


def run_revoke(options: argparse.Namespace) -> int:
    """`ca revoke`."""
    from sealwire.pki import Certificate, CertificateAuthority, Node

    loaded = CertificateAuthority.load(options.ca, without_key=True)
    serial = None
    if options.certificate is not None:
        path = Path(options.certificate)
        if path.is_dir():
            serial = Node(path).certificate().own.serial_number
        else:
            serial = Certificate.from_pem(path.read_bytes()).own.serial_number
    elif options.serial is not None:
        try:
            serial = int(options.serial.replace(":", ""), 16)
        except ValueError:
            raise cli_io.usage("a serial number is hexadecimal digits") from None
    done = loaded.revoke(serial=serial, module_id=options.module_id, reason=options.reason)
    cli_pki.show(options, {
        "revoked": [one.serial for one in done] or ("nothing: it was already",),
    })  # fmt: skip
    return 0


def run_crl(options: argparse.Namespace) -> int:
    """`ca crl`."""
    from sealwire.pki import files

    loaded = authority(options.ca, cli_pki.passphrase(options))
    crl, compact = loaded.revocation_lists(days=options.days)
    for path, data in ((options.crl, crl), (options.list, compact)):
        if path is not None:
            files.write_whole(Path(path), data, files.PUBLIC_FILE)
    cli_pki.show(options, {
        "number": int.from_bytes(compact[17:25]),
        "until": cli_pki.text_of(int.from_bytes(compact[33:41])),
        "revoked": int.from_bytes(compact[41:43]),
    })  # fmt: skip
    return 0


def _show(options: argparse.Namespace, made: Certificate) -> None:
    from sealwire.pki import CertificateInspector

    info = CertificateInspector.get_certificate_info(made)
    cli_pki.show(options, {
        "module": info.module, "roles": info.roles, "hosts": info.hosts, "serial": info.serial,
        "key": info.key, "until": cli_pki.text_of(info.not_after), "output": options.output,
    })  # fmt: skip
