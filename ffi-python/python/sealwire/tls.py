"""Mutual TLS between modules, by certificates of their authority (core/PROTOCOL.md §14.8).

    server = tls.server_context(credentials, clients=[PUMP], client_hosts=["10.0.0.5"])
    client = tls.client_context(credentials, server=PANEL)

Both are `ssl.SSLContext` objects, for sockets, asyncio, RPyC, requests, websockets. A connection
comes to life only when the peer showed a certificate of the anchors that is valid, not revoked, for
TLS on its side, for the expected host, and of the expected module; then `peer_of(connection)` says
which module it is and which roles it has. TLS encrypts what frames don't; it says nothing of what
happens before and after the connection, and frames say nothing of the connection.

Needs pyca/cryptography: `pip install 'sealwire[pki]'`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection

from sealwire.tls_connection import TlsObject, TlsSocket
from sealwire.tls_context import Plan, TlsContext
from sealwire.tls_errors import TlsRefusedError, WrongHostError
from sealwire.tls_files import NO_REVOCATION, Credentials, bad
from sealwire.tls_peer import (
    ANY_HOST,
    ANY_MODULE,
    PEER_ADDRESS,
    Expected,
    Modules,
    TlsPeer,
    Unasked,
    hosts,
    modules,
)

__all__ = [
    "ANY_HOST",
    "ANY_MODULE",
    "NO_REVOCATION",
    "PEER_ADDRESS",
    "Credentials",
    "TlsContext",
    "TlsObject",
    "TlsPeer",
    "TlsRefusedError",
    "TlsSocket",
    "WrongHostError",
    "client_context",
    "peer_of",
    "server_context",
]

OnRefusal = Callable[[TlsRefusedError], object]


def server_context(
    credentials: Credentials,
    *,
    clients: Modules,
    client_hosts: Collection[str] | Unasked,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    on_refusal: OnRefusal | None = None,
) -> TlsContext:
    """A context for a server. Every client must show a certificate.

    Args:
        credentials: the server's files.
        clients: who may connect: a module ID, several, or ANY_MODULE.
        client_hosts: names and addresses, one of which a client's certificate must carry;
            PEER_ADDRESS (the one it connects from, with sockets only) or ANY_HOST.
        minimum: TLS 1.3, or 1.2.
        on_refusal: called with each refusal, in the thread of the handshake; asyncio tells a server
            of none otherwise.

    Raises:
        SecurityError: the files are no good, as a peer would find.
        OSError: a file can't be read.
    """
    expected = Expected(modules(clients), hosts(client_hosts))
    return _context(True, credentials, expected, minimum, on_refusal)


def client_context(
    credentials: Credentials,
    *,
    server: Modules,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    on_refusal: OnRefusal | None = None,
) -> TlsContext:
    """A context for a client. The host is the one given to `wrap_socket`, as `server_hostname`.

    Args:
        credentials: the client's files.
        server: which module may answer: an ID, several, or ANY_MODULE.
        minimum: TLS 1.3, or 1.2.
        on_refusal: called with each refusal, in the thread of the handshake.

    Raises:
        SecurityError: the files are no good, as a peer would find.
        OSError: a file can't be read.
    """
    expected = Expected(modules(server), ANY_HOST)
    return _context(False, credentials, expected, minimum, on_refusal)


def peer_of(connection: object) -> TlsPeer:
    """Who is at the other end of a socket, or of asyncio's writer, transport or `ssl_object`.

    Raises:
        TlsRefusedError: it was refused.
        MisuseError: NOT_INITIALISED before the handshake; INVALID_ARGUMENT, it isn't ours.
    """
    extra = getattr(connection, "get_extra_info", None)
    found = connection if extra is None else extra("ssl_object")
    if not isinstance(found, (TlsObject, TlsSocket)):
        raise bad("not a connection of a TlsContext")
    return found.peer


def _context(
    is_server: bool,
    credentials: Credentials,
    expected: Expected,
    minimum: ssl.TLSVersion,
    on_refusal: OnRefusal | None,
) -> TlsContext:
    if minimum not in {ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3}:
        raise bad("the least is TLS 1.2 or 1.3")
    plan = Plan(
        is_server=is_server,
        credentials=credentials,
        expected=expected,
        minimum=minimum,
        on_refusal=on_refusal,
    )
    return TlsContext(plan)
