"""Who makes accounts and gives roles, and the three administrators."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.access.accounts import FIRST_TIME, NewAccount
from core.access.authorizer import Actor
from core.access.passwords import weaknesses
from core.problems import Conflict, Invalid, NotFound, Problem, Refused
from tests.integration.access.office import DISTRICT, PASSWORD, TOWNSHIP, VILLAGE, Office

pytestmark = pytest.mark.anyio


async def give(office: Office, by: Actor, account: UUID, role: str, area: str = DISTRICT) -> None:
    async with office.database.transaction(office.tenant) as tx:
        await office.accounts.grant(tx, by, account, role, area)


async def refused(office: Office, by: Actor, account: UUID, role: str, area: str = DISTRICT) -> Problem:
    with pytest.raises(Problem) as problem:
        await give(office, by, account, role, area)
    return problem.value


async def test_the_first_three_administrators_are_made_once(office: Office) -> None:
    people = [
        (role, NewAccount(f"x{role}", "x")) for role in ("system_admin", "security_admin", "audit_admin")
    ]
    with pytest.raises(Refused, match="本区已经有管理员"):
        async with office.database.transaction(office.tenant) as tx:
            await office.accounts.first_administrators(tx, DISTRICT, people)


async def test_the_first_administrators_are_three_people(office: Office) -> None:
    people = [("system_admin", NewAccount("one", "x")), ("security_admin", NewAccount("two", "x"))]
    other = uuid4()
    with pytest.raises(Invalid, match="由三个人分别担任"):
        async with office.database.transaction(other) as tx:
            await office.accounts.first_administrators(tx, DISTRICT, people)


async def test_one_person_with_two_accounts_is_not_two_administrators(office: Office) -> None:
    person = uuid4()
    roles = ("system_admin", "security_admin", "audit_admin")
    people = [(role, NewAccount(f"x{role}", "x", person_id=person)) for role in roles]
    with pytest.raises(Refused, match="三员由三个人担任"):
        async with office.database.transaction(uuid4()) as tx:
            await office.accounts.first_administrators(tx, DISTRICT, people)


async def test_a_new_account_gets_a_temporary_password_to_be_changed(office: Office) -> None:
    async with office.database.transaction(office.tenant) as tx:
        made = await office.accounts.create_account(tx, office.system, NewAccount("LiNa", "李娜"))
    assert weaknesses(made.password, "lina") == ()
    token = (await office.gatekeeper.by_password(office.tenant, "lina", made.password, "")).token
    session = await office.gatekeeper.resume(office.tenant, token)
    assert session is not None
    assert session.must_change == FIRST_TIME
    await office.gatekeeper.change_password(office.tenant, token, made.password, PASSWORD, "192.0.2.1")
    session = await office.gatekeeper.resume(office.tenant, token)
    assert session is not None
    assert session.must_change == ""


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewAccount("x", "李娜"), "username"),
        (NewAccount("li na", "李娜"), "username"),
        (NewAccount("lina", " "), "name"),
        (NewAccount("lina", "李娜", phone="123"), "phone"),
    ],
)
async def test_what_is_wrong_with_a_new_account_is_told_at_its_field(
    office: Office, new: NewAccount, field: str
) -> None:
    with pytest.raises(Invalid) as problem:
        async with office.database.transaction(office.tenant) as tx:
            await office.accounts.create_account(tx, office.system, new)
    assert [error.field for error in problem.value.fields] == [field]


async def test_a_weak_password_is_not_taken(office: Office) -> None:
    with pytest.raises(Invalid, match="这个密码不能用"):
        await office.hire("wangfang", password="Wangfang-2026")


async def test_a_name_or_a_phone_belongs_to_one_account(office: Office) -> None:
    await office.hire("wangfang", phone="13900000001")
    with pytest.raises(Conflict, match="账号名“wangfang”已经有人用了"):
        await office.hire("wangfang")
    with pytest.raises(Conflict, match="这个手机号已经用在别的账号上"):
        await office.hire("lina", phone="13900000001")


async def test_a_phone_is_stored_encrypted(office: Office) -> None:
    await office.hire("wangfang", phone="13900000001")
    async with office.database.transaction(office.tenant) as tx:
        row = await tx.fetchval("SELECT a::text FROM account a WHERE username = 'wangfang'")
    assert "13900000001" not in row
    assert b"13900000001".hex() not in row


async def test_only_the_system_administrator_makes_accounts(office: Office) -> None:
    for actor in (office.security, office.audit):
        with pytest.raises(Refused, match="这项功能由系统管理员办理"):
            async with office.database.transaction(office.tenant) as tx:
                await office.accounts.create_account(tx, actor, NewAccount("lina", "李娜"))


async def test_only_the_security_administrator_gives_roles(office: Office) -> None:
    account = await office.hire("wangfang")
    for actor in (office.system, office.audit):
        assert "这项功能由安全管理员办理" in (await refused(office, actor, account, "township_clerk")).detail
    await give(office, office.security, account, "township_clerk", TOWNSHIP)
    assert "granted" in await office.events(about=account)


async def test_a_security_administrator_gives_roles_only_in_the_own_area(office: Office) -> None:
    account = await office.hire("wangfang")
    problem = await refused(office, office.security, account, "township_clerk", "620803001000")
    assert "不在您的辖区内" in problem.detail


async def test_nobody_gives_a_role_to_themself(office: Office) -> None:
    problem = await refused(office, office.security, office.security.account_id, "security_admin", TOWNSHIP)
    assert problem.detail == "不能给自己授权，请由另一位安全管理员办理。"


async def test_nobody_gives_a_role_to_another_account_of_their_own(office: Office) -> None:
    person = uuid4()
    async with office.database.transaction(office.tenant) as tx:
        other = await office.accounts.create_account(
            tx, office.system, NewAccount("second", "x", person_id=person)
        )
        await tx.execute(
            "UPDATE account SET person_id = $3 WHERE tenant_id = $1 AND id = $2",
            office.tenant, office.security.account_id, person,
        )  # fmt: skip
    security = await office.actor(office.security.account_id)
    assert "不能给自己授权" in (await refused(office, security, other.id, "applicant", VILLAGE)).detail


@pytest.mark.parametrize("second", ["security_admin", "audit_admin", "township_clerk", "applicant"])
async def test_an_administrators_role_stands_alone_on_its_account(office: Office, second: str) -> None:
    problem = await refused(office, office.security, office.system.account_id, second)
    assert "系统管理员" in problem.detail
    assert "三员由三个人担任" in problem.detail


async def test_a_clerk_does_not_become_an_administrator(office: Office) -> None:
    account = await office.hire("wangfang", ("township_clerk", TOWNSHIP))
    assert isinstance(await refused(office, office.security, account, "audit_admin"), Refused)


async def test_two_grants_at_once_do_not_get_past_each_other(office: Office) -> None:
    account = await office.hire("wangfang")
    ended = await asyncio.gather(
        *(give(office, office.security, account, role) for role in ("security_admin", "audit_admin")),
        return_exceptions=True,
    )
    assert sorted(type(end) for end in ended if end is not None) == [Refused]


async def test_an_administrator_may_be_an_applicant_on_another_account(office: Office) -> None:
    person = uuid4()
    async with office.database.transaction(office.tenant) as tx:
        admin = await office.accounts.create_account(
            tx, office.system, NewAccount("admin4", "x", person_id=person)
        )
        villager = await office.accounts.create_account(
            tx, office.system, NewAccount("home", "x", person_id=person)
        )
    await give(office, office.security, admin.id, "audit_admin")
    await give(office, office.security, villager.id, "applicant", VILLAGE)
    assert isinstance(
        await refused(office, office.security, villager.id, "township_clerk", TOWNSHIP), Refused
    )


async def test_a_role_nobody_knows_or_the_platforms_own_is_not_given(office: Office) -> None:
    account = await office.hire("wangfang")
    for role in ("service", "boss"):
        assert isinstance(await refused(office, office.security, account, role), Invalid)


async def test_an_area_that_is_none_is_not_taken(office: Office) -> None:
    account = await office.hire("wangfang")
    assert isinstance(await refused(office, office.security, account, "observer", "六二〇"), Invalid)


async def test_a_role_for_a_time_ends_by_itself_and_needs_a_reason(office: Office) -> None:
    account = await office.hire("wangfang")
    until = office.clock() + timedelta(days=7)
    async with office.database.transaction(office.tenant) as tx:
        with pytest.raises(Invalid, match="临时授权要写明理由"):
            await office.accounts.grant(tx, office.security, account, "observer", VILLAGE, until=until)
        await office.accounts.grant(
            tx, office.security, account, "observer", VILLAGE, until=until, reason="省级督查"
        )
    assert [g.role for g in (await office.actor(account)).grants] == ["observer"]
    office.clock.advance(days=7)
    assert (await office.actor(account)).grants == ()


async def test_what_was_not_given_cannot_be_taken(office: Office) -> None:
    account = await office.hire("wangfang")
    with pytest.raises(NotFound):
        async with office.database.transaction(office.tenant) as tx:
            await office.accounts.revoke(tx, office.security, account, "observer", VILLAGE)


async def test_a_reset_password_lifts_the_lock_and_ends_sessions(office: Office) -> None:
    account = await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, "")).token
    for _ in range(5):
        with pytest.raises(Invalid):
            await office.gatekeeper.by_password(office.tenant, "wangfang", "nope", "")
    async with office.database.transaction(office.tenant) as tx:
        fresh = await office.accounts.reset_password(tx, office.system, account)
    assert await office.gatekeeper.resume(office.tenant, token) is None
    assert (await office.gatekeeper.by_password(office.tenant, "wangfang", fresh, "")).token


async def test_nobody_resets_or_disables_themself(office: Office) -> None:
    own = office.system.account_id
    for attempt in (office.accounts.reset_password, office.accounts.disable, office.accounts.remove_totp):
        with pytest.raises(Refused, match="自己"):
            async with office.database.transaction(office.tenant) as tx:
                await attempt(tx, office.system, own)


async def test_everybody_may_set_up_their_own_second_factor_but_nobody_elses(office: Office) -> None:
    account = await office.hire("wangfang", ("township_clerk", TOWNSHIP))
    actor = await office.actor(account)
    async with office.database.transaction(office.tenant) as tx:
        assert (await office.accounts.set_totp(tx, actor, account)).startswith("otpauth://totp/")
        with pytest.raises(Refused):
            await office.accounts.set_totp(tx, actor, office.system.account_id)


async def test_an_account_comes_back_with_its_roles(office: Office) -> None:
    account = await office.hire("wangfang", ("observer", VILLAGE))
    async with office.database.transaction(office.tenant) as tx:
        await office.accounts.disable(tx, office.system, account)
        await office.accounts.enable(tx, office.system, account)
    assert [g.role for g in (await office.actor(account)).grants] == ["observer"]
    assert {"account_disabled", "account_enabled"} <= set(await office.events(about=account))


async def test_the_log_keeps_who_gave_which_role_to_whom(office: Office) -> None:
    account = await office.hire("wangfang", ("observer", VILLAGE))
    async with office.database.transaction(office.tenant) as tx:
        row = await tx.fetchrow(
            "SELECT account_id, target_id, note FROM access_log WHERE tenant_id = $1 AND event = 'granted' AND target_id = $2",
            office.tenant,
            account,
        )
    assert row is not None
    assert (row["account_id"], row["note"]) == (office.security.account_id, f"observer {VILLAGE}")
