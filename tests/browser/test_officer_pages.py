"""Every page behind sign-in, found from the application's routes: axe without findings, nothing too wide or cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from playwright.async_api import Page as Browsed

from core.web.visit import COOKIE, Public
from tests.api.contract import handlers, plain
from tests.api.prepared import Prepared
from tests.browser.conftest import Busy
from tests.browser.looking import DOUBLE, cut
from tests.browser.serving import DESK, PHONE, findings, overflow, shoot

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

ELSEWHERE: Mapping[str, str] = {
    "/x/women_panel": "tests/browser of the panel",
    "/x/big_data_check": "tests/browser of verification",
    "/x/sms_notice/letters/{letter_id}": "needs an answer that came in by SMS; tests/plugins/sms_notice/test_letters.py",
    "/do/{name}": "test_pages.py looks at a step's form; which steps are open is the case's to say",
    "/admin/plugins/{name}": "test_plugins of the host",
}
"""Parts of addresses that are looked at in other files, and where."""

STATES = ("submitted", "investigating", "posted", "active")
"""Cases whose page is looked at."""


@dataclass(frozen=True)
class Page:
    path: str
    address: str


def pages(prepared: Prepared) -> Iterator[Page]:
    """Each page once, a case's own in several states. Raises KeyError for a parameter nobody gives a value for."""
    for path, method, handler in handlers(prepared.house.zhunbao.litestar):
        short = plain(path).removeprefix("/d/{district}")
        if method != "GET" or "/api" in path or isinstance(handler.opt.get("access"), Public):
            continue
        if handler.opt.get("file") or any(part in short for part in ELSEWHERE):
            continue
        known = {name: values[0] for name, values in prepared.ids(path).items() if values}
        if "/rounds/" not in path:
            known["process_id"] = str(prepared.cases["active"].id)
        if short.startswith("/admin/papers/"):
            known["kind"] = "acceptance"
        if short == "/postings/{token}":
            known["token"] = prepared.postings[-1]  # one that is over
        cases = [prepared.cases[state] for state in STATES] if short == "/cases/{process_id}" else [None]
        for case in cases:
            own = {"process_id": str(case.id)} if case else {}
            yield Page(short, plain(path).format_map(known | own))


async def reader_of(prepared: Prepared, page: Page) -> str:
    """Of all offices the first that is shown it as a page; empty: none."""
    people = prepared.people
    order = sorted(
        people, key=lambda name: (name not in prepared.administrators) == page.path.startswith("/admin")
    )
    for name in order:
        if (who := people[name]) is not None:
            headers = {"cookie": f"{COOKIE}={who.token}"}
            answer = await prepared.house.client.get(page.address, headers=headers)
            if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
                return name
    return ""


NO_PAGE: Mapping[str, str] = {
    "/cases/{process_id}/evidence/{sha256}": "a photograph",
    "/rounds/{process_id}/evidence/{sha256}": "a photograph",
    "/cases/{process_id}/papers/{kind}": "a document",
}
"""Addresses behind sign-in that show no page although their routes don't say so, and what they are."""

SIZES = ((PHONE, "phone"), (DESK, "desk"), (DOUBLE, "double"))


async def _look(busy: Busy, shown: Browsed, page: Page) -> list[str]:
    """Loaded once, then the window changes."""
    wrong = []
    await busy.desk.go(shown, busy.desk.at(page.address))
    for size, tag in SIZES:
        await shown.set_viewport_size(size)  # type: ignore[arg-type]
        await shoot(shown, f"officer-{page.path.strip('/').replace('/', '_')}-{tag}")
        said = await findings(shown) if tag != "double" else []
        said += [f"{wide} px too wide"] if (wide := await overflow(shown)) > 0 else []
        said += await cut(shown)
        wrong += [f"{page.path} {tag}: {one}" for one in said]
    return wrong


@pytest.mark.slow
async def test_no_officers_page_has_findings_on_phone_desk_or_enlarged(busy: Busy) -> None:
    prepared, wrong, seen = busy.prepared, list[str](), set[str]()
    browsers: dict[str, Browsed] = {}
    for page in pages(prepared):
        if page.path in NO_PAGE:
            continue
        reader = await reader_of(prepared, page)
        if not reader:
            wrong.append(f"{page.path}: nobody is shown it")
            continue
        if reader not in browsers:
            browsers[reader] = await busy.desk.page(prepared.people[reader], PHONE)
        wrong += await _look(busy, browsers[reader], page)
        seen.add(page.path)
    for browser in browsers.values():
        await browser.context.close()
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 20
