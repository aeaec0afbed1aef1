"""Written notices: each kind when it is due, dated on its decision, adverse ones with reasons and remedies (SAL 48, 76)."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from core.rules.facts import IncomeKind
from core.web.views.papers import notices as papers
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import (
    AHousehold,
    a_household,
    elderly_couple,
    family_with_employed_son,
    family_with_vehicle,
    marginal_family,
)
from tests.builders.steps import forms_of

pytestmark = pytest.mark.anyio

ADVERSE = {"denial", "reduction", "grace", "termination", "lapse", "non_cooperation"}
WHY = "经核实家庭收入情况已经变化"
REASON = {"reason": WHY}


async def text_of(bureau: Bureau, case: Case, kind: str) -> str:
    address = f"/d/{bureau.district.code}/cases/{case.id}/papers/{kind}"
    answer = await bureau.house.client.get(address, headers=bureau.staff["township_clerk"].headers)
    assert answer.status_code == 200, f"{kind}: {answer.text}"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


async def adverse(bureau: Bureau, case: Case, kind: str, *expected: str) -> None:
    """The notice gives its reasons, and says where to turn to."""
    text = await text_of(bureau, case, kind)
    for part in (
        *expected,
        "理由和依据",
        "行政复议",
        "行政诉讼",
        "六十日",
        "六个月",
        case.facts.applicant.name,
    ):
        assert part in text, f"{kind}: {part}"


async def has(bureau: Bureau, case: Case) -> set[str]:
    """The kinds that can be printed now."""
    house = bureau.house
    async with house.inside(bureau.district) as tx:
        situation = await house.zhunbao.situations.load(tx, bureau.staff["township_clerk"].actor, case.id)
        return set(papers.notices(situation.view))


def test_every_adverse_kind_there_is_is_tested_here() -> None:
    assert set(papers._NOTICES) >= ADVERSE
    assert set(papers._NOTICES) - ADVERSE == {
        "acceptance", "supplement", "verification", "confirmation", "increase",
    }  # fmt: skip


async def test_an_application_gets_its_receipt_then_its_confirmation_and_nothing_adverse(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "收")), "submitted")
    assert await has(bureau, case) == set()
    await bureau.take(case, "accepted")
    accepted_on = bureau.today
    assert await has(bureau, case) == {"acceptance"}
    assert "30个工作日" in await text_of(bureau, case, "acceptance")
    await bureau.take(case, "active")
    confirmed_on = bureau.today
    assert await has(bureau, case) == {"acceptance", "confirmation"}
    assert "930.00" in await text_of(bureau, case, "confirmation")
    bureau.house.later(days=40)
    for kind, on in (("acceptance", accepted_on), ("confirmation", confirmed_on)):
        assert f"{on.year}年{on.month}月{on.day}日" in await text_of(bureau, case, kind), (
            "its own day, whenever printed"
        )


async def test_what_is_missing_is_listed_and_its_silence_ends_in_writing(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "缺")), "submitted")
    await bureau.do("township_clerk", case, "request_supplement", {"items": ["病历复印件", "学生证明"]})
    text = await text_of(bureau, case, "supplement")
    assert "病历复印件" in text
    assert "学生证明" in text
    bureau.house.later(days=30)
    await bureau.do("township_clerk", case, "lapse")
    await adverse(bureau, case, "lapse", "病历复印件", "终止办理")


async def test_refusing_to_cooperate_ends_with_reasons_and_remedies(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "拒")), "investigating")
    form = {"reason": "三次上门均拒绝入户", "papers": [bureau.photo]}
    await bureau.do("township_reviewer", case, "record_non_cooperation", form)
    await adverse(bureau, case, "non_cooperation", "三次上门均拒绝入户")


async def test_a_finding_is_told_as_a_question_not_as_a_decision(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(family_with_vehicle(), "疑")), "investigating")
    await bureau.investigate(case)
    await bureau.do("township_clerk", case, "complete_investigation")
    await bureau.do("township_clerk", case, "serve_verification_notice", {"served_by": "in_person"})
    text = await text_of(bureau, case, "verification")
    assert "只是疑点，不是决定" in text
    assert "申请复查" in text


async def test_a_refusal_names_what_the_worksheet_and_the_officer_say(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(marginal_family(), "不")), "reported")
    await bureau.do("confirming_officer", case, "deny", REASON)
    await adverse(bureau, case, "denial", WHY, "低保边缘")


async def reviewed(bureau: Bureau, name: str, visit: int, outcome: str) -> Case:
    """On the rolls, reviewed with another visit, heard."""
    case = await bureau.application(renamed(family_with_employed_son(employed=False), name))
    await bureau.take(case, "active")
    await bureau.do("township_clerk", case, "start_review", {"cause": "due"})
    forms = forms_of(bureau, case)
    visited = forms["record_visit"][visit]
    if visit == 2:
        visited = bureau.visit(case, renamed(family_with_employed_son(), name))
    await bureau.do("visitor", case, "record_visit", visited)
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", REASON | {"outcome": outcome})
    await bureau.do("township_clerk", case, "record_hearing", forms["record_hearing"][0])
    return case


async def test_an_end_a_grace_and_a_reduction_give_reasons_and_remedies(bureau: Bureau) -> None:
    case = await reviewed(bureau, "停", 1, "propose_stop")
    await bureau.do("confirming_officer", case, "decide_termination", REASON)
    await adverse(bureau, case, "termination", WHY, "停发")
    case = await reviewed(bureau, "渐", 2, "propose_stop")
    await bureau.do("confirming_officer", case, "decide_grace", REASON)
    await adverse(bureau, case, "grace", WHY, "7,956.00")
    case = await reduced(bureau)
    await adverse(bureau, case, "reduction", WHY)


async def reduced(bureau: Bureau) -> Case:
    """The son earns a little: the family stays entitled, to less."""
    poor = family_with_employed_son(employed=False)
    case = await bureau.take(await bureau.application(renamed(poor, "减")), "active")
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    earning = AHousehold(poor).with_income(IncomeKind.WAGES, 17000, "何刚").facts
    await bureau.do("visitor", case, "record_visit", bureau.visit(case, renamed(earning, "减")))
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", REASON | {"outcome": "propose_reduce"})
    form: dict[str, Any] = forms_of(bureau, case)["record_hearing"][0]
    await bureau.do("township_clerk", case, "record_hearing", form)
    assert (await bureau.act("confirming_officer", case, "decide_termination", REASON)).status_code == 403
    await bureau.do("confirming_officer", case, "decide_reduction", REASON)
    return case


async def test_a_rise_after_a_review_says_so_with_what_was_paid_before_and_leaves_the_confirmation_alone(
    bureau: Bureau,
) -> None:
    poor = family_with_employed_son(employed=False)
    earning = AHousehold(poor).with_income(IncomeKind.WAGES, 17000, "何刚").facts
    case = await bureau.take(await bureau.application(renamed(earning, "升")), "active")
    before = await text_of(bureau, case, "confirmation")
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.do("visitor", case, "record_visit", bureau.visit(case, renamed(poor, "升")))
    await bureau.do("township_clerk", case, "prepare_worksheet")
    await bureau.do("township_reviewer", case, "conclude_review", REASON | {"outcome": "increase"})
    text = await text_of(bureau, case, "increase")
    for part in ("提高最低生活保障待遇通知书", "经复核", "提高", "原来每月", REASON["reason"], "行政复议"):
        assert part in text, part
    assert "申请，经审核符合条件" not in text, "nothing was applied for this time"
    assert await text_of(bureau, case, "confirmation") == before


@pytest.mark.parametrize(
    ("way", "facts", "says", "to"),
    [("waiver", elderly_couple, "自愿退出", "随时重新申请"), ("death", lambda: a_household("独户", "1950-03-04").facts, "去世", "的亲属")],
)  # fmt: skip
async def test_an_end_without_a_hearing_says_what_it_is(
    bureau: Bureau, way: str, facts: Any, says: str, to: str
) -> None:
    case = await bureau.take(await bureau.application(renamed(facts(), way)), "active")
    await bureau.do(
        "township_clerk", case, "start_review", {"cause": "death" if way == "death" else "change"}
    )
    await bureau.do("confirming_officer", case, "end_without_hearing", {"way": way, "papers": [bureau.photo]})
    text = await text_of(bureau, case, "termination")
    for part in ("终止最低生活保障通知书", says, to, "社会救助法48", "行政复议"):
        assert part in text, part
    assert "听取您家的意见" not in text, "nobody was heard"


async def test_each_paper_bears_the_body_that_issues_it(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "章")), "active")
    for kind, body in (("acceptance", "办事处（章）"), ("confirmation", "平凉市崆峒区民政局（章）")):
        assert body in await text_of(bureau, case, kind), kind
    assert "民政局（章）" not in await text_of(bureau, case, "acceptance")


async def test_the_household_may_read_its_own_notices_and_a_stranger_may_not(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "读")), "accepted")
    me = await bureau.house.person(
        bureau.district,
        "applicant",
        bureau.village,
        name="本人",
        person_id=UUID(next(iter(case.people.values()))),
    )
    stranger = await bureau.house.person(bureau.district, "applicant", bureau.village, name="邻居")
    address = f"/d/{bureau.district.code}/cases/{case.id}/papers/acceptance"
    assert (await bureau.house.client.get(address, headers=me.headers)).status_code == 200
    assert (await bureau.house.client.get(address, headers=stranger.headers)).status_code == 404
