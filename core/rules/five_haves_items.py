"""What of a household's assets the "five haves" tables are asked about: one item each, with its facts and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from core.rules.assets import Entity, EntityRole, House, HouseKind, Payroll, Vehicle
from core.rules.facts import HouseholdFacts
from core.rules.five_haves_columns import FiveHave, Who
from core.rules.five_haves_tables import cells_of, rows_of
from core.rules.parameters import ParameterSet
from core.rules.values import fen, say, say_yuan


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a table is asked about: `what` says all of it that needs no row, `told` are the figures said there, `plain` is
    said where a row asks for no figure, `doubt` where a figure is not known."""

    key: str
    what: str
    facts: Mapping[str, object]
    value: Decimal | None = None
    person: UUID | None = None
    told: frozenset[str] = frozenset()
    plain: str = ""
    doubt: str = ""


def _key(kind: FiveHave, *parts: object) -> str:
    return ":".join((kind.value, *("".join(str(p).split()).upper() for p in parts)))


def _months(yuan: Decimal | None, months: int, params: ParameterSet) -> Fraction | None:
    """An amount of `months` months, in monthly standards for a month."""
    return None if yuan is None else Fraction(yuan) / months / params.monthly_standard


def _vehicles(facts: HouseholdFacts, params: ParameterSet) -> Iterable[Item]:
    names = {m.person_id: m.name for m in facts.counted}
    for v in facts.assets.vehicles:
        if v.owner in names:
            yield Item(
                _key(FiveHave.VEHICLE, v.reference), f"{names[v.owner]}名下{v.kind.label}（{v.reference}）",
                _vehicle_facts(v, params), v.value, v.owner,
                plain="，按规定有这类车辆需要说明", doubt="，请先评估",
            )  # fmt: skip


def _vehicle_facts(v: Vehicle, params: ParameterSet) -> Mapping[str, object]:
    return {
        "kind": v.kind.value, "value": v.value, "value_months": _months(v.value, 1, params),
        "disability_aid": v.disability_aid,
    }  # fmt: skip


def _posts(facts: HouseholdFacts, params: ParameterSet) -> Iterable[Item]:
    """Of supporters outside the household only who consented (SAL 41)."""
    for post in facts.assets.payroll:
        member = next((m for m in facts.counted if m.person_id == post.person), None)
        supporter = next((s for s in facts.supporters if s.person_id == post.person), None)
        if member is not None:
            yield _post(post, Who.MEMBER, member.name)
        elif supporter is not None and supporter.consent:
            yield _post(post, Who.SUPPORTER, f"{supporter.relation}{supporter.name}")


def _post(post: Payroll, who: Who, name: str) -> Item:
    pay = "年收入还不清楚" if post.amount is None else f"年收入 {say_yuan(post.amount)} 元"
    return Item(
        _key(FiveHave.PAYROLL, post.person, post.employer), f"{name}在{post.employer}，属于{post.kind.label}，{pay}",
        {"who": who.value, "kind": post.kind.value, "annual_pay": post.amount},
        post.amount, post.person, frozenset({"annual_pay"}),
    )  # fmt: skip


def _houses(facts: HouseholdFacts, params: ParameterSet) -> Iterable[Item]:
    """Shops are no dwellings: they are left out of the area a head."""
    names = {m.person_id: m.name for m in facts.counted}
    houses = [h for h in facts.assets.houses if h.owner in names]
    dwellings = [h.area for h in houses if h.kind is not HouseKind.SHOP]
    known = [Fraction(area) for area in dwellings if area is not None]
    each = sum(known, Fraction(0)) / len(names) if len(known) == len(dwellings) else None
    for house in houses:
        yield _house(house, names[house.owner], each)


def _house(house: House, owner: str, each: Fraction | None) -> Item:
    area = "面积不详" if house.area is None else f"{say(house.area)} 平方米"
    return Item(
        _key(FiveHave.HOUSING, house.reference), f"{owner}名下{house.kind.label}（{house.reference}，{area}）",
        {"kind": house.kind.value, "area": house.area, "area_per_person": each},
        house.area, house.owner, frozenset({"area"}),
    )  # fmt: skip


def _entities(facts: HouseholdFacts, params: ParameterSet) -> Iterable[Item]:
    """Mere members of a cooperative own no business (domain §3)."""
    names = {m.person_id: m.name for m in facts.counted}
    for entity in facts.assets.entities:
        if entity.owner in names and entity.role is not EntityRole.COOPERATIVE_MEMBER:
            yield _entity(entity, names[entity.owner], params)


def _entity(item: Entity, owner: str, params: ParameterSet) -> Item:
    state = "，长期停业" if item.dormant else ""
    return Item(
        _key(FiveHave.ENTITY, item.reference), f"{owner}是“{item.name or item.reference}”的{item.role.label}{state}",
        {
            "role": item.role.value, "dormant": item.dormant, "dividends": item.dividends, "profit": item.profit,
            "profit_months": _months(item.profit, 12, params), "employees": item.employees,
        },
        _looked_up(item, params), item.owner,
    )  # fmt: skip


def _looked_up(item: Entity, params: ParameterSet) -> Decimal | None:
    """The figure the district's table asks for, if it asks for one."""
    rule = params.five_haves.entity
    cells = [cells_of(FiveHave.ENTITY, row) for row in rows_of(rule)] if rule is not None else []
    asked = {name for row in cells for name, cell in row.items() if cell != "-"}
    if asked & {"profit", "profit_months"}:
        return item.profit
    return item.dividends if "dividends" in asked else None


def _deposits(facts: HouseholdFacts, params: ParameterSet) -> Iterable[Item]:
    """One item: everything the members have together."""
    counted = {m.person_id for m in facts.counted}
    total = sum((Fraction(d.amount) for d in facts.assets.deposits if d.owner in counted), Fraction(0))
    each = total / len(counted)
    yield Item(
        FiveHave.DEPOSITS.value, f"全家存款和金融资产合计 {say_yuan(total)} 元（{len(counted)} 人）",
        {"total": total, "per_person": each, "per_person_months": each / params.monthly_standard, "persons": len(counted)},
        fen(total), None, frozenset({"total", "persons"}),
    )  # fmt: skip


ITEMS: Mapping[FiveHave, Callable[[HouseholdFacts, ParameterSet], Iterable[Item]]] = {
    FiveHave.VEHICLE: _vehicles, FiveHave.PAYROLL: _posts, FiveHave.HOUSING: _houses, FiveHave.ENTITY: _entities,
    FiveHave.DEPOSITS: _deposits,
}  # fmt: skip
