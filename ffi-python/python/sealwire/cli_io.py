"""How the command reads bytes, times, contexts and IDs, and writes frames."""

from __future__ import annotations

import argparse
import base64
import binascii
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sealwire._native import NO_CLOCK, Context, ModuleId, NoClock
from sealwire.errors import ErrorCode, MisuseError, SecurityError
from sealwire.levels import Level

ENCODINGS = ("raw", "hex", "base64")


def usage(detail: str) -> MisuseError:
    """What is wrong with the command line."""
    return MisuseError(ErrorCode.INVALID_ARGUMENT, detail)


def read_file(path: str) -> bytes:
    """A file's bytes, or standard input's for `-`."""
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def write(data: bytes, path: str, encoding: str) -> None:
    """Writes `data` to a file, or to standard output for `-`; text encodings end their line."""
    if encoding == "hex":
        data = data.hex().encode() + b"\n"
    elif encoding == "base64":
        data = base64.b64encode(data) + b"\n"
    if path == "-":
        sys.stdout.buffer.write(data)
    else:
        Path(path).write_bytes(data)


def decoded(data: bytes, encoding: str) -> bytes:
    """Undoes an encoding. `auto` knows frames by their first byte, which is no text."""
    if encoding == "auto":
        text = data.strip()
        if data[:1] and 0x10 <= data[0] < 0x20:
            encoding = "raw"
        elif text and all(byte in b"0123456789abcdefABCDEF \t\r\n:" for byte in text):
            encoding = "hex"
        elif text and all(byte < 0x80 and chr(byte).isprintable() for byte in text):
            encoding = "base64"
        else:
            encoding = "raw"
    try:
        if encoding == "hex":
            return bytes.fromhex(data.decode("ascii").replace(":", " "))
        if encoding == "base64":
            return base64.b64decode(b"".join(data.split()), validate=True)
    except (ValueError, binascii.Error):
        raise usage(f"the input is not {encoding}") from None
    return data


def add_input(command: argparse.ArgumentParser) -> None:
    """The ways to give a frame."""
    source = command.add_mutually_exclusive_group()
    source.add_argument("frame", nargs="?", default="-", metavar="FRAME", help="file, or - (stdin)")
    source.add_argument("--hex", metavar="DIGITS", help="the frame as hexadecimal digits")
    source.add_argument("--base64", metavar="TEXT", help="the frame in base64")
    command.add_argument(
        "--encoding",
        choices=("auto", *ENCODINGS),
        default="auto",
        help="of the file or stdin (default: auto)",
    )
    command.add_argument(
        "--beside", metavar="MESSAGE", help="FRAME is a detached form; the message is in this file"
    )


def frame_of(options: argparse.Namespace) -> bytes:
    """The frame that was given."""
    if options.hex is not None:
        return decoded(options.hex.encode(), "hex")
    if options.base64 is not None:
        return decoded(options.base64.encode(), "base64")
    return decoded(read_file(options.frame), options.encoding)


def beside_of(options: argparse.Namespace) -> bytes | None:
    """The message beside a detached form, if one was given."""
    return None if options.beside is None else read_file(options.beside)


def context(text: str) -> Context:
    """`topic:NAME`, `request:NAME`, `resource:NAME` or `response:NAME:TAG`."""
    kind, colon, name = text.partition(":")
    makers = {"topic": Context.topic, "request": Context.request, "resource": Context.resource}
    try:
        if colon and kind in makers:
            return makers[kind](name)
        if colon and kind == "response":
            name, _, tag = name.rpartition(":")
            return Context.response(name, bytes.fromhex(tag))
    except SecurityError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        "a context is topic:NAME, request:NAME, resource:NAME or response:NAME:TAG_IN_HEX"
    )


def module(text: str) -> ModuleId:
    """A UUID, or `new`."""
    try:
        return ModuleId.random() if text == "new" else ModuleId(text)
    except MisuseError as error:
        raise argparse.ArgumentTypeError(error.detail or error.code.sentence) from None


def level(text: str) -> Level:
    """A level's number or name."""
    try:
        return Level(int(text)) if text.isdecimal() else Level[text.upper()]
    except (KeyError, ValueError):
        names = ", ".join(f"{member.value} {member.name}" for member in Level)
        raise argparse.ArgumentTypeError(f"a level is one of {names}") from None


def key_id(text: str) -> int:
    """A `u32`, decimal or with 0x."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 32:
        raise argparse.ArgumentTypeError("a key ID is a number from 0 to 2**32 - 1")
    return number


def nonce(text: str) -> int:
    """A counter's value."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 63:
        raise argparse.ArgumentTypeError("a nonce is a number from 0 to 2**63 - 1")
    return number


def moment(text: str) -> int | NoClock:
    """µs since 1970, an ISO 8601 time with its zone, or `none`."""
    if text == "none":
        return NO_CLOCK
    if text.isdecimal():
        micros = int(text)
    else:
        try:
            when = datetime.fromisoformat(text)
            since = when - datetime(1970, 1, 1, tzinfo=UTC)
        except (ValueError, TypeError):
            raise argparse.ArgumentTypeError(
                "a time is µs since 1970, ISO 8601 with a zone, or none"
            ) from None
        micros = since // timedelta(microseconds=1)
    if not 0 <= micros < 1 << 63:
        raise argparse.ArgumentTypeError("a time is from 0 to 2**63 - 1 µs")
    return micros


def seconds(text: str) -> int:
    """Seconds as µs."""
    try:
        micros = round(float(text) * 1_000_000)
    except (ValueError, OverflowError):
        micros = -1
    if micros < 0:
        raise argparse.ArgumentTypeError("a span is seconds, such as 10 or 0.5")
    return micros
