"""Photographs and papers small enough to make up: valid JPEG, PNG and PDF files, each one different."""

from __future__ import annotations

import struct
import zlib
from random import Random

_JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300"
    "080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c303134"
    "34341f27393d38323c2e333432ffc0000b080001000101011100ffc40014000100000000000000000000000000000009ffc400"
    "14100100000000000000000000000000000000ffda0008010100003f0054dfffd9"
)


def photo(chance: Random) -> tuple[bytes, str]:
    """A photograph as phones send it, now a JPEG, now a PNG; its bytes and media type."""
    return jpeg(chance) if chance.random() < 0.7 else png(chance)


def jpeg(chance: Random) -> tuple[bytes, str]:
    """One grey dot with a comment that makes the file unlike any other."""
    comment = chance.randbytes(16).hex().encode()
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _JPEG[2:], "image/jpeg"


def png(chance: Random, side: int = 16) -> tuple[bytes, str]:
    """A square of noise."""
    rows = b"".join(b"\x00" + chance.randbytes(side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts, "image/png"


def pdf(chance: Random) -> tuple[bytes, str]:
    """One empty page; the file's id tells it from others."""
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start, name = len(out), chance.randbytes(16).hex().encode()
    out += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer<</Size 4/Root 1 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (name, name, start)
    return out, "application/pdf"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
