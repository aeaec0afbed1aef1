"""Asked of many cases at once, kinship keeps people out of the same ones as when each case is asked."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from core.access.authorizer import Actor
from core.registry import kin
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.village_round import villager

pytestmark = pytest.mark.anyio


async def said_twice(bureau: Bureau, actor: Actor, cases: list[Case]) -> tuple[set[UUID], set[UUID]]:
    """The cases kept from somebody: asked of each, and of all at once."""
    situations = bureau.house.zhunbao.situations
    each, processes = set(), []
    async with bureau.house.inside(bureau.district) as tx:
        for case in cases:
            outline = await situations.outline(tx, case.id)
            processes.append(outline.process)
            if outline.keeps_out(actor.account_id, actor.person_id):
                each.add(outline.process.id)
        return each, set(await situations.kept_out_of(tx, actor, processes))


async def test_the_named_the_excused_the_household_and_strangers(bureau: Bureau) -> None:
    town = bureau.village[:9] + "000"
    own, named, excused = [await bureau.application(renamed(elderly_couple(), n)) for n in ("甲", "乙", "丙")]
    person = await villager(bureau, "三家的姐姐", 870)
    sister = await bureau.house.person(bureau.district, "visitor", town, name="三家的姐姐", person_id=person)
    member = await bureau.house.person(
        bureau.district,
        "applicant",
        bureau.village,
        name="本人",
        person_id=UUID(next(iter(own.people.values()))),
    )
    unknown = await bureau.house.person(bureau.district, "visitor", town, name="无档案的人")
    async with bureau.house.inside(bureau.district) as tx:
        for case in (own, excused):
            await kin.declare(tx, [(person, UUID(next(iter(case.people.values()))), "sibling")], sister.id)
    await bureau.take(named, "accepted")
    line = {
        "member": next(iter(named.people.values())), "relative": "无档案的人", "relation": "sibling",
        "position": "乡镇调查员", "account": str(unknown.id),
    }  # fmt: skip
    await bureau.do("township_clerk", named, "declare_relatives", {"relatives": [line]})
    await bureau.take(excused, "investigating")
    form = {"account": str(sister.id), "reason": "本乡镇没有其他调查员，经区级研究同意"}
    await bureau.do("district_officer", excused, "override_recusal", form)
    cases = [own, named, excused]
    for somebody, kept in (
        (sister, "甲"),
        (member, "甲丙"),  # the sister of both makes them brothers
        (unknown, "乙"),
        (bureau.staff["visitor"], ""),
    ):
        each, together = await said_twice(bureau, somebody.actor, cases)
        assert each == together
        told = "".join(name for name, case in zip("甲乙丙", cases, strict=True) if case.id in each)
        assert told == kept, somebody.actor.name


async def test_kin_of_every_degree_whatever_the_village_is_like(bureau: Bureau) -> None:
    chance = random.Random(20261129)
    cases = [await bureau.application(renamed(elderly_couple(), name)) for name in "丁戊己庚"]
    others = [await villager(bureau, f"邻居{n}", 880 + n) for n in range(8)]
    people = [UUID(person) for case in cases for person in case.people.values()] + others
    who = await bureau.house.person(
        bureau.district, "visitor", bureau.village[:9] + "000", name="邻居", person_id=others[0]
    )
    sizes = set()
    for _ in range(12):
        edges = [
            (*chance.sample(people, 2), chance.choice(("parent", "sibling", "spouse"))) for _ in range(3)
        ]
        async with bureau.house.inside(bureau.district) as tx:
            await kin.declare(tx, edges, who.id)
        for person in others:
            each, together = await said_twice(
                bureau, Actor(bureau.district.id, who.id, "邻居", (), person_id=person), cases
            )
            assert each == together
            sizes.add(len(each))
    assert {0, 1} < sizes, "some are kept out of none, some of one, some of several"
