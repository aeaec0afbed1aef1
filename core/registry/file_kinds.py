"""What a file is by its bytes, never by its name: JPEG, PNG or PDF, and whether it is all there. Pure.

No picture is decoded: what is checked is what a cut-off upload and a renamed file break, the file's own structure.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_MAGIC = {b"\xff\xd8\xff": JPEG, _PNG_HEAD: PNG, b"%PDF-": PDF}
_PDF_TAIL = 2048
_END, _SCAN = 0xD9, 0xDA
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length behind them."""


def kind_of(data: bytes) -> str | None:
    """The media type its first bytes promise; None for anything but JPEG, PNG, PDF."""
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)


def is_whole(data: bytes, kind: str) -> bool:
    """Whether the rest of the file keeps that promise, to its end."""
    return _CHECKS[kind](data)


def _jpeg(data: bytes) -> bool:
    """Segments one after another, a frame among them, then a scan, then the end. Phones write more behind it."""
    at, framed = 2, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            return framed and data.find(b"\xff\xd9", at) > 0
        if marker < 0xC0 or marker == _END:
            return False
        framed = framed or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _png(data: bytes) -> bool:
    """Chunks one after another, each with its checksum: IHDR first, IDAT among them, IEND last."""
    at, kinds = len(_PNG_HEAD), list[bytes]()
    while at + 12 <= len(data) and kinds[-1:] != [b"IEND"]:
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if data[end : end + 4] != zlib.crc32(data[at + 4 : end]).to_bytes(4, "big"):
            return False
        kinds.append(data[at + 4 : at + 8])
        at = end + 4
    return kinds[:1] == [b"IHDR"] and b"IDAT" in kinds and kinds[-1] == b"IEND"


def _pdf(data: bytes) -> bool:
    return b"%%EOF" in data[-_PDF_TAIL:]


_CHECKS: dict[str, Callable[[bytes], bool]] = {JPEG: _jpeg, PNG: _png, PDF: _pdf}
