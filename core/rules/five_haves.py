"""The "five haves": what in a household's assets raises a finding to be resolved. Never a decision (83号; PIPL 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from core.rules.cell_words import reading
from core.rules.facts import HouseholdFacts
from core.rules.five_haves_columns import FACTS, Fact, FiveHave, Scale, Unit
from core.rules.five_haves_items import ITEMS, Item
from core.rules.five_haves_rules import BASIS, Rule
from core.rules.five_haves_tables import LOOK_AT, kind_of, rows_of, table_of
from core.rules.parameters import ParameterSet
from core.rules.tables import ParsedRow
from core.rules.unary import Cell, Interval, Kind, normal
from core.rules.values import Labelled, fen, say, say_yuan


class Suspicion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the district's table looks at. `key` names kind and item, so that the finding on it is found again."""

    key: str
    kind: FiveHave
    text: str
    """Sensitive: for the household and the officers on the case, never for a posting."""
    value: Decimal | None = None
    person_id: UUID | None = None
    law: str = BASIS
    limit: Decimal | None = None
    """The amount from which on the row looks at the item, in yuan, where it is one."""


class FindingStatus(Labelled):
    OPEN = "open", "待说明"
    CLEARED = "cleared", "已排除"
    UPHELD = "upheld", "已认定"


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suspicion and what a person made of it, with the reason."""

    suspicion: Suspicion
    status: FindingStatus = FindingStatus.OPEN
    reason: str = ""


def findings_of(facts: HouseholdFacts, params: ParameterSet) -> tuple[Suspicion, ...]:
    """One suspicion per kind and item, over the assets of the jointly living members (domain §3).

    A value nobody knows yet is suspected too: no data is not no asset.
    """
    found: dict[str, Suspicion] = {}
    for kind in FiveHave:
        rule = params.five_haves.of(kind)
        if rule is None or not facts.counted:
            continue
        for item in ITEMS[kind](facts, params):
            if (raised := _judge(rule, item, params, len(facts.counted))) is not None:
                found.setdefault(raised.key, raised)
    return tuple(found.values())


def unresolved(
    facts: HouseholdFacts, findings: Sequence[Finding], params: ParameterSet
) -> tuple[tuple[Suspicion, ...], tuple[Finding, ...]]:
    """What is still open, and what was upheld. What the assets on file raise is open until a person resolves it."""
    resolved = {f.suspicion.key for f in findings if f.status is not FindingStatus.OPEN}
    raised = {s.key: s for s in findings_of(facts, params)}
    raised |= {f.suspicion.key: f.suspicion for f in findings if f.status is FindingStatus.OPEN}
    upheld = tuple(f for f in findings if f.status is FindingStatus.UPHELD)
    return tuple(s for key, s in raised.items() if key not in resolved), upheld


# --- What the table says ----------------------------------------------------------------------------------------------


def _judge(rule: Rule, item: Item, params: ParameterSet, persons: int) -> Suspicion | None:
    kind, table = kind_of(rule), table_of(rule)
    fired = table.evaluate(item.facts)
    if not fired or fired[0].outputs[LOOK_AT] is not True:
        return None
    places = {parsed.row.id: k for k, parsed in enumerate(table.rows)}
    at = places[fired[0].row]
    said = _why(kind, item, table.rows[at:], rows_of(rule)[at].label, params)
    limit = _limit(kind, table.rows[at], params, persons)
    return Suspicion(
        item.key, kind, f"{item.what}{said}。", item.value, item.person, fired[0].law or BASIS, limit
    )


def _why(kind: FiveHave, item: Item, rows: Sequence[ParsedRow], label: str, params: ParameterSet) -> str:
    """What the row that fired asks for, and how it is; a row that only fires in doubt is told with those after it."""
    asked = _numbers(kind, rows[0])
    doubtful = any(item.facts[fact.name] is None for fact, _ in asked)
    figures = list(asked)
    if doubtful:
        figures += [
            (fact, cell)
            for row in rows[1:]
            if row.row.outputs[LOOK_AT] and _fits(kind, row, item.facts)
            for fact, cell in _numbers(kind, row)
        ]
    parts = list(dict.fromkeys(_figure(fact, item) for fact, _ in figures))
    if label:
        parts.append(f"，{label}")
    else:
        parts += [
            f"，{fact.said}{reading(fact, cell, params.monthly_standard)}"
            for fact, cell in asked
            if item.facts[fact.name] is not None and not _from_the_first(fact, cell)
        ]
    return "".join(parts) or item.plain


def _from_the_first(fact: Fact, cell: Cell) -> bool:
    """Whether "more than nothing" is all a cell says: the figure says it better."""
    return fact.kind is Kind.NUMBER and cell.intervals == (Interval(low=Fraction(0)),)


def _numbers(kind: FiveHave, row: ParsedRow) -> list[tuple[Fact, Cell]]:
    """The figures a row asks for."""
    cells = zip(FACTS[kind], row.cells, strict=True)
    return [(fact, cell) for fact, cell in cells if fact.kind is Kind.NUMBER and not cell.anything]


def _fits(kind: FiveHave, row: ParsedRow, facts: Mapping[str, object]) -> bool:
    """Whether a row of the table would match if no other came before it."""
    return all(
        cell.matches(None if facts[fact.name] is None else normal(facts[fact.name], fact.kind))
        for fact, cell in zip(FACTS[kind], row.cells, strict=True)
    )


def _figure(fact: Fact, item: Item) -> str:
    """`，价值 62,000.00 元`; empty where it has been said."""
    if fact.base in item.told:
        return ""
    value = item.facts[fact.base]
    if value is None:
        return f"，{fact.figure}还不清楚{item.doubt}"
    assert isinstance(value, Decimal | Fraction | int)
    match fact.unit:
        case Unit.YUAN | Unit.MONTHS:
            return f"，{fact.figure} {say_yuan(Fraction(value))} 元"
        case Unit.AREA:
            return f"，{fact.figure} {say(value)} 平方米"
    return f"，{fact.figure} {say(value)} 人"


def _limit(kind: FiveHave, row: ParsedRow, params: ParameterSet, persons: int) -> Decimal | None:
    """The lower end of the first amount the row asks for, for the item as a whole."""
    for fact, cell in _numbers(kind, row):
        low = cell.intervals[0].low
        if fact.unit not in (Unit.YUAN, Unit.MONTHS) or cell.negated or not isinstance(low, Fraction):
            continue
        limit = low * {Scale.NONE: 1, Scale.YEAR: 12, Scale.HEAD: persons}[fact.scale]
        return fen(limit * params.monthly_standard if fact.unit is Unit.MONTHS else limit)
    return None
