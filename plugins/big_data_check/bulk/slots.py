"""Whether the boxes of a kind (`boxes.py`) ask for an explanation of a row: the same expression for every district.

The first box that matches counts. What is not known is null, and so is what a test makes of it; a box that looks takes null
for a match, one that lets off does not: as in `core.rules`. Only tests that some district makes are in the expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import and_
from typing import Any

import ibis

_TESTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "in": lambda figure, limit: (figure & limit) != 0,
    "is": lambda figure, limit: figure == limit,
    "from": lambda figure, limit: figure >= limit,
    "to": lambda figure, limit: figure <= limit,
    "above": lambda figure, limit: figure > limit,
    "below": lambda figure, limit: figure < limit,
}
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def looked_at(rows: Any, kind: str, figures: Mapping[str, Any], per: Mapping[str, Any] | None = None) -> Any:
    """`rows` has the columns of the districts' limits beside the `figures`; limits of the figures in `per` are for each of
    so many. Never null."""
    branches = []
    for box in _boxes(rows, kind):
        looks = rows[f"{box}_looks"].fill_null(False)
        tests = list(_tests(rows, box, figures, per or {}))
        matches = ibis.coalesce(reduce(and_, tests), looks) if tests else ibis.literal(True)
        branches.append((matches, looks))
    return ibis.cases(*branches, else_=False) if branches else ibis.literal(False)


def _boxes(rows: Any, kind: str) -> Iterable[str]:
    """A district with fewer boxes than another has nulls in the last: they match, and look at nothing."""
    n = 1
    while f"{kind}_{n}_looks" in rows.columns:
        yield f"{kind}_{n}"
        n += 1


def _tests(rows: Any, box: str, figures: Mapping[str, Any], per: Mapping[str, Any]) -> Iterable[Any]:
    for figure, value in figures.items():
        for name, test in _TESTS.items():
            column = f"{box}_{figure}_{name}"
            if column in rows.columns:
                limit = rows[column]
                whole = limit * per[figure] if figure in per else limit
                yield limit.isnull() | test(value, whole)


def bit(column: Any, words: Iterable[str]) -> Any:
    """A value of the vocabulary as its bit; 0 for others."""
    return ibis.cases(*((column == word, 1 << k) for k, word in enumerate(words)), else_=0).cast("int64")


def bounds_of_rooms(rows: Any) -> list[str]:
    return [name for name in (f"rooms_{n}" for n in range(1, len(ALPHABET))) if name in rows.columns]


def pieces(rows: Any) -> str:
    """A letter for each piece the area a head may lie in."""
    bounds = bounds_of_rooms(rows)
    return ALPHABET[: 2 * len(bounds) + 2] if bounds else ""


def piece(rows: Any, area: Any, persons: Any, unknown: Any) -> Any:
    """The letter of the piece a household's area a head lies in; null where its district does not ask."""
    bounds = bounds_of_rooms(rows)
    if not bounds:
        return ibis.null("string")
    passed = [
        test.fill_null(False).cast("int64")
        for bound in (rows[name] * persons for name in bounds)
        for test in (area >= bound, area > bound)
    ]
    at = ibis.ifelse(unknown > 0, 0, 1 + sum(passed[1:], passed[0]))
    letter = ibis.literal(ALPHABET).substr(at, 1)
    return ibis.ifelse(rows[bounds[0]].notnull(), letter, ibis.null("string"))
