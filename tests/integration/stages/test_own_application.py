"""An applicant's account opens an application for its own household, and reaches nobody else's by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.rules.facts import HouseholdFacts
from tests.builders.casework import Bureau, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import Somebody

pytestmark = pytest.mark.anyio


def form_of(bureau: Bureau, *households: HouseholdFacts, **more: Any) -> dict[str, Any]:
    """The application of the first, with the others' people put in as members."""
    members = [
        {"name": m.name, "relation": m.relation if facts is households[0] else "其他", "id_number": number}
        for facts in households
        for m, number in zip(facts.members, id_numbers(facts), strict=True)
    ]
    return {"area_code": bureau.village, "members": members, **more}


async def neighbours(bureau: Bureau, name: str) -> tuple[HouseholdFacts, UUID]:
    """A household on the register whose application was taken back; its id."""
    facts = renamed(elderly_couple(), name)
    case = await bureau.application(facts, bank_account="62220001")
    await bureau.do("township_clerk", case, "withdraw", {"reason": "暂时不申请", "signed": [bureau.photo]})
    async with bureau.house.inside(bureau.district) as tx:
        household = await tx.fetchval("SELECT subject_id FROM process WHERE id = $1", case.id)
    return facts, household


async def villager(bureau: Bureau, name: str) -> tuple[HouseholdFacts, Somebody]:
    """An applicant with an account, whose own household is on the register."""
    facts, household = await neighbours(bureau, name)
    async with bureau.house.inside(bureau.district) as tx:
        person = await tx.fetchval("SELECT applicant_id FROM household WHERE id = $1", household)
    return facts, await bureau.house.person(
        bureau.district, "applicant", bureau.village, name=name, person_id=person
    )


async def on_register(bureau: Bureau, household: UUID) -> tuple[str, tuple[str, ...]]:
    async with bureau.house.inside(bureau.district) as tx:
        found = await bureau.house.zhunbao.registry.household(tx, household)
    assert found is not None
    return found.private.bank_account, tuple(m.person.name for m in found.members)


async def test_an_applicant_applies_for_their_own_household(bureau: Bureau) -> None:
    facts, me = await villager(bureau, "自家")
    opened = await bureau.post(me, "/cases", form_of(bureau, facts))
    assert opened.status_code == 201, opened.text


async def test_an_applicant_cannot_apply_for_neighbours_nor_move_in_with_them(bureau: Bureau) -> None:
    """Putting oneself among the neighbours would let one change their household and where its money goes."""
    mine, me = await villager(bureau, "邻甲")
    theirs, household = await neighbours(bureau, "邻乙")
    before = await on_register(bureau, household)
    refused = await bureau.post(me, "/cases", form_of(bureau, theirs))
    assert (refused.status_code, "自己家" in refused.text) == (403, True)
    claimed = await bureau.post(me, "/cases", form_of(bureau, theirs, mine, bank_account="62229999"))
    assert claimed.status_code == 201, "an answer of its own would tell who is on the register with whom"
    assert await on_register(bureau, household) == before


async def test_an_applicant_without_a_person_applies_for_nobody(bureau: Bureau) -> None:
    nobody = await bureau.house.person(bureau.district, "applicant", bureau.village, name="无名")
    refused = await bureau.post(nobody, "/cases", form_of(bureau, renamed(elderly_couple(), "谁家")))
    assert (refused.status_code, "自己家" in refused.text) == (403, True)


async def test_what_an_applicant_types_does_not_rename_somebody_on_the_register(bureau: Bureau) -> None:
    mine, me = await villager(bureau, "改名")
    theirs, household = await neighbours(bureau, "被改")
    form = form_of(bureau, mine)
    form["members"].append({"name": "假名字", "relation": "其他", "id_number": id_numbers(theirs)[0]})
    opened = await bureau.post(me, "/cases", form)
    assert opened.status_code == 201, opened.text
    assert (await on_register(bureau, household))[1] == tuple(m.name for m in theirs.members)
