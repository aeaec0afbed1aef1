"""A case gone through to its decision, to be tampered with; the superuser's hand reaches what the application's cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

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
    known: Counter[Discrepancy]

    async def alter(self, statement: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.urls.superuser)
        try:
            await connection.execute("SET session_replication_role = replica")
            assert not (await connection.execute(statement, *values)).endswith(" 0"), "nothing was altered"
        finally:
            await connection.close()

    async def verify(self) -> list[Discrepancy]:
        """What does not hold, beside what other tests left behind."""
        return list((Counter(await everything(self.bureau)) - self.known).elements())

    async def seq_of(self, action: str) -> int:
        journal = (await self.bureau.read(self.case))["journal"]
        return next(int(step["seq"]) for step in reversed(journal) if step["action"] == action)


async def everything(bureau: Bureau) -> list[Discrepancy]:
    async with bureau.house.inside(bureau.district) as tx:
        house = bureau.house.zhunbao
        return [found async for found in audit.verify(tx, house.records, house.objects)]


@asynccontextmanager
async def an_office(urls: Urls, folder: Path, keys: Keyring) -> AsyncIterator[Bureau]:
    start_on(folder, date(2026, 3, 2))
    async with an_installation(urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))


async def an_archive(bureau: Bureau, urls: Urls) -> Archive:
    """A case on the rolls beside others."""
    known = Counter(await everything(bureau))
    case = await bureau.application(renamed(elderly_couple(), uuid4().hex[:6]))
    await bureau.take(case, "active")
    folder = bureau.house.zhunbao.settings.data
    return Archive(bureau, case, (await bureau.read(case))["number"], urls, folder, known)


@pytest.fixture(scope="module")
async def office(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    async with an_office(database_urls, tmp_path_factory.mktemp("installation"), keys) as bureau:
        await bureau.take(await bureau.application(renamed(elderly_couple(), "旁")), "accepted")
        yield bureau


@pytest.fixture
async def archive(office: Bureau, database_urls: Urls) -> Archive:
    """A case of the test's own."""
    return await an_archive(office, database_urls)


@pytest.fixture
async def sealed(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Archive]:
    """An installation of the test's own, with the day's root kept."""
    async with an_office(fresh_urls, tmp_path, keys) as bureau:
        archive = await an_archive(bureau, fresh_urls)
        async with bureau.house.inside(bureau.district) as tx:
            await audit.seal_day(tx, bureau.today, bureau.house.zhunbao.clock())
        yield archive
