"""Signing in: what was left empty is named; a role the district has chosen sets up its second factor first."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pyotp
import pytest

from tests.builders.installation import PASSWORD, House
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


async def test_what_was_left_empty_at_sign_in_is_named(house: House) -> None:
    stranger = Browser(house, await house.district())
    answer = await stranger.post("/sign-in", {"username": "", "password": "x", "_way": "password"})
    assert answer.status_code == 422
    assert "请填写账号" in words(answer.text)
    assert "请填写密码" not in words(answer.text)
    assert 'id="f-username" aria-invalid="true"' in answer.text
    both = await stranger.post("/sign-in", {"username": " ", "password": "", "_way": "password"})
    assert "请填写账号、请填写密码" in words(both.text)
    api = await house.client.post("/d/620802/api/sign-in", json={"username": "a"})
    assert [e["field"] for e in api.json()["errors"]] == ["password"]


async def _sign_in(house: House, username: str) -> httpx.Response:
    stranger = Browser(house, await _district(house))
    return await stranger.post("/sign-in", {"username": username, "password": PASSWORD, "_way": "password"})


async def _district(house: House):  # type: ignore[no-untyped-def]
    return await house.zhunbao.tenants.find("620802")


async def test_a_role_the_district_chose_scans_confirms_and_signs_in_in_two_steps(house: House) -> None:
    district = await house.district("620802-kongtong", {"tenant.second_factor_roles": ["confirming_officer"]})
    chosen = await house.person(district, "confirming_officer")
    other = await house.person(district, "district_officer")
    assert (await _sign_in(house, other.username)).headers["location"] == "/d/620802/"
    entered = await _sign_in(house, chosen.username)
    token = entered.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    somebody = type(chosen)(chosen.actor, chosen.username, token)
    browser = Browser(house, district, somebody)
    assert (await browser.get("/work")).headers["location"] == "/d/620802/second-factor"
    kept_out = await house.client.get("/d/620802/api/cases", headers=somebody.headers)
    assert (kept_out.status_code, kept_out.json()["code"]) == (403, "second_factor_due")

    page = await browser.get("/second-factor")
    assert "<svg" in page.text
    assert page.headers["cache-control"] == "no-store"
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert secret is not None
    totp = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = await browser.post("/second-factor", {"code": "1"})
    assert "动态验证码不对" in words(wrong.text)
    done = await browser.post("/second-factor", {"code": totp.at(datetime.now(UTC))})
    codes = re.findall(r"<li><code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", done.text)
    assert len(codes) == 10
    assert (await browser.get("/work")).status_code == 200

    again = await _sign_in(house, chosen.username)
    ticket = re.search(r'name="_ticket" value="([^"]+)"', again.text)
    assert ticket is not None
    stranger = Browser(house, district)
    second = await stranger.post("/sign-in", {"_way": "totp", "_ticket": ticket[1], "code": codes[0]})
    assert second.status_code == 303
    assert "还有 9 个恢复码" in await browser.see("/second-factor")
