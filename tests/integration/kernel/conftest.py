"""Kongtong's office, one for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import an_installation


@pytest.fixture(scope="module")
async def bureau(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(database_urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))
