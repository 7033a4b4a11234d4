"""The reference's primitives against the RFCs: 4231 (HMAC), 5869 (HKDF), 6979 (ECDSA),
and the trees drawn in 9162."""

from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from sealwire_reference import authenticated, burst, signature


def test_hmac_gives_the_answers_of_rfc_4231() -> None:
    cases = [
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ]
    for key, message, answer in cases:
        assert authenticated.mac(key, message).hex() == answer


def test_hkdf_gives_the_answers_of_rfc_5869() -> None:
    extracted = authenticated.mac(bytes(range(13)), b"\x0b" * 22)
    assert extracted.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    expanded = HKDFExpand(SHA256(), 42, bytes(range(0xF0, 0xFA))).derive(extracted)
    assert expanded.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


PRIVATE = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
PUBLIC = (
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SIGNED = {
    b"sample": (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    b"test": (
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ),
}


def test_signatures_are_those_of_rfc_6979_with_the_low_s() -> None:
    for message, (r, s) in SIGNED.items():
        low = min(int(s, 16), signature.ORDER - int(s, 16)).to_bytes(32)
        made = signature.sign(bytes.fromhex(PRIVATE), message)
        assert made == bytes.fromhex(r) + low
        signature.check_range(made)
        assert signature.verify(bytes.fromhex(PUBLIC), made, message)
        assert not signature.verify(bytes.fromhex(PUBLIC), made, message + b".")


def test_the_tree_is_that_of_rfc_9162() -> None:
    # §2.1.5: seven leaves, hash = node(k, l), k = node(g, h), l = node(i, j), j = d6.
    d = [sha256(b"\0" + bytes([n])).digest() for n in range(7)]
    g, h, i, j = burst.node(d[0], d[1]), burst.node(d[2], d[3]), burst.node(d[4], d[5]), d[6]
    k, last = burst.node(g, h), burst.node(i, j)
    assert burst.root(d) == burst.node(k, last)
    assert burst.path(d, 0) == [d[1], h, last]
    assert burst.path(d, 3) == [d[2], g, last]
    assert burst.path(d, 4) == [d[5], j, k]
    assert burst.path(d, 6) == [i, k]


def test_every_path_leads_to_the_root() -> None:
    for size in (*range(1, 40), 255, 256):
        leaves = [sha256(bytes([n])).digest() for n in range(size)]
        for index in range(size):
            path = burst.path(leaves, index)
            tag = bytes([index, size - 1]) + b"".join(path) + bytes(64)
            assert burst.tag_bytes(tag) == len(tag)
            assert burst.root_of_path(leaves[index], tag) == burst.root(leaves)
