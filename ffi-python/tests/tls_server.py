"""A server for `test_tls.py`: takes connections one by one, and says on standard output who came.

It answers each client with its module ID and roles, then with what the client sends. A line
"reload" on standard input reloads its certificates.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
import threading
from typing import Any

from sealwire import SecurityError, tls


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def refusal(error: SecurityError) -> None:
    say(refused=error.name, type=type(error).__name__, detail=error.detail)


def greeting(peer: tls.TlsPeer) -> bytes:
    return json.dumps({"you": str(peer.module_id), "roles": peer.roles}).encode() + b"\n"


def commands(context: tls.TlsContext) -> None:
    """Reads standard input until it ends."""
    for line in sys.stdin:
        if line.strip() == "reload":
            try:
                say(reloaded=context.reload_if_changed())
            except SecurityError as error:
                refusal(error)


def sockets(context: tls.TlsContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        listener = context.wrap_socket(plain, server_side=True)
        say(port=listener.getsockname()[1])
        while True:
            try:
                connection, _ = listener.accept()
            except (OSError, SecurityError):
                continue  # on_refusal has said it
            with connection:
                peer = tls.peer_of(connection)
                say(accepted=str(peer.module_id), roles=peer.roles)
                connection.sendall(greeting(peer))
                try:
                    connection.sendall(connection.recv(100))
                except OSError:
                    continue


async def asynchronous(context: tls.TlsContext) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = tls.peer_of(writer)
        say(accepted=str(peer.module_id), roles=peer.roles)
        writer.write(greeting(peer))
        writer.write(await reader.read(100))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main() -> None:
    settings = json.loads(sys.argv[2])
    hosts = settings.get("client_hosts", "ANY_HOST")
    context = tls.server_context(
        tls.Credentials(**settings["files"]),
        clients=settings["clients"] or tls.ANY_MODULE,
        client_hosts=getattr(tls, hosts) if isinstance(hosts, str) else hosts,
        minimum=ssl.TLSVersion[settings.get("minimum", "TLSv1_3")],
        on_refusal=refusal,
    )
    threading.Thread(target=commands, args=(context,), daemon=True).start()
    if sys.argv[1] == "asyncio":
        asyncio.run(asynchronous(context))
    else:
        sockets(context)


if __name__ == "__main__":
    main()
