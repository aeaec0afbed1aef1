"""The demo's accounts: registered as persons, one of them related to an applicant so that recusal can be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.demo import people
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import a_bureau, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import VILLAGE, House, an_installation
from tests.integration.web.browsing import Browser
from tests.integration.web.conftest import MONDAY

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[House]:
    start_on(tmp_path, MONDAY)
    async with an_installation(fresh_urls, tmp_path, keys) as installed:
        yield installed


async def test_the_demos_clerk_is_kept_out_of_one_household_and_reads_why(house: House) -> None:
    district = await house.district()
    bureau = await a_bureau(house, district)
    case = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    async with house.inside(district) as tx:
        for table in ("account_grant", "session"):
            await tx.execute(
                f"DELETE FROM {table} WHERE tenant_id = $1 AND account_id = ANY($2)",
                tx.tenant,
                [a.account_id for a in house.administrators[district.id].values()],
            )
    await people.hire(house.zhunbao, district, VILLAGE)
    await people.relate(house.zhunbao, district, VILLAGE)
    await people.relate(house.zhunbao, district, VILLAGE)
    async with house.inside(district) as tx:
        clerk = await tx.fetchval(
            "SELECT id FROM account WHERE tenant_id = $1 AND username = 'clerk'", tx.tenant
        )
        signed_in = await house._signed_in(tx, clerk, "clerk")
    page = await Browser(house, district, signed_in).see(f"/cases/{case.id}")
    assert "您与这户有亲属关系（兄弟姐妹）" in page
    assert "我要办的 0" in await Browser(house, district, signed_in).see("/work")
