"""`sealwire ca`, `cert`, `health`, `watch`, from end to end; renewal and health by the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sealwire as sw
from conftest import NOW, refused
from cryptography.hazmat.primitives.asymmetric import ec
from sealwire import cli_cert, pki
from test_cli import Command, run

DAY = 86_400_000_000
PUMP = sw.ModuleId("5ea1317e-0001-4000-8000-000000000001")
VALVE = sw.ModuleId("5ea1317e-0002-4000-8000-000000000001")

__all__ = ["run"]  # the fixture


def made_of(done: object) -> dict[str, object]:
    return json.loads(done.stdout)  # type: ignore[attr-defined]


@pytest.fixture
def plant(run: Command) -> Command:
    run("ca", "init", "--ca", "plant", "--name", "Plant 7")
    return run


def test_the_whole_story(plant: Command) -> None:
    issued = made_of(plant(
        "ca", "issue", "--ca", "plant", "--module-id", str(PUMP), "--role", "pump",
        "--host", "192.0.2.7", "--days", "90", "--output", "pump", "--json",
    ))  # fmt: skip
    assert issued["module"] == str(PUMP)
    assert issued["hosts"] == ["192.0.2.7"]
    look = ("cert", "verify", "pump", "--ca", "plant", "--json")
    assert b"--no-revocation" in plant(*look, code=2).stderr
    plant("ca", "crl", "--ca", "plant")
    verdict = made_of(plant(*look))
    assert (verdict["module"], verdict["roles"]) == (str(PUMP), ["pump"])
    assert plant("health", "pump", "--ca", "plant").stdout.startswith(b"pump: well, ")

    assert made_of(plant("cert", "renew", "pump", "--ca", "plant", "--json"))["version"] == 2
    plant(*look)
    assert made_of(plant("cert", "rollback", "pump", "--ca", "plant", "--json"))["version"] == 1
    plant("cert", "rollback", "pump", "--ca", "plant", code=2)

    done = made_of(plant("ca", "revoke", "--ca", "plant", "--certificate", "pump", "--json"))
    assert done["revoked"] == [issued["serial"]]
    made_of(plant("ca", "crl", "--ca", "plant", "--json", "--crl", "x.crl", "--list", "x.list"))
    assert b"CERTIFICATE_REVOKED" in plant(*look, code=1).stderr
    by = ("cert", "verify", "pump", "--anchor", "plant/ca.pem")
    assert b"CERTIFICATE_REVOKED" in plant(*by, "--crl", "x.crl", code=1).stderr
    assert b"CERTIFICATE_REVOKED" in plant(*by, "--list", "x.list", code=1).stderr
    plant(*by, "--no-revocation")
    assert b"CERTIFICATE_REVOKED" in plant("health", "pump", "--ca", "plant", code=1).stdout
    assert b"CERTIFICATE_REVOKED" in plant("cert", "renew", "pump", "--ca", "plant", code=1).stderr


def test_signs_what_the_operator_confirmed(plant: Command) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    csr = pki.SigningRequest.create(key, pki.Identity(PUMP, ("operator",)))
    fingerprint = pki.SigningRequest.read(csr).fingerprint
    (plant.folder / "pump.csr").write_bytes(csr)
    sign = ("ca", "sign", "pump.csr", "--ca", "plant", "-o", "pump.pem")
    who = ("--module-id", str(PUMP), "--role", "pump")
    assert fingerprint.encode() in plant(*sign, *who, code=2).stderr
    plant(*sign, *who, "--fingerprint", "00" * 32, code=2)
    other = ("--module-id", str(VALVE), "--fingerprint", fingerprint)
    assert b"IDENTITY_MISMATCH" in plant(*sign, *other, code=1).stderr
    assert not (plant.folder / "pump.pem").exists()
    plant(*sign, *who, "--fingerprint", fingerprint)
    shown = made_of(plant("cert", "inspect", "pump.pem", "--json"))["chain"]
    assert shown[0]["roles"] == ["pump"]  # type: ignore[index]
    assert shown[1]["is_authority"]  # type: ignore[index]
    at = csr.index(b"\n") + 20
    (plant.folder / "pump.csr").write_bytes(csr[:at] + b"AA" + csr[at + 2 :])
    plant(*sign, *who, "--fingerprint", fingerprint, code=1)


@pytest.mark.parametrize(("digits", "code"), [(16, 0), (15, 2), (-64, 2)])
def test_asks_on_a_terminal(plant: Command, digits: int, code: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    csr = pki.SigningRequest.create(key, pki.Identity(PUMP, ("operator",)))
    (plant.folder / "pump.csr").write_bytes(csr)
    shown = pki.SigningRequest.read(csr).fingerprint
    shown = shown[:digits] if digits > 0 else "0" * 64
    ours, theirs = os.openpty()
    os.write(ours, shown.encode() + b"\n")
    command = [sys.executable, "-m", "sealwire", "ca", "sign", "pump.csr", "--ca", "plant"]
    done = subprocess.run(
        [*command, "--module-id", str(PUMP), "-o", "pump.pem"],
        cwd=plant.folder, stdin=theirs, capture_output=True, text=True, check=False,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == code, done.stderr
    assert "it asks for: module 5ea1317e-0001-4000-8000-000000000001, roles operator" in done.stderr
    assert (plant.folder / "pump.pem").exists() == (code == 0)


def test_passphrases_come_from_files(run: Command) -> None:
    for name in ("pass", "wrong"):
        (run.folder / name).write_text(f"{name} phrase\n")
        (run.folder / name).chmod(0o600)
    init = ("ca", "init", "--ca", "plant", "--name", "Plant 7", "--passphrase-file", "pass")
    run(*init)
    assert b"ENCRYPTED" in (run.folder / "plant/keys/ca.pem").read_bytes()
    issue = ("ca", "issue", "--ca", "plant", "--module-id", "new", "--output", "pump")
    assert b"--passphrase-file" in run(*issue, code=2).stderr
    run(*issue, "--passphrase-file", "wrong", code=2)
    assert not (run.folder / "pump").exists()
    run(*issue, "--passphrase-file", "pass", "--key-passphrase-file", "wrong")
    assert b"ENCRYPTED" in (run.folder / "pump/current/key.pem").read_bytes()
    renew = ("cert", "renew", "pump", "--ca", "plant", "--passphrase-file", "pass")
    assert b"needs a passphrase too" in run(*renew, code=2).stderr
    run(*renew, "--key-passphrase-file", "wrong")
    (run.folder / "pass").chmod(0o644)
    assert b"chmod 600" in run(*renew, code=2).stderr
    init = ("ca", "init", "--ca", "b", "--name", "B", "--passphrase-file", "-")
    run(*init, stdin=b"", code=2)
    run(*init, stdin=b"phrase\n")
    run("ca", "crl", "--ca", "b", "--passphrase-file", "-", stdin=b"phrase\n")


def test_bad_command_lines(plant: Command) -> None:
    plant("ca", code=2)
    plant("ca", "init", "--ca", "plant", "--name", "again", code=3)
    issue = ("ca", "issue", "--ca", "plant", "--output", "x")
    plant(*issue, code=2)
    plant(*issue, "--module-id", "nobody", code=2)
    plant(*issue, "--module-id", "new", "--days", "0", code=2)
    plant(*issue, "--module-id", "new", "--role", "Not A Role", code=2)
    assert not (plant.folder / "x").exists()
    plant("ca", "issue", "--ca", "nowhere", "--module-id", "new", "--output", "x", code=3)
    plant("ca", "revoke", "--ca", "plant", "--serial", "xyz", code=2)
    plant("ca", "revoke", "--ca", "plant", "--serial", "12", code=2)
    plant("cert", "verify", "plant/lists.json", "--ca", "plant", "--no-revocation", code=1)
    plant("cert", "verify", "plant", "--no-revocation", code=2)
    for name in (("ca",), ("ca", "sign"), ("cert",), ("cert", "renew"), ("health",), ("watch",)):
        assert b"examples:" in plant(*name, "--help").stdout


def test_a_failure_names_its_file_or_says_what_would_be_right(plant: Command) -> None:
    (plant.folder / "notes.txt").write_text("rubbish")
    told = plant("cert", "inspect", "notes.txt", code=1).stderr
    assert b"CERTIFICATE_MALFORMED" in told
    assert b"notes.txt" in told
    missing = plant("health", "nowhere", "--ca", "plant", code=1).stdout
    assert missing == b"nowhere: No such file or directory\n"
    issue = ("ca", "issue", "--ca", "plant", "--module-id", "new", "--output", "pump")
    assert b"at most 32 characters" in plant(*issue, "--role", "Bad Role", code=2).stderr
    assert not (plant.folder / "pump").exists()


def test_health_says_what_is_wrong(plant: Command) -> None:
    for name, days in (("pump", "90"), ("soon", "20")):
        plant("ca", "issue", "--ca", "plant", "--module-id", "new", "--output", name,
              "--days", days)  # fmt: skip
    health = ("health", "pump", "--ca", "plant", "--json")
    assert made_of(plant(*health, code=1))["problems"] == [
        "revocation isn't looked at: no list was given"
    ]
    plant("ca", "crl", "--ca", "plant")
    found = made_of(plant(*health))
    assert found["healthy"]
    assert 89 < float(str(found["days_left"])) <= 90
    assert b"ends in 20.0 days" in plant("health", "soon", "--ca", "plant", code=1).stdout
    plant("health", "soon", "--ca", "plant", "--threshold", "10")
    plant("ca", "init", "--ca", "other", "--name", "Other")
    plant("ca", "crl", "--ca", "other")
    assert b"UNKNOWN_ANCHOR" in plant("health", "pump", "--anchor", "other/ca.pem",
                                      "--list", "other/ca.list", code=1).stdout  # fmt: skip
    (plant.folder / "pump/versions/0001/key.pem").chmod(0o604)
    assert b"others may use" in plant(*health, code=1).stdout
    plant("health", "nowhere", "--ca", "plant", code=1)


def test_health_finds_a_key_of_another(plant: Command) -> None:
    plant("ca", "issue", "--ca", "plant", "--module-id", "new", "--output", "pump")
    plant("ca", "crl", "--ca", "plant")
    store = pki.FileKeyStore(plant.folder / "pump/versions/0001")
    store.store_private_key("key", ec.generate_private_key(ec.SECP256R1()))
    assert b"KEY_INVALID" in plant("health", "pump", "--ca", "plant", code=1).stdout


def test_watch_tells_what_changes(plant: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    plant("ca", "issue", "--ca", "plant", "--module-id", "new", "--output", "pump")
    plant("ca", "crl", "--ca", "plant")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            (plant.folder / "pump").chmod(0o755)

    monkeypatch.setattr(cli_cert.time, "sleep", sleep)
    watch = ("watch", "pump", "--ca", "plant", "--every", "7", "--times", "3")
    assert plant(*watch).stdout.count(b"\n") == 1
    assert slept == [7, 7]
    plant("watch", "pump", "--ca", "plant", "--every", "0", code=2)
    out = plant(*watch[:-1], "4", code=1).stdout
    assert out.count(b"\n") == 2
    assert b"others may use" in out.splitlines()[1]


@pytest.fixture
def authority(tmp_path: Path) -> pki.CertificateAuthority:
    return pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7", now=NOW)


def test_renews_what_ends_soon_and_nothing_else(
    authority: pki.CertificateAuthority, tmp_path: Path
) -> None:
    options = {"roles": ["pump"], "alt_names": ["192.0.2.7"], "is_client_cert": False}
    soon = authority.issue(PUMP, days=20, now=NOW, **options)  # type: ignore[arg-type]
    nodes = [
        pki.Node.create(tmp_path / "soon", soon),
        pki.Node.create(tmp_path / "good", authority.issue(VALVE, days=90, now=NOW)),
        pki.Node.create(tmp_path / "brief", authority.issue(VALVE, days=1, now=NOW)),
    ]
    by_device = authority.issue(PUMP, public_key=soon.own.public_key(), days=5, now=NOW)  # type: ignore[arg-type]
    nodes.append(pki.Node.create(tmp_path / "device", by_device))
    manager = pki.CertificateLifecycleManager(authority)
    done = manager.auto_renew_certificates(nodes, now=NOW)
    assert [one.renewed for one in done] == [True, False, True, False]
    assert isinstance(done[3].error, sw.MisuseError)
    fresh = nodes[0].load()
    assert fresh.own.not_valid_after_utc == soon.own.not_valid_after_utc
    assert fresh.identity == soon.identity
    info = pki.CertificateInspector.get_certificate_info(fresh)
    assert info.purposes == ("sealwire", "serverAuth")
    assert fresh.key is not None
    assert fresh.own.public_key() != soon.own.public_key()
    # The one before is good until its end: an overlap.
    for version in nodes[0].versions():
        nodes[0].certificate(version).check(now=NOW)


def test_a_failed_deployment_goes_back(authority: pki.CertificateAuthority, tmp_path: Path) -> None:
    node = pki.Node.create(tmp_path / "pump", authority.issue(PUMP, days=20, now=NOW))
    seen = []

    def deploy(one: pki.Node) -> None:
        seen.append(one.version)
        raise RuntimeError("the server didn't come up")

    manager = pki.CertificateLifecycleManager(authority, deploy=deploy)
    with pytest.raises(RuntimeError):
        manager.renew(node, now=NOW)
    assert (seen, node.version) == ([2], 1)
    (done,) = manager.auto_renew_certificates([node], now=NOW)
    assert isinstance(done.error, RuntimeError)
    assert node.version == 1
    node.load().check(now=NOW)
    node.remove(2)
    assert node.versions() == [1, 3]
    assert refused(node.remove, 1) == "INVALID_ARGUMENT"


def test_goes_back_only_to_what_counts(authority: pki.CertificateAuthority, tmp_path: Path) -> None:
    node = pki.Node.create(tmp_path / "pump", authority.issue(PUMP, days=20, now=NOW))
    manager = pki.CertificateLifecycleManager(authority)
    manager.renew(node, now=NOW)
    late = NOW + 21 * DAY
    back = manager.certificate_rollback
    assert refused(lambda: back(node, now=late)) == "CERTIFICATE_EXPIRED"
    assert node.version == 2
    assert back(node, now=NOW).version == 1
    node.switch(2)
    authority.revoke(serial=node.certificate(1).own.serial_number, now=NOW)
    assert refused(lambda: back(node, now=NOW)) == "CERTIFICATE_REVOKED"
    other = pki.CertificateAuthority.create(tmp_path / "other", "Other", now=NOW)
    stranger = pki.CertificateLifecycleManager(other)
    assert refused(lambda: stranger.renew(node, now=NOW)) == "UNKNOWN_ANCHOR"
    assert node.version == 2
