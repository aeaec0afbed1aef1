"""Area codes as what they cover: the significant part of a 12-digit code is the prefix of everything below it.

Province 2 digits, district 6, township 9, village 12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LENGTH = 12


@lru_cache(maxsize=4096)
def significant(area_code: str) -> str:
    """`620802001000` → `620802001`. Shorter codes are filled up first. Raises ValueError for what is no area code."""
    if not (area_code.isascii() and area_code.isdigit() and 2 <= len(area_code) <= LENGTH):
        raise ValueError(f"not an area code of up to {LENGTH} digits: {area_code!r}")
    code = area_code.ljust(LENGTH, "0")
    for digits in (2, 6, 9):
        if code.endswith("0" * (LENGTH - digits)):
            return code[:digits]
    return code


def covers(area_code: str, other: str) -> bool:
    """Whether `other` is the area itself or lies in it."""
    return other.startswith(significant(area_code))


def outermost(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes that no other one covers, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Areas:
    """A set of areas as a filter: everything under one of `within`, except what lies under one of `without`."""

    within: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __contains__(self, area_code: str) -> bool:
        return area_code.startswith(self.within) and not (self.without and area_code.startswith(self.without))

    def condition(self, column: str, first: int) -> str:
        """SQL over `column` (trusted text), with parameters `$first` and `$first+1`, which are `parameters`."""
        inside = (
            f"EXISTS (SELECT FROM unnest(${first}::text[]) AS w (area) WHERE starts_with({column}, w.area))"
        )
        outside = f"EXISTS (SELECT FROM unnest(${first + 1}::text[]) AS o (area) WHERE starts_with({column}, o.area))"
        return f"({inside} AND NOT {outside})"

    @property
    def parameters(self) -> tuple[list[str], list[str]]:
        return list(self.within), list(self.without)
