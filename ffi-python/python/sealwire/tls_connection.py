"""TLS connections that carry nothing until the peer's module ID was checked.

`ssl` checks chain and host name inside of the handshake, but has no hook for anything else. The
check that is ours is therefore part of the connection's own class: `SSLContext.wrap_socket` and
`wrap_bio` make objects of `sslsocket_class` and `sslobject_class`, and our contexts set both. So
every way in (asyncio, RPyC, urllib3, websockets, `accept`) gets a connection whose `do_handshake`
ends with the check, and whose `read`, `write`, `send` and `recv` do the handshake first if nobody
did: OpenSSL would otherwise finish it silently on the first read. A connection that was refused
stays refused. What isn't prevented: a program that reaches for private members of `ssl`.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

from sealwire.errors import ErrorCode, MisuseError
from sealwire.tls_errors import TlsRefusedError, from_ssl, refused
from sealwire.tls_peer import TlsPeer

if TYPE_CHECKING:
    from sealwire.tls_context import Generation

__all__ = ["TlsObject", "TlsSocket"]


class _Checked:
    """What the two classes have in common. Kept apart from `ssl`, which they inherit from too."""

    _peer: TlsPeer | None = None
    _refusal: TlsRefusedError | None = None

    @property
    def peer(self) -> TlsPeer:
        """Who is at the other end.

        Raises:
            TlsRefusedError: it was refused.
            MisuseError: NOT_INITIALISED, the handshake isn't over.
        """
        if self._refusal is not None:
            raise self._refusal
        if self._peer is None:
            raise MisuseError(ErrorCode.NOT_INITIALISED, "the handshake isn't over")
        return self._peer


def _generation(connection: ssl.SSLSocket | ssl.SSLObject) -> Generation:
    from sealwire.tls_context import Generation  # noqa: PLC0415 - the two know each other

    context = connection.context
    if not isinstance(context, Generation):
        raise MisuseError(ErrorCode.INVALID_ARGUMENT, "the connection's context was replaced")
    return context


def _refuse(connection: TlsSocket | TlsObject, refusal: TlsRefusedError) -> TlsRefusedError:
    connection._refusal = refusal
    _generation(connection).refused(refusal)
    return refusal


def _failed(connection: TlsSocket | TlsObject, error: ssl.SSLError) -> ssl.SSLError:
    refusal = from_ssl(error)
    return error if refusal is None else _refuse(connection, refusal)


def _check(connection: TlsSocket | TlsObject, address: str | None) -> None:
    """Checks the peer after a handshake; remembers whom, or why not."""
    if connection._refusal is not None:
        raise connection._refusal
    try:
        if connection.session_reused:
            raise refused(ErrorCode.REVOCATION_UNKNOWN, "a session was resumed")
        der = connection.getpeercert(True)
        if not der:
            raise refused(ErrorCode.CHAIN_LENGTH, "the peer sent no certificate")
        connection._peer = _generation(connection).check(der, address)
    except TlsRefusedError as refusal:
        raise _refuse(connection, refusal) from None


class TlsObject(_Checked, ssl.SSLObject):
    """A connection over memory buffers, as asyncio uses it."""

    def do_handshake(self) -> None:
        """The handshake, and the check. Raises as `ssl.SSLObject`, and `TlsRefusedError`."""
        if self._refusal is not None:
            raise self._refusal
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            failure = _failed(self, error)
            raise failure from (None if failure is error else error)
        _check(self, None)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As `ssl.SSLObject.read`, after the handshake."""
        self._ready()
        return super().read(len) if buffer is None else super().read(len, buffer)

    def write(self, data: Any) -> int:
        """As `ssl.SSLObject.write`, after the handshake."""
        self._ready()
        return super().write(data)

    def _ready(self) -> None:
        if self._peer is None:
            self.do_handshake()


class TlsSocket(_Checked, ssl.SSLSocket):
    """A connection over a socket. It never falls back to plain text once TLS has ended."""

    def do_handshake(self, block: bool = False) -> None:
        """The handshake, and the check. Raises as `ssl.SSLSocket`, and `TlsRefusedError`."""
        if self._refusal is not None:
            raise self._refusal
        try:
            super().do_handshake(block)
        except ssl.SSLError as error:
            failure = _failed(self, error)
            raise failure from (None if failure is error else error)
        peer = self.getpeername()
        is_ip = self.family in {socket.AF_INET, socket.AF_INET6}
        _check(self, peer[0] if is_ip else None)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As `ssl.SSLSocket.read`, after the handshake."""
        self._ready()
        return super().read(len, buffer)

    def write(self, data: Any) -> int:
        """As `ssl.SSLSocket.write`, after the handshake."""
        self._ready()
        return super().write(data)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As `ssl.SSLSocket.recv`, after the handshake."""
        self._ready()
        return super().recv(buflen, flags)

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As `ssl.SSLSocket.recv_into`, after the handshake."""
        self._ready()
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        """As `ssl.SSLSocket.send`, after the handshake."""
        self._ready()
        return super().send(data, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As `ssl.SSLSocket.sendall`, after the handshake."""
        self._ready()
        super().sendall(data, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """As `ssl.SSLSocket.sendfile`, after the handshake."""
        self._ready()
        return super().sendfile(file, offset, count)

    def _ready(self) -> None:
        if getattr(self, "_sslobj", None) is not None:
            if self._peer is None:
                self.do_handshake()
        elif getattr(self, "_connected", False):
            # TLS was shut down; `ssl` would go on in plain text.
            raise OSError("TLS has ended on this connection")
        # Else it isn't connected, and the system says so.
