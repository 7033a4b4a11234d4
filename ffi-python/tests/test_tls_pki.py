"""`sealwire.tls` with what the operator's commands write."""

from __future__ import annotations

import json
import ssl
import threading
from pathlib import Path

import pytest
import sealwire as sw

pytest.importorskip("cryptography")

from sealwire import cli, tls, tls_peer

VECTORS = Path(__file__).resolve().parents[2] / "tests/x509/x509.json"
OF_THE_LEAF = {
    *("IDENTITY_MISSING", "IDENTITY_AMBIGUOUS", "IDENTITY_MALFORMED"),
    *("LEAF_KEY_USAGE", "LEAF_IS_ISSUER", "PURPOSE_MISSING", None),
}
PUMP, PANEL = sw.ModuleId.random(), sw.ModuleId.random()


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An authority, one below it, a server of the first and a client of the second."""
    monkeypatch.chdir(tmp_path)
    run("ca init --ca plant --name Plant")
    run("ca init --ca line --name Line --parent plant --path-length 0")
    run(f"ca issue --ca plant --module-id {PANEL} --host localhost --output panel")
    run(f"ca issue --ca line --module-id {PUMP} --role pump --host 10.0.0.5 --output pump")
    run("ca crl --ca plant")
    run("ca crl --ca line")
    return tmp_path


def run(command: str) -> None:
    assert cli.main(command.split()) == 0, command


def files(name: str) -> tls.Credentials:
    return tls.Credentials(
        certificate=f"{name}/current/chain.pem",
        key=f"{name}/current/key.pem",
        anchors=["plant/ca.pem"],
        crls=["plant/ca.crl", "line/ca.crl"],
    )


def shake(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[tls.TlsPeer, tls.TlsPeer]:
    """Whom the server and the client meet, in a handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    two = server.wrap_bio(to_server, to_client, server_side=True)
    left = [one, two]
    while left:
        for side in list(left):
            try:
                side.do_handshake()
                left.remove(side)
            except ssl.SSLWantReadError:
                continue
    return tls.peer_of(two), tls.peer_of(one)


def test_certificates_of_the_commands_are_good_for_tls(plant: Path) -> None:
    server = tls.server_context(files("panel"), clients=PUMP, client_hosts=["10.0.0.5"])
    client = tls.client_context(files("pump"), server=PANEL)
    pump, panel = shake(server, client)
    assert (pump.module_id, pump.roles, pump.hosts) == (PUMP, ("pump",), ("10.0.0.5",))
    assert panel.module_id == PANEL


def test_renewed_and_revoked_while_both_run(plant: Path) -> None:
    server = tls.server_context(files("panel"), clients=PUMP, client_hosts=tls.ANY_HOST)
    client = tls.client_context(files("pump"), server=PANEL)
    before = shake(server, client)
    run("cert renew panel --ca plant")
    run("cert renew pump --ca line")
    assert server.reload_if_changed()
    assert client.reload_if_changed()
    assert not client.reload_if_changed()
    after = shake(server, client)
    for old, new in zip(before, after, strict=True):
        assert old.module_id == new.module_id
        assert old.serial_number != new.serial_number
    run(f"ca revoke --ca line --module-id {PUMP}")
    run("ca crl --ca line")
    assert server.reload_if_changed()
    with pytest.raises(tls.TlsRefusedError) as caught:
        shake(server, client)
    assert caught.value.name == "CERTIFICATE_REVOKED"
    with pytest.raises(tls.TlsRefusedError):
        client.reload()


def test_a_crl_whose_number_goes_back_is_refused_and_the_newer_stays(plant: Path) -> None:
    server = tls.server_context(files("panel"), clients=PUMP, client_hosts=tls.ANY_HOST)
    client = tls.client_context(files("pump"), server=PANEL)
    line = Path("line/ca.crl")
    older = line.read_bytes()
    run(f"ca revoke --ca line --module-id {PUMP}")
    run("ca crl --ca line")
    newer = line.read_bytes()
    assert server.reload_if_changed()
    # Who can write the file, or hold back a new one, brings nobody back.
    line.write_bytes(older)
    for _ in range(2):
        with pytest.raises(tls.TlsRefusedError) as caught:
            server.reload()
        assert caught.value.name == "REVOCATION_OLD"
        with pytest.raises(tls.TlsRefusedError) as caught:
            shake(server, client)
        assert caught.value.name == "CERTIFICATE_REVOKED"
    line.write_bytes(newer)
    server.reload()


def test_ten_rotations_refuse_no_connection(plant: Path) -> None:
    server = tls.server_context(files("panel"), clients=PUMP, client_hosts=tls.ANY_HOST)
    client = tls.client_context(files("pump"), server=PANEL)
    serials: set[int] = set()
    failures: list[BaseException] = []
    over = threading.Event()

    def connect() -> None:
        try:
            while not over.is_set():
                serials.add(shake(server, client)[1].serial_number)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=connect) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not serials and not failures:
        over.wait(0.001)
    for _ in range(10):
        run("cert renew panel --ca plant")
        before = len(serials)
        server.reload()
        while len(serials) == before and not failures:
            over.wait(0.001)
    over.set()
    for thread in threads:
        thread.join(10)
    assert not failures
    assert len(serials) == 11


def test_a_revoked_authority_takes_its_modules_along(plant: Path) -> None:
    client = tls.client_context(files("pump"), server=PANEL)
    from sealwire.pki import Certificate  # noqa: PLC0415

    line = Certificate.from_pem(Path("line/ca.pem").read_bytes()).own.serial_number
    run(f"ca revoke --ca plant --serial {line:x}")
    run("ca crl --ca plant")
    server = tls.server_context(files("panel"), clients=PUMP, client_hosts=tls.ANY_HOST)
    with pytest.raises(tls.TlsRefusedError) as caught:
        shake(server, client)
    assert caught.value.name == "CERTIFICATE_REVOKED"


def test_reads_a_module_s_identity_as_the_core_does() -> None:
    asked = 0
    for case in json.loads(VECTORS.read_text())["tests"]:
        # The purpose that the authority lacks isn't the module's.
        if case["error"] not in OF_THE_LEAF or case["comment"] == "a CA for TLS alone":
            continue
        if not case["chain"]:
            continue
        said = None
        try:
            peer = tls_peer.read(bytes.fromhex(case["chain"][0]), tls_peer.FRAMES)
        except tls.TlsRefusedError as refusal:
            said = refusal.name
        else:
            says = case["says"]
            assert str(peer.module_id).replace("-", "") == says["module"], case["comment"]
            assert list(peer.roles) == says["roles"], case["comment"]
            assert peer.is_time_source == says.get("time_source", False), case["comment"]
        assert said == case["error"], case["comment"]
        asked += 1
    assert asked > 70
