"""Cells: what they match, and what is refused with a sentence."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.unary import CellError, Kind, Value, normal, parse

numbers = st.fractions(min_value=-10, max_value=10, max_denominator=20)


@pytest.mark.parametrize(
    ("cell", "yes", "no"),
    [
        ("-", ["-3", "0", "9"], []),
        ("< 0.5", ["0", "0.4999"], ["0.5", "1"]),
        ("<=0.5", ["0.5"], ["0.50001"]),
        ("> -1", ["0", "-0.5"], ["-1"]),
        (">= 10", ["10", "11"], ["9.99"]),
        ("0", ["0", "0.00"], ["0.01"]),
        ("-3", ["-3"], ["3"]),
        ("[0.5..0.7)", ["0.5", "0.6999"], ["0.7", "0.4999"]),
        ("(0..1]", ["1", "0.1"], ["0"]),
        ("]0..1[", ["0.5"], ["0", "1"]),
        ("1,[5..7],> 9", ["1", "5", "6", "9.5"], ["2", "8", "9"]),
        ("not(1,[5..7])", ["2", "8"], ["1", "6"]),
    ],
)
def test_number_cells_match_what_dmn_says(cell: str, yes: list[str], no: list[str]) -> None:
    parsed = parse(cell, Kind.NUMBER)
    assert all(parsed.matches(Fraction(v)) for v in yes)
    assert not any(parsed.matches(Fraction(v)) for v in no)


def test_text_truth_and_date_cells_match() -> None:
    assert parse('"一类","二类"', Kind.TEXT).matches("二类")
    assert not parse('not("一类")', Kind.TEXT).matches("一类")
    assert parse(r'"a\"b"', Kind.TEXT).matches('a"b')
    assert parse("true", Kind.BOOLEAN).matches(True)
    assert not parse("false", Kind.BOOLEAN).matches(True)
    since = parse('>= date("2026-07-01")', Kind.DATE)
    assert since.matches(date(2026, 7, 1))
    assert not since.matches(date(2026, 6, 30))


@pytest.mark.parametrize(
    ("cell", "kind", "says"),
    [
        ("", Kind.NUMBER, "空的"),
        ("  ", Kind.NUMBER, "空的"),
        ("0.5 0.6", Kind.NUMBER, "不对"),
        ("< ", Kind.NUMBER, "数字"),
        ("abc", Kind.NUMBER, "看不懂"),
        ("[1..0]", Kind.NUMBER, "区间是空的"),
        ("(1..1]", Kind.NUMBER, "区间是空的"),
        ("[1..2", Kind.NUMBER, "末尾"),
        ("not(1", Kind.NUMBER, "末尾"),
        ("1,", Kind.NUMBER, "数字"),
        ('"一类"', Kind.NUMBER, "数字"),
        ("一类", Kind.TEXT, "看不懂"),
        ("< 3", Kind.TEXT, "不能比大小"),
        ("3", Kind.TEXT, "双引号"),
        ("1", Kind.BOOLEAN, "true"),
        ('date("2026-13-01")', Kind.DATE, "不是日期"),
        ('date("1026-01-01")', Kind.DATE, "1900"),
        ("9999999999999999999", Kind.NUMBER, "不对"),
        ("= 5", Kind.NUMBER, "看不懂"),
        ("- 5", Kind.NUMBER, "数字"),
    ],
)
def test_a_bad_cell_is_refused_with_a_sentence(cell: str, kind: Kind, says: str) -> None:
    with pytest.raises(CellError, match=says):
        parse(cell, kind)


def test_a_word_the_column_does_not_know_is_refused_with_the_words_it_knows() -> None:
    with pytest.raises(CellError, match="没有“五类”这个值，可以写：一类、二类"):
        parse('"五类"', Kind.TEXT, ("一类", "二类"))


@given(low=numbers, high=numbers, value=numbers, closed=st.tuples(st.booleans(), st.booleans()))
def test_an_interval_matches_exactly_what_arithmetic_says(
    low: Fraction, high: Fraction, value: Fraction, closed: tuple[bool, bool]
) -> None:
    low, high = (Fraction(round(x * 4), 4) for x in (low, high))
    left, right = "[" if closed[0] else "(", "]" if closed[1] else ")"
    text = f"{left}{float(low)}..{float(high)}{right}"
    if low > high or (low == high and not all(closed)):
        with pytest.raises(CellError):
            parse(text, Kind.NUMBER)
        return
    expected = (value >= low if closed[0] else value > low) and (value <= high if closed[1] else value < high)
    cell = parse(text, Kind.NUMBER)
    assert cell.matches(value) is expected
    assert cell.matcher()(value) is expected
    assert parse(f"not({text})", Kind.NUMBER).matches(value) is not expected


@given(st.text(max_size=30), st.sampled_from(Kind))
def test_any_text_is_a_cell_or_a_cell_error(text: str, kind: Kind) -> None:
    with suppress(CellError):
        assert parse(text, kind).text == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1.5, Kind.NUMBER), (True, Kind.NUMBER), ("1", Kind.NUMBER), (Decimal("NaN"), Kind.NUMBER), (1, Kind.BOOLEAN),
     (None, Kind.TEXT), ("2026-01-01", Kind.DATE)],
)  # fmt: skip
def test_a_fact_of_the_wrong_type_is_refused(value: object, kind: Kind) -> None:
    with pytest.raises(TypeError):
        normal(value, kind)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000))
def test_numbers_are_compared_exactly(value: Decimal) -> None:
    exact: Value = normal(value, Kind.NUMBER)
    assert parse(f"{value:f}", Kind.NUMBER).matches(exact)
    assert isinstance(exact, Fraction)
    assert not parse(f"{value:f}", Kind.NUMBER).matches(exact + Fraction(1, 10**30))
