"""Signing in without, or with more than, a password: the second factor, codes on the phone."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pyotp
import pytest

from core.access.enrolment import Enrolment
from core.access.gatekeeper import Gatekeeper
from core.access.second_factor import matching_step
from core.problems import Conflict, Invalid, Refused, TooMany, Unavailable
from tests.integration.access.office import DISTRICT, PASSWORD, VILLAGE, Office

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
PHONE = "13900000001"


def _keeper(office: Office, **changes: object) -> Gatekeeper:
    known = office.gatekeeper
    parts = {
        "database": office.database, "cipher": known._cipher, "policies": office.policies,
        "passwords": known._passwords, "clock": office.clock, "rules": office.rules, "send": known._send,
    }  # fmt: skip
    return Gatekeeper(**{**parts, **changes})  # type: ignore[arg-type]


async def totp_of(office: Office, name: str) -> pyotp.TOTP:
    account = await office.hire(name)
    async with office.database.transaction(office.tenant) as tx:
        address = await office.accounts.set_totp(tx, office.system, account)
    parsed = pyotp.parse_uri(address)
    assert isinstance(parsed, pyotp.TOTP)
    return parsed


async def test_a_second_factor_is_asked_for_after_the_password(office: Office) -> None:
    totp = await totp_of(office, "wangfang")
    first = await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)
    assert first.token == ""
    second = await office.gatekeeper.by_totp(office.tenant, first.ticket, totp.at(office.clock()), HERE)
    assert await office.gatekeeper.resume(office.tenant, second.token) is not None


async def test_a_code_counts_once(office: Office) -> None:
    totp = await totp_of(office, "wangfang")
    code = totp.at(office.clock())
    for attempt in range(2):
        ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
        if attempt == 0:
            assert (await office.gatekeeper.by_totp(office.tenant, ticket, code, HERE)).token
        else:
            with pytest.raises(Invalid, match="验证码不对或已过期"):
                await office.gatekeeper.by_totp(office.tenant, ticket, code, HERE)


async def test_wrong_codes_lock_even_with_fresh_tickets(office: Office) -> None:
    totp = await totp_of(office, "wangfang")
    wrong = f"{(int(totp.at(office.clock())) + 1) % 1_000_000:06d}"
    if matching_step(totp, wrong, office.clock()) is not None:  # pragma: no cover
        wrong = "x"
    for _ in range(5):
        ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
        with pytest.raises(Invalid):
            await office.gatekeeper.by_totp(office.tenant, ticket, wrong, HERE)
    ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
    with pytest.raises(Refused):
        await office.gatekeeper.by_totp(office.tenant, ticket, totp.at(office.clock()), HERE)


async def test_a_ticket_holds_for_five_minutes(office: Office) -> None:
    totp = await totp_of(office, "wangfang")
    ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
    office.clock.advance(minutes=5)
    with pytest.raises(Invalid, match="登录步骤已过期"):
        await office.gatekeeper.by_totp(office.tenant, ticket, totp.at(office.clock()), HERE)


async def test_the_secret_of_the_second_factor_is_stored_encrypted(office: Office) -> None:
    totp = await totp_of(office, "wangfang")
    async with office.database.transaction(office.tenant) as tx:
        stored = await tx.fetchval(
            "SELECT totp FROM account WHERE tenant_id = $1 AND username = 'wangfang'", tx.tenant
        )
    assert totp.secret.encode() not in bytes(stored)


async def test_a_role_that_needs_a_second_factor_must_set_one_up_first(office: Office) -> None:
    keeper = _keeper(office, rules=replace(office.rules, second_factor=frozenset({"confirming_officer"})))
    await office.hire("wangfang", ("confirming_officer", DISTRICT))
    token = (await keeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).token
    session = await keeper.resume(office.tenant, token)
    assert session is not None
    assert session.must_enrol
    enrolment = Enrolment(office.database, office.gatekeeper._cipher, office.clock, office.rules)
    await confirmed(office, enrolment, session.actor.account_id)
    again = await keeper.resume(office.tenant, token)
    assert again is not None
    assert not again.must_enrol


async def confirmed(office: Office, enrolment: Enrolment, account: UUID) -> tuple[str, ...]:
    """Set up by oneself; the recovery codes."""
    state = await enrolment.begin(office.tenant, account)
    assert (await enrolment.begin(office.tenant, account)).secret == state.secret
    with pytest.raises(Invalid):
        await enrolment.confirm(office.tenant, account, "x")
    return await enrolment.confirm(office.tenant, account, pyotp.TOTP(state.secret).at(office.clock()))


async def test_a_recovery_code_lets_in_once_and_is_stored_as_a_hash(office: Office) -> None:
    account = await office.hire("wangfang", ("confirming_officer", DISTRICT))
    enrolment = Enrolment(office.database, office.gatekeeper._cipher, office.clock, office.rules)
    codes = await confirmed(office, enrolment, account)
    assert len(set(codes)) == 10
    ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
    typed = codes[0].lower().replace("-", " ")
    assert (await office.gatekeeper.by_totp(office.tenant, ticket, typed, HERE)).token
    ticket = (await office.gatekeeper.by_password(office.tenant, "wangfang", PASSWORD, HERE)).ticket
    with pytest.raises(Invalid):
        await office.gatekeeper.by_totp(office.tenant, ticket, codes[0], HERE)
    async with office.database.transaction(office.tenant) as tx:
        kept = await tx.fetch("SELECT code_index FROM recovery_code WHERE tenant_id = $1", tx.tenant)
    assert len(kept) == 9
    assert not any(
        code.replace("-", "").encode() in bytes(row["code_index"]) for row in kept for code in codes
    )


async def test_fresh_recovery_codes_take_a_code_of_the_authenticator(office: Office) -> None:
    account = await office.hire("wangfang", ("confirming_officer", DISTRICT))
    enrolment = Enrolment(office.database, office.gatekeeper._cipher, office.clock, office.rules)
    first = await confirmed(office, enrolment, account)
    with pytest.raises(Invalid):
        await enrolment.renew(office.tenant, account, first[0])
    async with office.database.transaction(office.tenant) as tx:
        body = await tx.fetchval(
            "SELECT totp FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, account
        )
    office.clock.advance(minutes=1)
    totp = pyotp.TOTP(office.gatekeeper._cipher.decrypt(office.tenant, body, account.bytes).decode())
    second = await enrolment.renew(office.tenant, account, totp.at(office.clock()))
    assert not set(first) & set(second)
    with pytest.raises(Conflict):
        await enrolment.confirm(office.tenant, account, "000000")


async def test_a_code_on_the_phone_signs_a_villager_in(office: Office) -> None:
    account = await office.hire("villager", ("applicant", VILLAGE), phone="139 0000 0001", password="")
    await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    ((phone, code),) = office.sent
    assert phone == PHONE
    admission = await office.gatekeeper.by_phone_code(office.tenant, PHONE, code, HERE)
    session = await office.gatekeeper.resume(office.tenant, admission.token)
    assert session is not None
    assert session.actor.account_id == account
    with pytest.raises(Invalid):
        await office.gatekeeper.by_phone_code(office.tenant, PHONE, code, HERE)


async def test_an_unknown_phone_gets_the_same_answer_and_no_code(office: Office) -> None:
    await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    assert office.sent == []
    with pytest.raises(Invalid, match="验证码不对或已过期"):
        await office.gatekeeper.by_phone_code(office.tenant, PHONE, "123456", HERE)


async def test_a_code_is_sent_once_a_minute_and_five_times_an_hour(office: Office) -> None:
    await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    with pytest.raises(TooMany, match="验证码要得太频繁，请在 09:01 以后再试"):
        await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    for _ in range(4):
        office.clock.advance(minutes=2)
        await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    office.clock.advance(minutes=2)
    with pytest.raises(TooMany):
        await office.gatekeeper.send_code(office.tenant, PHONE, HERE)


async def test_a_code_is_over_after_five_minutes(office: Office) -> None:
    await office.hire("villager", phone=PHONE, password="")
    await office.gatekeeper.send_code(office.tenant, PHONE, HERE)
    office.clock.advance(minutes=5)
    with pytest.raises(Invalid):
        await office.gatekeeper.by_phone_code(office.tenant, PHONE, office.sent[0][1], HERE)


async def test_an_account_without_a_password_cannot_be_entered_with_any(office: Office) -> None:
    await office.hire("villager", phone=PHONE, password="")
    with pytest.raises(Invalid):
        await office.gatekeeper.by_password(office.tenant, "villager", "", HERE)


async def test_a_phone_that_is_none_is_told_at_its_field(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        await office.gatekeeper.send_code(office.tenant, "12345", HERE)
    assert refused.value.fields[0].field == "phone"


async def test_a_district_without_messages_says_so(office: Office) -> None:
    with pytest.raises(Unavailable, match="没有开通手机验证码登录"):
        await _keeper(office, send=None).send_code(office.tenant, PHONE, HERE)
