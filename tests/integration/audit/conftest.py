"""A case gone through to its decision, to be tampered with; the superuser's hand reaches what the application's cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.kernel import audit
from core.kernel.audit import Discrepancy
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, Case, a_bureau, renamed, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import an_installation


@dataclass
class Archive:
    """`alter` goes around the application, as somebody with the database in hand would."""

    bureau: Bureau
    case: Case
    number: str
    urls: Urls
    folder: Path

    async def alter(self, statement: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.urls.superuser)
        try:
            assert not (await connection.execute(statement, *values)).endswith(" 0"), "nothing was altered"
        finally:
            await connection.close()

    async def verify(self) -> list[Discrepancy]:
        house = self.bureau.house
        async with house.inside(self.bureau.district) as tx:
            return [found async for found in audit.verify(tx, house.zhunbao.records, house.zhunbao.objects)]

    async def seq_of(self, action: str) -> int:
        journal = (await self.bureau.read(self.case))["journal"]
        return next(int(step["seq"]) for step in reversed(journal) if step["action"] == action)


@pytest.fixture
async def archive(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Archive]:
    start_on(tmp_path, date(2026, 3, 2))
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        untouched = await bureau.application(renamed(elderly_couple(), "旁"))
        await bureau.take(untouched, "accepted")
        case = await bureau.take(await bureau.application(elderly_couple()), "active")
        number = (await bureau.read(case))["number"]
        yield Archive(bureau, case, number, fresh_urls, tmp_path)
