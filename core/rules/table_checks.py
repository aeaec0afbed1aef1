"""What is wrong with a decision table: bad cells, unreachable rows, gaps, overlaps; found before it is saved.

Each column's bounds cut it into finitely many pieces on which every cell is constant; one value stands for each
piece. A set of rows is then a union of boxes, and "is anything left uncovered?" is answered by sweeping the columns.
Where a fact may be unknown, that is one more piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Literal, TypeAlias

from core.rules.tables import Column, Row, TableSpec, parse_row
from core.rules.unary import Cell, CellError, Kind, Value, parse
from core.rules.values import say

Box: TypeAlias = tuple[Cell, ...]
Point: TypeAlias = tuple[Value | None, ...]
Grid: TypeAlias = Sequence[Sequence[Value | None]]


@dataclass(frozen=True, slots=True)
class TableProblem:
    """`where` is a dotted path such as `rows.2.cells.ratio`; a `note` informs, an `error` keeps a table from being saved."""

    where: str
    message: str
    severity: Literal["error", "note"] = "error"


def problems_of(spec: TableSpec) -> tuple[TableProblem, ...]:
    """Everything wrong with a table. Coverage is only looked at once every cell can be read."""
    problems = [*_of_columns(spec), *_of_rows(spec)]
    if problems or not spec.rows:
        if not spec.rows:
            problems.append(TableProblem("rows", "表里一行也没有。"))
        return tuple(problems)
    boxes = [parse_row(spec, row) for row in spec.rows]
    domains = [parse(c.domain, c.kind, c.values) for c in spec.columns]
    grid = [
        stand_ins(c, [domain, *(box[k] for box in boxes)])
        for k, (c, domain) in enumerate(zip(spec.columns, domains, strict=True))
    ]
    return (*_unreachable(spec, boxes, grid), *_gaps(spec, boxes, grid), *_overlaps(spec, boxes, grid))


def _of_columns(spec: TableSpec) -> Iterable[TableProblem]:
    names = [c.fact for c in spec.columns]
    for k, column in enumerate(spec.columns):
        if names.index(column.fact) < k:
            yield TableProblem(f"columns.{k}", f"列“{column.label}”重复了。")
        if column.values and column.kind is not Kind.TEXT:
            yield TableProblem(f"columns.{k}.values", "只有文字列可以列出取值。")
        try:
            parse(column.domain, column.kind, column.values)
        except CellError as e:
            yield TableProblem(f"columns.{k}.domain", str(e))


def _of_rows(spec: TableSpec) -> Iterable[TableProblem]:
    known = {c.fact: c for c in spec.columns}
    ids = [r.id for r in spec.rows]
    for k, row in enumerate(spec.rows):
        if not row.id or ids.index(row.id) < k:
            yield TableProblem(f"rows.{k}.id", f"行号“{row.id}”是空的或重复了。")
        for fact, text in row.cells.items():
            where = f"rows.{k}.cells.{fact}"
            if fact not in known:
                yield TableProblem(where, f"没有“{fact}”这一列，可以写：{'、'.join(known)}。")
                continue
            try:
                parse(text, known[fact].kind, known[fact].values)
            except CellError as e:
                yield TableProblem(where, str(e))
        yield from _of_outputs(spec, k, row)


def _of_outputs(spec: TableSpec, k: int, row: Row) -> Iterable[TableProblem]:
    fits = {Kind.NUMBER: Decimal, Kind.TEXT: str, Kind.BOOLEAN: bool}
    named = {o.name for o in spec.outputs}
    for extra in row.outputs.keys() - named:
        yield TableProblem(f"rows.{k}.outputs.{extra}", f"没有“{extra}”这个结果。")
    for output in spec.outputs:
        where = f"rows.{k}.outputs.{output.name}"
        value = row.outputs.get(output.name)
        if value is None:
            yield TableProblem(where, f"缺少结果“{output.label}”。")
        elif not isinstance(value, fits.get(output.kind, str)):
            yield TableProblem(where, f"“{output.label}”要填{output.kind.label}。")
        elif isinstance(value, Decimal) and not value.is_finite():
            yield TableProblem(where, f"“{output.label}”要填一个数字。")
        elif output.values and value not in output.values:
            yield TableProblem(where, f"“{output.label}”只能是：{'、'.join(output.values)}。")


def stand_ins(column: Column, cells: Sequence[Cell]) -> list[Value | None]:
    """One value for each piece into which the cells cut the column, inside its domain (the first of `cells`)."""
    pieces: list[Value]
    if column.kind is Kind.BOOLEAN:
        pieces = [False, True]
    elif column.kind is Kind.TEXT:
        said = {str(v) for cell in cells for v in cell.values}
        pieces = list(column.values) or [*sorted(said), "".join(("其他", *sorted(said)))]
    elif column.kind is Kind.DATE:
        pieces = list(_days({d for c in cells for d in c.breakpoints() if isinstance(d, date)}))
    else:
        pieces = list(_numbers({n for c in cells for n in c.breakpoints() if isinstance(n, Fraction)}))
    known: list[Value | None] = [v for v in pieces if cells[0].matches(v)]
    return [*known, None] if column.optional else known


def _numbers(cuts: set[Fraction]) -> Iterable[Fraction]:
    ordered = sorted(cuts)
    if not ordered:
        yield Fraction(0)
        return
    yield ordered[0] - 1
    for low, high in zip(ordered, [*ordered[1:], None], strict=True):
        yield low
        yield low + 1 if high is None else (low + high) / 2


def _days(cuts: set[date]) -> Iterable[date]:
    one = timedelta(days=1)
    yield from sorted({d for cut in cuts or {date(2000, 1, 1)} for d in (cut - one, cut, cut + one)})


def uncovered(boxes: Sequence[Box], grid: Grid) -> Point | None:
    """A point of the grid in none of the boxes, or None when they cover it. An empty grid is covered."""
    known: dict[tuple[int, frozenset[int]], Point | None] = {}

    def search(depth: int, alive: frozenset[int]) -> Point | None:
        if depth == len(grid):
            return None if alive else ()
        if (depth, alive) in known:
            return known[depth, alive]
        found: Point | None = None
        for value in grid[depth]:
            rest = search(depth + 1, frozenset(i for i in alive if boxes[i][depth].matches(value)))
            if rest is not None:
                found = (value, *rest)
                break
        known[depth, alive] = found
        return found

    return search(0, frozenset(range(len(boxes))))


def within(box: Box, grid: Grid) -> list[list[Value | None]]:
    """The part of the grid that lies in a box."""
    return [[v for v in values if cell.matches(v)] for cell, values in zip(box, grid, strict=True)]


def _unreachable(spec: TableSpec, boxes: Sequence[Box], grid: Grid) -> Iterable[TableProblem]:
    for k, (row, box) in enumerate(zip(spec.rows, boxes, strict=True)):
        part = within(box, grid)
        if not all(part):
            yield TableProblem(f"rows.{k}", f"“{row.label}”这一行永远用不上：条件超出了取值范围。")
        elif spec.hit == "first" and uncovered(boxes[:k], part) is None:
            yield TableProblem(f"rows.{k}", f"“{row.label}”这一行永远用不上：前面的行已经全部包住了它。")


def _gaps(spec: TableSpec, boxes: Sequence[Box], grid: Grid) -> Iterable[TableProblem]:
    gap = uncovered(boxes, grid)
    if gap is not None:
        example = "，".join(f"{c.label} {tell(v)}" for c, v in zip(spec.columns, gap, strict=True))
        severity: Literal["error", "note"] = "error" if spec.complete else "note"
        yield TableProblem("rows", f"有情况没有任何一行管到，例如：{example}。", severity)


def _overlaps(spec: TableSpec, boxes: Sequence[Box], grid: Grid) -> Iterable[TableProblem]:
    for (i, a), (k, b) in combinations(enumerate(boxes), 2):
        if all(within(b, within(a, grid))) and spec.rows[i].outputs != spec.rows[k].outputs:
            first, second = spec.rows[i].label, spec.rows[k].label
            how = f"以“{first}”为准" if spec.hit == "first" else "两行都算"
            yield TableProblem(f"rows.{k}", f"“{first}”和“{second}”有重叠，重叠处{how}。", "note")


def tell(value: Value | None) -> str:
    """A value as people read it."""
    if value is None:
        return "还不清楚"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return say(value)
    return value.isoformat() if isinstance(value, date) else f"“{value}”"
