"""The villagers' door: a code to any phone, and in comes whoever has it; nothing tells who is known here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.access import code_ceiling, phone_proofs
from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from tests.builders import phones
from tests.builders.installation import DISTRICT, House
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio

PHONE, OTHER = "13900001234", "13900005678"


@pytest.fixture
async def house(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[House]:
    async with phones.with_phones(fresh_urls, tmp_path, keys) as installed:
        yield installed


@pytest.fixture
async def district(house: House) -> Tenant:
    return await house.district("620802-kongtong", phones.ON)


async def test_somebody_without_an_account_comes_in_by_the_code_on_their_phone(
    house: House, district: Tenant
) -> None:
    anybody = Browser(house, district)
    assert "您的手机号是多少？" in await anybody.see("/apply")
    asked = await anybody.post("/apply/code", {"phone": "139 0000 1234"})
    assert "短信里的 6 位数字是多少？" in words(asked.text)
    code = await phones.code_on(house, PHONE)
    let_in = await anybody.post("/apply/enter", {"phone": PHONE, "code": code})
    assert let_in.status_code == 303
    assert let_in.headers["set-cookie"].startswith("zhunbao_session=")
    house.client.cookies.clear()
    me = await house.client.post(f"/d/{district.code}/api/apply/code", json={"phone": OTHER})
    assert me.status_code == 204
    answer = await house.client.post(
        f"/d/{district.code}/api/apply/enter",
        json={"phone": OTHER, "code": await phones.code_on(house, OTHER)},
    )
    house.client.cookies.clear()
    who = await house.client.get(
        f"/d/{district.code}/api/me", headers={"authorization": f"Bearer {answer.json()['token']}"}
    )
    assert {g["role"] for g in who.json()["grants"]} == {"applicant", "helper"}
    assert {g["area_code"] for g in who.json()["grants"]} == {DISTRICT}
    assert OTHER not in who.text


async def test_the_answer_is_the_same_whether_the_phone_is_known_or_not(
    house: House, district: Tenant
) -> None:
    await house.somebody(district, [("township_clerk", "620802001000")], phone=PHONE)
    anybody = Browser(house, district)
    known = await anybody.post("/apply/code", {"phone": PHONE})
    unknown = await anybody.post("/apply/code", {"phone": OTHER})
    assert known.status_code == unknown.status_code == 200
    assert words(known.text).replace(PHONE, "") == words(unknown.text).replace(OTHER, "")
    wrong = [
        await anybody.post("/apply/enter", {"phone": phone, "code": "00000x"})
        for phone in (PHONE, OTHER, "13911112222")
    ]
    texts = {words(w.text).replace(p, "") for w, p in zip(wrong, (PHONE, OTHER, "13911112222"), strict=True)}
    assert len(texts) == 1
    assert {w.status_code for w in wrong} == {422}


async def test_after_five_wrong_codes_the_right_one_no_longer_holds(house: House, district: Tenant) -> None:
    anybody = Browser(house, district)
    await anybody.post("/apply/code", {"phone": PHONE})
    code = await phones.code_on(house, PHONE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(phone_proofs.TRIES):
        assert (await anybody.post("/apply/enter", {"phone": PHONE, "code": wrong})).status_code == 422
    late = await anybody.post("/apply/enter", {"phone": PHONE, "code": code})
    assert late.status_code == 422
    assert "验证码不对" in words(late.text)


async def test_a_code_holds_once_for_its_own_phone_and_for_five_minutes(
    house: House, district: Tenant
) -> None:
    cipher, now = house.zhunbao.cipher, datetime.now(UTC)
    async with house.inside(district) as tx:
        code = await phone_proofs.issue(tx, cipher, PHONE, now)
        kept = await tx.fetchrow("SELECT * FROM phone_proof")
        assert kept is not None
        assert not any(secret in repr(dict(kept)) for secret in (PHONE, code))
        assert not await phone_proofs.proves(tx, cipher, OTHER, code, now)
        assert not await phone_proofs.proves(tx, cipher, PHONE, code, now + timedelta(minutes=5))
        assert await phone_proofs.proves(tx, cipher, PHONE, code, now + timedelta(minutes=4, seconds=59))
        assert not await phone_proofs.proves(tx, cipher, PHONE, code, now)


async def test_a_phone_gets_one_code_a_minute_and_an_address_a_limited_number(
    house: House, district: Tenant
) -> None:
    anybody = Browser(house, district)
    assert (await anybody.post("/apply/code", {"phone": PHONE})).status_code == 200
    again = await anybody.post("/apply/code", {"phone": PHONE})
    assert again.status_code == 429
    assert "验证码要得太频繁" in words(again.text)
    assert PHONE in again.text
    answers = [(await anybody.post("/apply/code", {"phone": f"138{n:08d}"})).status_code for n in range(40)]
    assert answers[-1] == 429
    await house.work_off()
    assert sum(text.phone == PHONE for text in phones.TEXTS) == 1


async def test_a_phone_gets_ten_codes_a_day_from_all_districts_together(
    house: House, district: Tenant
) -> None:
    """Whoever asks in one district after the other disturbs one person."""
    longxi = await house.district("621122-longxi", phones.ON)
    now, cipher = datetime.now(UTC), house.zhunbao.cipher
    for count in range(code_ceiling.TO_ONE_PHONE - 1):
        async with house.inside((district, longxi)[count % 2]) as tx:
            assert await code_ceiling.refusal(tx, cipher, PHONE, now) is None
    assert (await Browser(house, district).post("/apply/code", {"phone": PHONE})).status_code == 200
    for here in (longxi, district):
        asked = await Browser(house, here).post("/apply/code", {"phone": PHONE})
        assert asked.status_code == 429
    async with house.inside(longxi) as tx:
        assert await code_ceiling.refusal(tx, cipher, OTHER, now) is None, "other phones are let alone"
        assert await code_ceiling.refusal(tx, cipher, PHONE, now) is not None
        assert await code_ceiling.refusal(tx, cipher, PHONE, now + timedelta(days=1)) is None
        kept = await tx.fetch("SELECT * FROM code_count")
        assert PHONE not in repr(kept)
    await house.work_off()
    assert sum(text.phone == PHONE for text in phones.TEXTS) == 1


async def test_a_district_sends_so_many_codes_a_day_and_no_more(
    house: House, district: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_ceiling, "FROM_ONE_DISTRICT", 3)
    anybody = Browser(house, district)
    answers = [await anybody.post("/apply/code", {"phone": f"1380000000{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "今天本区发出的验证码太多了" in words(answers[-1].text)


async def test_what_is_no_phone_is_told_at_the_field_and_nothing_is_sent(
    house: House, district: Tenant
) -> None:
    asked = await Browser(house, district).post("/apply/code", {"phone": "1390000"})
    assert asked.status_code == 422
    assert '<a href="#f-phone">请填写 11 位手机号</a>' in asked.text
    await house.work_off()
    assert phones.TEXTS == []


async def test_two_people_proving_one_phone_at_once_share_one_account(house: House, district: Tenant) -> None:
    from core.access.villagers import account_with

    async with house.inside(district) as tx:
        one = await account_with(tx, house.zhunbao.cipher, PHONE, DISTRICT, datetime.now(UTC))
        other = await account_with(tx, house.zhunbao.cipher, PHONE, DISTRICT, datetime.now(UTC))
    assert one == other
