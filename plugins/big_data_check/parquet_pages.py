"""What the pages of a Parquet file unfold to, read from the pages themselves: its footer may say anything.

Each page is headed by the size it has once it is decompressed (the reader makes room for that much and fails on more), how many
values it holds and how they are written. Headers are Thrift structs in the compact protocol; pages are passed over, unread. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

HEADER = 1024 * 1024
"""Bytes of one page's header; usually some fifty, with statistics a few hundred."""
PAGES = 1_000_000
"""Of one file; twenty million rows of thirty columns are some fifty thousand."""
PREFIXED = 7
"""DELTA_BYTE_ARRAY: each text as the beginning of the one before it."""
_FIRST = 512


class Malformed(ValueError):
    """No Parquet page where the footer says there is one."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """`unfolded`: bytes once decompressed; `values`: cells in it; `encoding`: how they are written (the format's number)."""

    unfolded: int
    values: int
    encoding: int


def pages(given: BinaryIO, start: int, length: int) -> Iterator[PageSize]:
    """The pages of one column of one row group, `length` bytes from `start`. Raises Malformed."""
    at, end = start, start + length
    while at < end:
        head, size = _header(given, at, end)
        unfolded, packed = _number(head, 2), _number(head, 3)
        inner = next((found for n in (5, 7, 8) if isinstance(found := head.get(n), dict)), {})
        second_version = isinstance(head.get(8), dict)
        yield PageSize(max(unfolded, packed), _number(inner, 1), _number(inner, 4 if second_version else 2))
        at += size + packed


def _number(fields: dict[int, Any], n: int) -> int:
    found = fields.get(n, 0)
    if not isinstance(found, int) or found < 0:
        raise Malformed
    return found


def _header(given: BinaryIO, at: int, end: int) -> tuple[dict[int, Any], int]:
    """A page's header and how many bytes it takes; read in growing pieces, few are longer than the first."""
    room = _FIRST
    while True:
        given.seek(at)
        piece = given.read(min(room, end - at))
        reader = _Compact(piece)
        try:
            return reader.struct(), reader.at
        except IndexError:
            if len(piece) < room or room >= HEADER:
                raise Malformed from None
            room *= 8


class _Compact:
    """Thrift's compact protocol, as much as headers need. Raises IndexError where the bytes end too soon, Malformed."""

    DEEPEST = 8

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self._readers: dict[int, Callable[[int], Any]] = {
            1: lambda _: True, 2: lambda _: False, 3: lambda _: self._byte(), 4: self._signed, 5: self._signed,
            6: self._signed, 7: lambda _: self._skip(8), 8: lambda _: self._skip(self._varint()), 9: self._list,
            10: self._list, 12: self.struct,
        }  # fmt: skip

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Values by the field's number; texts and lists are passed over."""
        fields: dict[int, Any] = {}
        field = 0
        while kind := self._byte():
            field = field + (kind >> 4) if kind >> 4 else self._signed(0)
            fields[field] = self._value(kind & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind not in self._readers or depth > self.DEEPEST:
            raise Malformed
        return self._readers[kind](depth + 1)

    def _list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        for _ in range(count):
            if head & 15 in (1, 2):
                self._byte()
            else:
                self._value(head & 15, depth)

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
        raise Malformed

    def _signed(self, _: int) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self.data):
            raise IndexError(self.at)
