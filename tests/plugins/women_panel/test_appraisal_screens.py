"""The comprehensive appraisal's page while it runs, in a browser: no axe findings, nothing wider than the window."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.serving import DESK, PHONE, browsers, findings, overflow, shoot
from tests.builders.casework import Case
from tests.builders.village_round import VillageRound
from tests.plugins.women_panel.test_appraisal import opened, weighing

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
__all__ = ["weighing"]


async def test_the_running_appraisal_reads_well_on_phone_and_desk(
    weighing: tuple[VillageRound, list[Case]], browser: Browser
) -> None:
    village, cases = weighing
    held = await opened(village)
    form = {"case_id": str(cases[0].id), "stance": "include", "reason": "家里有病人，劳力不足"}
    assert (await village.post("township_clerk", f"{held}/opinions", form)).status_code == 200
    path, wrong = f"/x/women_panel/rounds/{village.round.id}/appraisal", list[str]()
    async with browsers(browser, village.bureau.house, village.bureau) as desk:
        for step in ("running", "ready"):
            for who, name in (("township_clerk", "lead"), (village.members[0], "sister")):
                for size, tag in ((PHONE, "phone"), (DESK, "desk")):
                    page = await desk.page(who, size)
                    await desk.open(page, path)
                    missing = await page.get_by_text("户没有意见").count()
                    assert missing == (step == "running"), f"{step} {name}: says a household is missing"
                    await shoot(page, f"appraisal-{step}-{name}-{tag}")
                    wrong += [f"{step} {name} {tag}: {found}" for found in await findings(page)]
                    if (wide := await overflow(page)) > 0:
                        wrong.append(f"{step} {name} {tag}: {wide} px too wide")
                    await page.context.close()
            last = {"case_id": str(cases[1].id), "stance": "exclude", "reason": "大家认为还要再看"}
            assert (await village.post("township_clerk", f"{held}/opinions", last)).status_code == 200
        assert wrong + desk.complaints == []
