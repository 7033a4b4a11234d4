"""Keys and folders are there whole or not at all: the process killed, or failed, at every step."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sealwire as sw
from conftest import NOW, refused
from cryptography.hazmat.primitives.asymmetric import ec
from sealwire import pki
from sealwire.pki import files

DAY = 86_400_000_000
PUMP = sw.ModuleId("5ea1317e-0001-4000-8000-000000000001")
CALLS = (
    "open", "write", "fchmod", "fsync", "replace", "rename", "mkdir", "symlink", "unlink", "close",
)  # fmt: skip
KILLED = 99


class Steps:
    """Lets the process end at one of its calls: before it, after it, or in the midst of a write."""

    def __init__(self, last: int, end: Callable[[], object]) -> None:
        self.count = 0
        self.last = last
        self.end = end
        self.real = {name: getattr(os, name) for name in CALLS}

    def install(self) -> None:
        for name in CALLS:
            setattr(os, name, self.watched(name))

    def remove(self) -> None:
        for name, call in self.real.items():
            setattr(os, name, call)

    def watched(self, name: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            # A close that fails has closed.
            if name != "close":
                self.step()
            if name == "write" and self.count + 1 == self.last:
                handle, data = arguments
                self.real["write"](handle, data[: len(data) // 2])  # type: ignore[index]
                self.step()
            done = self.real[name](*arguments, **options)
            self.step()
            return done

        return call

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            self.end()


def killed_at_every_step(
    prepare: Callable[[], Path], work: Callable[[Path], object]
) -> Iterator[Path]:
    """Gives, for each step of `work`, what a process leaves that is killed there; then what one
    leaves that isn't."""
    last = 0
    while True:
        last += 1
        folder = prepare()
        child = os.fork()
        if child == 0:
            # Nothing of the tests' own may run at the end of this one.
            try:
                Steps(last, lambda: os._exit(KILLED)).install()
                work(folder)
                os._exit(0)
            except BaseException:
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in {0, KILLED}
        yield folder
        if code == 0:
            assert last > 10
            return


def failed_at_every_step(
    prepare: Callable[[], Path], work: Callable[[Path], object]
) -> Iterator[Path]:
    """The same with a disk that is full at one call."""

    def fail() -> None:
        raise OSError(28, "No space left on device")

    last = 0
    while True:
        last += 1
        folder = prepare()
        steps = Steps(last, fail)
        steps.install()
        try:
            work(folder)
            is_done = steps.count < last
        except OSError:
            is_done = False
        finally:
            steps.remove()
        yield folder
        if is_done:
            assert last > 10
            return


WAYS = pytest.mark.parametrize("way", [killed_at_every_step, failed_at_every_step])
Way = Callable[[Callable[[], Path], Callable[[Path], object]], Iterator[Path]]


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """A new empty folder at each call."""
    numbers = iter(range(100_000))

    def make() -> Path:
        folder = tmp_path / f"{next(numbers)}"
        folder.mkdir()
        return folder

    return make


@WAYS
def test_a_key_is_the_old_or_the_new_one(way: Way, fresh: Callable[[], Path]) -> None:
    old, new = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def prepare() -> Path:
        folder = fresh() / "keys"
        pki.FileKeyStore(folder).store_private_key("k", old)
        return folder

    seen = set()
    for folder in way(prepare, lambda it: pki.FileKeyStore(it).store_private_key("k", new)):
        found = pki.FileKeyStore(folder).retrieve_private_key("k")
        numbers = found.private_numbers()
        assert numbers in {old.private_numbers(), new.private_numbers()}
        seen.add(numbers)
        assert stat.S_IMODE((folder / "k.pem").stat().st_mode) == 0o600
        for left in folder.iterdir():
            assert stat.S_IMODE(left.stat().st_mode) == 0o600
        with files.locked(folder):
            assert [one.name for one in folder.iterdir()] == ["k.pem"]
    assert len(seen) == 2


@WAYS
def test_an_authority_is_there_or_not(way: Way, fresh: Callable[[], Path]) -> None:
    def work(folder: Path) -> None:
        pki.CertificateAuthority.create(folder / "ca", "Plant 7", now=NOW)

    seen = set()
    for folder in way(fresh, work):
        is_there = (folder / "ca").exists()
        seen.add(is_there)
        if is_there:
            loaded = pki.CertificateAuthority.load(folder / "ca")
            loaded.issue(PUMP, now=NOW)
            loaded.revocation_lists(now=NOW)
        else:
            work(folder)
    assert seen == {False, True}


@WAYS
def test_a_renewal_leaves_a_pair_that_fits(
    way: Way, fresh: Callable[[], Path], tmp_path: Path
) -> None:
    plant = pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7", now=NOW)
    ready = plant.issue(PUMP, now=NOW)

    def prepare() -> Path:
        folder = fresh()
        shutil.copytree(plant.folder, folder / "plant")
        return pki.Node.create(folder / "pump", ready).folder

    def work(folder: Path) -> None:
        here = pki.CertificateAuthority.load(folder.parent / "plant")
        pki.CertificateLifecycleManager(here).renew(pki.Node(folder), now=NOW)

    seen = set()
    for folder in way(prepare, work):
        node = pki.Node(folder)
        node.load().check(now=NOW)
        seen.add(node.version)
        work(folder)
        node.load().check(now=NOW)
        # What is in the folder of the authority is whole too, each record.
        here = pki.CertificateAuthority.load(folder.parent / "plant", without_key=True)
        assert all(one.certificate.endswith("-----\n") for one in here.issued())
    assert {1, 2} <= seen


@WAYS
def test_a_list_never_has_the_number_of_another(
    way: Way, fresh: Callable[[], Path], tmp_path: Path
) -> None:
    plant = pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7", now=NOW)
    made = plant.issue(PUMP, now=NOW)
    plant.revocation_lists(now=NOW)

    def prepare() -> Path:
        folder = fresh() / "ca"
        shutil.copytree(plant.folder, folder)
        return folder

    def work(folder: Path) -> None:
        one = pki.CertificateAuthority.load(folder)
        one.revoke(module_id=PUMP, now=NOW)
        one.revocation_lists(now=NOW)

    store = pki.CertificateInspector([plant.certificate.own], now=NOW)
    for folder in way(prepare, work):
        left = (folder / "ca.list").read_bytes()
        one = pki.CertificateAuthority.load(folder)
        _, after = one.revocation_lists(now=NOW)
        assert int.from_bytes(after[17:25]) > int.from_bytes(left[17:25]) or left == after
        assert one.is_revoked(made) == (int.from_bytes(after[41:43]) == 1)
    assert one.is_revoked(made)
    check = store.validate_certificate_chain
    assert refused(lambda: check(made, lists=[after], now=NOW)) == "CERTIFICATE_REVOKED"


def test_keys_are_for_their_owner(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        plant = pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7")
        node = pki.Node.create(tmp_path / "pump", plant.issue(PUMP))
    finally:
        os.umask(old)
    for folder in (plant.folder, node.folder):
        for path in (folder, *folder.rglob("*")):
            if path.is_symlink():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            public = path.suffix == ".pem" and b"PRIVATE" not in path.read_bytes()
            assert mode == (0o700 if path.is_dir() else 0o644 if public else 0o600), path
    (plant.folder / "keys/ca.pem").chmod(0o640)
    assert refused(pki.CertificateAuthority.load, plant.folder) == "INVALID_ARGUMENT"


def test_keys_are_encrypted_on_request(tmp_path: Path) -> None:
    store = pki.FileKeyStore(tmp_path / "keys")
    key = ec.generate_private_key(ec.SECP256R1())
    store.store_private_key("k", key, b"correct horse")
    assert store.is_encrypted("k")
    assert b"ENCRYPTED" in store.path("k").read_bytes()
    found = store.retrieve_private_key("k", b"correct horse")
    assert found.private_numbers() == key.private_numbers()
    assert refused(store.retrieve_private_key, "k") == "INVALID_ARGUMENT"
    assert refused(store.retrieve_private_key, "k", b"wrong") == "INVALID_ARGUMENT"
    assert refused(store.store_private_key, "k", key, b"") == "INVALID_ARGUMENT"
    for name in ("", "../k", "a/b", ".k", "k" * 65):
        assert refused(store.store_private_key, name, key) == "INVALID_ARGUMENT"
    other = ec.generate_private_key(ec.SECP384R1())
    assert refused(store.store_private_key, "k", other) == "KEY_INVALID"


class Token(ec.EllipticCurvePrivateKey):
    """A key that signs where it is, and is never given out."""

    def __init__(self, inside: ec.EllipticCurvePrivateKey) -> None:
        self._inside = inside

    curve = ec.SECP256R1()
    key_size = 256

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        return self._inside.sign(data, signature_algorithm)

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._inside.public_key()

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        raise AssertionError("nobody agrees on keys here")

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        raise AssertionError("the key stays inside")

    def private_bytes(self, *_: object) -> bytes:
        raise AssertionError("the key stays inside")

    def __copy__(self) -> Token:
        return self

    def __deepcopy__(self, _: object) -> Token:
        return self


class InMemory(pki.KeyStore):
    """A store behind the same interface."""

    def __init__(self) -> None:
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}

    def store_private_key(
        self, name: str, key: ec.EllipticCurvePrivateKey, passphrase: bytes | None = None
    ) -> None:
        self.keys[name] = Token(key)

    def retrieve_private_key(
        self, name: str, passphrase: bytes | None = None
    ) -> ec.EllipticCurvePrivateKey:
        return self.keys[name]


def test_an_authoritys_key_may_lie_elsewhere(tmp_path: Path) -> None:
    store = InMemory()
    pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7", keys=store)
    assert not (tmp_path / "plant/keys").exists()
    loaded = pki.CertificateAuthority.load(tmp_path / "plant", keys=store)
    made = loaded.issue(PUMP)
    crl, compact = loaded.revocation_lists()
    inspector = pki.CertificateInspector([loaded.certificate.anchor])
    inspector.validate_certificate_chain(made, crls=[crl])
    inspector.validate_certificate_chain(made, lists=[compact])
    with pytest.raises(FileNotFoundError):
        pki.CertificateAuthority.load(tmp_path / "plant")
    assert not (tmp_path / "plant/keys").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    plant = pki.CertificateAuthority.create(tmp_path / "plant", "Plant 7")
    before = (tmp_path / "plant/ca.pem").read_bytes()
    with pytest.raises(FileExistsError):
        pki.CertificateAuthority.create(tmp_path / "plant", "Another")
    with pytest.raises(FileExistsError):
        pki.Node.create(tmp_path / "plant", plant.issue(PUMP))
    assert (tmp_path / "plant/ca.pem").read_bytes() == before
