"""Every page of the plugin in a browser, on the phone and at the desk: no axe findings, nothing wider than the window."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.serving import DESK, PHONE, findings, overflow, shoot
from tests.builders.installation import Somebody
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.village import Village

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def _scene(village: Village) -> dict[str, tuple[Somebody, str]]:
    """One household counted, one open: (who looks, where) by page."""
    first, second = village.cases
    session = await village.open_session(present=10)
    await village.votes(session, first, village.members[:10], *["agree"] * 8, "disagree", "abstain")
    assert (await village.close(session, first)).status_code == 200
    await village.post(village.observer, f"{session}/notes", {"text": "秩序良好，没有人交头接耳"})
    round_, at = f"/rounds/{village.round_id}", f"/sessions/{session.rpartition('/')[2]}"
    member, absent = village.members[0], village.members[10]
    return {
        "home": (village.host, "/"),
        "round": (village.host, round_),
        "formation": (village.host, f"{round_}/formation"),
        "appraisal": (village.clerk, f"{round_}/appraisal"),
        "console": (village.host, at),
        "projector": (village.host, f"{at}/projector"),
        "minutes": (village.host, f"{at}/minutes"),
        "notes": (village.observer, f"{at}/notes"),
        "paper": (village.observer, f"{at}/cases/{second}/paper"),
        "record": (member, f"{at}/cases/{first}/record"),
        "check-in": (absent, f"{at}/check-in"),
        "member": (member, at),
        "households": (member, f"{at}/households"),
        "vote": (member, f"{at}/vote"),
        "ballot": (member, f"{at}/cases/{second}"),
        "variances": (village.clerk, "/variances"),
    }


@pytest.mark.slow
async def test_no_page_of_the_panel_has_findings_or_overflow_on_phone_and_desk(
    two_households: Village, browser: Browser
) -> None:
    wrong: list[str] = []
    scene = await _scene(two_households)
    async with phones(browser, two_households) as gang:
        for name, (who, path) in scene.items():
            page = await gang.at(who, path)
            for size, tag in ((PHONE, "phone"), (DESK, "desk")):
                await page.set_viewport_size(size)  # type: ignore[arg-type]
                await shoot(page, f"panel-{name}-{tag}")
                wrong += [f"{name} {tag}: {found}" for found in await findings(page)]
                if (wide := await overflow(page)) > 0:
                    wrong.append(f"{name} {tag}: {wide} px too wide")
            await page.context.close()
        assert wrong + gang.complaints == []
