"""Every page behind sign-in, found from the application's routes: axe without findings, nothing too wide or cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

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
        cases = (
            [str(prepared.cases[state].id) for state in STATES] if short == "/cases/{process_id}" else [""]
        )
        for case in cases:
            yield Page(short, plain(path).format_map(known | ({"process_id": case} if case else {})))


async def readers(prepared: Prepared, page: Page) -> list[str]:
    """Who is shown it as a page; of all offices."""
    found = []
    for name, who in prepared.people.items():
        if who is not None:
            answer: httpx.Response = await prepared.house.client.get(
                page.address, headers={"cookie": f"{COOKIE}={who.token}"}
            )
            if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
                found.append(name)
    return found


FILES = ("/evidence/{sha256}", "/papers/{kind}")
"""Addresses that answer with a file without saying so in their declaration."""


async def test_no_officers_page_has_findings_on_phone_desk_or_enlarged(busy: Busy) -> None:
    prepared, wrong, looked = busy.prepared, list[str](), 0
    for page in pages(prepared):
        who = await readers(prepared, page)
        if not who:
            if not any(part in page.path for part in FILES) and page.path not in NOBODY:
                wrong.append(f"{page.path}: nobody is shown it")
            continue
        reader = prepared.people[who[-1 if page.path.startswith("/admin") else 0]]
        for size, tag in ((PHONE, "phone"), (DESK, "desk"), (DOUBLE, "double")):
            shown = await busy.desk.page(reader, size)
            await busy.desk.go(shown, busy.desk.at(page.address))
            await shoot(shown, f"officer-{page.path.strip('/').replace('/', '_')}-{tag}")
            said = await findings(shown) if tag != "double" else []
            said += [f"{wide} px too wide"] if (wide := await overflow(shown)) > 0 else []
            said += await cut(shown)
            wrong += [f"{page.path} {tag}: {one}" for one in said]
            looked += 1
            await shown.context.close()
    assert wrong == []
    assert looked > 60


NOBODY: Mapping[str, str] = {}
"""Pages that lead on at once, or that nobody of the prepared district has anything to see on, and why."""
