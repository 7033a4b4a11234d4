"""The contexts: what they ask of a peer, and how they take new certificates while they run.

A `TlsContext` is a shell. It has neither a key nor an anchor; whoever went round its `wrap_socket`
and `wrap_bio` would get a connection on which every handshake fails. Each of these two calls hands
over to the newest `Generation`, an `ssl.SSLContext` that is made whole from the files, tried out,
and then never changed. A reload that fails anywhere leaves the old one in its place.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from sealwire._native import ModuleId
from sealwire.errors import ErrorCode
from sealwire.tls_connection import TlsObject, TlsSocket
from sealwire.tls_errors import Reporter, TlsRefusedError, from_ssl, refused
from sealwire.tls_files import Credentials, bad
from sealwire.tls_peer import CLIENT, SERVER, Expected, TlsPeer, is_for_frames, read

__all__ = ["TlsContext"]

CIPHERS_OF_TLS_1_2 = "ECDHE+ECDSA+AESGCM:ECDHE+ECDSA+CHACHA20"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What does not change from generation to generation."""

    is_server: bool
    credentials: Credentials
    expected: Expected
    minimum: ssl.TLSVersion
    on_refusal: Callable[[TlsRefusedError], object] | None

    @property
    def protocol(self) -> int:
        return ssl.PROTOCOL_TLS_SERVER if self.is_server else ssl.PROTOCOL_TLS_CLIENT


class Generation(ssl.SSLContext):
    """One set of certificates, complete. Made by `TlsContext` only."""

    sslsocket_class = TlsSocket
    sslobject_class = TlsObject

    def __new__(cls, plan: Plan, shell: TlsContext) -> Generation:
        return super().__new__(cls, plan.protocol)

    def __init__(self, plan: Plan, shell: TlsContext) -> None:
        self._plan, self._shell = plan, shell
        _settle(self, plan)
        self.crl_numbers = plan.credentials.load_trust(self)
        self.own = _own(self, plan)

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """A connection of the newest generation: a listening socket keeps the one it came with."""
        return self._shell.wrap_socket(*args, **options)

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """As `wrap_socket`."""
        return self._shell.wrap_bio(*args, **options)

    def check(self, der: bytes, address: str | None) -> TlsPeer:
        """The peer with this certificate, if it is the one expected."""
        peer = read(der, CLIENT if self._plan.is_server else SERVER)
        self._plan.expected.check(peer, address)
        return peer

    def refused(self, refusal: TlsRefusedError) -> None:
        """Tells the log and the program."""
        self._shell.reporter.log(refusal)
        if self._plan.on_refusal is not None:
            self._plan.on_refusal(refusal)


class TlsContext(ssl.SSLContext):
    """An `ssl.SSLContext` for mutual TLS. Made by `server_context` and `client_context`.

    Attributes that would weaken it can't be changed, and it loads no other certificates:
    MisuseError. Threads may share it; `reload` may run beside handshakes.
    """

    sslsocket_class = TlsSocket
    sslobject_class = TlsObject

    def __new__(cls, plan: Plan) -> TlsContext:
        return super().__new__(cls, plan.protocol)

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._alpn: list[str] = []
        self.reporter = Reporter()
        _settle(self, plan)
        self._stamp = plan.credentials.stamp()
        self._current = Generation(plan, self)
        rehearse(self._plan)
        self._sealed = True

    @property
    def module_id(self) -> ModuleId:
        """This side's module ID."""
        return self._current.own.module_id

    @property
    def own(self) -> TlsPeer:
        """This side's certificate, as a peer sees it; `not_after` is when to have a new one."""
        return self._current.own

    def reload(self) -> None:
        """Reads the files again. New connections use them from then on; open ones go on.

        The new certificate is tried first, in a handshake in memory with the new anchors and CRLs.

        Raises:
            SecurityError: what is wrong with them, such as a CRL with a lower number than the one
                in use (REVOCATION_OLD); the old ones stay in use.
            OSError: a file can't be read; the old ones stay in use.
        """
        with self._lock:
            stamp = self._plan.credentials.stamp()
            made = Generation(self._plan, self)
            if made.own.module_id != self.module_id:
                detail = f"the new certificate is {made.own.module_id}'s"
                raise refused(ErrorCode.IDENTITY_MISMATCH, detail)
            known = self._current.crl_numbers
            for issuer, number in made.crl_numbers.items():
                if number < known.get(issuer, -1):
                    raise refused(ErrorCode.REVOCATION_OLD, f"CRL {number} after {known[issuer]}")
            rehearse(self._plan)
            # Of an issuer that left meanwhile the number stays.
            made.crl_numbers = known | made.crl_numbers
            if self._alpn:
                made.set_alpn_protocols(self._alpn)
            self._current, self._stamp = made, stamp

    def reload_if_changed(self) -> bool:
        """Reloads if a file was replaced or written since; for a timer. Raises as `reload`."""
        if self._plan.credentials.stamp() == self._stamp:
            return False
        self.reload()
        return True

    def wrap_socket(  # noqa: PLR0917 - as its base
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """As `ssl.SSLContext.wrap_socket`; gives a `TlsSocket`. Sessions are not resumed."""
        self._ask(server_side, server_hostname, session)
        return ssl.SSLContext.wrap_socket(
            self._current,
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
        )

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As `ssl.SSLContext.wrap_bio`; gives a `TlsObject`. Sessions are not resumed."""
        self._ask(server_side, server_hostname, session)
        return ssl.SSLContext.wrap_bio(
            self._current, incoming, outgoing, server_side, server_hostname
        )

    def _ask(
        self, server_side: bool, host: str | bytes | None, session: ssl.SSLSession | None
    ) -> None:
        if server_side != self._plan.is_server:
            raise bad("a context for clients in a server, or the other way round")
        # With memory buffers `ssl` checks no host name where none is given.
        if not server_side and not host:
            raise bad("a client names its server: server_hostname")
        if session is not None:
            raise bad("sessions are not resumed")

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """As `ssl.SSLContext.set_alpn_protocols`, for later generations too."""
        with self._lock:
            self._alpn = list(alpn_protocols)
            self._current.set_alpn_protocols(self._alpn)

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, "_sealed", False) and hasattr(ssl.SSLContext, name):
            if getattr(self, name) != value:
                _fixed(name)
            return
        super().__setattr__(name, value)

    def load_cert_chain(self, *_args: Any, **_options: Any) -> NoReturn:
        """Refused: certificates come from the files of `Credentials`."""
        _fixed("load_cert_chain")

    def load_verify_locations(self, *_args: Any, **_options: Any) -> NoReturn:
        """Refused: anchors come from the files of `Credentials`."""
        _fixed("load_verify_locations")

    def load_default_certs(self, *_args: Any, **_options: Any) -> NoReturn:
        """Refused: the system's authorities vouch for no module."""
        _fixed("load_default_certs")

    def set_default_verify_paths(self) -> NoReturn:
        """Refused: the system's authorities vouch for no module."""
        _fixed("set_default_verify_paths")

    def set_ciphers(self, *_args: Any) -> NoReturn:
        """Refused."""
        _fixed("set_ciphers")


def _fixed(name: str) -> NoReturn:
    raise bad(f"a TlsContext's {name} is fixed")


def _settle(context: ssl.SSLContext, plan: Plan) -> None:
    """What holds for every context of ours."""
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = not plan.is_server
    context.hostname_checks_common_name = False
    context.minimum_version = plan.minimum
    ssl.SSLContext.set_ciphers(context, CIPHERS_OF_TLS_1_2)
    # A resumed session would bring back a certificate that nobody asked about again.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if plan.is_server:
        context.num_tickets = 0


def _own(context: ssl.SSLContext, plan: Plan) -> TlsPeer:
    """Loads this side's certificate and key; gives who it is."""
    der = plan.credentials.load_own(context)
    if plan.minimum < ssl.TLSVersion.TLSv1_3 and is_for_frames(der):
        # It signs 32 bytes of the client's choice first: our labels would fit in there.
        raise bad("a certificate for frames too is for TLS 1.3 only")
    return read(der, SERVER if plan.is_server else CLIENT)


def rehearse(plan: Plan) -> None:
    """A handshake in memory in which this side's certificate meets its own anchors and CRLs.

    Raises:
        TlsRefusedError: what a peer with the same files would say.
    """
    shown = ssl.SSLContext(plan.protocol)
    shown.check_hostname = False
    shown.verify_mode = ssl.CERT_NONE
    asked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if plan.is_server else ssl.PROTOCOL_TLS_SERVER)
    asked.check_hostname = False
    asked.verify_mode = ssl.CERT_REQUIRED
    plan.credentials.load_trust(asked)
    plan.credentials.load_own(shown)
    if not plan.is_server:
        plan.credentials.load_own(asked)  # a server needs one to begin with; nobody looks at it
    to_asked, to_shown = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        shown.wrap_bio(to_shown, to_asked, server_side=plan.is_server),
        asked.wrap_bio(to_asked, to_shown, server_side=not plan.is_server),
    )
    done: set[int] = set()
    while len(done) < 2:
        for at, side in enumerate(sides):
            try:
                side.do_handshake()
                done.add(at)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                refusal = from_ssl(error)
                if refusal is None:
                    raise bad(f"a handshake with these files failed: {error}") from None
                raise refusal from error
