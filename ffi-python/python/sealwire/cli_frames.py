"""`sealwire seal`, `validate` and `inspect`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sealwire import cli_io
from sealwire._native import (
    Accepted,
    AnyPeer,
    Limits,
    ModuleId,
    NonceStart,
    Requirement,
    Restart,
    Sealer,
    Validator,
    encode_stream,
)
from sealwire.inspection import Inspection, inspect
from sealwire.keyfile import KeyFile
from sealwire.levels import Level

SEAL = """\
Nonces begin at the clock's µs unless --nonce says otherwise, so every call takes a new one; use
the key with one tool at a time.

examples:
  sealwire seal --key pump.key --context topic:pump/pressure --text '4.2 bar' > frame
  read-sensor | sealwire seal --key pump.key --context topic:pump/pressure --encoding hex
  sealwire seal --key pump.key --context request:valve/open --detached message.bin > form
  sealwire seal --level 3 --sender UUID --context topic:clock --text tick > frame
"""

VALIDATE = """\
Writes the payload to standard output if the frame is accepted; else the reason to standard error.
Whether it was seen before is known only with --state, a file that remembers from call to call.

examples:
  sealwire validate --key pump.key --context topic:pump/pressure frame
  sealwire validate --key pump.key --context topic:pump/pressure --hex 1401... \\
    --now 2026-11-21T12:00:00Z
  sealwire validate --key pump.key --context request:valve/open --beside message.bin form
  sealwire validate --key pump.key --context topic:pump/pressure --state pump.state frame
"""

INSPECT = """\
Proves nothing: an inspected frame may be forged, stale or repeated.

examples:
  sealwire inspect frame
  sealwire inspect --hex 1401...
  sealwire inspect --json - < frame
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the three commands."""
    _add_seal(commands)
    _add_validate(commands)
    _add_inspect(commands)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    epilog: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=about,
        description=about,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_now(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--now",
        type=cli_io.moment,
        metavar="TIME",
        help="µs since 1970, ISO 8601 with a zone, or none (default: the system clock)",
    )


def _add_context(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--context",
        type=cli_io.context,
        required=True,
        metavar="KIND:NAME",
        help="topic:NAME, request:NAME, resource:NAME or response:NAME:TAG_IN_HEX",
    )


def _add_seal(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "seal", "seal a message", SEAL)
    who = command.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", metavar="FILE", help="seal at level 4 or 5 with this key")
    who.add_argument("--level", type=cli_io.level, help="seal at level 1, 2 or 3, without proof")
    command.add_argument(
        "--sender", type=cli_io.module, metavar="ID", help="with --level: who seals"
    )
    _add_context(command)
    message = command.add_mutually_exclusive_group()
    message.add_argument("message", nargs="?", default="-", metavar="MESSAGE", help="file, or -")
    message.add_argument("--text", help="the message itself; it is not secret")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--detached", action="store_true", help="write metadata and tag only")
    form.add_argument("--stream", action="store_true", help="write COBS and a closing zero")
    command.add_argument(
        "--nonce", type=cli_io.nonce, metavar="N", help="the nonce, never to be used again"
    )
    command.add_argument(
        "--encoding", choices=cli_io.ENCODINGS, default="raw", help="of the output"
    )
    command.add_argument("--output", "-o", default="-", metavar="FILE", help="(default: stdout)")
    _add_now(command)
    command.set_defaults(run=seal)


def _add_validate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "validate", "check a frame and write its payload", VALIDATE)
    command.add_argument(
        "--key", action="append", default=[], metavar="FILE", help="may be repeated"
    )
    command.add_argument(
        "--module",
        action="append",
        type=cli_io.module,
        default=[],
        metavar="ID",
        help="a module known by its ID, for levels 2 and 3; may be repeated",
    )
    command.add_argument("--own", type=cli_io.module, metavar="ID", help="who receives")
    _add_context(command)
    command.add_argument(
        "--level", type=cli_io.level, default=Level.HMAC, help="(default: 4, HMAC)"
    )
    command.add_argument("--exactly", action="store_true", help="no higher level will do")
    command.add_argument("--groups", action="store_true", help="a group's HMAC key will do")
    command.add_argument("--past", type=cli_io.seconds, default=10_000_000, metavar="SECONDS")
    command.add_argument("--future", type=cli_io.seconds, default=1_000_000, metavar="SECONDS")
    command.add_argument("--state", metavar="FILE", help="remembers what was accepted")
    command.add_argument(
        "--json", action="store_true", help="write all that is known of the message"
    )
    cli_io.add_input(command)
    _add_now(command)
    command.set_defaults(run=validate)


def _add_inspect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(commands, "inspect", "explain every field of a frame", INSPECT)
    command.add_argument("--json", action="store_true", help="write JSON")
    cli_io.add_input(command)
    command.set_defaults(run=show)


def seal(options: argparse.Namespace) -> int:
    """Runs `sealwire seal`."""
    message = (
        options.text.encode() if options.text is not None else cli_io.read_file(options.message)
    )
    start = NonceStart.from_clock()
    if options.nonce is not None:
        start = NonceStart.reserved(options.nonce, options.nonce + 1)
    if options.key is not None:
        if options.sender is not None:
            raise cli_io.usage("the key names its sender")
        sealer = KeyFile.load(options.key).sealer(start)
    elif options.level >= Level.HMAC:
        raise cli_io.usage(f"level {options.level} {options.level.name} needs --key FILE")
    elif options.sender is None:
        raise cli_io.usage("--level needs --sender")
    else:
        sealer = Sealer.unproven(level=options.level, sender=options.sender, start=start)
    if options.detached:
        frame = sealer.seal_detached(message, options.context, options.now)
    else:
        frame = sealer.seal(message, options.context, options.now)
    if options.stream:
        frame = encode_stream(frame)
    cli_io.write(frame, options.output, options.encoding)
    return 0


def validate(options: argparse.Namespace) -> int:
    """Runs `sealwire validate`."""
    frame, beside = cli_io.frame_of(options), cli_io.beside_of(options)
    if not options.key and options.level >= Level.HMAC:
        raise cli_io.usage(f"level {options.level} {options.level.name} needs --key FILE")
    if not (options.key or options.module) and options.level > Level.NONE:
        raise cli_io.usage("nobody is known here: name senders with --key FILE or --module ID")
    keys = [KeyFile.load(path) for path in options.key]
    state = Path(options.state) if options.state else None
    validator = _validator(options, keys, state)
    make = Requirement.exactly if options.exactly else Requirement.at_least
    requirement = make(options.level, options.context, groups=options.groups)
    if beside is None:
        accepted = validator.validate(frame, requirement, options.now)
    else:
        accepted = validator.validate_detached(frame, beside, requirement, options.now)
    if state is not None:
        # The state first: a message that was acted on must not count as new again.
        _replace(state, validator.save())
    if options.json:
        print(json.dumps(_as_dict(accepted), indent=2))
    else:
        sys.stdout.buffer.write(accepted.payload)
        print(f"sealwire: {accepted!r}", file=sys.stderr)
    return 0


def _validator(options: argparse.Namespace, keys: list[KeyFile], state: Path | None) -> Validator:
    restart = Restart.fresh_keys()
    if state is not None and state.exists():
        restart = Restart.saved(state.read_bytes())
    validator = Validator(
        _own(options, keys),
        policy=AnyPeer(),
        restart=restart,
        limits=Limits(options.past, options.future),
        nonce_capacity=len(options.module),
        log_per_second=0,
    )
    for key in keys:
        validator.register(key.peer_key())
    for known in options.module:
        validator.register_module(known, timestamps=1)
    return validator


def _own(options: argparse.Namespace, keys: list[KeyFile]) -> ModuleId:
    if options.own is not None:
        return options.own  # type: ignore[no-any-return]
    receivers = {key.receiver for key in keys if key.receiver is not None}
    if len(receivers) == 1:
        return receivers.pop()
    if not receivers:
        return ModuleId.random()
    raise cli_io.usage("the keys are for several receivers; name one with --own")


def _replace(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(data)
    beside.replace(path)


def _as_dict(accepted: Accepted) -> dict[str, object]:
    return {
        "level": accepted.level.name,
        "sender": None if accepted.sender is None else str(accepted.sender),
        "group": None if accepted.group is None else str(accepted.group),
        "key_id": accepted.key_id,
        "timestamp": accepted.timestamp,
        "counter_only": accepted.counter_only,
        "nonce": accepted.nonce,
        "tag": accepted.tag.hex(),
        "payload": accepted.payload.hex(),
    }


def show(options: argparse.Namespace) -> int:
    """Runs `sealwire inspect`."""
    found = inspect(cli_io.frame_of(options), cli_io.beside_of(options))
    print(json.dumps(found.as_dict(), indent=2) if options.json else table(found))
    return 0


def table(found: Inspection) -> str:
    """The fields for a person: offset, name, bytes, value and meaning."""
    rows = [("offset", "field", "bytes", "value", "meaning")]
    for field in found.fields:
        value = "" if field.name == "tag" else str(field.value)
        rows.append(
            (
                str(field.offset),
                field.name,
                _cut(field.data.hex(), 20),
                _cut(value, 36),
                field.meaning,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[4]]).rstrip())
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
