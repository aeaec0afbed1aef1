"""A cell read aloud, for whoever edits a table and for the sentence a household is told: `> 80000` → 超过 80,000 元; and the
other way: what people type (`达到 5 万` is not understood, `达到 50,000 元` is) as a cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from fractions import Fraction

from core.rules.five_haves_columns import Fact, Unit
from core.rules.unary import Cell, CellError, Interval, Kind, parse
from core.rules.values import say, say_yuan

ANYTHING = "不限"
_UNITS = {
    Unit.YUAN: " 元",
    Unit.MONTHS: " 个月的低保标准",
    Unit.AREA: " 平方米",
    Unit.COUNT: " 人",
    Unit.NONE: "",
}


def reading(fact: Fact, cell: Cell, monthly_standard: Fraction | None = None) -> str:
    """`monthly_standard`: what a month of the standard comes to is said as well, in yuan."""
    if cell.anything:
        return ANYTHING
    if cell.kind is Kind.BOOLEAN:
        wanted = [v for v in (True, False) if cell.matches(v)]
        return "、".join("是" if v else "不是" for v in wanted) or "哪种都不行"
    if cell.kind is Kind.TEXT:
        return "、".join(word for value, word in fact.words.items() if cell.matches(value)) or "哪种都不行"
    said = "，或".join(_interval(fact, i, monthly_standard) for i in cell.intervals)
    return f"除了“{said}”" if cell.negated else said


def _interval(fact: Fact, interval: Interval, monthly_standard: Fraction | None) -> str:
    def amount(end: object) -> str:
        assert isinstance(end, Fraction)
        yuan = (
            f"（{say_yuan(end * monthly_standard)} 元）"
            if fact.unit is Unit.MONTHS and monthly_standard is not None
            else ""
        )
        return f"{say(end)}{_UNITS[fact.unit]}{yuan}"

    if interval.low is not None and interval.low == interval.high:
        return f"正好 {amount(interval.low)}"
    return "、".join(_ends(interval, amount)) or ANYTHING


def _ends(interval: Interval, amount: Callable[[object], str]) -> Iterable[str]:
    if interval.low is not None:
        yield f"{'达到' if interval.low_closed else '超过'} {amount(interval.low)}"
    if interval.high is not None:
        yield f"{'不超过' if interval.high_closed else '低于'} {amount(interval.high)}"


# --- As people type it ------------------------------------------------------------------------------------------------

_OPERATORS = (
    ("不低于", ">="), ("不少于", ">="), ("达到", ">="), ("≥", ">="), ("不超过", "<="), ("不高于", "<="), ("≤", "<="),
    ("超过", ">"), ("高于", ">"), ("多于", ">"), ("低于", "<"), ("少于", "<"), ("正好", ""), ("等于", ""),
)  # fmt: skip
_OWN_UNIT = {
    Unit.YUAN: re.compile("元"), Unit.MONTHS: re.compile("个月(的低保标准)?"), Unit.AREA: re.compile("平方米|m2"),
    Unit.COUNT: re.compile("人"),
}  # fmt: skip
"""What may be written behind a number of the column; another unit is another figure, and is not understood."""
_END = re.compile(r"([<>]=?)\s*(-?\d+(?:\.\d+)?)")
_TRUTH = {"是": "true", "不是": "false", "否": "false"}


def cell_of(fact: Fact, typed: str) -> str:
    """The cell somebody means by what they typed; what is no such sentence is handed back as it is, for `parse` to refuse."""
    text = typed.strip()
    if text in ("", ANYTHING):
        return "-"
    if fact.kind is Kind.BOOLEAN:
        return _TRUTH.get(text, text)
    if fact.kind is Kind.TEXT:
        by_word = {word: value for value, word in fact.words.items()}
        named = [one.strip() for one in re.split("[、，,]", text)]
        return (
            ",".join(f'"{by_word[one]}"' for one in named) if all(one in by_word for one in named) else text
        )
    text = unicodedata.normalize("NFKC", text)  # as a Chinese keyboard writes digits, commas and signs
    for word, operator in _OPERATORS:
        text = text.replace(word, f"{operator} " if operator else "")
    text = _OWN_UNIT[fact.unit].sub("", text) if fact.unit in _OWN_UNIT else text
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    ranges = (_range(one.split("、")) for one in re.split(",或|,|或", text))
    return " ".join(",".join(ranges).split())


def _range(ends: list[str]) -> str:
    """`>= 3`, `< 5` → `[3..5)`; what is no such pair stays as it is."""
    found = [_END.fullmatch(end.strip()) for end in ends]
    if len(found) != 2 or not (found[0] and found[1]):
        return "、".join(ends)
    (low, lower), (high, upper) = found[0].groups(), found[1].groups()
    if not low.startswith(">") or not high.startswith("<"):
        return "、".join(ends)
    return f"{'[' if low == '>=' else '('}{lower}..{upper}{']' if high == '<=' else ')'}"


def typed_of(fact: Fact, cell: str) -> str:
    """A cell as it stands in the input: in words `cell_of` understands, where there are such words."""
    if cell == "-":
        return ""
    try:
        parsed = parse(cell, fact.kind, tuple(fact.words))
    except CellError:
        return cell
    said = reading(fact, parsed)
    return said if _same(fact, cell_of(fact, said), parsed) else cell


def _same(fact: Fact, cell: str, parsed: Cell) -> bool:
    try:
        again = parse(cell, fact.kind, tuple(fact.words))
    except CellError:
        return False
    if fact.kind is Kind.NUMBER:
        return (again.intervals, again.negated) == (parsed.intervals, parsed.negated)
    return all(again.matches(value) == parsed.matches(value) for value in (fact.words or (True, False)))
