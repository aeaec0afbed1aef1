"""Taking over the rolls as they are: households that were judged before this system, each marked as imported (57号 28).

The only way onto the rolls without a case. Nothing is judged here and nobody is added who was not paid before: an import
says what is being paid, a round's re-appraisal says whether it should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.problems import FieldError, Invalid
from core.registry import benefits, resident_id
from core.registry.elsewhere import Elsewhere, Marks
from core.registry.people import HouseholdPrivate, PersonPrivate, Registry
from core.storage.database import Transaction

SELF = "本人"
ORIGIN = "import"
MOST = 500


class RollMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    id_number: Annotated[str, Meta(title="身份证号", max_length=30, extra={"widget": "id_number"})]
    relation: Annotated[str, Meta(title="与户主关系", min_length=1, max_length=20)]
    phone: Annotated[
        str, Meta(title="手机号", pattern="^(1[0-9]{10})?$", extra={"message": "请填写 11 位手机号"})
    ] = ""


class RollEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One household as the old rolls have it. `amount` is yuan per month for the household."""

    area_code: Annotated[
        str, Meta(title="村（社区）", pattern="^[0-9]{12}$", extra={"message": "请填 12 位村级代码"})
    ]
    members: Annotated[
        tuple[RollMember, ...],
        Meta(title="家庭成员", description="第一位写申请人本人", min_length=1, max_length=30),
    ]
    category: Annotated[str, Meta(title="保障类别", max_length=40)]
    mode: Annotated[
        Literal["tier", "gap"], Meta(title="计发方式", extra={"labels": {"tier": "分档", "gap": "补差"}})
    ]
    amount: Annotated[Decimal, Meta(title="月保障金额", extra={"widget": "money", "minimum": "0.01"})]
    from_month: Annotated[date, Meta(title="从哪个月起享受", description="填当月 1 日")]
    group_name: Annotated[str, Meta(title="村民小组", max_length=30)] = ""
    address: Annotated[str, Meta(title="家庭住址", max_length=200)] = ""
    bank_account: Annotated[
        str, Meta(title="领款账号", max_length=40, pattern="^[0-9 ]*$", extra={"message": "账号只有数字"})
    ] = ""


class RollsImportForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Part of the rolls. It is taken as a whole or not at all."""

    entries: Annotated[
        tuple[RollEntry, ...], Meta(title="在册家庭", min_length=1, max_length=MOST, extra={"unit": "户"})
    ]


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry with its members' numbers read."""

    entry: RollEntry
    people: tuple[PersonPrivate, ...]


def check(entries: Sequence[RollEntry], today: date) -> tuple[Checked, ...]:
    """The entries with their numbers read. Raises Invalid naming every wrong field; pure."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    checked = []
    for n, entry in enumerate(entries):
        errors.extend(_of_entry(entry, f"entries.{n}", today))
        people = []
        for m, member in enumerate(entry.members):
            path = f"entries.{n}.members.{m}.id_number"
            try:
                number = resident_id.parse(member.id_number)
            except ValueError as wrong:
                errors.append(FieldError(path, str(wrong)))
                continue
            if number.number in seen:
                errors.append(FieldError(path, "这个身份证号在这批名单里出现了两次，请核对"))
            seen.add(number.number)
            people.append(PersonPrivate(number.number, number.birth_date, number.sex, member.phone))
        checked.append(Checked(entry, tuple(people)))
    if errors:
        raise Invalid(f"名单里有 {len(errors)} 处需要改，整批都没有导入。", fields=tuple(errors))
    return tuple(checked)


def _of_entry(entry: RollEntry, path: str, today: date) -> Iterable[FieldError]:
    if entry.members[0].relation != SELF:
        yield FieldError(f"{path}.members.0.relation", "第一位应当是申请人，请填“本人”")
    if sum(m.relation == SELF for m in entry.members) > 1:
        yield FieldError(f"{path}.members", "“本人”只能有一位")
    if entry.from_month.day != 1:
        yield FieldError(f"{path}.from_month", "按月发放，请填当月 1 日")
    if entry.from_month > today:
        yield FieldError(
            f"{path}.from_month", "只能导入已经在发放的家庭；新纳入的要申请、调查、确认（57号 28）"
        )


async def import_rolls(
    tx: Transaction, registry: Registry, marks: Marks, entries: Sequence[Checked]
) -> tuple[UUID, ...]:
    """Put the households on the register and on the rolls, and tell the province; their ids in order.

    Raises Invalid where a village is not the district's, or somebody receives the allowance in it already. Who receives in
    another district as well is taken over all the same, for so it is being paid: `also_elsewhere` names them.
    """
    errors = [*await _strange_villages(tx, entries)]
    households = []
    for n, checked in enumerate(entries):
        entry = checked.entry
        people = [
            await registry.put_person(tx, m.name, p)
            for m, p in zip(entry.members, checked.people, strict=True)
        ]
        receiving = set(await benefits.receiving(tx, people, None))
        errors += [
            FieldError(f"entries.{n}.members.{m}", f"{member.name}已经在享受低保，不能重复导入")
            for m, (member, person) in enumerate(zip(entry.members, people, strict=True))
            if person in receiving
        ]
        if not errors:
            households.append(await _enter(tx, registry, entry, people))
            await marks.keep(tx, households[-1])
    if errors:
        raise Invalid(f"名单里有 {len(errors)} 处需要改，整批都没有导入。", fields=tuple(errors))
    return tuple(households)


async def also_elsewhere(
    tx: Transaction, registry: Registry, marks: Marks, households: Iterable[UUID]
) -> tuple[Elsewhere, ...]:
    """Members of these households who receive in another district of the province as well."""
    rows = await tx.fetch(
        "SELECT person_id FROM household_member WHERE tenant_id = $1 AND household_id = ANY($2) ORDER BY position",
        tx.tenant,
        list(households),
    )
    people = await registry.people(tx, [row["person_id"] for row in rows])
    found = await marks.seen(tx, [people[row["person_id"]] for row in rows])
    return tuple(one for one in found if one.kind == "receiving")


async def _enter(tx: Transaction, registry: Registry, entry: RollEntry, people: Sequence[UUID]) -> UUID:
    known: UUID | None = await tx.fetchval(
        "SELECT id FROM household WHERE tenant_id = $1 AND applicant_id = $2", tx.tenant, people[0]
    )
    household = await registry.put_household(
        tx, entry.area_code, entry.group_name,
        list(zip(people, (m.relation for m in entry.members), strict=True)),
        HouseholdPrivate(entry.address, entry.bank_account), known,
    )  # fmt: skip
    await benefits.start(
        tx,
        benefits.entry(
            household, None, entry.area_code, entry.category, entry.mode, entry.amount, len(entry.members),
            entry.from_month, ORIGIN,
        ),
    )  # fmt: skip
    return household


async def _strange_villages(tx: Transaction, entries: Sequence[Checked]) -> Iterable[FieldError]:
    rows = await tx.fetch(
        """SELECT a.code FROM area a JOIN tenant t ON t.id = $1
           WHERE a.code = ANY($2) AND starts_with(a.code, rtrim(left(t.code, 6), '0'))""",
        tx.tenant,
        sorted({checked.entry.area_code for checked in entries}),
    )
    ours = {row["code"] for row in rows if not row["code"].endswith("000")}
    return [
        FieldError(f"entries.{n}.area_code", "没有这个村，请填本区的村或社区代码")
        for n, checked in enumerate(entries)
        if checked.entry.area_code not in ours
    ]
