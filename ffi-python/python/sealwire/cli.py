"""The command `sealwire`: makes keys, seals, checks and explains frames; certificates.

Secrets come from key files or standard input, never from the command line. Exit codes: 0 done or
accepted, 1 refused (the reason stands on standard error), 2 usage, 3 input or output failed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import sealwire
from sealwire import cli_audit, cli_ca, cli_cert, cli_frames, cli_keys
from sealwire.errors import MisuseError, SecurityError

__all__ = ["main"]

ACCEPTED, REFUSED, USAGE, IO = 0, 1, 2, 3

PKI = "pip install 'sealwire[pki]'"

EPILOG = """\
exit codes: 0 done or accepted, 1 refused, 2 usage, 3 input or output failed

examples:
  sealwire keygen --key-id 1 --sender new --receiver new --output pump.key
  sealwire seal --key pump.key --context topic:pump/pressure --text '4.2 bar' > frame
  sealwire validate --key pump.key --context topic:pump/pressure frame
  sealwire inspect frame
  sealwire ca init --ca plant --name 'Plant 7'
  sealwire ca issue --ca plant --module-id new --role pump --output pump

Payloads travel in clear: Sealwire seals, it doesn't encrypt.
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="sealwire",
        description="makes keys, seals, checks and explains frames; certificates",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    version = f"sealwire {sealwire.__version__} (protocol {sealwire.PROTOCOL_VERSION})"
    top.add_argument("--version", action="version", version=version)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    cli_keys.add(commands)
    cli_frames.add(commands)
    cli_ca.add(commands)
    cli_cert.add(commands)
    cli_audit.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except MisuseError as error:
        return _fail(f"{error.detail or error}", USAGE)
    except SecurityError as error:
        return _fail(f"refused: {error}", REFUSED)
    except ModuleNotFoundError as missing:
        what = str(missing)
        return _fail(what if "pip install" in what else f"{what}; run: {PKI}", IO)
    except BrokenPipeError:
        # Whoever read has gone; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return IO
    except OSError as error:
        return _fail(_why(error), IO)
    except KeyboardInterrupt:
        return 130
    return code


def _why(error: OSError) -> str:
    """What a file's failure means, without its number."""
    if error.filename is None or error.strerror is None:
        return str(error)
    if isinstance(error, FileExistsError):
        return f"{error.filename} exists already and isn't overwritten; name another or remove it"
    return f"{error.filename}: {error.strerror}"


def _fail(text: str, code: int) -> int:
    print(f"sealwire: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
