"""Cells of decision tables: DMN simple unary tests (S-FEEL), parsed strictly into sets one can reason about.

    -                  anything              < 0.5   <= 3   > 0   >= 10     comparison
    0.25   "一类"   true   date("2026-07-01")  that value
    [0.5..0.7)   (0..1]   ]0..1[              interval; a round or outward bracket leaves the end out
    "A","B"   1,[5..7]                        any of these            not("A","B")   none of these

A bad cell is a `CellError` with a Chinese sentence, never a cell that silently fails to match. Numbers are exact
(`Fraction`), dates are days. The parsed form keeps bounds and literals, so that tables can be checked for gaps, and
later be turned into SQL or DMN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from core.rules.values import Labelled


class Kind(Labelled):
    """The type of a column."""

    NUMBER = "number", "数字"
    TEXT = "text", "文字"
    BOOLEAN = "boolean", "是/否"
    DATE = "date", "日期"


Value: TypeAlias = Fraction | str | bool | date


class CellError(ValueError):
    """A cell that cannot be read; the message is a Chinese sentence for whoever edits the table."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers or days; an end that is None is open to infinity."""

    low: Fraction | date | None = None
    low_closed: bool = False
    high: Fraction | date | None = None
    high_closed: bool = False

    def contains(self, value: Any) -> bool:
        above = self.low is None or value > self.low or (self.low_closed and value == self.low)
        return above and (self.high is None or value < self.high or (self.high_closed and value == self.high))

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        low: Any = self.low
        return bool(low > self.high or (low == self.high and not (self.low_closed and self.high_closed)))


@dataclass(frozen=True, slots=True)
class Cell:
    """One parsed cell: intervals (numbers, days) or values (text, yes/no); `negated` means none of them.

    `unknown`: whether it matches a fact nobody knows (None); `-` always does.
    """

    kind: Kind
    text: str
    intervals: tuple[Interval, ...] = ()
    values: frozenset[str | bool] = frozenset()
    negated: bool = False
    anything: bool = False
    unknown: bool = False

    def matches(self, value: Value | None) -> bool:
        if self.anything or value is None:
            return self.anything or self.unknown
        hit = value in self.values or any(i.contains(value) for i in self.intervals)
        return hit is not self.negated

    def matcher(self, optional: bool = False) -> Callable[[Value | None], bool]:
        """A closure specialised to the common shapes, for the evaluator; `optional`: None is asked about as well."""
        if self.anything:
            return lambda _: True
        if len(self.intervals) == 1 and not self.negated and not optional:
            return self.intervals[0].contains
        return self.matches

    def breakpoints(self) -> Iterator[Fraction | date]:
        for interval in self.intervals:
            yield from (end for end in (interval.low, interval.high) if end is not None)

    @property
    def upper_bound(self) -> Interval | None:
        """The interval, if the cell only says "up to": `< x` or `<= x`."""
        if self.anything or self.negated or len(self.intervals) != 1:
            return None
        only = self.intervals[0]
        return only if only.low is None and only.high is not None else None


def normal(value: object, kind: Kind) -> Value:
    """A fact in the form cells compare with. Raises TypeError when it is not of the column's type (floats never are)."""
    if kind is Kind.NUMBER and isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        if isinstance(value, Decimal) and not value.is_finite():
            raise TypeError("不是有限的数字")
        return Fraction(value)
    if kind is Kind.TEXT and isinstance(value, str):
        return str(value)
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    if kind is Kind.DATE and type(value) is date:
        return value
    raise TypeError(f"需要{kind.label}，得到的是 {type(value).__name__}")


_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<date>date\(\s*"[^"]*"\s*\))|(?P<number>-?\d{1,18}(?:\.\d{1,12})?)
    |(?P<word>true|false|not)\b|(?P<op><=|>=|<|>)|(?P<dots>\.\.)|(?P<mark>[\[\](),-]))""",
    re.VERBOSE,
)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, body = [], 0, text.rstrip()
    while at < len(body):
        match = _TOKEN.match(body, at)
        if match is None:
            raise CellError(f"“{text}”里的“{body[at:].strip()[:12]}”看不懂。")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found


class _Reader:
    """Recursive descent over one cell's tokens."""

    def __init__(self, text: str, kind: Kind, allowed: Collection[str]) -> None:
        self.text, self.kind, self.allowed = text, kind, allowed
        self.tokens, self.at = _tokens(text), 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, *wanted: str) -> str:
        group, token = self.peek()
        if wanted and token not in wanted and group not in wanted:
            where = f"“{token}”" if token else "末尾"
            raise CellError(f"“{self.text}”写到{where}这里不对。")
        self.at += 1
        return token

    def cell(self) -> Cell:
        if not self.tokens:
            raise CellError("单元格是空的；不限请写“-”。")
        if self.tokens == [("mark", "-")]:
            return Cell(self.kind, self.text, anything=True)
        negated = self.peek() == ("word", "not")
        if negated:
            self.take("not")
            self.take("(")
        intervals, values = self.tests()
        if negated:
            self.take(")")
        self.take("end")
        return Cell(self.kind, self.text, tuple(intervals), frozenset(values), negated)

    def tests(self) -> tuple[list[Interval], list[str | bool]]:
        intervals: list[Interval] = []
        values: list[str | bool] = []
        while True:
            test = self.test()
            if isinstance(test, Interval):
                intervals.append(test)
            else:
                values.append(test)
            if self.peek()[1] != ",":
                return intervals, values
            self.take(",")

    def test(self) -> Interval | str | bool:
        group, written = self.peek()
        if group == "op":
            self.take()
            end = self.ordered()
            if written.startswith("<"):
                return Interval(high=end, high_closed=written == "<=")
            return Interval(low=end, low_closed=written == ">=")
        if group == "mark" and written in ("[", "]", "("):
            return self.interval()
        if self.kind in (Kind.TEXT, Kind.BOOLEAN):
            literal: str | bool = self.literal()
            return literal
        end = self.ordered()
        return Interval(end, True, end, True)

    def interval(self) -> Interval:
        opening = self.take("[", "(", "]")
        low = self.ordered()
        self.take("dots")
        high = self.ordered()
        closing = self.take("]", ")", "[")
        found = Interval(low, opening == "[", high, closing == "]")
        if found.empty:
            raise CellError(f"“{self.text}”里的区间是空的：起点要小于终点。")
        return found

    def ordered(self) -> Fraction | date:
        if self.kind not in (Kind.NUMBER, Kind.DATE):
            raise CellError(f"“{self.text}”：{self.kind.label}列不能比大小。")
        value = self.literal()
        assert isinstance(value, Fraction | date)
        return value

    def literal(self) -> Any:
        group, token = self.peek()
        if self.kind is Kind.NUMBER and group == "number":
            return Fraction(self.take())
        if self.kind is Kind.BOOLEAN and token in ("true", "false"):
            return self.take() == "true"
        if self.kind is Kind.DATE and group == "date":
            return self.day(self.take())
        if self.kind is Kind.TEXT and group == "string":
            return self.word(self.take())
        wants = {
            Kind.NUMBER: "数字，例如 0.5",
            Kind.TEXT: '加双引号的文字，例如 "一类"',
            Kind.BOOLEAN: "true 或 false",
            Kind.DATE: 'date("2026-07-01") 这样的日期',
        }
        raise CellError(f"“{self.text}”：这一列要写{wants[self.kind]}。")

    def day(self, token: str) -> date:
        written = token[token.index('"') + 1 : token.rindex('"')]
        try:
            day = date.fromisoformat(written)
        except ValueError as e:
            raise CellError(f"“{written}”不是日期，请写成 2026-07-01 这样。") from e
        if not 1900 <= day.year <= 2999:
            raise CellError(f"“{written}”不在 1900 到 2999 年之间。")
        return day

    def word(self, token: str) -> str:
        word = re.sub(r"\\(.)", r"\1", token[1:-1])
        if self.allowed and word not in self.allowed:
            raise CellError(f"没有“{word}”这个值，可以写：{'、'.join(sorted(self.allowed))}。")
        return word


def parse(text: str, kind: Kind, allowed: Collection[str] = ()) -> Cell:
    """Read one cell. `allowed` are the values a text column knows. Raises CellError."""
    return _Reader(text, kind, allowed).cell()
