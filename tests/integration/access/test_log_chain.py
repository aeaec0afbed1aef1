"""The access log's chain: a changed row and a removed one are found and located, whoever did it."""

from __future__ import annotations

import pytest

from core.access import log_chain
from core.storage.database import Database
from core.storage.embedded import Urls
from tests.integration.access.office import DISTRICT, Office

pytestmark = pytest.mark.anyio


async def found(office: Office) -> list[str]:
    async with office.database.transaction(office.tenant) as tx:
        return [wrong async for wrong in log_chain.verify(tx)]


async def test_a_changed_and_a_removed_row_are_located(office: Office, database_urls: Urls) -> None:
    await office.hire("wangfang", ("district_officer", DISTRICT))
    async with office.database.transaction(office.tenant) as tx:
        assert await log_chain.seal(tx) > 2
        assert await log_chain.seal(tx) == 0
    await office.hire("lihong", ("district_officer", DISTRICT))
    async with office.database.transaction(office.tenant) as tx:
        assert await log_chain.seal(tx) > 0
    assert await found(office) == []
    owner = Database(database_urls.owner)
    await owner.open()
    try:
        async with owner.transaction(office.tenant) as tx:
            links = await tx.fetch(
                "SELECT seq, entry_id FROM access_log_link WHERE tenant_id = $1 ORDER BY seq", tx.tenant
            )
            await tx.execute(
                "UPDATE access_log SET note = 'province_operator 620000000000' WHERE tenant_id = $1 AND id = $2",
                tx.tenant, links[1]["entry_id"],
            )  # fmt: skip
            await tx.execute(
                "DELETE FROM access_log WHERE tenant_id = $1 AND id = $2", tx.tenant, links[2]["entry_id"]
            )
    finally:
        await owner.close()
    changed, removed = await found(office)
    assert changed.startswith("访问日志第 2 条")
    assert "被改动" in changed
    assert removed == "访问日志第 3 条被删除"
