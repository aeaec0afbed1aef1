"""What does not add up in a household's facts, all at once, so that nothing half-known is reckoned with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from core.problems import FieldError, Invalid
from core.rules.assets import Deposit, Entity, House, Vehicle
from core.rules.facts import APPLICANT, HouseholdFacts, IncomeKind, Land, LandUse, LegalSupporter
from core.rules.provenance import DECLARED, Provenance
from core.rules.values import wrong_number


def problems_of(facts: HouseholdFacts, day: date) -> tuple[FieldError, ...]:
    """Everything wrong; `field` is the path in the facts (`income.2.amount`). `day` is the day of acceptance."""
    return (
        *_of_members(facts, day),
        *_of_income(facts),
        *_of_deductions(facts),
        *(error for k, land in enumerate(facts.land) for error in _of_land(land, f"land.{k}")),
        *(e for k, s in enumerate(facts.supporters) for e in _of_supporter(facts, s, f"supporters.{k}")),
        *_of_assets(facts),
    )


def found_at_visit(facts: HouseholdFacts, found: Provenance) -> HouseholdFacts:
    """The facts of a visit: whatever carries no source of its own was found there, rows added on the spot too."""
    changed = {
        section: tuple(
            msgspec.structs.replace(row, provenance=found) if row.provenance == DECLARED else row
            for row in getattr(facts, section)
        )
        for section in ("income", "deductions", "land", "supporters")
    }
    return msgspec.structs.replace(facts, **changed)


def demand_sound(facts: HouseholdFacts, day: date) -> None:
    """Raises Invalid with everything wrong, at its place in a form that holds the facts as `facts`."""
    wrong = problems_of(facts, day)
    if wrong:
        fields = tuple(FieldError(f"facts.{error.field}", error.message) for error in wrong)
        raise Invalid(f"家庭情况有 {len(wrong)} 处对不上，请核对后改正。", fields=fields)


def _of_members(facts: HouseholdFacts, day: date) -> Iterable[FieldError]:
    if sum(m.relation == APPLICANT for m in facts.members) != 1:
        yield FieldError("members", "要有且只有一位成员的“与申请人关系”是“本人”。")
    if not facts.counted:
        yield FieldError("members", "没有共同生活的家庭成员，无法核算。")
    ids = [m.person_id for m in facts.members]
    for k, member in enumerate(facts.members):
        if ids.index(member.person_id) < k:
            yield FieldError(f"members.{k}", f"{member.name}重复登记了。")
        if member.birth_date > day:
            yield FieldError(f"members.{k}.birth_date", f"{member.name}的出生日期晚于受理日期。")
    if facts.alone is not None and facts.member(facts.alone) not in facts.counted:
        yield FieldError("alone", "单独提出申请的人不在共同生活的家庭成员里。")


def _of_income(facts: HouseholdFacts) -> Iterable[FieldError]:
    for k, line in enumerate(facts.income):
        path = f"income.{k}"
        minimum = None if line.kind is IncomeKind.BUSINESS else Decimal(0)
        if wrong := wrong_number(line.amount, minimum=minimum):
            yield FieldError(f"{path}.amount", wrong)
        yield from _known(facts, line.owner, f"{path}.owner")
        if line.kind is IncomeKind.WAGES and line.owner is None:
            yield FieldError(f"{path}.owner", "工资收入要写明是谁的。")
        if line.kind is IncomeKind.LOCALLY_EXCLUDED and not line.local_rule:
            yield FieldError(f"{path}.local_rule", "请写明依据当地哪项规定不计入。")
        if line.new_job and line.kind is not IncomeKind.WAGES:
            yield FieldError(f"{path}.new_job", "只有工资收入可以标记为新就业的收入。")


def _of_deductions(facts: HouseholdFacts) -> Iterable[FieldError]:
    for k, deduction in enumerate(facts.deductions):
        if wrong := wrong_number(deduction.amount):
            yield FieldError(f"deductions.{k}.amount", wrong)
        yield from _known(facts, deduction.owner, f"deductions.{k}.owner")


def _of_land(land: Land, path: str) -> Iterable[FieldError]:
    if wrong := wrong_number(land.mu, maximum=Decimal(100000)):
        yield FieldError(f"{path}.mu", wrong)
    if land.use is LandUse.FARMED and not land.crop:
        yield FieldError(f"{path}.crop", "自己种的地要写种什么。")
    if land.use is LandUse.LEASED_OUT:
        if land.rent_per_mu is None:
            yield FieldError(f"{path}.rent_per_mu", "流转出去的地要写每亩实际年租金；没有租金写 0。")
        elif wrong := wrong_number(land.rent_per_mu):
            yield FieldError(f"{path}.rent_per_mu", wrong)


def _of_supporter(facts: HouseholdFacts, supporter: LegalSupporter, path: str) -> Iterable[FieldError]:
    for person in supporter.supports:
        yield from _known(facts, person, f"{path}.supports")
    if len(set(supporter.supports)) < len(supporter.supports):
        yield FieldError(f"{path}.supports", "赡养对象重复了。")
    if supporter.persons_supported < len(supporter.supports):
        text = f"{supporter.name}一共要赡养的人数，不能少于本户由其赡养的 {len(supporter.supports)} 人。"
        yield FieldError(f"{path}.persons_supported", text)
    decided, per_capita = supporter.decided_amount, supporter.household_per_capita
    if decided is not None and (wrong := wrong_number(decided)):
        yield FieldError(f"{path}.decided_amount", wrong)
    if per_capita is not None and (wrong := wrong_number(per_capita)):
        yield FieldError(f"{path}.household_per_capita", wrong)
    if per_capita is not None and not supporter.consent:
        text = f"{supporter.name}没有同意核对，不能使用其家庭收入（社会救助法 41）。"
        yield FieldError(f"{path}.household_per_capita", text)


def _of_assets(facts: HouseholdFacts) -> Iterable[FieldError]:
    assets = facts.assets
    for name, items, amount in (
        ("vehicles", assets.vehicles, "value"),
        ("houses", assets.houses, "area"),
        ("deposits", assets.deposits, "amount"),
        ("entities", assets.entities, "dividends"),
        ("entities", assets.entities, "profit"),
        ("payroll", assets.payroll, "amount"),
    ):
        for k, item in enumerate(items):
            value: Decimal | None = getattr(item, amount)
            minimum = None if amount == "profit" else Decimal(0)
            if value is not None and (wrong := wrong_number(value, minimum=minimum)):
                yield FieldError(f"assets.{name}.{k}.{amount}", wrong)
    owned: tuple[Vehicle | House | Deposit | Entity, ...] = (
        *assets.vehicles,
        *assets.houses,
        *assets.deposits,
        *assets.entities,
    )
    for thing in owned:
        yield from _known(facts, thing.owner, "assets")
    supporters = {s.person_id for s in facts.supporters}
    for k, post in enumerate(assets.payroll):
        if post.person not in supporters:
            yield from _known(facts, post.person, f"assets.payroll.{k}.person")


def _known(facts: HouseholdFacts, person: UUID | None, path: str) -> Iterable[FieldError]:
    if person is not None and facts.member(person) is None:
        yield FieldError(path, "写的人不在这户的成员里，请重新选择。")
