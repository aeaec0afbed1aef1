"""One act, one transaction: versions, repeated requests, two people at once, who may act with whom, what is attached."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from core.access.duties import APART
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.steps import forms_of
from tests.builders.village_round import villager

pytestmark = pytest.mark.anyio

_names = (f"机{n}" for n in itertools.count(1))


async def a_case(bureau: Bureau, state: str) -> Case:
    return await bureau.take(await bureau.application(renamed(elderly_couple(), next(_names))), state)


async def rows(bureau: Bureau, case: Case) -> int:
    async with bureau.house.inside(bureau.district) as tx:
        found: int = await tx.fetchval("SELECT count(*) FROM journal WHERE process_id = $1", case.id)
    return found


async def test_a_stale_version_shows_both_sides_and_changes_nothing(bureau: Bureau) -> None:
    case = await a_case(bureau, "submitted")
    read = await bureau.read(case)
    form = {"notes": "材料都看过了"}
    stale = await bureau.act("township_clerk", case, "accept", form, version=read["version"] - 1)
    assert stale.status_code == 409
    problem = stale.json()
    assert problem["current"] == {"state": "submitted", "state_label": "待受理", "version": read["version"]}
    assert problem["yours"] == form, "nothing that was typed is lost"
    assert (await bureau.read(case))["version"] == read["version"]


async def test_two_at_once_are_one_after_the_other(bureau: Bureau) -> None:
    case = await a_case(bureau, "submitted")
    version = (await bureau.read(case))["version"]
    both = await asyncio.gather(
        *(bureau.act("township_clerk", case, "accept", version=version) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert await rows(bureau, case) == version + 1


async def test_the_same_request_sent_twice_at_once_counts_once_and_both_are_told_so(bureau: Bureau) -> None:
    case = await a_case(bureau, "submitted")
    version = (await bureau.read(case))["version"]
    sent = (bureau.act("township_clerk", case, "accept", version=version, key="phone-17") for _ in range(4))
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(answer.json()["repeated"] for answer in answers) == [False, True, True, True]
    assert len({answer.json()["seq"] for answer in answers}) == 1
    assert await rows(bureau, case) == version + 1


async def test_one_key_cannot_stand_for_two_requests_nor_for_two_people(bureau: Bureau) -> None:
    case = await a_case(bureau, "submitted")
    version = (await bureau.read(case))["version"]
    first = await bureau.act("township_clerk", case, "accept", version=version, key="k")
    assert first.status_code == 200
    other = await bureau.act("township_clerk", case, "accept", {"notes": "另一份"}, version=version, key="k")
    assert other.status_code == 409
    somebody = await bureau.act("township_reviewer", case, "accept", version=version, key="k")
    assert somebody.status_code in (403, 409)
    again = await bureau.act("township_clerk", case, "accept", version=version, key="k")
    assert again.json()["repeated"]


async def test_a_refused_request_does_not_use_up_its_key(bureau: Bureau) -> None:
    case = await a_case(bureau, "accepted")
    too_early = await bureau.act("township_clerk", case, "start_investigation", key="later")
    assert too_early.status_code == 403
    await bureau.do("township_clerk", case, "declare_relatives", {"none": True})
    assert (await bureau.act("township_clerk", case, "start_investigation", key="later")).status_code == 200


async def test_a_photograph_nobody_uploaded_is_told_at_its_field(bureau: Bureau) -> None:
    case = await a_case(bureau, "investigating")
    made_up = bureau.visit(case) | {"photos": ["ab" * 32]}
    refused = await bureau.act("visitor", case, "record_visit", made_up)
    assert refused.status_code == 422
    assert [(e["field"], "上传" in e["message"]) for e in refused.json()["errors"]] == [("photos", True)]
    assert (await bureau.act("visitor", case, "record_visit", bureau.visit(case))).status_code == 200


@pytest.mark.parametrize(
    ("second", "said"),
    [("village_clerk", "入户调查员"), ("observer", "入户调查员"), ("visitor", "两人"), ("nobody", "不存在")],
)
async def test_the_second_investigator_is_another_one_who_may_visit(
    bureau: Bureau, second: str, said: str
) -> None:
    case = await a_case(bureau, "investigating")
    account = bureau.staff[second].id if second in bureau.staff else "00000000-0000-0000-0000-00000000000a"
    refused = await bureau.act(
        "visitor", case, "record_visit", bureau.visit(case) | {"second_investigator": str(account)}
    )
    assert refused.status_code in (403, 422)
    assert said in refused.text


async def test_somebody_with_two_accounts_is_one_person(bureau: Bureau) -> None:
    """Neither their own second investigator, nor afterwards the reviewer of what they found."""
    name = next(_names)
    person = await villager(bureau, name, 610 + len(name))
    area = bureau.village[:9] + "000"
    one = await bureau.house.person(bureau.district, "visitor", area, name=name, person_id=person)
    two = await bureau.house.somebody(
        bureau.district, [("visitor", area), ("township_reviewer", area)], name=f"{name}乙", person_id=person
    )
    case = await a_case(bureau, "investigating")
    refused = await bureau.act(
        one, case, "record_visit", bureau.visit(case) | {"second_investigator": str(two.id)}
    )
    assert (refused.status_code, "同一个人" in refused.text) == (403, True)
    await bureau.do(one, case, "record_visit", bureau.visit(case))
    await bureau.take(case, "investigating")
    await bureau.investigate(case)
    await bureau.do("township_clerk", case, "complete_investigation")
    refused = await bureau.act(two, case, "give_opinion", {"opinion": "approve", "reason": "符合条件"})
    assert (refused.status_code, "不能再办理审核" in refused.text) == (403, True)


DUTY_OF = {
    "enter": "submit", "investigate": "record_visit", "verify": "file_verification_report", "review": "give_opinion",
    "confirm": "confirm", "spot_check": "record_spot_check",
}  # fmt: skip
STATE_OF = {
    "submit": "draft", "record_visit": "investigating", "file_verification_report": "investigating",
    "give_opinion": "assessed", "confirm": "reported", "record_spot_check": "spot_check",
}  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (a, b)
        for a, b in itertools.combinations(
            ("enter", "investigate", "verify", "review", "spot_check", "confirm"), 2
        )
        if frozenset((a, b)) in APART
    ],
)
async def test_whoever_did_the_one_cannot_do_the_other(bureau: Bureau, earlier: str, later: str) -> None:
    """By a person who holds every office: the offices are no obstacle, what was done is."""
    offices = (
        "township_clerk",
        "visitor",
        "verification_officer",
        "township_reviewer",
        "spot_checker",
        "confirming_officer",
    )
    area = bureau.district.code.ljust(12, "0")
    jack = await bureau.house.somebody(bureau.district, [(office, area) for office in offices])
    case = await bureau.application(renamed(elderly_couple(), next(_names)))
    first, second = DUTY_OF[earlier], DUTY_OF[later]
    await _stand_before(bureau, case, first)
    await bureau.do(jack, case, first, await _form(bureau, case, first))
    await _stand_before(bureau, case, second)
    refused = await bureau.act(jack, case, second, await _form(bureau, case, second))
    assert refused.status_code == 403, refused.text
    assert refused.json()["source"] == "职责分离（全案）"
    if later in ("investigate", "spot_check"):
        with_jack = await _form(bureau, case, second)
        with_jack["second_investigator" if later == "investigate" else "second_checker"] = str(jack.id)
        office = "visitor" if later == "investigate" else "spot_checker"
        refused = await bureau.act(office, case, second, with_jack)
        assert refused.status_code == 403, refused.text


async def _stand_before(bureau: Bureau, case: Case, action: str) -> None:
    if (await bureau.read(case))["state"] == STATE_OF[action]:
        if action == "file_verification_report":
            await bureau.do("township_clerk", case, "request_verification")
        return
    if action == "record_spot_check":
        await bureau.take(case, "reported")
        await bureau.do("district_officer", case, "send_to_spot_check")
        return
    if (await bureau.read(case))["state"] != "spot_check":
        await bureau.take(case, STATE_OF[action])
    if action == "file_verification_report":
        await bureau.do("township_clerk", case, "request_verification")


async def _form(bureau: Bureau, case: Case, action: str) -> dict[str, Any]:
    return dict(forms_of(bureau, case)[action][0])
