"""Frame keys with every value on the way (PROTOCOL.md §4.1)."""

from cryptography.hazmat.primitives import hashes, hmac

from .make import ALICE, BOB, GROUP, OWN, TAG, Key, secret
from .suite import FLAGS, SCHEMA


def document() -> dict:
    """The file; its cases are no operations but values."""
    first, second = secret("derive one"), secret("derive two")
    keys = [
        (Key(1, ALICE, 1, first), OWN, "Alice to the receiver, 32-byte tags"),
        (Key(1, ALICE, 2, first), OWN, "16-byte tags"),
        (Key(1, OWN, 1, first), ALICE, "the other direction"),
        (Key(1, OWN, 2, first), ALICE, "the other direction, 16-byte tags"),
        (Key(1, ALICE, 1, second), OWN, "another secret"),
        (Key(1, ALICE, 1, first), BOB, "another receiver"),
        (Key(1, BOB, 1, first), OWN, "another sender"),
        (Key(1, ALICE, 1, first, group=GROUP), OWN, "for a group"),
        (Key(1, BOB, 1, first, group=GROUP), OWN, "for a group, another member"),
        (Key(1, ALICE, 2, first, group=GROUP), OWN, "for a group, 16-byte tags"),
        (Key(1, ALICE, 1, first, group=OWN), OWN, "for a group with the receiver's ID"),
        (Key(1, ALICE, 1, b"\x01" * 32), OWN, "a secret of one byte's value"),
        (Key(1, ALICE, 1, b"\xff" * 32), OWN, "a secret of ones"),
    ]
    tests = [_case(i, *entry) for i, entry in enumerate(keys, 1)]
    assert len({t["frame_key"] for t in tests}) == len(tests)
    return {
        "schema": SCHEMA,
        "title": "Frame keys",
        "number_of_tests": len(tests),
        "notes": {"Normal": FLAGS["Normal"]},
        "groups": [{"comment": "From peer secret to frame key", "setup": None, "tests": tests}],
    }


def extracted(peer_secret: bytes) -> bytes:
    """HKDF-Extract: the salt is the HMAC's key."""
    state = hmac.HMAC(b"sealwire/1 key", hashes.SHA256())
    state.update(peer_secret)
    return state.finalize()


def _case(number: int, key: Key, own: bytes, comment: str) -> dict:
    audience = key.audience(own)
    return {
        "tcId": number,
        "comment": comment,
        "flags": ["Normal"],
        "result": "valid",
        "error": None,
        "secret": key.material.hex(),
        "algorithm": key.algorithm,
        "tag_length": TAG[key.algorithm],
        "audience_kind": audience[0],
        "sender": key.sender.hex(),
        "audience": audience[1:].hex(),
        "prk": extracted(key.material).hex(),
        "info": key.info(own).hex(),
        "frame_key": key.frame_key(own).hex(),
    }
