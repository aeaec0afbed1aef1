"""An office with its pages: a district from the real bundle, everybody in place, the sample plugin installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from core.plugin_host.discovery import discover
from core.sdk.version import SDK_VERSION
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders import phones
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import House, an_installation
from tests.integration.web.sample_plugin import NAME, plugin

MONDAY = date(2026, 9, 7)


@pytest.fixture
async def house(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[House]:
    start_on(tmp_path, MONDAY)
    async with an_installation(
        fresh_urls, tmp_path, keys, plugins=(*discover(SDK_VERSION), plugin)
    ) as installed:
        yield installed


@pytest.fixture
async def bureau(house: House) -> Bureau:
    district = await house.district("620802-kongtong", {f"tenant.plugins.{NAME}": {}})
    return await a_bureau(house, district)


@pytest.fixture
async def phones_bureau(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Bureau]:
    """An office whose villagers have phones that get what is sent to them."""
    start_on(tmp_path, MONDAY)
    async with phones.with_phones(fresh_urls, tmp_path, keys) as installed:
        yield await a_bureau(installed, await installed.district("620802-kongtong", phones.ON))
