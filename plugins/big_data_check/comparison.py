"""What was declared, archived, visited and registered, side by side; what differs stands first. Pure.

    —       nobody has looked there yet (not visited, the source has not answered): says nothing, differs from nothing
    没有     looked at, and there is none: differs from everything that is there

Amounts are compared as amounts, words as they stand. The archive's side is the household's earlier file for people, and
for what is owned the items marked as coming from there: a mark speaks of its own item and of no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.sdk.verification import (
    Assets,
    Deposit,
    Difference,
    HouseholdFacts,
    Result,
    Source,
    SourceResult,
)
from plugins.big_data_check import incomes
from plugins.big_data_check.findings import assets_of
from plugins.big_data_check.vocabulary import shown

NONE = "没有"
NOTED = "调查人记录"
_SPOUSE = {True: "有配偶", False: "没有配偶"}
COLUMNS = (("declared", "申报"), ("archived", "原档案"), ("visited", "入户所见"), ("registry", "部门数据"))


@dataclass(frozen=True, slots=True)
class Row:
    """One thing about the household. A column is None where nobody has looked; `whose` is a name, or the household."""

    topic: str
    item: str
    whose: str
    declared: str | None
    archived: str | None
    visited: str | None
    registry: str | None

    @property
    def values(self) -> tuple[str | None, ...]:
        return (self.declared, self.archived, self.visited, self.registry)

    @property
    def differs(self) -> bool:
        return len({value for value in self.values if value is not None}) > 1


@dataclass(frozen=True, slots=True)
class Sides:
    """Everything compared. `archived` is the household's earlier file; `marked` what of its belongings is marked as coming
    from the archive; `results` all there is so far.
    """

    declared: HouseholdFacts | None
    archived: HouseholdFacts | None
    visited: HouseholdFacts | None
    results: Sequence[SourceResult]
    differences: Sequence[Difference] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)
    marked: Assets = field(default_factory=Assets)


def rows_of(sides: Sides) -> tuple[Row, ...]:
    """Differing rows first, each group in the order of the topics."""
    found = [
        *_members(sides),
        *_assets(sides, "车辆、农机", Source.VEHICLES, "vehicles", _vehicle),
        *_assets(sides, "房屋", Source.REAL_ESTATE, "houses", _house),
        *_assets(sides, "市场主体", Source.MARKET_ENTITIES, "entities", _entity),
        *_assets(sides, "稳定就业", Source.PAYROLL, "payroll", _post),
        *_deposits(sides),
        *_incomes(sides),
        *_marriages(sides),
        *_registers(sides),
        *_noted(sides.differences),
    ]
    return tuple(sorted(found, key=lambda row: not row.differs))


def _members(sides: Sides) -> Iterable[Row]:
    """Who belongs to the household; the registry only says where it says something else than "normal"."""
    facts, people = _facts(sides), _people(sides)
    status = {
        r.person_id: dict(shown(r.source, r.values)).get("户籍状态", "")
        for r in sides.results
        if r.source is Source.HOUSEHOLD_REGISTRATION and r.result is Result.HIT
    }
    for person, name in people.items():
        cells = [
            None if one is None else (m.living.label if (m := one.member(person)) else NONE) for one in facts
        ]
        told = status.get(person)
        registry = None if not told or told == "正常" else f"户籍：{told}"
        yield _row("家庭成员", "居住情况", name, [*cells, registry])


def _assets(
    sides: Sides, topic: str, source: Source, part: str, describe: Callable[[Any], tuple[UUID, str, str]]
) -> Iterable[Row]:
    """One row per item, known by its reference."""
    declared, visited = (
        None if one is None else _by_item(getattr(one.assets, part), describe)
        for one in (sides.declared, sides.visited)
    )
    marked = _by_item(getattr(sides.marked, part), describe)
    found = _by_item(getattr(assets_of(sides.results), part), describe)
    registered = found if found or _answered(sides.results, source) else None
    columns = (declared, marked, visited, registered)
    for key in dict.fromkeys(key for column in columns if column for key in column):
        said, seen, known = (None if c is None else c.get(key, NONE) for c in (declared, visited, registered))
        yield _row(topic, key[1], sides.names.get(key[0], "—"), [said, marked.get(key), seen, known])


def _deposits(sides: Sides) -> Iterable[Row]:
    """The household's total, as the limit goes by."""
    marked = sides.marked.deposits
    totals = [
        _sum(sides.declared.assets.deposits) if sides.declared else None,
        _sum(marked) if marked else None,
        _sum(sides.visited.assets.deposits) if sides.visited else None,
    ]
    registered = assets_of(sides.results).deposits
    answered = all(_answered(sides.results, s) for s in (Source.DEPOSITS, Source.SECURITIES))
    totals.append(_sum(registered) if registered or answered else None)
    if any(totals):
        cells = [None if total is None else _yuan(total) for total in totals]
        yield _row("存款和金融资产", "合计", "全家", cells)


def _incomes(sides: Sides) -> Iterable[Row]:
    """Wages and pensions of each member. The earlier file's were of another year, and are not held against this one's."""
    for person, name in _people(sides).items():
        for item, kinds, known in (
            ("工资、务工", incomes.WAGES, incomes.wages(sides.results, person)),
            ("养老金", incomes.PENSIONS, incomes.pension(sides.results, person)),
        ):
            declared, visited = (incomes.said(one, person, kinds) for one in (sides.declared, sides.visited))
            if any((declared, visited, known)):
                cells = [_yuan_or_none(declared), None, _yuan_or_none(visited), _yuan_or_none(known)]
                yield _row("收入", item, name, cells)


def _marriages(sides: Sides) -> Iterable[Row]:
    """Whether somebody has a spouse, where the marriage register knows of them."""
    for person, name in _people(sides).items():
        known = incomes.registered_spouse(sides.results, person)
        if known is not None:
            told = [incomes.has_spouse(one, person) for one in _facts(sides)]
            cells = [None if one is None else _SPOUSE[one] for one in (*told, known)]
            yield _row("婚姻", "配偶", name, cells)


def _registers(sides: Sides) -> Iterable[Row]:
    """What other registers say of a person, beside the visited facts where those speak of it."""
    for result in sides.results:
        if result.result is not Result.HIT:
            continue
        name = sides.names.get(result.person_id, "—")
        if result.source is Source.DISABILITY:
            cells = [_disability(one, result.person_id) for one in _facts(sides)]
            grade = result.values.get("grade", "")
            yield _row("残疾", "等级", name, [*cells, f"{grade}级" if grade else "有登记"])
        elif result.source in (Source.MARRIAGE, Source.SOCIAL_INSURANCE, Source.HOUSING_FUND, Source.TAX):
            said = "，".join(f"{label} {value}" for label, value in shown(result.source, result.values))
            yield _row(result.source.label, "登记情况", name, [None, None, None, said])


def _noted(differences: Iterable[Difference]) -> Iterable[Row]:
    """What the investigators themselves wrote down as differing."""
    for one in differences:
        sides = [one.declared or None, one.archived or None, one.visited or None, None]
        yield _row(NOTED, one.field, "全家", sides)


def _row(topic: str, item: str, whose: str, cells: Sequence[str | None]) -> Row:
    declared, archived, visited, registry = cells
    return Row(topic, item, whose, declared, archived, visited, registry)


def _people(sides: Sides) -> dict[UUID, str]:
    return {m.person_id: m.name for one in _facts(sides) for m in (one.members if one else ())}


def _facts(sides: Sides) -> tuple[HouseholdFacts | None, ...]:
    return (sides.declared, sides.archived, sides.visited)


def _by_item(
    items: Iterable[Any], describe: Callable[[Any], tuple[UUID, str, str]]
) -> dict[tuple[UUID, str], str]:
    found = {}
    for item in items:
        owner, reference, text = describe(item)
        found[owner, "".join(reference.split()).upper()] = text
    return found


def _answered(results: Sequence[SourceResult], source: Source) -> bool:
    """Everybody asked about there got a yes or no: only then is silence "none"."""
    said = [r.result for r in results if r.source is source]
    return bool(said) and all(r in (Result.HIT, Result.NO_HIT) for r in said)


def _vehicle(v: Any) -> tuple[UUID, str, str]:
    return v.owner, v.reference, f"{v.kind.label} {_worth(v.value)}"


def _house(h: Any) -> tuple[UUID, str, str]:
    return (
        h.owner,
        h.reference,
        h.kind.label + (f" {h.area.normalize():f} 平方米" if h.area is not None else ""),
    )


def _entity(e: Any) -> tuple[UUID, str, str]:
    return e.owner, e.reference, e.role.label + ("（停业）" if e.dormant else "")


def _post(p: Any) -> tuple[UUID, str, str]:
    return p.person, p.employer, f"{p.kind.label} {_worth(p.amount)}"


def _worth(value: Decimal | None) -> str:
    return "金额不详" if value is None else _yuan(value)


def _sum(deposits: Iterable[Deposit]) -> Decimal:
    return sum((d.amount for d in deposits), Decimal(0))


def _yuan_or_none(value: Decimal | None) -> str | None:
    return None if value is None else _yuan(value) if value else NONE


def _yuan(value: Decimal) -> str:
    return f"{value:,.2f} 元"


def _disability(facts: HouseholdFacts | None, person: UUID) -> str | None:
    if facts is None:
        return None
    member = facts.member(person)
    return f"{member.disability.grade}级" if member and member.disability else NONE
