"""One office with something in every state, for the browsers to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.api.prepared import BEGIN, Prepared, a_prepared_district
from tests.browser.public_places import Place, places
from tests.browser.serving import Desk, browsers
from tests.builders.casework import a_bureau, start_on
from tests.builders.installation import an_installation


@dataclass(frozen=True)
class Busy:
    """A district in the middle of its work, a list hanging on its notice board, and browsers at it. Shared: look, don't change."""

    desk: Desk
    prepared: Prepared
    places: Sequence[Place]


@pytest.fixture(scope="module")
async def busy(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring, browser: Browser
) -> AsyncIterator[Busy]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, BEGIN)
    async with an_installation(database_urls, folder, keys) as house:
        prepared = await a_prepared_district(house)
        bureau = prepared.bureau
        await bureau.do(
            "village_clerk", prepared.cases["posted"], "start_posting", {"photos": [bureau.photo]}
        )
        hanging = (await house.client.get(bureau.url("/postings"))).json()
        now = [posting["token"] for posting in hanging if posting["kind"] != "long_term"]
        past = set(prepared.postings) - {posting["token"] for posting in hanging}
        prepared.postings = [*now, *sorted(past)]
        async with browsers(browser, house, bureau) as opened:
            yield Busy(opened, prepared, await places(prepared))


@pytest.fixture
async def desk(fresh_urls: Urls, tmp_path: Path, keys: Keyring, browser: Browser) -> AsyncIterator[Desk]:
    start_on(tmp_path, date(2026, 9, 7))
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        async with browsers(browser, house, bureau) as opened:
            yield opened
