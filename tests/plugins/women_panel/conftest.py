"""One installation a module; a village of each test's own, at its panel's meeting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders.installation import House
from tests.plugins.women_panel.village import Village, a_house, a_village


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    """An installation and its district, which asks for a panel of exactly eleven."""
    async with a_house(database_urls, tmp_path_factory.mktemp("house"), keys) as made:
        yield made


@pytest.fixture
async def village(place: tuple[House, Tenant]) -> Village:
    """One household, panel formed."""
    return await a_village(*place)


@pytest.fixture
async def two_households(place: tuple[House, Tenant]) -> Village:
    return await a_village(*place, households=2)


@pytest.fixture
async def forming(place: tuple[House, Tenant]) -> Village:
    """Before its panel is formed."""
    return await a_village(*place, formed=False)
