"""The pump with a certificate (firmware-example/src/bin/identity.rs) in QEMU: the whole story of
demo/certificates.py, and what the device itself refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import firmware
import pytest
from house import ROOT

sys.path.insert(0, str(ROOT / "demo"))

import certificates
import desk
import sealwire as sw

M4 = "thumbv7em-none-eabihf"
STORY = """\
operator ca init
operator ca issue, ca crl
pump makes a key, asks for a certificate
operator ca sign, another fingerprint refused
operator ca sign, the one on the display
granter checks the pump's chain a session, level 5
granter frames accepted, level 5
pump makes the next key, asks again
operator ca sign renewed
granter frames after the first one's end accepted
operator ca revoke, ca crl the granter takes the list
granter the next frame refused, UNKNOWN_KEY
granter the pump asks for another session refused, CERTIFICATE_REVOKED
pump its two private keys never on the line
"""


@pytest.fixture(scope="module")
def image() -> Path:
    return firmware.image(M4, "identity")


def test_from_the_first_key_to_the_last_refusal(image: Path) -> None:
    command = [sys.executable, ROOT / "demo/certificates.py", image, "--seconds", "40"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=190, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [re.sub(r" +", " ", line) for line in done.stdout.splitlines()]
    for line, wanted in zip(said, STORY.splitlines(), strict=False):
        assert line.startswith(wanted)
    assert len(said) == len(STORY.splitlines()) + 2


class Desk(certificates.Story):
    """A story in which nothing is delivered but what a test sends."""

    def deliver(self) -> None:
        pass

    def says(self, line: str) -> None:
        self.until(lambda: line in self.display)

    def chain_of(self, node: str) -> bytes:
        return b"".join(desk.pki.Node(self.folder / node).load().chain)


@pytest.fixture
def story(image: Path, tmp_path: Path) -> Desk:
    return Desk(tmp_path, image, 3600)


def test_takes_only_a_certificate_for_its_id_and_its_key_and_keeps_it(story: Desk) -> None:
    flash = story.prepare()
    issue = ("ca", "issue", "--ca", "plant", "--role", "pump", "--days", "1")
    other = "5ea1317e-0002-4000-8000-000000000001"
    story.operator.must(*issue, "--module-id", other, "--output", "other")
    story.operator.must(*issue, "--module-id", str(certificates.PUMP), "--output", "twin")

    def first() -> None:
        story.until(lambda: story.signed)
        [chain] = story.signed.values()
        right = chain.result(60)
        story.send(certificates.CHAIN, story.chain_of("other"))
        story.says("no certificate: IDENTITY_MISMATCH")
        story.send(certificates.CHAIN, story.chain_of("twin"))
        story.says("no certificate: KEY_KIND")
        story.send(certificates.CHAIN, right[:-1] + bytes([right[-1] ^ 1]))
        story.says("no certificate: CERTIFICATE_SIGNATURE")
        story.must(not story.granter.granted, "a session without a certificate")
        story.send(certificates.CHAIN, right)
        story.says("certified")
        story.until(lambda: len(story.granter.accepted) >= 2)

    def after_a_reset() -> None:
        before = len(story.granter.accepted)
        story.until(lambda: len(story.granter.accepted) >= before + 2)
        story.must(len(story.shown()) == 1, "asked again for what it has")

    story.play(flash, first)
    story.play(flash, after_a_reset)
    assert story.granter.refused == story.granter.denied == []


def test_takes_no_session_from_a_granter_that_its_anchor_does_not_vouch_for(story: Desk) -> None:
    flash = story.prepare()
    must, own = story.operator.must, story.granter.validator.own
    must("ca", "init", "--ca", "other", "--name", "Another plant")
    issue = ("ca", "issue", "--ca", "other", "--module-id", str(own), "--role", "granter")
    must(*issue, "--days", "1", "--output", "impostor")
    anchor = desk.anchor_of(story.folder / "plant")
    story.granter = desk.Granter(story.folder, anchor, certificates.PUMP, own, "impostor")

    def chapters() -> None:
        story.until(lambda: story.signed)
        [chain] = story.signed.values()
        story.send(certificates.CHAIN, chain.result(60))
        story.says("no session: UNKNOWN_ANCHOR")
        begun = time.monotonic()
        story.until(lambda: time.monotonic() > begun + 1)
        story.must(not story.granter.accepted, "a frame for an impostor")

    story.play(flash, chapters)
    assert "session" not in story.display
    assert isinstance(story.granter.granted[0], sw.Session)
