"""Who comes in where: default-deny, sign-in, tokens, strict headers, temporary passwords."""

from __future__ import annotations

import re

import pytest
from litestar import Litestar, get

from core.web.guards import OpenDoor, check_doors
from core.web.visit import Public
from tests.builders.casework import Bureau
from tests.builders.installation import PASSWORD, House
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


@get("/forgotten")
async def forgotten() -> str:
    return "open to everybody"


def test_a_handler_without_access_keeps_the_app_from_starting() -> None:
    with pytest.raises(OpenDoor, match="/forgotten"):
        check_doors(Litestar([forgotten], openapi_config=None))


async def test_without_a_session_only_public_pages_open(bureau: Bureau) -> None:
    app = bureau.house.zhunbao.litestar
    opened = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if "GET" not in handler.http_methods or isinstance(handler.opt.get("access"), Public):
                continue
            path = route.path.replace("{district:str}", bureau.district.code)
            path = re.sub(r"\{\w+:uuid\}", str(bureau.district.id), path)
            path = re.sub(r"\{\w+:int\}", "7", re.sub(r"\{\w+:str\}", "x", path))
            answer = await bureau.house.client.get(path)
            expected = 401 if "/api" in path else 303
            if answer.status_code != expected:
                opened.append((path, answer.status_code))
    assert opened == []


async def test_a_page_leads_to_sign_in_and_back(bureau: Bureau) -> None:
    stranger = Browser(bureau.house, bureau.district)
    answer = await stranger.get("/work")
    assert answer.headers["location"] == "/d/620802/sign-in?next=/d/620802/work"
    form = {"username": bureau.staff["township_clerk"].username, "password": PASSWORD, "_way": "password"}
    entered = await stranger.post("/sign-in", form | {"_next": "/d/620802/work"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/d/620802/work")
    assert "httponly" in entered.headers["set-cookie"].lower()


async def test_sign_in_never_says_which_of_the_two_was_wrong(bureau: Bureau) -> None:
    stranger = Browser(bureau.house, bureau.district)
    said = []
    for username in (bureau.staff["township_clerk"].username, "nobody.at.all"):
        answer = await stranger.post(
            "/sign-in", {"username": username, "password": "不对的密码", "_way": "password"}
        )
        assert answer.status_code == 422
        said.append(words(answer.text).replace(username, ""))
    assert said[0] == said[1]


async def test_sign_in_does_not_lead_to_other_sites(bureau: Bureau) -> None:
    form = {"username": bureau.staff["visitor"].username, "password": PASSWORD, "_way": "password"}
    for elsewhere in (
        "https://elsewhere.test/",
        "//elsewhere.test",
        "/d/620802//elsewhere.test",
        "/d/999999/work",
    ):
        answer = await Browser(bureau.house, bureau.district).post("/sign-in", form | {"_next": elsewhere})
        assert answer.headers["location"] == "/d/620802/"


async def test_a_form_without_the_pages_token_changes_nothing(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    refused = await clerk.post("/rounds/new", {"area_code": "620802001001"}, token=False)
    assert refused.status_code == 403
    assert "这个页面已经过期" in words(refused.text)
    elsewhere = await clerk.post("/rounds/new", {}, headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.status_code == 403
    assert "来自别的网站" in words(elsewhere.text)


async def test_a_session_opens_its_own_district_only(bureau: Bureau) -> None:
    other = await bureau.house.district("620822-lingtai")
    answer = await Browser(bureau.house, other, bureau.staff["township_clerk"]).get("/work")
    assert answer.headers["location"] == "/d/620822/sign-in?next=/d/620822/work"


async def test_a_temporary_password_opens_only_the_page_that_changes_it(house: House) -> None:
    district = await house.district()
    admin = await house.administrator(district, "system_admin")
    page = await Browser(house, district, admin).get("/admin/accounts")
    assert page.headers["location"] == "/d/620802/password"
    api = await house.client.get("/d/620802/api/work", headers=admin.headers)
    assert (api.status_code, api.json()["code"]) == (403, "password_due")
    me = await house.client.get("/d/620802/api/me", headers=admin.headers)
    assert me.json()["must_change"]


async def test_answers_are_strict_and_personal_ones_are_kept_by_nobody(bureau: Bureau) -> None:
    answer = await Browser(bureau.house, bureau.district, bureau.staff["township_clerk"]).get("/work")
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "noindex" in answer.headers["x-robots-tag"]


async def test_administrators_see_no_cases_and_officers_no_administration(bureau: Bureau) -> None:
    house = bureau.house
    async with house.inside(bureau.district) as tx:
        await tx.execute("UPDATE account SET must_change = '' WHERE tenant_id = $1", tx.tenant)
    admin = Browser(house, bureau.district, await house.administrator(bureau.district, "system_admin"))
    assert "工作台" not in await admin.see("/admin")
    clerk = Browser(house, bureau.district, bureau.staff["township_clerk"])
    assert "管理页只供" in await clerk.see("/admin", 403)


async def test_the_watcher_learns_only_whether_the_database_answers(house: House) -> None:
    answer = await house.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": True})
    await house.zhunbao.database.close()
    gone = await house.client.get("/healthz")
    await house.zhunbao.database.open()
    assert (gone.status_code, gone.json()) == (503, {"database": False})
