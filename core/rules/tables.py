"""Typed decision tables: columns are facts, cells are unary tests, the hit policy is `first` or `collect`.

    name = "tiers"                      # TableSpec, as data
    hit = "first"
    [[columns]]  fact = "ratio"  label = "人均收入占标准"  kind = "number"  domain = "[0..1)"
    [[outputs]]  name = "category"  label = "保障类别"  kind = "text"
    [[rows]]     id = "I"  label = "一类"  cells = { ratio = "< 0.50" }  outputs = { category = "一类" }  law = "57号 23"

`Table.of(spec)` checks everything at once (`table_checks.py`) and raises `Invalid`; a `Table` therefore never meets a
cell it cannot read. `Table.evaluate(facts)` is the evaluator for one household; the parsed cells are kept for others.

A fact nobody knows is None, in columns that say `optional`. Such a fact matches `-`, and every cell of the rows that give
true for the output `doubt` names: who is in doubt is looked at, and let off only for what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.problems import FieldError, Invalid
from core.rules.unary import Cell, Kind, Value, normal, parse

Hit = Literal["first", "collect"]
OutputValue = Decimal | str | bool


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact of the vocabulary: its name in tables, the word people read, type, and the values it can take.

    `domain` is itself a cell: what the fact can be at all. Gaps are looked for inside it, facts outside are refused
    unless it is not `enforced`. `optional`: the fact may be unknown.
    """

    fact: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]*$")]
    label: str
    kind: Kind
    values: tuple[str, ...] = ()
    domain: str = "-"
    optional: bool = False
    enforced: bool = True


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a row gives; `values` limits a text output."""

    name: str
    label: str
    kind: Kind
    values: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. A fact without a cell is `-`. `law` is the legal basis people are shown."""

    id: str
    label: str
    cells: dict[str, str] = {}
    outputs: dict[str, OutputValue] = {}
    law: str = ""


class TableSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision table as stored. `complete` demands that some row fires for everything in the domains.

    `doubt` names a yes/no output: rows where it is yes also match what is unknown.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]
    hit: Hit = "first"
    complete: bool = False
    doubt: str = ""


class Fired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The row that matched, with what it gives and why."""

    row: str
    label: str
    outputs: dict[str, OutputValue]
    law: str = ""


class FactError(ValueError):
    """A table was asked without a fact it needs, or with one of the wrong type or outside its domain."""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row with its cells in column order."""

    row: Row
    cells: tuple[Cell, ...]


Test = Callable[[Value | None], bool]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that passed all checks, ready to be asked."""

    spec: TableSpec
    rows: tuple[ParsedRow, ...]
    domains: tuple[Cell, ...]
    _tests: tuple[tuple[Fired, tuple[tuple[int, Test], ...]], ...]

    @classmethod
    def of(cls, spec: TableSpec) -> Table:
        """Parse and check. Raises Invalid with every error found; notes (harmless overlaps) do not stop a table."""
        from core.rules.table_checks import problems_of

        errors = [p for p in problems_of(spec) if p.severity == "error"]
        if errors:
            raise Invalid(
                f"决策表“{spec.label}”有 {len(errors)} 处要改。",
                fields=tuple(FieldError(p.where, p.message) for p in errors),
            )
        rows = tuple(ParsedRow(row, parse_row(spec, row)) for row in spec.rows)
        domains = tuple(parse(c.domain, c.kind, c.values) for c in spec.columns)
        tests = tuple(
            (
                Fired(p.row.id, p.row.label, p.row.outputs, p.row.law),
                tuple(
                    (k, cell.matcher(column.optional))
                    for k, (cell, column) in enumerate(zip(p.cells, spec.columns, strict=True))
                    if not cell.anything
                ),
            )
            for p in rows
        )
        return cls(spec, rows, domains, tests)

    def evaluate(self, facts: Mapping[str, object]) -> tuple[Fired, ...]:
        """The rows that match: at most one under `first`, all in order under `collect`. Raises FactError."""
        values = self._values(facts)
        fired: list[Fired] = []
        for row, tests in self._tests:
            if all(test(values[k]) for k, test in tests):
                fired.append(row)
                if self.spec.hit == "first":
                    break
        return tuple(fired)

    def _values(self, facts: Mapping[str, object]) -> list[Value | None]:
        values: list[Value | None] = []
        for column, domain in zip(self.spec.columns, self.domains, strict=True):
            if column.fact not in facts:
                raise FactError(f"决策表“{self.spec.label}”缺少“{column.label}”（{column.fact}）。")
            if column.optional and facts[column.fact] is None:
                values.append(None)
                continue
            try:
                value = normal(facts[column.fact], column.kind)
            except TypeError as e:
                raise FactError(f"“{column.label}”（{column.fact}）{e}。") from e
            outside = column.enforced and not domain.matches(value)
            if outside or (column.values and value not in column.values):
                raise FactError(f"“{column.label}”（{column.fact}）的值 {value} 不在允许的范围内。")
            values.append(value)
        return values


def parse_row(spec: TableSpec, row: Row) -> tuple[Cell, ...]:
    """The row's cells in column order. Raises CellError."""
    doubtful = row.outputs.get(spec.doubt) is True
    cells = (parse(row.cells.get(c.fact, "-"), c.kind, c.values) for c in spec.columns)
    return tuple(replace(cell, unknown=doubtful) if doubtful else cell for cell in cells)
