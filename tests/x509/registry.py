"""What the cases have in common: certificates by name, registrations, and how a case is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import make
from make import DAY, NOW, PUMP, VALVE, certificate, key, usage

ROOT = "Root"
SUB = "Sub"


def ca(subject: str, issuer: str, **options: Any) -> bytes:
    return certificate(subject, issuer, ca=True, **options)


def leaf(issuer: str = SUB, **options: Any) -> bytes:
    return certificate(options.pop("subject", "pump"), issuer, **options)


def fleet(module: object, bits: int) -> dict[str, Any]:
    return {"id": module.bytes.hex(), "bits": bits}  # type: ignore[attr-defined]


ALL_ROLES = ["operator", "pump.controller"]


def issuers() -> dict[str, dict[str, Any]]:
    """Registrations by name; a case says which of them there are."""

    def record(**fields: Any) -> dict[str, Any]:
        given = {"fleets": [fleet(make.FLEET, 32)], "roles": ALL_ROLES, "any_role": False}
        return given | {"any_authority": False, "time_sources": False} | fields

    def anchor(subject: str, options: dict[str, Any] | None = None, **fields: Any) -> dict:
        return {"certificate": ca(subject, subject, **(options or {})).hex(), **record(**fields)}

    def authority(subject: str, **fields: Any) -> dict[str, Any]:
        return {"key": make.xy(key(subject)).hex(), **record(**fields)}

    return {
        "root": anchor(ROOT),
        "root-any": anchor(ROOT, any_authority=True, any_role=True),
        "root-time": anchor(ROOT, time_sources=True),
        "root-all": anchor(ROOT, fleets=[{"id": "00" * 16, "bits": 0}]),
        "root-short": anchor("Short root", {"path_length": 0}, any_authority=True),
        "root-ends": anchor(ROOT, {"end": NOW + 10 * DAY}),
        "root-no-crl": anchor("Root w/o CRLs", {"key_usage": usage("key_cert_sign")}),
        "other-root": anchor("Other root"),
        "sub": authority(SUB),
        "sub-valves": authority(SUB, fleets=[fleet(VALVE, 48)]),
        "sub-no-roles": authority(SUB, roles=[]),
        "sub-time": authority(SUB, time_sources=True),
        "sub-any": authority(SUB, any_authority=True),
        "sub2": authority("Sub 2"),
        "sub3": authority("Sub 3"),
    }


class Cases:
    """Collects them."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def add(
        self,
        comment: str,
        chain: Sequence[bytes],
        error: str | None = None,
        *,
        trust: Sequence[str] = ("root", "sub"),
        now: int | None = NOW,
        floor: int | None = None,
        lists: Sequence[bytes] | None = None,
        crls: Sequence[bytes] | None = None,
        by: str = "pyca/cryptography",
        **says: Any,
    ) -> None:
        """A case; `error` is none for a good one."""
        self.all.append(
            {
                "id": len(self.all) + 1,
                "comment": comment,
                "made_by": by,
                "trust": list(trust),
                "time": {"now": now} if floor is None else {"floor": floor},
                "chain": [one.hex() for one in chain],
                "lists": None if lists is None else [one.hex() for one in lists],
                "crls": None if crls is None else [one.hex() for one in crls],
                "result": "invalid" if error else "valid",
                "error": error,
                "says": None if error else {"module": PUMP.hex, "roles": []} | says,
            }
        )
