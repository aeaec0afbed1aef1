"""A village of each test's own, at its panel's meeting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.plugins.women_panel.village import Village, a_village


@pytest.fixture
async def village(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Village]:
    """One household, panel formed."""
    async with a_village(fresh_urls, tmp_path, keys) as made:
        yield made


@pytest.fixture
async def two_households(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Village]:
    """A panel of eleven where nine would do."""
    async with a_village(fresh_urls, tmp_path, keys, households=2, size_min=9) as made:
        yield made
