"""One office with something in every state, for the browsers to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.browser.serving import Desk, browsers
from tests.builders.casework import a_bureau, start_on
from tests.builders.installation import an_installation


@pytest.fixture
async def desk(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Desk]:
    start_on(tmp_path, date(2026, 9, 7))
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        async with browsers(house, bureau) as opened:
            yield opened
