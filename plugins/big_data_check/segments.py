"""A file that comes in segments of one size, read and sought in as if it were whole; a few segments are held at a time. Pure."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

KEPT = 3
_BUFFER = 256 * 1024


def segmented(size: int, segment: int, fetch: Callable[[int], bytes]) -> BinaryIO:
    """`size` bytes in segments of `segment` bytes (the last may be shorter); `fetch` gives one by its number from 0.

    What `fetch` raises is raised by the read that needed it.
    """
    return cast(BinaryIO, io.BufferedReader(_Segmented(size, segment, fetch), _BUFFER))


def size_of(file: BinaryIO) -> int:
    """Bytes in all; then it stands at its beginning."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


class _Segmented(io.RawIOBase):
    def __init__(self, size: int, segment: int, fetch: Callable[[int], bytes]) -> None:
        self._size, self._segment, self._fetch = size, segment, fetch
        self._at = 0
        self._held: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        number, inside = divmod(self._at, self._segment)
        piece = memoryview(self._one(number))[inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _one(self, number: int) -> bytes:
        if number not in self._held:
            while len(self._held) >= KEPT:
                del self._held[next(iter(self._held))]
            self._held[number] = self._fetch(number)
        return self._held[number]
