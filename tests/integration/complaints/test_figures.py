"""The figures on complaints count by China's days, and by the day an answer was due when the complaint came."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.complaints.figures import AboutLine, figures
from tests.builders.casework import Bureau
from tests.integration.complaints.speaking import complain, lines
from tests.integration.complaints.test_complaints import REPLY
from tests.integration.complaints.test_the_level_above import ABOUT_THE_TOWNSHIP, rate

pytestmark = pytest.mark.anyio


async def counted(bureau: Bureau) -> AboutLine:
    async with bureau.house.inside(bureau.district) as tx:
        return (await figures(tx, bureau.today, ["620802"])).total


async def answered(bureau: Bureau, who: str) -> None:
    [line] = await lines(bureau, who)
    reply = await bureau.post(who, f"/complaints/{line['id']}/reply", REPLY)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    ("after_midnight", "in_time"),
    [(timedelta(seconds=-1), 1), (timedelta(), 0), (timedelta(hours=7, minutes=59), 0)],
)
async def test_an_answer_is_in_time_until_midnight_in_china_and_not_until_the_next_morning(
    bureau: Bureau, after_midnight: timedelta, in_time: int
) -> None:
    due = date.fromisoformat((await complain(bureau))["due"])
    await answered(bureau, "township_reviewer")
    midnight = datetime.combine(due, time(16), UTC)  # 24:00 in China
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute(
            "UPDATE complaint SET first_answered_at = $2, answered_at = $2 WHERE tenant_id = $1",
            tx.tenant,
            midnight + after_midnight,
        )
    assert (await counted(bureau)).in_time == in_time


async def test_what_went_up_for_being_overdue_stays_overdue_and_is_never_answered_in_time(
    bureau: Bureau,
) -> None:
    await complain(bureau)
    bureau.house.later(days=30)
    assert (await counted(bureau)).overdue == 1
    await bureau.house.zhunbao.upkeep.overdue()
    found = await counted(bureau)
    assert (found.open, found.overdue) == (1, 1), "the district's own last day does not make it prompt"
    await answered(bureau, "district_officer")
    found = await counted(bureau)
    assert (found.answered, found.in_time) == (1, 0)


async def test_a_prompt_answer_stays_prompt_when_the_level_above_looks_again(bureau: Bureau) -> None:
    receipt = await complain(bureau)
    await answered(bureau, "township_reviewer")
    bureau.house.later(days=30)
    assert (await rate(bureau, receipt["code"])).json()["level"] == "区县"
    assert (await counted(bureau)).overdue == 0, "the review has a last day of its own"
    await answered(bureau, "district_officer")
    found = await counted(bureau)
    assert (found.answered, found.in_time) == (1, 1)
    await complain(bureau, **ABOUT_THE_TOWNSHIP)
    assert (await counted(bureau)).open == 1
