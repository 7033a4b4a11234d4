"""Consistent overhead byte stuffing, after the listing in Cheshire and Baker's paper."""

from .errors import Refused


def encode(data: bytes) -> bytes:
    """`data` without a zero byte, as the paper's StuffData writes it (R3)."""
    out = bytearray()
    block = bytearray()
    for byte in data:
        if byte:
            block.append(byte)
        if byte == 0 or len(block) == 254:
            out += bytes([len(block) + 1]) + block
            block.clear()
    return bytes(out) + bytes([len(block) + 1]) + bytes(block)


def decode(packet: bytes) -> bytes:
    """What was encoded. A final code 01 after a full block may be there or not (R3)."""
    out = bytearray()
    at = 0
    while at < len(packet):
        code = packet[at]
        block = packet[at + 1 : at + code]
        if code == 0 or len(block) != code - 1 or 0 in block:
            raise Refused("COBS")
        out += block
        at += code
        if code != 255 and at < len(packet):
            out.append(0)
    return bytes(out)
