"""The five haves as decision tables: the short forms turned into rows, the rows into checked tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import assert_never

from core.problems import FieldError
from core.rules.five_haves_columns import FACTS, PLACES, Fact, FiveHave, Unit
from core.rules.five_haves_rules import (
    DepositRow,
    DepositRule,
    EntityRow,
    EntityRule,
    FiveHaves,
    HaveRow,
    HouseRow,
    HousingRule,
    Outcome,
    PayrollRow,
    PayrollRule,
    Rule,
    VehicleRow,
    VehicleRule,
)
from core.rules.table_checks import TableProblem
from core.rules.table_checks import problems_of as table_problems
from core.rules.tables import Output, Row, Table, TableSpec
from core.rules.unary import CellError, Kind, parse
from core.rules.values import MAX_YUAN, wrong_number

LOOK_AT = "look_at"
MOST_ROWS = 16
MOST_BOUNDS = 12
"""Different numbers the cells of one column may name."""
MOST_BOXES = 48
"""Rows there may be, once every cell of several ranges is written as so many rows."""
_KINDS: dict[type[Rule], FiveHave] = {
    VehicleRule: FiveHave.VEHICLE, DepositRule: FiveHave.DEPOSITS, HousingRule: FiveHave.HOUSING,
    EntityRule: FiveHave.ENTITY, PayrollRule: FiveHave.PAYROLL,
}  # fmt: skip


def kind_of(rule: Rule) -> FiveHave:
    return _KINDS[type(rule)]


def rows_of(rule: Rule) -> tuple[HaveRow, ...]:
    """The rule's own rows, or those its short form stands for."""
    return rule.rows or tuple(_in_full(rule))


def cells_of(kind: FiveHave, row: HaveRow) -> dict[str, str]:
    return {fact.name: str(getattr(row, fact.name)) for fact in FACTS[kind]}


def table_spec(rule: Rule) -> TableSpec:
    """Row ids are `row-1`, `row-2` …; the one output is whether the household is to explain."""
    kind = kind_of(rule)
    return TableSpec(
        name=kind.value,
        label=kind.label,
        columns=tuple(fact.column for fact in FACTS[kind]),
        outputs=(Output(LOOK_AT, "要说明", Kind.BOOLEAN),),
        rows=tuple(
            Row(f"row-{k}", row.label or f"第 {k} 行", cells_of(kind, row), {LOOK_AT: row.outcome is Outcome.LOOK_AT}, row.law)
            for k, row in enumerate(rows_of(rule), start=1)
        ),
        doubt=LOOK_AT,
    )  # fmt: skip


@lru_cache(maxsize=512)
def table_of(rule: Rule) -> Table:
    """The checked table. Raises Invalid."""
    return Table.of(table_spec(rule))


def _in_full(rule: Rule) -> Iterable[HaveRow]:
    match rule:
        case VehicleRule():
            return _vehicle(rule)
        case DepositRule():
            return _deposits(rule)
        case HousingRule():
            return _housing(rule)
        case EntityRule():
            return _entity(rule)
        case PayrollRule():
            return _payroll(rule)
    assert_never(rule)


def _vehicle(rule: VehicleRule) -> Iterable[HaveRow]:
    if rule.disability_aid_exempt:
        yield VehicleRow(Outcome.LET_OFF, disability_aid="true")
    if rule.any_of:
        yield VehicleRow(kind=_any_of(dict.fromkeys(kind.value for kind in rule.any_of)))
    elif rule.at_least is not None:
        yield VehicleRow(value=f">= {_plain(rule.at_least)}")
    elif rule.more_than is not None:
        yield VehicleRow(value=f"> {_plain(rule.more_than)}")


def _deposits(rule: DepositRule) -> Iterable[HaveRow]:
    if rule.household_at_least is not None:
        yield DepositRow(total=f">= {_plain(rule.household_at_least)}")
    elif rule.per_person_months is not None:
        yield DepositRow(per_person_months=f"> {rule.per_person_months}")


def _housing(rule: HousingRule) -> Iterable[HaveRow]:
    counting = [name for name, counts in (("commercial", rule.commercial), ("shop", rule.shops)) if counts]
    if rule.small_per_person is not None and rule.commercial:
        yield HouseRow(
            Outcome.LET_OFF, kind='"commercial"', area_per_person=f"< {_plain(rule.small_per_person)}"
        )
    if counting:
        yield HouseRow(kind=_any_of(counting))


def _entity(rule: EntityRule) -> Iterable[HaveRow]:
    if rule.when == "any":
        yield EntityRow()
    elif rule.when == "dividends":
        yield EntityRow(dividends="> 0")
    else:
        yield EntityRow(profit_months=f"> {_plain(rule.profit_months)}")
        yield EntityRow(employees="> 0")


def _payroll(rule: PayrollRule) -> Iterable[HaveRow]:
    looked_at = [
        name for name, wanted in (("member", rule.members), ("supporter", rule.supporters)) if wanted
    ]
    if not looked_at:
        return
    who = "-" if len(looked_at) == 2 else _any_of(looked_at)
    yield PayrollRow(who=who, kind='"fiscal"')
    if rule.state_enterprise_at_least is not None:
        limit = f">= {_plain(rule.state_enterprise_at_least)}"
        yield PayrollRow(who=who, kind='"state_enterprise"', annual_pay=limit)


def _any_of(names: Iterable[str]) -> str:
    return ",".join(f'"{name}"' for name in names)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


# --- What is wrong ----------------------------------------------------------------------------------------------------


def problems_of(rules: FiveHaves, path: str) -> Iterable[FieldError]:
    """Every threshold and every cell that is missing, doubled or impossible; `path` of a cell: `vehicle.rows.0.value`."""
    for kind in FiveHave:
        rule = rules.of(kind)
        if rule is not None:
            where = f"{path}.{kind.value}"
            yield from _of_rows(rule, where) if rule.rows else _of_short_form(rule, where)


def _of_rows(rule: Rule, path: str) -> Iterable[FieldError]:
    kind = kind_of(rule)
    if rule != type(rule)(rows=rule.rows):  # type: ignore[arg-type]
        yield FieldError(path, "写了 rows（判定表）就只按表判定，请去掉这一段里其他的简写。")
    if len(rule.rows) > MOST_ROWS:
        yield FieldError(f"{path}.rows", f"一张表最多 {MOST_ROWS} 行。")
        return
    if all(row.outcome is Outcome.LET_OFF for row in rule.rows):
        yield FieldError(f"{path}.rows", "没有一行是“要说明”；这一项都不算的，请整段去掉。")
    if message := _too_many_bounds(rule):
        yield FieldError(f"{path}.rows", message)
        return
    wrong = [p for p in table_problems(table_spec(rule)) if p.severity == "error"]
    yield from (FieldError(_place(p, path), p.message) for p in wrong)
    if wrong:
        return
    for k, row in enumerate(rule.rows):
        for fact in FACTS[kind]:
            if message := _bounds(fact, getattr(row, fact.name)):
                yield FieldError(f"{path}.rows.{k}.{fact.name}", message)
    if message := _too_much(kind, table_of(rule)):
        yield FieldError(f"{path}.rows", message)


def _too_many_bounds(rule: Rule) -> str:
    """Looked at before anything else: tables are checked piece by piece."""
    for fact in FACTS[kind_of(rule)]:
        ends = {end for row in rule.rows for end in _ends(fact, getattr(row, fact.name))}
        if len(ends) > MOST_BOUNDS:
            return f"“{fact.label}”一列里最多写 {MOST_BOUNDS} 个不同的数。"
    return ""


def _ends(fact: Fact, cell: str) -> Sequence[Fraction]:
    """The numbers of a cell; none where it cannot be read, which is said elsewhere."""
    if fact.kind is not Kind.NUMBER:
        return ()
    try:
        return [end for end in parse(cell, fact.kind).breakpoints() if isinstance(end, Fraction)]
    except CellError:
        return ()


def _too_much(kind: FiveHave, table: Table) -> str:
    boxes = sum(prod(max(1, len(c.intervals) + c.negated) for c in parsed.cells) for parsed in table.rows)
    if boxes > MOST_BOXES:
        return "这张表太复杂了，没有人能看明白：请少用 not(…) 和几段并列的写法，分几行写。"
    if kind is FiveHave.DEPOSITS:
        nothing = {"total": 0, "per_person": 0, "per_person_months": 0}
        for persons in range(1, 61):
            fired = table.evaluate({**nothing, "persons": persons})
            if fired and fired[0].outputs[LOOK_AT]:
                return f"按这张表，一分钱存款也没有的家庭（{persons} 人）也要说明，请在要说明的行里写明金额。"
    return ""


def notes_of(rule: Rule) -> tuple[TableProblem, ...]:
    """What keeps nobody from saving: overlaps and cases no row speaks of (they are let off). For a table without errors."""
    kind = kind_of(rule)
    notes = [p for p in table_problems(table_spec(rule)) if p.severity == "note"]
    return tuple(replace(note, message=_in_words(kind, note.message)) for note in notes)


def _in_words(kind: FiveHave, message: str) -> str:
    """An example's values of the vocabulary as people call them."""
    for fact in FACTS[kind]:
        for value, word in fact.words.items():
            message = message.replace(f"{fact.label} “{value}”", f"{fact.label} “{word}”")
    return message.replace("没有任何一行管到，", "没有任何一行管到（就不用说明），")


def _place(problem: TableProblem, path: str) -> str:
    """The table's path (`rows.2.cells.value`) in the terms of rules.toml."""
    place = problem.where.replace(".cells", "").replace(".outputs", "")
    return f"{path}.{place}"


def _bounds(fact: Fact, cell: str) -> str:
    """What is wrong with the numbers of a cell; too fine ones no registry could ever tell apart."""
    numbers = (Decimal(end.numerator) / Decimal(end.denominator) for end in _ends(fact, cell))
    most = {"maximum": Decimal(100_000)} if fact.unit is Unit.MONTHS else {}
    wrong = (wrong_number(n, minimum=-MAX_YUAN, places=PLACES[fact.unit], **most) for n in numbers)
    return next((text for text in wrong if text), "")


def _of_short_form(rule: Rule, path: str) -> Iterable[FieldError]:
    match rule:
        case VehicleRule():
            if sum((rule.at_least is not None, rule.more_than is not None, bool(rule.any_of))) != 1:
                yield FieldError(
                    path, "at_least、more_than、any_of 三项要写且只写一项，或者写 rows（判定表）。"
                )
            yield from _amounts(rule, path, "at_least", "more_than")
        case DepositRule():
            if (rule.household_at_least is None) == (rule.per_person_months is None):
                yield FieldError(
                    path, "household_at_least 和 per_person_months 要写且只写一项，或者写 rows（判定表）。"
                )
            yield from _amounts(rule, path, "household_at_least")
            if rule.per_person_months is not None and not 1 <= rule.per_person_months <= 120:
                yield FieldError(f"{path}.per_person_months", "请填 1 到 120 个月。")
        case HousingRule():
            if not (rule.commercial or rule.shops):
                yield FieldError(path, "commercial 和 shops 至少要有一项算；都不算请整段去掉。")
            yield from _amounts(rule, path, "small_per_person")
        case EntityRule():
            yield from _amounts(rule, path, "profit_months")
        case PayrollRule():
            yield from _amounts(rule, path, "state_enterprise_at_least")
            if not (rule.members or rule.supporters):
                yield FieldError(path, "members 和 supporters 至少要有一项算；都不算请整段去掉。")


def _amounts(rule: Rule, path: str, *names: str) -> Iterable[FieldError]:
    for name in names:
        value = getattr(rule, name)
        if value is not None and (wrong := wrong_number(value, minimum=Decimal("0.01"))):
            yield FieldError(f"{path}.{name}", wrong)


def least(rule: Rule, *facts: str) -> Sequence[Fraction]:
    """From which amount on each `look_at` row asks about one of these columns; empty where a row asks at any amount."""
    table = table_of(rule)
    places = [k for k, column in enumerate(table.spec.columns) if column.fact in facts]
    found: list[Fraction] = []
    for parsed in table.rows:
        if not parsed.row.outputs[LOOK_AT]:
            continue
        lows = [i.low for k in places if not parsed.cells[k].negated for i in parsed.cells[k].intervals]
        if not lows or any(not isinstance(low, Fraction) for low in lows):
            return ()
        found += [low for low in lows if isinstance(low, Fraction)]
    return found
