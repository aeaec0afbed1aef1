"""Authorisations that run out, and the province's view of re-checks, in a browser: on the phone and at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from playwright.async_api import Browser, Page

from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk import share
from plugins.big_data_check.bulk.share import Share
from tests.browser.looking import cut
from tests.browser.serving import COOKIE, DESK, PHONE, Desk, browsers, findings, overflow, shoot
from tests.builders.casework import Case, renamed
from tests.builders.households import elderly_couple, marginal_family
from tests.builders.installation import Somebody
from tests.plugins.big_data_check.bulk.test_bulk_province import operator_of, province_context
from tests.plugins.big_data_check.bulk.test_bulk_uncovered import imported
from tests.plugins.big_data_check.office import Office, an_office
from tests.plugins.big_data_check.test_consent import signed, submitted, with_daughter
from tests.plugins.big_data_check.test_lapsing import watch
from tests.plugins.big_data_check.test_taking_back import at_home, taken_back

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture(scope="module")
async def county(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("lapsing"), keys) as office:
        yield office


@pytest.fixture(scope="module")
async def desk(county: Office, browser: Browser) -> AsyncIterator[Desk]:
    async with browsers(browser, county.bureau.house, county.bureau) as opened:
        yield opened


async def lapsing(county: Office) -> Case:
    """One case of each kind: over, running out (with a supporter and a child), and a household without one."""
    first = with_daughter("先", consent=True)
    over, _ = await submitted(county, first, supporter_authorisations=[signed(county, "先")])
    county.bureau.house.later(days=30)
    await submitted(county, renamed(marginal_family(), "后"))
    await imported(county)
    county.bureau.house.later(days=345)
    await watch(county)
    return over


async def withdrawn(county: Office) -> Case:
    """A case in which a member took the authorisation back."""
    gone, _ = await submitted(county, renamed(elderly_couple(), "撤"))
    await taken_back(county, gone, next(iter(gone.people.values())))
    return gone


async def told(county: Office, operator: Somebody) -> None:
    """What districts told the province of this month: one is over, one is at it."""
    now = county.bureau.house.zhunbao.clock()
    context = await province_context(county, operator)
    for code, state, done, kinds in (
        ("620802", "done", 900_000, {"death": 12, "vehicle": 31, "income": 7}),
        ("620822", "computing", 410_000, {}),
    ):
        one = Share(
            uuid4(), state, now - timedelta(minutes=20), now, now if state == "done" else None, "run/deposits", done,  # type: ignore[arg-type]
            900_000, None if state == "done" else 300.0, 20_417, 900_000, 2, kinds, sum(kinds.values()), 3, 1, code,
        )  # fmt: skip
        await share.run_share(context, msgspec.to_builtins(one))


async def looked(page: Page, name: str) -> list[str]:
    wrong: list[str] = []
    for size, tag in ((PHONE, "phone"), (DESK, "desk")):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await shoot(page, f"lapsing-{name}-{tag}")
        said = [*await findings(page), *await cut(page)]
        if (wide := await overflow(page)) > 0:
            said.append(f"{wide} px too wide")
        wrong += [f"{name} {tag}: {one}" for one in said]
    return wrong


async def test_no_page_of_lapsing_or_of_the_province_has_findings_or_overflow(
    county: Office, desk: Desk
) -> None:
    case = await lapsing(county)
    gone = await withdrawn(county)
    operator = await operator_of(county)
    page = await desk.page("township_clerk", PHONE)
    wrong: list[str] = []
    for name, path in {
        "lapsed": "/x/big_data_check/authorisations", "soon": "/x/big_data_check/authorisations?tab=soon",
        "missing": "/x/big_data_check/authorisations?tab=missing",
        "withdrawn": "/x/big_data_check/authorisations?tab=withdrawn", "withdraw": f"/cases/{case.id}/do/withdraw_authorisation",
        "withdrawn-case": f"/cases/{gone.id}",
        "uncovered": "/x/big_data_check/authorisations?tab=uncovered", "work": "/work",
        "renew": f"/cases/{case.id}/do/renew_authorisation",
    }.items():  # fmt: skip
        await desk.open(page, path)
        wrong += await looked(page, name)
    await page.context.close()
    me = await at_home(county, gone, list(gone.people.values())[1])
    page = await desk.page(me, PHONE)
    for name, path in {
        "my-withdrawn": f"/my/{gone.id}", "my-withdraw": f"/cases/{gone.id}/do/withdraw_authorisation",
    }.items():  # fmt: skip
        await desk.open(page, path)
        wrong += await looked(page, name)
    await page.context.clear_cookies()
    cookie = {"name": COOKIE, "value": operator.token, "domain": "127.0.0.1", "path": "/d/62"}
    await page.context.add_cookies([cookie])  # type: ignore[list-item]
    await desk.go(page, desk.at("/d/62/x/big_data_check/province"))
    wrong += await looked(page, "province-before")
    await told(county, operator)
    await desk.go(page, desk.at("/d/62/x/big_data_check/province"))
    wrong += await looked(page, "province")
    await page.context.close()
    assert not wrong + desk.complaints, "\n".join(wrong + desk.complaints)
