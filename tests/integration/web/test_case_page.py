"""The case page: what each reader may see of it, what it offers, and how a step is taken from it."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest

from core.kernel.forms import flatten
from core.registry import kin
from tests.builders.casework import Bureau, Case, a_bureau
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.builders.installation import TOWNSHIP, VILLAGE, House, Somebody
from tests.builders.village_round import a_round
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


def of(bureau: Bureau, who: str | Somebody) -> Browser:
    return Browser(bureau.house, bureau.district, bureau.who(who))


async def relative_of(bureau: Bureau, case: Case, role: str, area: str = VILLAGE) -> Somebody:
    """A colleague who is the applicant's sister."""
    applicant = UUID(case.people[case.facts.applicant.name])
    async with bureau.house.inside(bureau.district) as tx:
        sister = await bureau.house.zhunbao.registry.put_person(tx, "马德兰", _private())
        await kin.declare(tx, [(sister, applicant, "sibling")], bureau.staff["township_clerk"].id)
    return await bureau.house.person(bureau.district, role, area, name="马德兰", person_id=sister)


def _private() -> object:
    from core.registry import resident_id
    from core.registry.people import PersonPrivate

    number = resident_id.parse("620802195001010011")
    return PersonPrivate(number.number, number.birth_date, number.sex)


async def test_the_page_says_where_it_stands_what_next_why_not_and_how_it_came(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    page = await of(bureau, "township_reviewer").see(f"/cases/{case.id}")
    assert "待审核" in page
    assert "提出初审意见" in page
    assert "全部办结： 还剩" in page
    assert "为什么不能办其他" in page
    assert "由乡镇经办人" in page
    assert "930.00" in page
    assert "57号 13" in page
    assert "两人入户调查，双方签字" in page


async def test_values_of_all_sources_stand_side_by_side_with_agreeing_ones_folded(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(family_with_vehicle()), "investigating")
    hit = bureau.report(case)
    hit["results"] = [
        r | {"result": "hit", "values": {"号牌": "甘L12345"}} if r["source"] == "vehicles" else r
        for r in hit["results"]
    ]
    await bureau.investigate(case, report=hit)
    html = (await of(bureau, "township_clerk").get(f"/cases/{case.id}")).text
    section = html[html.index('id="comparison"') : html.index("办理经过")]
    shown, _, folded = section.partition("<details")
    assert "甘L12345" in words(shown)
    assert "工资" not in words(shown)
    assert "工资" in words(folded)


async def test_panel_observers_and_village_see_no_assets_and_no_numbers(bureau: Bureau) -> None:
    case = await bureau.take(
        await bureau.application(elderly_couple(), address="水桥村三组 12 号"), "assessed"
    )
    for who in ("observer", "village_clerk"):
        page = await of(bureau, who).see(f"/cases/{case.id}")
        assert "马德福" in page
        for secret in (
            "收入核算",
            "930.00",
            "经济状况核对",
            "授权书编号",
            "620802********",
            "水桥村三组 12 号",
            "对照",
        ):
            assert secret not in page, (who, secret)


async def test_a_relative_sees_where_it_stands_and_neither_ballots_nor_steps(house: House) -> None:
    district = await house.district("620802-kongtong")
    bureau = await a_bureau(house, district)
    village = await a_round(bureau)
    case = await village.application(elderly_couple())
    await bureau.take(case, "accepted")
    await village.form_panel()
    session = await village.meet(village.members[:8])
    for member, choice in zip(village.members, [*["agree"] * 6, "disagree", "abstain"], strict=False):
        assert (await village.vote(session, case, member, choice)).status_code == 201
    await village.count(session, case)
    sister = await relative_of(bureau, case, "township_clerk", TOWNSHIP)
    page = await of(bureau, sister).see(f"/cases/{case.id}")
    assert "您与这户有亲属关系（兄弟姐妹），按规定回避" in page
    for hidden in ("评议通过", "同意 6", "开始调查", "/do/register_complaint", "为什么不能办"):
        assert hidden not in page, hidden
    answer = (await bureau.get(sister, case.path)).json()
    assert (answer["actions"], answer["ballot"]) == ([], None)
    assert all(step["basis"] == "" for step in answer["journal"])
    board = await of(bureau, sister).see(f"/rounds/{village.round.id}")
    assert "您与这户有亲属关系，按规定回避" in board
    assert "评议通过" not in board
    assert "评议通过" in await of(bureau, "township_clerk").see(f"/cases/{case.id}")
    assert "评议通过" in await of(bureau, "township_clerk").see(f"/rounds/{village.round.id}")


async def test_behind_the_mask_one_looks_for_a_purpose_and_it_is_logged(bureau: Bureau) -> None:
    case = await bureau.take(
        await bureau.application(elderly_couple(), bank_account="6217001234567890"), "submitted"
    )
    clerk = of(bureau, "township_clerk")
    page = await clerk.see(f"/cases/{case.id}")
    assert "************7890" in page
    assert "6217001234567890" not in page
    refused = await clerk.post(f"/cases/{case.id}/private", {"purpose": "看"})
    assert refused.status_code == 422
    assert "6217001234567890" not in refused.text
    shown = await clerk.post(f"/cases/{case.id}/private", {"purpose": "核对领款账号"})
    assert "6217001234567890" in words(shown.text)
    async with bureau.house.inside(bureau.district) as tx:
        looks = await tx.fetch(
            "SELECT purpose, fields FROM access_log WHERE tenant_id = $1 AND event = 'looked'", tx.tenant
        )
    assert [look["purpose"] for look in looks] == ["核对领款账号"]
    assert (await of(bureau, "observer").get(f"/cases/{case.id}/private")).status_code == 403


async def test_a_household_reads_its_own_papers_and_only_those(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    applicant = await bureau.house.person(
        bureau.district, "applicant", VILLAGE, name="马德福", person_id=UUID(case.people["马德福"])
    )
    family = of(bureau, applicant)
    moved = await family.get(f"/cases/{case.id}")
    assert moved.headers["location"] == f"/d/620802/my/{case.id}"
    page = await family.see(f"/my/{case.id}")
    assert "现在办到：待审核" in page
    assert "给您结果" in page
    assert "收入核算：" not in page
    assert (await family.get("/work")).headers["location"] == "/d/620802/my"
    stranger = await bureau.house.person(bureau.district, "applicant", VILLAGE, name="李四")
    assert (await of(bureau, stranger).get(f"/my/{case.id}")).status_code == 404


async def test_photographs_open_only_for_those_who_may_see_the_step(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    path = f"/cases/{case.id}/evidence/{bureau.photo}"
    assert (await of(bureau, "township_reviewer").get(path)).headers["content-type"] == "image/jpeg"
    assert (await of(bureau, "observer").get(path)).status_code == 404
    assert (await of(bureau, "observer").get(path.replace(bureau.photo, "0" * 64))).status_code == 404


async def test_a_binding_step_is_shown_once_before_it_is_taken(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    village = of(bureau, "village_clerk")
    path = f"/cases/{case.id}/do/start_posting"
    form = await village.see(path)
    assert "公开申请人姓名、人数和拟保障金额" in form
    sent = {"photos": bureau.photo, "_version": str((await bureau.read(case))["version"]), "_key": "once"}
    asked = await village.post(path, sent)
    assert "请核对后办理" in words(asked.text)
    assert (await bureau.read(case))["version"] == int(sent["_version"])
    taken = await village.post(path, sent | {"_confirmed": "1"})
    assert re.fullmatch(rf"/d/620802/cases/{case.id}\?done=\d+", taken.headers["location"])
    again = await village.post(path, sent | {"_confirmed": "1"})
    assert again.headers["location"] == taken.headers["location"]
    assert "已办理：开始公示。" in await village.see(taken.headers["location"].removeprefix("/d/620802"))


async def test_what_was_typed_is_kept_and_every_error_stands_at_its_field(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    reviewer = of(bureau, "township_reviewer")
    version = str((await bureau.read(case))["version"])
    wrong = await reviewer.post(
        f"/cases/{case.id}/do/give_opinion", {"opinion": "", "reason": "写到一半的理由", "_version": version}
    )
    assert wrong.status_code == 422
    assert "写到一半的理由" in wrong.text
    assert 'href="#f-opinion"' in wrong.text


async def test_who_was_slower_sees_both_sides_and_loses_nothing(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    version = (await bureau.read(case))["version"]
    await bureau.do("township_clerk", case, "accept")
    late = await of(bureau, "township_clerk").post(
        f"/cases/{case.id}/do/request_supplement",
        {"items": "户口簿复印件", "_version": str(version), "_key": "late"},
    )
    assert late.status_code == 409
    page = words(late.text)
    assert "户口簿复印件" in page
    assert "材料齐全，受理" in page


async def test_the_worksheet_prints_and_written_notices_are_pdf(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    assert "家庭收入核算书" in await of(bureau, "township_reviewer").see(f"/cases/{case.id}/decision")
    paper = await of(bureau, "township_reviewer").get(f"/cases/{case.id}/papers/worksheet")
    assert paper.content.startswith(b"%PDF-")
    assert (await of(bureau, "observer").get(f"/cases/{case.id}/decision")).status_code == 404
    assert (await of(bureau, "observer").get(f"/cases/{case.id}/papers/worksheet")).status_code == 404


def kept(answer: httpx.Response) -> dict[str, str]:
    """The stamp under which the page before was kept, as the form carries it on."""
    found = re.search(r'name="_saved" value="([^"]*)"', answer.text)
    assert found is not None
    return {"_saved": found[1]}


async def test_a_villager_is_asked_one_question_to_a_page_and_checks_before_sending(bureau: Bureau) -> None:
    case = await bureau.application(elderly_couple())
    applicant = await bureau.house.person(
        bureau.district, "applicant", VILLAGE, name="马德福", person_id=UUID(case.people["马德福"])
    )
    family, path = of(bureau, applicant), f"/cases/{case.id}/do/submit"
    assert "家里每个人现在是什么情况？" in await family.see(path)
    sent = dict(flatten(bureau.submission(case)))
    own = {"_version": "1", "_key": "mine"}
    wrong = await family.post(path, {k: v for k, v in sent.items() if "name" not in k} | own | {"_next": "1"})
    assert wrong.status_code == 422
    assert "家里每个人现在是什么情况？" in wrong.text
    second = await family.post(path, sent | own | kept(wrong) | {"_next": "1", "_page": "0"})
    assert "过去一年家里有哪些收入？" in second.text
    assert 'name="facts-members-0-name" value="马德福"' in second.text
    back = await family.post(path, sent | own | kept(second) | {"_prev": "1", "_page": "1"})
    assert "家里每个人现在是什么情况？" in back.text
    last = await family.post(path, sent | own | kept(back) | {"_next": "1", "_page": "99"})
    assert "请核对后办理" in words(last.text)
    done = await family.post(path, sent | own | {"_confirmed": "1"})
    assert done.status_code == 303, words(done.text)
    assert (await bureau.read(case))["state"] == "submitted"
