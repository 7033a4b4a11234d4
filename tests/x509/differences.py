"""Why OpenSSL says otherwise of a chain: one reason for each, and none that isn't needed."""

from __future__ import annotations

from typing import Any

# Chains that are refused here and that `openssl verify` takes, by our error.
STRICTER = {
    "LEAF_IS_ISSUER": "OpenSSL takes an authority's certificate as a leaf",
    "NOT_AN_ISSUER": "OpenSSL takes an authority without key usage or without a name, against "
    "RFC 5280 §4.2.1.3 and §4.1.2.6",
    "PURPOSE_MISSING": "OpenSSL's command looks for no purpose unless it is told one of its own",
    "CHAIN_NAMES": "OpenSSL builds its own path from a bag of certificates; here the order is "
    "given, and every certificate counts",
    "CHAIN_LENGTH": "OpenSSL takes a hundred certificates",
    "LEAF_KEY_USAGE": "OpenSSL's command asks no leaf for its key usage",
    "IDENTITY_MISSING": "the identity is Sealwire's",
    "IDENTITY_AMBIGUOUS": "the identity is Sealwire's",
    "IDENTITY_MALFORMED": "the identity is Sealwire's",
    "IDENTITY_OUTSIDE": "what an issuer may issue stands in its registration here",
    "ROLE_OUTSIDE": "what an issuer may issue stands in its registration here",
    "TIME_SOURCE_OUTSIDE": "what an issuer may issue stands in its registration here",
    "ISSUER_UNREGISTERED": "what an issuer may issue stands in its registration here",
    "CRITICAL_EXTENSION": "OpenSSL knows policies; here nothing reads them",
    "CERTIFICATE_ALGORITHM": "OpenSSL knows more curves, algorithms and forms of a point",
    "CERTIFICATE_MALFORMED": "OpenSSL takes BER, old versions and what RFC 5280 §4.1 doesn't "
    "allow; here a certificate has one writing",
    "CERTIFICATE_TOO_LONG": "the limit is Sealwire's",
    "REVOCATION_UNKNOWN": "the list for microcontrollers is Sealwire's; OpenSSL wasn't given it",
    "CERTIFICATE_REVOKED": "the list for microcontrollers is Sealwire's; OpenSSL wasn't given it",
}
# By comment, where only OpenSSL refuses.
BY_COMMENT = {
    "its last second": "OpenSSL ends a second earlier; RFC 5280 §4.1.2.5 has both times inclusive",
    "a floor before it": "OpenSSL has a clock; a floor is a time before which it isn't",
    "a CRL at a floor": "OpenSSL has a clock; a floor is a time before which it isn't",
}

USED: set[str] = set()


def reason(case: dict[str, Any]) -> str | None:
    """The reason for this case's difference, or none where there is no difference."""
    ours, theirs = case["error"] is None, case["openssl"] == "ok"
    if ours == theirs:
        return None
    table = BY_COMMENT if ours else STRICTER
    found = table.get(case["comment"] if ours else case["error"])
    if found is None:
        raise SystemExit(f"a difference without a reason: {case['comment']}: {case['openssl']}")
    USED.add(found)
    return found


def check_all_used() -> None:
    """A reason that no case needs is as wrong as one that is missing."""
    stale = {*STRICTER.values(), *BY_COMMENT.values()} - USED
    if stale:
        raise SystemExit(f"reasons that nothing needs: {sorted(stale)}")
