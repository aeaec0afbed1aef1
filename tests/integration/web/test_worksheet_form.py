"""The worksheet's form as a browser sends it: left alone it works out what was found, changed it asks for the reason."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from core.rules.assets import HouseKind
from core.rules.facts import HouseholdFacts
from tests.builders.casework import Bureau, Case
from tests.builders.households import AHousehold, elderly_couple
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


class _Inputs(HTMLParser):
    """What a browser would send of a page's form that nobody touched."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._area = self._select = ""
        self._text = ""
        self._outside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "template":
            self._outside += 1
        if self._outside:
            return
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "input" and name and kind not in ("file", "submit"):
            if kind not in ("radio", "checkbox") or "checked" in found:
                self.sent.append((name, found.get("value", "")))
        elif tag == "select":
            self._select, _ = name, self.sent.append((name, ""))
        elif tag == "option" and self._select and "selected" in found:
            self.sent[-1] = (self._select, found.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._outside -= 1
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self.sent.append((self._area, self._text))
            self._area = ""


def untouched(html: str) -> dict[str, list[str]]:
    parser = _Inputs()
    parser.feed(html[html.index("<main") :])
    form: dict[str, list[str]] = {}
    for name, value in parser.sent:
        form.setdefault(name, []).append(value)
    return form


def everything() -> HouseholdFacts:
    """A household with something in every part of the form."""
    return (
        AHousehold(elderly_couple())
        .with_medical_cost("李秀英", "1200.50")
        .farming("2.5")
        .with_deposit("马德福", 800)
        .with_house("马德福", "水桥村三组12号", HouseKind.SELF_BUILT, 90)
        .facts
    )


async def assessed(bureau: Bureau) -> tuple[Case, Browser]:
    case = await bureau.take(await bureau.application(everything()), "assessed")
    return case, Browser(bureau.house, bureau.district, bureau.who("township_clerk"))


async def test_a_worksheet_left_as_found_is_worked_out_and_asks_for_nothing(bureau: Bureau) -> None:
    case, clerk = await assessed(bureau)
    page = await clerk.get(f"/cases/{case.id}/do/prepare_worksheet")
    answer = await clerk.post(f"/cases/{case.id}/do/prepare_worksheet", untouched(page.text))
    assert answer.status_code == 303, words(answer.text)[:800]


async def test_a_corrected_value_asks_for_its_reason_and_is_kept(bureau: Bureau) -> None:
    case, clerk = await assessed(bureau)
    form = untouched((await clerk.get(f"/cases/{case.id}/do/prepare_worksheet")).text)
    form["facts-income-0-amount"] = ["1440"]
    answer = await clerk.post(f"/cases/{case.id}/do/prepare_worksheet", form)
    assert answer.status_code == 422
    assert "请写明根据什么更正了入户所见" in words(answer.text)
    form = untouched(answer.text) | {"reason": ["养老金按社保局答复更正"]}
    answer = await clerk.post(f"/cases/{case.id}/do/prepare_worksheet", form)
    assert answer.status_code == 303, words(answer.text)[:800]
    assert "1,440.00" in await clerk.see(f"/cases/{case.id}")
