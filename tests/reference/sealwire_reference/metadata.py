"""The metadata codec (PROTOCOL.md §2, §3.1): bytes to fields and back, from left to right."""

from dataclasses import dataclass

from .errors import Refused

VERSION = 1
MAX_TIMESTAMP = 2**63 - 1
MAX_PAYLOAD = 2**28 - 1
BURST = 4
TAG_BYTES = {0: 0, 1: 32, 2: 16, 3: 64}
ALGORITHMS_OF_LEVEL = {1: {0}, 2: {0}, 3: {0}, 4: {1, 2}, 5: {3, BURST}}
SET_ASIDE = {5}


@dataclass(frozen=True)
class Metadata:
    """What a frame says of itself. `sender` at levels 1-3, `key_id` at 4-5; the other is None."""

    level: int
    algorithm: int
    sender: bytes | None
    key_id: int | None
    timestamp: int
    nonce: int
    length: int

    def encode(self) -> bytes:
        """The one way to write it."""
        who = self.sender if self.level <= 3 else write_varint(self.key_id)
        return (
            bytes([VERSION << 4 | self.level, self.algorithm])
            + who
            + write_varint(self.timestamp)
            + write_varint(self.nonce)
            + write_varint(self.length)
        )


def decode(data: bytes) -> tuple[Metadata, int]:
    """The metadata at the start of `data` and how many bytes it took. The first wrong byte
    decides the refusal (R1)."""
    head, at = _take(data, 0, 1)
    version, level = head[0] >> 4, head[0] & 15
    if version != VERSION:
        raise Refused("UNKNOWN_VERSION")
    if level not in ALGORITHMS_OF_LEVEL:
        raise Refused("UNKNOWN_LEVEL")
    algorithm, at = _take(data, at, 1)
    algorithm = algorithm[0]
    if algorithm in SET_ASIDE:
        raise Refused("UNSUPPORTED_ALGORITHM")
    if algorithm not in {*TAG_BYTES, BURST}:
        raise Refused("UNKNOWN_ALGORITHM")
    if algorithm not in ALGORITHMS_OF_LEVEL[level]:
        raise Refused("PAIR_MISMATCH")
    sender = key_id = None
    if level <= 3:
        sender, at = _take(data, at, 16)
    else:
        key_id, at = read_varint(data, at, 32)
    timestamp, at = read_varint(data, at, 64)
    if timestamp > MAX_TIMESTAMP:
        raise Refused("TIMESTAMP_RANGE")
    nonce, at = read_varint(data, at, 64)
    length, at = read_varint(data, at, 32)
    if length > MAX_PAYLOAD:
        raise Refused("PAYLOAD_TOO_LONG")
    return Metadata(level, algorithm, sender, key_id, timestamp, nonce, length), at


def write_varint(value: int) -> bytes:
    """Seven bits a byte, low bits first, the top bit set on all but the last."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """A number of at most `bits` bits at `at`, and where the next field begins. All are read as
    numbers of 64 bits."""
    value = shift = 0
    while True:
        (byte,), at = _take(data, at, 1)
        if shift == 63 and byte > 1:
            raise Refused("VARINT")
        value |= (byte & 127) << shift
        if not byte & 128:
            if value >> bits or (byte == 0 and shift):
                raise Refused("VARINT")
            return value, at
        shift += 7


def _take(data: bytes, at: int, count: int) -> tuple[bytes, int]:
    if len(data) - at < count:
        raise Refused("TRUNCATED")
    return data[at : at + count], at + count
