"""Photographs as a villager's phone takes them: large, turned by a note, with the place they were taken at."""

from __future__ import annotations

import base64
import struct

from playwright.async_api import Page

_DRAWN = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 4000, height: 3000 });
  const pen = canvas.getContext("2d"), pixels = pen.createImageData(4000, 3000), words = new Uint32Array(pixels.data.buffer);
  let seed = 1;
  for (let n = 0; n < words.length; n += 1) { seed = (seed * 1664525 + 1013904223) >>> 0; words[n] = seed | 0xff000000; }
  pen.putImageData(pixels, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.6));
  return await new Promise((done) => { const r = new FileReader(); r.onload = () => done(r.result.split(",")[1]); r.readAsDataURL(blob); });
}"""


def camera_notes() -> bytes:
    """An EXIF note: turned by 90 degrees (6), and the latitude at which it was taken."""
    place = struct.pack(">HHHII", 1, 2, 5, 3, 62) + struct.pack(">I", 0)
    main = struct.pack(">HHHIHHHHIII", 2, 0x0112, 3, 1, 6, 0, 0x8825, 4, 1, 38, 0)
    latitude = struct.pack(">IIIIII", 35, 1, 32, 1, 415, 10)
    return b"Exif\x00\x00" + b"MM" + struct.pack(">HI", 42, 8) + main + place + b"\x00" * 6 + latitude


def with_notes(jpeg: bytes) -> bytes:
    notes = camera_notes()
    return jpeg[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(notes) + 2) + notes + jpeg[2:]


async def photograph_with_a_place(page: Page) -> bytes:
    """12 megapixels off a phone held upright: large, turned by its note, with the place it was taken at."""
    return with_notes(base64.b64decode(await page.evaluate(_DRAWN)))


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height out of the frame's header."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    height, width = struct.unpack_from(">HH", jpeg, at + 5)
    return width, height
