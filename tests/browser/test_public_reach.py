"""Every public page for everybody: axe without findings on phone and desk, enlarged, reflowed, spaced out, in large print."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Busy
from tests.browser.looking import DOUBLE, LARGE, NARROW, cut, round_trip, space_out
from tests.browser.public_places import MORE, NOT_PAGES, routes
from tests.browser.serving import DESK, PHONE, findings, overflow, shoot

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SIZES: dict[str, dict[str, int]] = {"phone": PHONE, "desk": DESK, "desk-double": DOUBLE, "reflow": NARROW}
"""The windows each page is looked at in, each in normal and in large print."""

JUDGED = ("phone", "desk")
"""Where axe judges as well; elsewhere only the measures differ."""


async def test_every_public_route_is_a_page_we_look_at_or_said_to_be_none(busy: Busy) -> None:
    known = set(routes(busy.prepared))
    assert sorted(set(NOT_PAGES) - known) == []
    assert sorted(set(MORE) - known) == []
    client = busy.prepared.house.client
    for place in busy.places:
        answer = await client.get(place.address)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (place.status, "text/html"), place


async def test_every_public_page_of_a_district_says_which_phone_supervises(busy: Busy) -> None:
    client, phone = busy.prepared.house.client, "0933-8210000"
    inside = [place for place in busy.places if place.path.startswith("/d/{district}")]
    silent = [place.path for place in inside if phone not in (await client.get(place.address)).text]
    assert len(inside) > 10
    assert silent == []


@pytest.mark.parametrize(
    "large", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["normal", "large"]
)
async def test_no_public_page_has_findings_or_anything_cut_off(busy: Busy, large: bool) -> None:
    page = await busy.desk.page(None, PHONE)
    if large:
        await page.context.add_cookies([{**LARGE, "url": busy.desk.at("/")}])  # type: ignore[list-item]
    wrong: list[str] = []
    for place in busy.places:
        await busy.desk.go(page, busy.desk.at(place.address), place.status)
        for way, size in SIZES.items():
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            name = place.path.replace("/d/{district}", "").replace("/", "_").strip("_") or "front"
            await shoot(page, f"{name}-{way}{'-large' if large else ''}")
            said = await findings(page) if way in JUDGED else []
            said += [f"{wide} px too wide"] if (wide := await overflow(page)) > 0 else []
            said += await cut(page)
            wrong += [f"{place.path} {way}: {one}" for one in said]
    await page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
async def test_letters_spaced_out_by_the_reader_still_fit(busy: Busy) -> None:
    page = await busy.desk.page(None, PHONE)
    wrong: list[str] = []
    for place in busy.places:
        await busy.desk.go(page, busy.desk.at(place.address), place.status)
        await space_out(page)
        wrong += [f"{place.path}: {one}" for one in await cut(page)]
        if (wide := await overflow(page)) > 0:
            wrong.append(f"{place.path}: {wide} px too wide")
    await page.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
async def test_tab_goes_once_around_every_public_page_and_is_always_seen(busy: Busy) -> None:
    page = await busy.desk.page(None, PHONE)
    wrong: list[str] = []
    for place in busy.places:
        await busy.desk.go(page, busy.desk.at(place.address), place.status)
        stops = await round_trip(page)
        assert stops, place
        assert stops[0]["name"] == "跳到正文", place
        wrong += [f"{place.path}: {s}" for s in stops if not (s["ring"] and s["inside"])]
    await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_the_checks_find_what_is_wrong(busy: Busy) -> None:
    """A page spoilt on purpose: too wide, cut off, without contrast, without a name, without a ring."""
    page = await busy.desk.page(None, PHONE)
    await busy.desk.open(page, "/p/policy")
    assert (await findings(page), await cut(page), await overflow(page)) == ([], [], 0)
    spoil: Any = """() => {
      const box = document.createElement("div");
      box.innerHTML = "<p class='cut'>一句很长很长的话</p><button class='bare'></button>";
      document.querySelector("main").append(box);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".cut { width: 600px; color: #ccc; } .bare:focus { outline: none !important; } h1 { overflow: hidden; width: 2em; height: 1em; }");
      document.adoptedStyleSheets = [sheet];
    }"""
    await page.evaluate(spoil)
    said = "\n".join(await findings(page))
    assert "color-contrast" in said
    assert "button-name" in said
    assert await overflow(page) > 0
    assert {text.partition(":")[0] for text in await cut(page)} >= {"beyond the window"}
    stops = await round_trip(page)
    assert [stop["tag"] for stop in stops if not stop["ring"]] == ["button"]
    await page.context.close()
