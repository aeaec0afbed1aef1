"""Who came to a meeting, household by household: ticked on a page or read from the sign-in sheet. Inside the caller's transaction.

    sign-in of a day ─▶ these households were told at a meeting        those not yet told at all stay on the follow-up list

What is sent is the whole sign-in of that day: who was ticked by mistake and is left out the second time has not been there,
and counts as not yet told where nothing else told them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.problems import FieldError, Invalid
from core.publicity.coverage import MOST, Household
from core.storage.database import Transaction


class SignInForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody who was there on that day; nobody takes the day's sign-in back."""

    held_on: Annotated[date, Meta(title="开会日期")]
    households: Annotated[tuple[UUID, ...], Meta(title="到会的家庭", max_length=MOST)] = ()


class Meeting(msgspec.Struct, frozen=True):
    """A day's sign-in. `households`: who was there."""

    held_on: date
    households: tuple[UUID, ...]


async def meetings(tx: Transaction, area_code: str) -> tuple[Meeting, ...]:
    """A village's sign-ins, the latest day first."""
    rows = await tx.fetch(
        """SELECT held_on, array_agg(household_id ORDER BY household_id) AS households FROM publicity_sign_in
           WHERE tenant_id = $1 AND area_code = $2 GROUP BY held_on ORDER BY held_on DESC LIMIT 20""",
        tx.tenant,
        area_code,
    )
    return tuple(Meeting(row["held_on"], tuple(row["households"])) for row in rows)


async def sign_in(
    tx: Transaction, area_code: str, form: SignInForm, by: UUID, today: date, at: datetime
) -> int:
    """Keep the day's sign-in in place of an earlier one; how many households were there.

    Raises Invalid for a day to come, and for households that are not of the village's list.
    """
    wanted = list(dict.fromkeys(form.households))
    known = await tx.fetch(
        "SELECT id FROM publicity_household WHERE tenant_id = $1 AND area_code = $2 AND id = ANY($3) FOR UPDATE",
        tx.tenant,
        area_code,
        wanted,
    )
    if form.held_on > today:
        raise Invalid("日期要改一下", fields=(FieldError("held_on", "不能晚于今天"),))
    if len(known) < len(wanted):
        raise Invalid(
            "名单变了", fields=(FieldError("households", "有的家庭已经不在名单里，请刷新后再签到"),)
        )
    gone = await tx.fetch(
        """DELETE FROM publicity_sign_in WHERE tenant_id = $1 AND area_code = $2 AND held_on = $3
           AND household_id <> ALL($4) RETURNING household_id""",
        tx.tenant, area_code, form.held_on, wanted,
    )  # fmt: skip
    await tx.execute(
        """INSERT INTO publicity_sign_in (tenant_id, area_code, held_on, household_id, by, at)
           SELECT $1, $2, $3, h, $5, $6 FROM unnest($4::uuid[]) AS u (h) ON CONFLICT DO NOTHING""",
        tx.tenant, area_code, form.held_on, wanted, by, at,
    )  # fmt: skip
    await tx.execute(
        """UPDATE publicity_household SET how = 'meeting', told_on = $3, told_by = $4
           WHERE tenant_id = $1 AND id = ANY($2) AND how IN ('', 'broadcast')""",
        tx.tenant, wanted, form.held_on, by,
    )  # fmt: skip
    await _not_there(tx, form.held_on, [row["household_id"] for row in gone])
    return len(wanted)


async def _not_there(tx: Transaction, held_on: date, gone: list[UUID]) -> None:
    """Who was ticked by mistake: told at another meeting, where they signed in at one, else not yet."""
    await tx.execute(
        """UPDATE publicity_household h SET
               how = CASE WHEN s.held_on IS NULL THEN '' ELSE 'meeting' END, told_on = s.held_on,
               told_by = CASE WHEN s.held_on IS NULL THEN NULL ELSE h.told_by END
           FROM unnest($2::uuid[]) AS u (id)
           LEFT JOIN LATERAL (SELECT max(held_on) AS held_on FROM publicity_sign_in
                              WHERE tenant_id = $1 AND household_id = u.id) AS s ON true
           WHERE h.tenant_id = $1 AND h.id = u.id AND h.how = 'meeting' AND h.told_on = $3""",
        tx.tenant, gone, held_on,
    )  # fmt: skip


def rows_of(households: Sequence[Household], there: Collection[UUID]) -> list[tuple[str, str, str, str]]:
    """The sign-in sheet: who is ticked already, the rest to be signed on paper or ticked in Excel."""
    return [(h.group_name, h.head, h.apart, "√" if h.id in there else "") for h in households]
