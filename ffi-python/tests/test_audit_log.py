"""An audit log: whatever was done to it shows, and what doesn't show is what the page says."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sealwire as sw

pytest.importorskip("cryptography")

from sealwire import audit_chain, audit_keys, cli
from sealwire.audit_log import AuditHandler, AuditLog, parts
from sealwire.audit_verify import AuditLogError, FileReport, verify
from sealwire.keyfile import KeyFile

PUMP = sw.ModuleId(uuid.UUID(int=1 << 64 | 1))


@dataclass
class Desk:
    """An auditor, a module, and where its log is."""

    folder: Path
    signing: sw.SigningKey

    @property
    def path(self) -> Path:
        return self.folder / "audit.log"

    @property
    def key(self) -> Path:
        return self.folder / "auditor.key"

    def open(self, **options: Any) -> AuditLog:
        auditor = audit_keys.load_public(self.folder / "auditor.pub")
        return AuditLog(self.path, module=PUMP, key=self.signing, auditor=auditor, **options)

    def check(self, *paths: Path, **options: Any) -> list[FileReport]:
        auditor = audit_keys.load_private(self.key)
        signer = audit_keys.private(self.signing).public_key()
        return verify(paths or parts(self.path), auditor, signer, **options)

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    audit_keys.keygen(tmp_path / "auditor.key", tmp_path / "auditor.pub")
    return Desk(tmp_path, sw.SigningKey.generate())


@pytest.fixture
def written(desk: Desk) -> Iterator[Desk]:
    """With a log that was closed: open, signature, 10 events with two signatures, end, signature"""
    with desk.open(sign_lines=4) as log:
        for number in range(10):
            log.append("valve", number=number)
    yield desk


def refused(desk: Desk, *paths: Path, **options: Any) -> AuditLogError:
    with pytest.raises(sw.SignatureValidationError) as caught:
        desk.check(*paths, **options)
    assert isinstance(caught.value, AuditLogError)
    return caught.value


def test_a_log_that_nobody_touched_is_intact(written: Desk) -> None:
    (report,) = written.check()
    assert report.ended == "closed"
    assert report.lines == len(written.lines()) == report.signed + 1
    assert report.module == str(PUMP)
    assert report.torn == 0
    assert sw.now() - 60_000_000 < report.first_time <= report.last_time <= sw.now()
    assert written.path.stat().st_mode & 0o777 == 0o600
    kinds = [json.loads(line.split(b"\t")[0])["kind"] for line in written.lines()]
    assert kinds[:2] == ["open", "signature"]
    assert kinds[-2:] == ["end", "signature"]
    assert kinds.count("event") == 10
    assert kinds.count("signature") == 4
    assert len(kinds) == 16


def every_line(change: Callable[[list[bytes], int], list[bytes] | None]) -> Callable[..., None]:
    """A test that does something to each line in turn."""

    def test(written: Desk) -> None:
        lines = written.lines()
        for at in range(len(lines)):
            changed = change(list(lines), at)
            if changed is None:
                continue
            written.path.write_bytes(b"".join(changed))
            assert refused(written).line <= at + 1 + (len(changed) > len(lines))
        written.path.write_bytes(b"".join(lines))
        written.check()

    return test


def without(lines: list[bytes], at: int) -> list[bytes] | None:
    # Without the last line, or the last two, it is a log that was cut: another test.
    return lines[:at] + lines[at + 1 :] if at < len(lines) - 2 else None


def digit(lines: list[bytes], at: int) -> list[bytes]:
    lines[at] = lines[at].replace(b'"t":1', b'"t":2')
    return lines


def mac(lines: list[bytes], at: int) -> list[bytes]:
    last = lines[at][-2:-1]
    lines[at] = lines[at][:-2] + (b"1" if last == b"0" else b"0") + b"\n"
    return lines


def swapped(lines: list[bytes], at: int) -> list[bytes] | None:
    if at + 1 == len(lines):
        return None
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return lines


test_a_changed_line_shows = every_line(digit)
test_a_changed_mac_shows = every_line(mac)
test_a_removed_line_shows = every_line(without)
test_two_swapped_lines_show = every_line(swapped)
test_a_doubled_line_shows = every_line(lambda lines, at: lines[: at + 1] + lines[at:])
test_an_inserted_line_shows = every_line(lambda lines, at: [*lines[:at], b"{}\n", *lines[at:]])
test_a_line_broken_in_two_shows = every_line(
    lambda lines, at: [*lines[:at], lines[at][:9] + b"\n" + lines[at][9:], *lines[at + 1 :]]
)


def test_every_flipped_bit_shows(written: Desk) -> None:
    whole = written.path.read_bytes()
    chosen = random.Random(1)
    for _ in range(300):
        at = chosen.randrange(len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << chosen.randrange(8)
        written.path.write_bytes(changed)
        if at == len(whole) - 1:
            continue  # the last newline: half a line at the end of a log, see below
        refused(written)


def test_a_cut_shows_as_a_missing_end_and_to_who_has_seen_more(written: Desk) -> None:
    (full,) = written.check()
    lines = written.lines()
    seen = {full.log: (full.lines, full.head)}
    written.check(seen=seen)
    for left in range(2, len(lines) - 1):
        written.path.write_bytes(b"".join(lines[:left]))
        (report,) = written.check()
        assert report.ended is None
        assert report.lines == left
        assert report.signed < left
        assert "were seen before" in refused(written, seen=seen).why
    written.path.write_bytes(b"".join(lines[:-1]))
    assert "isn't its signature" in refused(written).why
    written.path.write_bytes(lines[0])
    assert refused(written).code is sw.ErrorCode.SIGNATURE_WRONG
    written.path.write_bytes(b"")
    assert "no complete line" in refused(written).why


def test_a_replaced_head_shows(written: Desk) -> None:
    lines = written.lines()
    with written.open() as log:
        log.append("another log, of the same module")
    others = written.lines()
    # The beginning of another log; a whole one by somebody else for the same auditor; a seal moved.
    written.path.write_bytes(b"".join(others[:1] + lines[1:]))
    refused(written, written.path)
    intruder = Desk(written.folder, sw.SigningKey.generate())
    written.path.unlink()
    with intruder.open() as log:
        log.append("nothing happened")
    assert refused(written, written.path).code is sw.ErrorCode.SIGNATURE_WRONG
    first = json.loads(lines[0].split(b"\t")[0])
    first["log"] = str(uuid.uuid4())
    content = audit_chain.content_of(first)
    written.path.write_bytes(content + lines[0][-66:] + b"".join(lines[1:]))
    assert "isn't sealed for this auditor" in refused(written, written.path).why


def test_another_auditor_and_another_signer_can_not_be_mixed_up(
    written: Desk, tmp_path: Path
) -> None:
    audit_keys.keygen(tmp_path / "other.key", tmp_path / "other.pub")
    other = audit_keys.load_private(tmp_path / "other.key")
    mine = audit_keys.load_private(written.key)
    signer = audit_keys.private(written.signing).public_key()
    with pytest.raises(AuditLogError, match="sealed"):
        verify([written.path], other, signer)
    with pytest.raises(AuditLogError) as caught:
        verify([written.path], mine, other.public_key())
    assert caught.value.name == "SIGNATURE_WRONG"


def test_who_steals_the_current_key_can_go_on_but_change_nothing_before(desk: Desk) -> None:
    log = desk.open(sign_lines=1000)
    for number in range(5):
        log.append("valve", number=number)
    stolen = bytes(log._key._key)
    lines = desk.lines()
    log.close()

    def forged(after: int) -> bytes:
        """A line with the stolen key, as number `after + 1`, after so many of the old ones."""
        head = audit_chain.HEAD_0
        for line in lines[:after]:
            head = audit_chain.next_head(head, line.rpartition(b"\t")[0])
        members = {"n": after + 1, "t": sw.now(), "kind": "event", "event": "forged"}
        content = audit_chain.content_of(members)
        mac = audit_chain.LineKey(stolen).mac(audit_chain.next_head(head, content))
        return content + b"\t" + mac.encode() + b"\n"

    for at in range(2, len(lines)):
        for rest in ([], lines[at + 1 :]):
            desk.path.write_bytes(b"".join([*lines[:at], forged(at), *rest]))
            assert refused(desk).line == at + 1
    # What forward security doesn't give: lines after the theft. No signature is over them.
    desk.path.write_bytes(b"".join([*lines, forged(len(lines))]))
    (report,) = desk.check()
    assert report.lines == len(lines) + 1
    assert report.signed == 1
    assert report.ended is None


def test_no_earlier_key_follows_from_a_later_one_and_none_is_on_disk(desk: Desk) -> None:
    with desk.open() as log:
        key = log._key
        before = bytes(key._key)
        log.append("one")
        assert bytes(key._key) != before
        assert "0" * 8 not in repr(key)
        assert before.hex().encode() not in desk.path.read_bytes()
    assert bytes(key._key) == bytes(32)


KILLED = """
import sys, sealwire as sw
from sealwire.audit_log import AuditLog, load_public
folder, key = sys.argv[1], sw.SigningKey.from_bytes(bytes.fromhex(sys.stdin.readline()))
log = AuditLog(folder + "/audit.log", module=sw.ModuleId.random(), key=key,
               auditor=load_public(folder + "/auditor.pub"), sign_lines=5)
print("ready", flush=True)
while True:
    log.append("valve", text="x" * 50)
"""


def test_a_killed_process_leaves_whole_lines_and_the_next_one_goes_on(desk: Desk) -> None:
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, desk.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdin
        assert child.stdout
        print(desk.signing.secret_bytes().hex(), file=child.stdin, flush=True)
        assert child.stdout.readline() == "ready\n"
        while not desk.path.exists() or desk.path.stat().st_size < 20_000:
            pass
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        child.stdin.close()
        child.stdout.close()
    reports = desk.check()
    assert [report.ended for report in reports] == [None] * 3
    assert len(parts(desk.path)) == 3


def test_half_a_line_at_the_end_is_told_and_kept(desk: Desk) -> None:
    with desk.open() as log:
        log.append("one")
    lines = desk.lines()
    for left in range(1, len(lines[2])):
        desk.path.write_bytes(b"".join(lines[:2]) + lines[2][:left])
        (report,) = desk.check()
        assert (report.lines, report.torn, report.ended) == (2, left, None)
    with desk.open() as log:
        log.append("after the crash")
    before, after = desk.check()
    assert before.torn == left
    assert after.previous
    assert after.previous["torn"] == left
    desk.path.with_name("audit.log.000001").write_bytes(b"".join(lines[:2]))
    assert "lines or files are missing" in refused(desk).why


def test_files_follow_each_other_and_a_missing_one_shows(desk: Desk) -> None:
    with desk.open(max_bytes=audit_chain.MAX_LINE) as log:
        for _ in range(60):
            log.append("x" * 5000)
    files = parts(desk.path)
    assert len(files) >= 5
    reports = desk.check()
    assert [one.ended for one in reports] == ["rotated"] * (len(files) - 1) + ["closed"]
    for at in range(1, len(files) - 1):
        assert "doesn't follow" in refused(desk, *files[:at], *files[at + 1 :]).why
        refused(desk, *files[:at], files[at + 1], files[at], *files[at + 2 :])
    assert desk.check(*files[2:])[0].previous is not None
    seen = {reports[0].log: (reports[0].lines, reports[0].head)}
    assert "not among the files" in refused(desk, *files[1:], seen=seen).why
    files[1].unlink()
    refused(desk)


def test_one_process_writes_and_a_forked_one_does_not(desk: Desk) -> None:
    with desk.open() as log:
        with pytest.raises(BlockingIOError):
            desk.open()
        child = os.fork()
        if child == 0:
            try:
                log.append("from the child")
            except sw.MisuseError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        log.append("from the parent")
    with pytest.raises(sw.MisuseError):
        log.append("too late")
    desk.check()


def test_a_full_disk_leaves_no_half_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, room = os.write, 0
    rooms = (0, 1, 40, 100)

    def short(handle: int, data: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(28, "No space left on device")
        done = real(handle, data[:room])
        room -= done
        return done

    with desk.open() as log:
        for first in rooms:
            room = first
            with monkeypatch.context() as patched:
                patched.setattr(os, "write", short)
                with pytest.raises(OSError):
                    log.append("lost")
            log.append("kept")
    (report,) = desk.check()
    assert report.ended == "closed"
    assert desk.path.read_bytes().count(b'"kept"') == 4
    assert b'"lost"' not in desk.path.read_bytes()


def test_threads_share_a_log(desk: Desk) -> None:
    with desk.open(sign_lines=7) as log:

        def write() -> None:
            for number in range(50):
                log.append("valve", number=number)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    desk.check()
    assert desk.path.read_bytes().count(b'"event":"valve"') == 200


def test_what_does_not_fit_is_refused_and_the_log_goes_on(desk: Desk) -> None:
    with pytest.raises(sw.MisuseError):
        desk.open(sign_lines=0)
    with desk.open() as log:
        for data in ({"x": object()}, {"x": float("nan")}, {"x": "y" * audit_chain.MAX_LINE}):
            with pytest.raises(sw.MisuseError):
                log.append("no", **data)
        log.append("a\nline\tand a \u2028 \U0001f600 \ud800")
    (report,) = desk.check()
    assert report.ended == "closed"


def test_the_logger_of_refusals_writes_into_it(desk: Desk) -> None:
    logger = logging.getLogger("sealwire")
    with desk.open() as log:
        handler = AuditHandler(log)
        logger.addHandler(handler)
        try:
            validator = sw.Validator(PUMP, policy=sw.AnyPeer(), restart=sw.Restart.fresh_keys())
            demand = sw.Requirement.at_least(sw.Level.HMAC, sw.Context.topic("x"))
            with pytest.raises(sw.SecurityError):
                validator.validate(b"\x14\x01", demand)
            logger.warning("long %s", "x" * 100_000)
        finally:
            logger.removeHandler(handler)
        handler.lost = 3
        handler.handle(logging.LogRecord("sealwire", 30, "", 0, "after", (), None))
        assert handler.lost == 0
    desk.check()
    text = desk.path.read_text()
    assert "refused at step" in text
    assert '"cut":100005' in text
    assert '"lost":3' in text


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = cli.main([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command(written: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written.folder
    made = ("audit", "keygen", "--output", folder / "a.key", "--public", folder / "a.pub")
    assert run(*made, capsys=capsys)[0] == 0
    assert (folder / "a.key").stat().st_mode & 0o777 == 0o600
    assert run(*made, capsys=capsys)[0] == 3  # never overwritten
    signer = folder / "signer.key"
    file = KeyFile(
        algorithm=sw.Algorithm.ECDSA_P256,
        key_id=1,
        sender=PUMP,
        receiver=PUMP,
        public=written.signing.public_key,
    )
    file.save(signer)
    verify_ = ("audit", "verify", written.path, "--key", written.key, "--signer", signer)
    code, out, _ = run(*verify_, capsys=capsys)
    assert code == 0
    assert "closed" in out
    code, out, _ = run(*verify_, "--json", "--ended", capsys=capsys)
    assert code == 0
    (report,) = json.loads(out)["files"]
    assert report["ended"] == "closed"
    (folder / "seen.json").write_text(out)
    assert run(*verify_, "--seen", folder / "seen.json", capsys=capsys)[0] == 0
    written.path.write_bytes(b"".join(written.lines()[:-4]))
    code, out, _ = run(*verify_, capsys=capsys)
    assert code == 0
    assert "may be missing" in out
    assert run(*verify_, "--ended", capsys=capsys)[0] == 1
    code, _, err = run(*verify_, "--seen", folder / "seen.json", capsys=capsys)
    assert code == 1
    assert "were seen before" in err
    written.path.write_bytes(b"".join(digit(written.lines(), 3)))
    code, out, err = run(*verify_, capsys=capsys)
    assert (code, out) == (1, "")
    assert "line 4" in err
    two = (*verify_[:3], written.path, *verify_[3:])
    assert run(*two, capsys=capsys)[0] == 2
    assert run(*verify_, "--seen", written.key, capsys=capsys)[0] == 2
    assert run(*verify_[:2], folder / "nowhere", *verify_[3:], capsys=capsys)[0] == 3
    written.key.chmod(0o644)
    assert run(*verify_, capsys=capsys)[0] == 2


def test_a_seal_opens_for_one_auditor_and_one_log_only(desk: Desk) -> None:
    auditor = audit_keys.load_private(desk.key)
    log = uuid.uuid4().bytes
    sealed = audit_keys.seal(bytes(range(32)), auditor.public_key(), log)
    assert audit_keys.unseal(sealed, auditor, log) == bytes(range(32))
    assert audit_keys.unseal(sealed, auditor, bytes(16)) is None
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        assert audit_keys.unseal(bytes(changed), auditor, log) is None
        assert audit_keys.unseal(sealed[:at], auditor, log) is None
