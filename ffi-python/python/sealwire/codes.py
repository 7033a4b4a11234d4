"""Why something is refused. Written by make_codes.py from the core's table."""

from __future__ import annotations

from enum import IntEnum

from sealwire import _native

__all__ = ["ErrorCode"]


class ErrorCode(IntEnum):
    """The reasons. Numbers never change; hundreds are areas. `sentence` says what each means."""

    TRUNCATED = 101
    TRAILING_BYTES = 102
    UNKNOWN_VERSION = 103
    UNKNOWN_LEVEL = 104
    UNKNOWN_ALGORITHM = 105
    PAIR_MISMATCH = 106
    VARINT = 107
    PAYLOAD_TOO_LONG = 108
    TIMESTAMP_RANGE = 109
    LENGTH_MISMATCH = 110
    COBS = 111
    STREAM_TOO_LONG = 112
    UNSUPPORTED_ALGORITHM = 113
    SIGNATURE_RANGE = 114
    SIGNATURE_HIGH_S = 115
    BURST_SHAPE = 116
    LEVEL_TOO_LOW = 201
    LEVEL_NOT_EXACT = 202
    GROUP_NOT_ALLOWED = 203
    POLICY_REFUSED = 204
    POLICY_MISSING = 205
    UNKNOWN_SENDER = 301
    UNKNOWN_KEY = 302
    KEY_EXPIRED = 303
    KEY_REVOKED = 304
    KEY_ALGORITHM = 305
    KEY_CHANGED = 306
    NO_CLOCK = 401
    TOO_OLD = 402
    TOO_NEW = 403
    BEFORE_RESTART = 404
    CLOCK_STEPPED_BACK = 405
    TIMESTAMP_NOT_ZERO = 406
    REPLAYED = 501
    NONCE_TOO_OLD = 502
    NONCE_LIMIT = 503
    NONCE_CACHE_FULL = 504
    NO_WINDOW_STATE = 505
    TAG_WRONG = 601
    SIGNATURE_WRONG = 602
    NO_ENGINE = 603
    ENGINE_FAILED = 604
    VERIFICATION_BUDGET = 605
    NONCES_SPENT = 701
    KEY_SPENT = 702
    NO_ENTROPY = 703
    NULL_POINTER = 801
    OVERLAP = 802
    BUFFER_TOO_SMALL = 803
    OBJECT_SIZE = 804
    NOT_INITIALISED = 805
    KEY_LENGTH = 806
    KEY_INVALID = 807
    KEY_KIND = 808
    INVALID_ID = 809
    DUPLICATE_KEY_ID = 810
    DUPLICATE_KEY = 811
    TABLE_FULL = 812
    ROLLOVER_PENDING = 813
    INVALID_CONTEXT = 814
    INVALID_LIMITS = 815
    INVALID_STATE = 816
    INVALID_NONCE_START = 817
    INVALID_ARGUMENT = 818
    ABI_MISMATCH = 819
    ABSURD_LENGTH = 820
    NONCE_QUOTA = 821
    BURST_STORAGE = 822
    ACCESS_MALFORMED = 901
    ACCESS_KIND = 902
    ACCESS_ELSEWHERE = 903
    ACCESS_STATE = 904
    COOKIE_WRONG = 905
    COOKIE_EXPIRED = 906
    ACCESS_UNKNOWN_MODULE = 907
    CREDENTIAL_KIND = 908
    ACCESS_MAC_WRONG = 909
    ACCESS_SIGNATURE_WRONG = 910
    ACCESS_REPLAYED = 911
    SECRET_LEVEL = 912
    LEVEL_NOT_GRANTED = 913
    ROLE_NOT_GRANTED = 914
    CREDENTIAL_EXPIRED = 915
    ACCESS_BUSY = 916
    ACCESS_FORBIDDEN = 917
    ACCESS_UNAVAILABLE = 918
    SESSION_UNCONFIRMED = 919
    SESSION_UNKNOWN = 920
    TIME_TOO_SLOW = 921
    TIME_BEFORE_FLOOR = 922
    NOT_TIME_SOURCE = 923
    TOKEN_UNKNOWN = 924
    INVALID_ROLE = 925
    METADATA_COPY = 1101
    BODY_MISSING = 1102
    MANAGER_MISSING = 1103
    LEGACY_FORM = 1104
    LEGACY_NOT_ALLOWED = 1105

    @property
    def kind(self) -> str:
        """The class: malformed, stale, unauthenticated, forbidden, unavailable or misuse."""
        return _TABLE[self][0]

    @property
    def sentence(self) -> str:
        """One sentence for a person."""
        return _TABLE[self][1]


_TABLE = {number: (kind, sentence) for number, _, kind, sentence in _native.ERRORS}
