"""A district's own calendar at work: the clock starts its re-check, tries again what failed, and the officer reads of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk import jobs
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS
from tests.plugins.big_data_check.office import Office, an_office, plugin_context

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def monthly(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    values = {**SETTINGS, "bulk.every": "monthly", "bulk.day": 5}
    async with an_office(database_urls, tmp_path_factory.mktemp("due"), keys, values=values) as office:
        yield office


async def clock(office: Office) -> None:
    await jobs.run_due(await plugin_context(office), {})
    await office.bureau.house.work_off()


async def states(office: Office) -> list[str]:
    rows = await office.rows(
        "SELECT state FROM big_data_check_bulk_run WHERE tenant_id = $1 AND cause = 'schedule' ORDER BY asked_at"
    )
    return [row["state"] for row in rows]


async def beside(office: Office, who: str) -> str:
    return str((await office.bureau.get(who, "/work")).json()["beside"])


async def test_a_district_starts_what_the_calendar_asks_for_tries_again_what_failed_and_tells_the_officer(
    monthly: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Any) -> NoReturn:
        raise RuntimeError

    with monkeypatch.context() as failing:
        failing.setattr(jobs._Work, "__call__", broken)
        await clock(monthly)
        await clock(monthly)
    assert await states(monthly) == ["failed"], "not again at once"
    line = "2026年8月的自动批量复核没有完成，系统会自动再试，请看原因"
    assert line in await beside(monthly, "verification_officer")
    assert line not in await beside(monthly, "village_clerk")

    monthly.bureau.house.later(hours=1.1)
    await clock(monthly)
    assert await states(monthly) == ["failed", "done"]
    assert "自动批量复核" not in await beside(monthly, "verification_officer")
    await clock(monthly)
    assert await states(monthly) == ["failed", "done"]
