"""Accounts on pages and over the API: made by one, given roles by another, looked back on by a third."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.builders.casework import Bureau
from tests.builders.installation import TOWNSHIP, Somebody
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


async def admins(bureau: Bureau) -> dict[str, Somebody]:
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("UPDATE account SET must_change = '' WHERE tenant_id = $1", tx.tenant)
    return {
        role: await bureau.house.administrator(bureau.district, role)
        for role in ("system_admin", "security_admin", "audit_admin")
    }


async def test_an_account_is_made_granted_used_and_disabled_over_the_api(bureau: Bureau) -> None:
    people = await admins(bureau)
    form = {
        "username": "wang.fang",
        "name": "王芳",
        "password": "Shuiqiao-2027",
        "id_number": "620802195202020021",
    }
    made = await bureau.post(people["system_admin"], "/accounts", form)
    assert made.status_code == 201, made.text
    account = made.json()["id"]
    grant = {"role": "township_clerk", "area_code": TOWNSHIP}
    assert (
        await bureau.post(people["system_admin"], f"/accounts/{account}/grants", grant)
    ).status_code == 403
    assert (
        await bureau.post(people["security_admin"], f"/accounts/{account}/grants", grant)
    ).status_code == 204
    entered = await bureau.house.client.post(
        bureau.url("/sign-in"), json={"username": "wang.fang", "password": "Shuiqiao-2027"}
    )
    token = {"authorization": f"Bearer {entered.json()['token']}"}
    due = await bureau.house.client.get(bureau.url("/work"), headers=token)
    assert due.json()["code"] == "password_due"
    changed = await bureau.house.client.post(
        bureau.url("/me/password"), json={"old": "Shuiqiao-2027", "new": "Kongtong-2028"}, headers=token
    )
    assert changed.status_code == 204, changed.text
    assert (await bureau.house.client.get(bureau.url("/work"), headers=token)).status_code == 200
    read = (await bureau.get(people["system_admin"], f"/accounts/{account}")).json()
    assert (read["linked"], read["grants"][0]["role_label"]) == (True, "乡镇经办人")
    assert (await bureau.post(people["system_admin"], f"/accounts/{account}/disable", {})).status_code == 204
    assert (await bureau.house.client.get(bureau.url("/work"), headers=token)).status_code == 401


async def test_the_three_administrators_have_three_different_pages(bureau: Bureau) -> None:
    people = await admins(bureau)
    system, security, audit = (Browser(bureau.house, bureau.district, p) for p in people.values())
    assert "新建账号" in await system.see("/admin/accounts")
    assert "新建账号" not in await security.see("/admin/accounts")
    assert (await audit.get("/admin/accounts")).status_code == 403
    assert (await system.get("/admin/audit")).status_code == 403
    assert (await security.get("/admin/accounts/new")).status_code == 403
    plugins = await system.see("/admin/plugins")
    assert "评议主持人可以查看、主持" in plugins
    assert "panel.host" not in plugins


async def test_a_temporary_password_is_shown_once_and_a_role_is_given_by_another(bureau: Bureau) -> None:
    people = await admins(bureau)
    system = Browser(bureau.house, bureau.district, people["system_admin"])
    security = Browser(bureau.house, bureau.district, people["security_admin"])
    wrong = await system.post("/admin/accounts/new", {"username": "x", "name": "王芳"})
    assert wrong.status_code == 422
    assert "王芳" in wrong.text
    made = await system.post("/admin/accounts/new", {"username": "wang.fang", "name": "王芳"})
    assert "只显示这一次" in words(made.text)
    listed = (await bureau.get("township_clerk", "/accounts?q=王芳")).json()
    assert listed == []
    async with bureau.house.inside(bureau.district) as tx:
        account: UUID = await tx.fetchval(
            "SELECT id FROM account WHERE tenant_id = $1 AND username = 'wang.fang'", tx.tenant
        )
    page = f"/admin/accounts/{account}"
    assert "分配岗位" in await security.see(page)
    temporary = await security.post(
        f"{page}/grants", {"role": "visitor", "area_code": TOWNSHIP, "until": "2026-12-31"}
    )
    assert "临时授权要写明理由" in words(temporary.text)
    granted = await security.post(f"{page}/grants", {"role": "visitor", "area_code": TOWNSHIP})
    assert granted.headers["location"].endswith("?done=granted")
    assert "入户调查员" in await security.see(page)
    revoked = await security.post(f"{page}/revocations", {"role": "visitor", "area_code": TOWNSHIP})
    assert revoked.status_code == 303
    reset = await system.post(f"{page}/state", {"step": "password"})
    assert "只显示这一次" in words(reset.text)
    await system.post(f"{page}/state", {"step": "disable"})
    assert "恢复账号" in await system.see(page)
    log = await Browser(bureau.house, bureau.district, people["audit_admin"]).see("/admin/audit")
    for event in ("新建账号", "分配岗位", "撤销岗位", "重置密码", "停用账号", "入户调查员，东关街道"):
        assert event in log, event


async def test_nobody_administers_their_own_account(bureau: Bureau) -> None:
    people = await admins(bureau)
    own = people["security_admin"]
    browser = Browser(bureau.house, bureau.district, own)
    assert "这是您自己的账号" in await browser.see(f"/admin/accounts/{own.id}")
    tried = await browser.post(
        f"/admin/accounts/{own.id}/grants", {"role": "township_clerk", "area_code": TOWNSHIP}
    )
    assert tried.status_code == 403
    assert "不能给自己授权" in words(tried.text)


async def test_only_a_demos_clock_moves_and_only_for_the_system_administrator(bureau: Bureau) -> None:
    people = await admins(bureau)
    before = bureau.today
    moved = await bureau.post(people["system_admin"], "/demo/clock", {"days": 3})
    assert moved.status_code == 200, moved.text
    assert (bureau.today - before).days == 3
    assert (await bureau.post("township_clerk", "/demo/clock", {"days": 3})).status_code == 403
    assert (await bureau.post(people["system_admin"], "/demo/clock", {"days": -3})).status_code == 422
