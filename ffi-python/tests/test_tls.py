"""Mutual TLS between two processes: who is let in, and why the others are not."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import socket
import ssl
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sealwire as sw

pytest.importorskip("cryptography")

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sealwire import tls
from tls_support import CLIENT, DAY, FRAMES, SERVER, Authority, files, serial, server_process

PUMP, PANEL, OTHER = (uuid.UUID(int=0xA << 64 | n) for n in (1, 2, 3))


@dataclasses.dataclass
class Fleet:
    authority: Authority
    server: tls.Credentials

    def settings(self, **changed: Any) -> dict[str, Any]:
        return {"files": files(self.server), "clients": [str(PUMP)]} | changed


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    authority = Authority(tmp_path)
    return Fleet(authority, authority.issue("panel", PANEL, purposes=(SERVER,)))


@pytest.fixture(params=["sockets", "asyncio"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def connect(port: int, context: ssl.SSLContext, host: str = "localhost") -> dict[str, Any]:
    """What the server says to whom it lets in."""
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        line = connection.makefile("rb").readline()
        if not line:
            raise ConnectionError("the server said nothing")
        connection.sendall(b"done")
        said: dict[str, Any] = json.loads(line)
        return said


def client(credentials: tls.Credentials, **options: Any) -> tls.TlsContext:
    return tls.client_context(credentials, **({"server": str(PANEL)} | options))


def test_lets_the_right_module_in_and_each_side_knows_the_other(fleet: Fleet, kind: str) -> None:
    context = client(fleet.authority.issue("pump", PUMP, roles=("sensor", "pump.main")))
    with server_process(kind, **fleet.settings()) as (port, ask):
        said = connect(port, context)
        assert said == {"you": str(PUMP), "roles": ["sensor", "pump.main"]}
        assert ask() == {"accepted": str(PUMP), "roles": ["sensor", "pump.main"]}
    assert context.module_id == sw.ModuleId(PUMP)


def test_the_client_is_told_who_the_server_is(fleet: Fleet) -> None:
    context = client(fleet.authority.issue("pump", PUMP))
    with (
        server_process("sockets", **fleet.settings()) as (port, _),
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert connection.version() == "TLSv1.3"
        peer = tls.peer_of(connection)
        assert peer.module_id == sw.ModuleId(PANEL)
        assert peer.hosts == ("localhost", "127.0.0.1")
        assert sw.now() < peer.not_after < sw.now() + 86_400_000_000


def test_a_client_without_a_certificate_is_refused(fleet: Fleet, kind: str) -> None:
    context = ssl.create_default_context(cafile=fleet.authority.anchor)
    with server_process(kind, **fleet.settings()) as (port, ask):
        with pytest.raises(OSError):
            connect(port, context)
        assert ask()["refused"] == "CHAIN_LENGTH"


CLIENTS = {
    "another module": ({"module": OTHER}, "IDENTITY_MISMATCH", "TlsRefusedError"),
    "another host": ({"hosts": ("elsewhere",)}, "IDENTITY_MISMATCH", "WrongHostError"),
    "no host": ({"hosts": ()}, "IDENTITY_MISMATCH", "WrongHostError"),
    "ended": ({"since": -2 * DAY, "until": -DAY}, "CERTIFICATE_EXPIRED", "TlsRefusedError"),
    "not yet": ({"since": DAY / 2}, "CERTIFICATE_NOT_YET_VALID", "TlsRefusedError"),
    "for servers": ({"purposes": (SERVER,)}, "PURPOSE_MISSING", "TlsRefusedError"),
    "for frames": ({"purposes": (FRAMES,)}, "PURPOSE_MISSING", "TlsRefusedError"),
    "for nothing": ({"purposes": ()}, "PURPOSE_MISSING", "TlsRefusedError"),
    "no module": ({"uris": []}, "IDENTITY_MISSING", "TlsRefusedError"),
    "two modules": (
        {"uris": [f"urn:uuid:{PUMP}", f"urn:uuid:{OTHER}"]},
        "IDENTITY_AMBIGUOUS",
        "TlsRefusedError",
    ),
    "no UUID": ({"uris": ["urn:uuid:pump"]}, "IDENTITY_MALFORMED", "TlsRefusedError"),
    "strange role": (
        {"uris": [f"urn:uuid:{PUMP}", "urn:sealwire:role:A b"]},
        "IDENTITY_MALFORMED",
        "TlsRefusedError",
    ),
    "may sign certificates": (
        {"bits": ("digital_signature", "key_cert_sign")},
        None,
        "TlsRefusedError",
    ),
}


@pytest.mark.parametrize("case", CLIENTS)
def test_a_server_refuses_a_client_and_says_why(fleet: Fleet, case: str) -> None:
    changed, code, name = CLIENTS[case]
    credentials = fleet.authority.issue("pump", **({"module": PUMP} | changed))
    settings = fleet.settings(client_hosts=["127.0.0.1", "pump.local"])
    with server_process("sockets", **settings) as (port, ask):
        with pytest.raises(OSError):
            connect(port, plain(credentials))
        said = ask()
        assert said["refused"] == (code or "LEAF_KEY_USAGE")
        assert said["type"] == name


def plain(credentials: tls.Credentials) -> ssl.SSLContext:
    """A client that asks nothing of its own certificate."""
    context = ssl.create_default_context(cafile=credentials.anchors[0])
    context.load_cert_chain(credentials.certificate, credentials.key)
    return context


def test_another_authority_is_unknown_to_both(fleet: Fleet, kind: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")  # of the same name
    stranger = other.issue("pump", PUMP)
    mixed = dataclasses.replace(fleet.authority.issue("p", PUMP), anchors=[other.anchor])
    with server_process(kind, **fleet.settings()) as (port, ask):
        context = plain(dataclasses.replace(stranger, anchors=[fleet.authority.anchor]))
        with pytest.raises(OSError):
            connect(port, context)
        # The same name and another key: no issuer with this key, or a signature that doesn't fit.
        assert ask()["refused"] in {"UNKNOWN_ANCHOR", "CERTIFICATE_SIGNATURE"}
        with pytest.raises(tls.TlsRefusedError) as caught:
            connect(port, client(stranger))
        assert caught.value.name in {"UNKNOWN_ANCHOR", "CERTIFICATE_SIGNATURE"}
    with pytest.raises(tls.TlsRefusedError):
        client(mixed)


def test_a_revoked_client_is_refused(fleet: Fleet, kind: str) -> None:
    credentials = fleet.authority.issue("pump", PUMP)
    context = client(credentials)
    fleet.authority.revoked.append(serial(credentials))
    fleet.authority.publish()
    with server_process(kind, **fleet.settings()) as (port, ask):
        with pytest.raises(OSError):
            connect(port, context)
        assert ask()["refused"] == "CERTIFICATE_REVOKED"


SERVERS = {
    "another module": ({"server": str(OTHER)}, "localhost", "IDENTITY_MISMATCH"),
    "another host": ({}, "pump.local", "IDENTITY_MISMATCH"),
    "another address": ({}, "127.0.0.2", "IDENTITY_MISMATCH"),
}


@pytest.mark.parametrize("case", SERVERS)
def test_a_client_refuses_a_server_and_says_why(fleet: Fleet, case: str, kind: str) -> None:
    options, host, code = SERVERS[case]
    context = client(fleet.authority.issue("pump", PUMP), **options)
    with server_process(kind, **fleet.settings()) as (port, _):
        with pytest.raises(sw.CertificateValidationError) as caught:
            connect(port, context, host)
        assert caught.value.name == code
        assert isinstance(caught.value, ssl.SSLError)
        assert isinstance(caught.value, tls.WrongHostError) == (case != "another module")
        with pytest.raises(sw.CertificateValidationError) as caught:
            asyncio.run(open_and_read(port, context, host))
        assert caught.value.name == code


def test_a_client_refuses_a_revoked_server(fleet: Fleet) -> None:
    pump = fleet.authority.issue("pump", PUMP)
    with server_process("sockets", **fleet.settings()) as (port, _):
        fleet.authority.revoked.append(serial(fleet.server))
        fleet.authority.publish()
        with pytest.raises(sw.CertificateValidationError) as caught:
            connect(port, client(pump))
        assert caught.value.code is sw.ErrorCode.CERTIFICATE_REVOKED


def test_a_client_refuses_a_server_whose_certificate_ended(fleet: Fleet) -> None:
    ended = fleet.authority.issue("old", PANEL, since=-2 * DAY, until=-DAY)
    # A context of ours wouldn't begin with it.
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(ended.certificate, ended.key)
    context = client(fleet.authority.issue("pump", PUMP))
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    mine = context.wrap_bio(to_client, to_server, server_hostname="localhost")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    with pytest.raises(tls.TlsRefusedError) as caught:
        for _ in range(10):
            for side in (mine, theirs):
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
    assert caught.value.name == "CERTIFICATE_EXPIRED"


async def open_and_read(port: int, context: ssl.SSLContext, host: str) -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=host
    )
    line = await reader.readline()
    assert tls.peer_of(writer).module_id == sw.ModuleId(PANEL)
    writer.write(b"done")
    writer.close()
    return line


def test_asyncio_on_both_sides(fleet: Fleet) -> None:
    context = client(fleet.authority.issue("pump", PUMP))
    with server_process("asyncio", **fleet.settings()) as (port, _):
        line = asyncio.run(open_and_read(port, context, "localhost"))
    assert json.loads(line)["you"] == str(PUMP)


def test_a_crl_that_is_over_or_missing_refuses_everybody(fleet: Fleet, tmp_path: Path) -> None:
    credentials = fleet.authority.issue("pump", PUMP)
    late = fleet.authority.publish(-timedelta(hours=1), "late.pem")
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "another")
    for crl, code in ((late, "REVOCATION_STALE"), (other.crl, "REVOCATION_UNKNOWN")):
        with pytest.raises(tls.TlsRefusedError) as caught:
            client(dataclasses.replace(credentials, crls=[crl]))
        assert caught.value.name == code
        with pytest.raises(sw.MisuseError, match="no CRL"):
            client(dataclasses.replace(credentials, crls=[fleet.authority.anchor]))


def test_crls_may_be_in_der_or_several_in_a_file(fleet: Fleet, tmp_path: Path) -> None:
    credentials = fleet.authority.issue("pump", PUMP)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "another")
    both = tmp_path / "both.pem"
    both.write_bytes(other.crl.read_bytes() + fleet.authority.crl.read_bytes())
    der = tmp_path / "one.der"
    one = x509.load_pem_x509_crl(fleet.authority.crl.read_bytes())
    der.write_bytes(one.public_bytes(serialization.Encoding.DER))
    for good in (both, der):
        client(dataclasses.replace(credentials, crls=[good]))
    der.write_bytes(b"\x30\x00")
    with pytest.raises(sw.MisuseError, match="no CRL"):
        client(dataclasses.replace(credentials, crls=[der]))
    both.write_bytes(other.crl.read_bytes() + fleet.authority.anchor.read_bytes())
    with pytest.raises(tls.TlsRefusedError):
        client(dataclasses.replace(credentials, crls=[both]))


def test_a_running_server_takes_a_new_certificate_and_keeps_the_old_when_it_is_bad(
    fleet: Fleet, kind: str
) -> None:
    context = client(fleet.authority.issue("pump", PUMP))
    with server_process(kind, **fleet.settings()) as (port, ask):

        def number() -> int:
            with (
                socket.create_connection(("127.0.0.1", port), 10) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as connection,
            ):
                connection.recv(1)
                connection.send(b"done")
                assert ask()["accepted"] == str(PUMP)
                return tls.peer_of(connection).serial_number

        first = serial(fleet.server)
        assert number() == first
        assert ask("reload") == {"reloaded": False}
        for _ in range(3):
            second = serial(fleet.authority.issue("panel", PANEL, purposes=(SERVER,)))
            assert second != first
            assert ask("reload") == {"reloaded": True}
            assert number() == second
        fleet.authority.issue("panel", PANEL, until=-DAY / 2)
        assert ask("reload")["refused"] == "CERTIFICATE_EXPIRED"
        fleet.authority.issue("panel", OTHER)
        assert ask("reload")["refused"] == "IDENTITY_MISMATCH"
        Path(fleet.server.certificate).write_text("nothing")
        assert ask("reload")["refused"] == "INVALID_ARGUMENT"
        assert number() == second
        revoked = serial(fleet.authority.issue("panel", PANEL))
        fleet.authority.revoked.append(revoked)
        fleet.authority.publish()
        assert ask("reload")["refused"] == "CERTIFICATE_REVOKED"
        assert number() == second


def test_a_client_that_was_revoked_meanwhile_is_refused_after_a_reload(
    fleet: Fleet, kind: str
) -> None:
    credentials = fleet.authority.issue("pump", PUMP)
    context = client(credentials)
    with server_process(kind, **fleet.settings()) as (port, ask):
        connect(port, context)
        assert "accepted" in ask()
        fleet.authority.revoked.append(serial(credentials))
        fleet.authority.publish()
        assert ask("reload") == {"reloaded": True}
        with pytest.raises(OSError):
            connect(port, context)
        assert ask()["refused"] == "CERTIFICATE_REVOKED"


def test_the_address_of_a_client_is_asked_where_it_is_known(fleet: Fleet, kind: str) -> None:
    context = client(fleet.authority.issue("pump", PUMP))
    with server_process(kind, **fleet.settings(client_hosts="PEER_ADDRESS")) as (port, ask):
        if kind == "sockets":
            connect(port, context)
            assert ask()["accepted"] == str(PUMP)
            context = client(fleet.authority.issue("pump", PUMP, hosts=("127.0.0.9",)))
        with pytest.raises(OSError):
            connect(port, context)
        assert ask()["type"] == "WrongHostError"


def test_tls_1_2_is_refused_unless_asked_for(fleet: Fleet) -> None:
    credentials = fleet.authority.issue("pump", PUMP)
    old = plain(credentials)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with server_process("sockets", **fleet.settings()) as (port, _), pytest.raises(OSError):
        connect(port, old)
    with server_process("sockets", **fleet.settings(minimum="TLSv1_2")) as (port, ask):
        assert connect(port, old)["you"] == str(PUMP)
        assert ask()["accepted"] == str(PUMP)
        connect(port, client(credentials, minimum=ssl.TLSVersion.TLSv1_2))
    both = fleet.authority.issue("both", PUMP, purposes=(CLIENT, FRAMES))
    client(both)
    with pytest.raises(sw.MisuseError, match=r"TLS 1\.3 only"):
        client(both, minimum=ssl.TLSVersion.TLSv1_2)


def in_memory(
    server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None
) -> ssl.SSLSession | None:
    """A handshake and an orderly end."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="localhost", session=session)
    two = server.wrap_bio(to_server, to_client, server_side=True)
    for call in ("do_handshake", "unwrap"):
        left = [one, two]
        while left:
            for side in list(left):
                try:
                    getattr(side, call)()
                    left.remove(side)
                except ssl.SSLWantReadError:
                    continue
    return one.session


def test_tls_1_2_resumes_no_session(fleet: Fleet) -> None:
    old = plain(fleet.authority.issue("pump", PUMP))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    server = tls.server_context(
        fleet.server,
        clients=str(PUMP),
        client_hosts=tls.ANY_HOST,
        minimum=ssl.TLSVersion.TLSv1_2,
    )
    session = in_memory(server, old, None)
    with pytest.raises(tls.TlsRefusedError, match="resumed"):
        in_memory(server, old, session)
    in_memory(server, old, None)


@pytest.fixture
def pair(fleet: Fleet) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Both ends in this process, before a handshake; the server expects another module."""
    context = client(fleet.authority.issue("pump", PUMP))
    server = tls.server_context(fleet.server, clients=str(OTHER), client_hosts=tls.ANY_HOST)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = socket.create_connection(listener.getsockname())
        right, _ = listener.accept()
    one = context.wrap_socket(left, server_hostname="localhost", do_handshake_on_connect=False)
    two = server.wrap_socket(right, server_side=True, do_handshake_on_connect=False)
    with one, two:
        yield one, two


@pytest.mark.parametrize("way", ["recv", "read", "recv_into", "send", "sendall", "write"])
def test_nothing_passes_before_the_check_even_without_a_handshake(
    pair: tuple[ssl.SSLSocket, ssl.SSLSocket], way: str
) -> None:
    one, two = pair
    import threading  # noqa: PLC0415

    thread = threading.Thread(target=lambda: one.sendall(b"secret"))
    thread.start()
    given: dict[str, Any] = {"recv": 10, "read": 10, "recv_into": bytearray(10)}
    for _ in range(2):  # refused once, refused for good
        with pytest.raises(tls.TlsRefusedError) as caught:
            getattr(two, way)(given.get(way, b"hello"))
        assert caught.value.name == "IDENTITY_MISMATCH"
    with pytest.raises(tls.TlsRefusedError):
        tls.peer_of(two)
    thread.join(10)
    assert not thread.is_alive()


def test_no_plain_text_after_tls_was_shut_down(
    pair: tuple[ssl.SSLSocket, ssl.SSLSocket],
) -> None:
    one, _ = pair
    one.shutdown(socket.SHUT_RD)
    with pytest.raises(OSError):
        one.send(b"in clear")
    with pytest.raises(sw.MisuseError):
        tls.peer_of(one)


WEAKER = {
    "verify_mode": ssl.CERT_NONE,
    "check_hostname": False,
    "minimum_version": ssl.TLSVersion.TLSv1_2,
    "verify_flags": ssl.VERIFY_DEFAULT,
    "options": ssl.OP_ALL,
    "sslobject_class": ssl.SSLObject,
}


def test_a_context_can_not_be_weakened(fleet: Fleet) -> None:
    context = client(fleet.authority.issue("pump", PUMP))
    for name, value in WEAKER.items():
        with pytest.raises(sw.MisuseError):
            setattr(context, name, value)
    context.verify_mode = ssl.CERT_REQUIRED
    for call in (context.load_default_certs, context.set_default_verify_paths):
        with pytest.raises(sw.MisuseError):
            call()
    with pytest.raises(sw.MisuseError):
        context.load_verify_locations(cafile=fleet.authority.anchor)
    unused = socket.create_server(("127.0.0.1", 0))
    unused.close()
    for nothing in (None, ""):
        with pytest.raises(sw.MisuseError, match="server_hostname"):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=nothing)
        with pytest.raises(sw.MisuseError, match="server_hostname"):
            context.wrap_socket(unused, server_hostname=nothing)
    with pytest.raises(sw.MisuseError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)


def test_files_that_do_not_fit_are_refused_when_a_context_is_made(fleet: Fleet) -> None:
    one, two = fleet.authority.issue("one", PUMP), fleet.authority.issue("two", PUMP)
    with pytest.raises(sw.MisuseError):
        client(dataclasses.replace(one, key=two.key))
    Path(one.key).chmod(0o640)
    with pytest.raises(sw.MisuseError, match="chmod 600"):
        client(one)
    with pytest.raises(sw.MisuseError, match="no anchor"):
        client(dataclasses.replace(two, anchors=[]))
    with pytest.raises(sw.MisuseError, match="signs itself"):
        client(dataclasses.replace(two, anchors=[fleet.server.certificate]))
    with pytest.raises(tls.TlsRefusedError) as caught:
        client(fleet.server)
    assert caught.value.name == "PURPOSE_MISSING"
    with pytest.raises(OSError):
        client(dataclasses.replace(two, certificate="nowhere.pem"))
    for nobody in ([], tls.ANY_HOST):
        with pytest.raises(sw.MisuseError):
            client(two, server=nobody)
    client(dataclasses.replace(two, crls=tls.NO_REVOCATION), server=tls.ANY_MODULE)


def test_refusals_are_logged_so_many_a_second(caplog: pytest.LogCaptureFixture) -> None:
    from sealwire.tls_errors import LOGGED_PER_SECOND, Reporter, refused  # noqa: PLC0415

    reporter = Reporter()
    with caplog.at_level(logging.WARNING, "sealwire"):
        for _ in range(5 * LOGGED_PER_SECOND):
            reporter.log(refused(sw.ErrorCode.UNKNOWN_ANCHOR, "test"))
    assert LOGGED_PER_SECOND <= len(caplog.records) <= 3 * LOGGED_PER_SECOND
    assert "UNKNOWN_ANCHOR" in caplog.text


def test_importing_sealwire_alone_needs_no_cryptography() -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    code = "import sys, sealwire, sealwire.cli; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
