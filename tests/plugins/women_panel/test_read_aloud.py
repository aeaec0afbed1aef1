"""The phone ballot says aloud what the household wrote of itself: a village whose households really applied."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.browser.serving import PHONE, browsers
from tests.builders.casework import a_bureau, start_on
from tests.builders.households import family_with_relative_on_panel
from tests.builders.installation import an_installation
from tests.builders.village_round import a_round
from tests.plugins.women_panel.test_phone_ballot import SPEECH, press

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.mark.slow
async def test_the_phone_says_what_the_household_wrote_of_itself(
    database_urls: Urls, tmp_path: Path, keys: Keyring, browser: Browser
) -> None:
    start_on(tmp_path, date(2026, 8, 10))
    async with an_installation(database_urls, tmp_path, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong"))
        village = await a_round(bureau)
        await village.application(family_with_relative_on_panel())
        await village.form_panel()
        session = await village.meet(village.members)
        async with browsers(browser, house, bureau) as desk:
            page = await desk.page(village.members[1], PHONE)
            await page.add_init_script(SPEECH)
            await desk.open(page, f"/x/women_panel{session}/vote")
            written = (await page.locator(".poll .words:visible").inner_text()).strip()
            await press(page, "念给我听")
            ((spoken, language),) = await page.evaluate("window.said")
        assert written
        assert "".join(written.split()) in "".join(spoken.split())
        assert (language, desk.complaints) == ("zh-CN", [])
