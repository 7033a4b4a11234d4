"""Certificates, anchors and lists change in their files while both sides run: what is good is taken
without a gap, what is bad changes nothing, and under load no message is lost or refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sealwire as sw
from certified_support import ABOUT, SOURCE
from conftest import refused
from sealwire import pki
from sealwire.pki import files

LOAD = Path(__file__).resolve().parents[1] / "examples/rotation"
ALL = pki.Rights(fleets=((bytes(16), 0),), any_role=True, any_authority=True)


class Site:
    """An authority's folder, a granter and a module with theirs, each with a rotation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = pki.CertificateAuthority.create(folder / "plant", "Plant 7")
        self.authority.revocation_lists()
        self.manager = pki.CertificateLifecycleManager(self.authority)
        self.own, self.module = sw.ModuleId.random(), sw.ModuleId.random()
        self.panel = pki.Node.create(folder / "panel", self.authority.issue(self.own))
        self.pump = pki.Node.create(folder / "pump", self.authority.issue(self.module))
        self.panels_trust, self.pumps_trust = sw.TrustStore(), sw.TrustStore()
        self.panels = self.rotation(self.panel, self.panels_trust)
        self.pumps = self.rotation(self.pump, self.pumps_trust)
        fresh = sw.Restart.fresh_keys()
        self.validator = sw.Validator(self.own, policy=sw.AnyPeer(), restart=fresh)
        self.granter = sw.Granter(
            self.validator, chain=self.panels.credential, per_source=(1000, 1000)
        )
        self.panels.attach(self.granter)

    @property
    def list(self) -> Path:
        return self.folder / "plant/ca.list"

    @property
    def anchor(self) -> Path:
        return self.folder / "plant/ca.pem"

    def rotation(self, node: pki.Node, trust: sw.TrustStore, **options: Any) -> pki.Rotation:
        usual = {"anchors": {self.anchor: ALL}, "lists": [self.list]}
        return pki.Rotation(node, trust, **(usual | options))

    def session(self) -> sw.Session:
        asking = sw.Exchange()
        request = asking.begin(own=self.module, granter=self.own, chain=self.pumps.credential)
        proof = asking.challenge(self.granter.challenge(request, SOURCE))
        return asking.grant(self.granter.grant(proof, SOURCE).answer)

    def accepts(self, sealer: sw.Sealer) -> bool:
        about = sw.Requirement.at_least(sw.Level.HMAC, ABOUT)
        try:
            return self.validator.validate(sealer.seal(b"1", ABOUT), about).sender == self.module
        except sw.SecurityError:
            return False


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def wait_for(what: Callable[[], object]) -> None:
    """Until it is so. Ends by the test's own time limit otherwise."""
    pause = threading.Event()
    for _ in range(6000):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")


def test_renewed_certificates_are_taken_and_sessions_go_on(site: Site) -> None:
    old = sw.Sealer.for_session(site.session())
    assert site.accepts(old)
    assert not site.panels.refresh() and not site.pumps.refresh()
    before = site.panels.credential, site.pumps.credential
    site.manager.renew(site.panel)
    site.manager.renew(site.pump)
    assert site.panels.refresh() and site.pumps.refresh()
    assert not site.panels.refresh() and not site.pumps.refresh()
    assert before[0].public_key != site.panels.credential.public_key
    assert before[1].public_key != site.pumps.credential.public_key
    new = sw.Sealer.for_session(site.session())
    assert site.accepts(new) and site.accepts(old) and site.accepts(new)


def test_a_bad_certificate_changes_nothing_and_holds_nothing_back(site: Site) -> None:
    other = site.authority.issue(sw.ModuleId.random())
    good = site.panels.credential
    site.panel.switch(site.panel.add(other))
    newer = site.authority.revocation_lists()[1]
    with pytest.raises(sw.CertificateValidationError) as caught:
        site.panels.refresh()
    assert caught.value.name == "IDENTITY_MISMATCH"
    assert site.panels.credential is good
    # The list beside it was taken.
    number = int.from_bytes(newer[17:25], "big")
    assert site.panels_trust.lowest_list(newer[1:17]) == number
    # It is looked at again, as long as it is bad.
    assert refused(site.panels.refresh) == "IDENTITY_MISMATCH"
    site.panel.switch(1)
    site.panels.refresh()
    assert site.accepts(sw.Sealer.for_session(site.session()))


def test_a_deployment_that_a_side_refuses_goes_back(site: Site) -> None:
    site.manager = pki.CertificateLifecycleManager(
        site.authority, deploy=lambda _node: site.panels.refresh()
    )
    key = site.panels.credential.public_key
    newer = site.panel.folder / "versions/0002/key.pem"

    def spoil(_node: pki.Node) -> None:
        newer.write_bytes(b"not a key")
        site.panels.refresh()

    broken = pki.CertificateLifecycleManager(site.authority, deploy=spoil)
    with pytest.raises(sw.SecurityError):
        broken.renew(site.panel)
    assert site.panel.version == 1
    site.panels.refresh()
    assert site.panels.credential.public_key == key
    assert site.manager.renew(site.panel).renewed
    assert site.panels.credential.public_key != key


def test_lists_are_taken_and_none_goes_back(site: Site) -> None:
    sealer = sw.Sealer.for_session(site.session())
    assert site.accepts(sealer)
    older = site.list.read_bytes()
    site.authority.revoke(module_id=site.module)
    newer = site.authority.revocation_lists()[1]
    assert site.accepts(sealer)
    assert site.panels.refresh()
    assert not site.accepts(sealer)
    assert refused(site.session) == "CERTIFICATE_REVOKED"
    files.write_whole(site.list, older)
    assert refused(site.panels.refresh) == "REVOCATION_OLD"
    assert refused(site.session) == "CERTIFICATE_REVOKED"
    files.write_whole(site.list, newer)
    site.panels.refresh()


def test_crls_are_taken_and_none_goes_back(site: Site) -> None:
    crl = site.folder / "plant/ca.crl"
    panels = site.rotation(site.panel, sw.TrustStore(), lists=[], crls=[crl], revocation="crls")
    panels.attach(site.granter)
    sealer = sw.Sealer.for_session(site.session())
    assert site.accepts(sealer)
    older = crl.read_bytes()
    site.authority.revoke(module_id=site.module)
    site.authority.revocation_lists()
    assert panels.refresh() and not site.accepts(sealer)
    files.write_whole(crl, older)
    assert refused(panels.refresh) == "REVOCATION_OLD"
    files.write_whole(crl, b"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n")
    assert refused(panels.refresh) == "REVOCATION_MALFORMED"
    assert refused(site.session) == "CERTIFICATE_REVOKED"


def test_anchors_come_and_go(site: Site) -> None:
    anchors = site.folder / "anchors.pem"
    first = site.anchor.read_bytes()
    files.write_whole(anchors, first)
    trust = sw.TrustStore(2)
    watched = site.rotation(site.panel, trust, anchors={anchors: ALL}, revocation="unchecked")
    watched.attach(site.granter)
    assert site.session().peer == site.own

    # A second one beside it; then the first goes.
    other = pki.CertificateAuthority.create(site.folder / "plant8", "Plant 8")
    second = other.certificate.to_pem()
    files.write_whole(anchors, first + second)
    assert watched.refresh() and site.session().peer == site.own
    chain = other.issue(site.module).chain
    assert trust.check(chain, unchecked=True).module == site.module
    files.write_whole(anchors, second)
    assert watched.refresh()
    assert refused(site.session) == "UNKNOWN_ANCHOR"
    # Without any that can be read the ones before stay.
    files.write_whole(anchors, b"nothing")
    assert refused(watched.refresh) == "CERTIFICATE_MALFORMED"
    assert trust.check(chain, unchecked=True).module == site.module


def test_an_anchors_renewed_certificate_takes_its_place(site: Site) -> None:
    authority = site.authority.certificate
    assert authority.key is not None
    renewed = pki.Certificate.create_ca("Plant 7", key=authority.key, days=4000)
    anchors = site.folder / "anchors.pem"
    files.write_whole(anchors, site.anchor.read_bytes())
    trust = sw.TrustStore(1)
    watched = site.rotation(site.panel, trust, anchors={anchors: ALL})
    issuer = trust.check(site.pump.certificate().chain, unchecked=True).anchor
    number = trust.lowest_list(issuer)
    files.write_whole(anchors, renewed.to_pem())
    assert watched.refresh()
    checked = trust.check(site.pump.certificate().chain, unchecked=True)
    assert checked.anchor == issuer and trust.lowest_list(issuer) == number
    watched.attach(site.granter)
    assert site.session().peer == site.own


def test_watching_takes_what_comes_and_says_what_is_bad(site: Site) -> None:
    failures: list[Exception] = []
    with site.panels.watch(every=0.01, on_error=failures.append):
        key = site.panels.credential.public_key
        site.manager.renew(site.panel)
        wait_for(lambda: site.panels.credential.public_key != key)
        older = site.list.read_bytes()
        site.authority.revoke(module_id=site.module)
        newer = site.authority.revocation_lists()[1]
        wait_for(lambda: site.panels_trust.lowest_list(newer[1:17]) > 1)
        files.write_whole(site.list, older)
        wait_for(lambda: failures)
        assert isinstance(failures[0], sw.CertificateValidationError)
        assert failures[0].name == "REVOCATION_OLD"
        assert refused(site.session) == "CERTIFICATE_REVOKED"
        files.write_whole(site.list, newer)
    assert not any(thread.name == "sealwire rotation" for thread in threading.enumerate())


def test_a_folder_that_is_not_good_is_refused_at_the_beginning(site: Site) -> None:
    with pytest.raises(FileNotFoundError):
        site.rotation(site.panel, sw.TrustStore(), lists=[site.folder / "none.list"])
    nobody = site.folder / "nobody.list"
    nobody.write_bytes(b"")
    assert refused(lambda: site.rotation(site.panel, sw.TrustStore(), lists=[nobody]))


def test_ten_rotations_under_load_lose_and_refuse_nothing() -> None:
    """Two pumps, a panel and the operator, each a process: a share of the load. The whole one is
    `under_load.py` without arguments."""
    rates = ("--seconds", "2", "--rate4", "1000", "--rate5", "100", "--json")
    command = [sys.executable, str(LOAD / "under_load.py"), *rates]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=os.environ.copy()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reports = [json.loads(one) for one in done.stdout.splitlines()]
    assert [report["level"] for report in reports] == [4, 5]
    for report, least in zip(reports, (2_000, 200), strict=True):
        assert report["sent"] >= least
        assert report["accepted"] == {str(report["level"]): report["sent"]}
        assert (report["refused"], report["missing"], report["sessions"]) == ({}, 0, 11)
