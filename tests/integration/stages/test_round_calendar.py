"""A round's calendar changes with a reason, warns of households it would make late, and leaves the rules as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders.casework import Bureau, renamed
from tests.builders.households import elderly_couple
from tests.builders.village_round import a_round

pytestmark = pytest.mark.anyio


async def test_a_calendar_changes_with_a_reason_and_warns_of_what_it_would_breach(bureau: Bureau) -> None:
    village = await a_round(bureau)
    await village.application(renamed(elderly_couple(), "历"))
    async with bureau.house.inside(bureau.district) as tx:
        rules = await tx.fetchval("SELECT config_number FROM process WHERE id = $1", village.round.id)
    late = {
        "calendar": {"区级终审": (bureau.today + timedelta(days=120)).isoformat()},
        "reason": "秋收期间推迟",
    }
    refused = await bureau.act("village_clerk", village.round, "change_calendar", late)
    assert refused.status_code == 403
    strange = late | {"calendar": {"收获": bureau.today.isoformat()}}
    answer = await bureau.act("township_clerk", village.round, "change_calendar", strange)
    assert (answer.status_code, "没有“收获”这个环节" in answer.text) == (422, True)
    await bureau.do("township_clerk", village.round, "change_calendar", late)
    step = (await bureau.read(village.round))["journal"][-1]
    assert "秋收期间推迟" in step["basis"]
    assert "1 户会超过法定总期限" in step["basis"]
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT config_number FROM process WHERE id = $1", village.round.id) == rules
