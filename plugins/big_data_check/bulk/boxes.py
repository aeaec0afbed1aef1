"""The rows of a district's five-haves tables as plain columns of its limits, so that data, not code, tells districts apart.

A row becomes one box or several, so that every figure has one range: `<kind>_<n>_<figure>_<test>` is what box n of a kind
demands of a figure, null or absent where it demands nothing; `<kind>_<n>_looks` whether it asks for an explanation.

    in      one of these values (a bit for each of the vocabulary)      is      yes or no
    from    at least     to      at most     above, below    without the end itself

Bounds of amounts are moved to the next fen inside, which no registry is finer than: one comparison, and exact. `rooms` are
the pieces into which the bounds of the area a head (`rooms_<n>`) cut it, as bits: 0 not known, then below the first, the
first itself, above it …
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

from core.sdk.verification import (
    FACTS,
    LOOK_AT,
    Cell,
    Fact,
    FiveHave,
    Interval,
    ParameterSet,
    ParsedRow,
    table_of,
)

ROOMS = "area_per_person"
HEADS = ("per_person", "per_person_months")
LARGEST = Decimal("999999999999.99")
Limits = Mapping[str, Any]


def boxes(parameters: ParameterSet) -> dict[str, Any]:
    """All five kinds. Of supporters nothing is known here: rows for them alone are left out."""
    found: dict[str, Any] = {}
    for kind in FiveHave:
        rule = parameters.five_haves.of(kind)
        rows = table_of(rule).rows if rule is not None else ()
        bounds = _bounds_of_rooms(rows) if kind is FiveHave.HOUSING else []
        found |= {f"rooms_{n}": _decimal(bound) for n, bound in enumerate(bounds, start=1)}
        each = (box for row in rows for box in _boxes(kind, row, parameters, bounds))
        for n, box in enumerate(each, start=1):
            found |= {f"{kind.value}_{n}_{name}": value for name, value in box.items()}
    return found


def _boxes(
    kind: FiveHave, row: ParsedRow, parameters: ParameterSet, bounds: Sequence[Fraction]
) -> Iterator[Limits]:
    box: dict[str, Any] = {"looks": row.row.outputs[LOOK_AT] is True}
    ranges: list[list[tuple[Fact, Interval]]] = []
    for fact, cell in zip(FACTS[kind], row.cells, strict=True):
        if cell.anything:
            continue
        if fact.name == "who":
            if not cell.matches("member"):
                return
        elif fact.name == ROOMS:
            box["rooms_in"] = _pieces(cell, bounds)
        elif fact.words:
            box[f"{fact.name}_in"] = sum(1 << k for k, word in enumerate(fact.words) if cell.matches(word))
        elif not cell.intervals:
            values = [value for value in (True, False) if cell.matches(value)]
            box |= {f"{fact.name}_is": value for value in values if len(values) == 1}
        else:
            ranges.append([(fact, interval) for interval in _ranges(cell)])
    for chosen in product(*ranges):
        yield {**box, **_tests(chosen, parameters)}


def _ranges(cell: Cell) -> Sequence[Interval]:
    """What a cell of numbers admits, each piece by itself."""
    if not cell.negated:
        return cell.intervals
    left = [Interval()]
    for taken in cell.intervals:
        left = [piece for one in left for piece in _without(one, taken)]
    return left


def _without(one: Interval, taken: Interval) -> Iterator[Interval]:
    if taken.low is not None:
        yield from _meet(one, Interval(high=taken.low, high_closed=not taken.low_closed))
    if taken.high is not None:
        yield from _meet(one, Interval(low=taken.high, low_closed=not taken.high_closed))


def _meet(a: Interval, b: Interval) -> Iterator[Interval]:
    """What two ranges have in common, if anything."""
    low, low_closed = _tighter(a.low, a.low_closed, b.low, b.low_closed, above=True)
    high, high_closed = _tighter(a.high, a.high_closed, b.high, b.high_closed, above=False)
    met = Interval(low, low_closed, high, high_closed)
    if not met.empty:
        yield met


def _tighter(a: Any, a_closed: bool, b: Any, b_closed: bool, *, above: bool) -> tuple[Any, bool]:
    if a is None or b is None:
        return (b, b_closed) if a is None else (a, a_closed)
    if a == b:
        return a, a_closed and b_closed
    return (a, a_closed) if (a > b) is above else (b, b_closed)


# --- Ranges as tests --------------------------------------------------------------------------------------------------


def _tests(chosen: Iterable[tuple[Fact, Interval]], parameters: ParameterSet) -> Limits:
    """Several columns may speak of one figure: the tightest bound counts."""
    found: dict[str, Any] = {}
    heads = Interval()
    for fact, interval in chosen:
        if fact.name in HEADS:
            times = Fraction(12) if fact.name == "per_person" else Fraction(parameters.standard)
            heads = _both(heads, _times(interval, times))
            continue
        inside = _times(interval, _yuan(fact, parameters))
        low, high = _on_grid(inside, 1 if fact.name in ("employees", "persons") else 100)
        if low is not None:
            name = f"{fact.base}_from"
            found[name] = max(low, found.get(name, low))
        if high is not None:
            name = f"{fact.base}_to"
            found[name] = min(high, found.get(name, high))
    return {**found, **_of_heads(heads)}


def _both(a: Interval, b: Interval) -> Interval:
    """Like `_meet`, also where nothing is left: then nothing known matches."""
    low, low_closed = _tighter(a.low, a.low_closed, b.low, b.low_closed, above=True)
    high, high_closed = _tighter(a.high, a.high_closed, b.high, b.high_closed, above=False)
    return Interval(low, low_closed, high, high_closed)


def _yuan(fact: Fact, parameters: ParameterSet) -> Fraction:
    """What one of a column's unit is of its figure."""
    return {"value_months": parameters.monthly_standard, "profit_months": Fraction(parameters.standard)}.get(
        fact.name, Fraction(1)
    )


def _times(interval: Interval, by: Fraction) -> Interval:
    def end(value: Any) -> Any:
        return None if value is None else value * by

    return Interval(end(interval.low), interval.low_closed, end(interval.high), interval.high_closed)


def _on_grid(interval: Interval, parts: int) -> tuple[Decimal | None, Decimal | None]:
    """The ends, themselves included, in steps of 1/`parts`. Whole numbers reach up to the next: departments write 3.00."""
    low: Any = interval.low
    high: Any = interval.high
    first = last = None
    if low is not None:
        step = ceil(low * parts) if interval.low_closed else floor(low * parts) + 1
        first = _decimal(Fraction(step, parts))
    if high is not None:
        step = floor(high * parts) if interval.high_closed else ceil(high * parts) - 1
        last = _decimal(Fraction(step, parts) + (Fraction(99, 100) if parts == 1 else 0))
    return first, last


def _of_heads(heads: Interval) -> Limits:
    """Yuan a head, twelvefold: a total is compared with it without a division."""
    found = {}
    if heads.low is not None:
        found["head_from" if heads.low_closed else "head_above"] = _decimal(heads.low)
    if heads.high is not None:
        found["head_to" if heads.high_closed else "head_below"] = _decimal(heads.high)
    return found


def _decimal(value: Any) -> Decimal:
    """Exact: bounds have four decimals at most, a standard two."""
    return max(-LARGEST, min(LARGEST, Decimal(value.numerator) / Decimal(value.denominator)))


# --- The area a head --------------------------------------------------------------------------------------------------


def _bounds_of_rooms(rows: Sequence[ParsedRow]) -> list[Fraction]:
    place = [fact.name for fact in FACTS[FiveHave.HOUSING]].index(ROOMS)
    return sorted(
        {end for row in rows for end in row.cells[place].breakpoints() if isinstance(end, Fraction)}
    )


def _pieces(cell: Cell, bounds: Sequence[Fraction]) -> int:
    """The pieces a cell admits, a bit for each."""
    stand_ins: list[Fraction | None] = [None, bounds[0] - 1]
    for k, bound in enumerate(bounds):
        after = bounds[k + 1] if k + 1 < len(bounds) else bound + 2
        stand_ins += [bound, (bound + after) / 2]
    return sum(1 << k for k, value in enumerate(stand_ins) if cell.matches(value))
