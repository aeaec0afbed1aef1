"""One busy district for each module of API tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.api.prepared import Prepared, a_busy_district


@pytest.fixture(scope="module")
async def prepared(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Prepared]:
    async with a_busy_district(database_urls, tmp_path_factory.mktemp("installation"), keys) as district:
        yield district
