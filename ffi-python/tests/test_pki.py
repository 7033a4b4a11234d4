"""An authority, what it issues, renews, takes back; judged by the core and by OpenSSL's command."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sealwire as sw
from conftest import NOW, refused
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sealwire import pki
from sealwire.pki import profile

DAY = 86_400_000_000
PUMP = sw.ModuleId("5ea1317e-0001-4000-8000-000000000001")
VALVE = sw.ModuleId("5ea1317e-0002-4000-8000-000000000001")
OPENSSL = shutil.which("openssl")


@pytest.fixture
def plant(tmp_path: Path) -> pki.CertificateAuthority:
    return pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7", now=NOW)


def look(authority: pki.CertificateAuthority, now: int = NOW) -> pki.CertificateInspector:
    return pki.CertificateInspector([authority.certificate.anchor], now=now)


def openssl(*arguments: str | Path) -> tuple[int, str]:
    command = [str(OPENSSL), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_core_takes_what_is_issued(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(
        PUMP, roles=["pump", "pump.controller"], time_source=True, days=90, now=NOW,
        alt_names=["pump.example", "192.0.2.7", "2001:db8::7"],
    )  # fmt: skip
    checked = look(plant).validate_certificate_chain(made, unchecked=True, now=NOW)
    assert checked.module == PUMP
    assert checked.roles == ("pump", "pump.controller")
    assert checked.is_time_source
    assert checked.expires == NOW + 90 * DAY
    assert checked.status_until is None
    assert made.key is not None
    assert bytes(checked.key) == profile.xy(made.key.public_key())
    assert made.identity.hosts == ("pump.example", "192.0.2.7", "2001:db8::7")


def test_a_checked_chain_is_a_peer(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(PUMP, now=NOW)
    checked = made.check(now=NOW)
    assert made.key is not None
    scalar = made.key.private_numbers().private_value.to_bytes(32)
    start = sw.NonceStart.fresh()
    sealer = sw.Sealer.ecdsa(
        key_id=1, sender=PUMP, receiver=VALVE, key=sw.SigningKey.from_bytes(scalar), start=start
    )
    validator = sw.Validator(VALVE, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
    key = sw.PeerKey.ecdsa(1, checked.module, checked.key, expires=checked.expires)
    validator.register(key)
    about = sw.Context.topic("t")
    frame = sealer.seal(b"4.2 bar", about, now=NOW)
    wanted = sw.Requirement.at_least(sw.Level.DIGITAL_SIGNATURE, about)
    assert validator.validate(frame, wanted, now=NOW).sender == PUMP


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"roles": ["No capitals"]}, "IDENTITY_MALFORMED"),
        ({"roles": ["a"] * 9}, "IDENTITY_MALFORMED"),
        ({"roles": ["ä"]}, "INVALID_ARGUMENT"),
        ({"alt_names": [f"{'h' * 60}{n}.example" for n in range(12)]}, "CERTIFICATE_TOO_LONG"),
        ({"alt_names": ["ä.example"]}, "INVALID_ARGUMENT"),
        ({"days": 0}, "INVALID_ARGUMENT"),
        ({"now": NOW + 3651 * DAY}, "CERTIFICATE_EXPIRED"),
    ],
)
def test_issues_nothing_that_would_be_refused(
    plant: pki.CertificateAuthority, options: dict[str, object], code: str
) -> None:
    given = {"now": NOW} | options
    assert refused(lambda: plant.issue(PUMP, **given)) == code  # type: ignore[arg-type]
    assert list(plant.issued()) == []


def test_ends_no_later_than_its_issuer(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(PUMP, days=9000, now=NOW)
    assert made.own.not_valid_after_utc == plant.certificate.own.not_valid_after_utc


def test_authorities_below_have_a_limit(plant: pki.CertificateAuthority, tmp_path: Path) -> None:
    line = pki.CertificateAuthority.create(
        tmp_path / "line", "Line 2", parent=plant, path_length=0, now=NOW
    )
    made = line.issue(PUMP, now=NOW)
    assert len(made.chain) == 2
    look(plant).validate_certificate_chain(made, unchecked=True, now=NOW)
    assert refused(
        lambda: pki.CertificateAuthority.create(tmp_path / "x", "X", parent=line, now=NOW)
    ) == "PATH_LENGTH"  # fmt: skip
    assert not (tmp_path / "x").exists()
    # The parent's list speaks for all below; the line's alone doesn't cover the line.
    _, above = plant.revocation_lists(now=NOW)
    _, own = line.revocation_lists(now=NOW)
    inspector = pki.CertificateInspector([plant.certificate.own], now=NOW)
    inspector.validate_certificate_chain(made, lists=[above], now=NOW)
    plant.revoke(serial=line.certificate.own.serial_number, now=NOW)
    _, above = plant.revocation_lists(now=NOW)
    call = lambda: inspector.validate_certificate_chain(made, lists=[above], now=NOW)  # noqa: E731
    assert refused(call) == "CERTIFICATE_REVOKED"
    store = sw.TrustStore()
    rights = {"fleets": [(bytes(16), 0)], "any_role": True}
    store.install_anchor(profile.der(plant.certificate.own), now=NOW, **rights)
    line_key = sw.PublicKey.from_bytes(profile.xy(profile.public_key(line.certificate.own)))
    assert refused(lambda: store.check(made.chain, unchecked=True, now=NOW)) == (
        "ISSUER_UNREGISTERED"
    )
    store.install_authority(line_key, **rights)
    store.check(made.chain, unchecked=True, now=NOW)
    assert refused(lambda: store.check(made.chain, lists=[own], now=NOW)) == "REVOCATION_UNKNOWN"


def test_registration_limits_what_an_anchor_may_issue(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(PUMP, roles=["pump"], time_source=True, now=NOW)
    for limits, code in (
        ({"fleets": [(bytes(VALVE), 128)]}, "IDENTITY_OUTSIDE"),
        ({"fleets": []}, "IDENTITY_OUTSIDE"),
        ({"roles": ["valve"]}, "ROLE_OUTSIDE"),
        ({"time_sources": False}, "TIME_SOURCE_OUTSIDE"),
    ):
        narrow = pki.CertificateInspector([plant.certificate.own], now=NOW, **limits)
        assert refused(
            lambda one=narrow: one.validate_certificate_chain(made, unchecked=True, now=NOW)
        ) == code  # fmt: skip
    right = pki.CertificateInspector(
        [plant.certificate.own], now=NOW, fleets=[(bytes(PUMP), 32)], roles=["pump"]
    )
    right.validate_certificate_chain(made, unchecked=True, now=NOW)


def test_refuses_other_authorities_and_other_times(
    plant: pki.CertificateAuthority, tmp_path: Path
) -> None:
    made = plant.issue(PUMP, days=1, now=NOW)
    double = pki.CertificateAuthority.create(tmp_path / "double", "Plant 7", now=NOW)
    forged = double.issue(PUMP, now=NOW)
    inspector = look(plant)
    check = inspector.validate_certificate_chain
    assert refused(lambda: check(forged, unchecked=True, now=NOW)) == "CERTIFICATE_SIGNATURE"
    late, early = NOW + 2 * DAY, NOW - DAY
    assert refused(lambda: check(made, unchecked=True, now=late)) == "CERTIFICATE_EXPIRED"
    assert refused(lambda: check(made, unchecked=True, now=early)) == "CERTIFICATE_NOT_YET_VALID"
    assert refused(lambda: check(made, now=NOW)) == "INVALID_ARGUMENT"
    assert refused(lambda: check([], unchecked=True, now=NOW)) == "CHAIN_LENGTH"


def test_revokes_by_serial_number_and_by_key(plant: pki.CertificateAuthority) -> None:
    first = plant.issue(PUMP, now=NOW)
    assert first.key is not None
    again = plant.issue(PUMP, public_key=first.key.public_key(), now=NOW)
    other = plant.issue(VALVE, now=NOW)
    inspector = look(plant)

    def verdicts() -> list[str]:
        crl, compact = plant.revocation_lists(now=NOW)
        found = []
        for lists in ({"lists": [compact]}, {"crls": [crl]}):
            for one in (first, again, other):
                try:
                    inspector.validate_certificate_chain(one, now=NOW, **lists)
                    found.append("good")
                except sw.SecurityError as error:
                    found.append(error.name)
        return found

    assert verdicts() == ["good"] * 6
    assert len(plant.revoke(serial=first.own.serial_number, now=NOW)) == 1
    assert plant.revoke(serial=first.own.serial_number, now=NOW) == []
    assert verdicts() == ["CERTIFICATE_REVOKED", "good", "good"] * 2
    plant.revoke(module_id=VALVE, reason="key-compromise", now=NOW)
    assert other.key is not None
    stolen = plant.issue(VALVE, public_key=other.key.public_key(), now=NOW)
    _, compact = plant.revocation_lists(now=NOW)
    check = inspector.validate_certificate_chain
    assert refused(lambda: check(stolen, lists=[compact], now=NOW)) == "CERTIFICATE_REVOKED"
    assert plant.is_revoked(stolen)
    assert not plant.is_revoked(again)
    assert refused(lambda: plant.revoke(serial=1)) == "INVALID_ARGUMENT"


def test_takes_no_list_that_is_old_or_over(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(PUMP, now=NOW)
    _, first = plant.revocation_lists(now=NOW, days=1)
    crl, second = plant.revocation_lists(now=NOW, days=1)
    inspector = look(plant)
    check = inspector.validate_certificate_chain
    check(made, lists=[second], now=NOW)
    assert refused(lambda: check(made, lists=[first], now=NOW)) == "REVOCATION_OLD"
    late = NOW + 2 * DAY
    assert refused(lambda: check(made, lists=[second], now=late)) == "REVOCATION_STALE"
    assert refused(lambda: check(made, crls=[crl], now=late)) == "REVOCATION_STALE"
    bad = second[:-1] + bytes([second[-1] ^ 1])
    assert refused(lambda: check(made, lists=[bad], now=NOW)) == "REVOCATION_SIGNATURE"
    assert refused(lambda: check(made, lists=[], now=NOW)) == "REVOCATION_UNKNOWN"


@pytest.mark.skipif(OPENSSL is None, reason="no openssl")
def test_openssl_takes_what_is_issued(plant: pki.CertificateAuthority, tmp_path: Path) -> None:
    line = pki.CertificateAuthority.create(tmp_path / "line", "Line 2", parent=plant, now=NOW)
    made = line.issue(PUMP, roles=["pump"], alt_names=["192.0.2.7"], now=NOW)
    node = pki.Node.create(tmp_path / "pump", made).path()
    for name, authority in (("plant", plant), ("line", line)):
        crl, _ = authority.revocation_lists(now=NOW)
        pem = x509.load_der_x509_crl(crl).public_bytes(serialization.Encoding.PEM)
        (tmp_path / f"{name}.crl").write_bytes(pem)
    at = ("-attime", str(NOW // 1_000_000), "-x509_strict")
    chain = ("-CAfile", node / "anchor.pem", "-untrusted", node / "chain.pem")
    crls = ("-crl_check_all", "-CRLfile", tmp_path / "plant.crl", "-CRLfile", tmp_path / "line.crl")
    code, said = openssl("verify", *at, *chain, *crls, node / "chain.pem")
    assert code == 0, said
    for purpose in ("sslserver", "sslclient"):
        code, said = openssl("verify", *at, *chain, "-purpose", purpose, node / "chain.pem")
        assert code == 0, said
    name = ("-verify_ip", "192.0.2.7")
    assert openssl("verify", *at, *chain, *name, node / "chain.pem")[0] == 0
    name = ("-verify_ip", "192.0.2.8")
    assert openssl("verify", *at, *chain, *name, node / "chain.pem")[0] != 0
    line.revoke(module_id=PUMP, now=NOW)
    crl, _ = line.revocation_lists(now=NOW)
    pem = x509.load_der_x509_crl(crl).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "line.crl").write_bytes(pem)
    code, said = openssl("verify", *at, *chain, *crls, node / "chain.pem")
    assert code != 0
    assert "revoked" in said


@pytest.mark.skipif(OPENSSL is None, reason="no openssl")
def test_signs_a_request_that_openssl_made(plant: pki.CertificateAuthority, tmp_path: Path) -> None:
    san = f"subjectAltName=URI:urn:uuid:{PUMP},URI:urn:sealwire:role:operator,DNS:evil.example"
    code, said = openssl(
        "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", tmp_path / "k", "-out", tmp_path / "csr", "-subj", "/CN=evil",
        "-addext", san, "-addext", "basicConstraints=critical,CA:true",
    )  # fmt: skip
    assert code == 0, said
    data = (tmp_path / "csr").read_bytes()
    request = pki.SigningRequest.read(data)
    assert request.asked.module == PUMP
    assert request.asked.roles == ("operator",)
    made = plant.sign_request(request, PUMP, roles=["pump"], now=NOW)
    info = pki.CertificateInspector.get_certificate_info(made)
    assert (info.roles, info.hosts, info.subject, info.is_authority) == (("pump",), (), "", False)
    assert made.key is None
    assert info.key == request.fingerprint
    assert info.key == hashlib.sha256(profile.xy(request.key)).hexdigest()
    assert refused(lambda: plant.sign_request(request, VALVE, now=NOW)) == "IDENTITY_MISMATCH"


def test_refuses_bad_requests(plant: pki.CertificateAuthority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = pki.SigningRequest.create(key, pki.Identity(PUMP, ("pump",)))
    der = x509.load_pem_x509_csr(pem).public_bytes(serialization.Encoding.DER)
    assert pki.SigningRequest.read(der).fingerprint == pki.SigningRequest.read(pem).fingerprint
    for at in range(0, len(der), 3):
        flipped = der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]
        name = refused(pki.SigningRequest.read, flipped)
        assert name in {
            "CERTIFICATE_SIGNATURE", "CERTIFICATE_MALFORMED", "CERTIFICATE_ALGORITHM",
            "IDENTITY_MALFORMED",
        }  # fmt: skip
    other = ec.generate_private_key(ec.SECP384R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    made = builder.sign(other, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert refused(pki.SigningRequest.read, made) == "CERTIFICATE_ALGORITHM"
    made = builder.sign(key, hashes.SHA384()).public_bytes(serialization.Encoding.DER)
    assert refused(pki.SigningRequest.read, made) == "CERTIFICATE_ALGORITHM"
    assert refused(pki.SigningRequest.read, b"x") == "CERTIFICATE_MALFORMED"
    assert refused(pki.SigningRequest.read, bytes(9000)) == "CERTIFICATE_TOO_LONG"
    assert list(plant.issued()) == []


def test_shows_and_dates_certificates(plant: pki.CertificateAuthority) -> None:
    made = plant.issue(PUMP, days=40, is_client_cert=True, now=NOW)
    info = pki.CertificateInspector.get_certificate_info(made)
    assert info.module == str(PUMP)
    assert info.purposes == ("sealwire", "clientAuth")
    assert info.to_dict()["not_after"] == NOW + 40 * DAY
    when = pki.CertificateInspector.check_expiration
    assert when(made, now=NOW).state == "good"
    assert when(made, now=NOW + 11 * DAY).state == "soon"
    assert when(made, now=NOW + 40 * DAY).state == "soon"
    assert when(made, now=NOW + 40 * DAY + 1_000_000).state == "expired"
    assert when(made, now=NOW - DAY).state == "not yet valid"
    assert not when(made, now=NOW + 11 * DAY).is_good


def test_importing_the_package_needs_no_cryptography() -> None:
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "import sealwire, sealwire.cli\n"
        "code = sealwire.cli.main(['ca', 'init', '--ca', '/nonexistent/x', '--name', 'x'])\n"
        "assert code == 3, code\n"
        "import sealwire.pki\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("run: pip install 'sealwire[pki]'") == 2
