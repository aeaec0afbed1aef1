"""Who has been told: one row a household, so that nobody is left out; and what a survey found. Inside the caller's transaction.

not yet ─▶ broadcast ─▶ meeting ─▶ visit        the surest way a household was reached by is what stands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.clock import local_date
from core.problems import FieldError, Invalid
from core.publicity.namesakes import Doubtful, Row, by_name, doubled, meant, unmarked_in_doubt
from core.storage.database import Transaction

WAYS = {"meeting": "动员大会", "visit": "入户", "broadcast": "广播"}
MOST = 3000
"""Households of one village."""

How = Annotated[Literal["meeting", "visit", "broadcast"], Meta(title="怎么讲的", extra={"labels": WAYS})]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A household of the village's list. `how` empty: not yet told."""

    group_name: Annotated[str, Meta(title="村民小组", max_length=30)]
    head: Annotated[str, Meta(title="户主", min_length=2, max_length=50)]
    apart: Annotated[
        str,
        Meta(
            title="区分",
            description="同组同名的写户号或身份证后四位；没有同名的空着",
            pattern="^[0-9A-Za-z-]{0,12}$",
            extra={"message": "写户号或身份证后四位，不要写完整的身份证号"},
        ),
    ] = ""
    how: Annotated[
        Literal["", "meeting", "visit", "broadcast"], Meta(title="告知方式", extra={"labels": {"": "还没讲到", **WAYS}})
    ] = ""  # fmt: skip
    told_on: Annotated[date | None, Meta(title="日期")] = None


class ListForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A village's list: households known already keep what stands, unless this says more."""

    households: Annotated[tuple[Listed, ...], Meta(title="家庭", min_length=1, max_length=MOST)]


class ToldForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    households: Annotated[tuple[UUID, ...], Meta(title="家庭", min_length=1, max_length=MOST)]
    how: How
    told_on: Annotated[date, Meta(title="日期")]


class SurveyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Households asked at random, and how many of them knew."""

    held_on: Annotated[date, Meta(title="日期")]
    asked: Annotated[int, Meta(title="问了几户", ge=1, le=MOST, extra={"unit": "户"})]
    criteria: Annotated[int, Meta(title="知道谁可以申请", ge=0, le=MOST, extra={"unit": "户"})]
    steps: Annotated[int, Meta(title="知道怎么申请", ge=0, le=MOST, extra={"unit": "户"})]
    phone: Annotated[int, Meta(title="知道监督电话", ge=0, le=MOST, extra={"unit": "户"})]


class Household(msgspec.Struct, frozen=True):
    id: UUID
    group_name: str
    head: str
    how: str
    told_on: date | None
    apart: str = ""


class VillageCoverage(msgspec.Struct, frozen=True):
    """A village in numbers. `aware` is the last survey's percentage over its three questions; None: none held."""

    area_code: str
    households: int
    meeting: int
    visit: int
    broadcast: int
    not_yet: int
    aware: int | None = None


class Survey(msgspec.Struct, frozen=True):
    held_on: date
    asked: int
    criteria: int
    steps: int
    phone: int

    @property
    def aware(self) -> int:
        return round(100 * (self.criteria + self.steps + self.phone) / (3 * self.asked))


async def villages(tx: Transaction, areas: Sequence[str]) -> tuple[VillageCoverage, ...]:
    """Villages with a list, under the prefixes given; those with most left to tell first."""
    rows = await tx.fetch(
        """SELECT area_code, count(*) AS households, count(*) FILTER (WHERE how = 'meeting') AS meeting,
                  count(*) FILTER (WHERE how = 'visit') AS visit, count(*) FILTER (WHERE how = 'broadcast') AS broadcast,
                  count(*) FILTER (WHERE how = '') AS not_yet,
                  (SELECT round(100.0 * (s.criteria + s.steps + s.phone) / (3 * s.asked))::int FROM publicity_survey s
                   WHERE s.tenant_id = h.tenant_id AND s.area_code = h.area_code
                   ORDER BY s.held_on DESC, s.at DESC LIMIT 1) AS aware
           FROM publicity_household h
           WHERE tenant_id = $1
             AND EXISTS (SELECT FROM unnest($2::text[]) AS w (area) WHERE starts_with(area_code, w.area))
           GROUP BY tenant_id, area_code ORDER BY count(*) FILTER (WHERE how = '') DESC, area_code LIMIT 2000""",
        tx.tenant,
        list(areas),
    )
    return tuple(VillageCoverage(**dict(row)) for row in rows)


async def households(tx: Transaction, area_code: str, *, left: bool = False) -> tuple[Household, ...]:
    """A village's list by group; with `left`, those not yet told."""
    rows = await tx.fetch(
        """SELECT id, group_name, head, how, told_on, apart FROM publicity_household
           WHERE tenant_id = $1 AND area_code = $2 AND ($3 = false OR how = '') ORDER BY group_name, head, apart""",
        tx.tenant,
        area_code,
        left,
    )
    return tuple(Household(**dict(row)) for row in rows)


async def put_list(tx: Transaction, area_code: str, form: ListForm, by: UUID, today: date) -> int:
    """Add the households, or bring them up to date. Raises Invalid naming every row that says two things or means nobody."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 37))", f"{tx.tenant}{area_code}"
    )  # two lists at once would each take the other's namesake for nobody
    rows = [Row(one.group_name.strip(), one.head.strip(), one.apart.upper()) for one in form.households]
    known = by_name({h.id: Row(h.group_name, h.head, h.apart) for h in await households(tx, area_code)})
    wrong = [
        FieldError(f"households.{n}.told_on", f"第 {n + 1} 行：日期不能晚于今天")
        for n, one in enumerate(form.households)
        if one.told_on and one.told_on > today
    ]
    doubts = {**unmarked_in_doubt(rows, known), **doubled(rows)}
    found: list[UUID | None] = []
    for n, row in enumerate(rows):
        try:
            of_name = known.get(row.name, {})
            found.append(_unmarked(row, of_name) or meant(row, of_name))
        except Doubtful as doubt:
            doubts.setdefault(n, f"第 {n + 1} 行：{doubt}")
            found.append(None)
    wrong += [FieldError(f"households.{n}.apart", message) for n, message in sorted(doubts.items())]
    if wrong:
        raise Invalid("名单里有几行要改", fields=tuple(wrong))
    await tx.executemany(
        """INSERT INTO publicity_household (tenant_id, id, area_code, group_name, head, apart, how, told_on, told_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (tenant_id, id) DO UPDATE SET
               apart = CASE WHEN excluded.apart = '' THEN publicity_household.apart ELSE excluded.apart END,
               how = CASE WHEN excluded.how = '' THEN publicity_household.how ELSE excluded.how END,
               told_on = CASE WHEN excluded.how = '' THEN publicity_household.told_on ELSE excluded.told_on END,
               told_by = CASE WHEN excluded.how = '' THEN publicity_household.told_by ELSE excluded.told_by END""",
        [
            (tx.tenant, household or uuid4(), area_code, row.group_name, row.head, row.apart, one.how,
             (one.told_on or today) if one.how else None, by if one.how else None)
            for one, row, household in zip(form.households, rows, found, strict=True)
        ],
    )  # fmt: skip
    return len(form.households)


def _unmarked(row: Row, of_name: Mapping[str, UUID]) -> UUID | None:
    """The only household of the name, of which the list did not yet say what tells it apart."""
    return of_name.get("") if row.apart and len(of_name) == 1 else None


async def tell(tx: Transaction, area_code: str, form: ToldForm, by: UUID, today: date) -> int:
    """Note how these households of the village were told. Raises Invalid for a day to come."""
    if form.told_on > today:
        raise Invalid("日期要改一下", fields=(FieldError("told_on", "不能晚于今天"),))
    rows = await tx.fetch(
        """UPDATE publicity_household SET how = $4, told_on = $5, told_by = $6
           WHERE tenant_id = $1 AND area_code = $2 AND id = ANY($3) RETURNING id""",
        tx.tenant, area_code, list(form.households), form.how, form.told_on, by,
    )  # fmt: skip
    return len(rows)


async def put_survey(tx: Transaction, area_code: str, form: SurveyForm, by: UUID, at: datetime) -> None:
    """Raises Invalid where more knew than were asked, and for a day to come."""
    wrong = [
        FieldError(name, f"不能多于问的 {form.asked} 户")
        for name in ("criteria", "steps", "phone")
        if getattr(form, name) > form.asked
    ]
    if form.held_on > local_date(at):
        wrong.append(FieldError("held_on", "不能晚于今天"))
    if wrong:
        raise Invalid("调查的数字要改一下", fields=tuple(wrong))
    await tx.execute(
        """INSERT INTO publicity_survey (tenant_id, id, area_code, held_on, asked, criteria, steps, phone, by, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tx.tenant, uuid4(), area_code, form.held_on, form.asked, form.criteria, form.steps, form.phone, by, at,
    )  # fmt: skip


async def surveys(tx: Transaction, area_code: str) -> tuple[Survey, ...]:
    rows = await tx.fetch(
        """SELECT held_on, asked, criteria, steps, phone FROM publicity_survey
           WHERE tenant_id = $1 AND area_code = $2 ORDER BY held_on DESC, at DESC LIMIT 20""",
        tx.tenant,
        area_code,
    )
    return tuple(Survey(**dict(row)) for row in rows)
