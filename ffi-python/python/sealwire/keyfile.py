"""Key files: what `sealwire keygen` writes and programs load.

A key file is JSON, UTF-8, one object:

| member | kinds | content |
| --- | --- | --- |
| `format` | all | `"sealwire-key-1"` |
| `kind` | all | `"hmac"`, `"p256"` (both secret) or `"p256-public"` |
| `algorithm` | all | `"HMAC-SHA256"`, `"HMAC-SHA256-128"` or `"ECDSA-P256"` |
| `key_id` | all | 0 to 2**32 - 1 |
| `sender` | all | module ID of the one who seals, as a UUID |
| `receiver` or `group` | all | ID of the one receiver, or of the group |
| `counter_only` | all, optional | `true` if the sender has no clock |
| `secret` | `hmac`, `p256` | 32 bytes, base64 |
| `public` | `p256`, `p256-public` | x and y, 64 bytes, base64 |

Any other member, and any value that doesn't fit, is an error. A file with a secret is made with
mode 0600, and refused when its group or others may read or write it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sealwire._native import (
    ModuleId,
    NonceStart,
    PeerKey,
    PeerSecret,
    PublicKey,
    Sealer,
    SigningKey,
)
from sealwire.errors import ErrorCode, MisuseError
from sealwire.levels import Algorithm

__all__ = ["FORMAT", "KeyFile"]

FORMAT = "sealwire-key-1"
MAX_BYTES = 4096
"""No key file is longer."""

_MEMBERS = {
    "hmac": {"secret"},
    "p256": {"secret", "public"},
    "p256-public": {"public"},
}
_ALGORITHMS = {
    "hmac": (Algorithm.HMAC_SHA256, Algorithm.HMAC_SHA256_128),
    "p256": (Algorithm.ECDSA_P256,),
    "p256-public": (Algorithm.ECDSA_P256,),
}


def _bad(detail: str, path: str | os.PathLike[str] | None = None) -> MisuseError:
    where = "key file" if path is None else f"key file {path}"
    return MisuseError(ErrorCode.INVALID_ARGUMENT, f"{where}: {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key, and for whom it is. `repr` elides the secret."""

    algorithm: Algorithm
    key_id: int
    sender: ModuleId
    receiver: ModuleId | None = None
    group: ModuleId | None = None
    counter_only: bool = False
    secret: PeerSecret | SigningKey | None = None
    public: PublicKey | None = None

    @property
    def kind(self) -> str:
        """ "hmac", "p256" or "p256-public"."""
        if isinstance(self.secret, PeerSecret):
            return "hmac"
        return "p256-public" if self.secret is None else "p256"

    @property
    def audience(self) -> ModuleId:
        """The receiver's or the group's ID."""
        return cast("ModuleId", self.receiver or self.group)

    @staticmethod
    def generate(
        algorithm: Algorithm,
        *,
        key_id: int,
        sender: ModuleId,
        receiver: ModuleId | None = None,
        group: ModuleId | None = None,
        counter_only: bool = False,
    ) -> KeyFile:
        """A new key.

        Raises:
            MisuseError: INVALID_ARGUMENT, INVALID_ID if something doesn't fit.
            UnavailableError: NO_ENTROPY.
        """
        is_signed = algorithm is Algorithm.ECDSA_P256
        secret = SigningKey.generate() if is_signed else PeerSecret.generate()
        made = KeyFile(
            algorithm=algorithm,
            key_id=key_id,
            sender=sender,
            receiver=receiver,
            group=group,
            counter_only=counter_only,
            secret=secret,
            public=secret.public_key if isinstance(secret, SigningKey) else None,
        )
        return KeyFile.from_json(made.to_json())

    def without_secret(self) -> KeyFile:
        """The public part, for the receivers.

        Raises:
            MisuseError: KEY_KIND if the secret is shared and has none.
        """
        if self.public is None:
            raise MisuseError(ErrorCode.KEY_KIND, "a shared secret has no public part")
        return KeyFile(
            algorithm=self.algorithm,
            key_id=self.key_id,
            sender=self.sender,
            receiver=self.receiver,
            group=self.group,
            counter_only=self.counter_only,
            public=self.public,
        )

    def sealer(self, start: NonceStart) -> Sealer:
        """What seals with this key.

        Args:
            start: where nonces begin.

        Raises:
            MisuseError: KEY_KIND for a public key; INVALID_ID; INVALID_NONCE_START.
        """
        if isinstance(self.secret, PeerSecret):
            return Sealer.hmac(
                key_id=self.key_id,
                sender=self.sender,
                receiver=self.receiver,
                group=self.group,
                secret=self.secret,
                start=start,
                tag=self._tag,
                counter_only=self.counter_only,
            )
        if self.secret is None:
            raise MisuseError(ErrorCode.KEY_KIND, "a public key doesn't seal")
        return Sealer.ecdsa(
            key_id=self.key_id,
            sender=self.sender,
            receiver=self.receiver,
            group=self.group,
            key=self.secret,
            start=start,
            counter_only=self.counter_only,
        )

    def peer_key(self, *, role: int = 0, expires: int | None = None) -> PeerKey:
        """What a receiver registers.

        Args:
            role, expires: as for `PeerKey.hmac`.

        Raises:
            MisuseError: INVALID_ARGUMENT.
        """
        if isinstance(self.secret, PeerSecret):
            return PeerKey.hmac(
                self.key_id,
                self.sender,
                self.secret,
                tag=self._tag,
                group=self.group,
                role=role,
                expires=expires,
                counter_only=self.counter_only,
            )
        return PeerKey.ecdsa(
            self.key_id,
            self.sender,
            cast("PublicKey", self.public),
            group=self.group,
            role=role,
            expires=expires,
            counter_only=self.counter_only,
        )

    @property
    def _tag(self) -> Literal["full", "short"]:
        return "short" if self.algorithm is Algorithm.HMAC_SHA256_128 else "full"

    def to_json(self) -> str:
        """The file's text, the secret in it."""
        members: dict[str, object] = {
            "format": FORMAT,
            "kind": self.kind,
            "algorithm": self.algorithm.text,
            "key_id": self.key_id,
            "sender": str(self.sender),
        }
        if self.receiver is not None:
            members["receiver"] = str(self.receiver)
        if self.group is not None:
            members["group"] = str(self.group)
        if self.counter_only:
            members["counter_only"] = True
        if self.secret is not None:
            members["secret"] = base64.b64encode(self.secret.secret_bytes()).decode()
        if self.public is not None:
            members["public"] = base64.b64encode(bytes(self.public)).decode()
        return json.dumps(members, indent=2) + "\n"

    @staticmethod
    def from_json(text: str | bytes) -> KeyFile:
        """The key in a file's text.

        Raises:
            MisuseError: INVALID_ARGUMENT, with what is wrong; INVALID_ID; KEY_LENGTH; KEY_INVALID.
        """
        try:
            members = json.loads(text, object_pairs_hook=_no_doubles)
        except (ValueError, RecursionError):
            raise _bad("not JSON") from None
        if not isinstance(members, dict) or members.get("format") != FORMAT:
            raise _bad(f"not of the format {FORMAT}")
        kind = members.get("kind")
        if not isinstance(kind, str) or kind not in _MEMBERS:
            raise _bad("unknown kind")
        _no_strangers(members, kind)
        algorithm = {a.text: a for a in _ALGORITHMS[kind]}.get(str(members.get("algorithm")))
        if algorithm is None:
            raise _bad(f"the algorithm doesn't fit the kind {kind}")
        key_id = members.get("key_id")
        if type(key_id) is not int or not 0 <= key_id < 1 << 32:
            raise _bad("key_id is a number from 0 to 2**32 - 1")
        counter_only = members.get("counter_only", False)
        if type(counter_only) is not bool:
            raise _bad("counter_only is true or false")
        secret, public = _keys(members, kind)
        return KeyFile(
            algorithm=algorithm,
            key_id=key_id,
            sender=_id(members, "sender"),
            receiver=_id(members, "receiver") if "receiver" in members else None,
            group=_id(members, "group") if "group" in members else None,
            counter_only=counter_only,
            secret=secret,
            public=public,
        )

    @staticmethod
    def load(path: str | os.PathLike[str]) -> KeyFile:
        """The key in the file at `path`.

        Raises:
            OSError: it can't be read.
            MisuseError: as `from_json`; INVALID_ARGUMENT if it holds a secret and others than its
                owner may read or write it.
        """
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise _bad("too long", path)
        try:
            key = KeyFile.from_json(text)
        except MisuseError as error:
            detail = error.detail.removeprefix("key file: ") or error.code.sentence
            raise MisuseError(error.code, f"key file {path}: {detail}") from None
        if key.secret is not None and os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise _bad(f"others than the owner may use it; run: chmod 600 {path}", path)
        return key

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a new file at `path`: mode 0600, or 0644 without a secret. Never overwrites.

        Raises:
            FileExistsError: there is something at `path`.
            OSError: it can't be written; nothing is left of it.
        """
        mode = 0o644 if self.secret is None else 0o600
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.to_json())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                Path(path).unlink()
            raise


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_strangers(members: dict[str, Any], kind: str) -> None:
    always = {"format", "kind", "algorithm", "key_id", "sender"}
    known = always | _MEMBERS[kind] | {"receiver", "group", "counter_only"}
    if strangers := sorted(members.keys() - known):
        raise _bad(f"unknown member {strangers[0]!r}")
    if missing := sorted((always | _MEMBERS[kind]) - members.keys()):
        raise _bad(f"member {missing[0]!r} is missing")
    if ("receiver" in members) == ("group" in members):
        raise _bad("either a receiver or a group is named")


def _id(members: dict[str, Any], name: str) -> ModuleId:
    if not isinstance(members[name], str):
        raise _bad(f"{name} is a UUID")
    return ModuleId(members[name])


def _bytes(members: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(members[name], validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise _bad(f"{name} is not base64") from None


def _keys(
    members: dict[str, Any], kind: str
) -> tuple[PeerSecret | SigningKey | None, PublicKey | None]:
    if kind == "hmac":
        return PeerSecret.from_bytes(_bytes(members, "secret")), None
    public = PublicKey.from_bytes(_bytes(members, "public"))
    if kind == "p256-public":
        return None, public
    secret = SigningKey.from_bytes(_bytes(members, "secret"))
    if secret.public_key != public:
        raise _bad("public and secret are not of one pair")
    return secret, public
