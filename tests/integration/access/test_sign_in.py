"""Signing in: passwords, locks, the second factor, phone codes, sessions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from core.access.admission import SignInRules
from core.access.gatekeeper import Gatekeeper
from core.access.passwords import Passwords
from core.access.sessions import digest, sweep
from core.problems import Invalid, Problem, Refused, TooMany, Unauthenticated
from core.storage.crypto import FieldCipher
from tests.integration.access.office import PASSWORD, TOWNSHIP, VILLAGE, Office

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
PHONE = "13900000001"


async def refusal(office: Office, name: str, password: str, address: str = HERE) -> Problem:
    with pytest.raises(Problem) as refused:
        await office.gatekeeper.by_password(office.tenant, name, password, address)
    return refused.value


async def test_the_right_password_opens_a_session_with_the_accounts_roles(office: Office) -> None:
    account = await office.hire("wangfang", ("township_clerk", TOWNSHIP))
    admission = await office.gatekeeper.by_password(office.tenant, " WangFang ", PASSWORD, HERE)
    session = await office.gatekeeper.resume(office.tenant, admission.token)
    assert session is not None
    assert session.actor.account_id == account
    assert [(g.role, g.area_code) for g in session.actor.grants] == [("township_clerk", TOWNSHIP)]
    assert session.must_change == ""
    assert "signed_in" in await office.events(about=account)


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(office: Office) -> None:
    await office.hire("wangfang")
    wrong, unknown = await refusal(office, "wangfang", "nope"), await refusal(office, "nobody", "nope")
    assert isinstance(wrong, Invalid)
    assert (
        (wrong.detail, wrong.fields)
        == (unknown.detail, unknown.fields)
        == ("账号或密码不对，请检查后重试。", ())
    )


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(office: Office) -> None:
    account = await office.hire("wangfang")
    for _ in range(5):
        assert isinstance(await refusal(office, "wangfang", "nope"), Invalid)
    locked = await refusal(office, "wangfang", PASSWORD, ELSEWHERE)
    assert isinstance(locked, Refused)
    assert locked.detail == "连续多次不对，已暂时锁定，请在 09:15 以后再试。"
    assert (await office.events(about=account)).count("locked") == 1
    office.clock.advance(minutes=15)
    assert (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token


async def test_a_name_nobody_has_is_locked_like_any_other(office: Office) -> None:
    for _ in range(5):
        await refusal(office, "nobody", "nope")
    assert isinstance(await refusal(office, "nobody", "nope"), Refused)


async def test_the_fifth_password_still_counts_when_it_is_right(office: Office) -> None:
    await office.hire("wangfang")
    for _ in range(4):
        await refusal(office, "wangfang", "nope")
    assert (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    assert isinstance(await refusal(office, "wangfang", "nope"), Invalid)


async def test_guessing_in_parallel_gains_nothing(office: Office) -> None:
    await office.hire("wangfang")
    guesses = [
        office.gatekeeper.by_password(office.tenant, "wangfang", f"guess {n}", HERE) for n in range(12)
    ]
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(end, Invalid) for end in ended) == 5
    assert sum(isinstance(end, Refused) for end in ended) == 7


async def test_one_address_may_not_fail_for_many_names(office: Office) -> None:
    rules = replace(office.rules, per_address=3)
    keeper = _keeper(office, rules=rules)
    await office.hire("wangfang")
    for n in range(3):
        with pytest.raises(Invalid):
            await keeper.by_password(office.tenant, f"name{n}", "nope", HERE)
    with pytest.raises(TooMany, match="这个网络地址登录失败的次数太多"):
        await keeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)
    assert (await keeper.by_password(office.tenant, "wangfang", PASSWORD, ELSEWHERE)).token


async def test_many_people_signing_in_from_one_office_do_not_close_its_address(office: Office) -> None:
    keeper = _keeper(office, rules=replace(office.rules, per_address=3))
    await office.hire("wangfang")
    for _ in range(8):
        assert (await keeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token


def _keeper(office: Office, **changes: object) -> Gatekeeper:
    known = office.gatekeeper
    parts = {
        "database": office.database, "cipher": known._cipher, "policies": office.policies,
        "passwords": known._passwords, "clock": office.clock, "rules": office.rules, "send": known._send,
    }  # fmt: skip
    return Gatekeeper(**{**parts, **changes})  # type: ignore[arg-type]


async def test_another_districts_account_does_not_sign_in_here(office: Office) -> None:
    await office.hire("wangfang")
    with pytest.raises(Invalid):
        await office.gatekeeper.by_password(uuid4(), "wangfang", PASSWORD, HERE)


async def test_a_session_ends_after_half_an_hour_without_a_request(office: Office) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    for _ in range(3):
        office.clock.advance(minutes=20)
        assert await office.gatekeeper.resume(office.tenant, token) is not None
    office.clock.advance(minutes=30)
    assert await office.gatekeeper.resume(office.tenant, token) is None
    office.clock.advance(minutes=-30)
    assert await office.gatekeeper.resume(office.tenant, token) is None, "it is gone, not asleep"


async def test_a_session_ends_after_twelve_hours_however_busy(office: Office) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    for _ in range(35):
        office.clock.advance(minutes=20)
        assert await office.gatekeeper.resume(office.tenant, token) is not None
    office.clock.advance(minutes=20)
    assert await office.gatekeeper.resume(office.tenant, token) is None


async def test_leaving_ends_the_session(office: Office) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    await office.gatekeeper.leave(office.tenant, token)
    assert await office.gatekeeper.resume(office.tenant, token) is None


async def test_the_token_itself_is_nowhere_stored(office: Office) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    async with office.database.transaction(office.tenant) as tx:
        rows = await tx.fetch(
            "SELECT s::text AS row, token_hash FROM session s WHERE tenant_id = $1", office.tenant
        )
    assert [row["token_hash"] for row in rows] == [digest(token)]
    assert token not in rows[0]["row"]


async def test_a_revoked_role_is_gone_with_the_next_request(office: Office) -> None:
    account = await office.hire("wangfang", ("township_clerk", TOWNSHIP), ("observer", VILLAGE))
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    async with office.database.transaction(office.tenant) as tx:
        await office.accounts.revoke(tx, office.security, account, "township_clerk", TOWNSHIP)
    session = await office.gatekeeper.resume(office.tenant, token)
    assert session is not None
    assert [g.role for g in session.actor.grants] == ["observer"]


async def test_a_disabled_account_is_out_at_once_and_stays_out(office: Office) -> None:
    account = await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    async with office.database.transaction(office.tenant) as tx:
        await office.accounts.disable(tx, office.system, account)
    assert await office.gatekeeper.resume(office.tenant, token) is None
    assert isinstance(await refusal(office, "wangfang", PASSWORD), Invalid)


async def test_changing_the_password_ends_the_other_sessions(office: Office) -> None:
    await office.hire("wangfang")
    tokens = [
        (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
        for _ in range(2)
    ]
    await office.gatekeeper.change_password(office.tenant, tokens[0], PASSWORD, "Kongtong+2027", HERE)
    assert await office.gatekeeper.resume(office.tenant, tokens[0]) is not None
    assert await office.gatekeeper.resume(office.tenant, tokens[1]) is None
    assert isinstance(await refusal(office, "wangfang", PASSWORD), Invalid)
    assert (await office.gatekeeper.by_password(office.tenant, "wangfang", "Kongtong+2027", HERE)).token


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("nope", "Kongtong+2027", "old", "现在的密码不对"),
        (PASSWORD, "short", "new", "至少要 10 位"),
        (PASSWORD, PASSWORD, "new", "最近 5 次用过的密码不能再用"),
    ],
)
async def test_a_password_that_cannot_be_set_is_told_at_its_field(
    office: Office, old: str, new: str, field: str, says: str
) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    with pytest.raises(Invalid) as refused:
        await office.gatekeeper.change_password(office.tenant, token, old, new, HERE)
    assert (field, says) in [(error.field, error.message) for error in refused.value.fields]


async def test_the_sixth_password_may_be_the_first_again(office: Office) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    present = PASSWORD
    for n in range(5):
        office.clock.advance(minutes=1)
        await office.gatekeeper.change_password(office.tenant, token, present, f"Kongtong+202{n}", HERE)
        present = f"Kongtong+202{n}"
    await office.gatekeeper.change_password(office.tenant, token, present, PASSWORD, HERE)


async def test_a_password_has_to_be_changed_after_ninety_days(office: Office) -> None:
    await office.hire("wangfang")
    office.clock.advance(days=90)
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    session = await office.gatekeeper.resume(office.tenant, token)
    assert session is not None
    assert session.must_change == "密码已经用满 90 天，请换一个新密码。"


@pytest.mark.parametrize("address", [HERE, ""], ids=["one network", "nobody can tell"])
async def test_an_office_whose_people_all_change_their_passwords_is_not_shut_out(
    office: Office, address: str
) -> None:
    await office.hire("wangfang")
    token = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    present = PASSWORD
    for n in range(SignInRules().per_address + 1):
        new = f"Kongtong+{2000 + n}"
        await office.gatekeeper.change_password(office.tenant, token, present, new, address)
        present = new


async def test_without_a_session_no_password_is_changed(office: Office) -> None:
    with pytest.raises(Unauthenticated):
        await office.gatekeeper.change_password(office.tenant, "made up", PASSWORD, "Kongtong+2027", HERE)


async def test_a_password_hashed_with_old_parameters_is_hashed_again(
    office: Office, cipher: FieldCipher
) -> None:
    await office.hire("wangfang")
    stronger = Passwords()
    await _keeper(office, passwords=stronger).by_password(office.tenant, "wangfang", PASSWORD, HERE)
    async with office.database.transaction(office.tenant) as tx:
        stored = await tx.fetchval(
            "SELECT password FROM account WHERE tenant_id = $1 AND username = 'wangfang'", tx.tenant
        )
    assert not stronger.outdated(stored)
    stronger.close()


async def test_what_is_over_is_swept_away(office: Office) -> None:
    await office.hire("wangfang", phone=PHONE)
    await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)
    await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    await refusal(office, "nobody", "nope")
    office.clock.advance(days=1)
    async with office.database.transaction(office.tenant) as tx:
        await sweep(tx, office.clock(), office.rules)
        for table in ("session", "phone_proof", "sign_in_attempt"):
            assert await tx.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", tx.tenant) == 0


async def test_nobody_can_change_or_remove_what_the_access_log_says(office: Office) -> None:
    for statement in ("UPDATE access_log SET event = ''", "DELETE FROM access_log"):
        with pytest.raises(Exception, match="permission denied"):
            async with office.database.transaction(office.tenant) as tx:
                await tx.execute(statement)
