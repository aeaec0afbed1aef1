"""Which way up a photograph is to be shown: the one thing of a camera's notes (EXIF) that is kept when the rest is dropped."""

from __future__ import annotations

import struct

_START, _APP1, _SCAN = b"\xff\xd8", 0xE1, 0xDA
_EXIF, _ORIENTATION = b"Exif\x00\x00", 0x0112


def orientation_of(jpeg: bytes) -> int:
    """1 to 8 as EXIF counts them; 1 (upright) where nothing is said, or nothing that can be read."""
    at = len(_START)
    while jpeg[:2] == _START and at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _SCAN:
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        body = jpeg[at + 4 : at + 2 + length]
        if jpeg[at + 1] == _APP1 and body.startswith(_EXIF):
            return _tag(body[len(_EXIF) :])
        at += 2 + length
    return 1


def upright(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with a note that says which way up, and nothing else."""
    if orientation == 1 or jpeg[:2] != _START:
        return jpeg
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    note = _EXIF + tiff
    return _START + struct.pack(">BBH", 0xFF, _APP1, len(note) + 2) + note + jpeg[2:]


def _tag(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        at = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for n in range(struct.unpack_from(f"{order}H", tiff, at)[0]):
            tag, kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * n)
            if tag == _ORIENTATION and kind == 3:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
