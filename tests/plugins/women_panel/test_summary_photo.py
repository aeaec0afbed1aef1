"""The photograph of the household's own summary: the host uploads it, members see it on the ballot, kin and others never."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.serving import findings, overflow, shoot
from tests.builders.casework import JPEG
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.test_phone_ballot import page_of, press
from tests.plugins.women_panel.village import Village, a_village

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_the_host_puts_the_households_own_words_on_the_ballot_in_large_print_too(
    village: Village, browser: Browser
) -> None:
    case, session = village.cases[0], await village.open_session()
    async with phones(browser, village) as gang:
        console = await gang.at(village.host, page_of(session))
        await console.locator(f"#c-{case} summary", has_text="更多").click()
        await console.set_input_files(
            f"#p-{case}", {"name": "summary.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
        )
        await console.get_by_role("button", name="放到选票上").click()
        await console.wait_for_load_state("networkidle")
        ballot = await gang.at(village.members[0], f"{page_of(session)}/vote")
        picture = ballot.locator(".poll img.summary-photo")
        assert await picture.evaluate("(one) => one.complete && one.naturalWidth > 0")
        assert "情况说明" in str(await picture.get_attribute("alt"))
        await shoot(ballot, "panel-ballot-photo")
        small = float(
            await ballot.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('.words, .poll p')).fontSize)"
            )
        )
        await ballot.get_by_text("成员1", exact=True).first.click()
        await press(ballot, "大字显示")
        await ballot.wait_for_load_state("networkidle")
        large = float(
            await ballot.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('.words, .poll p')).fontSize)"
            )
        )
        assert large >= 20, large
        assert large > small, (small, large)
        await shoot(ballot, "panel-ballot-large")
        assert [await findings(ballot), await overflow(ballot) > 0, gang.complaints] == [[], False, []]
        plain = await gang.at(
            village.members[0], f"{page_of(session)}/cases/{case}", java_script_enabled=False
        )
        assert await plain.locator("img.summary-photo").count() == 1


async def test_kin_and_members_of_another_round_never_see_the_photograph(village: Village) -> None:
    case, sister = village.cases[0], village.members[-1]
    await village.sisters(sister, village.applicants[0])
    session = await village.open_session()
    kept = await village.post(
        village.host, f"{session}/cases/{case}/summary", {"photo": await village.photo(village.host)}
    )
    assert kept.status_code == 200, kept.text
    address = f"{village.pages}{page_of(session)}/cases/{case}/summary"
    shown = await village.get(village.members[0], address)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert (await village.get(sister, address)).status_code == 404
    declared = await village.post(village.members[1], f"{session}/cases/{case}/conflict")
    assert declared.status_code == 200, declared.text
    assert (await village.get(village.members[1], address)).status_code == 404
    other = await a_village(village.house, village.district)
    assert (await village.get(other.members[0], address)).status_code in (403, 404)
    neighbour = await village.newcomer("外组成员")
    assert (await village.get(neighbour, address)).status_code == 404, (
        "a member of the village, not of this session"
    )
    assert (await village.get(village.observer, address)).status_code in (403, 404)
