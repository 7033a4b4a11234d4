#!/usr/bin/env python3
"""Who gets a session of whom: a module in Python, in C or on a microcontroller, and a granter in
Python or in C, over one line.

  access.py FOLDER IMAGE

runs the examples of ffi-python/examples/line, from FOLDER those of ffi-c/examples, and in QEMU the
firmware's program `access`, each with each granter, by a secret and by a key, and shows what each
side said. Ends with 1 if a session isn't what it must be. The line loses the second packet, so that
something has to be sent again.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import sealwire as sw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ffi-python/examples/line"))
import qemu
import uart

PYTHON = Path(uart.__file__).parent
PANEL = sw.ModuleId(b"panel-00000-0001")
LOST = 1
LONGEST = 200  # seconds for all
KINDS = {"secret": 4, "key4": 4, "key5": 5}
Command = list[str | Path]


def command(language: str, name: str, folder: Path) -> Command:
    return [folder / name] if language == "C" else [sys.executable, PYTHON / f"{name}.py"]


def carry(source: socket.socket, sink: socket.socket, lose: int | None) -> None:
    """Hands packets on in one direction, but for the one with the number `lose`."""
    rest, count = b"", 0
    try:
        while got := source.recv(4096):
            *packets, rest = (rest + got).split(b"\0")
            for packet in packets:
                if count != lose:
                    sink.sendall(packet + b"\0")
                count += 1
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # who isn't there any more


def wait_for_granter(line: socket.socket) -> None:
    """Until it answers a request, for which it keeps nothing."""
    request = sw.Exchange().begin(
        own=sw.ModuleId.random(), granter=PANEL, secret=sw.PeerSecret.generate()
    )
    line.sendall(sw.encode_stream(request))
    while not line.recv(512).endswith(b"\0"):
        pass


def talk(granter: Command, module: Command) -> tuple[list[str], list[str]]:
    """What both say, line by line."""
    lines = [socket.socketpair() for _ in range(2)]
    running = []
    for words, (own, end) in zip((granter, module), lines, strict=True):
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(words, stdin=end, stdout=end, stderr=pipe, text=True))
        end.close()
        if len(running) == 1:
            wait_for_granter(own)
    (to_granter, _), (to_module, _) = lines
    for ends in ((to_module, to_granter, LOST), (to_granter, to_module, None)):
        threading.Thread(target=carry, args=ends, daemon=True).start()
    module_said = running[1].communicate(timeout=30)[1]
    granter_said = running[0].communicate(timeout=30)[1]
    return granter_said.splitlines(), module_said.splitlines()


def provisioned(kind: str) -> bytes:
    """The microcontroller's flash: a counter, two secrets, its private key, the granter's public
    one. Of these as the examples have them is only what `kind` needs."""
    other = bytes([9]) * 32
    secret, private = uart.SECRET.secret_bytes(), uart.PUMPS_KEY.secret_bytes()
    proofs = secret + other + other if kind == "secret" else other + other + private
    return b"\xff" * 32 + proofs + bytes(uart.PANELS_KEY.public_key)


def talk_to_pump(granter: Command, image: Path, kind: str, folder: Path) -> list[str]:
    """What a granter says until the microcontroller has used its first session and the next."""
    flash, path = folder / kind, folder / "line"
    flash.write_bytes(provisioned(kind))
    ours, theirs = socket.socketpair()
    heard: list[str] = []
    pipe = subprocess.PIPE
    with (
        socket.socket(socket.AF_UNIX) as server,
        subprocess.Popen(granter, stdin=theirs, stdout=theirs, stderr=pipe, text=True) as process,
    ):
        theirs.close()
        wait_for_granter(ours)
        path.unlink(missing_ok=True)
        server.bind(str(path))
        server.listen(1)
        arguments = [f"flash={flash}", f"kind={kind}"]
        with qemu.Machine(
            image, serial=f"unix:{path}", arguments=arguments, stderr=subprocess.DEVNULL
        ):
            pump, _ = server.accept()
            for ends in ((pump, ours, LOST), (ours, pump, None)):
                threading.Thread(target=carry, args=ends, daemon=True).start()
            assert process.stderr
            for line in process.stderr:
                heard.append(line.strip())
                if sum(said.startswith("confirmed") for said in heard) == 2:
                    break
        ours.shutdown(socket.SHUT_RDWR)
        process.communicate(timeout=30)
    return heard


def confirmed(heard: list[str], level: int) -> bool:
    """Whether two sessions were granted at `level` and used, and nothing was refused."""
    kept = [line for line in heard if not line.startswith("level ")]
    return kept == [f"granted level {level}", f"confirmed, level {level}: 4.2 bar"] * 2


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder, image, wrong = Path(sys.argv[1]), Path(sys.argv[2]), 0
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"not done after {LONGEST} s"))
    signal.alarm(LONGEST)
    print(f"{'granter':8} {'module':10} {'by':7} {'session':34} the module heard")

    def row(granter: str, module: str, kind: str, heard: list[str], end: str) -> bool:
        is_right = confirmed(heard, KINDS[kind]) and bool(end)
        session = f"{heard[0]}, {heard[1][:18]}" if is_right else f"WRONG: {heard}"
        print(f"{granter:8} {module:10} {kind[:6]:7} {session:34} {end}", flush=True)
        return is_right

    for granter, module in (("Python", "C"), ("C", "Python"), ("Python", "Python"), ("C", "C")):
        for kind, level in KINDS.items():
            heard, said = talk(
                command(granter, "granter", folder), [*command(module, "requester", folder), kind]
            )
            is_right = said == [f"level {level}, valve: open"] * 2
            end = f"{said[0]}, and again renewed" if is_right else ""
            wrong += not row(granter, module, kind, heard, end)
    with tempfile.TemporaryDirectory(prefix="sealwire-access-") as temporary:
        for granter in ("Python", "C"):
            for kind in KINDS:
                asked = command(granter, "granter", folder)
                heard = talk_to_pump(asked, image, kind, Path(temporary))
                wrong += not row(granter, "Cortex-M4F", kind, heard, "it runs on, renewed")
    print("\nThe module's second packet was lost each time; no key ever went over the line.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
