"""The phone a household is reached by: the one it applied with, and the one that is known as long as nobody gives another."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.builders.casework import Bureau, Case
from tests.builders.households import elderly_couple
from tests.builders.villagers import COUPLE, OTHER_PHONE, OWN, PHONE, handed_in, opening, villager

pytestmark = pytest.mark.anyio


@pytest.fixture
def bureau(phones_bureau: Bureau) -> Bureau:
    return phones_bureau


async def registered(bureau: Bureau, number: str) -> str:
    async with bureau.house.inside(bureau.district) as tx:
        registry = bureau.house.zhunbao.registry
        person = await registry.find_person(tx, number)
        assert person is not None
        return (await registry.people(tx, [person]))[person].private.phone


async def test_who_applies_by_phone_hears_on_that_phone_without_typing_it_twice(bureau: Bureau) -> None:
    case = Case(UUID(await handed_in(await villager(bureau, PHONE), *COUPLE)), elderly_couple())
    assert await registered(bureau, OWN) == "", "a stranger's word changes nothing before papers were seen"
    members = await bureau.post("township_clerk", f"{case.path}/private", {"purpose": "打电话通知"})
    assert [m["phone"] for m in members.json()["members"]] == [PHONE, ""]
    await bureau.do("township_clerk", case, "accept")
    assert await registered(bureau, OWN) == PHONE


async def test_a_clerk_who_types_no_phone_leaves_the_known_one_where_it_is(bureau: Bureau) -> None:
    case = Case(UUID(await handed_in(await villager(bureau, PHONE), *COUPLE)), elderly_couple())
    await bureau.do("township_clerk", case, "accept")
    withdrawn = {"reason": "暂时不申请了", "signed": [bureau.photo]}
    await bureau.do("township_clerk", case, "withdraw", withdrawn)
    form = opening(*COUPLE, area_code=bureau.village)
    again = await bureau.post("township_clerk", "/cases", form)
    assert again.status_code == 201, again.text
    assert await registered(bureau, OWN) == PHONE
    await bureau.do(
        "township_clerk", Case(UUID(again.json()["process_id"]), case.facts), "withdraw", withdrawn
    )
    form["members"][0]["phone"] = OTHER_PHONE
    await bureau.post("township_clerk", "/cases", form)
    assert await registered(bureau, OWN) == OTHER_PHONE
