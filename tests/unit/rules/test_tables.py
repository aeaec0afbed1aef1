"""Decision tables: first hit, collect, and checks that agree with trying every point."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.problems import Invalid
from core.rules.table_checks import TableProblem, problems_of
from core.rules.tables import Column, FactError, Hit, Output, Row, Table, TableSpec, parse_row
from core.rules.unary import Kind, Value, parse

COLUMNS = (
    Column("ratio", "比例", Kind.NUMBER, domain="[0..2]"),
    Column("ill", "重病", Kind.BOOLEAN),
    Column("category", "类别", Kind.TEXT, values=("一类", "二类", "三类")),
)
OUTPUTS = (Output("result", "结果", Kind.TEXT),)

number_cells = st.sampled_from(
    ["-", "< 0.5", "<= 0.5", "0.5", "[0.5..1)", "(0.5..1]", ">= 1", "> 1", "not(0.5)", "[0..2]", "0,2", "> 2"]
)
truth_cells = st.sampled_from(["-", "true", "false"])
text_cells = st.sampled_from(["-", '"一类"', '"一类","二类"', 'not("三类")', 'not("一类","二类","三类")'])
rows = st.lists(st.tuples(number_cells, truth_cells, text_cells), min_size=1, max_size=5)

POINTS: list[tuple[Value, ...]] = [
    *product(
        [Fraction(k, 8) for k in range(17)],
        [False, True],
        ["一类", "二类", "三类"],
    )
]


def a_table(cells: list[tuple[str, str, str]], hit: Hit = "first", complete: bool = False) -> TableSpec:
    names = [c.fact for c in COLUMNS]
    written = tuple(
        Row(f"r{k}", f"第{k}行", dict(zip(names, row, strict=True)), {"result": f"r{k}"})
        for k, row in enumerate(cells)
    )
    return TableSpec("test", "测试表", COLUMNS, OUTPUTS, written, hit, complete)


def by_hand(spec: TableSpec, point: tuple[Value, ...]) -> list[str]:
    """Every row that matches a point, cell by cell, without any of the machinery under test but the cells."""
    return [
        row.id
        for row in spec.rows
        if all(cell.matches(v) for cell, v in zip(parse_row(spec, row), point, strict=True))
    ]


def mentions(found: tuple[TableProblem, ...], text: str) -> Iterator[str]:
    return (p.where for p in found if text in p.message)


@given(rows)
@settings(max_examples=150)
def test_unreachable_rows_and_gaps_are_what_trying_every_point_finds(
    cells: list[tuple[str, str, str]],
) -> None:
    spec = a_table(cells)
    hits = [by_hand(spec, point) for point in POINTS]
    found = problems_of(spec)
    unreachable = {r.id for r in spec.rows} - {hit[0] for hit in hits if hit}
    assert {f"rows.{r.removeprefix('r')}" for r in unreachable} == set(mentions(found, "永远用不上"))
    assert any(not hit for hit in hits) == bool(list(mentions(found, "没有任何一行")))
    pairs = {(a, b) for hit in hits for i, a in enumerate(hit) for b in hit[i + 1 :]}
    assert len(pairs) == len(list(mentions(found, "重叠")))


@given(rows)
@settings(max_examples=150)
def test_the_first_hit_is_the_first_row_that_matches(cells: list[tuple[str, str, str]]) -> None:
    spec = a_table(cells)
    if any(p.severity == "error" for p in problems_of(spec)):
        with pytest.raises(Invalid):
            Table.of(spec)
        return
    first, collect = Table.of(spec), Table.of(msgspec.structs.replace(spec, hit="collect"))
    for point in POINTS:
        facts = dict(zip(("ratio", "ill", "category"), point, strict=True))
        expected = by_hand(spec, point)
        assert [f.row for f in first.evaluate(facts)] == expected[:1]
        assert [f.row for f in collect.evaluate(facts)] == expected


def test_a_complete_table_with_a_gap_is_refused_with_an_example() -> None:
    with pytest.raises(Invalid) as refused:
        Table.of(a_table([("< 0.5", "-", "-")], complete=True))
    assert "比例 0.5，重病 否" in refused.value.fields[0].message


def test_every_error_of_a_table_is_told_at_once() -> None:
    spec = msgspec.structs.replace(
        a_table([("< 0.5", "-", "-")]),
        rows=(
            Row("a", "甲", {"ratio": "5 %", "no_such": "-"}, {"result": "x"}),
            Row("a", "乙", {"ill": "maybe"}, {"result": Decimal(3), "extra": "y"}),
            Row("c", "丙", {}, {}),
        ),
    )
    assert {p.where for p in problems_of(spec)} == {
        "rows.0.cells.ratio",
        "rows.0.cells.no_such",
        "rows.1.id",
        "rows.1.cells.ill",
        "rows.1.outputs.result",
        "rows.1.outputs.extra",
        "rows.2.outputs.result",
    }


def test_an_empty_table_is_refused() -> None:
    assert [p.where for p in problems_of(a_table([]))] == ["rows"]


def test_a_date_column_knows_the_days_between_its_bounds() -> None:
    columns = (Column("day", "日期", Kind.DATE),)
    spec = TableSpec(
        "d",
        "日期表",
        columns,
        OUTPUTS,
        (
            Row("a", "前", {"day": '< date("2026-01-01")'}, {"result": "a"}),
            Row("b", "后", {"day": '> date("2026-01-01")'}, {"result": "b"}),
        ),
    )
    (gap,) = problems_of(spec)
    assert "2026-01-01" in gap.message


@pytest.mark.parametrize(
    "facts",
    [
        {"ill": True, "category": "一类"},
        {"ratio": 0.5, "ill": True, "category": "一类"},
        {"ratio": Decimal(3), "ill": True, "category": "一类"},
        {"ratio": Decimal(1), "ill": 1, "category": "一类"},
        {"ratio": Decimal(1), "ill": True, "category": "五类"},
        {"ratio": None, "ill": True, "category": "一类"},
    ],
)
def test_a_fact_that_is_missing_mistyped_or_impossible_is_an_error_not_a_miss(
    facts: dict[str, object],
) -> None:
    table = Table.of(a_table([("-", "-", "-")]))
    with pytest.raises(FactError):
        table.evaluate(facts)


def test_parsed_cells_stay_at_hand_for_other_evaluators() -> None:
    table = Table.of(a_table([("[0.5..1)", "-", "-")]))
    assert table.rows[0].cells[0] == parse("[0.5..1)", Kind.NUMBER)
