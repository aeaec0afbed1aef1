"""Kongtong's office with its province above it, one for the module; every test finds empty registers and fresh limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.settings import Keyring
from core.storage.database import Database
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import an_installation


@pytest.fixture(scope="module")
async def office(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(database_urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))


@pytest.fixture
async def bureau(office: Bureau, database_urls: Urls) -> Bureau:
    owner = Database(database_urls.owner, max_size=1)
    await owner.open()
    async with owner.platform() as tx:
        await tx.execute(
            "TRUNCATE complaint, complaint_paper, complaint_event, sign_in_attempt, access_log, pgqueuer"
        )
    await owner.close()
    return office
