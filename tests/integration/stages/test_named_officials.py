"""Whom a form names holds the office it asks for, in that place; the page offers nobody else; nobody unknown is excused."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple

pytestmark = pytest.mark.anyio


async def page(bureau: Bureau, somebody: str, case: Case, action: str) -> str:
    address = f"/d/{bureau.district.code}{case.path}/do/{action}"
    answer = await bureau.house.client.get(address, headers=bureau.who(somebody).headers)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("office", ["village_clerk", "observer", "spot_checker", "verification_officer"])
async def test_a_second_investigator_is_somebody_who_may_visit(bureau: Bureau, office: str) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), office)), "investigating")
    visit = bureau.visit(case) | {"second_investigator": str(bureau.staff[office].id)}
    answer = await bureau.act("visitor", case, "record_visit", visit)
    assert answer.status_code == 422, answer.text
    assert [f["field"] for f in answer.json()["errors"]] == ["second_investigator"]
    assert "入户调查员" in answer.text


async def test_the_page_offers_as_second_investigator_only_who_may_visit_here_and_is_free(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "选")), "investigating")
    shown = await page(bureau, "visitor", case, "record_visit")
    assert str(bureau.staff["visitor 2"].id) in shown
    for nobody in ("visitor", "village_clerk", "observer", "spot_checker", "confirming_officer"):
        assert f'value="{bureau.staff[nobody].id}"' not in shown, nobody


async def test_a_visitor_of_another_township_is_no_second_investigator(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "远")), "investigating")
    stranger = await bureau.house.person(bureau.district, "visitor", "620802101000")
    visit = bureau.visit(case) | {"second_investigator": str(stranger.id)}
    assert (await bureau.act("visitor", case, "record_visit", visit)).status_code == 422


async def test_a_second_spot_checker_is_a_spot_checker(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "抽")), "reported")
    await bureau.do("district_officer", case, "send_to_spot_check", {})
    for office in ("visitor", "observer", "district_officer"):
        form = bureau.spot_check() | {"second_checker": str(bureau.staff[office].id)}
        assert (await bureau.act("spot_checker", case, "record_spot_check", form)).status_code == 422, office
    await bureau.do("spot_checker", case, "record_spot_check", bureau.spot_check())


async def test_an_exception_is_for_somebody_known_with_an_office_here(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "外")), "accepted")
    why = {"reason": "全乡只有一名工作人员熟悉情况"}
    unknown = await bureau.act("district_officer", case, "override_recusal", why | {"account": str(uuid4())})
    assert (unknown.status_code, "不存在或已停用" in unknown.text) == (422, True)
    villager = await bureau.house.person(bureau.district, "applicant", bureau.village)
    nobody = await bureau.act(
        "district_officer", case, "override_recusal", why | {"account": str(villager.id)}
    )
    assert (nobody.status_code, "没有岗位" in nobody.text) == (422, True)
    await bureau.do(
        "district_officer", case, "override_recusal", why | {"account": str(bureau.staff["visitor"].id)}
    )


async def test_a_declared_relative_with_an_account_must_be_known(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "亲")), "accepted")
    line = {
        "member": next(iter(case.people.values())), "relative": "马某", "relation": "sibling", "position": "民政办经办人",
        "account": str(uuid4()),
    }  # fmt: skip
    refused = await bureau.act("township_clerk", case, "declare_relatives", {"relatives": [line]})
    assert (refused.status_code, "relatives.0.account" in refused.text) == (422, True)
